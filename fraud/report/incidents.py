"""Incidents: what one night's scores, the nights before and known causes come to, worst first."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from fraud.config import Settings
from fraud.report import changes as changed
from fraud.report import lineage
from fraud.report.causes import Alert, weigh
from fraud.report.changes import CHANGES
from fraud.report.folding import Case, fold, reasons
from fraud.report.lineage import Past, incident_id
from fraud.report.money import Books, Cell, Cost, Plays, cost, shown
from fraud.report.names import NAMES, names_of
from fraud.report.night_scores import NightScores
from fraud.report.reruns import Known
from fraud.report.silence import Silenced
from fraud.report.takedown import takedown
from fraud.report.words import Subject, Words
from fraud.tables import INCIDENTS

EVIDENCE_FOLDER = "evidence"

SUREST = 0.999
"""No measurement makes certain: a probability that rounds to 1 is told as this."""
CARRIED_SHARE = 0.8
"""Where no territory alerts by itself: those named carry this share of the suspected plays."""


@dataclass(frozen=True)
class NightIncidents:
    """What a night comes to."""

    listed: pl.DataFrame
    """The INCIDENTS rows of its report, by rank."""
    silenced: Sequence[Silenced]
    """What was active and is not listed because an analyst called it innocent, most plays first."""


def incidents(
    day: date,
    scores: pl.DataFrame,
    *,
    earlier: pl.DataFrame,
    catalog: pl.DataFrame,
    context: pl.DataFrame,
    judgements: pl.DataFrame,
    settings: Settings,
    silent_stores: Collection[str] = (),
    books: Books | None = None,
    changes: pl.DataFrame | None = None,
) -> NightIncidents:
    """Return the incidents of one night, `rank` 1 the costliest.

    `scores` are the night's SCORES, `earlier` the INCIDENTS of the nights before (two months are
    enough, and whatever carries a judgement); of `day` and later nights, where they were run
    before, only the ids are taken over. Rows from `settings.alert_score` become alerts, the alerts
    of one scheme one incident; a new one with fewer than `settings.floor_streams` suspected plays
    is left out; one that an analyst called innocent stays silent while nothing new
    happens. One that costs less than `settings.floor_cost` is marked as below the floor. What only
    `silent_stores` carried, those that delivered nothing for the day, is not said to have ended.
    `books` says what is known of pay and of the month, `changes` (see CHANGES) what stores reported
    late or again. The same inputs give the same rows.
    """
    books = books or Books()
    changes = pl.DataFrame(schema=CHANGES) if changes is None else changes
    words = Words.on(judgements, day)
    pasts = lineage.pasts(earlier, day, words.on_incident)
    night = NightScores.of(
        scores.filter(pl.col("report_date") == day),
        catalog,
        settings.alert_score,
        followed={track for past in pasts.values() for track in past.tracks},
        entities={past.key for past in pasts.values()},
    )
    weighed = weigh(day, night, context)
    alerts = [alert for alert in weighed.values() if alert.score >= settings.alert_score]
    cases = fold(alerts, night)
    links = lineage.link(cases, pasts)
    linked = links.of_case
    known = Known(earlier, day, pasts)
    before = known.ids(cases, linked)
    names = [
        linked[place].incident_id
        if place in linked
        else before.get(place) or incident_id(*case.key, day)
        for place, case in enumerate(cases)
    ]
    named = {*pasts, *names}
    judged = [
        found
        for place, case in enumerate(cases)
        if (
            found := _active(
                day,
                case,
                night,
                past=linked.get(place),
                taken_in=links.taken_in.get(place, ()),
                name=names[place],
                words=words,
                named=named,
                settings=settings,
                books=books,
                changes=changes,
            )
        )
    ]
    active = [found for found in judged if isinstance(found, _Listed)]
    active.sort(key=lambda row: (-row.cost.expected_eur, -row.cost.score, row.incident_id))
    silenced = [found for found in judged if isinstance(found, Silenced)]
    silenced.sort(key=lambda each: (-each.suspected, each.incident_id))
    quiet = [] if night.is_empty else lineage.ended(pasts, links.alive, day, silent_stores)
    over = [
        _ended(
            day,
            past,
            night,
            explained=weighed.get(past.key),
            settings=settings,
            changes=changes,
        )
        | {"verdict": verdict}
        for past in quiet
        if (verdict := _last_verdict(past, night, words, named)) != "innocent"
    ]
    every = [row.values for row in active] + over
    remembered = {*pasts, *before.values()}
    rows = every[: settings.alerts_per_night]
    rows += [row for row in every[len(rows) :] if row["incident_id"] in remembered]
    rows += [{**row} for row in known.withdrawn(row["incident_id"] for row in every)]
    listed = [
        row
        | {
            "report_date": day,
            "rank": rank,
            "evidence": f"{EVIDENCE_FOLDER}/{row['incident_id']}/",
        }
        for rank, row in enumerate(rows, 1)
    ]
    frame = INCIDENTS.conform(pl.DataFrame(listed, schema=dict(INCIDENTS.schema)))
    return NightIncidents(frame, silenced)


@dataclass(frozen=True)
class _Listed:
    values: dict[str, Any]
    cost: Cost

    @property
    def incident_id(self) -> str:
        return str(self.values["incident_id"])


def _active(
    day: date,
    case: Case,
    night: NightScores,
    *,
    past: Past | None,
    taken_in: Sequence[Past],
    name: str,
    words: Words,
    named: Collection[str],
    settings: Settings,
    books: Books,
    changes: pl.DataFrame,
) -> _Listed | Silenced | None:
    """Return the row of a case, None where it is below the floor."""
    state = lineage.status(past, day)
    if state != "ongoing" and case.suspected < settings.floor_streams:
        return None
    cells = _cells(case, night)
    suspects = _carriers(case, cells, "store")
    stores = suspects or _played_in(case, books, "store")
    counter = [case.lead.row["counter_evidence"] or ""]
    counter += sorted({cause for alert in case.alerts for cause in alert.causes})
    places = _carriers(case, cells, "territory")
    territories = places or _played_in(case, books, "territory")
    first_day = past.first_day if past else day
    subject = Subject.of(
        case.level,
        case.entity,
        case.tracks,
        night,
        territories=territories,
        pattern=case.lead.pattern,
        first_day=first_day,
    )
    word = words.of(name, subject, named)
    # On its first night an incident can only have been judged afterwards: a rerun still shows it.
    if word and word.is_innocent and (past or word.about or day > word.given_on):
        what = lineage.news(case, past, suspects) if past else ""
        if not what:
            names = names_of(case, night, first_day)
            return Silenced(name, names["about"] or "", names["artist"], case.suspected, word)
        about = f" as {word.about}" if word.about else ""
        because = f" ({word.note.rstrip('.')})" if word.note else ""
        counter.append(
            f"Judged innocent{about} on {word.given_on}{because}; new since then: {what}."
        )
    streams = _sum(row["streams"] for row in case.measured)
    suspected = case.suspected
    expected = _sum(row["expected_streams"] for row in case.measured)
    month = day.replace(day=1)
    month_before = (month - timedelta(days=1)).replace(day=1)
    spent = cost(
        day,
        suspected=suspected,
        score=case.score,
        cells=cells,
        tonight=_tonight(case, night),
        before=_earlier(case, books, first_day, since=month, until=day),
        earlier=_earlier(case, books, first_day, since=date.min, until=day),
        settings=settings,
        books=books,
    )
    told = reasons(case)
    risk, why = takedown(
        day,
        spent,
        isrcs=_codes(case, night, "isrc"),
        upcs=_codes(case, night, "upc"),
        last_month=_earlier(case, books, first_day, since=month_before, until=month),
        books=books,
    )
    row = {
        "incident_id": name,
        "status": state,
        "first_day": first_day,
        "days_active": (past.days_active if past else 0) + 1,
        "last_active": day,
        "level": case.level,
        "entity": case.entity,
        **names_of(case, night, first_day),
        "tracks": len(case.tracks),
        "track_ids": "|".join(sorted(case.tracks)),
        "stores": "|".join(stores) or None,
        "territories": "|".join(territories) or None,
        "streams": streams,
        "expected_streams": None if expected is None else round(expected, 1),
        "suspected_artificial_streams": suspected,
        "suspected_share": round(suspected / streams, 3) if streams else None,
        "score": min(round(case.score, 3), SUREST),
        "severity": spent.severity,
        "pattern": case.lead.pattern,
        "pattern_share": case.lead.row.get("pattern_share"),
        **{f"reason_{at}": told[at - 1] if at <= len(told) else None for at in (1, 2, 3)},
        "counter_evidence": " ".join(text for text in counter if text) or None,
        **_money(spent, settings),
        "pay_source": spent.pay_source,
        "below_floor": shown(spent.expected_eur, settings) < settings.floor_cost,
        "takedown_risk": risk,
        "takedown_reason": why,
        "verdict": word.verdict if word else None,
        "model_version": case.lead.row["model_version"],
    }
    # Where nothing is suspect by place, which places lead changes from night to night by chance.
    suspect_in = row | {"stores": "|".join(suspects), "territories": "|".join(places)}
    told = changed.sentences(past, suspect_in, case.tracks, changes, day) if past else []
    told += changed.taken_in(past, taken_in)
    return _Listed(row | {"changed": " ".join(told) or None}, spent)


def _ended(
    day: date,
    past: Past,
    night: NightScores,
    *,
    explained: Alert | None,
    settings: Settings,
    changes: pl.DataFrame,
) -> dict[str, Any]:
    """Return the one row that says an incident has gone quiet."""
    row = night.rows.get(past.key)
    tracks = [night.tracks.get(track, {}) for track in sorted(past.tracks)]
    played = [track for track in tracks if track.get("streams") is not None]
    own = [row] if row and past.level == "territory" else played
    score = explained.score if explained else row["score"] if row else 0.0
    how = "Explained by a known cause" if explained else "Below the alert line"
    expected = _sum(part["expected_streams"] for part in own)
    kept = ("level", "entity", *NAMES, "tracks", "track_ids", "stores", "territories")
    row_of_past = {name: past.last[name] for name in ("level", "stores", "territories")}
    told = changed.sentences(past, row_of_past | {"severity": None}, past.tracks, changes, day)
    return {
        **{name: past.last[name] for name in (*kept, "pattern", "pattern_share")},
        "incident_id": past.incident_id,
        "status": "ended",
        "first_day": past.first_day,
        "days_active": past.days_active,
        "last_active": past.last_active,
        "streams": _sum(part["streams"] for part in own) or 0,
        "expected_streams": None if expected is None else round(expected, 1),
        "suspected_artificial_streams": 0,
        "suspected_share": 0.0,
        "score": min(round(score, 3), SUREST),
        "severity": "low",
        "reason_1": f"{how} on {day}; last active on {past.last_active}, with {past.suspected:,}"
        f" suspected plays in {past.days_active} active night{'s' * (past.days_active != 1)}.",
        "counter_evidence": " ".join(explained.causes) if explained else None,
        **_money(Cost(0.0, 0.0, 0.0), settings),
        "below_floor": False,
        "takedown_risk": "low",
        "changed": " ".join(told) or None,
        "model_version": past.last["model_version"],
    }


def _cells(case: Case, night: NightScores) -> list[Cell]:
    """Return where the case's tracks were played; of a territory only its own places suspect."""
    own = {row["entity"] for row in case.measured} if case.level == "territory" else None
    return [
        Cell(
            track,
            row["store"],
            row["territory"],
            row["streams"] or 0,
            (row["suspected_artificial_streams"] or 0)
            if own is None or row["entity"] in own
            else 0,
        )
        for track in sorted(case.tracks)
        for row in night.cells.get(track, ())
    ]


