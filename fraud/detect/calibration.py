"""Calibration: from the judge's odds to the share of such rows that is artificial.

Trees held back by strong regularisation are shy: of the rows that they call even, nearly all are
bought. The table was measured as the log odds of the truth among track-days of about the same odds,
on four worlds of our simulator (seeds 46, 47, 51, 52, four weeks each) and on a catalogue that
somebody else's simulator made (eight weeks), which agree to about half a log odd; tracks of which
few plays are in doubt were left out of it. docs/results.md has what came of it on other worlds.
"""

import numpy as np
from numpy.typing import NDArray

SETTLED_DAYS = 21
YOUNG_DOUBT = 5.0
"""Log odds taken off where the past is one week: only the blatant is still called artificial.

On a catalogue without bought plays a judge with one week of past called 121 track-days artificial
in a week, one with two weeks 17, with three one, and with four none.
"""

JUDGED = (-8.0, -7.0, -6.0, -5.0, -4.0, -3.0, -2.4, -1.6, -1.0, 0.0, 1.0)
MEASURED = (-8.5, -7.9, -6.8, -5.5, -3.6, -2.1, -0.9, 1.6, 3.0, 5.0, 6.0)

FEW_DOUBT = 2.0
"""Log odds taken off a track of which few plays are in doubt: there are so many small tracks that
chance makes some of them look bought every night.

On those five worlds it is about so much less likely at the same odds that such a track is bought;
half a log odd more lowers average precision by 0.001 to 0.002 on four of the five.
"""
FEW_PLAYS, ENOUGH_PLAYS = 15, 75
"""Plays in doubt in a week up to which all of FEW_DOUBT is taken off, and from which nothing is."""


def calibrated(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log odds of which the logistic is the share of artificial rows; rising in `odds`."""
    inside = np.interp(odds, JUDGED, MEASURED)
    below = np.minimum(odds - JUDGED[0], 0.0)
    above = np.maximum(odds - JUDGED[-1], 0.0)
    return np.round(inside + below + above, 6)


def young_doubt(past_days: int) -> float:
    """Return the log odds to take off every score while the lake's past is shorter than 21 days."""
    missing = (SETTLED_DAYS - past_days) / (SETTLED_DAYS - 7)
    return YOUNG_DOUBT * min(max(missing, 0.0), 1.0)


def few_doubt(week_plays: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log odds to take off each track by its plays in doubt over seven days."""
    seen = np.log(np.maximum(week_plays, FEW_PLAYS) / FEW_PLAYS)
    doubt: NDArray[np.float64] = FEW_DOUBT * np.clip(
        1 - seen / np.log(ENOUGH_PLAYS / FEW_PLAYS), 0, 1
    )
    return doubt
