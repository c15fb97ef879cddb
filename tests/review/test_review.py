"""The review page: an analyst's word from her browser, and nothing from anybody else."""

import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from fraud.config import Settings
from fraud.errors import CallError
from fraud.pipeline.nights import report
from fraud.pipeline.verdict import SCOPES, Word, give
from fraud.review.serve import listen
from tests.report.homes import HIT, MONDAY, after
from tests.review.conftest import HOSTILE, TOKEN, Served, serving


def test_the_nights_are_listed_with_what_was_judged(served: Served) -> None:
    give(Word(served.incident("Hit"), "fraud"), served.settings, now=datetime.now(UTC))
    text = served.client.get(served.address).text
    rows = re.findall(r'<th scope="row"><a href="(/nights/[^"]+)">.*?</tr>', text)
    assert rows == [f"/nights/{after(1)}/", f"/nights/{MONDAY}/"]
    cells = re.findall(r'<td class="number">(\d+)</td>', text)
    assert cells[:6] == ["2", "0", "1", "2", "2", "1"]
    assert "100 %" in text


def test_a_report_has_a_verdict_bar_in_each_incident(served: Served) -> None:
    text = served.client.get(served.night).text
    plain = (served.settings.reports / str(MONDAY) / "report.html").read_text()
    assert text.count("<form") - plain.count("<form") == 4
    assert "form-action 'self'" in text
    assert "form-action 'none'" in plain
    assert text.count("Nothing yet.") == 2
    bar = text[text.index(f'value="{served.incident("Hit")}"') :]
    offered = re.findall(r'<option value="(\w*)">', bar[: bar.index("</select>")])
    assert set(offered) == {"", *SCOPES}


def test_a_click_records_a_word_and_the_page_says_so(served: Served) -> None:
    name = served.incident("Hit")
    answer = served.post(incident=name, verdict="innocent", note=" on tour ", until="2026-04-01")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/nights/{MONDAY}/?said=recorded#{name}"
    (word,) = served.said()
    assert (word["incident_id"], word["verdict"], word["note"]) == (name, "innocent", "on tour")
    assert word["until"] == date(2026, 4, 1)
    text = served.client.get(served.night).text
    assert "You said <strong>innocent</strong> on 2026-03-04: <bdi>on tour</bdi>" in text
    again = served.post(incident=name, verdict="innocent", note="on tour", until="2026-04-01")
    assert again.headers["location"].startswith(f"/nights/{MONDAY}/?said=unchanged")
    assert len(served.said()) == 1


def test_the_table_shows_what_she_says_now_and_not_what_she_had_said_that_night(
    served: Served,
) -> None:
    name = served.incident("Hit")
    shown = '<span class="verdict innocent">you said innocent</span>'
    assert shown not in served.client.get(served.night).text
    served.post(incident=name, verdict="innocent")
    line = served.client.get(served.night).text.partition(f'<tbody id="{name}"')[2]
    assert shown in line.partition("</tr>")[0]
    served.post(incident=name, verdict="withdrawn")
    assert shown not in served.client.get(served.night).text


def test_a_word_that_ends_before_its_incident_began_is_refused(served: Served) -> None:
    name = served.incident("Hit")
    answer = served.post(incident=name, verdict="innocent", until="2026-01-01")
    assert answer.status_code == 400
    assert f"it would end on 2026-01-01, before the incident began on {MONDAY}" in answer.text
    assert served.said() == []


