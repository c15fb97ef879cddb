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
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from fraud.config import Settings
from fraud.naming import NAMED_GROUPS, SETS, called
from fraud.report.figures import amount, figure, grouped, legible, percent, unrisen
from fraud.report.health import HEALTH, NIGHT_DAYS, STATES
from fraud.report.money import penalty_rules
from fraud.report.pay import STORE_PAY
from fraud.report.plots import SPECS, spec, title
from fraud.report.series import REPORT_MARKS, Mark, NightSeries, Series
from fraud.report.silence import Silenced
from fraud.report.triage import KINDS, kinds, triage

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
LONGEST_CHOICE = 40
MOST_FINDINGS = 60
"""Findings of data health that are listed; the rest is counted."""
PLOTS_BYTES = 700_000
PART_DAYS = (60, 42, 28, 14, 7)
"""Parts and single tracks are drawn over the first of these spans with which all plots of a night
take no more than PLOTS_BYTES, packed: 500 incidents stay under 3 MB."""
MOST_MARKS = 8
"""Known causes and changed reports of an incident that are listed; the rest is counted."""
MOST_SILENCED = 60
"""Incidents left alone by an analyst's word that are listed; the rest is counted."""
GROUPS = ("", "below", "ended")
"""Those at the top, those below the floor, those that ended: each stands apart in the table."""
FILTERS = ("triage", "status", "severity", "level", "label", "store", "pattern", "verdict")
STATUSES = ("new", "reopened", "ongoing", "ended")


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
    *,
    warnings: Sequence[str] = (),
    precision: pl.DataFrame | None = None,
    silenced: Sequence[Silenced] = (),
    with_dossier: Collection[str] = (),
) -> bytes:
    """Return the page for the INCIDENTS rows of one night and its HEALTH findings.

    `warnings` are the sentences of the gate on the night's data, `precision` is a PRECISION frame;
    without one the page has no such section. `silenced` is what an analyst's word keeps off it,
    `with_dossier` are the incidents whose dossier lies beside the page.
    """
    incidents = incidents.sort("rank")
    rows = [
        row | {"group": _group(row), "triage": triage(row)} for row in incidents.rows(named=True)
    ]
    rows.sort(key=lambda row: GROUPS.index(row["group"]))
    scripts = [_read(name) for name in _SCRIPTS]
    page: str = _template().render(
        day=day,
        rows=rows,
        tiles=_tiles(rows, settings),
        kinds=kinds(rows, len(silenced)),
        with_dossier=frozenset(with_dossier),
        statuses=_statuses(rows),
        stores=series.stores,
        health=_findings(health),
        health_days=NIGHT_DAYS,
        warnings=list(warnings),
        choices=_choices(rows),
        keys=_label_keys(rows),
        marks={row["incident_id"]: _marks(series, row["incident_id"]) for row in rows},
        precision=None if precision is None else precision.rows(named=True),
        silenced=silenced,
        most_silenced=MOST_SILENCED,
        named_groups=NAMED_GROUPS,
        sets=SETS,
        models=sorted({row["model_version"] for row in rows if row["model_version"]}),
        styles=_read("page/report.css"),
        scripts=scripts,
        script_hashes=[_hash(script) for script in scripts],
        licenses="\n\n".join(f"{name}\n\n{_read(f'vendor/{name}')}" for name in _LICENSES),
        specs=_json({name: spec(name) for name in SPECS}),
        plots=_packed(series, rows),
        settings=settings,
        assumed_stores=sorted(STORE_PAY),
        rules=sorted(penalty_rules(day, settings).values(), key=lambda rule: rule.store),
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
        "rounded_percent": lambda share: percent(None if share is None else round(share, 3)),
        "name": lambda text: name(text, LONGEST_NAME),
        "text": lambda text: legible(text, LONGEST_TEXT),
        "places": places,
        "called": called,
        "money": lambda value: _data(value, amount(value)),
        "cost": _cost,
        "unrisen": lambda row: unrisen(
            row["streams"], row["expected_streams"], row["suspected_artificial_streams"]
        ),
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
        Tile(
            "New incidents",
            number(len(new)),
            f"{grave or 'none'} of them critical or high" if new else "nothing new tonight",
        ),
        Tile(
            "Still going on",
            number(len(known)),
            f"{again} reopened, {len(rows) - len(active)} ended",
        ),
        Tile("Suspected plays", number(suspected), f"{share} of the plays of these tracks"),
        Tile(
            "Royalties at risk",
            _money(active, "royalty_at_risk"),
            f"{currency} for the night, {_pay(active)}",
        ),
        Tile(
            "Penalty exposure",
            _money(active, "penalty_exposure"),
            f"{currency} expected for the month",
        ),
    ]


