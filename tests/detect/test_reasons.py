"""Reasons are sentences with what was measured, what was to be expected, and how sure it is."""

from typing import Any

import numpy as np
import pytest

from fraud.detect.reasons import FAMILIES, contributions, sentences, together
from fraud.tables import DIMENSIONS, EVIDENCE, RATES
from tests.detect.evidence_rows import NAMES, row

STRONG, AGAINST = 5.0, -5.0


def said(family: str, strength: float = STRONG, **known: Any) -> str:
    """Return the only reason there is, or what speaks for people where the strength is negative."""
    reasons, counter = sentences(row(**known), {family: strength})
    assert len(reasons) <= 1
    return " ".join(reasons) if strength > 0 else counter


def test_every_piece_of_evidence_but_size_belongs_to_a_family() -> None:
    named = {name for names in FAMILIES.values() for name in names}
    sizes = {"streams_log", "expected_log", "market"}
    assert named == {column.name for column in EVIDENCE} - sizes


def test_a_rise_names_the_plays_the_expectation_and_its_range() -> None:
    text = said(
        "rise", streams=4_821, expected_streams=120.0, expected_low=95.0, expected_high=147.2
    )
    assert "4,821 plays" in text
    assert "120" in text
    assert "95–147" in text


@pytest.mark.parametrize(
    ("rate", "known", "measured"),
    [
        ("saves", {"seen": 0.004, "usual": 0.061, "normal": 0.052}, ("0.4", "6.1", "5.2")),
        ("repeats", {"seen": 30.0, "usual": 0.4, "normal": 0.5}, ("31", "1.4", "1.5")),
        ("sub30", {"seen": 0.01, "usual": 0.44, "normal": 0.35}, ("1", "44", "35")),
        ("listened", {"seen": 31.0, "usual": 152.0, "normal": 140.0}, ("31 s", "152 s", "140 s")),
    ],
)
def test_a_rate_stands_beside_its_past_and_the_catalogue(
    rate: str, known: dict[str, float], measured: tuple[str, ...]
) -> None:
    values = {f"{rate}_{name}": value for name, value in known.items()}
    text = said(rate, **values, **{f"{rate}_week": 8.0})
    for value in measured:
        assert value in text
    assert "chance" in text


def test_a_rate_without_a_past_of_its_own_quotes_none() -> None:
    text = said("saves", saves_seen=0.0, saves_usual=None, saves_normal=0.06, saves_week=-3.0)
    assert "its own past" not in text
    assert "None" not in text
    assert "the catalogue has 6" in text


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_mix_names_the_value_its_share_and_what_is_usual(dimension: str) -> None:
    known = {"cell": "VU", "share": 0.83, "usual": 0.02, "deviate_week": 9.0}
    text = said(dimension, **{f"{dimension}_{name}": value for name, value in known.items()})
    for value in ("83%", f"{dimension} VU", "2%", "1 in a billion"):
        assert value in text


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("strength", [STRONG, AGAINST])
def test_the_unknown_makes_no_sentence(family: str, strength: float) -> None:
    assert said(family, strength) == ""


@pytest.mark.parametrize("family", FAMILIES)
def test_unknown_evidence_that_is_not_a_number_is_never_quoted(family: str) -> None:
    unknown = dict.fromkeys(NAMES, float("nan"))
    for strength in (STRONG, AGAINST):
        assert "nan" not in said(family, strength, **unknown)


def test_how_sure_it_is_grows_with_the_deviate() -> None:
    def chance(deviate: float) -> str:
        seen = {"saves_seen": 0.0, "saves_usual": 0.06, "saves_normal": 0.06}
        return said("saves", **seen, saves_week=deviate)

    assert "chance" not in chance(-1.0)
    assert "about 1 in" in chance(-3.0)
    assert "less than 1 in a billion" in chance(-9.0)


def test_at_most_three_reasons_the_strongest_first() -> None:
    known = row(
        streams=900,
        expected_streams=10.0,
        expected_low=5.0,
        expected_high=17.0,
        saves_seen=0.0,
        saves_usual=0.06,
        saves_normal=0.06,
        saves_week=-5.0,
        territory_cell="VU",
        territory_share=0.9,
        territory_usual=0.0,
        territory_deviate_week=9.0,
        other_stores_rise=1.0,
    )
    added = {"rise": 1.0, "saves": 4.0, "territory": 3.0, "other_stores": 0.9, "source": 9.0}
    reasons, _ = sentences(known, added)
    assert len(reasons) == 3
    assert "saves" in reasons[0]
    assert "territory VU" in reasons[1]
    assert "900 plays" in reasons[2]


def test_what_carries_next_to_nothing_is_left_out() -> None:
    known = row(streams=900, expected_streams=10.0, expected_low=5.0, expected_high=17.0)
    assert sentences(known, {"rise": 0.01}) == ([], "")


def test_a_suspect_row_without_a_sign_of_its_own_says_so() -> None:
    known = row(streams=900, expected_streams=10.0, expected_low=5.0, expected_high=17.0)
    assert "the strongest of many small ones: 900 plays" in together(known, {"rise": 0.01})
    assert together(row(), {"rise": -1.0}).startswith("No sign stands out by itself")


def test_what_speaks_for_people_is_counter_evidence() -> None:
    reasons, counter = sentences(row(siblings_rise=6.2), {"siblings": AGAINST})
    assert reasons == []
    assert "other tracks rose" in counter
    assert "6.2" in counter


def test_a_score_is_carried_by_what_would_be_missing_without_it() -> None:
    neutral = np.zeros(len(NAMES), np.float32)
    rows = np.zeros((2, len(NAMES)), np.float32)
    rows[0, NAMES.index("rise_today")] = 3
    rows[0, NAMES.index("siblings")] = -2
    rows[1, NAMES.index("saves_week")] = np.nan
    added = contributions(rows, neutral, lambda values: np.nansum(values, axis=1))
    assert added.keys() == FAMILIES.keys()
    assert added["rise"].tolist() == [3, 0]
    assert added["siblings"].tolist() == [-2, 0]
    assert all(not values.any() for name, values in added.items() if name in RATES)


def test_the_unknown_stays_unknown_while_families_are_tried() -> None:
    rows = np.full((1, len(NAMES)), np.nan, np.float32)
    tried: list[np.ndarray] = []

    def judge(values: np.ndarray) -> np.ndarray:
        tried.append(values)
        return np.zeros(len(values))

    contributions(rows, np.ones(len(NAMES), np.float32), judge)
    assert all(np.isnan(values).all() for values in tried)


@pytest.mark.parametrize(("deviate", "is_said"), [(0.4, True), (4.1, False)])
def test_a_difference_that_is_no_chance_does_not_speak_for_people(
    deviate: float, is_said: bool
) -> None:
    text = said(
        "repeats",
        AGAINST,
        repeats_seen=0.5,
        repeats_usual=0.33,
        repeats_normal=0.2,
        repeats_week=deviate,
    )
    assert ("streams per listener" in text) == is_said
