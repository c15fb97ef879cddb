"""Channels are told of what is news to them: once, whatever runs again, or late where they must."""

import base64
import csv
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fraud.config import Channel, Settings, load
from fraud.errors import CallError
from fraud.notify.channels import masked
from fraud.notify.tell import failed, tell
from fraud.report.alerts_csv import alerts_csv
from fraud.tables import INCIDENTS
from tests.notify.listening import Hook, Mail, listening

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)

OWNERS = dict.fromkeys(("incident_id", "artist", "label"), pl.String)


@dataclass(frozen=True)
class Night:
    day: date
    alerts: pl.DataFrame
    folder: Path
    warnings: list[str] = field(default_factory=list)
    stopped: bool = False
    owners: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=OWNERS))


def alert(number: int, status: str = "new", severity: str = "high", **more: Any) -> dict[str, Any]:
    row = {"rank": number, "incident_id": f"INC-{number}", "status": status, "severity": severity}
    row |= {"title": f"Song {number}", "artist": "Näme", "label": "Kite", "currency": "EUR"}
    row |= {
        "streams": 10_000,
        "suspected_artificial_streams": 9_000,
        "reason_1": "Nobody saves it.",
    }
    return row | {"royalty_at_risk": 27.5, "penalty_exposure": 10.0} | more


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with listening(Hook()) as server:
        yield server


@pytest.fixture(autouse=True)
def _fresh(hook: Hook) -> None:
    hook.posted.clear()
    hook.status = 200


@dataclass
class House:
    """A home with one channel, and what it has been told."""

    settings: Settings
    hook: Hook

    def night(self, day: date, *rows: dict[str, Any], **more: Any) -> list[str]:
        alerts = pl.DataFrame(rows, schema=dict(INCIDENTS.schema))
        folder = self.settings.reports / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "alerts.csv").write_bytes(alerts_csv(alerts))
        told = Night(day, alerts, folder, **more)
        return tell(told, self.settings, {"HOOK": self.hook.url})

    @property
    def titles(self) -> list[str]:
        return [posted["title"] for posted in self.hook.posted]

    def subscribed(self, **channel: Any) -> "House":
        notify = {"team": Channel(url_env="HOOK", **channel)}
        return replace(self, settings=Settings(home=self.settings.home, notify=notify))


@pytest.fixture
def house(tmp_path: Path, hook: Hook) -> House:
    return House(Settings(home=tmp_path), hook).subscribed()


def test_a_night_is_one_message_with_its_new_incidents_by_severity(house: House) -> None:
    house = house.subscribed(link="https://fraud.label.example/reports/")
    rows = (alert(1, severity="critical"), alert(2), alert(3, "ongoing"), alert(4, "ended"))
    assert house.night(MONDAY, *rows) == []
    assert house.titles == ["2026-03-02: 2 new incidents (1 critical, 1 high)"]
    facts = (
        "9,000 suspected of 10,000 plays; royalties 27.5 EUR; penalties 10 EUR. Nobody saves it."
    )
    assert house.hook.posted[0]["message"].splitlines() == [
        "CRITICAL",
        f"- Song 1 by Näme (Kite): {facts} [INC-1]",
        "",
        "HIGH",
        f"- Song 2 by Näme (Kite): {facts} [INC-2]",
        "",
        "Report: https://fraud.label.example/reports/2026-03-02/report.html",
    ]


def test_nobody_is_told_twice(house: House) -> None:
    house.night(MONDAY, alert(1))
    house.night(MONDAY, alert(1))
    house.night(TUESDAY, alert(1, "ongoing"))
    assert len(house.titles) == 1
    house.night(MONDAY, alert(1), alert(2, severity="low"))
    assert house.titles[1:] == ["2026-03-02: 1 new incident (1 low)"]
    assert "INC-1" not in house.hook.posted[1]["message"]


