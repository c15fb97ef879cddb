"""Which incident of an earlier night a case goes on with."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

import polars as pl

from fraud.report.folding import Case
from fraud.report.night_scores import Entity, Row

OPEN_DAYS = 14
"""An incident that was last active so many days ago still goes on."""
MEMORY_DAYS = 60
"""After so many quiet days the same entity begins a new incident."""
INNOCENT_GROWTH = 2.0
"""An incident judged innocent stays quiet until it has so many times the plays or tracks it had."""


@dataclass(frozen=True)
class Past:
    """An incident as the nights before left it."""

    incident_id: str
    level: str
    entity: str
    first_day: date
    last_active: date
    days_active: int
    tracks: frozenset[str]
    stores: frozenset[str]
    suspected: int
    """Suspected plays of all its active nights."""
    peak: int
    """Suspected plays of its strongest night."""
    last: Row
    """Its row of the latest night."""
    keys: frozenset[Entity] = frozenset()
    """What it has been about on its active nights: a track, then the label that took it in."""

    @property
    def key(self) -> Entity:
        """Return level and entity."""
        return self.level, self.entity

    @property
    def has_ended(self) -> bool:
        """Return whether it was already said to have ended."""
        return bool(self.last["status"] == "ended")


def incident_id(level: str, entity: str, first_day: date) -> str:
    """Return the id of an incident that begins on a day: the same whenever it is computed."""
    digest = hashlib.sha256(f"{level}|{entity}|{first_day}".encode()).hexdigest()
    return f"INC-{digest[:10]}"


def pasts(earlier: pl.DataFrame, day: date, judged: Collection[str]) -> dict[str, Past]:
    """Return the incidents of the nights before `day` by id.

    Incidents older than MEMORY_DAYS are forgotten, except those `judged`, on which a word holds.
    """
    known: dict[str, list[Row]] = {}
    rows = earlier.filter(pl.col("report_date") < day).sort("report_date", "incident_id")
    for row in rows.iter_rows(named=True):
        known.setdefault(row["incident_id"], []).append(row)
    oldest = day - timedelta(days=MEMORY_DAYS)
    return {
        name: past(name, rows)
        for name, rows in sorted(known.items())
        if rows[-1]["last_active"] >= oldest or name in judged
    }


def past(name: str, rows: Sequence[Row]) -> Past:
    """Return an incident as its rows of several nights, oldest first, leave it.

    Nights may have been judged in any order: its first is the earliest that any of them names.
    """
    active = [row for row in rows if row["status"] != "ended"] or rows
    suspected = [row["suspected_artificial_streams"] or 0 for row in active]
    last = active[-1]
    return Past(
        name,
        last["level"],
        last["entity"],
        min(row["first_day"] for row in rows),
        last["last_active"],
        max(last["days_active"], sum(row["status"] != "ended" for row in rows)),
        frozenset((last["track_ids"] or "").split("|")) - {""},
        frozenset((last["stores"] or "").split("|")) - {""},
        sum(suspected),
        max(suspected),
        rows[-1],
        frozenset((row["level"], row["entity"]) for row in active),
    )


@dataclass(frozen=True)
class Links:
    """How the cases of a night go on with incidents."""

    of_case: Mapping[int, Past]
    """The incident that a case, by place, goes on with."""
    taken_in: Mapping[int, Sequence[Past]]
    """Incidents that live on in a case, by place, under the name of another or under none yet."""

    @property
    def alive(self) -> frozenset[str]:
        """Return the ids that live on."""
        every = [*self.of_case.values(), *chain.from_iterable(self.taken_in.values())]
        return frozenset(past.incident_id for past in every)


def link(cases: Sequence[Case], pasts: Mapping[str, Past]) -> Links:
    """Return which incident each case goes on with.

    A case goes on with an incident of the same level and entity, else with one that was about it on
    an earlier night, else with one that shares most tracks; several that share them live on in the
    oldest. So a track that a label's case took in for a night is the same incident after it. An
    incident whose own alert a case explains lives on in it, and lends it neither name nor verdict.
    """
    by_key = {past.key: past for past in pasts.values()}
    by_track: dict[str, list[Past]] = {}
    for past in pasts.values():
        for track in past.tracks:
            by_track.setdefault(track, []).append(past)
    pairs: list[tuple[tuple[object, ...], int, Past, bool]] = []
    for place, case in enumerate(cases):
        told_of = {case.key, *((alert.row["level"], alert.row["entity"]) for alert in case.alerts)}
        near = {p.incident_id: p for track in case.tracks for p in by_track.get(track, ())}
        near |= {by_key[key].incident_id: by_key[key] for key in told_of if key in by_key}
        for past in near.values():
            shared = len(case.tracks & past.tracks)
            same = case.key == past.key
            goes_on = same or 2 * shared > min(len(case.tracks), len(past.tracks))
            if goes_on or past.key in told_of:
                was = case.key in past.keys
                order = (not same, not was, -shared, past.first_day, past.incident_id, case.key)
                pairs.append(((not goes_on, *order), place, past, goes_on))
    pairs.sort(key=lambda pair: pair[0])
    linked: dict[int, Past] = {}
    taken: set[str] = set()
    for _, place, past, goes_on in pairs:
        if goes_on and place not in linked and past.incident_id not in taken:
            linked[place] = past
            taken.add(past.incident_id)
    taken_in: dict[int, list[Past]] = {}
    for _, place, past, _ in pairs:
        if past.incident_id not in taken:
            taken_in.setdefault(place, []).append(past)
            taken.add(past.incident_id)
    return Links(linked, taken_in)


def status(past: Past | None, day: date) -> str:
    """Return new, ongoing or reopened for a case that is active on `day`."""
    if past is None:
        return "new"
    long_quiet = past.last_active < day - timedelta(days=OPEN_DAYS)
    return "reopened" if past.has_ended or long_quiet else "ongoing"


def ended(
    pasts: Mapping[str, Past], alive: Collection[str], day: date, silent_stores: Collection[str]
) -> list[Past]:
    """Return the incidents to be shown as ended on `day`: quiet for the first time, once.

    An incident all of whose stores are silent, that is delivered nothing for the day, is not quiet
    but unheard of.
    """
    since = day - timedelta(days=OPEN_DAYS)
    return [
        past
        for name, past in sorted(pasts.items())
        if name not in alive
        and not past.has_ended
        and past.last_active >= since
        and not (past.stores and past.stores <= set(silent_stores))
    ]


def news(case: Case, past: Past, stores: Sequence[str]) -> str:
    """Return what is new about a case since its incident was judged; '' where nothing is."""
    if case.suspected > INNOCENT_GROWTH * past.peak:
        return f"{case.suspected:,} suspected plays where {past.peak:,} were the most until then"
    if len(case.tracks) > INNOCENT_GROWTH * len(past.tracks):
        return f"{len(case.tracks)} tracks where {len(past.tracks)} were concerned until then"
    added = sorted(set(stores) - past.stores)
    if past.stores and added:
        return f"it has reached {', '.join(added)}"
    return ""
