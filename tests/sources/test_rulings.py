"""Rulings of stores in any columns, as a section of the settings maps them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from fraud import config
from fraud.config import Settings, Verdicts
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.sources import configured, named
from fraud.sources.rulings import ruling
from fraud.tables import VERDICTS
from tests.sources.damage import damaged_copies
from tests.sources.loading import Loaded, load, write

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MAPPED: dict[str, Any] = {
    "columns": {
        "store": "DSP",
        "period": "Month",
        "isrc": "ISRC",
        "territory": "Country",
        "artificial_streams": "Flagged",
        "total_streams": "Streams",
        "penalty_amount": "Fee",
        "currency": "Cur",
    }
}
FLAGGED = """\
DSP;Month;ISRC;Country;Flagged;Streams;Fee;Cur;Title
Spotify;2026-03;QZ-AAA-26-00001;Finland;1 200;1.500;10,50;€;Blue
Apple Music;Mar 2026;QZAAA2600002;;300;900;;;Red
"""
FINES = """\
store,month,isrc,artificial_streams,fines,currency
Spotify,2026-03,QZAAA2600001,70,10.00,USD
"""
PENALTIES = """\
Store,Sale Month,Type,ISRC,Amount,Currency
Spotify,2026-03,Streaming,QZAAA2600001,5.10,USD
Spotify,2026-03,Artificial Streaming Penalty,QZAAA2600001,-10.64,USD
"""


def delivered(folder: Path, text: str | bytes, name: str = "ours", **said: Any) -> Loaded:
    known = (ruling(name, Verdicts.model_validate(said)),)
    return load(write(folder / "rulings.csv", text), known=known)


def rulings(loaded: Loaded, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(loaded.tables["verdicts"].select(columns).rows(), key=str)


def test_columns_are_read_as_the_settings_map_them(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, FLAGGED, decimal_comma=True, **MAPPED)
    assert loaded.tables["verdicts"].sort("store").to_dicts() == [
        {
            "store": "apple_music",
            "period_start": date(2026, 3, 1),
            "period_end": date(2026, 3, 31),
            "isrc": "QZAAA2600002",
            "upc": None,
            "territory": None,
            "artificial_streams": 300,
            "total_streams": 900,
            "penalty_amount": None,
            "currency": None,
        },
        {
            "store": "spotify",
            "period_start": date(2026, 3, 1),
            "period_end": date(2026, 3, 31),
            "isrc": "QZAAA2600001",
            "upc": None,
            "territory": "FI",
            "artificial_streams": 1200,
            "total_streams": 1500,
            "penalty_amount": 10.5,
            "currency": "EUR",
        },
    ]
    assert loaded.reasons == loaded.warnings == []


@pytest.mark.parametrize(
    ("written", "period_format", "first", "last"),
    [
        ("2026-02", "", date(2026, 2, 1), date(2026, 2, 28)),
        ("202602", "", date(2026, 2, 1), date(2026, 2, 28)),
        ("Feb 2026", "", date(2026, 2, 1), date(2026, 2, 28)),
        ("February 2026", "", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-02-11", "", date(2026, 2, 11), date(2026, 2, 11)),
        ("20260211", "", date(2026, 2, 11), date(2026, 2, 11)),
        ("02/2026", "%m/%Y", date(2026, 2, 1), date(2026, 2, 28)),
        ("11.02.2026", "%d.%m.%Y", date(2026, 2, 11), date(2026, 2, 11)),
    ],
)
def test_a_period_is_a_month_or_a_day(
    written: str, period_format: str, first: date, last: date, tmp_path: Path
) -> None:
    text = f"period,isrc,bad\n{written},QZAAA2600001,5\n"
    columns = {"period": "period", "isrc": "isrc", "artificial_streams": "bad"}
    loaded = delivered(
        tmp_path,
        text,
        columns=columns,
        constants={"store": "deezer"},
        period_format=period_format,
    )
    told = rulings(loaded, "store", "period_start", "period_end")
    assert told == [("deezer", first, last)]


@pytest.mark.parametrize(
    ("share", "plays"), [("98 %", 980), ("98", 980), ("98,5%", 985), ("0.98", 980), ("1", 1000)]
)
def test_a_share_of_the_total_is_a_count(share: str, plays: int, tmp_path: Path) -> None:
    text = f"Month;ISRC;Streams;Percentage\n2026-03;QZAAA2600001;1000;{share}\n"
    loaded = delivered(tmp_path, text, preset="spotify_share")
    assert rulings(loaded, "store", "artificial_streams", "total_streams") == [
        ("spotify", plays, 1000)
    ]


@pytest.mark.parametrize("share", ["980 %", "many"])
def test_a_share_that_is_none_is_refused(share: str, tmp_path: Path) -> None:
    text = f"Month,ISRC,Streams,Percentage\n2026-03,QZAAA2600001,1000,{share}\n"
    assert delivered(tmp_path, text, preset="spotify_share").faults == [(2, "percentage")]


@pytest.mark.parametrize(
    ("preset", "text", "ruled"),
    [
        (
            "counts",
            "dsp,isrc,upc,country,quantity,period\napple,QZAAA2600001,,US,70,2026-03\n",
            ("apple_music", "QZAAA2600001", "US", 70, None),
        ),
        (
            "fines",
            FINES,
            ("spotify", "QZAAA2600001", None, 70, 10.0),
        ),
        (
            "penalty_lines",
            PENALTIES,
            ("spotify", "QZAAA2600001", None, 0, 10.64),
        ),
        (
            "apple_excluded",
            "Month,ISRC,Storefront,Excluded Streams,Streams\n2026-03,QZAAA2600001,US,70,90\n",
            ("apple_music", "QZAAA2600001", "US", 70, None),
        ),
    ],
)
def test_presets_know_what_distributors_pass_on(
    preset: str, text: str, ruled: tuple[Any, ...], tmp_path: Path
) -> None:
    loaded = delivered(tmp_path, text, preset=preset)
    told = rulings(loaded, "store", "isrc", "territory", "artificial_streams", "penalty_amount")
    assert told == [ruled]
    assert loaded.reasons == loaded.warnings == []
    assert loaded.delivery.passed_over.total() == (preset == "penalty_lines")


def test_only_some_lines_may_be_rulings(tmp_path: Path) -> None:
    text = FLAGGED.replace("Title", "Kind").replace("Blue", "Fraud fee").replace("Red", "Sale")
    loaded = delivered(tmp_path, text, only={"Kind": "fraud|abuse"}, decimal_comma=True, **MAPPED)
    assert rulings(loaded, "store") == [("spotify",)]
    assert loaded.delivery.passed_over == {"lines of another kind": 1}


def test_a_file_in_latin_1_and_with_a_shortened_upc(tmp_path: Path) -> None:
    text = "Magasin,Mois,UPC,Écoutes\nSpotify,2026-03,3.60149700019E+11,5\n"
    columns = {
        "store": "magasin",
        "period": "mois",
        "upc": "upc",
        "artificial_streams": ["plays", "écoutes"],
    }
    loaded = delivered(tmp_path, text.encode("latin-1"), columns=columns)
    assert rulings(loaded, "upc", "artificial_streams") == [("360149700019", 5)]


def test_bad_rulings_are_named_by_the_columns_of_the_file(tmp_path: Path) -> None:
    text = FLAGGED.replace("2026-03;", "Q1;").replace("300", "some")
    loaded = delivered(tmp_path, text, **MAPPED)
    assert loaded.faults == [(2, "month"), (3, "flagged")]


def test_a_mapping_is_a_format_of_the_installation(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(
        home / "fraud.toml",
        """
