"""The plots of an incident: Vega-Lite specifications and the rows that they draw.

The specifications in `page/specs` are drawn by the page in the browser and, for evidence, by
vl-convert; their colours are the CSS variables of the page.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fraud.report.figures import legible
from fraud.report.series import DIMENSIONS, Line, Series

PAGE = Path(__file__).parent / "page"
SPECS = ("config", "total", "parts", "listeners", "tracks")
VEGA_LITE = "6.4"
MOST_PARTS = 4
LONGEST_TITLE = 40
SIZES = {"total": (720, 110), "parts": (250, 95), "listeners": (250, 95), "tracks": (92, 40)}
"""Width and height of a plot in evidence: a dossier of a group is one page of A4 with them."""
TRACK_COLUMNS = 6
PNG_SCALE = 2.0
_CLIP = re.compile(r"\bclip\d+\b")
_HALF_DAY = 12 * 3600 * 1000

Spec = dict[str, Any]


@cache
def spec(name: str) -> Spec:
    """Return one of SPECS as it stands in its file."""
    loaded: Spec = json.loads((PAGE / "specs" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def drawn(
    series: Series, days: Sequence[date], first_day: date, names: Mapping[str, str | None]
) -> dict[str, Spec]:
    """Return the plots of an incident by name, ready to be drawn; those without rows are left out.

    `names` are the titles of its tracks by track_id.
    """
    plots = {"plays": _total(series, days, first_day)}
    for dimension in DIMENSIONS:
        parts = series.parts.get(dimension, {})
        if parts:
            whole = series.plays if dimension == "territory" else None
            plots[f"by-{dimension}"] = _parts(parts, whole, days)
    if any(rate is not None for rate in series.per_listener):
        rows = [
            {"day": _moment(day), "rate": rate}
            for day, rate in zip(days, series.per_listener, strict=True)
        ]
        plots["plays-per-listener"] = _filled(
            "listeners", {"days": rows, "first": _first(days, first_day)}
        )
    if series.largest_tracks:
        plots["tracks"] = _filled("tracks", {"days": _tracks(series, days, names)})
    return plots


def svg(plot: Spec) -> str:
    """Return a plot as SVG, drawn without a network."""
    import vl_convert

    drawn_as: str = vl_convert.vegalite_to_svg(plot, vl_version=VEGA_LITE)
    # Vega numbers what it clips through all plots of a process: the same plot is the same bytes.
    ids = {made: f"c{at}" for at, made in enumerate(dict.fromkeys(_CLIP.findall(drawn_as)))}
    return _CLIP.sub(lambda match: ids[match[0]], drawn_as)


def png(plot: Spec) -> bytes:
    """Return a plot as PNG on white paper, drawn without a network."""
    import vl_convert

    on_paper = {**plot, "config": {**plot["config"], "background": "white"}}
    drawn_as: bytes = vl_convert.vegalite_to_png(on_paper, vl_version=VEGA_LITE, scale=PNG_SCALE)
    return drawn_as


def title(track_id: str, names: Mapping[str, str | None]) -> str:
    """Return what a small plot of a track is headed with."""
    return legible(names.get(track_id) or track_id, LONGEST_TITLE)


def _total(series: Series, days: Sequence[date], first_day: date) -> Spec:
    columns = zip(days, series.plays, series.expected_low, series.expected_high, strict=True)
    rows = [
        {"day": _moment(day), "plays": plays, "low": low, "high": high}
        for day, plays, low, high in columns
    ]
    causes: list[dict[str, Any]] = []
    reports: list[dict[str, Any]] = []
    for mark in series.marks:
        (reports if mark.is_report else causes).append(
            {
                "kind": mark.kind,
                "text": legible(mark.text),
                "day": _moment(mark.start),
                "start": _moment(max(mark.start, days[0])) - _HALF_DAY,
                "end": _moment(min(mark.end, days[-1])) + _HALF_DAY,
            }
        )
    return _filled(
        "total",
        {
            "days": rows,
            "first": _first(days, first_day),
            "causes": causes,
            "reports": reports,
        },
    )


def _parts(parts: Mapping[str, Line], whole: Line | None, days: Sequence[date]) -> Spec:
    named = list(parts)[:MOST_PARTS]
    rows = [
        {"day": _moment(day), "part": part.replace("_", " "), "order": place, "plays": plays}
        for place, part in enumerate(named)
        for day, plays in zip(days, parts[part], strict=True)
    ]
    others = [parts[part] for part in list(parts)[MOST_PARTS:]]
    for at, day in enumerate(days):
        known = [plays for line in parts.values() if (plays := line[at]) is not None]
        all_plays = whole[at] if whole else sum(known) if known else None
        if all_plays is not None and (whole or others):
            rest = all_plays - sum(parts[part][at] or 0 for part in named)
            rows.append({"day": _moment(day), "part": "other", "order": MOST_PARTS, "plays": rest})
    has_other = any(row["part"] == "other" and row["plays"] for row in rows)
    rows = [row for row in rows if has_other or row["order"] != MOST_PARTS]
    plot = _filled("parts", {"days": rows})
    plot["encoding"]["color"]["scale"] = {
        "domain": [part.replace("_", " ") for part in named] + ["other"] * has_other,
        "range": [_colours()[f"part-{place + 1}"] for place in range(len(named))]
        + [_colours()["part-5"]] * has_other,
    }
    return plot


def _tracks(
    series: Series, days: Sequence[date], names: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Return the rows of the small plots; what tells two of one title apart is not shown."""
    return [
        {
            "day": _moment(day),
            "track": f"{track}\x1f{title(track, names)}",
            "order": place,
            "plays": plays,
        }
        for place, (track, line) in enumerate(series.largest_tracks.items())
        for day, plays in zip(days, line, strict=True)
    ]


def _first(days: Sequence[date], first_day: date) -> list[dict[str, int]]:
    return [{"day": _moment(first_day)}] if days and first_day >= days[0] else []


def _moment(day: date) -> int:
    """Return midnight UTC of a day in milliseconds, as Vega knows time."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _filled(name: str, datasets: Mapping[str, Sequence[Mapping[str, Any]]]) -> Spec:
    made: Spec = json.loads(_coloured(name))
    if "layer" in made:
        made["layer"] = [
            layer
            for layer in made["layer"]
            if "data" not in layer or datasets[layer["data"]["name"]]
        ]
    width, height = SIZES[name]
    if name == "tracks":
        made["columns"] = TRACK_COLUMNS
        made["facet"]["header"]["labelLimit"] = width + 20
        made["spec"] |= {"width": width, "height": height}
    else:
        made |= {"width": width, "height": height}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "config": json.loads(_coloured("config")),
        "datasets": {key: list(rows) for key, rows in datasets.items()},
        **made,
    }


@cache
def _coloured(name: str) -> str:
    """Return a specification as JSON, its CSS variables replaced by the light palette."""
    return re.sub(
        r"var\(--([a-z0-9-]+)\)", lambda match: _colours()[match[1]], json.dumps(spec(name))
    )


@cache
def _colours() -> dict[str, str]:
    """Return the light palette of the page's style sheet."""
    css = (PAGE / "report.css").read_text(encoding="utf-8")
    block = re.search(r":root \{(.*?)\}", css, re.DOTALL)
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})", block[1] if block else ""))
