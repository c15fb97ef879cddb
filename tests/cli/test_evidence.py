"""Evidence on demand, as a user asks for it."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud.lake import Lake
from fraud.tables import AUDIENCE, CATALOG, INCIDENTS, LISTENERS, SCORES, STREAMS, VERDICTS
from tests.cli.conftest import Answer
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, catalog, isrc, night, track

TRACKS = [track(isrc(0), title="Song", artist="Act", upc="0036000291452")]
NOW = datetime(2026, 7, 13, tzinfo=UTC)

Fraud = Callable[..., Answer]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a home in whose lake one track has had its burst, and a store has ruled on it."""
    folder = tmp_path_factory.mktemp("evidence")
    made, stored = lake(TRACKS), Lake(folder / "lake")
    for table in (AUDIENCE, STREAMS, LISTENERS, SCORES):
        frame = table.conform(made.sql(f"select * from {table.name}").pl())
        if table is SCORES:
            # The last night is not the one that stands out most.
            today = pl.col("report_date") == DAY
            lower = pl.when(today).then(0.9).otherwise(1.0)
            frame = frame.with_columns(score=pl.col("score") * lower)
        stored.replace_days(table, frame, frame["report_date"].unique().to_list())
    stored.merge(CATALOG, catalog(*TRACKS))
    first = night(*scores_of(made, DAY - timedelta(1)).rows(named=True), day=DAY - timedelta(1))
    second = night(*scores_of(made).rows(named=True), earlier=first, listed=catalog(*TRACKS))
    stored.replace_days(INCIDENTS, pl.concat([first, second]), [DAY - timedelta(1), DAY])
    ruling = {
        "store": "spotify",
        "period_start": DAY - timedelta(5),
        "period_end": DAY,
        "artificial_streams": 5_000,
        "penalty_amount": 10.0,
        "currency": "EUR",
    }
    rulings = [{**ruling, "isrc": isrc(0)}, {**ruling, "store": "deezer", "upc": "0036000291452"}]
    stored.merge(VERDICTS, pl.DataFrame(rulings, schema=dict(VERDICTS.schema)))
    yield folder


def incident(home: Path) -> str:
    found = Lake(home / "lake").read(INCIDENTS)["incident_id"].unique()
    return str(found.item())


def test_an_incident_has_its_evidence_with_its_last_night(home: Path, fraud: Fraud) -> None:
    name = incident(home)
    said = fraud("evidence", name, "--home", home)
    assert said.code == 0, said.err
    folder = home / "reports" / str(DAY) / "evidence" / name
    assert said.out.splitlines() == [str(folder / "dossier.html"), str(folder / "message.txt")]
    assert (folder / "plots" / "plays.png").is_file()
    earlier = fraud("evidence", name, "--date", str(DAY - timedelta(1)), "--home", home, "--json")
    assert earlier.json["folder"].endswith(f"{DAY - timedelta(1)}/evidence/{name}")
    assert "message.eml" in earlier.json["files"]


def test_what_goes_out_of_the_house_has_no_internal_id_in_its_path(
    home: Path, fraud: Fraud, tmp_path: Path
) -> None:
    name = incident(home)
    said = fraud("evidence", name, "--redact", "--out", tmp_path, "--home", home, "--json")
    assert said.json["folder"] == str(tmp_path / f"redacted-{isrc(0)}")
    assert not [path for path in tmp_path.rglob("*") if name in path.name]


@pytest.mark.parametrize(("code", "store"), [(isrc(0), "Spotify"), ("0036000291452", "Deezer")])
def test_from_a_ruling_backwards_it_says_how_long_before_it_was_seen(
    home: Path, fraud: Fraud, code: str, store: str
) -> None:
    said = fraud("evidence", "--verdict", code, "--home", home)
    assert said.code == 0, said.err
    first = DAY - timedelta(8)
    assert said.out.splitlines()[0] == (
        f"{store}, {DAY - timedelta(5)} to {DAY}: Our first alert was on {first}, 8 days before the"
        " end of that period; 9 nights raised one by then."
    )
    page = (home / "evidence" / code / "dossier.html").read_text(encoding="utf-8")
    assert f"What {store} ruled" in page
    assert "charged 10.00 EUR" in page


def test_from_a_ruling_backwards_the_figures_go_to_the_end_of_what_was_ruled_on(
    home: Path, fraud: Fraud
) -> None:
    folder = Path(fraud("evidence", "--verdict", isrc(0), "--home", home, "--json").json["folder"])
    message = (folder / "message.txt").read_text(encoding="utf-8")
    worst = re.search(r"^Worst night: +(\S+)$", message, re.MULTILINE)
    assert worst
    assert date.fromisoformat(worst[1]) < DAY
    last = (folder / "daily.csv").read_text(encoding="utf-8-sig").splitlines()[-1]
    assert last.startswith(f"{DAY},")
    assert f"stores reported up to {DAY} we see" in message
    assert "A store has ruled on them." in message
    assert "Incident:" not in message


def test_a_wrong_call_is_told_what_would_be_right(home: Path, fraud: Fraud) -> None:
    name = incident(home)
    for arguments, told in (
        ((), "give an incident, or --verdict with an ISRC or UPC"),
        (("",), "give an incident, or --verdict with an ISRC or UPC"),
        (("--verdict", " "), "give an incident, or --verdict with an ISRC or UPC"),
        ((name, "--verdict", isrc(0)), "give an incident, or --verdict with an ISRC or UPC"),
        ((f"{name[:-1]}x",), f"the nearest are {name}"),
        ((name, "--date", str(date(2026, 1, 1))), "is not in the night of 2026-01-01"),
        (("--verdict", isrc(7)), "no store is known to have ruled on"),
    ):
        said = fraud("evidence", *arguments, "--home", home)
        assert said.code == 2
        assert told in said.err


def test_a_folder_that_cannot_be_written_is_told(home: Path, fraud: Fraud, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = fraud("evidence", incident(home), "--out", tmp_path / "file", "--home", home)
    assert said.code == 1
    assert "cannot be written (Not a directory); give another folder with --out" in said.err
