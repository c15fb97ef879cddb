"""Homes that tests compare: each of its own, with the same salt, and what their lakes hold."""

from pathlib import Path

import polars as pl

from fraud.config import Settings
from fraud.lake import Lake
from fraud.tables import AUDIENCE, CONTEXT, LISTENERS, STREAMS
from tests.sources.loading import SALT, write


def home(folder: Path) -> Settings:
    """Return settings of a home of its own with the same salt as the others."""
    write(folder / "salt", SALT)
    return Settings(home=folder)


def lake_of(settings: Settings) -> dict[str, pl.DataFrame]:
    """Return what a lake holds of daily facts, by table."""
    lake = Lake(settings.lake_address)
    return {table.name: lake.read(table) for table in (STREAMS, AUDIENCE, LISTENERS, CONTEXT)}
