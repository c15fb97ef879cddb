"""Folding: the alerts of one scheme, whatever their level, become one case.

The narrowest entity that carries most of a scheme names it: a burst on one track also lifts its
release, its artist and its label, and is still the track's; one over forty tracks is the label's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fraud.report.causes import Alert
from fraud.report.figures import legible
from fraud.report.night_scores import GROUPS, SETS, Entity, NightScores, Row

EXPLAINED_SHARE = 0.8
"""A part with this share of a group's suspected plays explains the group's own alert."""
LEAST_TRACKS = {"release": 2, "artist": 2, "label": 3, "account": 3, "batch": 3, "lockstep": 3}
"""So many tracks suspect in one way make a group's case though the group itself raised no alert."""
LEAST_VAGUE_TRACKS = 10
"""So many tracks of a label, suspect in no way that has a name, are one case where most of their
suspected plays have one place: a large label has a few such tracks by chance, not ten."""

LONGEST_NAME = 80
"""A name from outside is cut in a sentence; its own column has all of it."""

Place = tuple[str, str]
"""Store and territory."""


@dataclass(frozen=True)
class Case:
    """One scheme of the night."""

    level: str
    entity: str
    tracks: frozenset[str]
    measured: tuple[Row, ...]
    """Rows of the scores that add up to the case, none of whose plays is in another."""
    alerts: tuple[Alert, ...]
    """All alerts that were folded into it."""

    @property
    def suspected(self) -> int:
        """Return the plays above what people explain."""
        return sum(row["suspected_artificial_streams"] or 0 for row in self.measured)

    @property
    def score(self) -> float:
        """Return the probability that at least its surest part is artificial."""
        return max(alert.score for alert in self.alerts)

    @property
    def lead(self) -> Alert:
        """Return the alert that speaks for the case: its own entity's, else the surest."""
        own = [a for a in self.alerts if (a.row["level"], a.row["entity"]) == self.key]
        return min(
            own or self.alerts,
            key=lambda a: (-a.score, -a.suspected, a.row["level"], a.row["entity"]),
        )

    @property
    def key(self) -> Entity:
        """Return level and entity."""
        return self.level, self.entity

    @property
    def is_whole_group(self) -> bool:
        """Return whether a group is suspect as a whole, beyond its single tracks."""
        is_group = self.level in GROUPS or self.level in SETS
        return is_group and self.measured[0]["level"] == self.level


def fold(alerts: Sequence[Alert], night: NightScores) -> list[Case]:
    """Return the cases of a night, ordered by level and entity; each alert is in exactly one."""
    cases = _track_cases(alerts)
    for level, name in GROUPS.items():
        groups = {a.row["entity"]: a for a in alerts if a.row["level"] == level}
        inside: dict[str, list[Case]] = {}
        outside: list[Case] = []
        for case in cases:
            group = night.fact(case.tracks, name)
            (outside if group is None else inside.setdefault(group, [])).append(case)
        cases = outside
        for entity in sorted(inside.keys() | groups.keys()):
            cases = _gather(
                (level, entity), groups.get(entity), inside.get(entity, []), cases, night
            )
    for alert in alerts:
        if alert.row["level"] in SETS:
            key = (alert.row["level"], alert.row["entity"])
            members = frozenset(night.members.get(key, ()))
            within = [case for case in cases if case.tracks <= members]
            beyond = [case for case in cases if not case.tracks <= members]
            cases = _gather(key, alert, within, beyond, night)
    return sorted(cases, key=lambda case: case.key)


def _track_cases(alerts: Iterable[Alert]) -> list[Case]:
    own: dict[str, Alert] = {}
    cells: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.row["level"] == "track":
            own[alert.row["track_id"]] = alert
        elif alert.row["level"] == "territory":
            cells.setdefault(alert.row["track_id"], []).append(alert)
    cases = [
        Case(
            "track",
            alert.row["entity"],
            frozenset((track,)),
            (alert.row,),
            (alert, *cells.pop(track, ())),
        )
        for track, alert in own.items()
    ]
    for track, there in cells.items():
        worst = min(there, key=lambda a: (-a.suspected, -a.score, a.row["entity"]))
        measured = tuple(alert.row for alert in there)
        cases.append(
            Case("territory", worst.row["entity"], frozenset((track,)), measured, tuple(there))
        )
    return cases


