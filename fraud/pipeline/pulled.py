"""What the lake remembers of the files that feeds delivered."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

import polars as pl

from fraud.feeds.remote import Version
from fraud.lake import Lake
from fraud.tables import PULL_OUTCOMES, PULLS

Outcome = Literal["no_plays", "taken", "loaded"]


@dataclass(frozen=True)
class Pulled:
    """The last that is known of one file of a feed."""

    file: str
    day: date | None
    outcome: Outcome
    bytes: int | None = None
    modified: datetime | None = None
    etag: str | None = None
    sha256: str | None = None
    delivery_id: str | None = None
    pulled_at: datetime | None = None
    """None = in this very pull."""

    @property
    def version(self) -> Version | None:
        """Return the version that was taken, None where there was none."""
        if self.outcome == "no_plays":
            return None
        return Version(self.bytes, self.modified, self.etag)


def remembered(lake: Lake, feed: str) -> dict[str, Pulled]:
    """Return the last that is known of each file of a feed, by the name the place calls it."""
    order = pl.col("outcome").cast(pl.Enum(PULL_OUTCOMES))
    rows = lake.read(PULLS).filter(feed=feed).sort("pulled_at", order).drop("feed")
    return {row["file"]: Pulled(**row) for row in rows.iter_rows(named=True)}


def remember(lake: Lake, feed: str, rows: Iterable[Pulled], now: datetime) -> None:
    """Add what became of files to the lake's record, in one commit."""
    told = [asdict(row) | {"feed": feed, "pulled_at": now} for row in rows]
    lake.append(PULLS, pl.DataFrame(told, schema=dict(PULLS.schema)))
