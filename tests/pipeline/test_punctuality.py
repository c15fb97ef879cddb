"""Which days a feed owes, told in its own time zone."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from fraud.config import Settings
from fraud.feed_settings import FolderFeed
from fraud.pipeline.pulling import pull
from fraud.pipeline.punctuality import Punctuality, owed
from fraud.pipeline.status import status
from tests.sources.loading import STREAMS_CSV

BERLIN = {"time_zone": "Europe/Berlin", "due": "10:00", "late_after_hours": 6}


def day(number: int) -> date:
    return date(2026, 3, number)


def at(number: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, number, hour, minute, tzinfo=UTC)


def owes(came: list[int], now: datetime, **more: Any) -> Punctuality:
    feed = FolderFeed.model_validate({"place": "in", **BERLIN, **more})
    return owed("trends", feed, [day(number) for number in came], now)


def test_a_day_is_due_then_late() -> None:
    nothing = ((), (), ())
    told = [owes([10], at(*when)) for when in ((12, 8, 59), (12, 9), (12, 14, 59), (12, 15))]
    assert [(one.due, one.late, one.missing) for one in told] == [
        nothing,
        ((day(11),), (), ()),
        ((day(11),), (), ()),
        ((), (day(11),), ()),
    ]


def test_summer_time_moves_the_moment() -> None:
    before = owes([27], datetime(2026, 3, 29, 8, 0, tzinfo=UTC))
    assert before.due == (day(28),), "ten in Berlin is eight in UTC from the 29th on"


def test_a_day_that_a_later_one_overtook_is_missing() -> None:
    told = owes([8, 11], at(14, 12))
    assert (told.due, told.late, told.missing) == ((day(13),), (day(12),), (day(9), day(10)))
    assert list(told.sentences()) == [
        "Late: trends, 2026-03-12; the last day that came is 2026-03-11.",
        "Missing: trends, 2026-03-09 to 2026-03-10; the last day that came is 2026-03-11.",
        "Due: trends, 2026-03-13; the last day that came is 2026-03-11.",
    ]


def test_days_may_be_due_later_than_the_next() -> None:
    assert owes([10], at(14, 9), due_after_days=3).due == (day(11),)


@pytest.mark.parametrize(
    ("first_day", "late"), [(None, ()), (day(11), (day(11), day(12)))], ids=["unknown", "known"]
)
def test_a_feed_of_which_nothing_came(first_day: date | None, late: tuple[date, ...]) -> None:
    told = owes([], at(14, 12), first_day=first_day)
    assert (told.due, told.late, told.missing) == ((day(13),), late, ())
    assert list(told.sentences())[-1] == "Due: trends, 2026-03-13; nothing ever came."


def test_a_feed_that_is_never_due_owes_nothing() -> None:
    told = owes([1], at(14, 12), due=None)
    assert not list(told.sentences()) and told.last_day == day(1)
    assert owes([1], at(2, 0), due=time(10)).due == ()


def test_status_tells_what_feeds_owe(tmp_path: Path) -> None:
    """The names tell no day here: what was loaded does."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "plays.csv").write_text(STREAMS_CSV)
    settings = Settings.model_validate(
        {"home": tmp_path / "home", "feeds": {"trends": {"place": str(source), **BERLIN}}}
    )
    now = datetime(2026, 5, 7, 8, tzinfo=UTC)
    before = status(settings, now)
    assert before.sentences()[1:] == ["Due: trends, 2026-05-06; nothing ever came."]
    pull(settings, now=now, environment={})
    after = status(settings, now + timedelta(hours=6))
    assert "Late: trends, 2026-05-06; the last day that came is 2026-05-05." in after.sentences()
    assert after.as_dict()["feeds"] == [
        {"feed": "trends", "last_day": "2026-05-05", "due": [], "late": ["2026-05-06"]}
        | {"missing": []}
    ]
    assert status(settings).as_dict()["feeds"] == []
