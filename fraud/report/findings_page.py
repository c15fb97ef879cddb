"""hygiene.html: the findings about a catalogue on one page, without a network or a script."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fraud.report.figures import grouped, legible

_ROOM = Path(__file__).parent / "page"
MOST_SHOWN = 500
"""Findings on the page; the table has all."""


def findings_html(day: date, tracks: int, findings: pl.DataFrame) -> bytes:
    """Return the page of a catalogue's findings: check, severity, whose tracks, how many, why."""
    counts = findings.group_by("check", maintain_order=True).agg(
        pl.col("severity").first(), pl.len().alias("findings"), pl.col("tracks").sum()
    )
    page: str = _template().render(
        day=day,
        tracks=tracks,
        rows=findings.head(MOST_SHOWN).rows(named=True),
        more=max(findings.height - MOST_SHOWN, 0),
        counts=counts.rows(named=True),
        styles=(_ROOM / "report.css").read_text(encoding="utf-8"),
    )
    return page.encode("utf-8")


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(_ROOM),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": grouped, "text": lambda text: legible(text, 400)}
    return environment.get_template("hygiene.html.j2")
