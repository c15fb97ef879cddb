"""The lake: a day × store replaced whole and at once, and read as it is or as it was."""

import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.errors import FraudError
from fraud.lake import MOST_FILES, Lake
from fraud.tables import CATALOG, JUDGEMENTS, PERIOD_STREAMS, SCORES, STREAMS, TABLES

ROOT = Path(__file__).parents[2]
MONDAY, TUESDAY = date(2026, 5, 4), date(2026, 5, 5)


def plays(*rows: tuple[date, str, str, int]) -> pl.DataFrame:
    """Return streams rows of day, store, track and streams."""
    return STREAMS.conform(
        pl.DataFrame(
            [(day, store, "NA", track, count) for day, store, track, count in rows],
            schema={
                "report_date": pl.Date(),
                "store": pl.String(),
                "territory": pl.String(),
                "track_id": pl.String(),
                "streams": pl.Int64(),
            },
            orient="row",
        )
    )


def told(frame: pl.DataFrame) -> list[tuple[date, str, str, int]]:
    return frame.select("report_date", "store", "track_id", "streams").rows()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_that_was_never_written_is_empty(table: object, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for declared in [one for one in TABLES if one is table]:
        assert lake.version(declared) is None
        assert lake.files(declared) == []
        assert lake.days(declared) == []
        assert lake.read(declared).equals(declared.empty())
    assert not (tmp_path / "lake").exists()


def test_a_day_of_a_store_is_replaced_and_its_neighbours_are_not(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    before = plays(
        (MONDAY, "deezer", "a", 1), (MONDAY, "spotify", "a", 2), (TUESDAY, "spotify", "a", 3)
    )
    lake.replace_store_days(
        STREAMS, before, [(MONDAY, "deezer"), (MONDAY, "spotify"), (TUESDAY, "spotify")]
    )
    after = plays((MONDAY, "spotify", "b", 5), (MONDAY, "spotify", "c", 6))
    lake.replace_store_days(STREAMS, after, [(MONDAY, "spotify")])
    assert told(Lake(tmp_path).read(STREAMS)) == [
        (MONDAY, "deezer", "a", 1),
        (MONDAY, "spotify", "b", 5),
        (MONDAY, "spotify", "c", 6),
        (TUESDAY, "spotify", "a", 3),
    ]


def test_stores_may_differ_from_day_to_day_in_one_commit(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    all_of_it = plays(*((day, store, "a", 1) for day in (MONDAY, TUESDAY) for store in "xyz"))
    lake.replace_days(STREAMS, all_of_it, [MONDAY, TUESDAY])
    version = lake.version(STREAMS)
    assert version is not None
    lake.replace_store_days(
        STREAMS, plays((MONDAY, "x", "b", 9)), [(MONDAY, "x"), (TUESDAY, "y"), (TUESDAY, "z")]
    )
    assert lake.version(STREAMS) == version + 1
    assert told(lake.read(STREAMS)) == [
        (MONDAY, "x", "b", 9),
        (MONDAY, "y", "a", 1),
        (MONDAY, "z", "a", 1),
        (TUESDAY, "x", "a", 1),
    ]


def test_a_day_without_rows_ends_up_empty(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.replace_days(
        STREAMS, plays((MONDAY, "x", "a", 1), (TUESDAY, "x", "a", 1)), [MONDAY, TUESDAY]
    )
    lake.replace_days(STREAMS, STREAMS.empty(), [MONDAY])
    assert lake.days(STREAMS) == [TUESDAY]


def test_nothing_to_replace_writes_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.replace_days(STREAMS, STREAMS.empty(), [])
    lake.replace_store_days(STREAMS, STREAMS.empty(), [])
    lake.append(STREAMS, STREAMS.empty())
    lake.merge(CATALOG, CATALOG.empty())
    assert list(tmp_path.iterdir()) == []


def test_rows_of_other_days_are_not_let_in_by_the_way(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.replace_days(STREAMS, plays((MONDAY, "x", "a", 1)), [MONDAY])
    with pytest.raises(FraudError, match="was not written, nothing has changed"):
        lake.replace_days(STREAMS, plays((TUESDAY, "x", "a", 1)), [MONDAY])
    assert told(Lake(tmp_path).read(STREAMS)) == [(MONDAY, "x", "a", 1)]


def test_a_span_of_days_is_read_with_both_its_ends(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    days = [date(2026, 5, day) for day in range(1, 8)]
    lake.replace_days(STREAMS, plays(*((day, "x", "a", day.day) for day in days)), days)
    assert lake.read(STREAMS, days[2], days[4])["streams"].to_list() == [3, 4, 5]
    assert lake.read(STREAMS, days[5])["streams"].to_list() == [6, 7]
    assert lake.read(STREAMS, None, days[0])["streams"].to_list() == [1]
    assert len(lake.files(STREAMS, days[2], days[4])) == 3


def test_views_hold_only_the_days_that_were_asked_for(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.replace_days(
        STREAMS, plays((MONDAY, "x", "a", 1), (TUESDAY, "x", "a", 2)), [MONDAY, TUESDAY]
    )
    with lake.connect([STREAMS, CATALOG], TUESDAY, TUESDAY) as connection:
        assert connection.execute("select sum(streams) from streams").fetchone() == (2,)
        assert connection.execute("select count(*) from catalog").fetchone() == (0,)


def test_the_lake_is_read_as_it_was_known_at_a_moment(tmp_path: Path) -> None:
    moments = []
    for count in (1, 2):
        moments.append(datetime.now(UTC))
        time.sleep(0.01)
        Lake(tmp_path).replace_days(STREAMS, plays((MONDAY, "x", "a", count)), [MONDAY])
        time.sleep(0.01)
    moments.append(datetime.now(UTC))
    seen = [Lake(tmp_path).at(moment).read(STREAMS)["streams"].to_list() for moment in moments]
    assert seen == [[], [1], [2]]


def test_the_past_cannot_be_written(tmp_path: Path) -> None:
    Lake(tmp_path).replace_days(STREAMS, plays((MONDAY, "x", "a", 1)), [MONDAY])
    with pytest.raises(FraudError, match="cannot be written"):
        Lake(tmp_path).at(datetime.now(UTC)).replace_days(STREAMS, STREAMS.empty(), [MONDAY])


def test_a_merged_row_replaces_the_one_of_its_key(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    old = pl.DataFrame(
        {"track_id": ["a", "b"], "title": ["O'Neill", 'say "no"'], "genre": ["x", "y"]}
    )
    lake.merge(CATALOG, old)
    lake.merge(CATALOG, pl.DataFrame({"track_id": ["b", "c"], "title": ["New", None]}))
    rows = Lake(tmp_path).read(CATALOG).select("track_id", "title", "genre").rows()
    assert rows == [("a", "O'Neill", "x"), ("b", "New", None), ("c", None, None)]


def test_a_merge_keeps_what_somebody_else_merges_meanwhile(tmp_path: Path) -> None:
    def songs(*numbers: int) -> pl.DataFrame:
        tracks = [f"USAAA26{n:05}" for n in numbers]
        return CATALOG.conform(pl.DataFrame({"track_id": tracks, "isrc": tracks}))

    first, second = Lake(tmp_path), Lake(tmp_path)
    first.merge(CATALOG, songs(1))
    assert second.read(CATALOG).height == 1
    read = Lake.read

    class Slow(Lake):
        """Reads, and then somebody else is faster."""

        def read(self, *args: Any) -> pl.DataFrame:
            rows = read(self, *args)
            if second.read(CATALOG).height == 1:
                second.merge(CATALOG, songs(2))
            return rows

    Slow(tmp_path).merge(CATALOG, songs(3))
    assert Lake(tmp_path).read(CATALOG)["isrc"].to_list() == [f"USAAA2600{n:03}" for n in (1, 2, 3)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_keeps_what_it_was_given(table: object, tmp_path: Path) -> None:
    examples = {
        pl.Date(): MONDAY,
        pl.String(): "NA",
        pl.Int64(): 2**62,
        pl.Float64(): 0.1,
        pl.Float32(): 0.5,
        pl.Boolean(): True,
        pl.Datetime("us", "UTC"): datetime(2026, 5, 4, 3, 2, 1, 999_999, UTC),
    }
    for declared in [one for one in TABLES if one is table]:
        row = {c.name: [examples[c.dtype]] for c in declared.columns}
        frame = pl.DataFrame(row, schema=dict(declared.schema))
        Lake(tmp_path).append(declared, frame)
        assert Lake(tmp_path).read(declared).equals(frame)


OLDER = replace(CATALOG, columns=CATALOG.columns[:3])
"""The catalogue as a version before declared it: without most of its columns."""


def test_a_lake_of_an_older_declaration_is_read_with_nulls_and_grows_with_the_first_write(
    tmp_path: Path,
) -> None:
    Lake(tmp_path).append(OLDER, pl.DataFrame({"track_id": ["a"], "title": ["Old"]}))
    assert Lake(tmp_path).read(CATALOG).select("track_id", "title", "label").rows() == [
        ("a", "Old", None)
    ]
    before = Lake(tmp_path).version(CATALOG)
    Lake(tmp_path).append(CATALOG, pl.DataFrame({"track_id": ["b"], "label": ["Kite"]}))
    told = Lake(tmp_path).read(CATALOG).select("track_id", "title", "label", "release_date").rows()
    assert told == [("a", "Old", None, None), ("b", None, "Kite", None)]
    Lake(tmp_path).merge(CATALOG, pl.DataFrame({"track_id": ["a"], "label": ["Tidepool"]}))
    assert Lake(tmp_path).read(CATALOG).select("track_id", "label").rows() == [
        ("a", "Tidepool"),
        ("b", "Kite"),
    ]
    assert before == 0


def test_days_of_an_older_declaration_stand_beside_those_of_the_newer(tmp_path: Path) -> None:
    older = replace(SCORES, columns=SCORES.columns[:8])
    for declared, day in ((older, MONDAY), (SCORES, TUESDAY)):
        row = {"report_date": [day], "level": ["track"], "entity": ["a"], "score": [0.5]}
        Lake(tmp_path).replace_days(declared, pl.DataFrame(row), [day])
    told = Lake(tmp_path).read(SCORES).select("report_date", "score").rows()
    assert told == [(MONDAY, None), (TUESDAY, 0.5)]
    Lake(tmp_path).replace_days(SCORES, SCORES.empty(), [MONDAY])
    assert Lake(tmp_path).days(SCORES) == [TUESDAY]


def test_a_table_of_many_small_commits_is_written_together(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    for number in range(MOST_FILES + 2):
        word = {"incident_id": [f"i{number:03}"], "given_at": [moment]}
        lake.append(JUDGEMENTS, pl.DataFrame(word).cast({"given_at": pl.Datetime("us", "UTC")}))
    assert len(Lake(tmp_path).files(JUDGEMENTS)) <= 2
    assert Lake(tmp_path).read(JUDGEMENTS).height == MOST_FILES + 2


WRITER = """
import sys
from tests.lake.test_lake import MONDAY, plays
from fraud.lake import MOST_FILES, Lake
from fraud.tables import STREAMS
sizes = [plays(*((MONDAY, "x", f"t{n}", size) for n in range(3_000))) for size in (1, 10)]
for turn in range(10_000):
    Lake(sys.argv[1]).replace_store_days(STREAMS, sizes[turn % 2], [(MONDAY, "x")])
"""


def test_a_writer_that_is_killed_leaves_nothing_that_a_reader_sees(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], cwd=ROOT)
    try:
        while (Lake(tmp_path).version(STREAMS) or 0) < 5:
            assert writer.poll() is None
            time.sleep(0.01)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    frame = Lake(tmp_path).read(STREAMS)
    assert (frame.height, frame["streams"].sum()) in {(3_000, 3_000), (3_000, 30_000)}
    Lake(tmp_path).replace_store_days(STREAMS, plays((MONDAY, "x", "a", 7)), [(MONDAY, "x")])
    assert told(Lake(tmp_path).read(STREAMS)) == [(MONDAY, "x", "a", 7)]


def test_a_reader_sees_a_day_before_or_after_and_never_between(tmp_path: Path) -> None:
    rows = 2_000
    versions = [
        plays(*((MONDAY, "x", f"t{track:05}", size) for track in range(rows))) for size in (1, 10)
    ]
    Lake(tmp_path).replace_store_days(STREAMS, versions[0], [(MONDAY, "x")])
    done = threading.Event()

    def write() -> None:
        lake = Lake(tmp_path)
        for turn in range(12):
            lake.replace_store_days(STREAMS, versions[turn % 2], [(MONDAY, "x")])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        frame = Lake(tmp_path).read(STREAMS)
        seen.add((frame.height, frame["streams"].sum()))
    writer.join()
    assert seen <= {(rows, rows), (rows, 10 * rows)}
    assert seen


DAYS = st.sampled_from([MONDAY, TUESDAY])
STORES = st.sampled_from(["deezer", "spotify", "x_y"])
DELIVERY = st.dictionaries(
    st.tuples(DAYS, STORES), st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)), min_size=1
)


@settings(max_examples=15)
@given(deliveries=st.lists(DELIVERY, min_size=1, max_size=4))
def test_the_last_delivery_of_a_day_and_store_is_what_stands(
    tmp_path_factory: pytest.TempPathFactory,
    deliveries: list[dict[tuple[date, str], dict[str, int]]],
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    expected: dict[tuple[date, str], dict[str, int]] = {}
    for delivery in deliveries:
        rows = [
            (*day_store, track, count)
            for day_store, counts in delivery.items()
            for track, count in counts.items()
        ]
        lake.replace_store_days(STREAMS, plays(*rows), list(delivery))
        expected |= delivery
    assert told(lake.read(STREAMS)) == sorted(
        (*day_store, track, count)
        for day_store, counts in expected.items()
        for track, count in counts.items()
    )


def test_rows_are_replaced_by_key_however_many_keys_and_odd_texts(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    day = date(2026, 2, 1)
    origins = [f"o'brien; --{number}" for number in range(450)]

    def said(streams: int, some: list[str]) -> pl.DataFrame:
        rows = {"origin": some, "streams": [streams] * len(some)}
        same = {"statement": "a", "store": "x", "territory": "FI", "track_id": "t"}
        frame = pl.DataFrame(rows).with_columns(
            *(pl.lit(value).alias(name) for name, value in same.items()),
            period_start=pl.lit(day),
            period_end=pl.lit(day),
        )
        return PERIOD_STREAMS.conform(frame)

    columns = ("origin", "period_start")
    keys = [(origin, day) for origin in origins]
    lake.replace_where(PERIOD_STREAMS, said(1, origins), columns, keys)
    lake.replace_where(PERIOD_STREAMS, said(2, origins[:1]), columns, keys[:2])
    held = lake.read(PERIOD_STREAMS)
    assert held.height == 449
    assert held.filter(pl.col("streams") == 2)["origin"].to_list() == origins[:1]


def test_a_lake_that_has_a_column_which_is_declared_no_longer_is_written_as_before(
    tmp_path: Path,
) -> None:
    newer = replace(SCORES, columns=SCORES.columns[:8])
    for declared, day in ((SCORES, MONDAY), (newer, TUESDAY), (newer, MONDAY)):
        row = {"report_date": day, "level": "track", "entity": str(day)}
        frame = declared.conform(pl.DataFrame([row], schema=dict(declared.schema)))
        Lake(tmp_path).replace_days(declared, frame, [day])
    assert Lake(tmp_path).read(newer)["entity"].to_list() == [str(MONDAY), str(TUESDAY)]
    assert Lake(tmp_path).read(SCORES)["model_version"].to_list() == [None, None]
