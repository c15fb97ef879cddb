"""HTTP for the feeds: answers as they stream in, errors as sentences, and no address in a log."""

import base64
import binascii
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from fraud.errors import FeedError
from fraud.feeds.remote import Opened, PassingError, Version

TIMEOUT_SECONDS = 60.0
MOST_LISTED_BYTES = 10 << 20
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_TALKATIVE = ("httpx", "httpcore")


@contextmanager
def client() -> Iterator[httpx.Client]:
    """Give a client that follows no redirect by itself and logs no address: one may be signed."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as made:
            yield made
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def answer(
    web: httpx.Client, method: str, address: str, **request: Any
) -> Iterator[httpx.Response]:
    """Give an answer whose body is still to come; PassingError where the connection breaks."""
    try:
        with web.stream(method, address, **request) as response:
            yield response
    except httpx.TransportError as error:
        host = httpx.URL(address).host
        raise PassingError(f"{host}: the connection broke ({type(error).__name__})") from None
    except (httpx.InvalidURL, httpx.HTTPError) as error:
        raise FeedError(f"the service answered nonsense ({type(error).__name__})") from None


def mind_status(response: httpx.Response) -> None:
    """Raise PassingError for a service that is busy, FeedError for any other refusal."""
    if response.status_code < 400:
        return
    where = f"{response.url.host} answered {response.status_code}"
    if response.status_code in _BUSY:
        raise PassingError(f"{where}, it is busy", _wait_seconds(response.headers))
    if response.status_code in {401, 403}:
        raise FeedError(f"{where}: it does not accept the credentials for {response.url.path}")
    raise FeedError(f"{where} to {response.url.path}")


def listed(response: httpx.Response) -> list[Any] | None:
    """Return the JSON list that an answer is; None for one that begins otherwise, left unread."""
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if body.strip()[:1] not in {b"", b"["}:
            return None
        if len(body) > MOST_LISTED_BYTES:
            raise FeedError(f"{response.url.host} lists more than {MOST_LISTED_BYTES:,} bytes")
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise FeedError(f"{response.url.host} answered no list to {response.url.path}")
    return found


def part(offset: int, version: Version | None) -> dict[str, str]:
    """Return the headers that ask for the rest of a version, or for the whole if it is another."""
    # Bytes as they are stored: a file that was unpacked on the way would have another size.
    headers = {"Accept-Encoding": "gzip"}
    if offset and version and version.etag:
        headers |= {"Range": f"bytes={offset}-", "If-Range": version.etag}
    return headers


def opened(response: httpx.Response) -> Opened:
    """Return a file as an answer gives it; raises where the answer is a refusal."""
    mind_status(response)
    if response.status_code not in {200, 206}:
        raise FeedError(f"{response.url.host} answered {response.status_code} instead of a file")
    content_range = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    offset = int(content_range[1]) if response.status_code == 206 and content_range else 0
    return Opened(
        _version(response.headers, offset),
        offset,
        # As they arrive: what waits in a buffer is lost when the connection breaks.
        response.iter_raw(),
        _md5(response.headers.get("x-goog-hash", "")),
    )


def _md5(hashes: str) -> str | None:
    """Return the MD5 in hex from Google Cloud Storage's `crc32c=…,md5=…` in base 64."""
    for told in hashes.split(","):
        kind, _, value = told.strip().partition("=")
        if kind == "md5":
            with suppress(binascii.Error):
                return base64.b64decode(value, validate=True).hex()
    return None


def _version(headers: Mapping[str, str], offset: int) -> Version:
    """Return the version that headers tell of; of a part, the size of the whole."""
    length = headers.get("content-length", "")
    size = int(length) + offset if length.isdigit() else None
    total = headers.get("content-range", "").rpartition("/")[2]
    if total.isdigit():
        size = int(total)
    return Version(size, _moment(headers.get("last-modified")), headers.get("etag"))


def _wait_seconds(headers: Mapping[str, str]) -> float | None:
    """Return how long Retry-After asks to wait, RFC 9110 section 10.2.3."""
    asked = headers.get("retry-after", "").strip()
    if asked.isdigit():
        return float(asked)
    until, now = _moment(asked), _moment(headers.get("date"))
    return max((until - now).total_seconds(), 0.0) if until and now else None


def _moment(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
