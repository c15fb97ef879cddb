"""What suspected plays cost: pay that will be taken back, and what stores charge on top."""

import math
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fraud.config import PenaltyRule, Settings
from fraud.report.pay import PER_EUR, PayTable

LINE_DOUBT_SHARE = 0.1
"""How far an estimated share may be off either way: at the line itself the chance is one half."""

PAID_STREAMS = 1_000
PAID_DAYS = 365
PAID_STORE = "spotify"
"""A recording earns nothing at Spotify before it has 1,000 plays in 12 months (Spotify for Artists,
"Modernizing our royalty system", in force since early 2024)."""

SEVERITY_COST = (("critical", 100.0), ("high", 10.0), ("medium", 1.0), ("low", -math.inf))
"""Expected cost of a night, in EUR, from which an incident is called so."""
CERTAIN_SCORE = 0.7
"""Below this probability a severity is lowered by one step."""

SIGNIFICANT_DIGITS = 2


@dataclass(frozen=True)
class Cell:
    """The night's plays of one track in one store and territory, and how many look artificial."""

    track_id: str
    store: str
    territory: str
    streams: int
    suspected: int


@dataclass(frozen=True)
class Plays:
    """Plays of one track over all its stores, and how many of them look artificial."""

    streams: float = 0.0
    suspected: float = 0.0


@dataclass(frozen=True)
class Books:
    """What is known of money and the past beyond a night's scores; all of it may be missing."""

    pay: PayTable = field(default_factory=PayTable)
    nights: Mapping[str, Sequence[tuple[date, int, int]]] = field(default_factory=dict)
    """By track the day, plays and suspected plays of the nights before this one that are known."""
    year: Mapping[str, int] = field(default_factory=dict)
    """By track the plays at PAID_STORE in the PAID_DAYS days that end with the night."""
    year_days: int = 0
    """How many of those days the lake knows."""
    places: Mapping[str, Sequence[tuple[str, str, int]]] = field(default_factory=dict)
    """By track the store, territory and plays of the night, as they were reported."""
    rulings: Sequence[Mapping[str, Any]] = ()
    """VERDICTS rows of the stores that were known for the night."""


@dataclass(frozen=True)
class Cost:
    """What an incident costs, in EUR and unrounded."""

    royalty_eur: float
    penalty_eur: float
    score: float
    pay_source: str = "assumed"
    crossing: Mapping[str, float] = field(default_factory=dict)
    """By track the chance that it ends the month above a store's line, given the incident."""
    line_tracks: int = 0
    line_eur: float = 0.0

    @property
    def expected_eur(self) -> float:
        """Return the cost weighed by its probability; penalties carry theirs already."""
        return self.score * self.royalty_eur + self.penalty_eur

    @property
    def severity(self) -> str:
        """Return critical, high, medium or low: by cost, a step lower where far from certain."""
        names = [name for name, _ in SEVERITY_COST]
        step = next(at for at, (_, least) in enumerate(SEVERITY_COST) if self.expected_eur >= least)
        if self.score < CERTAIN_SCORE:
            step = min(step + 1, len(names) - 1)
        return names[step]


def cost(
    day: date,
    *,
    suspected: int,
    score: float,
    cells: Sequence[Cell],
    tonight: Mapping[str, Plays],
    settings: Settings,
    books: Books | None = None,
    before: Mapping[str, Plays] | None = None,
    earlier: Mapping[str, Plays] | None = None,
) -> Cost:
    """Return what `suspected` plays of one incident cost.

    `cells` says where they were played (none known: the average pay and no store's penalty),
    `tonight` are the plays of each of its tracks, `before` those of the month's earlier nights and
    `earlier` those of all earlier nights that are known.
    """
    books, before = books or Books(), before or {}
    royalties, source = _royalties(suspected, cells, books.pay, settings)
    rules = penalty_rules(day, settings)
    crossing: dict[str, float] = {}
    penalty = 0.0
    for store, rule in sorted(rules.items()):
        if rule.fee_eur:
            chances = _chances(day, rule, cells, tonight, before)
            penalty += rule.fee_eur * math.fsum(chances.values())
            for track, chance in chances.items():
                crossing[track] = max(chance, crossing.get(track, 0.0))
        share = _withheld_share(rule, suspected, cells)
        penalty += share * royalties.get(store, 0.0)
    lost = _lost_at_the_line(cells, tonight, earlier or {}, books, settings)
    return Cost(
        royalty_eur=math.fsum(royalties.values()),
        penalty_eur=score * penalty,
        score=score,
        pay_source=source,
        crossing=crossing,
        line_tracks=len(lost),
        line_eur=math.fsum(lost.values()),
    )


def penalty_rules(day: date, settings: Settings) -> dict[str, PenaltyRule]:
    """Return each store's rule that is in force on a day."""
    begun = [rule for rule in settings.penalties if rule.since <= day]
    return {rule.store: rule for rule in sorted(begun, key=lambda rule: (rule.store, rule.since))}


def crossing_chance(suspected_share: float, line_share: float = 0.9) -> float:
    """Return the chance that a track with this estimated share lies above a store's line."""
    above = suspected_share - (line_share - LINE_DOUBT_SHARE)
    return min(max(above / (2 * LINE_DOUBT_SHARE), 0.0), 1.0)


