"""Which day of the store a file is of, and what becomes of its plays of other days.

A day's file holds some plays of older days, played offline and told late. They would replace those
days, which came whole in files of their own; they are added to them instead. And a store may cut
its days by one clock and stamp plays by another, such as the listener's: plays of the evening
before and of the morning after are then plays of the file's day.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from fraud.sources.play_numbers import read, write
from fraud.sources.staging import FileRead, Staged, by_day_store

LEAST_SHARE_OF_A_NAMED_DAY = 0.25
"""With a clock twelve hours off, half the plays are left on the file's own day."""
LEAST_SHARE_OF_A_DAY = 0.8
"""A file that names no day and has less on one day tells of several."""

_NAMED = re.compile(r"(?<![0-9])(20[0-9]{2})([-_/]?)([01][0-9])\2([0-3][0-9])(?![0-9])")


def settle(files: Sequence[FileRead]) -> None:
    """Mark the late plays of files that are of one day each, and put those around it on that day.

    Which day that is the file's path says, where the plays of the files so named bear it out; else
    the plays themselves do.
    """
    named: dict[tuple[str, date | None], list[FileRead]] = {}
    for file in files:
        if any(_is_of_one_day(staged) for staged in file.staged):
            named.setdefault((file.source, named_day(file.path)), []).append(file)
    for (_, day), of in named.items():
        shared = _own_day(_counted(of), day)
        for file in of:
            own = shared or _own_day(_counted([file]), None)
            if own:
                file.staged = [piece for one in file.staged for piece in _settled(one, own)]


def _is_of_one_day(staged: Staged) -> bool:
    return bool(staged.telling and staged.telling.slack_days is not None and not staged.late)


def named_day(path: str) -> date | None:
    """Return the last day that a path names, None where it names none."""
    for year, _, month, day in reversed(_NAMED.findall(path)):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def _counted(files: Sequence[FileRead]) -> Counter[date]:
    """Return how many plays the files have of each day."""
    counts: Counter[date] = Counter()
    for file in files:
        for staged in filter(_is_of_one_day, file.staged):
            for (day, _), (rows, _) in staged.by_day_store.items():
                counts[day] += rows
    return counts


def _own_day(counts: Counter[date], named: date | None) -> date | None:
    plays = counts.total()
    if named and counts[named] >= LEAST_SHARE_OF_A_NAMED_DAY * plays:
        return named
    day, most = max(counts.items(), key=lambda one: (one[1], one[0]))
    return day if most >= LEAST_SHARE_OF_A_DAY * plays else None


def _settled(staged: Staged, own: date) -> Iterator[Staged]:
    """Yield the plays that are of the own day, and those that came late to an older one."""
    telling = staged.telling
    slack_days = telling.slack_days if telling else None
    if (
        telling is None
        or slack_days is None
        or staged.late
        or {day for day, _ in staged.by_day_store} == {own}
    ):
        yield staged
        return
    numbers = staged.play_numbers
    rows = numbers.with_days(read(staged.path)) if numbers else pl.read_parquet(staged.path)
    is_late = pl.col("report_date") < own - timedelta(slack_days)
    arrived = own + timedelta(telling.arrives_after_days)
    came_on = pl.lit(arrived)
    if telling.arrives_after_days:
        # Plays of the day of arrival itself must not be replaced by that day's own report.
        is_early = pl.col("report_date") >= arrived
        came_on = pl.when(is_early).then(pl.lit(arrived + timedelta(1))).otherwise(came_on)
        is_late |= is_early
    ones = rows.filter(~is_late)
    if slack_days:
        ones = ones.with_columns(report_date=pl.lit(own))
    late = rows.filter(is_late).with_columns(came_on=came_on)
    if numbers:
        ones = numbers.without_days(ones)
        # Late plays are few, and go on row by row.
        late = numbers.rows(numbers.without_days(late)).with_columns(late["came_on"])
    for piece, name in ((ones, "own"), (late, "late")):
        if piece.height:
            is_late_one = name == "late"
            kept = None if is_late_one else numbers
            path = staged.path.with_suffix(f".{name}{staged.path.suffix}")
            if kept:
                write(piece, path)
            else:
                piece.write_parquet(path, compression="lz4", statistics=False)
            yield replace(
                staged,
                path=path,
                rows=piece.height,
                by_day_store=kept.by_day_store(piece) if kept else by_day_store(piece),
                late=is_late_one,
                play_numbers=kept,
            )
    staged.path.unlink()
