"""Names that imitate others are told from names that are merely alike."""

from typing import Any

import polars as pl
import pytest

from fraud.hygiene.imitations import artists, titles
from fraud.hygiene.names import seen, without_hanger_on, without_version, written
from fraud.tables import CATALOG

CYRILLIC = "Mara Quill".replace("a", "\N{CYRILLIC SMALL LETTER A}")


def listed(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Return a catalogue of (account, artist, title) rows."""
    made = [
        {"track_id": f"T{number:03}", "account_id": account, "artist": artist, "title": title}
        for number, (account, artist, title) in enumerate(rows)
    ]
    return CATALOG.conform(pl.DataFrame(made, schema=dict(CATALOG.schema)))


STAR = [("label", "Mara Quill", f"Song {number}") for number in ("one", "two", "three")]


def told(*rows: tuple[str, str, str], known: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    found = artists(listed(*STAR, *rows), known)
    return [(row["check"], row["severity"], row["artist"]) for row in found]


@pytest.mark.parametrize(
    ("name", "check", "severity"),
    [
        (CYRILLIC, "look-alike letters", "high"),
        ("Mara Qui1l", "look-alike letters", "high"),
        ("Mara QuiIl", "look-alike letters", "high"),
        ("Mara Quill Official", "borrowed name", "high"),
        ("MARA QUILL (Sped Up)", "borrowed name", "high"),
        ("Quill, Mara", "swapped words", "medium"),
        ("Mara Quil", "near-equal name", "low"),
        ("Mara Qulil", "near-equal name", "low"),
        ("Maria Quill", "near-equal name", "low"),
    ],
)
def test_an_imitation_is_told_by_what_it_does(name: str, check: str, severity: str) -> None:
    assert told(("farm", name, "Other")) == [(check, severity, name)]


@pytest.mark.parametrize(
    "name", ["Mara Quill", "MARA QUILL", "Mára Quill", "Mara Quills Band", "Mona Quill", "Quill"]
)
def test_the_same_name_and_another_name_are_no_imitations(name: str) -> None:
    assert told(("farm", name, "Other")) == []


def test_an_account_may_write_its_own_artists_as_it_likes() -> None:
    assert told(("label", CYRILLIC, "Other"), ("label", "Quill Mara", "Other")) == []


def test_the_one_with_fewer_tracks_is_the_imitator_and_the_sentence_names_both() -> None:
    (row,) = artists(listed(*STAR, ("farm", "Quill Mara", "Other")))
    assert row["account_id"] == "farm"
    assert row["tracks"] == 1
    assert row["examples"] == "T003"
    assert row["finding"] == (
        "'Quill Mara' has the words of 'Mara Quill' (3 tracks of label) in another order, from"
        " another account."
    )


def test_a_name_given_as_known_is_always_the_imitated() -> None:
    rows = [("farm", "Famous Actt", f"Song {number}") for number in range(9)]
    (row,) = artists(listed(*rows), ["Famous Act", " "])
    assert row["finding"] == (
        "'Famous Actt' is one letter away from 'Famous Act' (a name that was given as known), from"
        " another account."
    )


def test_a_version_of_anothers_title_is_told_and_ones_own_is_not() -> None:
    rows = [
        ("label", "Mara Quill", "Blue Hour"),
        ("farm", "dj x", "Blue Hour (Sped Up)"),
        ("farm", "dj y", "blue hour - slowed + reverb"),
        ("label", "Mara Quill", "Blue Hour - Nightcore"),
        ("farm", "dj x", "Nothing Like It (Sped Up)"),
        ("farm", "dj x", "Nightcore"),
    ]
    found = list(titles(listed(*rows)))
    assert [row["examples"] for row in found] == ["T001", "T002"]
    assert found[0]["finding"] == (
        "'Blue Hour (Sped Up)' by dj x is a sped up version of 'Blue Hour' by Mara Quill, which"
        " label delivers; a version usually comes from the same account."
    )


def test_a_title_in_other_letters_is_told() -> None:
    copied = "Blue Hour".replace("o", "\N{CYRILLIC SMALL LETTER O}")
    rows = [("label", "Mara Quill", "Blue Hour"), ("other", "Mara Quill", "Blue Hour")]
    (row,) = titles(listed(*rows, ("farm", "x", copied)))
    assert row["account_id"] == "farm"
    assert "is written with other letters" in row["finding"]


def test_names_without_an_owner_and_nothing_at_all_do_no_harm() -> None:
    nothing = listed()
    assert list(artists(nothing)) == []
    assert list(titles(nothing)) == []
    rows = [{"track_id": "a"}, {"track_id": "b", "artist": " ", "title": ""}]
    empty = CATALOG.conform(pl.DataFrame(rows, schema=dict(CATALOG.schema)))
    assert list(artists(empty)) == []
    assert list(titles(empty)) == []


def test_names_as_they_are_written_and_seen() -> None:
    assert written("  Beyoncé & Co.") == "beyonce co"
    assert written("宇多田 ヒカル") == "宇多田 ヒカル"
    assert seen(CYRILLIC) == seen("Mara Quill") == "mara quill"
    assert seen("Ali") != seen("All")
    assert without_version("blue hour slowed and reverb") == ("blue hour", "slowed and reverb")
    assert without_version("slowed") == ("slowed", "")
    assert without_hanger_on("mara quill tribute band") == ("mara quill", "tribute band")


def test_hostile_names_are_only_names() -> None:
    rows: list[tuple[Any, ...]] = [
        ("farm", "x" * 10_000, "=1+1"),
        ("farm", "\u202e<script>", "😀" * 50),
        ("other", "'; drop table catalog; --", "\x00"),
    ]
    assert list(artists(listed(*rows))) == []
    assert list(titles(listed(*rows))) == []