[verdicts.our_distributor]
columns = { store = "DSP", period = "Month", isrc = "ISRC", artificial_streams = "Flagged" }
""",
    )
    settings = config.load(home=home, lake="")
    path = write(tmp_path / "flagged.csv", FLAGGED.replace("1 200", "1200"))
    for source in ("auto", "our_distributor"):
        result = ingest([path], settings, now=NOW, source=source)
        assert result.exit_code == 0
        assert result.files[0].source == "our_distributor"
    assert Lake(settings.lake_address).read(VERDICTS)["artificial_streams"].sum() == 1500


def test_a_file_that_lacks_a_mapped_column_is_another_format(tmp_path: Path) -> None:
    loaded = delivered(tmp_path, FLAGGED.replace(";ISRC;", ";Code;"), **MAPPED)
    assert "which are none of the formats ours" in loaded.reasons[0]


def test_a_mapping_may_not_take_the_name_of_a_format() -> None:
    settings = Settings(verdicts={"fuga": Verdicts(preset="counts")})
    with pytest.raises(CallError, match=r"verdicts\.fuga: a format has this name"):
        configured(settings)


def test_unknown_fields_and_names_are_told() -> None:
    with pytest.raises(CallError, match=r"verdicts\.ours\.columns"):
        config.load(verdicts={"ours": {"columns": {"streams_of_bots": "x"}}})
    known = configured(Settings(verdicts={"ours": Verdicts(preset="counts")}))
    with pytest.raises(CallError, match="ours, fixed"):
        named("theirs", known)


def test_damage_is_told_and_never_loses_a_ruling_in_silence(tmp_path: Path) -> None:
    header, _, rows = FLAGGED.partition("\n")
    for number, data in enumerate(damaged_copies((header + "\n" + 20 * rows).encode(), ";")):
        write(tmp_path / f"{number}.csv", data)
    assert load(tmp_path, known=(ruling("ours", Verdicts.model_validate(MAPPED)),)).reasons
