"""The scheme that a suspect row looks most like."""

from typing import Any

import pytest

from fraud.detect.patterns import pattern
from tests.detect.evidence_rows import row

RISEN = {"rise_week": 6.0, "age_days": 400.0}


def mix(dimension: str, cell: str, share: float, usual: float = 0.02) -> dict[str, Any]:
    return {
        f"{dimension}_cell": cell,
        f"{dimension}_share": share,
        f"{dimension}_usual": usual,
    }


@pytest.mark.parametrize(
    ("measured", "scheme"),
    [
        ({**RISEN, **mix("territory", "VU", 0.9)}, "foreign_territory"),
        ({**RISEN, **mix("source", "user_playlist", 0.7)}, "bot_playlist"),
        ({"age_days": 5.0, **mix("source", "user_playlist", 0.7)}, "sabotage"),
        ({**RISEN, **mix("device", "desktop", 0.8)}, "datacentre"),
        ({**RISEN, **mix("device", "mobile", 0.9, 0.4)}, "click_farm"),
        ({"rise_week": 1.0, **mix("tier", "trial", 0.6)}, "trial_drip"),
        ({**RISEN, "repeats_seen": 30.0, "repeats_normal": 0.5}, "premium_farm_loop"),
        (
            {**RISEN, "repeats_seen": 30.0, "repeats_usual": 0.5, **mix("source", "album", 0.8)},
            "short_album",
        ),
        ({**RISEN, "days_equal": 4.0}, "replay"),
        ({"rise_week": 0.4, "age_days": 900.0}, "sprinkling"),
        ({"rise_week": 1.5, "age_days": 900.0}, "hijacked_accounts"),
        ({**RISEN, **mix("source", "search", 0.5)}, "burst"),
        ({"age_days": 90.0}, "generated_catalogue"),
        (
            {**RISEN, "siblings_rise": 30.0, **mix("source", "user_playlist", 0.9)},
            "generated_catalogue",
        ),
    ],
)
def test_a_scheme_is_named_by_its_signs(measured: dict[str, Any], scheme: str) -> None:
    assert pattern(row(**measured)).scheme == scheme


def test_what_shows_no_sign_has_no_name() -> None:
    assert pattern(row(rise_week=3.0, **mix("source", "search", 0.5))).scheme == "unknown"


@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_a_new_release_of_which_little_is_known_has_no_name(unknown: float | None) -> None:
    assert pattern(row(age_days=2.0, rise_week=unknown)).scheme == "unknown"


def test_the_share_of_belief_is_what_the_signs_leave_to_the_others() -> None:
    clear = pattern(row(**RISEN, **mix("device", "desktop", 0.98)))
    mixed = pattern(row(**RISEN, **mix("device", "desktop", 0.98), **mix("territory", "VU", 0.9)))
    assert clear.scheme == mixed.scheme == "datacentre"
    assert mixed.share < clear.share - 0.1
    assert 0 < pattern(row()).share < 1
