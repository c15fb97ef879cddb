"""The pages as text: the list of nights, what was said, and a report with its verdict bars."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fraud.pipeline.reviewing import Judgement, Reviewed, styles

_PAGES = Path(__file__).parent / "page"
_MARK = re.compile(r"<!--review ([A-Za-z0-9-]+)-->")
_WORD = re.compile(r"<!--word ([A-Za-z0-9-]+)-->.*?<!--/word-->", re.DOTALL)
"""What she had said when the night was judged; on the served page stands what she says now."""
_FORMS = ("form-action 'none'", "form-action 'self'")
_REFERRER = ('name="referrer" content="no-referrer"', 'name="referrer" content="same-origin"')
"""report.html posts nothing and names itself to nobody; the served one posts verdicts to us, and a
browser says from where only if it may."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shortened"] = shortened
    return environment


def shortened(text: str, longest: int = 80) -> str:
    """Return a text from outside on one line, of so many characters at most."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(line.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def page(template: str, title: str, **shown: Any) -> str:
    """Return a page of our own."""
    sheet = styles() + (_PAGES / "review.css").read_text(encoding="utf-8")
    known = {"day": None, "said": None, "title": title, "styles": sheet, **shown}
    return _environment().get_template(f"{template}.html.j2").render(known)


def report(
    text: str, day: date, incidents: Sequence[Reviewed], token: str, told: str | None
) -> str:
    """Return a night's report.html with a verdict bar in each incident.

    A report of an older version has no place for them; there they stand together at its end.
    """
    bars = {one.row["incident_id"]: _bar(one, day, token) for one in incidents}
    if _MARK.search(text):
        text = _MARK.sub(lambda found: bars.get(found[1], ""), text)
        said = {one.row["incident_id"]: one.word for one in incidents}
        text = _WORD.sub(lambda found: _said(said.get(found[1])), text)
    else:
        titles = {one.row["incident_id"]: one.row["title"] or "" for one in incidents}
        listed = "".join(
            f"<h3>{_escaped(f'{name} {shortened(titles[name])}')}</h3>{bar}"
            for name, bar in bars.items()
        )
        text = text.replace("</main>", f"<section><h2>Your word</h2>{listed}</section></main>", 1)
    for before, after in (_FORMS, _REFERRER):
        text = text.replace(before, after, 1)
    sheet = (_PAGES / "review.css").read_text(encoding="utf-8")
    text = text.replace("</head>", f"<style>{sheet}</style></head>", 1)
    links = _environment().get_template("navigation.html.j2").render(day=day, said=told)
    return text.replace("<header>", f"{links}<header>", 1)


def _said(word: Judgement | None) -> str:
    if word is None:
        return ""
    shown = '<span class="verdict {{ word.verdict }}">you said {{ word.verdict }}</span>'
    return _environment().from_string(shown).render(word=word)


def _bar(one: Reviewed, day: date, token: str) -> str:
    shown = {"name": one.row["incident_id"], "word": one.word, "scopes": one.scopes}
    return _environment().get_template("bar.html.j2").render(day=day, token=token, **shown)


def _escaped(text: str) -> str:
    return _environment().from_string("{{ text }}").render(text=text)
