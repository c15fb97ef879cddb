"""The review page's addresses: nights, reports with verdict bars, what was said."""

import hmac
import mimetypes
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from fraud.config import Settings
from fraud.errors import FraudError
from fraud.pipeline import reviewing
from fraud.pipeline.evidence import EVIDENCE_FOLDER, of_incident
from fraud.pipeline.verdict import SCOPES, Given, Word, give
from fraud.review import pages
from fraud.review.guard import Guard

CONTENT = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
OWN_CONTENT = {"content-security-policy": f"{CONTENT}form-action 'self'; frame-ancestors 'none'"}
FILE_CONTENT = {"content-security-policy": f"{CONTENT}form-action 'none'; frame-ancestors 'none'"}
_INCIDENT = re.compile(r"INC-[0-9A-Za-z-]{1,40}")

Clock = Callable[[], datetime]


def make_app(settings: Settings, port: int, token: str, clock: Clock) -> Starlette:
    """Return the application for a home; `token` is what every form of this process carries."""
    review = _Review(settings, token, clock, cookie=f"fraud_review_{port}")
    return Starlette(
        routes=[
            Route("/", review.nights, methods=["GET"]),
            Route("/words", review.words, methods=["GET"]),
            Route("/words", review.withdraw, methods=["POST"]),
            Route("/nights/{day}/", review.report, methods=["GET"]),
            Route("/nights/{day}/words", review.give, methods=["POST"]),
            Route("/nights/{day}/evidence", review.evidence, methods=["POST"]),
            Route("/nights/{day}/{path:path}", review.file, methods=["GET"]),
        ],
        middleware=[Middleware(Guard, port=port)],
        exception_handlers={404: review.nowhere, 405: review.nowhere},
    )


