"""The two APIs as they are documented, against a service on this machine."""

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import stamina
from pydantic import SecretStr, TypeAdapter

from fraud.errors import FeedError
from fraud.feed_settings import AnyFeed
from fraud.feeds import connect
from fraud.feeds.landing import Landed, land, place_of
from fraud.feeds.remote import Remote, RemoteFile, Version
from fraud.feeds.secrets import Secrets
from tests.feeds.services import ACCESS_TOKEN, CLIENT_SECRET, SIGNATURE, Service, plays

DAY = date(2026, 3, 14)
DE = plays(DAY, "DE", 7)
LEAF = "/v1/analytics/ourlabel/enhanced/streams/2026/03/14"
OBJECT = "/objects/streams/2026/03/14/DE"

Reached = AbstractContextManager[Remote]


def reach(settings: dict[str, Any], **secrets: str) -> Reached:
    values = {name: SecretStr(value) for name, value in secrets.items()}
    feed = TypeAdapter(AnyFeed).validate_python(settings)
    return connect(feed, Secrets(values, dict.fromkeys(feed.secrets, "OUR_SECRET")), Path())


def spotify(service: Service, **more: Any) -> Reached:
    return reach(service.settings(**more), client_secret=CLIENT_SECRET)


def apple(service: Service, **more: Any) -> Reached:
    return reach(service.apple_settings(**more), access_token=ACCESS_TOKEN)


def listed(remote: Remote) -> dict[str, bool]:
    return {file.name: file.is_absent for file in remote.files([DAY])}


def taken(remote: Remote, name: str, folder: Path, known: Version | None = None) -> Any:
    file = RemoteFile(name, DAY)
    landed = land(remote, file, place_of(file, folder), known)
    return place_of(file, folder).read_bytes() if isinstance(landed, Landed) else landed


def test_spotify_names_say_resource_country_and_day(service: Service) -> None:
    service.files = {"streams/2026/03/14/DE": DE, "users/2026/03/14": DE}
    resources = ["streams", "sub_30_sec_streams", "users"]
    with spotify(service, resources=resources) as remote:
        assert listed(remote) == {
            "streams_DE_2026-03-14.json.gz": False,
            "sub_30_sec_streams_2026-03-14.json.gz": True,
            "users_2026-03-14.json.gz": False,
        }


def test_spotify_can_be_limited_to_countries(service: Service) -> None:
    service.files = {f"streams/2026/03/14/{country}": DE for country in ("DE", "SE", "NA")}
    with spotify(service, countries=["NA"], resources=["streams"]) as remote:
        assert [*listed(remote)] == ["streams_NA_2026-03-14.json.gz"]


def test_the_token_is_fetched_once_and_never_leaves_the_service(
    service: Service, tmp_path: Path
) -> None:
    service.files = {"streams/2026/03/14/DE": DE}
    with spotify(service) as remote:
        assert next(iter(listed(remote))) == "streams_DE_2026-03-14.json.gz"
        assert taken(remote, "streams_DE_2026-03-14.json.gz", tmp_path) == DE
    assert service.tokens == 1
    (stored,) = service.asked_of("storage")
    assert SIGNATURE in stored.path
    assert "authorization" not in stored.headers
    assert not [name for name, text in stored.headers.items() if service.token in text]


def test_a_file_that_comes_without_a_redirect_is_taken_too(
    service: Service, tmp_path: Path
) -> None:
    service.inline = True
    service.files = {"users/2026/03/14": DE}
    with spotify(service) as remote:
        assert listed(remote)["users_2026-03-14.json.gz"] is False
        assert taken(remote, "users_2026-03-14.json.gz", tmp_path) == DE


def test_an_expired_token_is_replaced_once(service: Service, tmp_path: Path) -> None:
    service.files = {"streams/2026/03/14/DE": DE}
    with spotify(service) as remote:
        listed(remote)
        service.token = "another"  # noqa: S105
        assert taken(remote, "streams_DE_2026-03-14.json.gz", tmp_path) == DE
        assert service.tokens == 2
        service.faults[LEAF] = [401, 401]
        with pytest.raises(FeedError, match="answered 401: it does not accept the credentials"):
            listed(remote)


