"""Delivering the reports of a world: one file a kind, store and day, some days a second time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from fraud.simulate import files
from fraud.simulate.feeds import FEEDS, Day, Feed
from fraud.simulate.reporting import StoreReport
from fraud.simulate.scene import Scene
from fraud.simulate.sheets import Sheets
from fraud.simulate.trouble import Trouble

FIRST, AGAIN = "reports", "restated"
"""The folders of first deliveries and of those that replace them."""


@dataclass
class Delivery:
    """Writes the files of a world and counts those of the first deliveries."""

    out: Path
    scene: Scene
    sheets: Sheets
    trouble: Trouble
    file_format: str
    feed: Feed
    files: int = 0
    rows: int = 0

    def first(self, report: StoreReport) -> None:
        """Write every day of a store; of a late day first a part, then the whole again."""
        late = {d: territories for s, d, territories in self.trouble.late if s == report.store}
        for day, sheets in self._days(report):
            arrived = sheets
            if day in late:
                missing = [self.scene.market.codes[territory] for territory in late[day]]
                arrived = {
                    kind: frame.filter(~pl.col("territory").is_in(missing))
                    for kind, frame in sheets.items()
                }
                self._write(sheets, AGAIN, report.store, day)
            for rows in self._write(arrived, FIRST, report.store, day):
                self.files += 1
                self.rows += rows

    def purged(self, report: StoreReport, days: list[int]) -> None:
        """Write some days of a store again, as they are after it took bought plays out."""
        of_days = np.isin(report.plays.day, days)
        for day, sheets in self._days(report.only(of_days)):
            self._write(sheets, AGAIN, report.store, day)

    def _days(self, report: StoreReport) -> Iterator[tuple[int, Day]]:
        """Yield a store's days: all frames of a day at once where a feed makes one of them."""
        if self.file_format in FEEDS:
            yield from self.sheets.by_day(report)
        else:
            yield from ((day, {kind: frame}) for kind, day, frame in self.sheets.of(report))

    def _write(self, sheets: Day, folder: str, store: int, day: int) -> list[int]:
        """Write the files of a day and return how many rows each has."""
        slug, date = self.scene.market.slugs[store], str(self.scene.date_of(day))
        written = []
        for name, ending, frame in self.feed(sheets, slug, date):
            files.write(frame, self.out / folder / f"{name}.{ending}", ending)
            written.append(frame.height)
        return written
