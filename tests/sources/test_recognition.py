"""Which table a file belongs to, what is kept out of it, and what is missing."""

from pathlib import Path

import pytest

from fraud.errors import CallError
from fraud.sources import REGISTRY
from fraud.sources.fixed import table_of
from tests.sources.loading import REPORTS, load, load_text, write

FORMATS = ", ".join(source.name for source in REGISTRY)
KEY = "report_date,store,territory,isrc"
DAY = "2026-05-04,spotify,US,QZAAA2600001"


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (f"{KEY},streams", "streams"),
        (f"{KEY},streams,tier", "streams"),
        (f"{KEY},streams,tier,listeners", "streams"),
        (f"{KEY},streams,playlist_name", "streams"),
        (f"{KEY},streams,playlist_name,saves", "audience"),
        (f"{KEY},streams,shazams", "audience"),
        (f"{KEY},streams,listener_id,tier", "listeners"),
        ("isrc", "catalog"),
        ("isrc,title,upc", "catalog"),
        ("store,period_start,period_end,upc,artificial_streams", "verdicts"),
        ("kind,start_date,end_date", "context"),
    ],
)
def test_the_columns_decide(columns: str, kind: str) -> None:
    table = table_of(frozenset(columns.split(",")))
    assert table is not None
    assert table.name == kind


@pytest.mark.parametrize(
    "columns",
    ["isrc,quantity,sale_month", "dsp,isrc,upc,country,quantity,period", "title,artist", "a,b,c"],
)
def test_a_foreign_table_is_not_taken_for_a_catalog(columns: str) -> None:
    assert table_of(frozenset(columns.split(","))) is None


def test_a_listeners_count_beside_a_breakdown_is_kept_out_with_one_warning(tmp_path: Path) -> None:
    text = f"{KEY},tier,streams,listeners\n{DAY},free,5,4\n{DAY},premium,6,5\n"
    loaded = load_text(tmp_path, text)
    assert loaded.tables["streams"]["streams"].to_list() == [5, 6]
    assert loaded.warnings == [
        f"{tmp_path}/report.csv: column listeners is kept out: it cannot be added up over tier"
    ]
    assert loaded.refused.is_empty()


def test_unknown_columns_are_kept_out_with_one_warning_a_file(tmp_path: Path) -> None:
    text = f"mood,{KEY},streams,Weather Code,,\nhappy,{DAY},5,2,,\n"
    loaded = load_text(tmp_path, text)
    assert loaded.tables["streams"].height == 1
    assert loaded.warnings == [
        f"{tmp_path}/report.csv: columns mood, Weather Code are unknown and were kept out"
    ]


def test_the_same_warning_of_many_files_is_said_once(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        write(
            tmp_path / f"{day}.csv",
            f"{KEY},streams,mood\n2026-05-0{day},deezer,US,QZAAA2600001,1,x",
        )
    loaded = load(tmp_path)
    assert loaded.warnings == [
        f"{tmp_path}/1.csv and 2 more files: column mood is unknown and was kept out"
    ]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            "report_date,store,isrc,streams",
            (
                "lacks the column territory of a streams report;"
                " it has report_date, store, isrc, streams"
            ),
        ),
        (
            "report_date,store,territory,streams",
            (
                "lacks the column isrc (or store_track_id) of a streams report;"
                " it has report_date, store, territory, streams"
            ),
        ),
        (
            "listener_id,isrc,streams",
            (
                "lacks the columns report_date, store, territory of a listeners report;"
                " it has listener_id, isrc, streams"
            ),
        ),
        (
            "store,period_start,period_end,artificial_streams",
            (
                "lacks the column isrc (or upc) of a verdicts report;"
                " it has store, period_start, period_end, artificial_streams"
            ),
        ),
        (
            "kind,start_date",
            "lacks the column end_date of a context report; it has kind, start_date",
        ),
    ],
)
def test_a_missing_column_refuses_the_file_and_is_named(
    columns: str, sentence: str, tmp_path: Path
) -> None:
    loaded = load_text(tmp_path, f"{columns}\n{',x' * columns.count(',')}\n")
    assert loaded.reasons == [f"the file {sentence}"]
    assert [(file.refused, file.rows) for file in loaded.delivery.files] == [(True, 0)]


@pytest.mark.parametrize(
    ("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
)
def test_another_separator_is_named(separator: str, name: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, REPORTS["streams"].replace(",", separator))
    assert loaded.reasons == [
        f"the file has a header separated by {name}; a CSV report separates by commas"
    ]


def test_an_unknown_table_is_refused_with_its_columns(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, "Quantity,Sale Month\n5,2026-05\n")
    assert loaded.reasons == [
        (f"the file has the columns Quantity, Sale Month, which are none of the formats {FORMATS}")
    ]


def test_a_table_without_header_is_refused_without_repeating_its_values(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, "2026-05-04,spotify,US,anna\n2026-05-04,spotify,US,bert\n")
    assert loaded.reasons == [
        (
            "the file begins with values instead of column names;"
            f" a header of one of the formats {FORMATS} is needed"
        )
    ]


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, f"{KEY},streams,Streams\n{DAY},1,2\n")
    assert loaded.reasons == ["the file has the column streams 2 times; each stands once"]


def test_an_unknown_column_may_stand_twice(tmp_path: Path) -> None:
    assert load_text(tmp_path, f"{KEY},note,streams,note\n{DAY},a,2,b\n").refused.is_empty()


def test_more_columns_than_any_report_has_are_refused(tmp_path: Path) -> None:
    more = ",".join(f"c{number}" for number in range(6_000))
    loaded = load_text(tmp_path, f"{KEY},streams,{more}\n{DAY},1{',' * 6_000}\n" * 2)
    assert loaded.reasons == [
        "the file has 6,005 columns, as no report has; at most 5,000 are read"
    ]


def test_a_note_may_stand_above_the_header(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, f"Daily report\n\n{KEY},streams\n{DAY},1\n{DAY},-1\n")
    assert loaded.tables["streams"].height == 1
    assert loaded.faults == [(5, "streams")]


def test_a_source_may_be_chosen_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", REPORTS["streams"])
    assert load(path, source="fixed").tables["streams"].height == 3
    assert load(path, source="spotify_charts").tables["streams"].is_empty()


def test_a_source_of_no_name_is_a_wrong_call(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", REPORTS["streams"])
    with pytest.raises(CallError, match=f"choose one of auto, {FORMATS}"):
        load(path, source="spotty")


def test_rulings_in_unknown_columns_are_told_how_to_be_read(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, "Platform,Track,ISRC,Flagged Plays\nSpotify,A,QZAAA2600001,5\n")
    (reason,) = loaded.reasons
    assert reason.endswith("need a section [verdicts.NAME] in fraud.toml")
