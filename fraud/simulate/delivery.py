"""Delivering the reports of a world: one file a kind, store and day, some days a second time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from fraud.simulate import files
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
    files: int = 0
    rows: int = 0

    def first(self, report: StoreReport) -> None:
        """Write every day of a store; of a late day first a part, then the whole again."""
        late = {d: territories for s, d, territories in self.trouble.late if s == report.store}
        for kind, day, frame in self.sheets.of(report):
            arrived = frame
            if day in late:
                missing = [self.scene.market.codes[territory] for territory in late[day]]
                arrived = frame.filter(~pl.col("territory").is_in(missing))
                self._write(frame, AGAIN, kind, report.store, day)
            self._write(arrived, FIRST, kind, report.store, day)
            self.files += 1
            self.rows += arrived.height

    def purged(self, report: StoreReport, days: list[int]) -> None:
        """Write some days of a store again, as they are after it took bought plays out."""
        of_days = np.isin(report.plays.day, days)
        for kind, day, frame in self.sheets.of(report.only(of_days)):
            self._write(frame, AGAIN, kind, report.store, day)

    def _write(self, frame: pl.DataFrame, folder: str, kind: str, store: int, day: int) -> None:
        name = (
            f"{kind}_{self.scene.market.slugs[store]}_{self.scene.date_of(day)}.{self.file_format}"
        )
        files.write(frame, self.out / folder / name, self.file_format)
