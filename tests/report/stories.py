"""Hand-made nights: a few rows of scores, a catalogue, and the functions that make more of them."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from fraud.config import Settings
from fraud.report.incidents import incidents
from fraud.report.money import Books
from fraud.tables import CATALOG, CONTEXT, INCIDENTS, JUDGEMENTS, SCORES

DAY = date(2026, 7, 12)
SETTINGS = Settings(alert_score=0.5)
KEYS = {"release": "upc", "artist": "artist", "label": "label", "account": "account_id"}


def track(track_id: str, **given: Any) -> dict[str, Any]:
    """Return a catalogue row; every track is alone with its release, artist, label and account."""
    return {
        "track_id": track_id,
        "isrc": track_id,
        "title": f"Title {track_id}",
        "artist": f"Artist of {track_id}",
        "label": f"Label of {track_id}",
        "account_id": f"account-{track_id}",
        "upc": f"0{int(track_id[-7:]):012d}",
        **given,
    }


def isrc(number: int) -> str:
    """Return the ISRC of the catalogue's track of this number."""
    return f"QZABC26{number:05d}"


def catalog(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return a CATALOG frame."""
    return CATALOG.conform(pl.DataFrame(list(rows), schema=dict(CATALOG.schema)))


def scored(level: str, entity: str, score: float, **given: Any) -> dict[str, Any]:
    """Return a scores row in which a tenth of 1,000 plays was expected and the rest is suspect."""
    row: dict[str, Any] = {
        "report_date": DAY,
        "level": level,
        "entity": entity,
        "streams": 1000,
        "expected_streams": 100.0,
        "expected_low": 60.0,
        "expected_high": 150.0,
        "suspected_artificial_streams": 900,
        "suspected_share": 0.9,
        "score": score,
        "pattern": "bought_burst" if score >= 0.5 else None,
        "pattern_share": 0.625 if score >= 0.5 else None,
        "reason_1": "1,000 plays where 100 were to be expected (range 60–150)."
        if score >= 0.05
        else None,
        "model_version": "fraud 0, by hand",
    }
    if level == "track":
        row |= {"track_id": entity, "isrc": entity}
    elif level == "territory":
        track_id, store, territory = entity.split("|")
        row |= {"track_id": track_id, "isrc": track_id, "store": store, "territory": territory}
    elif level in KEYS:
        row |= {KEYS[level]: entity}
    return row | given


def scores(*rows: dict[str, Any], day: date = DAY) -> pl.DataFrame:
    """Return a SCORES frame of one night."""
    dated = [{**row, "report_date": day} for row in rows]
    return SCORES.conform(pl.DataFrame(dated, schema=dict(SCORES.schema)))


def context(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return a CONTEXT frame; a cause holds on DAY where nothing else is said."""
    span = {"start_date": DAY, "end_date": DAY}
    return CONTEXT.conform(pl.DataFrame([span | row for row in rows], schema=dict(CONTEXT.schema)))


def judgements(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return a JUDGEMENTS frame; words are given on the morning after DAY."""
    given = {"given_at": datetime(2026, 7, 13, 8, tzinfo=UTC)}
    return JUDGEMENTS.conform(
        pl.DataFrame([given | row for row in rows], schema=dict(JUDGEMENTS.schema))
    )


def night(
    *rows: dict[str, Any],
    day: date = DAY,
    earlier: pl.DataFrame | None = None,
    known: pl.DataFrame | None = None,
    said: pl.DataFrame | None = None,
    listed: pl.DataFrame | None = None,
    settings: Settings = SETTINGS,
    silent_stores: Collection[str] = (),
    books: Books | None = None,
    changes: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the incidents of a night of these scores."""
    return incidents(
        day,
        scores(*rows, day=day),
        earlier=INCIDENTS.empty() if earlier is None else earlier,
        catalog=catalog() if listed is None else listed,
        context=CONTEXT.empty() if known is None else known,
        judgements=JUDGEMENTS.empty() if said is None else said,
        settings=settings,
        silent_stores=silent_stores,
        books=books,
        changes=changes,
    ).listed
