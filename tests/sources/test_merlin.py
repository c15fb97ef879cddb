"""Merlin's weekly trends and monthly reports, which every service words in its own way."""

from pathlib import Path

import pytest

from fraud.sources.merlin import LAYOUTS, Layout
from tests.sources.loading import load, write
from tests.sources.test_dialects import zip_of

TRENDS = """\
week_start_date,week_end_date,merlin_licensor,country,rank,isrc,track_name,artists,age_bucket,gender,streams30s
2026-03-06,2026-03-12,Invented Records,FI,3,QZAAA2600001,Invented Song,Ann,28-34,male,5120
2026-03-06,2026-03-12,Invented Records,FI,4,QZAAA2600001,Invented Song,Ann,28-34,female,80
2026-03-06,2026-03-12,Invented Records,NA,1,QZAAA2600001,Invented Song,Ann,18-27,,7
2026-03-06,2026-03-12,Invented Records,FI,9,,Invented Song,Ann,28-34,male,5
"""


def test_trends_are_weeks_of_top_tracks_and_their_service_stands_in_the_folder(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "merlin" / "trends" / "202603" / "spo-spotify" / "weekly-topd"
    loaded = load(write(folder / "top.csv.zip", zip_of({"top.csv": TRENDS})))
    plays = loaded.tables["period_streams"]
    columns = ["period_start", "period_end", "store", "territory", "streams", "coverage"]
    assert [tuple(map(str, row)) for row in plays.select(columns).iter_rows()] == [
        ("2026-03-06", "2026-03-12", "spotify", "FI", "5200", "top"),
        ("2026-03-06", "2026-03-12", "spotify", "NA", "7", "top"),
    ]
    assert plays["statement"].unique().to_list() == ["Invented Records"]
    assert loaded.tables["royalties"].is_empty()
    assert loaded.faults == [(5, "isrc")]


@pytest.mark.parametrize("name", ["deezer_top.csv", "weekly-dzr.csv"])
def test_a_files_name_may_tell_the_service(name: str, tmp_path: Path) -> None:
    loaded = load(write(tmp_path / name, TRENDS))
    assert loaded.tables["period_streams"]["store"].unique().to_list() == ["deezer"]


def test_trends_of_no_service_are_refused(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "top.csv", TRENDS))
    assert loaded.reasons == [
        (
            "the file is a report of Merlin's that does not say of which service; leave it in the"
            " folder that Merlin names after the service, such as spo-spotify"
        )
    ]


def monthly(layout: Layout, isrc: str = "QZAAA2600001", streams: str = "100") -> str:
    """Return a report in a layout: a note above the header, a good row and a short one."""
    values = {
        layout.isrc: isrc,
        layout.territory: "NA",
        layout.streams: streams,
        layout.first: "2026-02-01",
        layout.last: "2026-02-28" if layout.first != layout.last else "2026-02",
    }
    if layout.amount:
        values[layout.amount] = "0.25"
    names = [name.replace("_", " ").title() for name in values]
    return f"Invented report\n{','.join([*names, 'Track Title'])}\n{','.join(values.values())}\n"


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: "-".join(layout.stores))
def test_a_monthly_report_is_told_by_its_columns(layout: Layout, tmp_path: Path) -> None:
    store = layout.stores[-1]
    loaded = load(write(tmp_path / store / "report.txt", monthly(layout).replace(",", "\t")))
    (plays,) = loaded.tables["period_streams"].iter_rows(named=True)
    assert (plays["store"], plays["territory"], plays["streams"]) == (store, "NA", 100)
    assert (str(plays["period_start"]), str(plays["period_end"])) == ("2026-02-01", "2026-02-28")
    assert plays["amount"] == (0.25 if layout.amount else None)
    assert loaded.tables["royalties"].height == bool(layout.amount)
    if layout.currency:
        assert plays["currency"] == layout.currency


def test_services_of_one_layout_are_told_by_the_folder_or_not_at_all(tmp_path: Path) -> None:
    shared = next(layout for layout in LAYOUTS if "tencent" in layout.stores)
    loaded = load(write(tmp_path / "tme-tencent" / "a.csv", monthly(shared)))
    assert loaded.tables["period_streams"]["store"].to_list() == ["tencent"]
    loaded = load(write(tmp_path / "b.csv", monthly(shared)))
    assert loaded.reasons[0].endswith("such as spo-spotify. It may be of mixcloud or tencent")


def test_bad_cells_are_named_as_the_service_names_them(tmp_path: Path) -> None:
    deezer = next(layout for layout in LAYOUTS if layout.stores == ("deezer",))
    text = monthly(deezer, isrc="X") + monthly(deezer, streams="1e3").splitlines()[2]
    loaded = load(write(tmp_path / "a.csv", text + ",too,many\n"))
    assert loaded.faults == [(4, None), (3, "isrc")]
