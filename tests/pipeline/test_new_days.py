"""A large report that is held as numbers enters, comes again and is kept out like any other."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from fraud import config
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.tables import DELIVERIES, FINDINGS, LATE, QUARANTINE, RESTATEMENTS, STREAMS
from tests.pipeline.homes import home
from tests.sources.loading import write

NOW = datetime(2026, 5, 6, 4, tzinfo=UTC)
HEAD = "report_date,store,territory,isrc,source,streams\n"


def report(*, more: int = 0, store: str = "spotify") -> str:
    rows = [
        f"2026-05-0{4 + n % 2},{store},{'DE' if n % 3 else 'US'},QZAAA26{n % 97:05},"
        f"{'search' if n % 5 else 'radio'},{n % 11 + more}\n"
        for n in range(600)
    ]
    return HEAD + "".join(rows)


def twice(text: str) -> str:
    return text + text.removeprefix(HEAD)


def damaged(text: str) -> str:
    return text.replace("DE,QZAAA2600007", "XX,QZAAA2600007")


SEQUENCES: dict[str, list[str]] = {
    "new": [report()],
    "again and restated": [report(), report(), report(more=1)],
    "delivered twice": [twice(report())],
    "damaged": [damaged(report()), report()],
    "damaged beyond what is let in": [report().replace("DE", "XX")],
    "another store beside it": [report(), report(store="deezer")],
}


def loaded(folder: Path, texts: list[str]) -> tuple[list[IngestResult], dict[str, pl.DataFrame]]:
    settings = home(folder / "home")
    results = [ingest([write(folder / "report.csv", text)], settings, now=NOW) for text in texts]
    lake = Lake(settings.lake_address)
    tables = (STREAMS, DELIVERIES, FINDINGS, LATE, QUARANTINE, RESTATEMENTS)
    return results, {
        table.name: lake.read(table).with_columns(
            pl.col("^files?$").str.replace_all(str(folder), "", literal=True)
        )
        for table in tables
    }


def told(result: IngestResult) -> list[object]:
    return [
        result.day_stores,
        result.warnings,
        result.notices,
        [(one.check, one.verdict, one.found, one.message) for one in result.findings],
        [text.partition("fraud ingest")[0] for text in result.refusals],
        (result.exit_code, result.rows.read, result.rows.refused),
    ]


@pytest.mark.parametrize("texts", SEQUENCES.values(), ids=SEQUENCES)
def test_it_is_loaded_like_one_that_is_looked_at_row_by_row(
    texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    careful, held = loaded(tmp_path / "careful", texts)
    monkeypatch.setattr("fraud.sources.staging.LEAST_APART", 1)
    numbered, holds = loaded(tmp_path / "numbered", texts)
    assert [told(one) for one in numbered] == [told(one) for one in careful]
    for name, rows in held.items():
        assert holds[name].sort(pl.all()).equals(rows.sort(pl.all())), name


def test_a_large_report_is_moved_into_the_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted: list[object] = []
    adopt: Callable[..., None] = Lake.adopt

    def adopting(lake: Lake, table: object, day: object, *rest: object) -> None:
        adopted.append(day)
        adopt(lake, table, day, *rest)

    monkeypatch.setattr(Lake, "adopt", adopting)
    monkeypatch.setattr("fraud.sources.staging.LEAST_APART", 1)
    settings = config.load(home=tmp_path / "home")
    result = ingest([write(tmp_path / "report.csv", report())], settings, now=NOW)
    assert adopted == [one.day for one in result.day_stores]
    assert not [*(tmp_path / "home").glob(".staging-*")]
