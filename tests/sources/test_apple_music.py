"""Apple Music's reports: counts by code and name, songs by id, under old and new column names."""

import random
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.sources import apple_files
from tests.sources.apple_files import (
    CONTAINER,
    CONTENT,
    DAY,
    DEMOGRAPHICS,
    DETAIL,
    EDITORIAL,
    LATE_ROW,
    RECEIVED,
    REPORTS,
    SHAZAM,
    SONG,
    SUMMARY,
    SUMMARY_ROWS,
    tsv,
)
from tests.sources.damage import damaged, swapped
from tests.sources.loading import Loaded, load, write

AGGREGATES = tuple(name for name in REPORTS if name != "Detail")


def delivered(folder: Path, **texts: str) -> Loaded:
    return load(*(write(folder / f"{name}.txt.gz", text) for name, text in texts.items()))


def rows_of(loaded: Loaded, table: str, *columns: str) -> list[tuple[object, ...]]:
    return loaded.tables[table].select(columns).rows()


def one_summary(folder: Path, **cells: str) -> Loaded:
    """Deliver a Summary of one row, in which some cells are other ones."""
    header, row = SUMMARY.split("|"), SUMMARY_ROWS[0].split("|")
    for name, value in cells.items():
        row[header.index(name.replace("_", " ").replace("Sub Type", "Sub-Type"))] = value
    return delivered(folder, a=tsv(SUMMARY, "|".join(row)))


def test_a_day_is_joined_across_its_reports(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, **{name: REPORTS[name] for name in AGGREGATES})
    assert loaded.refused.is_empty()
    assert loaded.warnings == []
    assert rows_of(
        loaded, "streams", "territory", "track_id", "source", "tier", "device", "streams"
    ) == [
        ("DE", "QZAAA2600001", "library", "family", "desktop", 9),
        ("US", "QZAAA2600001", "editorial_playlist", "premium", "mobile", 77),
        ("US", "QZAAA2600001", "search", "premium", "mobile", 412),
        ("US", "QZAAA2600002", "algorithmic", "trial", "other", 5),
    ]
    assert rows_of(
        loaded, "audience", "territory", "track_id", "streams", "listeners", "shazams"
    ) == [
        ("DE", "QZAAA2600001", 9, None, 4),
        ("DE", "QZAAA2600009", None, None, 4),
        ("US", "QZAAA2600001", 489, 115, None),
        ("US", "QZAAA2600002", 5, None, None),
    ]
    assert rows_of(loaded, "catalog", "isrc", "title", "label", "upc", "duration_seconds") == [
        ("QZAAA2600001", "Blue", "Invented Records", "036000291452", 32),
        ("QZAAA2600002", "Red", "Invented Records", None, 201),
    ]
    (added,) = loaded.tables["context"].rows(named=True)
    assert (added["isrc"], added["artist"], added["note"]) == (
        "QZAAA2600001",
        None,
        "Invented List at 17",
    )
    assert (added["end_date"] - added["start_date"]).days == 27


def test_plays_of_the_container_report_are_not_added_to_those_of_the_summary(
    tmp_path: Path,
) -> None:
    loaded = delivered(tmp_path, a=REPORTS["Summary"], b=REPORTS["Container"])
    assert loaded.tables["streams"]["report_date"].cast(pl.String).unique().to_list() == [DAY]
    (notice,) = loaded.delivery.notices
    assert notice == (
        f"streams of apple_music on {RECEIVED}: Container tells the plays of a day beside it in"
        " less detail and was not added to them"
    )


def test_the_container_report_alone_tells_the_plays_of_its_day(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=REPORTS["Container"])
    assert rows_of(loaded, "streams", "source", "playlist_id", "playlist_name", "streams") == [
        ("album", None, None, 412),
        ("editorial_playlist", "pl.editorial", "Invented List", 77),
    ]
    assert loaded.tables["streams"]["report_date"].cast(pl.String).unique().to_list() == [RECEIVED]


def test_single_plays_are_told_by_listener_and_length(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=REPORTS["Detail"], b=REPORTS["Content"])
    assert loaded.warnings == []
    assert rows_of(loaded, "streams", "source", "tier", "streams") == [("search", "premium", 2)]
    assert rows_of(loaded, "listeners", "streams", "listening_seconds", "listener_territory") == [
        (2, 231, None)
    ]
    assert rows_of(loaded, "audience", "streams", "listeners", "sub30_plays") == [(2, 1, 1)]
    assert "person-1" not in loaded.tables["listeners"].write_csv()


def test_a_play_of_nearly_thirty_seconds_does_not_count(tmp_path: Path) -> None:
    nearly = REPORTS["Detail"].replace("|0|31250".replace("|", "\t"), "\t0\t29999")
    loaded = delivered(tmp_path, a=nearly, b=REPORTS["Content"])
    assert rows_of(loaded, "audience", "streams", "listeners", "sub30_plays") == [(1, 1, 2)]


