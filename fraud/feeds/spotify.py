"""Spotify's Bulk API: folders of years, months and days that end in gzipped JSON lines.

GET {api}/{licensor}/enhanced/{resource}/{YYYY}/{MM}/{DD}[/{country}] answers a list of children, or
the file itself, mostly by a 303 to a signed address elsewhere; 404 = no plays that day.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from fraud.errors import FeedError
from fraud.feed_settings import SpotifyFeed
from fraud.feeds import web
from fraud.feeds.remote import PATIENCE, Opened, PassingError, RemoteFile, Version
from fraud.feeds.secrets import Secrets

_NAME = re.compile(r"([a-z0-9_]+?)(?:_([A-Z]{2}))?_(\d{4}-\d{2}-\d{2})\.json\.gz")
_COUNTRY = re.compile("[A-Z]{2}")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@contextmanager
def connect(feed: SpotifyFeed, secrets: Secrets) -> Iterator["BulkApi"]:
    """Give the API of a licensor; its token is asked for at the first request."""
    with web.client() as client:
        client_id = feed.client_id or secrets.login
        if not client_id:
            raise FeedError("its client_id is not known; write it into the feed's settings")
        yield BulkApi(feed, client, client_id, secrets.need("client_secret"))


class BulkApi:
    """The files of one licensor."""

    def __init__(
        self, feed: SpotifyFeed, client: httpx.Client, client_id: str, secret: str
    ) -> None:
        from authlib.oauth2.client import OAuth2Client  # type: ignore[import-untyped]

        self._feed = feed
        self._client = client
        self._basic = httpx.BasicAuth(client_id, secret)
        self._oauth = OAuth2Client(client, client_id, secret)
        self._oauth.register_compliance_hook("access_token_response", _token_answer)

    def files(self, days: Sequence[date]) -> Iterator[RemoteFile]:
        """Yield the files of each day, or that a resource has none of it."""
        for day in days:
            for resource in self._feed.resources:
                children = self._children(resource, day)
                if children is None:
                    yield RemoteFile(_name(resource, day), day, is_absent=True)
                elif not children:
                    yield RemoteFile(_name(resource, day), day)
                for country in children or ():
                    if not self._feed.countries or country in self._feed.countries:
                        yield RemoteFile(_name(resource, day, country), day)

    @contextmanager
    def open(
        self, file: RemoteFile, offset: int = 0, version: Version | None = None
    ) -> Iterator[Opened | None]:
        """Give a file, from `offset` if it is still the version of which we have the beginning."""
        part = web.part(offset, version)
        with self._ask(self._address(file), part) as response:
            location = response.headers.get("location")
            if response.status_code in _REDIRECTS and location:
                yield from self._elsewhere(urljoin(str(response.url), location), part)
            elif response.status_code == 404:
                yield None
            else:
                yield web.opened(response)

    def _elsewhere(self, address: str, part: dict[str, str]) -> Iterator[Opened]:
        """Yield the file behind a signed address, which is asked without our token."""
        if urlsplit(address).scheme not in {"https", urlsplit(self._feed.api_url).scheme}:
            raise FeedError("the service sends us to an address that is not https://")
        with web.answer(self._client, "GET", address, headers=part) as response:
            if response.status_code in {401, 403, 410}:
                raise PassingError(f"{response.url.host}: the signed address is not valid any more")
            yield web.opened(response)

    @contextmanager
    def _ask(self, address: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """Give the API's answer; where the token has expired, with a new one, once."""
        with web.answer(self._client, "GET", address, headers=self._signed(headers)) as response:
            if response.status_code != 401:
                if response.status_code != 404:
                    web.mind_status(response)
                yield response
                return
        self._oauth.token = None
        with web.answer(self._client, "GET", address, headers=self._signed(headers)) as response:
            if response.status_code != 404:
                web.mind_status(response)
            yield response

    def _signed(self, headers: dict[str, str]) -> dict[str, str]:
        token = self._oauth.token
        if not token or token.is_expired():
            self._fetch_token()
        _, signed, _ = self._oauth.token_auth.prepare(None, dict(headers), None)
        return dict(signed)

    def _fetch_token(self) -> None:
        from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]

        host = urlsplit(self._feed.token_url).hostname
        refused = ""
        try:
            self._oauth.fetch_token(
                self._feed.token_url, grant_type="client_credentials", auth=self._basic
            )
        except httpx.TransportError as error:
            raise PassingError(f"{host}: the connection broke ({type(error).__name__})") from None
        except (OAuth2Error, ValueError, httpx.HTTPError) as error:
            refused = str(getattr(error, "error", "no token came"))
        if refused or "access_token" not in (self._oauth.token or {}):
            raise FeedError(
                f"{host} gives no token for client_id {self._oauth.client_id}: {refused}"
            )

    def _children(self, resource: str, day: date) -> list[str] | None:
        """Return the countries that a day is listed by, none for one file; None = nothing."""
        address = self._address_of(resource, day)
        for attempt in PATIENCE.tries():
            with attempt, self._ask(address, {}) as response:
                if response.status_code == 404:
                    return None
                listed = None if response.status_code in _REDIRECTS else web.listed(response)
                return [] if listed is None else _countries(listed)
        raise AssertionError("the last attempt returns or raises")

    def _address_of(self, resource: str, day: date) -> str:
        licensor = self._feed.licensor
        return f"{self._feed.api_url}/{licensor}/enhanced/{resource}/{day:%Y/%m/%d}"

    def _address(self, file: RemoteFile) -> str:
        match = _NAME.fullmatch(file.name)
        assert match  # noqa: S101 the name is our own
        resource, country, day = match.groups()
        address = self._address_of(resource, date.fromisoformat(day))
        return f"{address}/{country}" if country else address


def _name(resource: str, day: date, country: str = "") -> str:
    """Return the name that a file gets here: what it tells, where, and of which day."""
    return "_".join(part for part in (resource, country, str(day)) if part) + ".json.gz"


def _countries(listed: list[Any]) -> list[str]:
    """Return the last part of each child's address; what is no country code is refused."""
    found = set()
    for child in listed:
        uri = child.get("uri") if isinstance(child, dict) else None
        country = str(uri).rstrip("/").rpartition("/")[2]
        if not _COUNTRY.fullmatch(country):
            raise FeedError("the service lists a child that is no country; nothing was asked of it")
        found.add(country)
    return sorted(found)


def _token_answer(response: httpx.Response) -> httpx.Response:
    """Let a busy token service be asked again; what it refuses, the library reads."""
    if response.status_code not in {400, 401, 403}:
        web.mind_status(response)
    return response
