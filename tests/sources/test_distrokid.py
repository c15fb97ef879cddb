"""DistroKid's bank details, in both of its layouts."""

from pathlib import Path

import pytest

from tests.sources.loading import load_text

OLD = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\t"
    "Song/Album\tCountry of Sale\tSongwriter Royalties Withheld\tEarnings (USD)\n"
)
NEW = (
    '"Date Inserted","Reporting Date","Sale Month","Store","Artist","Title","ISRC","UPC",'
    '"Quantity","Team Percentage","Source Type","Country of Sale",'
    '"Songwriter Royalties Withheld (USD)","Earnings (USD)","Recoup (USD)"\n'
)


def old(*cells: str) -> str:
    date, month, store, title, isrc, quantity, kind, country, earned = cells
    return (
        f"{date}\t{month}\t{store}\tJosé\t{title}\t{isrc}\t360149700019\t{quantity}\t100\t{kind}\t"
        f"{country}\t0\t{earned}\n"
    )


def new(*cells: str) -> str:
    date, month, store, title, isrc, quantity, kind, country, earned = cells
    values = [date, date, month, store, "José", title, isrc, "360149700019", quantity, "100"]
    return ",".join(f'"{cell}"' for cell in [*values, kind, country, "0", earned, "0"]) + "\n"


SHOP = "Amazon Unlimited (Streaming)"
ROWS = [
    (
        "2026-04-20",
        "2026-02",
        "Spotify",
        '12" mix',
        "QZ-AAA-26-00001",
        "41210",
        "Song",
        "FI",
        "61.8",
    ),
    ("2026-04-20", "2026-02", SHOP, "B", "qzaaa2600002", "7", "Song", "NA", "6.5e-05"),
    ("2026-05-20", "2026-02", "Spotify", "B", "QZAAA2600002", "3", "Song", "Finland", "-0.01"),
    ("2026-04-20", "2026-02", "iTunes", "B", "QZAAA2600002", "1", "Song", "US", "0.7"),
    ("2026-04-20", "2026-02", "Spotify", "B", "", "1", "Album", "US", "0.7"),
]


def quoted(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cell.replace('"', '""') for cell in row)


LAYOUTS = {
    "old": (OLD + "".join(old(*row) for row in ROWS)).encode("latin-1"),
    "new": (NEW + "".join(new(*quoted(row)) for row in ROWS)).encode("utf-8-sig"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_layouts_tell_plays_and_money_of_a_month(layout: str, tmp_path: Path) -> None:
    loaded = load_text(tmp_path, LAYOUTS[layout], "bank.tsv")
    plays = loaded.tables["period_streams"]
    columns = ["statement", "store", "territory", "track_id", "streams", "amount"]
    assert plays.select(columns).rows() == [
        ("2026-04", "amazon_music", "NA", "QZAAA2600002", 7, 6.5e-05),
        ("2026-04", "spotify", "FI", "QZAAA2600001", 41210, 61.8),
        ("2026-05", "spotify", "FI", "QZAAA2600002", 3, -0.01),
    ]
    spans = plays.select("period_start", "period_end", "currency", "origin").unique()
    assert [tuple(map(str, row)) for row in spans.iter_rows()] == [
        ("2026-02-01", "2026-02-28", "USD", "distrokid")
    ]
    paid = loaded.tables["royalties"].select("statement", "store", "territory", "streams", "amount")
    assert paid.rows() == plays.drop("track_id").select(paid.columns).rows()
    assert loaded.delivery.passed_over == {"no streams but downloads, sales or fees": 2}
    assert loaded.refused.is_empty()


def test_a_penalty_is_a_verdict_and_no_royalty(tmp_path: Path) -> None:
    penalty = old(
        *("2026-04-20", "2026-02", "Spotify", "Artificial streaming penalty"),
        *("QZAAA2600001", "900", "Song", "FI", "-10.5"),
    )
    nameless = penalty.replace("QZAAA2600001", "").replace("360149700019", "")
    shortened = penalty.replace("QZAAA2600001", "").replace("360149700019", "3.601497e+11")
    loaded = load_text(tmp_path, OLD + old(*ROWS[0]) + penalty + nameless + shortened)
    (verdict,) = loaded.tables["verdicts"].iter_rows(named=True)
    assert (verdict["store"], verdict["isrc"]) == ("spotify", "QZAAA2600001")
    assert (verdict["artificial_streams"], verdict["penalty_amount"]) == (900, 10.5)
    assert loaded.tables["royalties"]["amount"].to_list() == [61.8]
    assert loaded.faults == [(4, "ISRC"), (5, "UPC")]


def test_lines_of_one_penalty_add_up(tmp_path: Path) -> None:
    of = ("2026-04-20", "2026-02", "Spotify", "Artificial streaming penalty", "QZAAA2600001")
    lines = old(*of, "900", "Song", "FI", "-10.5") + old(*of, "30", "Song", "FI", "-0.25")
    loaded = load_text(tmp_path, OLD + lines)
    counts = loaded.tables["verdicts"].select("artificial_streams", "penalty_amount")
    assert counts.rows() == [(930, 10.75)]
    assert loaded.reasons == []


def test_bad_cells_are_named_as_the_file_names_them(tmp_path: Path) -> None:
    good = list(ROWS[0])
    bad = [
        [*good[:1], "soon", *good[2:]],
        [*good[:4], "QZ", *good[5:]],
        [*good[:5], "1,2.3", *good[6:]],
        [*good[:7], "Atlantis", *good[8:]],
        [*good[:8], "much"],
        ["", *good[1:]],
    ]
    loaded = load_text(tmp_path, OLD + "".join(old(*row) for row in bad))
    assert loaded.faults == [
        (2, "Sale Month"),
        (3, "ISRC"),
        (4, "Quantity"),
        (5, "Country of Sale"),
        (6, "Earnings (USD)"),
        (7, "Reporting Date"),
    ]


def test_a_missing_column_refuses_the_file(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, (OLD + old(*ROWS[0])).replace("ISRC", "Code"))
    assert loaded.reasons[0].startswith("the file lacks isrc of DistroKid's bank details; it has")
