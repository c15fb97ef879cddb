"""Where the rows of a delivery went, counted row by row: what is left out is not called taken."""

from dataclasses import astuple
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fraud.config import Settings
from fraud.pipeline.ingest import ingest
from fraud.pipeline.tally import Tally
from tests.pipeline.deliveries import SUNDAY, Feed, usual
from tests.pipeline.homes import lake_of
from tests.sources.apple_files import DEMOGRAPHICS, REPORTS, tsv
from tests.sources.loading import write
from tests.sources.spotify_files import account, ndjson, play, sums, track

NOW = datetime(2026, 5, 6, 6, tzinfo=UTC)
APPLE = {"Summary": 4, "Container": 2, "Content": 2, "Detail": 3, "Demographics": 2, "Shazam": 2}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def deliver(settings: Settings, folder: Path, **files: str) -> Tally:
    folder.mkdir(exist_ok=True)
    paths = [write(folder / f"{name}.txt", text) for name, text in files.items()]
    rows = ingest(paths, settings, now=NOW).rows
    assert rows.read == sum(astuple(rows)[1:])
    return rows


def apple(settings: Settings, folder: Path, *names: str) -> Tally:
    return deliver(settings, folder, **{name: REPORTS[name] for name in names})


def test_plays_that_a_better_report_of_the_day_tells_are_left_out(
    settings: Settings, tmp_path: Path
) -> None:
    rows = apple(settings, tmp_path, *APPLE)
    # Detail tells plays and listeners of the US, of which the Summary has three rows.
    idle = 3 + APPLE["Container"] + APPLE["Demographics"]
    assert (rows.read, rows.left_out) == (sum(APPLE.values()), idle)
    assert rows.taken == sum(APPLE.values()) - rows.left_out


def test_a_report_of_which_nothing_was_taken_is_named(settings: Settings, tmp_path: Path) -> None:
    files = [write(tmp_path / name, REPORTS[name]) for name in APPLE]
    assert (
        "audience of apple_music on 2026-05-04: another report tells better all that Content"
        " Demographics tells"
    ) in ingest(files, settings, now=NOW).notices


def test_what_the_lake_knows_better_is_left_out(settings: Settings, tmp_path: Path) -> None:
    assert apple(settings, tmp_path, "Detail", "Content") == Tally(5, 5)
    assert apple(settings, tmp_path, "Detail", "Content") == Tally(5, 5)
    assert apple(settings, tmp_path, "Container") == Tally(2, left_out=2)


@pytest.fixture(params=["row by row", "in numbers"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read plays one way or the other, whatever their number."""
    if request.param == "in numbers":
        monkeypatch.setattr("fraud.sources.staging.LEAST_APART", 1)
        monkeypatch.setattr("fraud.sources.lines.LARGE_BYTES", 0)


@pytest.mark.usefixtures("_way")
def test_sums_beside_plays_are_taken_where_they_tell_saves_or_skips(
    settings: Settings, tmp_path: Path
) -> None:
    plays = ndjson(play(), play(country="SE"))
    told = ndjson(sums(), sums(skips=None, saves=None))
    rows = deliver(settings, tmp_path, streams=plays, tracks=ndjson(track()), sums=told)
    assert rows == Tally(5, taken=4, left_out=1)


@pytest.mark.usefixtures("_way")
def test_late_plays_and_those_of_a_day_kept_out_are_each_counted_once(
    settings: Settings, tmp_path: Path
) -> None:
    plays = ndjson(*(play() for _ in range(8)), play(timestamp="2026-04-30T12:00:00"))
    path = write(tmp_path / "2026-05-04" / "streams_NL.json", plays)
    names = write(tmp_path / "2026-05-04" / "tracks.json", ndjson(track()))
    rows = ingest([path, names], settings, now=NOW).rows
    assert (rows.read, rows.taken) == (10, 10)
    later = write(tmp_path / "2026-05-04" / "sub_30_sec_streams_NL.json", ndjson(play(length=9)))
    rows = ingest([later], settings, now=NOW).rows
    assert rows.read == sum(astuple(rows)[1:]) == 1


def test_accounts_without_plays_are_left_out(settings: Settings, tmp_path: Path) -> None:
    assert deliver(settings, tmp_path, users=ndjson(account())) == Tally(1, left_out=1)


def test_hidden_counts_are_passed_over(settings: Settings, tmp_path: Path) -> None:
    day = "2026-05-04|2026-05-04|1700000001"
    of = "Individual Monthly|Paid|1|1|25-34|Lossless"
    hidden = tsv(DEMOGRAPHICS, f"{day}|US|{of}|60|400", f"{day}|US|{of}||")
    plays = {name: REPORTS[name] for name in ("Summary", "Content")}
    rows = deliver(settings, tmp_path, **plays, Demographics=hidden)
    assert rows == Tally(8, taken=7, passed_over=1)
    # Sixty are not all who listened, so their number is not known.
    assert lake_of(settings)["audience"]["listeners"].null_count() == 3


def test_a_report_that_hides_every_count_is_passed_over(settings: Settings, tmp_path: Path) -> None:
    hidden = "2026-05-04|2026-05-04|1700000001|US|Individual Monthly|Paid|1|1|25-34|Lossless||"
    rows = deliver(settings, tmp_path, Demographics=tsv(DEMOGRAPHICS, hidden))
    assert rows == Tally(1, passed_over=1)


def test_good_rows_that_may_not_enter_are_kept_out(settings: Settings, tmp_path: Path) -> None:
    feed = Feed(settings, tmp_path / "files")
    feed.weeks()
    cut = usual(SUNDAY).head(40)
    assert feed.deliver(cut).rows == Tally(40, kept_out=40)
    assert feed.deliver(cut, accept=True).rows == Tally(40, 40)


def test_an_audience_without_plays_is_kept_out(settings: Settings, tmp_path: Path) -> None:
    assert apple(settings, tmp_path, "Shazam") == Tally(2, kept_out=2)


def test_a_row_that_contradicts_another_is_refused_and_not_taken(
    settings: Settings, tmp_path: Path
) -> None:
    head = "report_date,store,territory,isrc,streams,listeners\n"
    row = "2026-05-04,spotify,DE,USAAA2600001"
    contradicting = f"{head}{row},9,3\n{row},8,3\n{row.replace('DE', 'SE')},5,2\n"
    rows = deliver(settings, tmp_path, audience=contradicting)
    assert rows == Tally(3, taken=2, refused=1)


def test_listeners_of_days_that_are_not_kept_are_left_out(
    settings: Settings, tmp_path: Path
) -> None:
    head = "report_date,store,territory,isrc,listener_id,streams\n"
    days = ("2026-05-04", date(2025, 5, 4).isoformat())
    told = head + "".join(f"{day},spotify,DE,USAAA2600001,ann,2\n" for day in days)
    assert deliver(settings, tmp_path, listeners=told) == Tally(2, 1, left_out=1)