def month_chance(day: date, tonight: Plays, before: Plays, line_share: float = 0.9) -> float:
    """Return the chance that a track ends the month of `day` above a store's line.

    `before` are its plays in the month up to the day before. That the artificial plays stop is
    taken to be as likely after tonight as after any later night of the month; on each night until
    then the track has tonight's plays, and afterwards those of tonight that people explain.
    """
    left = monthrange(day.year, day.month)[1] - day.day
    organic = max(tonight.streams - tonight.suspected, 0.0)
    chances = []
    for more in range(left + 1):
        suspected = before.suspected + (1 + more) * tonight.suspected
        streams = before.streams + (1 + more) * tonight.streams + (left - more) * organic
        chances.append(crossing_chance(min(suspected / streams, 1.0), line_share) if streams else 0)
    return math.fsum(chances) / len(chances)


def loses_the_line(streams: float, suspected: float, days: int) -> bool:
    """Return whether a track has its 1,000 plays in 12 months only with the suspected ones.

    `streams` are its plays at the store in the last `days` days; what people played in fewer than
    12 months is carried on to 12.
    """
    if not days:
        return False
    organic = max(streams - suspected, 0.0) * PAID_DAYS / min(days, PAID_DAYS)
    return organic < PAID_STREAMS <= organic + suspected


def shown(amount_eur: float, settings: Settings) -> float:
    """Return an amount in the settings' currency as shown: two significant digits."""
    amount = amount_eur * PER_EUR[settings.currency]
    return round(float(f"{amount:.{SIGNIFICANT_DIGITS}g}"), 2)


def _royalties(
    suspected: int, cells: Sequence[Cell], pay: PayTable, settings: Settings
) -> tuple[dict[str, float], str]:
    """Return the pay of the suspected plays by store, spread as those of the cells, and whence."""
    weights = _weights(cells)
    if not any(weights):
        return {"": suspected * settings.eur_per_stream}, "assumed"
    parts: dict[str, list[float]] = {}
    sources = set()
    for cell, weight in zip(cells, weights, strict=True):
        if not weight:
            continue
        eur, known = pay.of_track(
            cell.track_id, cell.store, cell.territory, settings.eur_per_stream
        )
        sources.add(known)
        parts.setdefault(cell.store, []).append(suspected * weight * eur)
    source = "partly" if len(sources) > 1 else "reported" if True in sources else "assumed"
    return {store: math.fsum(pays) for store, pays in sorted(parts.items())}, source


def _weights(cells: Sequence[Cell]) -> list[float]:
    """Return the part of each cell in the suspected plays, in all plays where none is suspected."""
    plays = [cell.suspected for cell in cells]
    if not any(plays):
        plays = [cell.streams for cell in cells]
    whole = max(sum(plays), 1)
    return [count / whole for count in plays]


def _by_track(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.track_id, []).append(cell)
    return dict(sorted(found.items()))


def _at_store(cells: Sequence[Cell], store: str) -> tuple[float, float]:
    """Return which shares of one track's plays and of its suspected plays are a store's."""
    streams = sum(cell.streams for cell in cells)
    there = sum(cell.streams for cell in cells if cell.store == store)
    parts = zip(cells, _weights(cells), strict=True)
    suspected = math.fsum(weight for cell, weight in parts if cell.store == store)
    return there / streams if streams else 0.0, suspected


def _chances(
    day: date,
    rule: PenaltyRule,
    cells: Sequence[Cell],
    tonight: Mapping[str, Plays],
    before: Mapping[str, Plays],
) -> dict[str, float]:
    chances = {}
    for track, there in _by_track(cells).items():
        here = sum(cell.streams for cell in there if cell.store == rule.store)
        if not here:
            continue
        of_streams, of_suspected = _at_store(there, rule.store)
        past = before.get(track, Plays())
        suspected = min(tonight.get(track, Plays()).suspected * of_suspected, here)
        chances[track] = month_chance(
            day,
            Plays(here, suspected),
            Plays(past.streams * of_streams, past.suspected * of_suspected),
            rule.line_share,
        )
    return chances


def _withheld_share(rule: PenaltyRule, suspected: int, cells: Sequence[Cell]) -> float:
    """Return the share of royalties that a store withholds on top.

    Apple Music names a range and no scale: here it slides with the suspected share of the plays.
    """
    streams, part = (
        sum(cell.streams for cell in cells if cell.store == rule.store),
        _at_store(cells, rule.store)[1],
    )
    share = min(suspected * part / streams, 1.0) if streams else 0.0
    return rule.least_share + (rule.most_share - rule.least_share) * share


def _lost_at_the_line(
    cells: Sequence[Cell],
    tonight: Mapping[str, Plays],
    earlier: Mapping[str, Plays],
    books: Books,
    settings: Settings,
) -> dict[str, float]:
    """Return the tracks that stay above the 1,000 plays by suspected plays, and what they lose."""
    lost = {}
    for track, there in _by_track(cells).items():
        if track not in books.year or track not in tonight:
            continue
        mine = tonight[track].suspected + earlier.get(track, Plays()).suspected
        suspected = min(mine * _at_store(there, PAID_STORE)[1], books.year[track])
        if not loses_the_line(books.year[track], suspected, books.year_days):
            continue
        paid = [
            (
                cell.streams,
                books.pay.of_track(track, PAID_STORE, cell.territory, settings.eur_per_stream)[0],
            )
            for cell in there
            if cell.store == PAID_STORE
        ]
        plays = sum(streams for streams, _ in paid)
        mean = sum(streams * pay for streams, pay in paid) / plays if plays else 0.0
        organic = max(books.year[track] - suspected, 0.0)
        lost[track] = organic * PAID_DAYS / min(books.year_days, PAID_DAYS) * mean
    return lost
