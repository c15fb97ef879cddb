"""What suspected plays cost: pay that will be taken back, and what stores charge on top.

Everything here is a rough public average and marked as assumed wherever it is shown. What a store
truly pays stands in its royalty reports; where none is known, an order of magnitude is what helps
to rank one incident above another.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fraud.config import Settings

STORE_PAY = {"spotify": 1.0, "apple_music": 1.9, "youtube_content_id": 0.06}
"""Pay of a play relative to Spotify's, other stores 1: one label's 1.5 billion plays of 2019 earned
USD 0.00348 a play at Spotify, 0.00675 at Apple Music, 0.00022 by YouTube's Content ID (The
Trichordist, Streaming Price Bible, reported by Music Ally on 2020-03-06)."""

TERRITORY_PAY = {
    **dict.fromkeys(("CH", "DK", "FI", "GB", "IE", "IS", "NO", "SE"), 2.0),
    **dict.fromkeys(("AR", "EG", "ID", "IN", "PH", "TR"), 0.3),
}
"""Pay of a play relative to the average, other territories 1: half a year of iGroove's clients in
133 countries (2024) puts the first group above USD 5,000 a million Spotify plays and the second
below 1,000; by Tools 4 Music's figures of 2025 the first, and Sweden, earn about twice the mean."""

USD_PER_EUR = 1.08
"""The European Central Bank's reference rate, mean of 2024."""

SPOTIFY_FEE_EUR = 10.0
SPOTIFY_FEE_SINCE = date(2024, 4, 1)
"""A track and month of which more than 90 % of the plays are artificial (TuneCore's help page on
Spotify's artificial streaming penalties; other distributors quote the same)."""
SPOTIFY_LINE_SHARE = 0.9
LINE_DOUBT_SHARE = 0.1
"""How far an estimated share may be off either way: at the line itself the chance is one half."""

APPLE_SHARES = ((date(2026, 2, 1), 0.10, 0.50), (date(2022, 1, 1), 0.05, 0.25))
"""Since when Apple Music withholds which shares of the royalties that manipulated plays would have
earned, newest first (Digital Music News and Billboard on Apple's rules of 2022 and 2026)."""

SEVERITY_EUR = (("critical", 100.0), ("high", 10.0), ("medium", 1.0), ("low", -math.inf))
"""Expected cost of a night from which an incident is called so."""
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
class Cost:
    """What an incident costs, in EUR and unrounded."""

    royalty_eur: float
    penalty_eur: float
    score: float

    @property
    def expected_eur(self) -> float:
        """Return the cost weighed by its probability; penalties carry theirs already."""
        return self.score * self.royalty_eur + self.penalty_eur

    @property
    def severity(self) -> str:
        """Return critical, high, medium or low: by cost, a step lower where far from certain."""
        names = [name for name, _ in SEVERITY_EUR]
        step = next(at for at, (_, least) in enumerate(SEVERITY_EUR) if self.expected_eur >= least)
        if self.score < CERTAIN_SCORE:
            step = min(step + 1, len(names) - 1)
        return names[step]


def pay_eur(store: str, territory: str, settings: Settings) -> float:
    """Return the assumed pay of one play in EUR."""
    return settings.eur_per_stream * STORE_PAY.get(store, 1.0) * TERRITORY_PAY.get(territory, 1.0)


def cost(
    day: date,
    *,
    suspected: int,
    score: float,
    cells: Sequence[Cell],
    suspected_of_track: Mapping[str, float],
    settings: Settings,
) -> Cost:
    """Return what `suspected` plays of one incident cost.

    `cells` says where they were played (none known: the average pay and no store's penalty);
    `suspected_of_track` are the suspected plays of each of its tracks. Spotify's fee is for a
    month; the night's share stands for the month's.
    """
    royalty_by_store = _royalties(suspected, cells, settings)
    return Cost(
        royalty_eur=math.fsum(royalty_by_store.values()),
        penalty_eur=score
        * (
            _spotify_fees(day, cells, suspected_of_track)
            + _apple_share(day) * royalty_by_store.get("apple_music", 0.0)
        ),
        score=score,
    )


def crossing_chance(suspected_share: float) -> float:
    """Return the chance that a track with this estimated share lies above Spotify's line."""
    above = suspected_share - (SPOTIFY_LINE_SHARE - LINE_DOUBT_SHARE)
    return min(max(above / (2 * LINE_DOUBT_SHARE), 0.0), 1.0)


def shown(amount_eur: float, settings: Settings) -> float:
    """Return an amount in the settings' currency as shown: two significant digits."""
    amount = amount_eur * (USD_PER_EUR if settings.currency == "USD" else 1.0)
    return round(float(f"{amount:.{SIGNIFICANT_DIGITS}g}"), 2)


def _royalties(suspected: int, cells: Sequence[Cell], settings: Settings) -> dict[str, float]:
    """Return the pay of the suspected plays by store, spread as those of the cells."""
    weights = _weights(cells)
    if not any(weights):
        return {"": suspected * settings.eur_per_stream}
    parts: dict[str, list[float]] = {}
    for cell, weight in zip(cells, weights, strict=True):
        pay = suspected * weight * pay_eur(cell.store, cell.territory, settings)
        parts.setdefault(cell.store, []).append(pay)
    return {store: math.fsum(pays) for store, pays in sorted(parts.items())}


def _weights(cells: Sequence[Cell]) -> list[float]:
    """Return the part of each cell in the suspected plays, in all plays where none is suspected."""
    plays = [cell.suspected for cell in cells]
    if not any(plays):
        plays = [cell.streams for cell in cells]
    whole = max(sum(plays), 1)
    return [count / whole for count in plays]


def _spotify_fees(
    day: date, cells: Sequence[Cell], suspected_of_track: Mapping[str, float]
) -> float:
    if day < SPOTIFY_FEE_SINCE:
        return 0.0
    by_track: dict[str, list[Cell]] = {}
    for cell in cells:
        by_track.setdefault(cell.track_id, []).append(cell)
    return SPOTIFY_FEE_EUR * math.fsum(
        crossing_chance(_spotify_share(there, suspected_of_track.get(track_id, 0.0)))
        for track_id, there in sorted(by_track.items())
    )


def _spotify_share(cells: Sequence[Cell], suspected: float) -> float:
    """Return the suspected share of one track's Spotify plays, by how its plays are spread."""
    streams = sum(cell.streams for cell in cells if cell.store == "spotify")
    if not streams:
        return 0.0
    parts = zip(cells, _weights(cells), strict=True)
    part = math.fsum(weight for cell, weight in parts if cell.store == "spotify")
    return min(suspected * part / streams, 1.0)


def _apple_share(day: date) -> float:
    for since, least, most in APPLE_SHARES:
        if day >= since:
            return (least + most) / 2
    return 0.0