@pytest.mark.parametrize(("factor", "unit"), [(1, "ms"), (0.001, "s")])
def test_lengths_are_read_in_the_unit_that_their_size_shows(
    factor: float, unit: str, tmp_path: Path
) -> None:
    rows = (f"{n}|QZAAA260000{n}|Blue|Ann|1|1|1|{n * 100_000 * factor:.0f}|||" for n in (1, 2, 3))
    loaded = delivered(tmp_path, **{unit: tsv(CONTENT, *rows)})
    assert loaded.tables["catalog"]["duration_seconds"].to_list() == [100, 200, 300]


def test_old_names_in_any_case_and_order_mean_the_same(tmp_path: Path) -> None:
    old = (
        SUMMARY.replace("Streams", "QUANTITY")
        .replace("Subscription", "Membership")
        .replace("Container Sub-Type", "Playlist Type")
        .replace("Container ID", "playlist id")
        .replace("Container Name", "Playlist Name")
    )
    turned = ["|".join(line.split("|")[::-1]) for line in (old, *SUMMARY_ROWS)]
    new, other = (
        delivered(tmp_path / "new", a=REPORTS["Summary"]),
        delivered(tmp_path / "old", a=tsv(turned[0], *turned[1:])),
    )
    assert other.warnings == new.warnings
    assert other.tables["streams"].equals(new.tables["streams"])


def test_the_first_reports_had_neither_day_of_arrival_nor_device(tmp_path: Path) -> None:
    header = "Datestamp|Apple Identifier|Storefront Name|Membership Type|Quantity"
    loaded = delivered(tmp_path, a=tsv(header, f"{DAY}|{SONG}|GB|Individual|3"))
    assert rows_of(loaded, "streams", "territory", "tier", "device", "source", "streams") == [
        ("GB", "premium", None, None, 3)
    ]


@pytest.mark.parametrize(
    ("written", "code"), [("us", "US"), ("Germany", "DE"), ("NA", "NA"), ("UK", "GB")]
)
def test_storefronts_are_codes_or_names(written: str, code: str, tmp_path: Path) -> None:
    loaded = one_summary(tmp_path, Storefront_Name=written)
    assert loaded.tables["streams"]["territory"].to_list() == [code]


@pytest.mark.parametrize(
    ("kind", "mode", "tier"),
    [
        ("Individual Monthly", "Paid", "premium"),
        ("Voice Individual Monthly", "", "premium"),
        ("Voice Individual (short introductory)", "", "trial"),
        ("Student Monthly", "Paid", "student"),
        ("Indirect Family Monthly", "Paid", "family"),
        ("Individual Monthly", "Free Trial", "trial"),
        ("", "", None),
    ],
)
def test_plans(kind: str, mode: str, tier: str | None, tmp_path: Path) -> None:
    loaded = one_summary(tmp_path, Subscription_Type=kind, Subscription_Mode=mode)
    assert loaded.tables["streams"]["tier"].to_list() == [tier]


@pytest.mark.parametrize(
    ("codes", "source", "playlist"),
    [
        (("1", "2", "1"), "library", "pl.1"),
        (("2", "3", "0"), "search", None),
        (("7", "3", "0"), "search", None),
        (("3", "2", "4"), "user_playlist", "pl.1"),
        (("3", "2", "2"), "editorial_playlist", "pl.1"),
        (("6", "2", "9"), "algorithmic", "pl.1"),
        (("0", "1", "0"), "radio", "pl.1"),
        (("0", "3", "0"), "album", None),
        (("0", "0", "0"), "other", None),
    ],
)
def test_codes_of_source_and_container(
    codes: tuple[str, str, str], source: str, playlist: str | None, tmp_path: Path
) -> None:
    loaded = one_summary(
        tmp_path,
        Source_of_Stream=codes[0],
        Container_Type=codes[1],
        Container_Sub_Type=codes[2],
        Container_ID="pl.1",
    )
    assert rows_of(loaded, "streams", "source", "playlist_id") == [(source, playlist)]


def test_a_song_that_content_does_not_name_keeps_apples_id(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=REPORTS["Summary"], b=tsv(CONTENT, apple_files.CONTENT_ROWS[1]))
    assert f"apple_music:{SONG}" in loaded.tables["streams"]["track_id"]
    assert any("1 tracks have no ISRC in any look-up" in text for text in loaded.warnings)


