"""Patterns: which scheme a suspect row looks most like, and how far that is to be believed.

A name is a guess, made from the few signs by which texts on bought plays tell the schemes apart; a
thief who buys from everywhere shows several of them, and one who copies people shows none.
"""

from collections.abc import Mapping
from math import exp, isnan, nan
from typing import Any, NamedTuple

from fraud.tables import DIMENSIONS

Row = Mapping[str, Any]

UNKNOWN = "unknown"
LEAST_SIGN = 0.45
"""A scheme whose signs show less than this is not named."""
CLEARNESS = 0.3
"""A sign that shows by this more makes its scheme e times as likely.

So set that belief is about as often right as it says: on the alerts of two simulated worlds it
was 0.52 on average and 0.55 of the names were right.
"""
LOOPED = 3.0
"""Plays a head, as a multiple of the usual, from which accounts play in a loop."""
YOUNG_DAYS = 30
EQUAL_DAYS = 3
"""Days of the week before with exactly the plays of today: people's counts scatter."""
AS_ONE = 4.0
"""Times the usual from which the artist's other tracks rise like bought ones."""
STILL = 0.25
"""While no source, plan, device or place gains more than this share, the mixes are the own ones."""


class Pattern(NamedTuple):
    """A scheme and the share of belief in it, 0–1, among all schemes and `unknown`."""

    scheme: str
    share: float


def pattern(row: Row) -> Pattern:
    """Return the scheme whose signs show most, `unknown` where none shows clearly."""
    signs = {**_signs(row), UNKNOWN: LEAST_SIGN}
    likeliest = max(signs, key=lambda scheme: signs[scheme])
    weights = {scheme: exp(sign / CLEARNESS) for scheme, sign in signs.items()}
    return Pattern(likeliest, round(weights[likeliest] / sum(weights.values()), 3))


def _signs(row: Row) -> dict[str, float]:
    """Return how much each scheme's signs show: about the share of plays that moved as it does."""
    gained = {dimension: _gained(row, dimension) for dimension in DIMENSIONS}

    def on(dimension: str, *cells: str) -> float:
        return gained[dimension] if row[f"{dimension}_cell"] in cells else 0.0

    rise = _known(row["rise_week"])
    heads = _plays_a_head(row) / _usual_plays_a_head(row)
    looped = heads > LOOPED
    young = _known(row["age_days"], YOUNG_DAYS) < YOUNG_DAYS
    has_past = not isnan(_known(row["rise_week"], nan))
    playlist, machines = on("source", "user_playlist"), on("device", "desktop", "web")
    as_one = _known(row["siblings_rise"], 1.0) >= AS_ONE and not looped
    own_mixes = not any(share >= STILL for share in gained.values())
    return {
        "replay": 3.0 if _known(row["days_equal"]) >= EQUAL_DAYS else 0.0,
        "trial_drip": 1.8 * on("tier", "trial") if rise < 3.5 else 0.0,
        "short_album": 1.5 if looped and on("source", "album", "library") > 0.2 else 0.0,
        "premium_farm_loop": 1.0 if looped else 0.0,
        "sabotage": 2.5 * playlist if young else 0.0,
        "bot_playlist": 0.0 if young else 2.0 * playlist * (1 - gained["territory"] / 2),
        "datacentre": 1.8 * machines * (1 - 0.7 * playlist),
        "click_farm": 2.0 * on("device", "mobile") + (0.4 if heads > 1.8 else 0.0),
        "generated_catalogue": max(
            1.9 if as_one else 0.0, 0.9 + machines / 2 if not (has_past or young) else 0.0
        ),
        "foreign_territory": 1.6 * gained["territory"] if _is_foreign(row) else 0.0,
        "sprinkling": 0.75 if own_mixes and has_past and rise < 0.8 else 0.0,
        "hijacked_accounts": 0.75 if own_mixes and 0.8 <= rise < 2.5 else 0.0,
        "burst": 0.6 * min(rise / 5, 1.3) if rise > 2.5 else 0.0,
    }


def _gained(row: Row, dimension: str) -> float:
    share, usual = row[f"{dimension}_share"], row[f"{dimension}_usual"]
    return max(_known(share) - _known(usual), 0.0)


def _is_foreign(row: Row) -> bool:
    return _known(row["territory_usual"]) < 0.1


def _plays_a_head(row: Row) -> float:
    return 1 + _known(row["repeats_seen"])


def _usual_plays_a_head(row: Row) -> float:
    usual = row["repeats_usual"]
    return 1 + _known(row["repeats_normal"] if usual is None else usual)


def _known(value: float | None, otherwise: float = 0.0) -> float:
    return otherwise if value is None or isnan(value) else float(value)
