"""Where each delivered row went: taken, refused, passed over, left out, kept out; none is lost."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from fraud.sources.combining import Combined
from fraud.sources.delivery import Delivery
from fraud.sources.play_numbers import read, told_of_all
from fraud.sources.staging import FileRead, Staged
from fraud.sources.unfolding import MEASURES
from fraud.tables import AUDIENCE, LISTENERS, PEOPLE, PLAYS, STATEMENTS, VERDICTS, Table

DayStore = tuple[date, str]
Fate = Literal["taken", "kept_out", "left_out", "passed_over"]

_GROUP = ["report_date", "store", "territory", "part", "came_on"]
_OF_STATEMENTS = {table.name for table in STATEMENTS}


@dataclass(frozen=True)
class Tally:
    """How many of the delivered rows went where; `read` is the sum of the others."""

    read: int = 0
    taken: int = 0
    """They are in the lake, or were there before."""
    refused: int = 0
    passed_over: int = 0
    """They tell nothing to store: downloads, or counts that the store hides."""
    left_out: int = 0
    """They tell what another report tells better, or what is not kept."""
    kept_out: int = 0
    """Good rows of days that may not enter as a whole."""


@dataclass
class Fates:
    """What became of each day × store, and what of it was not used, noted as it is decided."""

    _of: dict[tuple[str, bool], dict[DayStore, Fate]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _without_plays: set[DayStore] = field(default_factory=set)
    _contradicted: dict[tuple[str, bool], Counter[DayStore]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    _refused_beside: int = 0

    def note(self, table: Table, key: DayStore, fate: Fate, *, late: bool = False) -> None:
        """Note what became of a day × store; what is never noted was left out."""
        self._of[table.name, late][key] = fate

    def note_unused_plays(self, key: DayStore) -> None:
        """Note that the plays of an audience were not taken over; its other measures were."""
        self._without_plays.add(key)

    def note_refused(
        self, table: Table, combined: Combined, files: list[FileRead], *, late: bool = False
    ) -> None:
        """Note rows that were refused since they contradict another."""
        if table.by_store:
            self._contradicted[table.name, late].update(combined.contradicted)
            return
        # A row that entered as what it is in the first place is taken, whatever else it tells.
        kinds = {file.path: file.kind for file in files}
        self._refused_beside += sum(
            kinds[path] == table.name or (table is VERDICTS and kinds[path] in _OF_STATEMENTS)
            for path in combined.refused["file"]
        )

    def tally(self, delivery: Delivery) -> Tally:
        """Return where the rows of a delivery went. No row is counted twice or not at all."""
        went: Counter[str] = Counter()
        shares = _Shares(delivery, self._of, self._without_plays)
        for file in delivery.files:
            of_file = self._of_file(file, delivery, shares)
            good = file.rows - file.quarantined - file.passed_over.total()
            if of_file.total() != good:
                raise AssertionError(
                    f"{file.path}: {good:,} good rows, {of_file.total():,} accounted for"
                )
            went.update(of_file)
        contradicted = 0
        for kept, counts in self._contradicted.items():
            for key, count in counts.items():
                went[self._of[kept].get(key, "left_out")] -= count
                contradicted += count
        went["taken"] -= self._refused_beside
        return Tally(
            read=sum(file.rows for file in delivery.files),
            taken=went["taken"],
            refused=sum(f.quarantined for f in delivery.files)
            + contradicted
            + self._refused_beside,
            passed_over=sum(file.passed_over.total() for file in delivery.files)
            + went["passed_over"],
            left_out=went["left_out"],
            kept_out=went["kept_out"],
        )

    def _of_file(self, file: FileRead, delivery: Delivery, shares: "_Shares") -> Counter[str]:
        own = [staged for staged in file.staged if staged.table.name == file.kind]
        if file.kind == PLAYS.name:
            return sum((shares.of(staged) for staged in own), Counter())
        if own and own[0].table.by_store:
            went: Counter[str] = Counter()
            for staged in own:
                fates = self._of[file.kind, staged.late]
                for key, (rows, _) in staged.by_day_store.items():
                    went[fates.get(key, "left_out")] += rows
            return went
        good = file.rows - file.quarantined - file.passed_over.total()
        is_used = file.kind != PEOPLE.name or delivery.rows(PLAYS) + delivery.rows(PLAYS, late=True)
        return Counter({"taken" if is_used else "left_out": good})


_RANKS: dict[Fate, int] = {"passed_over": -1, "left_out": 0, "kept_out": 1, "taken": 2}
"""The best of them is that of a row; one that tells no count, since the store hides it, has none
and is passed over."""


def _told(staged: Staged) -> pl.LazyFrame:
    """Return what the plays of a file tell, whatever they were staged as, with their lines."""
    if staged.play_numbers is None:
        told = pl.scan_parquet(staged.path, hive_partitioning=False)
    else:
        told = staged.play_numbers.told(read(staged.path)).lazy()
    names = told.collect_schema().names()
    if "line" not in names:
        # What is or was a play in numbers is a line of its own.
        told = told.with_row_index("line")
    unknown = [name for name in MEASURES if name not in names]
    return told.with_columns(pl.lit(None, pl.Int64).alias(name) for name in unknown)


@dataclass
class _Shares:
    """What became of plays, each of which may tell several tables, and several territories."""

    delivery: Delivery
    of_tables: Mapping[tuple[str, bool], Mapping[DayStore, Fate]]
    without_plays: set[DayStore]
    _known: dict[tuple[str, bool], pl.DataFrame] = field(default_factory=dict)

    def of(self, staged: Staged) -> Counter[str]:
        """Return how many lines of a file went where: where the best of their plays went."""
        telling = staged.telling
        if telling is None:
            return Counter()
        part = (telling.part, staged.late)
        ranks = self._known[part] if part in self._known else self._ranks(*part)
        self._known[part] = ranks
        sure = self._sure(staged, ranks)
        if staged.play_numbers and sure & told_of_all(read(staged.path)):
            # What is a play in numbers is a line of its own.
            return Counter(taken=staged.rows)
        rows = _told(staged)
        if sure and 0 in rows.select(pl.col(sorted(sure)).null_count()).collect().row(0):
            return Counter(taken=rows.select(pl.col("line").n_unique()).collect().item())
        told = rows.select(
            "line",
            "report_date",
            pl.col("store", "territory").cast(pl.String),
            *(pl.col(name).is_not_null().alias(f"tells_{name}") for name in MEASURES),
            tells_listener=pl.col("listener_id").is_not_null() & (pl.col("streams") > 0),
            part=pl.lit(telling.part),
            came_on=pl.col("came_on") if staged.late else pl.lit(None, pl.Date),
        ).join(ranks.lazy(), on=_GROUP, how="left", nulls_equal=True)
        best = pl.max_horizontal(
            pl.when(pl.col(f"tells_{name}")).then(pl.col(name)) for name in (*MEASURES, "listener")
        )
        lines = told.group_by("line").agg(best.max().fill_null(-1).alias("rank")).collect()
        went = dict(lines.group_by("rank").len().iter_rows())
        return Counter({fate: went.get(rank, 0) for fate, rank in _RANKS.items()})

    def _ranks(self, part: str, late: bool) -> pl.DataFrame:
        """Return the best that became of each measure of a part, by territory."""
        measures = [*MEASURES, "listener"]
        days, names = ("report_date", "came_on"), ("store", "territory", "part")
        kinds = dict.fromkeys(days, pl.Date()) | dict.fromkeys(names, pl.String())
        schema = {name: kinds.get(name, pl.Int32()) for name in (*_GROUP, *measures)}
        frames = [pl.DataFrame(schema=schema)]
        for made in self.delivery.unfolded:
            if made.staged.late != late:
                continue
            name = made.staged.table.name
            fates = self.of_tables.get((name, late), {})
            ranked = pl.DataFrame(
                [
                    (*key, _RANKS[fate], key not in self.without_plays)
                    for key, fate in fates.items()
                ],
                schema={
                    "report_date": pl.Date(),
                    "store": pl.String(),
                    "rank": pl.Int32(),
                    "with_plays": pl.Boolean(),
                },
                orient="row",
            )
            taken = (
                made.taken.filter(pl.col("part") == part)
                .with_columns(pl.col("store", "territory").cast(pl.String))
                .join(ranked, on=["report_date", "store"], how="left")
                .with_columns(
                    pl.col("rank").fill_null(0), pl.col("with_plays").fill_null(value=True)
                )
            )
            if name == AUDIENCE.name:
                taken = taken.with_columns(pl.col("streams") & pl.col("with_plays"))
            is_listener = pl.lit(name == LISTENERS.name)
            taken = taken.with_columns(
                listener=is_listener & pl.col("streams"), streams=~is_listener & pl.col("streams")
            )
            frames.append(
                taken.select(
                    *_GROUP, *(pl.col(m).cast(pl.Int32) * pl.col("rank") for m in measures)
                )
            )
        return pl.concat(frames).group_by(_GROUP).agg(pl.col(measures).max())

    def _sure(self, staged: Staged, ranks: pl.DataFrame) -> set[str]:
        """Return the measures that were taken wherever rows of a file may tell them."""
        keys = pl.DataFrame(
            list(staged.by_day_store),
            schema={"report_date": pl.Date(), "store": pl.String()},
            orient="row",
        )
        told = ranks.join(keys, on=["report_date", "store"], how="semi")
        return {name for name in MEASURES if told[name].min() == _RANKS["taken"]}