def test_an_editorial_add_without_an_isrc_is_limited_to_its_artist(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=REPORTS["EditorialPlaylistAdds"])
    assert rows_of(loaded, "context", "isrc", "artist") == [(None, "Ann")]
    (warning,) = loaded.warnings
    assert warning == (
        "context: the songs of 1 row have no ISRC in any look-up, which were limited to the artist"
        " instead"
    )


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        (SUMMARY, SUMMARY_ROWS[0].replace(DAY, "May 4"), "datestamp"),
        (SUMMARY, SUMMARY_ROWS[0].replace("|US|", "|Narnia|"), "storefront_name"),
        (SUMMARY, SUMMARY_ROWS[0].removesuffix("412"), "streams"),
        (SUMMARY, SUMMARY_ROWS[0].replace("|412", "|many"), "streams"),
        (SUMMARY, SUMMARY_ROWS[0].replace(SONG, ""), "apple_identifier"),
        (SUMMARY, SUMMARY_ROWS[0].removesuffix("|412"), None),
        (CONTAINER, apple_files.CONTAINER_ROWS[0].replace("412", "-1"), "streams"),
        (CONTENT, apple_files.CONTENT_ROWS[0].replace("QZAAA2600001", ""), "isrc"),
        (DEMOGRAPHICS, apple_files.DEMOGRAPHICS_ROWS[0].replace(DAY, RECEIVED, 1), "start_date"),
        (SHAZAM, apple_files.SHAZAM_ROWS[0].replace("QZAAA2600001,", "?,"), "isrc_codes"),
        (EDITORIAL, apple_files.EDITORIAL_ROWS[0].replace("|Ann|", "||"), "artist"),
        (DETAIL, apple_files.DETAIL_ROWS[0].replace("|US|", "|Narnia|"), "storefront_name"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column(
    header: str, row: str, column: str | None, tmp_path: Path
) -> None:
    loaded = delivered(tmp_path, plays=REPORTS["Summary"], a=tsv(header, row))
    assert loaded.faults == [(2, column)]
    assert loaded.refused["row"].is_null().all() == (header is DETAIL)


@pytest.mark.parametrize("missing", ["Datestamp", "Storefront Name", "Streams"])
def test_a_missing_column_refuses_the_file(missing: str, tmp_path: Path) -> None:
    cells = ["Something" if cell == missing else cell for cell in SUMMARY.split("|")]
    loaded = delivered(tmp_path, a=tsv("|".join(cells), *SUMMARY_ROWS))
    slug = missing.lower().replace(" ", "_")
    assert f"lacks the column {slug} of Apple Music's Summary report" in loaded.reasons[0]


def test_plays_received_days_later_stand_on_their_day(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, a=tsv(SUMMARY, *SUMMARY_ROWS, LATE_ROW), b=REPORTS["Content"])
    assert loaded.tables["streams"]["streams"].sum() == 503
    late = loaded.late["streams"].select("report_date", "came_on", "streams")
    assert late.rows() == [(date(2026, 5, 1), date.fromisoformat(DAY), 6)]


@pytest.mark.parametrize("how", ["bytes", "cut", "lines", "utf-16", "latin-1"])
@pytest.mark.parametrize("kind", REPORTS)
def test_a_damaged_file_loses_no_row_silently(kind: str, how: str, tmp_path: Path) -> None:
    chance = random.Random(f"{kind} {how}")  # noqa: S311 - damage, not secrets
    header, *rows = REPORTS[kind].splitlines(keepends=True)
    text = header + "".join(rows) * 20
    for n in range(3):
        whole = write(tmp_path / f"{n}" / "whole.txt", REPORTS["Summary"])
        bad = write(
            tmp_path / f"{n}" / "bad.txt", damaged(text.replace("Blue", "Blü"), how, chance)
        )
        loaded = load(whole, bad)
        assert len(loaded.delivery.files) == 2


@pytest.mark.parametrize("kind", REPORTS)
def test_swapped_columns_lose_no_row_silently(kind: str, tmp_path: Path) -> None:
    header, rows = REPORTS[kind].split("\n", 1)
    chance = random.Random(kind)  # noqa: S311 - damage, not secrets
    for n in range(3):
        bad = swapped(header, *chance.sample(header.split("\t"), 2)) + "\n" + rows
        whole = write(tmp_path / f"{n}" / "whole.txt", REPORTS["Summary"])
        loaded = load(whole, write(tmp_path / f"{n}" / "bad.txt", bad))
        assert loaded.delivery.files


def test_a_recognised_song_is_each_recording_that_it_may_have_been(tmp_path: Path) -> None:
    found = f"{DAY}|18|Blue|Ann|FI|Uusimaa|Helsinki"
    loaded = delivered(
        tmp_path,
        a=REPORTS["Summary"],
        b=REPORTS["Content"],
        c=tsv(
            SHAZAM,
            f"{found}|QZAAA2600001,QZAAA2600002, QZAAA2600001|3",
            f"{found}|QZ-AAA-26-00002|1",
            f"{found}| , |5",
        ),
    )
    told = loaded.tables["audience"].filter(pl.col("territory") == "FI")
    assert told.select("isrc", "shazams").rows() == [("QZAAA2600001", 3), ("QZAAA2600002", 4)]
    assert loaded.faults == [(4, "isrc_codes")]
