"""The odds that a group is bought as a whole, from what its tracks have in common.

Every piece of evidence is a ratio of two likelihoods: of what was measured if the group were one
of its peers (the groups of its level that night, with their own scatter), and if it were bought
(where published cases and the economics of a play put it). Pieces that say the same thing twice
are bounded together, so no single oddity makes a group suspect.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Reals = NDArray[np.float64]

PRIOR_ODDS = -6.0
"""Log odds of a group before any evidence: one in four hundred."""
LEAST_PEERS = 8
"""With fewer peers their middle says little; then what is usual elsewhere stands in."""
LEAST_LISTENERS = 20
"""Fewer listeners are a handful of people: a shop, a gym, somebody's one record."""
MAD = 1.4826


@dataclass(frozen=True)
class Piece:
    """One fact: how it is read, what is usual, and where bought groups lie.

    `kind` is `log` (the logarithm of fact + `least`) or `plain`. `usual` and `spread` stand in for
    peers that are too few; `spread` is also the least that peers are believed to differ by.
    """

    fact: str
    family: str
    kind: str
    usual: float
    spread: float
    bought: float
    bought_spread: float
    least: float = 0.0
    error: str = ""
    chances: str = ""
    least_chances: float = 0.0


PIECES = (
    Piece("saves_ratio", "saves", "log", 0.0, 0.3, -1.4, 0.7, 0.02, chances="saves_chances"),
    Piece("sub30_ratio", "sub30", "log", 0.0, 0.1, -1.2, 0.7, 0.02, chances="sub30_chances"),
    *(
        Piece(
            f"{name}_catalogue", "mix", "log", np.log(0.02), 0.6, np.log(0.25), 0.7, 0.01,
            chances=f"{name}_chances", least_chances=50,
        )
        for name in ("source", "tier", "device")
    ),
    Piece(
        "territory_catalogue", "mix", "log", np.log(0.2), 0.6, np.log(0.5), 0.5, 0.01,
        chances="territory_chances", least_chances=50,
    ),
    *(
        Piece(
            f"{name}_past", "change", "log", np.log(0.005), 0.8, np.log(0.2), 0.7, 0.005,
            chances=f"{name}_past_chances", least_chances=50,
        )
        for name in ("source", "tier", "device")
    ),
    *(
        Piece(
            f"{name}_apart", "alike", "plain", 0.03, 0.015, 0.0, 0.003,
            error=f"{name}_apart_error",
        )
        for name in ("source", "territory")
    ),
    Piece(
        "unevenness", "evenness", "log", np.log(1.5), 0.9, np.log(0.2), 0.5, 0.05,
        error="unevenness_error",
    ),
    Piece(
        "scatter", "rhythm", "log", np.log(0.08), 0.6, np.log(0.025), 0.3, 0.02,
        error="scatter_error",
    ),
    Piece(
        "listener_plays", "listeners", "log", np.log(3.0), 0.4, np.log(100.0), 1.0,
        error="listener_plays_error", chances="listeners", least_chances=LEAST_LISTENERS,
    ),
    Piece(
        "listener_overlap", "listeners", "log", np.log(0.05), 0.7, np.log(0.6), 0.5, 0.01,
        error="listener_overlap_error", chances="listeners", least_chances=LEAST_LISTENERS,
    ),
    Piece("weekdays", "rhythm", "plain", 1.0, 0.35, 0.1, 0.25, error="weekdays_error"),
)  # fmt: skip
BOUNDS = {
    "saves": (-3.0, 3.5),
    "sub30": (-2.0, 3.5),
    "mix": (-1.0, 3.0),
    "change": (-1.0, 2.5),
    "alike": (-1.0, 2.0),
    "evenness": (-1.0, 1.5),
    "rhythm": (-1.5, 2.5),
    "listeners": (-1.0, 4.0),
    "onset": (0.0, 2.0),
    "together": (0.0, 4.0),
}
"""Least and most that a family of evidence may say, in log odds."""
ONSET_SHARE = 0.7
"""Of the tracks of a bought group that began together so many belong to it."""
LEAST_ONSETS = 3
PEOPLES_BLOCKS = 5.0
"""Plays are not drawn one by one: so many times as many tracks rise in one cell as by chance. Of a
set of one day chance is known from the cell's own days before."""