def test_a_busy_service_is_asked_again_when_it_says(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    service.files = {"streams/2026/03/14/DE": DE}
    service.faults = {"/api/token": [(429, 3)], LEAF: [(429, 7), 503]}
    with spotify(service, resources=["streams"]) as remote:
        assert [*listed(remote)] == ["streams_DE_2026-03-14.json.gz"]
    assert waited[:2] == [3, 7]
    assert 0 < waited[2] <= 5


def test_a_service_that_asks_for_an_hour_is_left_until_the_next_pull(service: Service) -> None:
    service.faults = {LEAF: [(429, 3600)]}
    with spotify(service) as remote, pytest.raises(FeedError, match="answered 429, it is busy"):
        listed(remote)


def test_a_cut_connection_goes_on_where_it_ended(service: Service, tmp_path: Path) -> None:
    content = plays(DAY, "DE", 7, rows=4_000)
    service.files = {"streams/2026/03/14/DE": content}
    service.faults[OBJECT] = [("cut", 4_000)]
    with spotify(service) as remote, stamina.set_testing(True, attempts=2):
        assert taken(remote, "streams_DE_2026-03-14.json.gz", tmp_path) == content
    ranges = [one.headers.get("range") for one in service.asked_of("storage")]
    assert ranges == [None, None, "bytes=4000-"]


def test_without_a_version_a_cut_transfer_starts_again(service: Service, tmp_path: Path) -> None:
    content = plays(DAY, "DE", 7, rows=4_000)
    service.no_etag = True
    service.files = {"streams/2026/03/14/DE": content}
    service.faults[OBJECT] = [("cut", 4_000)]
    with spotify(service) as remote, stamina.set_testing(True, attempts=2):
        assert taken(remote, "streams_DE_2026-03-14.json.gz", tmp_path) == content
    assert not [one for one in service.asked if "range" in one.headers]


def test_a_known_version_is_not_read(service: Service, tmp_path: Path) -> None:
    service.files = {"users/2026/03/14": DE}
    with spotify(service) as remote:
        with remote.open(RemoteFile("users_2026-03-14.json.gz", DAY)) as opened:
            assert opened
            known = opened.version
        assert taken(remote, "users_2026-03-14.json.gz", tmp_path, known) == "unchanged"
        service.files = {}
        assert taken(remote, "users_2026-03-14.json.gz", tmp_path, known) == "absent"
    assert not [*tmp_path.rglob("*.gz")]


def test_a_redirect_that_leads_on_is_no_file(service: Service, tmp_path: Path) -> None:
    service.files = {"users/2026/03/14": DE}
    service.faults["/objects/users/2026/03/14"] = [302]
    with spotify(service) as remote, pytest.raises(FeedError, match="answered 302 instead of a f"):
        taken(remote, "users_2026-03-14.json.gz", tmp_path)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("child", ["../../../etc/passwd", "D\n", "http://elsewhere/DE/x", "DEU"])
def test_a_child_that_is_no_country_is_not_asked_for(service: Service, child: str) -> None:
    service.files = {f"streams/2026/03/14/{child}": DE}
    with spotify(service) as remote, pytest.raises(FeedError, match="child that is no country"):
        listed(remote)


def test_a_client_that_is_not_known_is_told(service: Service) -> None:
    wrong = reach(service.settings(), client_secret="wrong-secret")  # noqa: S106
    with wrong as remote, pytest.raises(FeedError) as raised:
        listed(remote)
    assert str(raised.value) == (
        "127.0.0.1 gives no token for client_id our-client: invalid_client"
    )


def test_apple_is_asked_as_its_own_tool_asks(service: Service, tmp_path: Path) -> None:
    service.reports = {("amStreams", "20260314"): DE, ("amContent", "20260314"): DE}
    with apple(service, account="42") as remote:
        assert [*listed(remote)] == [
            "amStreams_Summary_2026-03-14.txt.gz",
            "amContent_Detailed_2026-03-14.txt.gz",
        ]
        assert taken(remote, "amStreams_Summary_2026-03-14.txt.gz", tmp_path) == DE
    (asked,) = service.asked
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (
        "Sales.getReport%2C+80012345%2CamStreams%2CSummary%2CDaily%2C20260314%2C1_2" in asked.body
    )
    assert "%22account%22%3A+%2242%22" in asked.body


def test_apple_has_no_report_yet(service: Service, tmp_path: Path) -> None:
    with apple(service) as remote:
        assert taken(remote, "amStreams_Summary_2026-03-14.txt.gz", tmp_path) == "absent"


def test_what_apple_refuses_is_told_without_the_token(service: Service, tmp_path: Path) -> None:
    wrong = reach(service.apple_settings(), access_token="an-expired-token")  # noqa: S106
    with wrong as remote, pytest.raises(FeedError) as raised:
        taken(remote, "amStreams_Summary_2026-03-14.txt.gz", tmp_path)
    assert str(raised.value) == (
        "Apple answers 123: Your access token [hidden] is expired or invalid."
    )


def test_an_answer_that_is_nothing_known_is_told(service: Service, tmp_path: Path) -> None:
    service.reports = {("amStreams", "20260314"): b"<html>maintenance</html>"}
    with apple(service) as remote, pytest.raises(FeedError, match="neither a report nor an error"):
        taken(remote, "amStreams_Summary_2026-03-14.txt.gz", tmp_path)


def test_a_cut_report_of_apple_starts_again(service: Service, tmp_path: Path) -> None:
    service.reports = {("amStreams", "20260314"): gzip.compress(bytes(range(256)) * 900, mtime=0)}
    service.faults["/reportservice/sales/v1"] = [("cut", 200), (429, 0)]
    with apple(service) as remote, stamina.set_testing(True, attempts=3):
        name = "amStreams_Summary_2026-03-14.txt.gz"
        assert taken(remote, name, tmp_path) == service.reports["amStreams", "20260314"]


@pytest.mark.parametrize("make", [spotify, apple])
def test_a_service_that_is_not_there_is_told(
    service: Service, tmp_path: Path, make: Callable[..., Reached]
) -> None:
    dead = "http://127.0.0.1:9/x"
    more = {"api_url": dead} | ({"token_url": dead} if make is spotify else {})
    broke = pytest.raises(FeedError, match=r"127\.0\.0\.1: the connection broke")
    with stamina.set_testing(True, attempts=2), make(service, **more) as remote, broke:
        taken(remote, next(iter(listed(remote))), tmp_path)
