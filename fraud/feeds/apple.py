"""Apple's Reporter: a POST for each report and day, answered by gzip or by an error in XML.

What its command line `Sales.getReport VENDOR, TYPE, SUB-TYPE, Daily, YYYYMMDD, VERSION` sends:
https://help.apple.com/itc/contentreporterguide.
"""

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import httpx

from fraud.errors import FeedError
from fraud.feed_settings import AppleFeed
from fraud.feeds import web
from fraud.feeds.remote import Opened, PassingError, RemoteFile, Version
from fraud.feeds.secrets import Secrets

CLIENT_VERSION = "2.2"
"""Of Apple's own Reporter, whose requests these are."""
GZIP = b"\x1f\x8b"

_NOTHING = frozenset({213})
"""Code of `There were no sales for the date specified`."""
_NOT_YET = re.compile(r"no sales|not (yet )?available|not yet|delayed", re.IGNORECASE)
_LONGEST_ERROR_BYTES = 1 << 16


@contextmanager
def connect(feed: AppleFeed, secrets: Secrets) -> Iterator["Reporter"]:
    """Give the Reporter of a vendor."""
    with web.client() as client:
        yield Reporter(feed, client, secrets)


class Reporter:
    """The daily reports of one vendor."""

    def __init__(self, feed: AppleFeed, client: httpx.Client, secrets: Secrets) -> None:
        self._feed = feed
        self._client = client
        self._secrets = secrets
        self._token = secrets.need("access_token")

    def files(self, days: Sequence[date]) -> Iterator[RemoteFile]:
        """Yield each report of each day; which of them there are is known when they are opened."""
        for day in days:
            for report in self._feed.reports:
                kind, sub_kind, *_ = report.split()
                yield RemoteFile(f"{kind}_{sub_kind}_{day}.txt.gz", day, is_final=True)

    @contextmanager
    def open(
        self, file: RemoteFile, offset: int = 0, version: Version | None = None
    ) -> Iterator[Opened | None]:
        """Give a report, always from its start; None where there is none of the day, or not yet."""
        del offset, version
        form = {"jsonRequest": json.dumps(self._request(file))}
        with web.answer(self._client, "POST", self._feed.api_url, data=form) as response:
            chunks = response.iter_raw()
            head = _at_least(len(GZIP), chunks)
            if response.status_code < 400 and head.startswith(GZIP):
                opened = web.opened(response)
                yield replace(opened, chunks=itertools.chain([head], chunks))
            else:
                self._mind_error(response, head + _at_least(_LONGEST_ERROR_BYTES, chunks))
                yield None

    def _request(self, file: RemoteFile) -> dict[str, str]:
        kind, sub_kind, _ = file.name.split("_", 2)
        (report,) = (r for r in self._feed.reports if r.split()[:2] == [kind, sub_kind])
        day = f"{file.day:%Y%m%d}"
        query = [self._feed.vendor, kind, sub_kind, "Daily", day, *report.split()[2:]]
        request = {
            "accesstoken": self._token,
            "version": CLIENT_VERSION,
            "mode": "Robot.XML",
            "queryInput": f"[p=Reporter.properties, Sales.getReport, {','.join(query)}]",
        }
        return request | ({"account": self._feed.account} if self._feed.account else {})

    def _mind_error(self, response: httpx.Response, body: bytes) -> None:
        """Raise FeedError with what Apple says; return where it says that there is nothing."""
        text = body[:_LONGEST_ERROR_BYTES].decode("utf-8", "replace")
        code, message = _between(text, "Code"), _between(text, "Message")
        if code is None:
            web.mind_status(response)
            raise FeedError(f"{response.url.host} answered neither a report nor an error")
        if int(code) in _NOTHING or _NOT_YET.search(message or ""):
            return
        told = self._secrets.redact(f"Apple answers {code}: {message or 'without a word'}")
        if response.status_code in {429, 503}:
            raise PassingError(told)
        raise FeedError(told)


def _at_least(size: int, chunks: Iterator[bytes]) -> bytes:
    """Return the next bytes: so many, and what came with them, or all there are."""
    read = b""
    while len(read) < size and (chunk := next(chunks, b"")):
        read += chunk
    return read


def _between(text: str, tag: str) -> str | None:
    """Return the text of an element of Apple's flat error, whose codes are numbers."""
    inside = r"\d{1,6}" if tag == "Code" else "[^<]{0,300}"
    found = re.search(rf"<{tag}>\s*({inside})\s*</{tag}>", text)
    return found[1].strip() if found else None
