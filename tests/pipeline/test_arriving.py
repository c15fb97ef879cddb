"""What is delivered is judged before it enters: four usual weeks, and a day that is not right."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fraud import config
from fraud.config import Gate, Settings
from fraud.lake import Lake
from fraud.pipeline import drop
from fraud.pipeline.ingest import IngestResult
from fraud.pipeline.nights import run
from fraud.pipeline.status import status
from fraud.tables import DELIVERIES, FINDINGS
from tests.pipeline.deliveries import SUNDAY, TRACKS, Feed, before, total, usual


@pytest.fixture(scope="module")
def four_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that holds four usual weeks of two stores."""
    folder = tmp_path_factory.mktemp("four_weeks")
    feed = Feed(Settings(home=folder / "home"), folder / "files")
    assert feed.weeks(("spotify", "deezer")).exit_code == 0
    return folder / "home"


@pytest.fixture
def feed(four_weeks: Path, tmp_path: Path) -> Feed:
    shutil.copytree(four_weeks, tmp_path / "home")
    return Feed(Settings(home=tmp_path / "home"), tmp_path / "files")


def verdicts(result: IngestResult) -> dict[str, str]:
    return {one.check: one.verdict for one in result.findings}


def first_half(day: pl.DataFrame) -> pl.DataFrame:
    return day.head(day.height // 2)


def evenly_halved(day: pl.DataFrame) -> pl.DataFrame:
    return day.gather_every(2)


def twice(day: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([day, day])


def counted_twice(day: pl.DataFrame) -> pl.DataFrame:
    return day.with_columns(pl.col("streams") * 2)


def without_plays(day: pl.DataFrame) -> pl.DataFrame:
    return day.with_columns(streams=pl.lit(0, pl.Int64))


@pytest.mark.parametrize(
    ("spoil", "check", "says"),
    [
        (
            first_half,
            "cut",
            "are absent (50%, at most 40% is usual): the report looks cut",
        ),
        (evenly_halved, "cut", "the report looks cut"),
        (twice, "twice", "120 of 240 rows stand there twice: the day looks delivered twice"),
        (
            counted_twice,
            "twice",
            "about double their usual plays at once; the day looks delivered twice",
        ),
        (without_plays, "empty", "0 plays, where 5,040 are usual on a Sunday"),
    ],
)
def test_a_day_that_fails_is_kept_out_whole_with_the_reason_and_the_way_in(
    feed: Feed, spoil: Callable[[pl.DataFrame], pl.DataFrame], check: str, says: str
) -> None:
    result = feed.deliver(spoil(usual(SUNDAY)), usual(SUNDAY, "deezer"))
    assert verdicts(result)[check] == "failed"
    assert {one.store: one.outcome for one in result.day_stores} == {
        "spotify": "held",
        "deezer": "new",
    }
    assert feed.plays(SUNDAY, "spotify") == 0
    assert feed.plays(SUNDAY, "deezer") == total(usual(SUNDAY, "deezer"))
    assert result.exit_code == 3
    told = next(text for text in result.refusals if says in text)
    assert told.startswith("spotify, 2026-03-29, streams: ")
    assert told.endswith(
        "; it was kept out. If it is right after all: fraud ingest --accept"
        f" {feed.folder}/report-1.csv"
    )


def grown(day: pl.DataFrame) -> pl.DataFrame:
    """Return the day with as many new tracks again: a catalogue that was taken over."""
    new = day.with_columns(pl.col("isrc").str.replace("USAAA", "GBAAA"))
    return pl.concat([day, new])


def hit(day: pl.DataFrame) -> pl.DataFrame:
    """Return the day with one track so large that the store has six times its plays."""
    is_hit = pl.col("isrc") == "USAAA2600007"
    return day.with_columns(pl.when(is_hit).then(pl.col("streams") * 150).otherwise("streams"))


def falling(day: pl.DataFrame) -> pl.DataFrame:
    return day.with_columns(pl.col("streams") // 2)


@pytest.mark.parametrize("change", [grown, hit, falling])
def test_growth_hits_and_quiet_days_enter(
    feed: Feed, change: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    result = feed.deliver(change(usual(SUNDAY)))
    assert result.exit_code == 0
    assert "failed" not in verdicts(result).values()
    assert feed.plays() == total(change(usual(SUNDAY)))


def test_a_hit_is_told_as_a_volume_outside_the_band_and_may_be_made_to_fail(feed: Feed) -> None:
    assert verdicts(feed.deliver(hit(usual(SUNDAY)))) == {"volume": "warned"}
    strict = Feed(feed.settings.model_copy(update={"gate": Gate(volume="fail")}), feed.folder / "b")
    tomorrow = SUNDAY + timedelta(1)
    assert verdicts(strict.deliver(hit(usual(tomorrow)))) == {"volume": "failed"}
    assert strict.plays(tomorrow) == 0


def test_the_severity_of_a_check_is_that_of_fraud_toml(feed: Feed) -> None:
    toml = feed.settings.home / "fraud.toml"
    toml.write_text('[gate]\ncut = "warn"\nmissing_territory = "fail"\n', encoding="utf-8")
    feed.settings = config.load(home=feed.settings.home)
    result = feed.deliver(usual(SUNDAY).filter(pl.col("territory") != "FR"))
    assert verdicts(result) == {"missing_territory": "failed"}
    assert verdicts(feed.deliver(first_half(usual(SUNDAY)))) == {"cut": "warned"}
    assert feed.plays() > 0


def test_a_territory_that_is_always_there_is_missed(feed: Feed) -> None:
    result = feed.deliver(usual(SUNDAY).filter(pl.col("territory") != "FR"))
    assert [one.message for one in result.findings] == [
        "spotify, 2026-03-29, streams: territories of every Sunday are absent: FR"
    ]
    assert feed.plays() > 0


def test_a_territory_of_which_most_rows_are_gone_is_told(feed: Feed) -> None:
    day = usual(SUNDAY)
    left = day.filter(pl.col("territory") == "FR").head(TRACKS // 10)
    result = feed.deliver(pl.concat([day.filter(pl.col("territory") != "FR"), left]))
    usual_of_fr = total(day.filter(pl.col("territory") == "FR"))
    (finding,) = result.findings
    assert finding.check == "cut_territory"
    assert finding.verdict == "warned"
    assert f"FR ({total(left)} plays, never less than {usual_of_fr});" in finding.message
    assert feed.plays() > 0


def test_territories_that_all_have_little_are_told_as_the_store_s_volume(feed: Feed) -> None:
    little = usual(SUNDAY).filter(pl.col("isrc").str.ends_with("0"))
    assert "cut_territory" not in verdicts(feed.deliver(little))


def test_what_somebody_accepts_enters_and_is_on_record(feed: Feed) -> None:
    kept_out = feed.deliver(counted_twice(usual(SUNDAY)))
    assert kept_out.exit_code == 3
    result = feed.again(feed.folder / "report-1.csv", accept=True)
    assert result.exit_code == 0
    assert verdicts(result)["twice"] == "accepted"
    assert feed.plays() == 2 * total(usual(SUNDAY))
    record = Lake(feed.settings.lake_address).read(FINDINGS)
    assert record["verdict"].to_list() == ["failed", "accepted"]
    again = feed.again(feed.folder / "report-1.csv")
    assert again.exit_code == 0, "what the lake holds already is no news to the gate"
    assert [one.outcome for one in again.day_stores] == ["unchanged"]
    assert again.findings == []


def test_the_same_bad_file_again_is_told_again_and_recorded_once(feed: Feed) -> None:
    feed.deliver(first_half(usual(SUNDAY)))
    again = feed.again(feed.folder / "report-1.csv")
    assert again.exit_code == 3
    assert Lake(feed.settings.lake_address).read(FINDINGS)["check"].to_list().count("cut") == 1


def test_a_good_file_mends_what_was_kept_out(feed: Feed) -> None:
    feed.deliver(first_half(usual(SUNDAY)))
    assert status(feed.settings).kept_out["store"].to_list() == ["spotify"]
    assert feed.deliver(usual(SUNDAY)).exit_code == 0
    assert status(feed.settings).kept_out.is_empty()


def test_a_few_rows_do_not_replace_a_full_day(feed: Feed) -> None:
    wednesday = SUNDAY - timedelta(4)
    result = feed.deliver(usual(SUNDAY), usual(wednesday).head(9))
    assert verdicts(result)["shrunk"] == "failed"
    assert feed.plays(wednesday) == total(usual(wednesday))
    assert feed.plays(SUNDAY) == total(usual(SUNDAY))
    assert "9 rows would replace the 120 that the lake holds" in " ".join(result.refusals)


def test_rows_outside_the_day_of_their_file_are_told(feed: Feed) -> None:
    stray = usual(SUNDAY + timedelta(1)).head(3)
    result = feed.deliver(usual(SUNDAY), stray)
    assert verdicts(result)["dates"] == "warned"
    told = next(one.message for one in result.findings if one.check == "dates")
    assert told.endswith("3 rows lie outside the day that the file is of")


def test_a_day_to_come_is_told(feed: Feed) -> None:
    result = feed.deliver(usual(date(2027, 3, 28)))
    (told,) = [one.message for one in result.findings if one.check == "dates"]
    assert told.endswith("120 rows are of a day to come, seen from 2026-03-30")


def test_the_double_of_a_day_after_an_outage_enters_as_what_it_is(feed: Feed) -> None:
    monday = SUNDAY + timedelta(1)
    result = feed.deliver(counted_twice(usual(monday)))
    assert verdicts(result) == {"outage": "warned"}
    (told,) = result.findings
    assert told.message.endswith("nothing came the day before: the store caught up on an outage")
    assert feed.plays(monday) == 2 * total(usual(monday))


def bad(day: pl.DataFrame, rows: int) -> pl.DataFrame:
    is_bad = pl.int_range(pl.len()) < rows
    return day.with_columns(pl.when(is_bad).then(-pl.col("streams")).otherwise("streams"))


def test_a_day_with_too_many_bad_rows_is_kept_out(feed: Feed) -> None:
    result = feed.deliver(bad(usual(SUNDAY), 24))
    assert verdicts(result)["bad_rows"] == "failed"
    assert "24 rows were refused and 96 are good: 20% are bad, at most 5% may be" in " ".join(
        result.refusals
    )
    assert result.rows.refused == 24
    assert feed.plays() == 0


def test_a_few_bad_rows_keep_no_good_row_back(feed: Feed) -> None:
    result = feed.deliver(bad(usual(SUNDAY), 15))
    assert verdicts(result) == {}
    assert feed.plays() == total(usual(SUNDAY).tail(-15))


def test_the_share_of_bad_rows_is_that_of_the_settings(feed: Feed) -> None:
    feed.settings = feed.settings.model_copy(update={"gate": Gate(most_bad_rows_share=0.5)})
    assert feed.deliver(bad(usual(SUNDAY), 24)).exit_code == 3
    assert feed.plays() == total(usual(SUNDAY).tail(-24))


def test_rows_that_tell_no_day_count_against_the_days_of_their_file(feed: Feed) -> None:
    spoilt = usual(SUNDAY).with_columns(pl.col("report_date").cast(pl.String))
    nameless = spoilt.head(30).with_columns(report_date=pl.lit("yesterday"))
    result = feed.deliver(pl.concat([spoilt, nameless]))
    assert verdicts(result)["bad_rows"] == "failed"


def test_contradictions_within_an_audience_report_are_told(feed: Feed) -> None:
    audience = usual(SUNDAY).drop("source").with_columns(listeners=pl.lit(1))
    other = audience.head(2).with_columns(pl.col("streams") - 1)
    result = feed.deliver(audience, other)
    assert verdicts(result) == {"duplicates": "warned"}
    assert result.findings[0].message.endswith(
        "2 rows contradict another of the same key, where 0 are right"
    )


def test_more_listeners_than_plays_are_told(feed: Feed) -> None:
    audience = usual(SUNDAY).drop("source").with_columns(listeners=pl.col("streams") + 1)
    result = feed.deliver(audience)
    assert verdicts(result) == {"listeners_above_streams": "warned"}


def test_a_first_delivery_has_nothing_to_be_held_against(tmp_path: Path) -> None:
    feed = Feed(Settings(home=tmp_path / "home"), tmp_path / "files")
    assert feed.deliver(first_half(usual(SUNDAY))).findings == []
    assert feed.plays() > 0


def test_each_day_of_a_long_delivery_is_held_against_those_before_it(tmp_path: Path) -> None:
    feed = Feed(Settings(home=tmp_path / "home"), tmp_path / "files")
    result = feed.deliver(*(usual(day) for day in before(SUNDAY)), first_half(usual(SUNDAY)))
    assert [one.day for one in result.day_stores if one.outcome == "held"] == [SUNDAY]
    assert verdicts(result)["cut"] == "failed"


def test_a_restatement_that_fails_leaves_the_day_as_it_was(feed: Feed) -> None:
    feed.deliver(usual(SUNDAY))
    result = feed.deliver(counted_twice(usual(SUNDAY)))
    assert [one.outcome for one in result.day_stores] == ["held"]
    assert feed.plays() == total(usual(SUNDAY))
    assert Lake(feed.settings.lake_address).read(DELIVERIES, SUNDAY, SUNDAY).height == 1


def test_every_check_of_a_day_stands_in_its_file_and_on_its_page(feed: Feed) -> None:
    feed.deliver(first_half(usual(SUNDAY)), usual(SUNDAY, "deezer"))
    told = json.loads((feed.settings.quality / "2026-03-29.json").read_text(encoding="utf-8"))
    deezer, spotify = told["deliveries"]
    assert (deezer["store"], deezer["enters"]) == ("deezer", True)
    assert (spotify["store"], spotify["enters"]) == ("spotify", False)
    cut = next(check for check in spotify["checks"] if check["check"] == "cut")
    assert (cut["found"], cut["lowest"], cut["highest"]) == (0.5, None, 0.4)
    page = (feed.settings.quality / "2026-03-29.html").read_text(encoding="utf-8")
    assert "spotify, streams: kept out" in page
    assert "the report looks cut" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_night_runs_without_the_store_and_says_so(feed: Feed) -> None:
    feed.deliver(first_half(usual(SUNDAY)), usual(SUNDAY, "deezer"))
    (night,) = run(SUNDAY, SUNDAY, feed.settings, notify=False)
    assert not night.stopped
    (told,) = [text for text in night.warnings if "kept" in text]
    assert told.startswith("spotify, 2026-03-29: the gate kept the streams report out (spotify")
    assert told.endswith("the checks are in quality/2026-03-29.html")
    page = (night.folder / "report.html").read_text(encoding="utf-8")
    assert "the gate kept streams out" in page


def test_the_night_waits_for_the_store_where_the_settings_say_so(feed: Feed) -> None:
    feed.settings = feed.settings.model_copy(update={"gate": Gate(on_failure="stop")})
    feed.deliver(first_half(usual(SUNDAY)), usual(SUNDAY, "deezer"))
    (night,) = run(SUNDAY, SUNDAY, feed.settings, notify=False)
    assert night.stopped
    assert "the report looks cut" in night.warnings[0]
    feed.deliver(usual(SUNDAY))
    (night,) = run(SUNDAY, SUNDAY, feed.settings, notify=False)
    assert not night.stopped


def test_a_night_of_which_no_store_is_left_stops_and_says_why(feed: Feed) -> None:
    feed.deliver(first_half(usual(SUNDAY)), first_half(usual(SUNDAY, "deezer")))
    (night,) = run(SUNDAY, SUNDAY, feed.settings, notify=False)
    assert night.stopped
    assert sum("the report looks cut" in text for text in night.warnings) == 2


def test_what_is_kept_out_of_the_drop_folder_is_named_where_it_now_lies(feed: Feed) -> None:
    folder = feed.settings.home / "drop"
    folder.mkdir()
    first_half(usual(SUNDAY)).write_csv(folder / "spotify.csv")
    result = drop.take(feed.settings, now=datetime(2026, 3, 30, 6, tzinfo=UTC))
    assert result is not None
    named = Path(result.refusals[0].rpartition("--accept ")[2])
    assert named.is_file()
    assert feed.again(named, accept=True).exit_code == 0
    assert feed.plays() > 0


def test_a_store_that_sends_nothing_is_missed_by_the_night(feed: Feed) -> None:
    feed.deliver(usual(SUNDAY, "deezer"))
    (night,) = run(SUNDAY, SUNDAY, feed.settings, notify=False)
    assert any("spotify, 2026-03-29: missing, though it came on" in text for text in night.warnings)


def test_a_catalogue_that_knows_few_of_the_tracks_is_told_by_the_night(feed: Feed) -> None:
    feed.deliver(usual(SUNDAY), usual(SUNDAY, "deezer"))
    known = pl.DataFrame({"isrc": ["USAAA2600001"], "title": ["One"], "artist": ["Ann"]})
    feed.deliver(known, name="catalog")
    (night,) = run(SUNDAY, SUNDAY, feed.settings, notify=False)
    told = [text for text in night.warnings if "are in no catalogue" in text]
    assert f"{TRACKS - 1} of {TRACKS} tracks" in told[0]
