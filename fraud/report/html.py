"""report.html: the night on one page, without a network, for screen, phone, paper and read aloud.

The table and all words are plain HTML; the plots are drawn by Vega-Lite when an incident is opened.
Numbers are those of the INCIDENTS rows, written by `fraud.report.figures` as in alerts.csv; each
carries the CSV's spelling in a `data` element where it is another.
"""

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from fraud.config import Settings
from fraud.report.figures import figure, grouped, legible, percent
from fraud.report.health import HEALTH, STATES
from fraud.report.pay import STORE_PAY
from fraud.report.series import NightSeries, Series

_ROOM = Path(__file__).parent
_SCRIPTS = (
    "vendor/vega.min.js",
    "vendor/vega-lite.min.js",
    "vendor/vega-embed.min.js",
    "page/table.js",
    "page/plots.js",
)
_LICENSES = ("vega.LICENSE", "vega-lite.LICENSE", "vega-embed.LICENSE", "BUNDLED-LICENSES.txt")

LONGEST_NAME = 80
LONGEST_TEXT = 300
MOST_FINDINGS = 60
"""Findings of data health that are listed; the rest is counted."""
PLOTS_BYTES = 900_000
PART_DAYS = (60, 42, 28, 14, 7)
"""Territories and sources are drawn over the first of these spans with which all plots of a night
take no more than PLOTS_BYTES: 500 incidents stay under 3 MB."""


@dataclass(frozen=True)
class Tile:
    """One of the figures at the top of the page."""

    name: str
    value: Markup
    note: str


def report_html(
    day: date,
    incidents: pl.DataFrame,
    series: NightSeries,
    health: pl.DataFrame,
    settings: Settings,
) -> bytes:
    """Return the page for the INCIDENTS rows of one night and its HEALTH findings."""
    incidents = incidents.sort("rank")
    rows = incidents.rows(named=True)
    scripts = [_read(name) for name in _SCRIPTS]
    page: str = _template().render(
        day=day,
        rows=rows,
        tiles=_tiles(rows, settings),
        health=_findings(health),
        models=sorted({row["model_version"] for row in rows if row["model_version"]}),
        styles=_read("page/report.css"),
        scripts=scripts,
        script_hashes=[_hash(script) for script in scripts],
        licenses="\n\n".join(f"{name}\n\n{_read(f'vendor/{name}')}" for name in _LICENSES),
        plots=_plots(series, rows),
        settings=settings,
        assumed_stores=sorted(STORE_PAY),
        spotify_fee_eur=10,
    )
    return page.encode("utf-8")


@cache
def _template() -> Any:
    environment = Environment(
        loader=FunctionLoader(_without_indent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "percent": lambda share: _data(share, percent(share)),
        "name": lambda text: name(text, LONGEST_NAME),
        "text": lambda text: legible(text, LONGEST_TEXT),
        "places": places,
        "words": lambda text: (text or "unknown").replace("_", " "),
        "day": figure,
    }
    return environment.get_template("page/report.html.j2")


def _without_indent(file: str) -> str:
    return re.sub(r"^ +", "", _read(file), flags=re.MULTILINE)


def number(value: int | float | None) -> Markup:
    """Return a number for readers with its spelling in the CSV beside it for machines."""
    return _data(value, grouped(value))


def name(text: str | None, longest: int = LONGEST_NAME) -> Markup:
    """Return a name from outside, shortened, isolated from the direction of the text around it."""
    shown = legible(text, longest)
    return Markup("<bdi>{}</bdi>").format(shown) if shown.strip() else Markup("–")


def places(joined: str | None, most: int = 12) -> str:
    """Return stores or territories as a reader likes them: the first of them and how many more."""
    listed = (joined or "").split("|")
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(part.replace("_", " ") for part in listed[:most]) + more or "–"


def _data(value: int | float | None, shown: str) -> Markup:
    if value is None or shown == figure(value):
        return escape(shown)
    return Markup('<data value="{}">{}</data>').format(figure(value), shown)


def _tiles(rows: Sequence[dict[str, Any]], settings: Settings) -> list[Tile]:
    active = [row for row in rows if row["status"] != "ended"]
    new = [row for row in active if row["status"] == "new"]
    known = [row for row in active if row["status"] != "new"]
    grave = sum(row["severity"] in ("critical", "high") for row in new)
    again = sum(row["status"] == "reopened" for row in known)
    suspected = sum(row["suspected_artificial_streams"] or 0 for row in active)
    streams = sum(row["streams"] or 0 for row in active)
    currency = settings.currency
    share = percent(round(suspected / streams, 3)) if streams else "no part"
    return [
        Tile("New incidents", number(len(new)), f"{grave} of them critical or high"),
        Tile(
            "Still going on",
            number(len(known)),
            f"{again} reopened, {len(rows) - len(active)} ended",
        ),
        Tile("Suspected plays", number(suspected), f"{share} of the plays of these tracks"),
        Tile(
            "Royalties at risk",
            _money(active, "royalty_at_risk"),
            f"{currency} for the night, at an assumed pay per play",
        ),
        Tile(
            "Penalty exposure",
            _money(active, "penalty_exposure"),
            f"{currency} expected, if the month goes on like this",
        ),
    ]


def _money(rows: Iterable[dict[str, Any]], column: str) -> Markup:
    return number(round(math.fsum(row[column] or 0.0 for row in rows), 2))


@dataclass(frozen=True)
class Findings:
    """What the page says of the data: counts by state, and the newest findings."""

    counts: dict[str, int]
    rows: list[dict[str, Any]]
    more: int


def _findings(health: pl.DataFrame) -> Findings:
    ordered = HEALTH.conform(health).sort(
        "report_date", "store", "state", descending=[True, False, False]
    )
    return Findings(
        {state: ordered.filter(pl.col("state") == state).height for state in STATES},
        ordered.head(MOST_FINDINGS).rows(named=True),
        max(ordered.height - MOST_FINDINGS, 0),
    )


def _plots(series: NightSeries, rows: Sequence[dict[str, Any]]) -> str:
    """Return what the plots draw: a series is its numbers with commas, nothing = unknown."""
    text = ""
    for span in PART_DAYS:
        parts = min(span, len(series.days))
        text = _json(
            {
                "first": str(series.days[0]),
                "count": len(series.days),
                "parts": parts,
                "of": {
                    row["incident_id"]: _plot(series.of_incident[row["incident_id"]], row, parts)
                    for row in rows
                },
            }
        )
        if len(text) <= PLOTS_BYTES:
            break
    return text


def _plot(series: Series, row: dict[str, Any], parts: int) -> dict[str, Any]:
    return {
        "first": str(row["first_day"]),
        "plays": _line(series.plays),
        "low": _line(series.expected_low),
        "high": _line(series.expected_high),
        "territories": {key: _line(line[-parts:]) for key, line in series.territories.items()},
        "sources": {key: _line(line[-parts:]) for key, line in series.sources.items()},
    }


def _line(values: Sequence[int | float | None]) -> str:
    return ",".join("" if value is None else str(round(value)) for value in values)


def _json(value: Any) -> str:
    """Return JSON that no text in it can break out of a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@cache
def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _read(file: str) -> str:
    return (_ROOM / file).read_text(encoding="utf-8")