def test_a_click_writes_the_dossier_for_herself_or_for_the_artist(served: Served) -> None:
    name = served.incident("Hit")
    answer = served.post("evidence", incident=name)
    assert answer.status_code == 303
    place = f"/nights/{MONDAY}/evidence/{name}/"
    assert answer.headers["location"] == place
    folder = served.client.get(f"{served.origin}{place}").text
    assert "dossier.html" in folder
    assert "message.eml" in folder
    redacted = served.post("evidence", incident=name, redact="yes").headers["location"]
    assert redacted == f"/nights/{MONDAY}/evidence/redacted-{HIT}/"
    dossier = served.client.get(f"{served.origin}{redacted}dossier.html").text
    assert name not in dossier
    assert "EUR" not in dossier
    unknown = served.post("evidence", incident="INC-0000000000")
    assert unknown.status_code == 400
    assert "Nothing was written: there is no incident" in unknown.text
    other = served.client.post(
        f"{served.night}evidence", data={"incident": name}, headers={"origin": served.origin}
    )
    assert other.status_code == 403


def test_the_next_night_knows_the_word(served: Served) -> None:
    served.post(incident=served.incident("Hit"), verdict="innocent")
    night = report(after(2), served.settings)
    assert night.alerts["title"].to_list() == [HOSTILE]


def test_a_word_may_be_about_a_scope_and_be_taken_back(served: Served) -> None:
    name = served.incident("Hit")
    served.post(incident=name, verdict="innocent", scope="artist")
    (word,) = served.said()
    assert (word["incident_id"], word["scope"]) == (None, "artist")
    assert word["entity"] == f"Artist of {HIT}"
    assert f"of <bdi>artist Artist of {HIT}</bdi>" in served.client.get(served.night).text
    assert "Take back" in served.client.get(f"{served.address}words").text
    back = served.post("/words", scope="artist", entity=f"Artist of {HIT}")
    assert back.headers["location"] == "/words?said=withdrawn"
    assert [word["verdict"] for word in served.said()] == ["innocent", "withdrawn"]
    assert "<button" not in served.client.get(f"{served.address}words").text
    again = served.post("/words", scope="artist", entity=f"Artist of {HIT}")
    assert again.status_code == 400
    assert "there is no word on" in again.text


def test_files_of_a_night_are_served_and_nothing_outside_of_it(served: Served) -> None:
    alerts = served.client.get(f"{served.night}alerts.csv")
    assert alerts.content == (served.settings.reports / str(MONDAY) / "alerts.csv").read_bytes()
    folder = served.client.get(f"{served.night}evidence/{served.incident('Hit')}/").text
    assert "daily.csv" in folder
    outside = served.settings.home / "salt"
    outside.write_text("a secret")
    (served.settings.reports / str(MONDAY) / "link").symlink_to(outside)
    port = int(served.origin.rpartition(":")[2])
    for path in (
        "/nights/2026-03-02/../../salt",
        "/nights/2026-03-02/..%2f..%2fsalt",
        "/nights/2026-03-02/%2e%2e/%2e%2e/salt",
        "/nights/2026-03-02/%2Fetc%2Fpasswd",
        "/nights/2026-03-02/link",
        "/nights/../",
        "/nights/..%2f/salt",
        "/nights/2026-13-45/",
        "/nights/٢٠٢٦-٠٣-٠٢/".encode().decode("latin-1"),
        "/salt",
    ):
        with socket.create_connection(("127.0.0.1", port)) as raw:
            head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
            raw.sendall(head.encode("latin-1"))
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        assert answer.split()[1] in {b"404", b"400"}, path
        assert b"a secret" not in answer
        assert b"root:" not in answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "{origin}", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "{origin}", "host": "evil.example"}, 421),
        ({"origin": "http://evil.example:1", "host": "127.0.0.1.evil.example"}, 421),
        ({"origin": "{origin}"}, 413),
    ],
)
def test_what_is_not_from_our_own_page_is_refused(
    served: Served, headers: dict[str, str], status: int
) -> None:
    served.client.get(served.night)
    sent = {name: value.format(origin=served.origin) for name, value in headers.items()}
    body = b"x" * 70_000 if status == 413 else b""
    form = f"token={TOKEN}&incident={served.incident('Hit')}&verdict=fraud".encode() + body
    sent |= {"content-type": "application/x-www-form-urlencoded"}
    answer = served.client.post(f"{served.night}words", content=form, headers=sent)
    assert answer.status_code == status
    assert served.said() == []


