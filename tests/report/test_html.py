"""report.html as text: one file, no network, the CSV's numbers, and titles that stay titles."""

import base64
import csv
import io
import json
import re
import zlib
from collections.abc import Sequence
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.report.alerts_csv import alerts_csv
from fraud.report.changes import CHANGES
from fraud.report.health import HEALTH
from fraud.report.html import MOST_SILENCED, report_html
from fraud.report.series import NightSeries, read
from fraud.report.silence import Silenced
from fraud.report.words import Judgement
from fraud.tables import INCIDENTS
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, SETTINGS, catalog, context, isrc, night, scored, track

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "\u202eevil\u2066",
    "x" * 10_000,
    "🎧" * 300,
    '" onmouseover="alert(1)',
    "a\x00b\x1b[31m\u2028c",
]


def page(
    tracks: list[dict[str, str]],
    health: pl.DataFrame | None = None,
    *,
    known: pl.DataFrame | None = None,
    changes: pl.DataFrame | None = None,
    warnings: Sequence[str] = (),
) -> tuple[str, bytes]:
    """Return the page and the CSV of the night on which all these tracks have their burst."""
    made = lake(tracks)
    incidents = night(*scores_of(made).rows(named=True), listed=catalog(*tracks))
    shown = report_html(
        DAY,
        incidents,
        read(made, DAY, incidents, context=known, changes=changes),
        HEALTH.empty() if health is None else health,
        SETTINGS,
        warnings=warnings,
    )
    return shown.decode("utf-8"), alerts_csv(incidents)


