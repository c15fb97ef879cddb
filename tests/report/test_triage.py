"""Each incident of the morning is to be sent on, looked at, or left alone: one of the three."""

import re
from datetime import timedelta
from typing import Any

import pytest

from fraud.report.health import HEALTH
from fraud.report.html import report_html
from fraud.report.series import read
from fraud.report.triage import MOST_NAMED, kinds, triage
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, SETTINGS, catalog, isrc, judgements, night, track


def row(**given: Any) -> dict[str, Any]:
    return {"status": "new", "below_floor": False, "verdict": None, "score": 0.97} | given


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "send"),
        ({"score": 0.94}, "look"),
        ({"score": None}, "look"),
        ({"score": 0.8, "verdict": "fraud"}, "send"),
        ({"verdict": "innocent"}, "look"),
        ({"verdict": "unsure"}, "look"),
        ({"below_floor": True}, "leave"),
        ({"below_floor": True, "verdict": "fraud"}, "leave"),
        ({"status": "ended", "score": 0.01}, "leave"),
        ({"status": "reopened"}, "send"),
    ],
)
def test_what_to_do_follows_from_her_word_the_floor_and_the_score(
    given: dict[str, Any], expected: str
) -> None:
    assert triage(row(**given)) == expected


def test_the_first_are_named_the_others_counted_and_what_is_left_alone_says_why() -> None:
    rows = [row() for _ in range(MOST_NAMED + 3)]
    rows += [row(below_floor=True), row(status="ended"), row(status="ended")]
    send, look, leave = kinds(rows, silenced=4)
    assert (len(send.rows), send.more) == (MOST_NAMED, 3)
    assert (list(look.rows), look.more) == ([], 0)
    assert leave.about == "1 cost less than the floor, 2 ended, 4 you called innocent"
    assert kinds([], silenced=0)[2].about == "nothing"


def test_the_page_names_each_kind_at_its_top_and_leads_to_the_incident() -> None:
    tracks = [track(isrc(n), title=f"<i>Song</i> {n}") for n in range(3)]
    made = lake(tracks)
    scores = [
        one | {"score": 0.8} if one["track_id"] == isrc(1) and one["score"] > 0.9 else one
        for one in scores_of(made).rows(named=True)
    ]
    frame = night(*scores, listed=catalog(*tracks))
    page = report_html(DAY, frame, read(made, DAY, frame), HEALTH.empty(), SETTINGS).decode()
    section = page.partition('<section class="triage"')[2].partition("</section>")[0]
    send, look = section.partition('<div class="look">')[::2]
    called = {one["title"]: one["incident_id"] for one in frame.rows(named=True)}
    assert set(re.findall(r'href="#([^"]+)"', send)) == {called[f"<i>Song</i> {n}"] for n in (0, 2)}
    assert f'href="#{called["<i>Song</i> 1"]}"' in look
    assert "&lt;i&gt;Song&lt;/i&gt; 1" in look
    assert section.count('<span class="status new">new</span>') == 3
    for title, name in called.items():
        key = "look" if title.endswith("1") else "send"
        assert re.search(rf'<tbody id="{name}"[^>]* data-triage="{key}"', page)


def test_what_goes_on_says_how_long_and_what_she_has_said_of_it() -> None:
    tracks = [track(isrc(0), title="Song")]
    made, listed = lake(tracks), catalog(*tracks)
    first = night(*scores_of(made).rows(named=True), listed=listed, day=DAY - timedelta(1))
    name = first["incident_id"].item()
    said = judgements({"incident_id": name, "verdict": "fraud"})
    frame = night(*scores_of(made).rows(named=True), listed=listed, earlier=first, said=said)
    page = report_html(DAY, frame, read(made, DAY, frame), HEALTH.empty(), SETTINGS).decode()
    send = page.partition('<div class="send">')[2].partition("</div>")[0]
    assert re.search(r"EUR, night 2, you said fraud</span>", send)