def _carriers(case: Case, cells: Sequence[Cell], name: str) -> list[str]:
    """Return the stores or territories that carry a case, most suspected plays first."""
    plays: dict[str, int] = {}
    for cell in cells:
        place = getattr(cell, name)
        plays[place] = plays.get(place, 0) + cell.suspected
    ranked = sorted(plays, key=lambda place: (-plays[place], place))
    alerting = {alert.row[name] for alert in case.alerts if alert.row["level"] == "territory"}
    if alerting:
        return [place for place in ranked if place in alerting]
    carried, named = 0, []
    for place in ranked:
        if carried >= CARRIED_SHARE * sum(plays.values()):
            break
        carried += plays[place]
        named.append(place)
    return named


def _played_in(case: Case, books: Books, name: str) -> list[str]:
    """Return all stores or territories where a case is played, most plays first."""
    plays: dict[str, int] = {}
    for track in case.tracks:
        for store, territory, streams in books.places.get(track, ()):
            place = store if name == "store" else territory
            plays[place] = plays.get(place, 0) + streams
    return sorted(plays, key=lambda place: (-plays[place], place))


def _lent(case: Case) -> float:
    """Return the suspected share that a group suspect as a whole lends to its tracks."""
    return (case.measured[0]["suspected_share"] or 0.0) if case.is_whole_group else 0.0