def test_a_night_without_news_is_silent(house: House) -> None:
    house.night(MONDAY)
    house.night(TUESDAY, alert(1, "ongoing"), alert(2, "ended"))
    assert house.titles == []


def test_what_came_back_is_news_again(house: House) -> None:
    house.night(MONDAY, alert(1), alert(2))
    grown = alert(2, "ongoing", verdict="innocent")
    house.night(TUESDAY, alert(1, "reopened"), grown)
    house.night(TUESDAY, alert(1, "reopened"), grown)
    assert house.titles[1:] == ["2026-03-03: 2 incidents to look at (2 high)"]
    assert "Song 1 by Näme (Kite), reopened: " in house.hook.posted[1]["message"]
    assert "[INC-2]" in house.hook.posted[1]["message"]


def test_a_subscription_is_by_severity_label_artist_and_money(house: House) -> None:
    rows = (
        alert(1, severity="medium"),
        alert(2, label="Tidepool"),
        alert(3, royalty_at_risk=5.0),
        alert(4),
    )
    for channel, heard in (
        ({"severity": "high"}, "234"),
        ({"labels": ["KITE"]}, "134"),
        ({"artists": ["näme"], "labels": ["none"]}, "1234"),
        ({"artists": ["none"]}, ""),
        ({"least_money": 37.5}, "124"),
    ):
        (house.settings.home / "notifications.ndjson").unlink(missing_ok=True)
        house.hook.posted.clear()
        house.subscribed(**channel).night(MONDAY, *rows)
        text = "".join(posted["message"] for posted in house.hook.posted)
        assert "".join(n for n in "1234" if f"[INC-{n}]" in text) == heard, channel


def test_what_goes_on_is_news_when_it_reaches_the_floor(house: House) -> None:
    house = house.subscribed(severity="critical")
    house.night(MONDAY, alert(1))
    assert house.titles == []
    house.night(TUESDAY, alert(1, "ongoing", severity="critical"), alert(2, "ongoing", "critical"))
    assert house.titles == ["2026-03-03: 1 incident to look at (1 critical)"]
    house.night(TUESDAY, alert(1, "ongoing", severity="critical"))
    assert len(house.titles) == 1


def test_what_costs_less_than_the_floor_is_news_when_it_costs_more(house: House) -> None:
    house.night(MONDAY, alert(1, below_floor=True))
    assert house.titles == []
    house.night(TUESDAY, alert(1, "ongoing", below_floor=False))
    assert house.titles == ["2026-03-03: 1 incident to look at (1 high)"]


def test_a_stopped_night_is_told_once_to_who_wants_it(house: House) -> None:
    for _ in range(2):
        assert house.night(MONDAY, stopped=True, warnings=["Nothing arrived."]) == []
    assert house.titles == ["2026-03-02: the gate stopped the day"]
    assert house.hook.posted[0]["message"] == "Nothing arrived.\nNothing was judged."
    house.subscribed(failures=False).night(TUESDAY, stopped=True, warnings=["Nothing arrived."])
    assert len(house.titles) == 1