def test_a_wrong_or_missing_token_or_cookie_records_nothing(served: Served) -> None:
    name, origin = served.incident("Hit"), {"origin": served.origin}
    words = {"incident": name, "verdict": "fraud"}
    for form in (words, words | {"token": "guessed"}):
        served.client.get(served.night)
        assert served.client.post(f"{served.night}words", data=form, headers=origin).is_error
    served.client.cookies.clear()
    form = words | {"token": TOKEN}
    assert served.client.post(f"{served.night}words", data=form, headers=origin).status_code == 403
    assert served.said() == []


def test_reading_changes_nothing_and_only_posting_does(served: Served) -> None:
    for url in (f"{served.night}words?verdict=fraud", f"{served.address}words?incident=x"):
        served.client.get(url)
    for method in ("PUT", "DELETE", "PATCH"):
        assert served.client.request(method, f"{served.night}words").status_code == 405
    assert served.said() == []


def test_another_name_for_this_machine_reads_nothing(served: Served) -> None:
    answer = served.client.get(served.night, headers={"host": "rebound.example"})
    assert answer.status_code == 421
    assert "INC-" not in answer.text
    by_name = served.night.replace("127.0.0.1", "localhost")
    assert served.client.get(by_name, headers={"connection": "close"}).status_code == 200


def test_what_cannot_be_recorded_is_said_in_a_sentence(served: Served) -> None:
    name = served.incident("Hit")
    for form, says in (
        ({"incident": "INC-none", "verdict": "fraud"}, "there is no incident &#39;INC-none&#39;"),
        ({"incident": "../../x", "verdict": "fraud"}, "That is no incident."),
        ({"incident": name, "verdict": "guilty"}, "&#39;guilty&#39; is no verdict"),
        ({"incident": name, "verdict": ""}, "is no verdict"),
        ({"incident": name, "verdict": "fraud", "until": "soon"}, "&#39;soon&#39; is no day"),
        ({"incident": name, "verdict": "fraud", "note": "x" * 3_000}, "3,000 characters"),
        ({"incident": name, "verdict": "fraud", "scope": "planet"}, "no single planet"),
        ({"incident": name, "verdict": "withdrawn"}, "there is no word on"),
    ):
        answer = served.post(**form)
        assert answer.status_code == 400, form
        assert says in answer.text
        assert 'role="alert"' in answer.text
    assert served.said() == []


def test_a_script_in_a_note_is_text(served: Served) -> None:
    note = "<script>alert(1)</script>\x00\u202e'\"</p>"
    served.post(incident=served.incident("Hit"), verdict="unsure", note=note)
    for url in (served.night, f"{served.address}words"):
        text = served.client.get(url).text
        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "\u202e" not in text


def test_a_report_without_places_for_the_bars_has_them_at_its_end(served: Served) -> None:
    path = served.settings.reports / str(MONDAY) / "report.html"
    path.write_text(re.sub(r"<!--review [^>]*-->", "", path.read_text()))
    text = served.client.get(served.night).text
    assert text.count('aria-label="Your word on') == 2
    assert text.index('class="word"') > text.index("</table>")
    assert "<img src=x" not in text


def test_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    for where in serving(Settings(home=tmp_path)):
        assert "No night has a report yet" in httpx.get(where).text
        assert "Nobody has said anything yet" in httpx.get(f"{where}words").text


def test_a_port_in_use_is_told() -> None:
    with listen(0) as taken, pytest.raises(CallError, match="is in use, perhaps by another review"):
        listen(taken.getsockname()[1])


def test_ctrl_c_ends_it_without_a_complaint(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from fraud.cli import main; main()", "review", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--home", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert re.fullmatch(r"The reports stand at http://127\.0\.0\.1:\d+/ until Ctrl-C\.\n", line)
    assert httpx.get(line.split()[4]).status_code == 200
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, "")
