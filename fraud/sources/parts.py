"""Reports that come in several files: which versions count, and which files are missing."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from fraud.sources.staging import FileRead

LISTED_NUMBERS = 20


def match(files: Sequence[FileRead]) -> list[str]:
    """Keep the newest version of each part of a report, and none of a report that lacks a part.

    Returns a sentence for each older version.
    """
    notices = []
    reports: dict[str, dict[int, FileRead]] = defaultdict(dict)
    for file in files:
        if file.part and file.rows:
            other = reports[file.part.report].setdefault(file.part.number, file)
            if other is not file and other.part:
                newer = file if file.part.version > other.part.version else other
                older = other if newer is file else file
                reports[file.part.report][file.part.number] = newer
                older.discard()
                older.note = f"is an older version of {newer.path} and was skipped"
                notices.append(f"{older.path} {older.note}")
    for parts in reports.values():
        of = max(file.part.of for file in parts.values() if file.part)
        missing = [str(number) for number in range(1, of + 1) if number not in parts]
        for number, file in parts.items():
            if missing:
                file.refuse(
                    f"is part {number} of {of} of a report whose part {', '.join(missing)} is"
                    " missing; it enters with that part"
                )
                file.waits = True
    return notices


def mind_numbers(files: Sequence[FileRead], came_before: Callable[[], str]) -> None:
    """Refuse a numbered file that would replace others of its report, which came before it.

    `came_before` gives the paths of all files that did.
    """
    reports: dict[str, dict[int, FileRead]] = defaultdict(dict)
    for file in files:
        if file.numbered and not file.refused:
            reports[file.numbered[0]][file.numbered[1]] = file
    before = came_before() if reports else ""
    for report, numbered in reports.items():
        known = re.findall(rf"(?<![^/,]){re.escape(report)}\.\D*([0-9]+)", before)
        lacking = sorted({int(number) for number in known} - numbered.keys())
        if lacking:
            listed = ", ".join(str(number) for number in lacking[:LISTED_NUMBERS])
            for number, file in numbered.items():
                file.refuse(
                    f"is part {number} of {report}, of which part {listed} came before and would be"
                    " lost; deliver all its parts together"
                )


def missing_numbers(files: Sequence[FileRead]) -> Iterator[str]:
    """Yield a sentence for each report in numbered files of which some are not there."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for file in files:
        if file.numbered:
            numbers[file.numbered[0]].add(file.numbered[1])
    for report, there in sorted(numbers.items()):
        missing = sorted(set(range(1, max(there))) - there)
        if missing:
            listed = ", ".join(str(number) for number in missing[:LISTED_NUMBERS])
            yield (
                f"{report} came without part{'s' if len(missing) > 1 else ''} {listed};"
                " deliver all parts together"
            )