def _cost(row: dict[str, Any]) -> Markup:
    parts = [{"cost": row[name]} for name in ("royalty_at_risk", "penalty_exposure")]
    return _money(parts, "cost")


def _money(rows: Iterable[dict[str, Any]], column: str) -> Markup:
    total = round(math.fsum(row[column] or 0.0 for row in rows), 2)
    return _data(total, amount(total))


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


def _group(row: dict[str, Any]) -> str:
    if row["status"] == "ended":
        return "ended"
    return "below" if row["below_floor"] else ""


def _label_keys(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return a short key for each label: names from outside are no attribute values."""
    labels = sorted({row["label"] for row in rows if row["label"]})
    return {label: f"l{at}" for at, label in enumerate(labels)}


def _choices(rows: Sequence[dict[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """Return what the table can be narrowed to, by filter: the value and how it is shown."""
    choices: dict[str, list[tuple[str, str]]] = {}
    for name in FILTERS:
        column = "stores" if name == "store" else name
        values = {part for row in rows for part in (row[column] or "none").split("|")}
        choices[name] = [(value, value.replace("_", " ")) for value in sorted(values)]
    choices["triage"] = [(key, name.lower()) for key, name in KINDS.items()]
    keys = _label_keys(rows)
    none = [("none", "none")] if any(not row["label"] for row in rows) else []
    shown = sorted((legible(label, LONGEST_CHOICE), key) for label, key in keys.items())
    choices["label"] = [(key, label) for label, key in shown] + none
    return choices


def _pay(rows: Iterable[dict[str, Any]]) -> str:
    sources = {row["pay_source"] for row in rows}
    if sources == {"reported"}:
        return "at the pay that stores reported"
    return "in part at an assumed pay" if sources & {"reported", "partly"} else "at an assumed pay"


@dataclass(frozen=True)
class StatusRow:
    """What the incidents of one status come to."""

    status: str
    count: int
    grave: int
    suspected: int
    royalty: Markup
    penalty: Markup


def _statuses(rows: Sequence[dict[str, Any]]) -> list[StatusRow]:
    found = []
    for status in STATUSES:
        own = [row for row in rows if row["status"] == status]
        if own:
            grave = sum(row["severity"] in ("critical", "high") for row in own)
            suspected = sum(row["suspected_artificial_streams"] or 0 for row in own)
            money = (_money(own, "royalty_at_risk"), _money(own, "penalty_exposure"))
            found.append(StatusRow(status, len(own), grave, suspected, *money))
    return found


@dataclass(frozen=True)
class Marks:
    """Known causes and changed reports of one incident, newest first."""

    rows: Sequence[Mark]
    more: int


def _marks(series: NightSeries, incident: str) -> Marks:
    marks = sorted(
        series.of_incident[incident].marks, key=lambda mark: (mark.start, mark.kind), reverse=True
    )
    return Marks(marks[:MOST_MARKS], max(len(marks) - MOST_MARKS, 0))


def _packed(series: NightSeries, rows: Sequence[dict[str, Any]]) -> str:
    """Return what the plots draw, packed as the page unpacks it: JSON, deflate, base64."""
    packed = b""
    for span in PART_DAYS:
        parts = min(span, len(series.days))
        text = _json(
            {
                "first": str(series.days[0]),
                "count": len(series.days),
                "parts": parts,
                "reports": REPORT_MARKS,
                "of": {
                    row["incident_id"]: _plot(series.of_incident[row["incident_id"]], row, parts)
                    for row in rows
                },
            }
        )
        packed = base64.b64encode(zlib.compress(text.encode("utf-8"), 6))
        if len(packed) <= PLOTS_BYTES:
            break
    return packed.decode("ascii")


def _plot(series: Series, row: dict[str, Any], parts: int) -> dict[str, Any]:
    """Return one incident's lines; a line is its numbers with commas, nothing = unknown."""
    names = dict(series.tracks.select("track_id", "title").iter_rows())
    return {
        "first": str(row["first_day"]),
        "plays": _line(series.plays),
        "low": _line(series.expected_low),
        "high": _line(series.expected_high),
        "rate": ",".join("" if rate is None else figure(rate) for rate in series.per_listener),
        "parts": {
            dimension: {key: _line(line[-parts:]) for key, line in lines.items()}
            for dimension, lines in series.parts.items()
        },
        "tracks": [
            [title(track, names), _line(line[-parts:])]
            for track, line in series.largest_tracks.items()
        ],
        "marks": [
            [mark.kind, str(mark.start), str(mark.end), legible(mark.text, LONGEST_TEXT)]
            for mark in series.marks
        ],
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
