"""Files of one day: plays around midnight are of that day, those told late of their own."""

from datetime import date
from pathlib import Path

from tests.sources.loading import Loaded, load, write
from tests.sources.spotify_files import ndjson, play
from tests.sources.test_fuga import HEADER, row

EVENING, MORNING = "2026-05-03T23:45:00", "2026-05-05T00:15:00"


def on(day: str, *edges: str, country: str = "NL", others: int = 8) -> str:
    stamps = [f"{day}T12:15:00"] * others + list(edges)
    return ndjson(*(play(timestamp=stamp, country=country) for stamp in stamps))


def days(loaded: Loaded, table: str = "streams") -> dict[date, int]:
    rows = loaded.tables[table].select("report_date", "streams").iter_rows()
    counted: dict[date, int] = {}
    for day, streams in rows:
        counted[day] = counted.get(day, 0) + streams
    return counted


def test_the_evening_before_and_the_morning_after_are_plays_of_the_files_day(
    tmp_path: Path,
) -> None:
    text = on("2026-05-04", EVENING, MORNING)
    loaded = load(write(tmp_path / "part-1.json.gz", text))
    assert days(loaded) == {date(2026, 5, 4): 10}
    assert days(loaded, "listeners") == {date(2026, 5, 4): 10}
    assert loaded.refused.is_empty()


def test_a_play_told_days_later_is_added_to_its_own_day(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "a.json.gz", on("2026-05-04", "2026-04-30T08:00:00")))
    assert days(loaded) == {date(2026, 5, 4): 8}
    assert loaded.late["streams"].select("report_date", "came_on", "streams").rows() == [
        (date(2026, 4, 30), date(2026, 5, 4), 1)
    ]


def test_the_path_names_the_day_of_a_file_that_lies_between_two(tmp_path: Path) -> None:
    text = on("2026-05-04", *[EVENING] * 8)
    loaded = load(write(tmp_path / "streams" / "2026" / "05" / "04" / "NL.json", text))
    assert days(loaded) == {date(2026, 5, 4): 16}


def test_a_small_country_is_of_the_day_of_the_files_beside_it(tmp_path: Path) -> None:
    big = write(tmp_path / "20260504" / "NL.json", on("2026-05-04"))
    small = write(
        tmp_path / "20260504" / "LI.json", on("2026-05-04", EVENING, country="LI", others=0)
    )
    assert days(load(big, small)) == {date(2026, 5, 4): 9}


def test_a_folder_named_by_the_day_of_delivery_does_not_move_the_plays(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "2026-05-05" / "NL.json", on("2026-05-04", EVENING)))
    assert days(loaded) == {date(2026, 5, 4): 9}


def test_a_file_of_several_days_tells_of_each_of_them(tmp_path: Path) -> None:
    text = on("2026-05-03") + on("2026-05-04") + on("2026-05-05")
    loaded = load(write(tmp_path / "week.json", text))
    assert days(loaded) == {date(2026, 5, day): 8 for day in (3, 4, 5)}


def test_what_fuga_tells_late_is_added_to_its_own_day(tmp_path: Path) -> None:
    lines = 9 * row(number_of_streams="5") + row(date="2026-02-10", number_of_streams="3")
    loaded = load(write(tmp_path / "label_Deezer_20260211.tsv", HEADER + lines))
    assert days(loaded) == {date(2026, 2, 11): 45}
    assert loaded.late["streams"].select("report_date", "came_on", "streams").rows() == [
        (date(2026, 2, 10), date(2026, 2, 11), 3)
    ]