class Reader(HTMLParser):
    """Collects the elements of a page, the numbers of each incident, and what would call out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.addresses: list[str] = []
        self.rows: dict[str, list[str]] = {}
        self._incident = ""
        self._stack: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.handlers += [name for name in given if name.startswith("on")]
        self.addresses += [str(given[name]) for name in ("src", "href") if name in given]
        if tag == "tbody":
            self._incident = given.get("id") or ""
        if tag == "data" and self._incident:
            self.rows.setdefault(self._incident, []).append(given["value"] or "")
        self._stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "tbody":
            self._incident = ""
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._incident and self._stack[-1:] != ["data"]:
            self.rows.setdefault(self._incident, []).extend(re.findall(r"[\d.]+", data))


def test_every_number_of_an_incident_is_the_csvs() -> None:
    tracks = [track(isrc(n), artist=f"Act {n // 2}") for n in range(12)]
    text, content = page(tracks)
    read_back = Reader(text).rows
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) >= 6
    for row in rows:
        shown = read_back[row["incident_id"]]
        for column in (
            "rank",
            "tracks",
            "streams",
            "expected_streams",
            "suspected_artificial_streams",
            "suspected_share",
            "score",
            "royalty_at_risk",
            "penalty_exposure",
            "days_active",
            "line_tracks",
            "line_exposure",
        ):
            if column.startswith("line_") and row["line_tracks"] == "0":
                continue
            assert row[column] in shown, f"{column} {row[column]} of {row['incident_id']}"


def test_the_five_figures_are_the_sums_of_the_csv() -> None:
    text, content = page([track(isrc(n)) for n in range(5)])
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    tiles = re.findall(r'<dd class="value">(?:<data value="([^"]*)">)?([^<]*)', text)
    values = [value or shown for value, shown in tiles]
    assert values[:3] == ["5", "0", str(sum(int(r["suspected_artificial_streams"]) for r in rows))]
    for value, column in zip(values[3:], ("royalty_at_risk", "penalty_exposure"), strict=True):
        assert float(value) == round(sum(float(row[column]) for row in rows), 2)


def test_hostile_titles_are_shown_and_do_nothing() -> None:
    plain = Reader(page([track(isrc(n)) for n in range(len(HOSTILE))])[0])
    names = [
        track(isrc(n), title=text, artist=f"{text} {n}", label=f"{text} {n}", account_id=text)
        for n, text in enumerate(HOSTILE)
    ]
    text, _ = page(names)
    hostile = Reader(text)
    assert hostile.tags.count("script") == plain.tags.count("script")
    assert hostile.tags.count("img") == 0
    assert hostile.handlers == []
    assert "{{ 7 * 7 }}" in text
    assert not set("\u202e\u2066\x00\x1b\u2028") & set(text)
    assert "x" * 100 not in text
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in text


def test_nothing_on_the_page_points_to_a_network() -> None:
    reader = Reader(page([track(isrc(0))])[0])
    evidence = [address for address in reader.addresses if address.startswith("evidence/")]
    files = {address.rpartition("/")[2] for address in evidence}
    assert files == {"", "message.txt", "daily.csv", "places.csv", "tracks.csv"}
    inside = {address for address in reader.addresses if address.startswith("#INC-")}
    assert set(reader.addresses) - set(evidence) - inside == {"data:,", "#incidents"}


def test_the_policy_lets_the_pages_own_scripts_run_and_nothing_else() -> None:
    text, _ = page([track(isrc(0))])
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    rules = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in rules["script-src"]
    assert rules["script-src"].count("'sha256-") == text.count("<script>")


def test_data_health_lists_what_was_found_newest_first() -> None:
    rows = [
        {"report_date": DAY, "store": "deezer", "state": "missing", "note": "No file <came>."},
        {"report_date": DAY.replace(day=1), "store": "spotify", "state": "restated", "rows": 1412},
    ]
    health = HEALTH.conform(pl.DataFrame(rows, schema=dict(HEALTH.schema)))
    text, _ = page([track(isrc(0))], health)
    assert "<strong>1</strong> missing" in text
    assert "<strong>0</strong> late" in text
    assert "No file &lt;came&gt;." in text
    assert '<data value="1412">1,412</data>' in text
    assert text.index("deezer") < text.index("2026-07-01")


def test_data_that_is_as_it_should_be_says_who_reported_and_how_far_back_that_holds() -> None:
    text, _ = page([track(isrc(0))])
    assert (
        "Plays of this night came from apple music, spotify. Of the 28 days up to it nothing is"
        " missing, late, restated or quarantined." in text
    )
    quiet = report_html(
        DAY, INCIDENTS.empty(), NightSeries([DAY], {}), HEALTH.empty(), SETTINGS
    ).decode()
    assert "No store reported plays of this night." in quiet


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ({"level": "lockstep", "entity": "spotify 1f"}, "3 tracks that moved together since 12"),
        ({"level": "batch", "entity": "a 2026-W07"}, "3 tracks released in the week of 9 February"),
        ({"level": "release"}, '<span class="level">release</span> <bdi>with Title'),
        ({"level": "label", "label": "Loud"}, '<span class="level">label</span> <bdi>Loud</bdi>'),
    ],
)
def test_a_group_is_called_by_what_it_is_and_not_by_its_worst_track(
    given: dict[str, str], called: str
) -> None:
    tracks = [track(isrc(n)) for n in range(3)]
    made = lake(tracks)
    row = night(*scores_of(made).rows(named=True), listed=catalog(*tracks)).row(0, named=True)
    group = {"tracks": 3, "track_ids": "|".join(map(isrc, range(3))), "title": None, **given}
    group |= {"worst_title": row["title"], "worst_artist": row["artist"]}
    frame = INCIDENTS.conform(pl.DataFrame([{**row, **group}], dict(INCIDENTS.schema)))
    text = report_html(DAY, frame, read(made, DAY, frame), HEALTH.empty(), SETTINGS).decode()
    button = text.partition('<button type="button" class="open">')[2].partition("</button>")[0]
    assert called.replace("12", f"{row['first_day'].day}") in button
    assert f"<dt>Worst track</dt><dd><bdi>{row['title']}</bdi> by" in text


def test_what_her_word_keeps_off_the_list_is_counted_and_says_by_which_word() -> None:
    word = Judgement("innocent", "on <b>tour</b>", DAY - timedelta(3), "artist Act", DAY)
    silenced = [
        Silenced(f"INC-{n}", f"<i>Hit</i> {n}", "Act", 1_000 - n, word)
        for n in range(MOST_SILENCED + 5)
    ]
    text = report_html(
        DAY, INCIDENTS.empty(), NightSeries([DAY], {}), HEALTH.empty(), SETTINGS, silenced=silenced
    ).decode()
    assert "65 incidents that you called innocent" in text
    assert '<data value="62920">62,920</data> suspected plays' in text
    assert "&lt;i&gt;Hit&lt;/i&gt; 0" in text
    assert "innocent, 2026-07-09, of <bdi>artist Act</bdi>, until 2026-07-12:" in text
    assert "on &lt;b&gt;tour&lt;/b&gt;" in text
    assert "And 5 more with fewer plays." in text
    assert "Left alone, as you said" not in page([track(isrc(0))])[0]


def test_five_hundred_incidents_stay_under_three_megabytes() -> None:
    long = "Ein Titel von ganz gewöhnlicher Länge, der es in sich hat"
    tracks = [
        track(isrc(n), title=long, artist=f"{long} {n}", label=f"Label {n}") for n in range(500)
    ]
    text, _ = page(tracks)
    assert text.count('class="line"') == 500
    assert len(text.encode("utf-8")) < 3_000_000


def plots_of(text: str) -> Any:
    block = re.search(r'<script type="text/plain" id="plots">(.*?)</script>', text, re.DOTALL)
    assert block
    return json.loads(zlib.decompress(base64.b64decode(block[1])))


def test_plots_hold_sixty_days_and_their_parts_add_up_to_no_more_than_the_whole() -> None:
    text, _ = page([track(isrc(n)) for n in range(3)])
    plots = plots_of(text)
    assert (plots["first"], plots["count"], plots["parts"]) == ("2026-05-14", 60, 60)
    for own in plots["of"].values():
        whole = [int(value) for value in own["plays"].split(",")]
        parts = [line.split(",") for line in own["parts"]["territory"].values()]
        for at, plays in enumerate(whole):
            assert sum(int(line[at]) for line in parts) <= plays
        assert next(iter(own["parts"]["territory"])) == "VN"
        assert next(iter(own["parts"]["source"])) == "user_playlist"
        assert own["tracks"] == []


def test_a_group_has_its_largest_tracks_in_small_plots() -> None:
    text, _ = page([track(isrc(n), artist="Act", title=f"Song {n}") for n in range(15)])
    (own,) = plots_of(text)["of"].values()
    assert len(own["tracks"]) == 12
    assert all(title.startswith("Song ") for title, _ in own["tracks"])
    last = [int(line.split(",")[-1]) for _, line in own["tracks"]]
    assert min(last) > 900


def test_known_causes_and_changed_reports_are_marked_and_listed() -> None:
    tracks = [track(isrc(0), artist="Act")]
    known = context(
        {"kind": "tour", "artist": "Act", "start_date": DAY.replace(day=1), "note": "<b>Oslo</b>"},
        {"kind": "news", "artist": "Other"},
    )
    restated = {
        "report_date": DAY.replace(day=3),
        "store": "spotify",
        "track_id": isrc(0),
        "kind": "restated",
        "streams_before": 1900,
        "streams_after": 1200,
        "known_on": DAY,
    }
    changes = pl.DataFrame([restated], schema=CHANGES)
    text, _ = page(tracks, known=known, changes=changes)
    (own,) = plots_of(text)["of"].values()
    assert own["marks"] == [
        ["tour", "2026-07-01", "2026-07-12", "<b>Oslo</b>"],
        ["restated", "2026-07-03", "2026-07-03", "spotify: 1,900 plays became 1,200"],
    ]
    assert "2026-07-01 to 2026-07-12: tour, &lt;b&gt;Oslo&lt;/b&gt;" in text
    assert "2026-07-03: restated, spotify: 1,900 plays became 1,200" in text


def test_what_the_gate_found_stands_with_the_health_of_the_data() -> None:
    text, _ = page([track(isrc(0))], warnings=("spotify, 2026-07-12: 3 plays <instead> of 9.",))
    assert "1 finding of the gate" in text
    assert "3 plays &lt;instead&gt; of 9." in text


def test_what_costs_little_and_what_has_ended_stand_apart_in_this_order() -> None:
    rows = [
        scored("track", isrc(0), 0.9, streams=60_000, suspected_artificial_streams=50_000),
        scored("track", isrc(1), 0.9, streams=50, suspected_artificial_streams=40),
    ]
    before = [*rows, scored("track", isrc(2), 0.9)]
    first = night(*before, day=DAY - timedelta(1))
    incidents = night(*rows, earlier=first)
    made = lake([track(isrc(n)) for n in range(3)])
    series = read(made, DAY, incidents)
    text = report_html(DAY, incidents, series, HEALTH.empty(), SETTINGS).decode("utf-8")
    found = re.findall(r'<tbody (?:class="apart" data-of="(\w+)"|id="INC)', text)
    assert found == ["", "below", "", "ended", ""]
    assert "they cost less than 0.25 EUR each" in text


def test_the_vendored_library_comes_with_its_licences_and_asks_for_no_source_map() -> None:
    vendor = Path(__file__).parents[2] / "fraud" / "report" / "vendor"
    for script in vendor.glob("*.min.js"):
        text = script.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text
        assert "</script" not in text.lower()
        assert (vendor / script.name.replace(".min.js", ".LICENSE")).is_file()
    assert "Mike Bostock" in page([track(isrc(0))])[0]


def test_a_night_without_incidents_says_so() -> None:
    made = lake([track(isrc(0))])
    empty = INCIDENTS.empty()
    text = report_html(DAY, empty, read(made, DAY, empty), HEALTH.empty(), SETTINGS).decode()
    assert "Nothing to report" in text
