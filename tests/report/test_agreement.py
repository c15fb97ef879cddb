"""Every number of an incident is the same wherever it stands, whatever its names are."""

import csv
import email
import io
import json
import re
from collections.abc import Sequence
from email.policy import default
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from fraud.report import series
from fraud.report.alerts_csv import COLUMNS
from fraud.report.alerts_schema import alerts_schema
from fraud.report.dossier import dossier
from fraud.report.evidence import everything, evidence
from fraud.report.exhibit import Exhibit
from fraud.report.figures import grouped, percent
from fraud.report.health import HEALTH
from fraud.report.night import write_night
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, SETTINGS, catalog, isrc, night, scored, track
from tests.report.test_html import Reader

HOSTILE = [
    '=HYPERLINK("http://evil","x")',
    "+49 (remix)",
    "-5+2",
    "@SUM(1)",
    "\t=1+1",
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "\u202eevil\u2066 title",
    "x" * 10_000,
    "🎧" * 300,
    "宇多田ヒカル",
    "Größer als du",
    "a\x00b\x1b[31m\u2028c",
    "line\r\nBcc: everybody@example.com",
    "007",
    "עידו",
]
TRACKS = [
    track(isrc(n), title=text, artist=f"{text} {n}", label=f"{text} {n}", upc=f"00{n:011d}")
    for n, text in enumerate(HOSTILE)
]


