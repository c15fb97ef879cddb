"""What an account does over a whole catalogue, where a store tells who played what."""

from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from fraud.detect.group_odds import group_odds
from fraud.detect.group_reasons import said
from fraud.features.group_listeners import MEMBERS, group_listeners
from fraud.tables import LISTENERS

NIGHT = date(2026, 3, 14)
LABELS = [f"Label {number}" for number in range(12)]
TRACKS = {label: [f"{label} {track}" for track in range(40)] for label in LABELS}
LISTED = pl.DataFrame(
    [("label", label, track, None) for label in LABELS for track in TRACKS[label]],
    schema=MEMBERS,
    orient="row",
)
FARM, ACCOUNTS = LABELS[0], 50


def told(*, farm: bool) -> duckdb.DuckDBPyConnection:
    """Return what a store tells: people play a song or three of a label; accounts play all of it.

    Each track of the farm has fifty plays from fifty accounts, one a head, as a song has of people.
    """
    draw = np.random.default_rng(7)
    rows = [
        (NIGHT - timedelta(int(draw.integers(0, 14))), track, f"{label} fan {fan}", 1)
        for label in LABELS
        for fan in range(400)
        for track in draw.choice(TRACKS[label], 1 + draw.poisson(0.8), replace=False)
    ]
    if farm:
        rows += [
            (NIGHT - timedelta(back), track, f"account {number}", 1)
            for back in range(14)
            for track in TRACKS[FARM]
            for number in range(ACCOUNTS)
        ]
    frame = pl.DataFrame(
        rows, schema=["report_date", "track_id", "listener_id", "streams"], orient="row"
    ).with_columns(store=pl.lit("spotify"), territory=pl.lit("NO"))
    connection = duckdb.connect()
    connection.register("listeners", LISTENERS.conform(frame).to_arrow())
    return connection


def test_accounts_that_play_a_whole_catalogue_stand_out_from_other_labels() -> None:
    facts = group_listeners(told(farm=True), NIGHT, LISTED)
    odds, families = group_odds(facts.drop("level"))
    worst = facts["entity"][int(odds.argmax())]
    assert worst == FARM
    assert families["listeners"][facts["entity"].to_list().index(FARM)] > 3
    assert np.sort(families["listeners"])[-2] < 0.5
    row = facts.filter(entity=FARM).with_columns(tracks=pl.lit(40)).row(0, named=True)
    (text,) = said(row, {"listeners": 3.9})
    assert text.startswith("450 listeners played it")
    assert "of the others as well" in text


def test_people_stand_out_nowhere() -> None:
    _, families = group_odds(group_listeners(told(farm=False), NIGHT, LISTED).drop("level"))
    assert families["listeners"].max() < 0.5


def test_the_overlap_is_the_share_of_the_others_that_a_listener_plays() -> None:
    facts = group_listeners(told(farm=True), NIGHT, LISTED).filter(entity=FARM)
    # Fifty accounts play all forty; four hundred people 1.8 of them in the mean.
    assert facts["listeners"].item() == 450
    assert facts["listener_plays"].item() == pytest.approx((50 * 40 * 14 + 720) / 450, rel=0.05)
    assert facts["listener_overlap"].item() == pytest.approx(50 / (50 + 720 / 40), rel=0.05)


def test_a_group_of_which_nobody_tells_has_no_row() -> None:
    connection = duckdb.connect()
    connection.register("listeners", LISTENERS.empty().to_arrow())
    assert group_listeners(connection, NIGHT, LISTED).is_empty()
