"""Numbered rows of a delivery made rows again: day × store by day × store, in order, added up."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fraud.sources.staging import DayStore, FileRead, Staged
from fraud.tables import STREAMS

if TYPE_CHECKING:
    from fraud.sources.packing import Ranked

AT_A_TIME = 2
"""So many days × stores are put in order at once; most of it is work without the interpreter."""


def put_in_order(files: Sequence[FileRead], beside: Iterable[Staged], folder: Path) -> None:
    """Replace staged numbers by what they stand for.

    A day × store of which one file alone tells, and all of it in numbers, becomes a file of the
    lake; any other its rows as they were delivered. `beside` is what of no file was staged.
    """
    numbered = _taken_out(files)
    told = Counter((staged.table.name, key) for staged in beside for key in staged.by_day_store)
    told.update(
        (staged.table.name, key)
        for file in files
        for staged in file.staged
        if not staged.late
        for key in staged.by_day_store
    )
    told.update((STREAMS.name, key) for _, key in numbered)
    if not numbered:
        return
    # It imports what only large files need.
    from fraud.sources.packing import ranked_words

    ranked = {
        position: ranked_words(pieces[0].numbers.values)
        for (position, _), pieces in numbered.items()
        if pieces[0].numbers
    }

    def made(one: tuple[tuple[int, DayStore], list[Staged]]) -> list[Staged]:
        (position, key), pieces = one
        if told[STREAMS.name, key] == 1:
            path = folder / f"report_date={key[0]}" / f"{position}-{key[1]}.parquet"
            whole = _in_order(pieces, key, ranked[position], path)
            if whole:
                return [whole]
        return [_as_delivered(staged, key) for staged in pieces]

    with ThreadPoolExecutor(AT_A_TIME) as workers:
        every = workers.map(made, numbered.items())
        for (position, _), whole in zip(numbered, every, strict=True):
            files[position].staged += whole
    for pieces in numbered.values():
        for staged in pieces:
            staged.path.unlink()


def _taken_out(files: Sequence[FileRead]) -> dict[tuple[int, DayStore], list[Staged]]:
    """Take what is numbered out of the files; return it by the file's position, day and store."""
    numbered: dict[tuple[int, DayStore], list[Staged]] = defaultdict(list)
    for position, file in enumerate(files):
        for staged in file.staged:
            if staged.numbers:
                (key,) = staged.by_day_store
                numbered[position, key].append(staged)
        file.staged = [staged for staged in file.staged if not staged.numbers]
    return numbered


def _in_order(
    pieces: list[Staged], key: DayStore, ranked: Mapping[str, "Ranked"], path: Path
) -> Staged | None:
    from fraud.sources.packing import in_order

    path.parent.mkdir(exist_ok=True)
    made = in_order([staged.path for staged in pieces], ranked, key[1], path)
    if made is None:
        return None
    counted = [staged.by_day_store[key] for staged in pieces]
    rows, streams = sum(rows for rows, _ in counted), sum(streams for _, streams in counted)
    if made.delivered != rows:
        raise AssertionError(f"{path}: {rows:,} rows were staged, {made.delivered:,} put in order")
    return replace(
        pieces[0],
        path=path,
        rows=rows,
        by_day_store={key: (rows, streams)},
        in_order=True,
        made=made,
    )


def _as_delivered(staged: Staged, key: DayStore) -> Staged:
    if staged.numbers is None:
        return staged
    path = staged.path.with_suffix(".rows.parquet")
    rows = staged.numbers.rows(staged.path, key)
    rows.write_parquet(path, compression="lz4", statistics=False)
    return replace(staged, path=path, numbers=None)
