"""Keeps the review page to the browser of this machine: no other host, no other site, no flood.

A page of another site can reach a port of the loopback in two ways. By a name of its own that
resolves to 127.0.0.1 (DNS rebinding): then the Host header carries that name. By a form or a script
that posts across sites: then Origin is not ours, the cookie (SameSite=Strict) does not come along,
and the token of this process, which stands only on our pages, is missing. All are checked; see
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY = 64 * 1024
READS = ("GET", "HEAD")
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""What every answer carries where it does not say otherwise. Not `no-referrer`: browsers then post
with the origin `null`."""


class Guard:
    """Refuses what is not from this machine's own browser on our own page."""

    def __init__(self, app: App, port: int) -> None:
        self.app = app
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self.origins = {f"http://{host}" for host in self.hosts}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with a sentence."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self.app(scope, _bounded(receive), _with_headers(send))

    def _refusal(self, scope: Message) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if scope["type"] != "http" or headers.get("host", "").lower() not in self.hosts:
            return PlainTextResponse("Only this machine may ask, by the address shown.\n", 421)
        if scope["method"] in READS:
            return None
        if scope["method"] != "POST":
            return PlainTextResponse("Pages are read, verdicts are posted.\n", 405)
        same_site = headers.get("sec-fetch-site", "same-origin") == "same-origin"
        if headers.get("origin", "") not in self.origins or not same_site:
            return PlainTextResponse("A verdict is given on this page, not from another.\n", 403)
        length = headers.get("content-length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return PlainTextResponse("That is more than a verdict with its note.\n", 413)
        return None


def _bounded(receive: Receive) -> Receive:
    """Return what hands out no more of a body than LARGEST_BODY, whatever its header says."""
    left = LARGEST_BODY

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        body = message.get("body", b"")
        if len(body) > left:
            message = {**message, "body": body[:left], "more_body": False}
        left -= min(len(body), left)
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