def _gather(
    key: Entity, own: Alert | None, inside: list[Case], others: list[Case], night: NightScores
) -> list[Case]:
    """Return `others` and what becomes of the cases inside a group and of the group's own alert."""
    if own is None:
        return others + _alike(key, inside, night)
    members = frozenset(night.members.get(key, ()))
    needed = EXPLAINED_SHARE * own.suspected
    nearby = inside + others
    parts = [(_part(case, members, night), case.key, case) for case in nearby]
    most, _, biggest = max(parts, key=lambda part: part[:2], default=(0.0, key, None))
    if biggest is not None and most >= max(needed, 1):
        told = replace(biggest, alerts=(*biggest.alerts, own))
        if biggest in inside:
            inside = [told if case is biggest else case for case in inside]
            return others + _alike(key, inside, night)
        return [told if case is biggest else case for case in others] + _alike(key, inside, night)
    folded = (own, *(alert for case in inside for alert in case.alerts))
    if inside and sum(case.suspected for case in inside) >= needed:
        return [*others, _joined(key, inside, folded)]
    tracks = members.union(*(case.tracks for case in inside))
    return [*others, Case(*key, tracks, (own.row,), folded)]


def _part(case: Case, members: frozenset[str], night: NightScores) -> float:
    """Return the suspected plays of a case that fall on a group's tracks.

    They are shared out by what the night says of its tracks: one of forty may have most of them.
    """
    plays = {
        track: night.tracks.get(track, {}).get("suspected_artificial_streams") or 0
        for track in case.tracks
    }
    whole = sum(plays.values())
    if not whole:
        return case.suspected * len(case.tracks & members) / max(len(case.tracks), 1)
    return case.suspected * sum(plays[track] for track in case.tracks & members) / whole


def _alike(key: Entity, inside: Sequence[Case], night: NightScores) -> list[Case]:
    """Return the cases with those folded into the group's that show the same pattern.

    Where there is such a case, those that have their suspected plays in the same place go with it:
    a scheme over forty tracks shows the same pattern on most, not on all of them.
    """
    level = key[0]
    kinds: dict[tuple[str, Place | None], list[Case]] = {}
    for case in inside:
        pattern = case.lead.pattern
        vague = pattern == "unknown" and level in ("label", "account")
        kinds.setdefault((pattern, _main_place([case], night) if vague else None), []).append(case)
    kept: list[Case] = []
    alike: list[Case] = []
    for (pattern, place), cases in sorted(kinds.items(), key=lambda kind: str(kind[0])):
        tracks = frozenset[str]().union(*(case.tracks for case in cases))
        vague = pattern == "unknown" and level in ("label", "account")
        least = LEAST_VAGUE_TRACKS if vague else LEAST_TRACKS[level]
        together = len(cases) > 1 and len(tracks) >= least and (place is not None or not vague)
        (alike if together else kept).extend(cases)
    if alike:
        place = _main_place(alike, night)
        near = [place is not None and _main_place([case], night) == place for case in kept]
        alike += [case for case, is_near in zip(kept, near, strict=True) if is_near]
        kept = [case for case, is_near in zip(kept, near, strict=True) if not is_near]
        kept.append(_joined(key, alike, tuple(a for case in alike for a in case.alerts)))
    return kept


def _main_place(cases: Sequence[Case], night: NightScores) -> Place | None:
    """Return where most of the suspected plays of some cases are, None where nobody knows."""
    plays: dict[Place, int] = {}
    for track in frozenset[str]().union(*(case.tracks for case in cases)):
        for cell in night.cells.get(track, ()):
            place = (cell["store"], cell["territory"])
            plays[place] = plays.get(place, 0) + (cell["suspected_artificial_streams"] or 0)
    best = max(plays, key=lambda place: (plays[place], place), default=None)
    return best if best and plays[best] else None


def _joined(key: Entity, cases: Sequence[Case], alerts: tuple[Alert, ...]) -> Case:
    return Case(
        *key,
        frozenset[str]().union(*(case.tracks for case in cases)),
        tuple(row for case in cases for row in case.measured),
        alerts,
    )


def reasons(case: Case) -> list[str]:
    """Return at most three sentences: what joins the tracks folded, then the lead's reasons."""
    row: Mapping[str, str | None] = case.lead.row
    own = [text for at in (1, 2, 3) if (text := row[f"reason_{at}"])]
    if case.level in GROUPS and not case.is_whole_group:
        name = legible(case.entity, LONGEST_NAME)
        name = name if case.level != "release" else f"with UPC {name}"
        joint = (
            f"{len(case.tracks)} tracks of {case.level} {name} are suspect on the same day, with"
            f" {case.suspected:,} plays above the expected."
        )
        # "Its artist is suspect as a whole" says of a track what the first sentence says already.
        further = [text for text in own if not text.startswith("Its ")]
        return [joint, *(f"{_whose(case)}{text}" for text in further)][:3]
    return own


def _whose(case: Case) -> str:
    """Return whose the reasons of the lead are, '' where they are of the group itself."""
    level = case.lead.row["level"]
    if level == case.level:
        return ""
    return "Its surest track: " if level in ("track", "territory") else f"Its surest {level}: "
