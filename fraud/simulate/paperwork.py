"""What else lands on a label's desk: the innocent causes it was told of and the stores' rulings."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from fraud.simulate.catalogue import Catalogue
from fraud.simulate.dice import dice
from fraud.simulate.lookalikes import LOOKALIKES
from fraud.simulate.plays import Cause, Plays
from fraud.simulate.reporting import StoreReport
from fraud.simulate.scene import Scene
from fraud.tables import CONTEXT, VERDICTS

_CONTEXT_KINDS = {kind.name: kind.context for kind in LOOKALIKES} | {
    "release": "release",
    "album_release": "release",
}
_NOTES = {
    "release": "out on this day",
    "editorial_add": "added to an editorial playlist",
    "campaign": "social media campaign booked by us",
    "sync": "used in a series",
    "tour": "concert",
    "news": "artist in the news",
    "other": "talked about online",
}
_MONTHLY_LAG_DAYS, _WEEKLY_LAG_DAYS = 28, 7
_WEEKLY = {"deezer"}
"""Deezer's rulings reach a distributor within days, the others' about a month later."""
_PENALTY_SHARE, _PENALTY = 0.9, 10.0
"""Spotify charges EUR 10 a track and month from 90 % artificial plays on (since April 2024)."""
_DAYS_SENT_AGAIN = 3
_WRONGED = {"campaign": 0.08, "fan_party": 0.08, "venue": 0.03}
"""How often a store takes the innocent for fakes: campaigns have been purged and paid later."""


def context(scene: Scene, causes: Sequence[Cause]) -> pl.DataFrame:
    """Return the innocent events that are known, a part of all, as a table of contexts."""
    catalogue = scene.catalogue
    artists = catalogue.artists()
    rows = []
    for cause in causes:
        if not cause.known or cause.name not in _CONTEXT_KINDS:
            continue
        kind = _CONTEXT_KINDS[cause.name]
        track = cause.tracks[0]
        rows.append(
            {
                "kind": kind,
                "start_date": scene.date_of(cause.first_day),
                "end_date": scene.date_of(min(cause.last_day, scene.days - 1)),
                "isrc": catalogue.isrc[track] if cause.level == "track" else None,
                "upc": catalogue.upc[catalogue.release[track]]
                if cause.level == "release"
                else None,
                "artist": artists[track] if cause.level == "artist" else None,
                "territory": None
                if cause.territory is None
                else scene.market.codes[cause.territory],
                "note": _NOTES[kind],
            }
        )
    return CONTEXT.conform(
        pl.DataFrame(rows, schema_overrides=dict(CONTEXT.schema)) if rows else CONTEXT.empty()
    )


def verdicts(scene: Scene, plays: Plays, causes: Sequence[Cause]) -> pl.DataFrame:
    """Return the rulings that had arrived by the last day, with the columns of a verdicts file.

    They are partial (a store finds crude and large schemes sooner), rough in number and now and
    then wrong. A ruling on a period arrives 7 days after its end from a store that rules by the
    week and 28 days after it from one that rules by the month.
    """
    rng = dice(scene.seed, "verdicts")
    parts = [VERDICTS.empty()]
    for store, slug in enumerate(scene.market.slugs):
        here = plays.where(plays.store == store)
        for first, last in _periods(slug, scene):
            low, high = (first - scene.start).days, (last - scene.start).days
            part = here.where((here.day >= low) & (here.day <= high))
            parts.append(_ruling(rng, (slug, first, last), part, causes, scene.catalogue))
    return VERDICTS.conform(pl.concat(parts, how="diagonal"))


def purge(
    scene: Scene, rulings: pl.DataFrame, report: StoreReport, causes: Sequence[Cause]
) -> tuple[StoreReport, list[int]]:
    """Return a store's report without the plays it ruled artificial, and the days to send again.

    A store sends some days of the first period again: those from which it took out the most.
    """
    here = rulings.filter(pl.col("store") == scene.market.slugs[report.store])
    if here.is_empty():
        return report, []
    plays, first = report.plays, here.filter(pl.col("period_start") == pl.col("period_start").min())
    ruled = np.isin(np.array(scene.catalogue.isrc), first["isrc"].to_numpy())
    artificial = np.array([cause.artificial for cause in causes])
    begin, end = first.row(0, named=True)["period_start"], first.row(0, named=True)["period_end"]
    low, high = (begin - scene.start).days, (end - scene.start).days
    out = ruled[plays.track] & artificial[plays.cause] & (plays.day >= low) & (plays.day <= high)
    by_day = np.bincount(plays.day[out], plays.streams[out])
    worst = np.argsort(-by_day, kind="stable")[:_DAYS_SENT_AGAIN]
    return report.only(~out), sorted(int(day) for day in worst if by_day[day] > 0)


def _periods(slug: str, scene: Scene) -> Iterator[tuple[date, date]]:
    """Yield the weeks or months whose ruling had arrived by the last day."""
    start, weekly = scene.start, slug in _WEEKLY
    lag = timedelta(days=_WEEKLY_LAG_DAYS if weekly else _MONTHLY_LAG_DAYS)
    first = start - timedelta(days=start.weekday()) if weekly else start.replace(day=1)
    while True:
        after = first + timedelta(days=7 if weekly else 32)
        last = (after if weekly else after.replace(day=1)) - timedelta(days=1)
        if last + lag > scene.end:
            return
        yield first, last
        first = last + timedelta(days=1)


def _ruling(
    rng: np.random.Generator,
    of: tuple[str, date, date],
    plays: Plays,
    causes: Sequence[Cause],
    catalogue: Catalogue,
) -> pl.DataFrame:
    """Return what one store (slug, first day, last day) rules of the plays of a period."""
    slug, first, last = of
    total = np.bincount(plays.track, plays.streams, len(catalogue)).astype(np.int64)
    rows = []
    for cause in np.unique(plays.cause):
        seen = plays.where(plays.cause == cause)
        odds = _odds(causes[cause], int(seen.streams.sum()))
        caught = rng.random() < odds
        by_track = np.bincount(seen.track, seen.streams, len(catalogue)).astype(np.int64)
        for track in np.flatnonzero(by_track):
            if not caught or rng.random() < 0.1:
                continue
            artificial = min(int(by_track[track] * rng.uniform(0.7, 1.05)), int(total[track]))
            charged = slug == "spotify" and artificial > _PENALTY_SHARE * total[track]
            rows.append(
                {
                    "store": slug,
                    "period_start": first,
                    "period_end": last,
                    "isrc": catalogue.isrc[track],
                    "artificial_streams": artificial,
                    "total_streams": int(total[track]),
                    "penalty_amount": _PENALTY if charged else None,
                    "currency": "EUR" if charged else None,
                }
            )
    if not rows:
        return VERDICTS.empty()
    named = {name: VERDICTS.schema[name] for name in rows[0]}
    return pl.DataFrame(rows, schema=named)


def _odds(cause: Cause, streams: int) -> float:
    """Return how likely a store rules against a cause: more for crude and for large schemes."""
    if not cause.artificial:
        return _WRONGED.get(cause.name, 0.0)
    return 0.85 * (1 - 0.7 * cause.mimicry) * streams / (streams + 150)
