"""What analysts said, and which incidents it is about on a night.

A word is about one incident, or about a scope: all incidents of a track, a release, an artist, a
label, an account, a pattern or a territory. The latest word on the same thing counts; a narrower
one counts before a wider one, and one on the incident itself before all.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import polars as pl

from fraud.report.night_scores import GROUPS, NightScores, Row
from fraud.tables import SCOPES

CONTINUED_DAYS = 14
"""An incident known by another id goes on with a judged one that lies at most so far away."""
SAID = ("given_at", "verdict", "note")
"""Later words stand after earlier ones; of two in one moment the order is at least always one."""


@dataclass(frozen=True)
class Judgement:
    """A word where it holds; `about` names its scope, '' = the incident itself."""

    verdict: str
    note: str | None
    given_on: date
    about: str = ""
    until: date | None = None
    """The last day on which it holds, None = for good."""

    @property
    def is_innocent(self) -> bool:
        """Return whether it says that people were playing."""
        return self.verdict == "innocent"


@dataclass(frozen=True)
class Subject:
    """What a word can be about, of one incident."""

    level: str
    entity: str
    tracks: frozenset[str]
    groups: Mapping[str, str]
    """The release, artist, label and account that all its tracks share."""
    territories: frozenset[str]
    """Where it is carried, empty = unknown."""
    pattern: str
    first_day: date

    @classmethod
    def of(
        cls,
        level: str,
        entity: str,
        tracks: frozenset[str],
        night: NightScores,
        *,
        territories: Collection[str],
        pattern: str | None,
        first_day: date,
    ) -> Self:
        """Return the subject of an incident of this night."""
        groups = {
            group: fact for group, name in GROUPS.items() if (fact := night.fact(tracks, name))
        }
        return cls(
            level,
            entity,
            tracks,
            groups | ({level: entity} if level in GROUPS else {}),
            frozenset(territories),
            pattern or "unknown",
            first_day,
        )

    @classmethod
    def of_row(cls, row: Row, groups_of_track: Mapping[str, Row]) -> Self:
        """Return the subject of a row of INCIDENTS; rows of the catalogue say whose a track is."""
        tracks = frozenset((row["track_ids"] or "").split("|")) - {""}
        groups = {}
        for group, name in GROUPS.items():
            named = {groups_of_track.get(track, {}).get(name) for track in tracks}
            if len(named) == 1 and (fact := named.pop()):
                groups[group] = fact
        level, entity = row["level"], row["entity"]
        return cls(
            level,
            entity,
            tracks,
            groups | ({level: entity} if level in GROUPS else {}),
            frozenset((row["territories"] or "").split("|")) - {""},
            row["pattern"] or "unknown",
            row["first_day"],
        )


@dataclass(frozen=True)
class _Remembered:
    incident_id: str
    level: str
    entity: str
    tracks: frozenset[str]
    since: date
    seen: date
    word: Judgement

    def is_continued_by(self, subject: Subject) -> bool:
        near = timedelta(CONTINUED_DAYS)
        if not self.since - near <= subject.first_day <= self.seen + near:
            return False
        shared = len(self.tracks & subject.tracks)
        least = min(len(self.tracks), len(subject.tracks))
        return (self.level, self.entity) == (subject.level, subject.entity) or 2 * shared > least


@dataclass(frozen=True)
class Words:
    """The words that hold on a day."""

    on_incident: Mapping[str, Judgement]
    on_scope: Mapping[tuple[str, str], Judgement]
    remembered: Sequence[_Remembered]

    @classmethod
    def on(cls, judgements: pl.DataFrame, day: date) -> Self:
        """Return the last word on each incident and scope, where it holds on `day`."""
        on_incident: dict[str, Judgement] = {}
        on_scope: dict[tuple[str, str], Judgement] = {}
        remembered: list[_Remembered] = []
        for row in latest(judgements).iter_rows(named=True):
            over = row["until"] is not None and row["until"] < day
            if over or row["verdict"] == "withdrawn":
                continue
            given_on = row["given_at"].date()
            name, scope, entity = row["incident_id"], row["scope"], row["entity"]
            if name is None:
                if row["since"] is None or row["since"] <= day:
                    about = f"{scope} {entity}"
                    word = Judgement(row["verdict"], row["note"], given_on, about, row["until"])
                    on_scope[scope, entity] = word
                continue
            word = Judgement(row["verdict"], row["note"], given_on, until=row["until"])
            on_incident[name] = word
            if row["since"] and row["seen"] and row["level"] and entity:
                tracks = frozenset((row["track_ids"] or "").split("|")) - {""}
                span = row["since"], row["seen"]
                remembered.append(_Remembered(name, row["level"], entity, tracks, *span, word))
        return cls(on_incident, on_scope, remembered)

    def of(self, name: str, subject: Subject, alive: Collection[str]) -> Judgement | None:
        """Return the word on an incident, None where nobody has spoken.

        A rerun may have given a judged incident another id. So a word on an id that is not among
        those `alive` is a word on what its incident goes on as.
        """
        if name in self.on_incident:
            return self.on_incident[name]
        for known in reversed(self.remembered):
            if known.incident_id not in alive and known.is_continued_by(subject):
                return known.word
        return self.of_scope(subject)

    def of_scope(self, subject: Subject) -> Judgement | None:
        """Return the narrowest word on a scope that holds all of an incident."""
        for scope in SCOPES:
            if scope == "track":
                words = [self.on_scope.get((scope, track)) for track in sorted(subject.tracks)]
            elif scope == "territory":
                words = [self.on_scope.get((scope, one)) for one in sorted(subject.territories)]
            elif scope == "pattern":
                words = [self.on_scope.get((scope, subject.pattern))]
            else:
                words = [self.on_scope.get((scope, subject.groups.get(scope, "")))]
            found = [word for word in words if word is not None]
            if found and len(found) == len(words) and len({word.verdict for word in found}) == 1:
                return max(found, key=lambda word: word.given_on)
        return None


def spoken(
    incidents: pl.DataFrame, judgements: pl.DataFrame, catalog: pl.DataFrame
) -> Iterator[tuple[Row, Judgement]]:
    """Yield each row of INCIDENTS on which a word holds on its night, with that word."""
    if judgements.is_empty():
        return
    tracks = incidents["track_ids"].str.split("|").explode().unique()
    known = catalog.filter(pl.col("track_id").is_in(tracks.implode()))
    groups = {row["track_id"]: row for row in known.iter_rows(named=True)}
    alive = set(incidents["incident_id"])
    for (day,), rows in incidents.sort("report_date", "rank").group_by(
        "report_date", maintain_order=True
    ):
        words = Words.on(judgements, day)
        for row in rows.iter_rows(named=True):
            word = words.of(row["incident_id"], Subject.of_row(row, groups), alive)
            if word:
                yield row, word


def latest(judgements: pl.DataFrame) -> pl.DataFrame:
    """Return the last word on each incident and on each scope, in the order they were given."""
    return judgements.sort(*SAID).unique(
        ["incident_id", pl.when(pl.col("incident_id").is_null()).then("scope"), _scoped_entity()],
        keep="last",
        maintain_order=True,
    )


def _scoped_entity() -> pl.Expr:
    return pl.when(pl.col("incident_id").is_null()).then("entity")
