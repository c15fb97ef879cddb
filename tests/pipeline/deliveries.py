"""Deliveries of one store with a steady catalogue, and what goes wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from fraud.config import Settings
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.tables import STREAMS

SUNDAY = date(2026, 3, 29)
TERRITORIES = ("DE", "US", "FR", "NO")
TRACKS = 30


def usual(day: date, store: str = "spotify", times: float = 1) -> pl.DataFrame:
    """Return a usual day: every track in every territory, the same on each weekday."""
    return pl.DataFrame(
        [
            {
                "report_date": day,
                "store": store,
                "territory": territory,
                "isrc": f"USAAA26{track:05}",
                "source": "search",
                "streams": int(times * (20 + track + place + day.weekday())),
            }
            for track in range(TRACKS)
            for place, territory in enumerate(TERRITORIES)
        ]
    )


def before(day: date, days: int = 28) -> list[date]:
    return [day - timedelta(n) for n in range(days, 0, -1)]


@dataclass
class Feed:
    """A home, and the files that are delivered to it, an hour after one another."""

    settings: Settings
    folder: Path
    now: datetime = datetime(2026, 3, 30, 6, tzinfo=UTC)
    count: int = field(default=0)

    def deliver(
        self, *frames: pl.DataFrame, accept: bool = False, name: str = "report"
    ) -> IngestResult:
        self.count += 1
        path = self.folder / f"{name}-{self.count}.csv"
        self.folder.mkdir(parents=True, exist_ok=True)
        pl.concat(frames).write_csv(path)
        return self.again(path, accept=accept)

    def again(self, *paths: Path, accept: bool = False) -> IngestResult:
        self.now += timedelta(hours=1)
        return ingest(paths, self.settings, now=self.now, accept=accept)

    def weeks(self, stores: Sequence[str] = ("spotify",), day: date = SUNDAY) -> IngestResult:
        """Deliver the four weeks before a day."""
        return self.deliver(*(usual(past, store) for past in before(day) for store in stores))

    def plays(self, day: date = SUNDAY, store: str = "spotify") -> int:
        """Return the plays that the lake holds of a day of a store."""
        rows = Lake(self.settings.lake_address).read(STREAMS, day, day)
        return int(rows.filter(pl.col("store") == store)["streams"].sum())


def total(frame: pl.DataFrame) -> int:
    return int(frame["streams"].sum())
