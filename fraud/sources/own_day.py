"""Which day of the store a file of single plays is of, and its plays around midnight.

A store cuts its days by one clock and may stamp plays by another, such as the listener's: a day's
file then holds some plays of the evening before and of the morning after. By their stamps they
would replace those days, which came whole in files of their own. They are plays of the file's day;
older ones, played offline and told late, are added to their own.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from fraud.sources.staging import FileRead, Staged, by_day_store

MIDNIGHT = timedelta(days=1)
LEAST_SHARE_OF_A_NAMED_DAY = 0.25
"""With a clock twelve hours off, half the plays are left on the file's own day."""
LEAST_SHARE_OF_A_DAY = 0.8
"""A file that names no day and has less on one day tells of several."""

_NAMED = re.compile(r"(?<![0-9])(20[0-9]{2})([-_/]?)([01][0-9])\2([0-3][0-9])(?![0-9])")


def settle(files: Sequence[FileRead]) -> None:
    """Put the plays of files that tell a store's day play by play on that day, or mark them late.

    Which day that is the file's path says, where the plays of the files so named bear it out; else
    the plays themselves do.
    """
    told = [file for file in files if any(_is_told_by_play(one) for one in file.staged)]
    named: dict[date | None, list[FileRead]] = {}
    for file in told:
        named.setdefault(_named_day(file.path), []).append(file)
    for day, of in named.items():
        shared = _own_day(_counted(of), day)
        for file in of:
            own = shared or _own_day(_counted([file]), None)
            if own:
                file.staged = [piece for one in file.staged for piece in _settled(one, own)]


def _is_told_by_play(staged: Staged) -> bool:
    return bool(staged.telling and staged.telling.by_territory and not staged.late)


def _named_day(path: str) -> date | None:
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
        for staged in filter(_is_told_by_play, file.staged):
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
    if not _is_told_by_play(staged) or {day for day, _ in staged.by_day_store} == {own}:
        yield staged
        return
    rows = pl.read_parquet(staged.path)
    is_late = pl.col("report_date") < own - MIDNIGHT
    ones = rows.filter(~is_late).with_columns(report_date=pl.lit(own))
    late = rows.filter(is_late).with_columns(came_on=pl.lit(own))
    for piece, name in ((ones, "own"), (late, "late")):
        if piece.height:
            path = staged.path.with_suffix(f".{name}.parquet")
            piece.write_parquet(path, compression="lz4", statistics=False)
            yield replace(
                staged,
                path=path,
                rows=piece.height,
                by_day_store=by_day_store(piece),
                late=name == "late",
            )
    staged.path.unlink()