def _tonight(case: Case, night: NightScores) -> dict[str, Plays]:
    """Return the night's plays of each track; a group suspect as a whole lends its share."""
    plays = {}
    for track in case.tracks:
        row = night.tracks.get(track, {})
        streams = row.get("streams") or 0
        own = row.get("suspected_artificial_streams") or 0
        suspected = case.suspected if case.level == "territory" else max(own, _lent(case) * streams)
        plays[track] = Plays(streams, suspected)
    return plays


def _earlier(
    case: Case, books: Books, first_day: date, *, since: date, until: date
) -> dict[str, Plays]:
    """Return the plays of each track in nights before `until`; a group lends tonight's share."""
    lent = _lent(case)
    plays = {}
    for track in case.tracks:
        nights = [night for night in books.nights.get(track, ()) if since <= night[0] < until]
        plays[track] = Plays(
            sum(streams for _, streams, _ in nights),
            sum(
                max(suspected, lent * streams if day >= first_day else 0)
                for day, streams, suspected in nights
            ),
        )
    return plays


def _codes(case: Case, night: NightScores, name: str) -> set[str]:
    found = {night.tracks[track][name] for track in case.tracks if track in night.tracks}
    return found - {None}


def _money(spent: Cost, settings: Settings) -> dict[str, Any]:
    return {
        "royalty_at_risk": shown(spent.royalty_eur, settings),
        "penalty_exposure": shown(spent.penalty_eur, settings),
        "line_tracks": spent.line_tracks,
        "line_exposure": shown(spent.line_eur, settings),
        "currency": settings.currency,
    }


def _last_verdict(
    past: Past, night: NightScores, words: Words, known: Collection[str]
) -> str | None:
    subject = Subject.of(
        past.level,
        past.entity,
        past.tracks,
        night,
        territories=(past.last["territories"] or "").split("|"),
        pattern=past.last["pattern"],
        first_day=past.first_day,
    )
    word = words.of(past.incident_id, subject, known)
    return word.verdict if word else None


def _sum(values: Iterable[Any]) -> Any:
    """Return the sum, None where a part is unknown or there is none."""
    parts = list(values)
    return None if not parts or None in parts else sum(parts)
