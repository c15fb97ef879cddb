"""Spotify's `aggregatedstreams`: a track's streams, skips and saves of a day, country by country.

A measure is a tree: `{"total": 5, "country": {"FI": {"total": 5, "male": {"28-34": 5}}}}`, in other
files `{"total": 5, "FI": 5}`. What stands below a country (gender, age) is no detail of ours.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from fraud.sources.source import Reading, Telling
from fraud.sources.territories import UNKNOWN
from fraud.tables import AUDIENCE, PLAYS, STREAMS

MEASURES = ("streams", "skips", "saves", "listeners")

_COUNTRIES = ("country", "countries")
_NO_COUNTRY = frozenset({"total", "gender", "age", "male", "female", "neutral", "unknown"})
_AGES = re.compile(r"[0-9]{1,3}(-[0-9]{1,3}|\+)")
_TRACK = re.compile(r"track[:/]([A-Za-z0-9]+)")
_STORE = "spotify"
_COLUMNS = ("report_date", "territory", "isrc", "store_track_id", *MEASURES)


def reading() -> Reading:
    """Return how daily sums become plays: a row a territory, and one of ZZ for what names none."""

    def rows(sums: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
        told: list[tuple[object, ...]] = []
        for row in sums.iter_rows(named=True):
            track = _object(row.get("trackv2"))
            named = _TRACK.search(str(track.get("href") or ""))
            isrc, own = _text(track.get("isrc")), named[1] if named else None
            told += (
                (row["line"], row.get("date"), territory, isrc, own, *counts)
                for territory, counts in _by_territory(row)
            )
        plays = pl.DataFrame(
            told,
            schema={"line": pl.Int64, **dict.fromkeys(_COLUMNS, pl.String)},
            orient="row",
        ).with_columns(store=pl.lit(_STORE))
        named_so = plays.select("line", "store", "isrc", "store_track_id").unique("line")
        return {"plays": plays, "track_ids": named_so.drop_nulls().sort("line")}

    return Reading(
        PLAYS,
        frozenset({"date", "trackv2", *MEASURES}),
        rows,
        ignores=frozenset({"album", "isrc", "message", "version"}),
        names={"report_date": "date", "isrc": "trackv2"},
        passes_over="tracks of which Spotify counted nothing",
        telling=Telling(
            "aggregatedstreams", frozenset({STREAMS.name, AUDIENCE.name}), precedence=1
        ),
    )


def _by_territory(row: Mapping[str, Any]) -> Iterator[tuple[str, list[str | None]]]:
    """Yield each territory of a track with its measures, in the order of MEASURES."""
    told = {name: _split(_parsed(row.get(name))) for name in MEASURES}
    for territory in sorted({territory for split in told.values() for territory in split}):
        yield territory, [told[name].get(territory) for name in MEASURES]


def _split(tree: object) -> dict[str, str]:
    """Return a measure by territory, as text; what no territory is named for stands under ZZ."""
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        return {UNKNOWN: _written(tree)}
    inner = next((tree[name] for name in _COUNTRIES if name in tree), None)
    if inner is not None and not isinstance(inner, dict):
        return {UNKNOWN: _written(inner)}
    countries = {
        name: _written(count)
        for name, node in (inner or tree).items()
        if name != "total" and (inner or not _is_person(name))
        if (count := _count(node)) is not None
    }
    total = _count(tree)
    return countries if countries or total is None else {UNKNOWN: _written(total)}


def _is_person(name: str) -> bool:
    return name in _NO_COUNTRY or name in _COUNTRIES or bool(_AGES.fullmatch(name))


def _count(node: object) -> object:
    """Return a node's own count, else the sum of what is below it, None where nothing is."""
    if not isinstance(node, dict):
        return node
    if "total" in node:
        return _count(node["total"])
    below = [count for child in node.values() if (count := _count(child)) is not None]
    wrong = [count for count in below if type(count) is not int]
    return wrong[0] if wrong else sum(below) if below else None  # type: ignore[arg-type]


def _written(count: object) -> str:
    """Return a count as the checks read it; what is none is refused there."""
    return count if isinstance(count, str) else json.dumps(count)


def _parsed(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) and text.strip() else None
    except (ValueError, RecursionError):
        return text


def _object(text: object) -> dict[str, Any]:
    parsed = _parsed(text)
    return parsed if isinstance(parsed, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
