"""The one-page dossier of an incident: neutral words, the method, and its plots, to be printed."""

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fraud.naming import NAMED_GROUPS, called_in_full
from fraud.report import plots
from fraud.report.exhibit import Exhibit, Ruling
from fraud.report.figures import amount, figure, grouped, legible, percent, unrisen
from fraud.report.html import name, number, places
from fraud.report.plots import Spec

LONGEST_NAME = 120
LONGEST_LISTED = 60
LONGEST_FACT = 70
LONGEST_SENTENCE = 200
MOST_TRACKS = 10
MOST_RULINGS = 2
"""So much of a group or of its rulings is on the page; tracks.csv and message.txt have all."""

TITLES = {
    "plays": "Plays a day",
    "by-territory": "By territory",
    "by-source": "By source",
    "by-device": "By device",
    "by-tier": "By tier",
    "plays-per-listener": "Plays per listener",
    "tracks": "Its largest tracks",
}
NOTES = {
    "plays": "dotted: first night of the incident",
    "tracks": "each on its own scale",
}
BAND_NOTE = f"grey: the range that was expected; {NOTES['plays']}"
REPORTS_NOTE = "; triangle: a report that is missing, came late or again"
METHOD = (
    "Each night the plays of every track, release, artist, label and account are compared with"
    " their own past, with their store and with the rest of the catalogue. Outlier models rank what"
    " stands out. The score is calibrated: of alerts with 90 % about nine in ten are artificial."
    " Suspected plays are those above what past and surroundings lead to expect."
)
NEUTRAL = (
    "This says what was measured on the plays that stores reported. It accuses nobody: who ordered"
    " such plays cannot be seen from reports, and the artist may be their victim."
)


def dossier(case: Exhibit) -> bytes:
    """Return the one-page dossier: HTML that needs no network, its plots drawn into it."""
    return page(case, {key: plots.svg(plot) for key, plot in drawn_of(case).items()})


def drawn_of(case: Exhibit) -> dict[str, Spec]:
    """Return the specifications of its plots by name."""
    names = dict(case.series.tracks.select("track_id", "title").iter_rows())
    first_day = case.row["first_day"] or case.days[-1]
    return plots.drawn(case.series, case.days, first_day, names)


def page(case: Exhibit, drawn: Mapping[str, str]) -> bytes:
    """Return the dossier with these plots, SVG by name."""
    has_band = any(value is not None for value in case.series.expected_low)
    has_reports = any(mark.is_report for mark in case.series.marks)
    of_plays = (BAND_NOTE if has_band else NOTES["plays"]) + REPORTS_NOTE * has_reports
    images = [
        {
            "key": key,
            "title": TITLES[key],
            "note": of_plays if key == "plays" else NOTES.get(key, ""),
            "address": "data:image/svg+xml;base64,"
            + base64.b64encode(svg.encode("utf-8")).decode("ascii"),
        }
        for key, svg in drawn.items()
    ]
    text: str = _template().render(
        row=case.row,
        heading=heading_of(case),
        facts=facts_of(case),
        rulings=case.rulings,
        reasons=reasons_of(case),
        tracks=case.series.tracks.rows(named=True),
        left_out=left_out(case),
        images=images,
        days=case.days,
        method=METHOD,
        neutral=NEUTRAL,
        most_tracks=MOST_TRACKS,
        most_rulings=MOST_RULINGS,
        seen_before=seen_before,
    )
    return text.encode("utf-8")


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "name": lambda text: name(text, LONGEST_LISTED),
        "fact": lambda text: legible(text, LONGEST_FACT),
        "sentence": lambda text: legible(text, LONGEST_SENTENCE),
        "text": legible,
        "places": places,
        "day": figure,
    }
    return environment.get_template("dossier.html.j2")


def heading_of(case: Exhibit) -> str:
    """Return what the case is about: a track's title, a group's name, or what joins its tracks."""
    kind = case.row["level"] if case.row["level"] in NAMED_GROUPS else "track"
    return legible(called_in_full(case.row), LONGEST_NAME).strip() or f"one {kind}"


def facts_of(case: Exhibit) -> list[tuple[str, str]]:
    """Return what is known of the case, in words; unknown facts are left out."""
    row = case.row
    nights = row["days_active"]
    worst = row["worst_title"] or row["worst_isrc"]
    usual = unrisen(row["streams"], row["expected_streams"], row["suspected_artificial_streams"])
    facts = {
        "Incident": None if case.rulings else row["incident_id"],
        "Worst night" if case.rulings else "Night": f"{row['report_date']}"
        + (f", {row['status']}" if row["status"] else ""),
        "First night": f"{row['first_day']}, {nights} active so far" if row["first_day"] else None,
        "Title": legible(row["title"], LONGEST_NAME),
        "Artist": legible(row["artist"], LONGEST_NAME),
        "Label": legible(row["label"], LONGEST_NAME),
        "ISRC": row["isrc"],
        "UPC": row["upc"],
        "Tracks": grouped(row["tracks"]),
        "Worst track": legible(worst, LONGEST_NAME),
        "Stores": _listed(row["stores"]),
        "Territories": _listed(row["territories"]),
        "Plays": f"{grouped(row['streams'])}, expected {grouped(row['expected_streams'])}"
        + (f"; {usual}" if usual else ""),
        "Suspected plays": f"{grouped(row['suspected_artificial_streams'])},"
        f" {percent(row['suspected_share'])} of the plays"
        if row["suspected_artificial_streams"] is not None
        else None,
        "Probability": percent(row["score"]),
        "Likeliest scheme": (row["pattern"] or "unknown").replace("_", " ")
        + (f", belief {percent(row['pattern_share'])}" if row["pattern_share"] is not None else ""),
    }
    if not case.is_redacted and row["royalty_at_risk"] is not None:
        facts |= {
            "Royalties at risk": f"{amount(row['royalty_at_risk'])} {row['currency']}"
            f" for the night, pay per play {row['pay_source'] or 'unknown'}",
            "Penalty exposure": f"{amount(row['penalty_exposure'])} {row['currency']}"
            " for the month",
        }
    facts["Method"] = row["model_version"]
    return [(key, value) for key, value in facts.items() if value]


def left_out(case: Exhibit) -> str:
    """Return what is kept from others about their neighbours, '' where nothing is."""
    if not case.left_out:
        return ""
    tracks = f"{case.left_out:,} track{'s' * (case.left_out != 1)} of other artists"
    return (
        f"The activity was found on {tracks} as well, which are not shown. Plays, plots and tables"
        " are of the tracks named here; what was measured is of all of them together."
    )


def reasons_of(case: Exhibit) -> list[str]:
    """Return what was measured, as sentences, the strongest first."""
    return [
        legible(case.row[f"reason_{at}"])
        for at in (1, 2, 3)
        if case.row[f"reason_{at}"] is not None
    ]


def seen_before(ruling: Ruling) -> str:
    """Return what nights had said by the end of the ruled period, as a sentence."""
    if ruling.days_before is None:
        return "No night raised an alert on it by the end of that period."
    nights = f"{ruling.nights} night{'s' * (ruling.nights != 1)}"
    return (
        f"Our first alert was on {ruling.first_alert}, {ruling.days_before} days before the end of"
        f" that period; {nights} raised one by then."
    )


def _listed(joined: str | None) -> str:
    return places(joined) if joined else ""
