"""The sheets of a report: frames with the columns of the fixed files, ordered by their keys."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from fraud.simulate.dice import Whole
from fraud.simulate.market import DEVICE_NAMES, SOURCE_NAMES, TIER_NAMES
from fraud.simulate.playlists import NAMING_STORES, Playlists
from fraud.simulate.reporting import Listened, StoreReport
from fraud.simulate.scene import Scene


class Sheets:
    """Turns store reports into frames, a kind and a day at a time."""

    def __init__(self, scene: Scene, playlists: Playlists) -> None:
        self._playlists = playlists
        self._scene = scene
        self._market = scene.market
        self._catalogue = scene.catalogue
        self._days = scene.days

    def of(self, report: StoreReport) -> Iterator[tuple[str, int, pl.DataFrame]]:
        """Yield (kind, day, frame): streams, audience and, where they are known, listeners."""
        for day, frame in self._streams(report):
            yield "streams", day, frame
        for day, frame in self._audience(report):
            yield "audience", day, frame
        if report.listened is not None:
            for day, frame in self._listeners(report, report.listened):
                yield "listeners", day, frame

    def by_day(self, report: StoreReport) -> Iterator[tuple[int, dict[str, pl.DataFrame]]]:
        """Yield (day, frames): audience, and plays where listeners are known, else streams."""
        days: dict[int, dict[str, pl.DataFrame]] = {}
        plays = "streams" if report.listened is None else "plays"
        kinds = {
            plays: self._streams(report)
            if report.listened is None
            else self._plays(report, report.listened),
            "audience": self._audience(report),
        }
        for kind, sheets in kinds.items():
            for day, frame in sheets:
                days.setdefault(day, {})[kind] = frame
        yield from sorted(days.items())

    def _plays(self, report: StoreReport, listened: Listened) -> Iterator[tuple[int, pl.DataFrame]]:
        """Yield each day's plays, a row each; listeners come in the order of the break-down."""
        plays, broken = report.plays, report.broken
        slug = self._market.slugs[report.store]
        playlist = self._playlists.of(plays, broken) * (slug in NAMING_STORES)
        order = np.lexsort((broken.device, broken.tier, broken.row))
        cell = np.repeat(order, broken.streams[order])
        by_day = np.argsort(plays.day[listened.row], kind="stable")
        row, cell = listened.row[by_day], cell[by_day]
        for one, rows in _days_of(plays.day[row]):
            places, cells = row[rows], cell[rows]
            told = by_day[rows]
            yield (
                one,
                self._located(
                    one, report.store, plays.territory[places], plays.track[places]
                ).with_columns(
                    source=_named(SOURCE_NAMES, broken.source[cells]),
                    tier=_named(TIER_NAMES, listened.tier[told]),
                    device=_named(DEVICE_NAMES, listened.device[told]),
                    playlist_id=_named(self._playlists.ids, playlist[cells]),
                    listener_id=pl.Series([f"{person:016x}" for person in listened.person[told]]),
                    listener_territory=_named(self._market.codes, listened.account_territory[told]),
                    listening_seconds=pl.Series(listened.listening_seconds[told]),
                ),
            )

    def _streams(self, report: StoreReport) -> Iterator[tuple[int, pl.DataFrame]]:
        plays, broken = report.plays, report.broken
        naming = self._market.slugs[report.store] in NAMING_STORES
        playlist = self._playlists.of(plays, broken) if naming else np.zeros_like(broken.row)
        sizes = (
            self._days,
            len(self._market.codes),
            len(self._catalogue),
            len(SOURCE_NAMES),
            len(TIER_NAMES),
            len(DEVICE_NAMES),
            len(self._playlists.ids),
        )
        key = np.ravel_multi_index(
            (
                plays.day[broken.row],
                plays.territory[broken.row],
                plays.track[broken.row],
                broken.source,
                broken.tier,
                broken.device,
                playlist,
            ),
            sizes,
        )
        key, (streams,) = _added_up(key, broken.streams)
        day, territory, track, source, tier, device, playlist = np.unravel_index(key, sizes)
        for one, rows in _days_of(day):
            yield (
                one,
                self._located(one, report.store, territory[rows], track[rows]).with_columns(
                    source=_named(SOURCE_NAMES, source[rows]),
                    tier=_named(TIER_NAMES, tier[rows]),
                    device=_named(DEVICE_NAMES, device[rows]),
                    **self._named_playlists(playlist[rows]) if naming else {},
                    streams=pl.Series(streams[rows]),
                ),
            )

    def _audience(self, report: StoreReport) -> Iterator[tuple[int, pl.DataFrame]]:
        plays, heard = report.plays, report.heard
        sizes = (self._days, len(self._market.codes), len(self._catalogue))
        key = np.ravel_multi_index((plays.day, plays.territory, plays.track), sizes)
        key, measures = _added_up(
            key,
            plays.streams,
            heard.listeners,
            heard.saves,
            heard.sub30_plays,
            heard.listening_seconds,
        )
        names = ("streams", "listeners", "saves", "sub30_plays", "listening_seconds")
        day, territory, track = np.unravel_index(key, sizes)
        for one, rows in _days_of(day):
            yield (
                one,
                self._located(one, report.store, territory[rows], track[rows]).with_columns(
                    **{n: pl.Series(m[rows]) for n, m in zip(names, measures, strict=True)}
                ),
            )

    def _listeners(
        self, report: StoreReport, listened: Listened
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        plays = report.plays
        key = ("day", "territory", "track", "person", "account_territory", "tier", "device")
        row = listened.row
        rows = (
            pl.DataFrame(
                {
                    "day": plays.day[row],
                    "territory": plays.territory[row],
                    "track": plays.track[row],
                    "person": listened.person,
                    "account_territory": listened.account_territory,
                    "tier": listened.tier,
                    "device": listened.device,
                    "streams": listened.streams,
                    "listening_seconds": listened.listening_seconds,
                }
            )
            .group_by(key)
            .agg(pl.col("streams", "listening_seconds").sum())
            .sort(key)
        )
        codes = self._market.codes
        for (day,), of_day in rows.partition_by("day", as_dict=True, maintain_order=True).items():
            territory, track = of_day["territory"].to_numpy(), of_day["track"].to_numpy()
            yield (
                day,
                self._located(day, report.store, territory, track).with_columns(
                    listener_id=pl.Series([f"{person:016x}" for person in of_day["person"]]),
                    streams=of_day["streams"],
                    listening_seconds=of_day["listening_seconds"],
                    listener_territory=_named(codes, of_day["account_territory"].to_numpy()),
                    tier=_named(TIER_NAMES, of_day["tier"].to_numpy()),
                    device=_named(DEVICE_NAMES, of_day["device"].to_numpy()),
                ),
            )

    def _named_playlists(self, playlist: Whole) -> dict[str, pl.Series]:
        return {
            "playlist_id": _named(self._playlists.ids, playlist),
            "playlist_name": _named(self._playlists.names, playlist),
        }

    def _located(self, day: int, store: int, territory: Whole, track: Whole) -> pl.DataFrame:
        return pl.select(
            report_date=pl.repeat(self._scene.date_of(day), len(track), dtype=pl.Date),
            store=pl.repeat(self._market.slugs[store], len(track), dtype=pl.String),
            territory=_named(self._market.codes, territory),
            isrc=_named(self._catalogue.isrc, track),
        )


def _added_up(key: Whole, *measures: Whole) -> tuple[Whole, tuple[Whole, ...]]:
    """Return the sorted different keys with the sums of each measure."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    return key[starts], tuple(np.add.reduceat(m[order], starts) if len(m) else m for m in measures)


def _days_of(day: Whole) -> Iterator[tuple[int, slice]]:
    """Yield each day in a sorted array with the rows of it."""
    present, starts = np.unique(day, return_index=True)
    ends = [*starts[1:], len(day)][: len(starts)]
    for one, low, high in zip(present, starts, ends, strict=True):
        yield int(one), slice(int(low), int(high))


def _named(names: Sequence[str | None], index: Whole) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(index)