class Night:
    """A night's folder, and the incidents that it is about."""

    def __init__(
        self,
        folder: Path,
        tracks: Sequence[dict[str, Any]] = TRACKS,
        more: Sequence[dict[str, Any]] = (),
    ) -> None:
        made = lake(list(tracks))
        rows = [*scores_of(made).rows(named=True), *more]
        self.incidents = night(*rows, listed=catalog(*tracks)).sort("rank")
        self.series = series.read(made, DAY, self.incidents)
        files = write_night(
            folder,
            DAY,
            self.incidents,
            connection=made,
            health=HEALTH.empty(),
            settings=SETTINGS,
        )
        text = files.alerts.read_bytes().decode("utf-8-sig")
        self.csv = list(csv.DictReader(io.StringIO(text, newline="")))
        self.parquet = pl.read_parquet(folder / "alerts.parquet")
        self.page = files.report.read_text(encoding="utf-8")
        self.html = Reader(self.page).rows

    def exhibit(self, row: dict[str, Any]) -> Exhibit:
        return Exhibit(row, self.series.days, self.series.of_incident[row["incident_id"]])

    def rows(self) -> list[dict[str, Any]]:
        return self.incidents.rows(named=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(tmp_path_factory.mktemp("agreement"))


def value(cell: str, dtype: pl.DataType) -> Any:
    """Return a cell of the CSV as the type that the table declares."""
    if cell == "":
        return None
    if isinstance(dtype, pl.Int64):
        return int(cell)
    if isinstance(dtype, pl.Float64):
        return float(cell)
    if isinstance(dtype, pl.Boolean):
        return {"true": True, "false": False}[cell]
    return cell


def test_the_csv_the_parquet_and_the_table_hold_the_same_numbers(made: Night) -> None:
    assert made.incidents.height == len(HOSTILE)
    assert made.parquet.columns == list(COLUMNS)
    assert made.parquet.equals(made.incidents.select(COLUMNS))
    for row, machine in zip(made.csv, made.parquet.iter_rows(named=True), strict=True):
        for name, dtype in made.parquet.schema.items():
            if not isinstance(dtype, pl.String | pl.Date):
                assert value(row[name], dtype) == machine[name], name
        assert row["incident_id"] == machine["incident_id"]
        assert row["report_date"] == str(machine["report_date"])
        assert row["upc"].rstrip("\t") == machine["upc"]


def test_the_page_the_dossier_and_the_message_hold_the_same_numbers(made: Night) -> None:
    written = dict.fromkeys(("streams", "expected_streams", "tracks"), grouped)
    written |= dict.fromkeys(("suspected_artificial_streams", "royalty_at_risk"), grouped)
    written |= {"penalty_exposure": grouped, "suspected_share": percent, "score": percent}
    sample = made.rows()
    for row in sample:
        message = evidence(made.exhibit(row))["message.txt"].decode("utf-8")
        shown = made.html[row["incident_id"]]
        for name, how in written.items():
            assert how(row[name]) in message, name
            assert str(value(str(row[name]), pl.Float64())).removesuffix(".0") in {
                number.removesuffix(".0") for number in shown
            }, name
    for row in sample[:3]:
        page = dossier(made.exhibit(row)).decode("utf-8")
        for name, how in written.items():
            assert how(row[name]) in page, name


def test_the_schema_holds_for_real_rows_and_not_for_others(made: Night) -> None:
    schema = alerts_schema()
    Draft202012Validator.check_schema(schema)
    valid = Draft202012Validator(schema, format_checker=FormatChecker())
    rows = [json.loads(json.dumps(row, default=str)) for row in made.parquet.iter_rows(named=True)]
    for row in rows:
        assert [error.message for error in valid.iter_errors(row)] == []
    for name, wrong in (
        ("status", "gone"),
        ("score", 1.5),
        ("streams", "12"),
        ("rank", None),
        ("report_date", "12 July"),
        ("isrc", "QZ-ABC-26-00001"),
    ):
        assert not valid.is_valid(rows[0] | {name: wrong}), name


def test_no_name_is_run_or_steers_a_page_wherever_it_stands(made: Night) -> None:
    for row in made.csv:
        for name in ("title", "artist", "label"):
            seen = "".join(sign for sign in row[name] if sign.isprintable() and sign != " ")
            assert seen[:1] not in tuple("=+-@"), row[name]
            assert not set(row[name]) & set("\r\n\x00\x1b\u202e\u2066\u2028")
    tags = set(Reader(made.page).tags)
    assert "img" not in tags
    assert set(made.parquet["title"]) == set(HOSTILE)
    for row in made.rows():
        files = evidence(made.exhibit(row))
        message = files["message.txt"].decode("utf-8")
        assert not set(message) & set("\r\x00\x1b\u202e\u2066\u2028\t")
        assert message.splitlines()[1] == ""
        assert "Bcc:" not in {line[:4] for line in message.splitlines()}


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", HOSTILE[6], HOSTILE[14]])
def test_no_name_breaks_out_of_a_dossier_a_plot_or_a_mail(made: Night, title: str) -> None:
    row = next(row for row in made.rows() if row["title"] == title)
    files = everything(made.exhibit(row))
    page = files["dossier.html"].decode("utf-8")
    assert page.count("<img") == sum(name.endswith(".svg") for name in files)
    assert "<script" not in page
    for name, content in files.items():
        if name.endswith(".svg"):
            assert not re.search(rb"<script|onerror=", content)
    mail = email.message_from_bytes(files["message.eml"], policy=default)
    assert mail["Bcc"] is None
    assert mail["Subject"].strip().startswith("Artificial activity, origin unknown: ")


def test_every_line_of_the_csv_has_every_cell_and_none_too_long_for_a_spreadsheet(
    made: Night,
) -> None:
    for row in made.csv:
        assert None not in row
        assert len(row) == len(COLUMNS)
        assert all(len(cell) <= 32_767 for cell in row.values())


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Return a night of a label's case, a release's and a set that moves in lockstep."""
    loud = [track(isrc(n), label="=Loud", artist=f"Act {n}") for n in range(4)]
    album = [track(isrc(n), upc="0036000291452", artist="Act 9") for n in (4, 5)]
    moved = [track(isrc(n)) for n in range(6, 10)]
    joined = "|".join(one["track_id"] for one in moved)
    together = scored("lockstep", "spotify 1f", 0.9, track_ids=joined, streams=3_000)
    together |= {"suspected_artificial_streams": 8_000}
    return Night(tmp_path_factory.mktemp("groups"), [*loud, *album, *moved], [together])


def test_a_group_is_called_the_same_wherever_it_stands_and_never_by_its_worst_track(
    groups: Night,
) -> None:
    assert set(groups.incidents["level"]) == {"label", "release", "lockstep"}
    calls = {
        "label": "label =Loud",
        "release": f"release with Title {isrc(5)}",
        "lockstep": "4 tracks that moved together since 12 July 2026",
    }
    for row, line in zip(groups.rows(), groups.csv, strict=True):
        called = calls[row["level"]]
        assert (line["about"], row["about"]) == (called, called)
        files = evidence(groups.exhibit(row))
        subject = files["message.txt"].decode("utf-8").partition("\n")[0]
        assert subject.startswith(f"Subject: Artificial activity, origin unknown: {called}")
        heading = dossier(groups.exhibit(row)).decode("utf-8").partition("<h1>")[2]
        assert heading.startswith(f"<bdi>{called}</bdi></h1>")
        button = groups.page.partition(f'<tbody id="{row["incident_id"]}"')[2]
        button = button.partition('class="open">')[2].partition("</button>")[0]
        assert re.sub("<[^>]*>", "", button) == called
        # A cell of one track's says nothing where the line is about several.
        assert (line["isrc"], line["title"], row["isrc"], row["title"]) == ("", "", None, None)
        assert line["worst_isrc"] == row["worst_isrc"]
        assert line["worst_title"] == row["worst_title"] == f"Title {row['worst_isrc']}"
        assert line["worst_artist"] == row["worst_artist"]
    shared = {row["level"]: (row["artist"], row["label"], row["upc"]) for row in groups.rows()}
    assert shared["label"] == (None, "=Loud", None)
    assert shared["release"] == ("Act 9", None, "0036000291452")
    assert shared["lockstep"] == (None, None, None)