def test_a_channel_that_fails_is_told_later_once_and_its_secret_is_kept(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    house.hook.status = 500
    for day in (MONDAY, MONDAY, TUESDAY):
        (warning,) = house.night(day, alert(1, "new" if day == MONDAY else "ongoing"))
        assert warning.startswith("channel team was not told (")
        assert warning.endswith("; it is tried again with the next run")
        said = caplog.text + "".join(capfd.readouterr()) + warning
        said += (house.settings.home / "notifications.ndjson").read_text()
        assert "s3cret-token" not in said
    house.hook.status = 200
    assert house.night(TUESDAY, alert(1, "ongoing"), alert(2)) == []
    assert house.titles == [
        "2026-03-02: 1 new incident (1 high)",
        "2026-03-03: 1 new incident (1 high)",
    ]
    assert house.night(TUESDAY, alert(1, "ongoing"), alert(2)) == []
    assert len(house.titles) == 2


def test_a_channel_that_is_down_forgets_no_night(house: House) -> None:
    house.hook.status = 500
    house.night(MONDAY, alert(1))
    house.night(TUESDAY, alert(1, "ongoing"), alert(2))
    house.hook.status = 200
    house.night(date(2026, 3, 4))
    assert [title[:10] for title in house.titles] == ["2026-03-02", "2026-03-03"]


def test_an_address_that_is_missing_or_wrong_is_told_in_a_sentence(house: House) -> None:
    night = Night(MONDAY, pl.DataFrame([alert(1)], schema=dict(INCIDENTS.schema)), Path("x"))
    for environment, says in (
        ({}, "(the variable HOOK with its address is not set)"),
        ({"HOOK": "nothing://s3cret"}, "HOOK holds no address that Apprise understands"),
    ):
        (warning,) = tell(night, house.settings, environment)
        assert says in warning
        assert "s3cret" not in warning


def test_the_file_holds_the_told_lines_of_the_alerts_and_no_others(house: House) -> None:
    house = house.subscribed(attach="csv", labels=["Kite"])
    house.night(MONDAY, alert(1), alert(2, label="Tidepool"), alert(3, title="=1+1"))
    (attached,) = house.hook.posted[0]["attachments"]
    assert attached["filename"] == "alerts-2026-03-02.csv"
    text = base64.b64decode(attached["base64"]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["incident_id"], row["title"]) for row in rows] == [
        ("INC-1", "Song 1"),
        ("INC-3", "'=1+1"),
    ]


def test_names_from_outside_steer_nothing(house: House) -> None:
    hostile = "a\r\nBcc: x\x1b[31m\u202eevil <!channel> @here " + "x" * 10_000
    house.night(MONDAY, alert(1, title=hostile, artist="<script>", label=None))
    text = house.hook.posted[0]["message"]
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "<!channel" not in text
    assert "@here" not in text
    assert len(text.splitlines()) == 4
    assert len(text) < 1_000


def test_many_incidents_are_named_up_to_a_number(house: House) -> None:
    house.night(MONDAY, *(alert(number) for number in range(1, 501)))
    text = house.hook.posted[0]["message"]
    assert text.count("[INC-") == 20
    assert "And 480 more in the report." in text


def test_a_mail_arrives_with_its_file(tmp_path: Path, hook: Hook) -> None:
    channel = Channel(url_env="MAIL", attach="csv")
    house = House(Settings(home=tmp_path, notify={"mara": channel}), hook)
    with listening(Mail()) as server:
        folder = house.settings.reports / "2026-03-02"
        folder.mkdir(parents=True)
        alerts = pl.DataFrame([alert(1, title="<b>Ä")], schema=dict(INCIDENTS.schema))
        (folder / "alerts.csv").write_bytes(alerts_csv(alerts))
        assert tell(Night(MONDAY, alerts, folder), house.settings, {"MAIL": server.url}) == []
    (mail,) = server.mails
    assert "2026-03-02: 1 new incident (1 high)" in str(mail["Subject"])
    parts = {part.get_content_type(): part for part in mail.walk()}
    text = parts["text/plain"].get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "b>Ä by Näme (Kite): 9,000 suspected of 10,000 plays" in text.decode()
    assert any(part.get_filename() == "alerts-2026-03-02.csv" for part in mail.walk())


def test_the_file_has_the_told_lines_in_the_spelling_of_alerts_csv(house: House) -> None:
    house = house.subscribed(attach="csv", labels=["Kite"])
    alerts = pl.DataFrame([alert(1), alert(2, label="Loud")], schema=dict(INCIDENTS.schema))
    folder = house.settings.reports / "2026-03-02"
    folder.mkdir(parents=True)
    (folder / "alerts.csv").write_bytes(alerts_csv(alerts, ";"))
    assert tell(Night(MONDAY, alerts, folder), house.settings, {"HOOK": house.hook.url}) == []
    (attached,) = house.hook.posted[0]["attachments"]
    text = io.StringIO(base64.b64decode(attached["base64"]).decode("utf-8-sig"), newline="")
    (row,) = csv.DictReader(text, delimiter=";")
    assert (row["incident_id"], row["royalty_at_risk"]) == ("INC-1", "27,5")


