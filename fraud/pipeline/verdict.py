"""An analyst's word on an incident or a scope: one, or a file such as a filled-in alerts.csv."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import polars as pl
from rapidfuzz import process

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.pipeline.verdict_file import Word, words
from fraud.report.figures import legible
from fraud.report.night_scores import Row
from fraud.report.spreadsheet import LONGEST_CELL
from fraud.report.words import latest
from fraud.tables import CATALOG, INCIDENTS, JUDGEMENTS, SCOPES

__all__ = ["SCOPES", "VERDICTS", "Given", "Word", "give", "give_file"]

VERDICTS = ("fraud", "innocent", "unsure")
WITHDRAWN = "withdrawn"
"""What takes the last word back; all that was said stays on record."""
LONGEST_NOTE = 2_000
NAMED_IN = {
    "track": "track_id",
    "release": "upc",
    "artist": "artist",
    "label": "label",
    "account": "account_id",
}
"""The column of the catalogue that holds what a scope may name."""

Target = tuple[str | None, str | None, str | None]
"""What a word is about: incident_id, scope, entity of the scope."""


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
    """Record one verdict; CallError where the lake knows no such incident, scope or verdict."""
    known = _Known(Lake(settings.lake_address))
    word = known.meant(word)
    fault = known.fault(word)
    if fault:
        raise CallError(fault)
    return known.record([word], now)


def give_file(path: Path, settings: Settings, *, now: datetime) -> Given:
    """Record the verdicts of a CSV file and return what became of them.

    Lines without a verdict are passed over; lines at fault are refused and lose none of the others.
    """
    lines = list(words(path))
    known = _Known(Lake(settings.lake_address))
    given: dict[Target, Word] = {}
    refused = []
    for line, written in lines:
        word = written if isinstance(written, str) else known.meant(written)
        fault = word if isinstance(word, str) else known.fault(word)
        if not fault and isinstance(word, Word):
            before = given.setdefault(_target(word), word)
            if before != word:
                about = word.incident_id or f"{word.scope} {word.entity}"
                fault = f"{about} stands above with another verdict; leave one of them"
        if fault:
            refused.append(f"{path.name}, line {line}: {fault}")
    done = known.record(list(given.values()), now)
    return replace(done, refused=refused)


def _target(word: Word) -> Target:
    return word.incident_id, word.scope, word.entity


@dataclass
class _Known:
    """What the lake knows that a word may be about, read once and only as far as it is asked."""

    lake: Lake
    names: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def incidents(self) -> Mapping[str, Row]:
        """The latest row of each incident."""
        query = """
            select distinct on (incident_id)
                incident_id, level, entity, track_ids, first_day, last_active, verdict
            from incidents order by incident_id, report_date desc
        """
        with self.lake.connect([INCIDENTS]) as connection:
            rows = connection.sql(query).pl()
        return {row["incident_id"]: row for row in rows.iter_rows(named=True)}

    @cached_property
    def said(self) -> Mapping[Target, Row]:
        """The last word on each incident and scope, taken back or not."""
        return {
            (row["incident_id"], row["scope"], row["entity"] if row["scope"] else None): row
            for row in latest(self.lake.read(JUDGEMENTS)).iter_rows(named=True)
        }

    def meant(self, word: Word) -> Word:
        """Return the word on the name as the lake has it: a cell shows a name without double spaces
        and signs that nobody sees."""
        if not word.scope or not word.entity or word.scope not in SCOPES:
            return word
        names = self._names_of(word.scope)
        shown = [name for name in names if legible(name, LONGEST_CELL) == word.entity]
        return replace(word, entity=shown[0]) if word.entity not in names and shown else word

    def fault(self, word: Word) -> str:
        """Return what is wrong with a word, '' where nothing is."""
        said = self.said.get(_target(word))
        if word.verdict not in (*VERDICTS, WITHDRAWN):
            return (
                f"{word.verdict!r} is no verdict; say {', '.join(VERDICTS[:-1])} or {VERDICTS[-1]}"
            )
        if word.note and len(word.note) > LONGEST_NOTE:
            return f"the note has {len(word.note):,} characters; {LONGEST_NOTE:,} are kept"
        if word.since and word.until and word.since > word.until:
            return f"it would hold from {word.since} to {word.until}; swap the two days"
        if word.verdict == WITHDRAWN and (said is None or said["verdict"] == WITHDRAWN):
            return f"there is no word on {word.incident_id or word.entity!r} to take back"
        return self._incident_fault(word) if word.incident_id else self._scope_fault(word)

    def _incident_fault(self, word: Word) -> str:
        name, known = word.incident_id or "", self.incidents
        if name in known:
            return self._over_before(word, known[name])
        nearest = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
        if nearest:
            hint = f"the nearest are {', '.join(nearest)}"
        elif known:
            hint = "copy the incident_id of a line of alerts.csv"
        else:
            hint = "the lake holds no incidents yet; run a night first"
        return f"there is no incident {name!r}; {hint}"

    @staticmethod
    def _over_before(word: Word, row: Row) -> str:
        first = row["first_day"]
        if word.until is None or first is None or word.until >= first:
            return ""
        return f"it would end on {word.until}, before the incident began on {first}"

    def _scope_fault(self, word: Word) -> str:
        scope, entity = word.scope or "", word.entity or ""
        if scope not in SCOPES:
            return f"{scope!r} is no scope; say {', '.join(SCOPES[:-1])} or {SCOPES[-1]}"
        if not entity:
            return f"the {scope} is not named"
        names = self._names_of(scope)
        if entity in names:
            return ""
        near = process.extract(entity, names, limit=3, score_cutoff=60)
        hint = f"; the nearest are {', '.join(repr(name) for name, _, _ in near)}" if near else ""
        return f"the lake knows no {scope} {entity!r}{hint}"

    def _names_of(self, scope: str) -> list[str]:
        if scope not in self.names:
            self.names[scope] = self._names(scope)
        return self.names[scope]

    def _names(self, scope: str) -> list[str]:
        """Return what a scope may name: what the catalogue lists, and what incidents were about."""
        with self.lake.connect([CATALOG, INCIDENTS]) as connection:
            if scope in NAMED_IN:
                listed = f"select {NAMED_IN[scope]} as name from catalog"
                own = "select entity from incidents where level = $scope"
                query = f"{listed} union {own}"
                if scope == "track":
                    query += " union select unnest(string_split(track_ids, '|')) from incidents"
            elif scope == "pattern":
                query = "select distinct pattern as name from incidents where $scope = 'pattern'"
            else:
                query = """
                    select distinct unnest(string_split(territories, '|')) as name from incidents
                    where $scope = 'territory'
                """
            found = connection.sql(
                f"select distinct name from ({query}) where name is not null order by name",
                params={"scope": scope},
            )
            return [name for (name,) in found.fetchall()]

    def record(self, given: Sequence[Word], now: datetime) -> Given:
        """Append the words that say something new, each with what it is about."""
        news = [word for word in given if not self._is_repeated(word)]
        rows = [
            {
                "incident_id": word.incident_id,
                "verdict": word.verdict,
                "note": word.note,
                "until": word.until,
                "given_at": now,
                **self._about(word),
            }
            for word in news
        ]
        self.lake.append(JUDGEMENTS, pl.DataFrame(rows, schema=dict(JUDGEMENTS.schema)))
        return Given(len(news), len(given) - len(news))

    def _about(self, word: Word) -> dict[str, object]:
        """Return what stays true of an incident even where a rerun gives it another id."""
        if not word.incident_id:
            return {"scope": word.scope, "entity": word.entity, "since": word.since}
        row = self.incidents[word.incident_id]
        return {
            **{name: row[name] for name in ("entity", "level", "track_ids")},
            "since": row["first_day"],
            "seen": row["last_active"],
        }

    def _is_repeated(self, word: Word) -> bool:
        said = self.said.get(_target(word))
        if word.verdict_alone:
            # alerts.csv as it was written carries every verdict that held that night.
            row = self.incidents[word.incident_id or ""]
            return bool(word.verdict == (said["verdict"] if said else row["verdict"]))
        if said is None:
            return False
        compared = ("verdict", "note", "until", *(() if word.incident_id else ("since",)))
        return all(said[name] == getattr(word, name) for name in compared)
