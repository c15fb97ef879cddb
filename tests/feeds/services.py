"""A local service that speaks Spotify's Bulk API and Apple's Reporter, with all that goes wrong.

Files lie behind signed addresses on another port, as with the real one. What is to go wrong is put
into `faults` by path, and happens once a fault.
"""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

CLIENT_ID = "our-client"
CLIENT_SECRET = "s3cr3t/of+the=client"  # noqa: S105
ACCESS_TOKEN = "12abc345-de6f-7ghi-89jk123lmno"  # noqa: S105
SIGNATURE = "5ignedSo1tMustNotBeShown"
LICENSOR = "ourlabel"
VENDOR = "80012345"
MODIFIED = "Sun, 15 Mar 2026 04:00:00 GMT"


def plays(day: date, territory: str, streams: int, rows: int = 1) -> bytes:
    """Return rows of streams as gzipped JSON lines, in the pipeline's own columns."""
    lines = [
        json.dumps(
            {
                "report_date": str(day),
                "store": "spotify",
                "territory": territory,
                "isrc": f"QZAAA26{number:05}",
                "streams": streams,
            }
        )
        for number in range(rows)
    ]
    return gzip.compress("\n".join(lines).encode(), mtime=0)


@dataclass
class Asked:
    """One request as it came."""

    server: str
    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


@dataclass
class Service:
    """What the two APIs hold, what they were asked, and what is to go wrong."""

    api: str = ""
    storage: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    """Spotify's files by path: streams/2026/03/14/DE."""
    reports: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """Apple's reports by type and YYYYMMDD."""
    faults: dict[str, list[Any]] = field(default_factory=dict)
    """By path: (429, seconds) to wait, ("cut", bytes), or a status."""
    asked: list[Asked] = field(default_factory=list)
    tokens: int = 0
    token: str = ""
    inline: bool = False
    """The files come at once, not by a redirect."""
    no_etag: bool = False

    def fault(self, path: str) -> Any:
        waiting = self.faults.get(path)
        return waiting.pop(0) if waiting else None

    def asked_of(self, server: str, part: str = "") -> list[Asked]:
        return [one for one in self.asked if one.server == server and part in one.path]

    def settings(self, **more: Any) -> dict[str, Any]:
        return {
            "place": "spotify",
            "licensor": LICENSOR,
            "client_id": CLIENT_ID,
            "api_url": f"{self.api}/v1/analytics",
            "token_url": f"{self.api}/api/token",
            "resources": ["streams", "users"],
            "days_back": 2,
        } | more

    def apple_settings(self, **more: Any) -> dict[str, Any]:
        return {
            "place": "apple",
            "vendor": VENDOR,
            "api_url": f"{self.api}/reportservice/sales/v1",
            "reports": ["amStreams Summary 1_2", "amContent Detailed"],
            "days_back": 2,
        } | more


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service
    called: str

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._note()
        if self._failed(parts.path):
            return
        if self.called == "storage":
            self._stored(parts.path.removeprefix("/objects/"), parse_qs(parts.query))
        else:
            self._listed(parts.path)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._note(body)
        if self._failed(self.path):
            return
        if self.path == "/api/token":
            self._gives_token(body)
        else:
            self._reported(body)

    def _note(self, body: str = "") -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.service.asked.append(Asked(self.called, self.command, self.path, headers, body))

    def _failed(self, path: str) -> bool:
        fault = self.service.fault(path)
        if isinstance(fault, int):
            self._answer(fault, b"it broke")
        elif fault and fault[0] == 429:
            self._answer(429, b"slow down", {"Retry-After": str(fault[1])})
        elif fault:
            self.cut_after = int(fault[1])
            return False
        return fault is not None

    cut_after = -1

    def _gives_token(self, body: str) -> None:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        right = self.headers["Authorization"] == f"Basic {basic}"
        if not right or parse_qs(body) != {"grant_type": ["client_credentials"]}:
            self._answer(400, b'{"error": "invalid_client"}')
            return
        self.service.tokens += 1
        self.service.token = f"bearer-{self.service.tokens}-of-the-service"
        token = {"access_token": self.service.token, "token_type": "Bearer", "expires_in": 3600}
        self._answer(200, json.dumps(token).encode(), {"Content-Type": "application/json"})

    def _listed(self, path: str) -> None:
        if self.headers["Authorization"] != f"Bearer {self.service.token}":
            self._answer(401, b'{"error": {"status": 401, "message": "The access token expired"}}')
            return
        key = path.removeprefix(f"/v1/analytics/{LICENSOR}/enhanced/")
        children = sorted({name for name in self.service.files if name.startswith(f"{key}/")})
        if children:
            uris = [{"uri": f"/{LICENSOR}/enhanced/{name}"} for name in children]
            self._answer(200, json.dumps(uris).encode(), {"Content-Type": "application/json"})
        elif key not in self.service.files:
            self._answer(404, b'{"error": "not found"}')
        elif self.service.inline:
            self._stored(key, {"X-Goog-Signature": [SIGNATURE]})
        else:
            signed = f"{self.service.storage}/objects/{key}?X-Goog-Signature={SIGNATURE}"
            self._answer(303, b"", {"Location": signed})

    def _stored(self, key: str, query: dict[str, list[str]]) -> None:
        if query.get("X-Goog-Signature") != [SIGNATURE]:
            self._answer(403, b"not signed")
            return
        content = self.service.files[key]
        digest = md5(content, usedforsecurity=False)
        headers = {
            "x-goog-hash": f"crc32c=AAAAAA==,md5={base64.b64encode(digest.digest()).decode()}"
        }
        if not self.service.no_etag:
            headers |= {"ETag": f'"{digest.hexdigest()}"', "Last-Modified": MODIFIED}
        asked = self.headers["Range"]
        if asked and self.headers["If-Range"] == headers.get("ETag"):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._answer(206, content[start:], headers | {"Content-Range": span})
        else:
            self._answer(200, content, headers)

    def _reported(self, body: str) -> None:
        request = json.loads(parse_qs(body)["jsonRequest"][0])
        if request["accesstoken"] != ACCESS_TOKEN:
            self._error(123, f"Your access token {request['accesstoken']} is expired or invalid.")
            return
        query = request["queryInput"].removeprefix("[p=Reporter.properties, ").rstrip("]")
        command, vendor, kind, _, period, day, *_ = [part.strip() for part in query.split(",")]
        assert (command, vendor, period) == ("Sales.getReport", VENDOR, "Daily")
        report = self.service.reports.get((kind, day))
        if report is None:
            self._error(213, "There were no sales for the date specified.")
        else:
            headers = {"Content-Type": "application/a-gzip", "filename": f"{kind}_{day}.txt.gz"}
            self._answer(200, report, headers)

    def _error(self, code: int, message: str) -> None:
        xml = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        self._answer(404, f"{declared}{xml}".encode())

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.cut_after < 0:
            self.wfile.write(body)
        else:
            self.wfile.write(body[: self.cut_after])
            self.wfile.flush()
            self.close_connection = True
            self.cut_after = -1


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up in the middle is part of the tests."""


@contextmanager
def _serving(service: Service, called: str) -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"service": service, "called": called})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Give the service, empty, on two ports of this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Service()
    with _serving(made, "api") as made.api, _serving(made, "storage") as made.storage:
        yield made