def test_a_group_is_called_in_a_message_as_on_the_page(house: House) -> None:
    lockstep = {"level": "lockstep", "entity": "spotify 1f", "tracks": 60, "first_day": MONDAY}
    several: dict[str, Any] = {"title": None, "artist": None, "label": None}
    house.night(MONDAY, alert(1, **several | lockstep), alert(2, level="label", label="K"))
    text = house.hook.posted[0]["message"]
    assert "- 60 tracks that moved together since 2 March 2026: 9,000 suspected" in text
    assert "- label K: 9,000 suspected" in text


def test_who_subscribed_to_any_artist_of_a_set_is_told_and_sees_no_other(house: House) -> None:
    lockstep = {"level": "lockstep", "entity": "spotify 1f", "tracks": 3, "first_day": MONDAY}
    lockstep |= {"title": None, "artist": None, "label": None}
    worst = {"worst_isrc": "QZABC2600009", "worst_title": "Loudest", "worst_artist": "Other"}
    owners = pl.DataFrame(
        [("INC-1", "Other", "Loud"), ("INC-1", "Näme", "Kite"), ("INC-1", "Third", None)],
        schema=OWNERS,
        orient="row",
    )
    for channel, heard, sees_worst in (
        ({"artists": ["NÄME"]}, "since 2 March 2026, with Näme: ", False),
        ({"labels": ["kite"]}, "since 2 March 2026, with Kite: ", False),
        ({"artists": ["other"]}, "since 2 March 2026, with Other: ", True),
        ({"artists": ["nobody"]}, None, False),
        ({}, "since 2 March 2026: ", True),
    ):
        (house.settings.home / "notifications.ndjson").unlink(missing_ok=True)
        house.hook.posted.clear()
        subscriber = house.subscribed(attach="csv", **channel)
        subscriber.night(MONDAY, alert(1, **lockstep, **worst), owners=owners)
        if heard is None:
            assert house.hook.posted == []
            continue
        (posted,) = house.hook.posted
        assert heard in posted["message"]
        attached = base64.b64decode(posted["attachments"][0]["base64"]).decode()
        assert ("Loudest" in attached + posted["message"]) == sees_worst, channel


def test_a_failed_run_is_told(house: House) -> None:
    told = failed("fraud_nightly.night (2026-03-02)", "OSError: disk full", house.settings, {})
    assert told == ["channel team was not told (the variable HOOK with its address is not set)"]
    failed("fraud_nightly.night", "OSError", house.settings, {"HOOK": house.hook.url})
    assert house.titles == ["fraud_nightly.night failed"]


def test_no_part_of_an_address_is_shown() -> None:
    url = "mailtos://mara:pa%20ss@smtp.example:587/?to=x@y.example&key=abcd1234"
    for part in ("mara", "pa ss", "pa%20ss", "abcd1234", url):
        assert part not in masked(f"cannot reach {part}: refused", url)
    assert masked("refused by the server", url) == "refused by the server"


def test_a_channel_is_declared_in_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "fraud.toml").write_text(
        '[notify.team]\nurl_env = "HOOK"\nseverity = "high"\nlabels = ["Kite"]\n'
    )
    channel = load(home=tmp_path).notify["team"]
    assert (channel.severity, channel.labels, channel.attach) == ("high", ("Kite",), "link")
    (tmp_path / "fraud.toml").write_text('[notify.team]\nurl = "slack://secret"\n')
    with pytest.raises(CallError, match=r"setting notify\.team\.url_env: Field required"):
        load(home=tmp_path)