class _Review:
    def __init__(self, settings: Settings, token: str, clock: Clock, cookie: str) -> None:
        self.settings = settings
        self.token = token
        self.clock = clock
        self.cookie = cookie

    def nights(self, request: Request) -> Response:
        nights = reviewing.nights(self.settings)
        right = reviewing.how_right(self.settings, nights[0].day) if nights else []
        said = request.query_params.get("said")
        return self._page("nights", "Nights", nights=nights, precision=right, said=_told(said))

    def words(self, request: Request) -> Response:
        said = _told(request.query_params.get("said"))
        words = reviewing.words(self.settings)
        return self._page("words", "What was said", words=words, token=self.token, said=said)

    def report(self, request: Request) -> Response:
        folder = self._folder(request)
        if folder is None or not (folder / "report.html").is_file():
            return self._fault("There is no report of that night.", "/", 404)
        day = date.fromisoformat(folder.name)
        incidents = reviewing.reviewed(day, self.settings, today=self.clock().date())
        said = _told(request.query_params.get("said"))
        text = (folder / "report.html").read_text(encoding="utf-8")
        return self._with_cookie(HTMLResponse(pages.report(text, day, incidents, self.token, said)))

    def file(self, request: Request) -> Response:
        folder = self._folder(request)
        path = None if folder is None else (folder / request.path_params["path"]).resolve()
        if folder is None or path is None or not path.is_relative_to(folder.resolve()):
            return self._fault("There is no such file.", "/", 404)
        if path.is_dir() and request.url.path.endswith("/"):
            names = sorted(f"{one.name}{'/' * one.is_dir()}" for one in path.iterdir())
            shown = [name for name in names if not name.startswith(".")]
            return self._page("folder", path.name, names=shown, day=folder.name)
        if path.is_dir():
            return RedirectResponse(f"{quote(request.url.path)}/", 303)
        if not path.is_file():
            return self._fault("There is no such file.", f"/nights/{folder.name}/", 404)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return FileResponse(path, media_type=kind, headers=FILE_CONTENT)

    async def _posted(self, request: Request) -> tuple[date, dict[str, str]] | Response:
        """Return the night and the form that was sent about it, or what is wrong with it."""
        folder = self._folder(request)
        form = await self._form(request)
        if folder is None:
            return self._fault("There is no report of that night.", "/", 404)
        if form is None:
            back = f"/nights/{folder.name}/"
            return self._fault("This page is of an earlier start; open it again.", back, 403)
        return date.fromisoformat(folder.name), form

    async def give(self, request: Request) -> Response:
        posted = await self._posted(request)
        if isinstance(posted, Response):
            return posted
        day, form = posted
        back, name = f"/nights/{day}/", form.get("incident", "")
        if not _INCIDENT.fullmatch(name):
            return self._fault("That is no incident.", back, 400)
        try:
            given = await run_in_threadpool(self._give, day, name, form)
        except FraudError as error:
            return self._fault(f"Nothing was recorded: {error}.", f"{back}#{name}", 400)
        said = "recorded" if given.given else "unchanged"
        return RedirectResponse(f"{back}?said={said}#{name}", 303)

    def _give(self, day: date, name: str, form: dict[str, str]) -> Given:
        until = form.get("until") or None
        scope = form.get("scope") or None
        try:
            last = date.fromisoformat(until) if until else None
        except ValueError:
            raise FraudError(f"{until!r} is no day; write YYYY-MM-DD") from None
        verdict, note = form.get("verdict", ""), form.get("note", "").strip() or None
        # A note is one line: her words stand in lists, and control signs steer what shows them.
        note = note and pages.shortened(note, len(note))
        if scope is None:
            word = Word(name, verdict, note, last)
        else:
            entity = reviewing.scope_of(day, name, scope, self.settings)
            word = Word(None, verdict, note, last, scope, entity)
        return give(word, self.settings, now=self.clock())

    async def evidence(self, request: Request) -> Response:
        posted = await self._posted(request)
        if isinstance(posted, Response):
            return posted
        day, form = posted
        back, name = f"/nights/{day}/", form.get("incident", "")
        redact = form.get("redact") == "yes"
        try:
            made = await run_in_threadpool(of_incident, name, self.settings, day=day, redact=redact)
        except FraudError as error:
            return self._fault(f"Nothing was written: {error}.", f"{back}#{quote(name)}", 400)
        return RedirectResponse(f"{back}{EVIDENCE_FOLDER}/{quote(made.folder.name)}/", 303)

    async def withdraw(self, request: Request) -> Response:
        form = await self._form(request)
        if form is None:
            return self._fault("This page is of an earlier start; open it again.", "/words", 403)
        scope = form.get("scope") or None
        if scope is not None and scope not in SCOPES:
            return self._fault("That is no scope.", "/words", 400)
        incident = form.get("incident") or None
        word = Word(
            incident if scope is None else None,
            "withdrawn",
            scope=scope,
            entity=form.get("entity") if scope else None,
        )
        try:
            await run_in_threadpool(give, word, self.settings, now=self.clock())
        except FraudError as error:
            return self._fault(f"Nothing was taken back: {error}.", "/words", 400)
        return RedirectResponse("/words?said=withdrawn", 303)

    async def nowhere(self, request: Request, error: Exception) -> Response:
        del request, error
        return self._fault("There is nothing here.", "/", 404)

    def _folder(self, request: Request) -> Path | None:
        """Return the folder of the night that the address names, None where it names none."""
        name = str(request.path_params["day"])
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", name, re.ASCII):
            return None
        folder = self.settings.reports / name
        try:
            date.fromisoformat(name)
        except ValueError:
            return None
        return folder if folder.is_dir() else None

    async def _form(self, request: Request) -> dict[str, str] | None:
        """Return what was posted, None where it is not from a page of this process."""
        async with request.form(max_fields=20, max_files=0) as form:
            posted = {name: value for name, value in form.items() if isinstance(value, str)}
        cookie = request.cookies.get(self.cookie, "")
        tokens = (cookie, posted.get("token", ""))
        theirs = [hmac.compare_digest(one.encode(), self.token.encode()) for one in tokens]
        return posted if all(theirs) else None

    def _page(self, template: str, title: str, status: int = 200, **shown: Any) -> Response:
        text = pages.page(template, title, **shown)
        return self._with_cookie(HTMLResponse(text, status, headers=OWN_CONTENT))

    def _fault(self, fault: str, back: str, status: int) -> Response:
        return self._page("fault", "That did not work", status, fault=fault, back=back)

    def _with_cookie(self, response: Response) -> Response:
        response.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return response


def _told(code: str | None) -> str | None:
    """Return the sentence for what was done, None for anything that we did not write."""
    return {
        "recorded": "Your word is recorded; the next night knows it.",
        "unchanged": "That had been said before.",
        "withdrawn": "Your word is taken back.",
    }.get(code or "")
