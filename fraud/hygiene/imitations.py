"""Artists and titles that imitate others: look-alike letters, swapped words, near-equal names.

Nothing is compared with everything: names meet where they share a key (how they look, their words
in order, themselves less one letter), so a catalogue is read once however long it is.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from rapidfuzz.distance import OSA

from fraud.hygiene.names import (
    HANGERS_ON,
    VERSIONS,
    seen,
    without_hanger_on,
    without_version,
    written,
)

SHORTEST_NEAR = 7
"""A shorter name with one letter changed is as often another name."""
MOST_COMPARED = 20
"""Names that meet under one key are held against so many of them."""
KNOWN = "a name that was given as known"


@dataclass(frozen=True)
class Name:
    """A name of the catalogue, as it is shown, with who delivers it."""

    shown: str
    owners: frozenset[str]
    tracks: int
    first_day: str
    examples: str
    account_id: str | None
    label: str | None
    artist: str | None
    written: str
    seen: str

    @property
    def rank(self) -> tuple[bool, int, str, str]:
        """Return what tells the imitated, which is first, from the imitator."""
        return (bool(self.owners), -self.tracks, self.first_day, self.shown)


def artists(catalog: pl.DataFrame, known: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield a finding for each artist whose name imitates another's of another account.

    The one with more tracks (then the older) is the imitated; a name in `known` always is.
    """
    names = pl.concat([_names(catalog, "artist"), _known(known)]).with_row_index("number")
    told: set[str] = set()
    for check, severity, keys, is_so, sentence in _ARTIST_CHECKS:
        for one, other in _pairs(names, keys(names), is_so):
            if one.shown in told:
                continue
            told.add(one.shown)
            whose = f"{other.tracks:,} tracks of {_owner(other)}" if other.owners else KNOWN
            yield _finding(check, severity, one, sentence.format(one.shown, other.shown, whose))