def group_odds(facts: pl.DataFrame, *, peers: bool = True) -> tuple[Reals, dict[str, Reals]]:
    """Return the log odds of the groups of one level on one night, and what each family adds.

    Facts that were not measured say nothing. Without `peers` the rows are not held against each
    other but against what is usual: blocks are chosen for being odd.
    """
    families = {family: np.zeros(facts.height) for family in BOUNDS}
    for piece in PIECES:
        if piece.fact in facts.columns:
            families[piece.family] += _piece(facts, piece, peers)
    if "onset_tracks" in facts.columns:
        families["onset"] += _onset(facts)
    if "by_chance" in facts.columns:
        families["together"] += _together(facts)
    bounded = {name: np.clip(added, *BOUNDS[name]) for name, added in families.items()}
    return np.asarray(PRIOR_ODDS + np.sum(list(bounded.values()), axis=0)), bounded


def _piece(facts: pl.DataFrame, piece: Piece, peers: bool) -> Reals:
    value = _array(facts, piece.fact)
    error = _array(facts, piece.error) if piece.error else np.zeros(len(value))
    if piece.chances:
        chances = _array(facts, piece.chances)
        value = np.where(chances >= piece.least_chances, value, np.nan)
        if piece.family in ("saves", "sub30"):
            # A count and its expectation: half a play keeps a zero from saying more than it can.
            value = (value * chances + 0.5) / (chances + 0.5)
            error = 1 / np.sqrt(np.maximum(value, 0.05) * chances + 0.5)
    if piece.kind == "log":
        whole = np.maximum(value, 0) + piece.least
        error = error / whole if piece.error else error
        value = np.log(whole)
    known = np.isfinite(value) & np.isfinite(error)
    if not known.any():
        return np.zeros(len(value))
    usual, spread = (
        _peers(value[known], error[known], piece) if peers else (piece.usual, 1.5 * piece.spread)
    )
    side = np.sign(piece.bought - piece.usual)
    # Bought groups lie beyond their peers, wherever those are.
    bought = piece.bought if side * (piece.bought - usual) > spread else usual + side * 2 * spread
    found = _normal(value, bought, np.hypot(piece.bought_spread, error)) - _normal(
        value, usual, np.hypot(spread, error)
    )
    beyond = side * (value - bought) > 0
    at_bought = -np.log(np.hypot(piece.bought_spread, error)) + np.log(np.hypot(spread, error))
    odd = 0.5 * ((value - usual) / np.hypot(spread, error)) ** 2
    found = np.where(beyond, at_bought + odd, found)
    found = np.where(side * (value - usual) < 0, np.minimum(found, 0.0), found)
    return np.where(known, np.clip(np.nan_to_num(found), -4.0, 4.0), 0.0)


def _peers(value: Reals, error: Reals, piece: Piece) -> tuple[float, float]:
    """Return the middle of the peers and how far they differ beyond what counting explains."""
    if len(value) < LEAST_PEERS:
        return piece.usual, 1.5 * piece.spread
    usual = float(np.median(value))
    scatter = float(np.median(np.abs(value - usual))) * MAD
    counting = float(np.median(error))
    return usual, float(max(piece.spread, np.sqrt(max(scatter**2 - counting**2, 0.0))))


def _normal(value: Reals, mean: float, spread: Reals) -> Reals:
    return np.asarray(-0.5 * ((value - mean) / spread) ** 2 - np.log(spread))


def _onset(facts: pl.DataFrame) -> Reals:
    """Return the odds of so many tracks that began together, the usual share being the others'."""
    together, tracks = _array(facts, "onset_tracks"), _array(facts, "tracks")
    usual = np.clip(_array(facts, "onset_usual_share"), 0.05, 0.9)
    share = np.clip(together / tracks, 0, ONSET_SHARE)
    share = np.maximum(share, usual)
    ratio = together * np.log(share / usual) + (tracks - together) * np.log(
        (1 - share) / (1 - usual)
    )
    return np.where(together >= LEAST_ONSETS, np.nan_to_num(ratio), 0.0)


def _together(facts: pl.DataFrame) -> Reals:
    """Return the odds of so many tracks in one block: Poisson, people's own rises allowed for."""
    of_a_day = _array(facts, "days") == 1
    tracks = _array(facts, "tracks")
    chance = np.where(of_a_day, 1.0, PEOPLES_BLOCKS) * _array(facts, "by_chance")
    ratio = tracks * np.log(tracks / chance) - (tracks - chance)
    return np.where(tracks > chance, ratio, 0.0)


def _array(facts: pl.DataFrame, name: str) -> Reals:
    return facts[name].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
