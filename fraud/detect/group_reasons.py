"""Why a group is suspect, in sentences with the measured and the usual value."""

from collections.abc import Mapping
from typing import Any

from fraud.tables import DEVICES, SOURCES, TIERS

Row = Mapping[str, Any]

LEAST_ODDS = 0.5
"""Log odds below which a family is not worth a sentence."""
_PLACES = {"source": SOURCES, "tier": TIERS, "device": DEVICES}
_PLAN = {"source": "from source", "tier": "on plan", "device": "on device"}


def said(row: Row, added: Mapping[str, float]) -> list[str]:
    """Return the reasons, strongest first; a block's first sentence says what it is."""
    ranked = sorted(added, key=lambda family: (-added[family], family))
    texts = [_SENTENCES[f](row) for f in ranked if added[f] >= LEAST_ODDS and f in _SENTENCES]
    found = [text for text in texts if text]
    if "by_chance" not in row:
        return found
    return [_of_a_day(row) if row["days"] == 1 else _block(row), *found]


def against(row: Row, added: Mapping[str, float]) -> str | None:
    """Return what speaks for people, null where nothing does."""
    texts = []
    if added.get("saves", 0.0) <= -LEAST_ODDS:
        texts.append(f"Listeners keep its tracks {row['saves_ratio']:.0%} as often as usual.")
    if added.get("sub30", 0.0) <= -LEAST_ODDS:
        texts.append(f"Early ends are {row['sub30_ratio']:.0%} of the usual share.")
    if added.get("rhythm", 0.0) <= -LEAST_ODDS:
        texts.append("Its days rise and fall as people's do.")
    if added.get("listeners", 0.0) <= -LEAST_ODDS:
        texts.append(f"{row['listeners']:,} listeners played it, few of them most of it.")
    return " ".join(texts) or None


def _block(row: Row) -> str:
    began = f" began about {row['began']:%Y-%m-%d}" if row["began"] else " moved together"
    return (
        f"{row['tracks']} tracks of {row['artists']} artists{began}, each with"
        f" {row['gained_low']:.1f} to {row['gained_high']:.1f} new plays a day{_where(row)};"
        f" by chance {row['by_chance']:.1f} such tracks were to be expected."
    )


def _of_a_day(row: Row) -> str:
    return (
        f"On {row['began']:%Y-%m-%d} {row['tracks']} tracks of {row['artists']} artists had"
        f" {row['gained_low']:.1f} to {row['gained_high']:.1f} plays each{_where(row)}, where"
        f" they are hardly ever played; by chance {row['by_chance']:.1f} such tracks were to be"
        " expected."
    )


def _where(row: Row) -> str:
    places = row["territories"].replace("|", ", ")
    sources = f" from {row['sources'].replace('|', ', ')}" if row["sources"] else ""
    return f" at {row['store']} in {places}{sources}"


def _saves(row: Row) -> str:
    usual = row["saves_chances"]
    kept = round(row["saves_ratio"] * usual)
    return (
        f"In two weeks {kept:,} addition{'s' * (kept != 1)} to libraries where {usual:,.0f} would"
        " be usual."
    )


def _sub30(row: Row) -> str:
    usual = row["sub30_chances"]
    ended = round(row["sub30_ratio"] * usual)
    return (
        f"{ended:,} start{'s' * (ended != 1)} ended before 30 s in two weeks where {usual:,.0f}"
        " would be usual."
    )


def _mix(row: Row) -> str:
    known = [name for name in _PLACES if row.get(f"{name}_catalogue") is not None]
    if not known:
        return "Its plays come from other territories than the catalogue's."
    odd = max(known, key=lambda name: row[f"{name}_catalogue"])
    if row.get(f"{odd}_top") is None:
        return f"The {odd} mix of its plays is far from the store's."
    place = _PLACES[odd][int(row[f"{odd}_top_place"])].replace("_", " ")
    return f"{row[f'{odd}_top']:.0%} of its plays are {_PLAN[odd]} {place}, unlike the catalogue's."


def _change(row: Row) -> str:
    known = [n for n in _PLACES if row.get(f"{n}_past") is not None]
    odd = max(known, key=lambda name: row[f"{name}_past"])
    return f"The {odd} mix of its plays changed in two weeks, over most of {_played(row)}."


def _alike(row: Row) -> str:
    return f"The mixes of {_played(row)} are the same: they differ no more than drawn from one."


def _evenness(row: Row) -> str:
    spread = max(row["unevenness"], 0.0) ** 0.5
    return (
        f"The plays of {_played(row)} are about equal: they differ by {spread:.0%} of their mean,"
        " living catalogues by more than 100%."
    )


def _rhythm(row: Row) -> str:
    if row["weekdays"] is not None and row["weekdays"] < 0.5:
        return f"Its weekdays rise and fall {row['weekdays']:.0%} as much as the catalogue's."
    return "Its tracks' daily plays scatter no more than counts drawn by lot."


def _listeners(row: Row) -> str:
    heads = f"{row['listeners']:,} listeners played it {row['listener_plays']:,.1f} times each in"
    if row["listener_overlap"] is None:
        return f"{heads} two weeks."
    return (
        f"{heads} two weeks; who played one of its tracks played {row['listener_overlap']:.0%} of"
        " the others as well."
    )


def _onset(row: Row) -> str:
    if row.get("days") == 1:
        return ""
    if "by_chance" in row:
        return f"{row['onset_tracks']} of them began within three days."
    return (
        f"{row['onset_tracks']:.0f} of {_played(row)} began within three days,"
        f" {row['onset_usual_share']:.0%} of the catalogue's others did."
    )


def _tracks(row: Row) -> str:
    if row["suspect_tracks"] < 2:
        return ""
    return f"{row['suspect_tracks']} of {_played(row)} are suspect by themselves."


def _played(row: Row) -> str:
    """Return whom the facts are about: not all of them need have a play on the night itself."""
    return f"its {row['tracks']} tracks with plays in the last two weeks"


_SENTENCES = {
    "saves": _saves,
    "sub30": _sub30,
    "mix": _mix,
    "change": _change,
    "alike": _alike,
    "evenness": _evenness,
    "rhythm": _rhythm,
    "listeners": _listeners,
    "onset": _onset,
    "tracks": _tracks,
}
