"""alerts.csv in a real spreadsheet: opened as by double click, filled in, saved and given back."""

import csv
import io
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline import verdict_drop
from fraud.report.alerts_csv import alerts_csv
from fraud.tables import INCIDENTS, JUDGEMENTS
from tests.report.stories import catalog, isrc, night, scored, track

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(
    SOFFICE is None, reason="no spreadsheet: apt-get install libreoffice-calc"
)
ENGLISH, GERMAN = 1033, 1031
COMMA, SEMICOLON, TAB, QUOTE = ord(","), ord(";"), ord("\t"), ord('"')
UTF8, WINDOWS, UTF16 = 76, 1, 65535
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TITLES = (
    "Größer, „höher“; weiter",
    "宇多田の歌",
    '=HYPERLINK("http://evil","x")',
    "+49 (remix)",
    "-5+2",
    "@SUM(1)",
    "\t=1+1",
    "007",
    "5.7",
    "0,951",
    "March 7",
    "'Til Tuesday",
    "🎧 live",
)
TRACKS = [
    track(isrc(n), title=title, upc=f"00{n:011d}", artist=f"{title} {n}")
    for n, title in enumerate(TITLES)
]
DAY = date(2026, 7, 12)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profile")


def incidents() -> pl.DataFrame:
    rows = [scored("track", isrc(n), 0.9, streams=1000 + n) for n in range(len(TITLES))]
    return night(*rows, listed=catalog(*TRACKS))


def opened(profile: Path, file: Path, options: str, target: str) -> Path:
    """Return what LibreOffice makes of a CSV file, read with these options of its import dialog."""
    folder = file.with_name("converted")
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            f"--infilter=CSV:{options}",
            *("--convert-to", target),
            *("--outdir", str(folder)),
            str(file),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (made,) = folder.glob(f"{file.stem}.*")
    return made


def cells(book: Path) -> list[dict[str, tuple[str, str]]]:
    """Return the rows of a workbook's first sheet, by column each cell's type and value.

    The types are those of SpreadsheetML: n is a number or a day, s a text, f here a formula.
    """
    with zipfile.ZipFile(book) as parts:
        shared = ET.fromstring(parts.read("xl/sharedStrings.xml"))  # noqa: S314 our own file
        sheet = ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))  # noqa: S314 our own file
    texts = ["".join(t.text or "" for t in item.iter(f"{MAIN}t")) for item in shared]
    rows = []
    for row in sheet.iter(f"{MAIN}row"):
        found = {}
        for cell in row:
            value = cell.findtext(f"{MAIN}v", "")
            kind = "f" if cell.find(f"{MAIN}f") is not None else cell.get("t", "n")
            column = cell.get("r", "").rstrip("0123456789")
            found[column] = (kind, texts[int(value)] if kind == "s" else value)
        rows.append(found)
    return rows


@pytest.mark.parametrize(
    ("separator", "language"), [(",", ENGLISH), (";", GERMAN)], ids=["English", "German"]
)
def test_it_opens_with_every_name_every_number_and_every_day_as_it_is(
    tmp_path: Path, profile: Path, separator: str, language: int
) -> None:
    frame, file = incidents(), tmp_path / "alerts.csv"
    file.write_bytes(alerts_csv(frame, separator))
    options = f"{ord(separator)},{QUOTE},{UTF8},1,,{language},false,false"
    head, *rows = cells(opened(profile, file, options, "xlsx"))
    names = {column: text for column, (_, text) in head.items()}
    assert len(rows) == len(TITLES)
    for row, incident in zip(rows, frame.sort("rank").iter_rows(named=True), strict=True):
        shown = {names[column]: cell for column, cell in row.items()}
        assert "f" not in {kind for kind, _ in row.values()}
        for name in ("title", "artist", "upc", "isrc", "about"):
            kind, text = shown[name]
            bare = text.removesuffix("\t")
            assert kind == "s", name
            assert bare in (incident[name].strip(), f"'{incident[name]}", f"' {incident[name][1:]}")
        for name in ("streams", "expected_streams", "suspected_share", "score", "royalty_at_risk"):
            kind, text = shown[name]
            assert (kind, float(text)) == ("n", float(incident[name])), name
        kind, text = shown["report_date"]
        assert (kind, int(text)) == ("n", (DAY - date(1899, 12, 30)).days)


@pytest.mark.parametrize(
    ("separator", "saved_with", "encoding"),
    [
        (",", COMMA, UTF8),
        (";", SEMICOLON, UTF8),
        (";", SEMICOLON, WINDOWS),
        (",", TAB, UTF16),
    ],
    ids=["as it came", "with semicolons", "in Windows-1252", "with tabs in UTF-16"],
)
def test_filled_in_and_saved_by_it_the_file_is_read_as_she_meant_it(
    tmp_path: Path, profile: Path, separator: str, saved_with: int, encoding: int
) -> None:
    settings, frame = Settings(home=tmp_path / "home"), incidents()
    Lake(settings.lake_address).append(INCIDENTS, frame)
    said = dict(zip(frame["incident_id"], ("fraud", "innocent", "unsure"), strict=False))
    text = alerts_csv(frame, separator).decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    filled = io.StringIO(newline="")
    writer = csv.DictWriter(filled, rows.fieldnames or (), delimiter=separator)
    writer.writeheader()
    writer.writerows({**row, "verdict": said.get(row["incident_id"], "")} for row in rows)
    file = tmp_path / "alerts.csv"
    file.write_text(filled.getvalue(), encoding="utf-8-sig", newline="")

    # Its own text filter writes it again: without a byte order mark, with quotes of its own.
    options = f"{ord(separator)},{QUOTE},{UTF8},1,,{ENGLISH},false,false"
    saved = f"csv:Text - txt - csv (StarCalc):{saved_with},{QUOTE},{encoding}"
    drop = settings.home / "verdicts"
    drop.mkdir()
    shutil.move(opened(profile, file, options, saved), drop / "alerts.csv")
    (taken,) = verdict_drop.take(settings, now=datetime(2026, 7, 13, tzinfo=UTC))
    assert (taken.given.given, taken.given.refused) == (3, [])
    held = Lake(settings.lake_address).read(JUDGEMENTS)
    assert dict(held.select("incident_id", "verdict").iter_rows()) == said