def titles(catalog: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield a finding for each title that imitates another account's."""
    names = _names(catalog, "title").with_row_index("number")
    for one, other in _pairs(names, _less(names, VERSIONS), _is_version):
        version = without_version(one.written)[1]
        text = (
            f"'{one.shown}' by {one.artist or 'several'} is a {version} version of"
            f" '{other.shown}' by {other.artist or 'several'}, which {_owner(other)} delivers; a"
            " version usually comes from the same account."
        )
        yield _finding("imitated title", "high", one, text)
    for one, other in _pairs(names, _looks(names), _differs):
        text = (
            f"'{one.shown}' by {one.artist or 'several'} looks like '{other.shown}' by"
            f" {other.artist or 'several'} and is written with other letters."
        )
        yield _finding("imitated title", "high", one, text)


def _looks(names: pl.DataFrame) -> pl.DataFrame:
    return names.select("number", key="seen")


def _swapped(names: pl.DataFrame) -> pl.DataFrame:
    words = pl.col("written").str.split(" ")
    several = names.filter(words.list.len() > 1)
    return several.select("number", key=words.list.sort().list.join(" "))


def _less(names: pl.DataFrame, endings: Sequence[str]) -> pl.DataFrame:
    """Return each name as it is, and without an ending of these where it has one."""
    whole = names.select("number", key="written")
    ending = f" (?:{'|'.join(sorted(endings, key=len, reverse=True))})$"
    return pl.concat([whole, whole.with_columns(pl.col("key").str.replace(ending, ""))]).unique()


def _less_one_letter(names: pl.DataFrame) -> pl.DataFrame:
    numbers: list[int] = []
    keys: list[str] = []
    bare = names.select("number", text=pl.col("written").str.replace_all(" ", "", literal=True))
    for number, text in bare.filter(pl.col("text").str.len_chars() >= SHORTEST_NEAR).iter_rows():
        near = {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}
        numbers += [number] * len(near)
        keys += near
    return pl.DataFrame(
        {"number": numbers, "key": keys}, schema={"number": pl.UInt32, "key": pl.String}
    )


def _differs(name: Name, original: Name) -> bool:
    return name.written != original.written


def _is_version(name: Name, original: Name) -> bool:
    return without_version(name.written)[0] == original.written != name.written


def _hangs_on(name: Name, original: Name) -> bool:
    return without_hanger_on(name.written)[0] == original.written != name.written


def _is_near(name: Name, original: Name) -> bool:
    one, other = (text.written.replace(" ", "") for text in (name, original))
    return bool(OSA.distance(one, other, score_cutoff=1) == 1)


_ARTIST_CHECKS: Sequence[
    tuple[str, str, Callable[[pl.DataFrame], pl.DataFrame], Callable[[Name, Name], bool], str]
] = (
    (
        "look-alike letters",
        "high",
        _looks,
        _differs,
        "'{0}' looks like '{1}' ({2}) and is written with other letters.",
    ),
    (
        "borrowed name",
        "high",
        lambda names: _less(names, HANGERS_ON),
        _hangs_on,
        "'{0}' is '{1}' ({2}) with a word behind it, from another account.",
    ),
    (
        "swapped words",
        "medium",
        _swapped,
        _differs,
        "'{0}' has the words of '{1}' ({2}) in another order, from another account.",
    ),
    (
        "near-equal name",
        "low",
        _less_one_letter,
        _is_near,
        "'{0}' is one letter away from '{1}' ({2}), from another account.",
    ),
)


def _pairs(
    names: pl.DataFrame, keys: pl.DataFrame, is_so: Callable[[Name, Name], bool]
) -> Iterator[tuple[Name, Name]]:
    """Yield (imitator, imitated) by name, one an imitator; both share a key and no account.

    The imitated ranks before the imitator, except where a version betrays itself by its title.
    """
    meetings = (
        keys.filter(pl.col("key") != "")
        .group_by("key")
        .agg(pl.col("number").unique())
        .filter(pl.col("number").list.len() > 1)
        .sort("key")
    )
    numbers = meetings["number"].explode().unique()
    met = {
        row.pop("number"): Name(**{**row, "owners": frozenset(row["owners"])})
        for row in names.filter(pl.col("number").is_in(numbers.implode())).iter_rows(named=True)
    }
    found: dict[str, tuple[Name, Name]] = {}
    for together in meetings["number"]:
        ranked = sorted((met[number] for number in together), key=lambda name: name.rank)
        for at, name in enumerate(ranked):
            others = ranked[: MOST_COMPARED if is_so is _is_version else min(at, MOST_COMPARED)]
            for original in others:
                apart = bool(name.owners) and not name.owners & original.owners
                if apart and is_so(name, original):
                    found.setdefault(name.shown, (name, original))
                    break
    for shown in sorted(found):
        yield found[shown]


def _names(catalog: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the different names of a column, one row each, with who delivers them, in order."""
    owner = pl.coalesce("account_id", "label", "artist", "track_id")
    shown = pl.col(column).str.strip_chars()
    named = catalog.filter(shown.is_not_null(), shown != "").with_columns(
        shown=shown, owner=owner, first_day=pl.col("release_date").cast(pl.String)
    )
    grouped = (
        named.sort("track_id")
        .group_by("shown", maintain_order=True)
        .agg(
            owners=pl.col("owner").unique(),
            tracks=pl.len(),
            first_day=pl.col("first_day").min().fill_null("9999"),
            examples=pl.col("track_id").head(5),
            account_id=_shared("account_id"),
            label=_shared("label"),
            artist=_shared("artist"),
        )
        .with_columns(pl.col("examples").list.join("|"), pl.col("tracks").cast(pl.Int64))
        .sort("shown")
    )
    return grouped.with_columns(
        written=pl.Series([written(name) for name in grouped["shown"]], dtype=pl.String),
        seen=pl.Series([seen(name) for name in grouped["shown"]], dtype=pl.String),
    )


def _shared(column: str) -> pl.Expr:
    """Return the one value of a column, null where there are several."""
    first = pl.col(column).first()
    return pl.when((pl.col(column) == first).all(ignore_nulls=False)).then(first)


def _known(known: Collection[str]) -> pl.DataFrame:
    """Return names from outside of the catalogue: nobody's here, and always the imitated."""
    shown = sorted({name.strip() for name in known} - {""})
    return pl.DataFrame(
        {
            "shown": shown,
            "owners": [[] for _ in shown],
            "tracks": [0] * len(shown),
            "first_day": [""] * len(shown),
            "examples": [""] * len(shown),
            **{name: [None] * len(shown) for name in ("account_id", "label", "artist")},
            "written": [written(name) for name in shown],
            "seen": [seen(name) for name in shown],
        },
        schema_overrides={
            "shown": pl.String,
            "owners": pl.List(pl.String),
            "tracks": pl.Int64,
            **dict.fromkeys(("first_day", "examples", "account_id", "label"), pl.String),
            **dict.fromkeys(("artist", "written", "seen"), pl.String),
        },
    )


def _owner(name: Name) -> str:
    owners = sorted(name.owners)
    return owners[0] if len(owners) == 1 else f"{len(owners)} accounts"


def _finding(check: str, severity: str, name: Name, text: str) -> dict[str, Any]:
    row: Mapping[str, Any] = {
        "account_id": name.account_id,
        "label": name.label,
        "artist": name.artist,
        "tracks": name.tracks,
        "examples": name.examples,
    }
    return {"check": check, "severity": severity, "finding": text, **row}
