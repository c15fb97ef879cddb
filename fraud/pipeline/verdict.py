"""An analyst's word on incidents: one, or a file of them such as a filled-in alerts.csv."""

import difflib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.verdict_file import Word, words
from fraud.tables import INCIDENTS, JUDGEMENTS

__all__ = ["VERDICTS", "Given", "Word", "give", "give_file"]

VERDICTS = JUDGEMENTS.column("verdict").allowed


@dataclass(frozen=True)
class Given:
    """What became of a file of verdicts.

    `unchanged` counts those that had been given before with the same words; `refused` says of each
    line that was kept out where it stands and why.
    """

    given: int
    unchanged: int
    refused: list[str] = field(default_factory=list)


def give(word: Word, settings: Settings, *, now: datetime) -> Given:
    """Record one verdict; CallError where the lake knows no such incident or verdict."""
    lake = Lake(settings.lake_address)
    fault = _fault(word, _incident_ids(lake))
    if fault:
        raise CallError(fault)
    return _record([word], lake, now, refused=[])


def give_file(path: Path, settings: Settings, *, now: datetime) -> Given:
    """Record the verdicts of a CSV file and return what became of them.

    Lines without a verdict are passed over; lines at fault are refused and lose none of the others.
    """
    lines = list(words(path))
    lake = Lake(settings.lake_address)
    known = _incident_ids(lake)
    given: dict[str, Word] = {}
    refused = []
    for line, word in lines:
        fault = word if isinstance(word, str) else _fault(word, known)
        if not fault and isinstance(word, Word):
            before = given.setdefault(word.incident_id, word)
            if before != word:
                fault = f"{word.incident_id} stands above with another verdict; leave one of them"
        if fault:
            refused.append(f"{path.name}, line {line}: {fault}")
    return _record(list(given.values()), lake, now, refused)


def _incident_ids(lake: Lake) -> frozenset[str]:
    with lake.connect([INCIDENTS]) as connection:
        found = connection.execute("select distinct incident_id from incidents").fetchall()
    return frozenset(row[0] for row in found)


def _fault(word: Word, known: frozenset[str]) -> str:
    if word.verdict not in VERDICTS:
        return f"{word.verdict!r} is no verdict; say {', '.join(VERDICTS[:-1])} or {VERDICTS[-1]}"
    if word.incident_id in known:
        return ""
    nearest = difflib.get_close_matches(word.incident_id, sorted(known), n=3, cutoff=0.5)
    if nearest:
        hint = f"the nearest are {', '.join(nearest)}"
    elif known:
        hint = "copy the incident_id of a line of alerts.csv"
    else:
        hint = "the lake holds no incidents yet; run a night first"
    return f"there is no incident {word.incident_id!r}; {hint}"


def _record(said: list[Word], lake: Lake, now: datetime, refused: list[str]) -> Given:
    latest = {
        row["incident_id"]: Word(row["incident_id"], row["verdict"], row["note"], row["until"])
        for row in lake.read(JUDGEMENTS).sort("given_at", maintain_order=True).iter_rows(named=True)
    }
    news = [word for word in said if latest.get(word.incident_id) != word]
    rows = [(w.incident_id, w.verdict, w.note, w.until, now) for w in news]
    lake.merge(JUDGEMENTS, pl.DataFrame(rows, schema=dict(JUDGEMENTS.schema), orient="row"))
    return Given(len(news), len(said) - len(news), refused)
