"""When people listen: the week, public holidays, Christmas."""

from datetime import date, timedelta

import numpy as np

from fraud.simulate.dice import Reals
from fraud.simulate.genres import GENRES
from fraud.simulate.market import Market

WEEK = np.array([0.90, 0.91, 0.93, 0.97, 1.00, 0.95, 0.85]) / 0.93
"""Monday to Sunday; Friday against Sunday as Luminate has it."""

HOLIDAY_DIP = 0.94
"""A public holiday costs a market about 5 % of its plays (4 July in the US: -5.4 %, Luminate)."""

_FIXED_HOLIDAYS = {
    (1, 1): "",
    (5, 1): "DE FR BR MX ES IT SE PL AR CO NO PT AT BE ZA FI",
    (5, 3): "PL JP",
    (5, 17): "NO",
    (5, 25): "AR",
    (6, 6): "SE",
    (7, 1): "CA",
    (7, 4): "US",
    (7, 14): "FR",
    (7, 20): "CO",
    (8, 1): "CH",
    (8, 15): "FR IT ES PL AT BE KR",
    (8, 17): "ID",
    (9, 7): "BR",
    (9, 16): "MX",
    (10, 3): "DE KR",
    (10, 29): "TR",
    (11, 11): "FR PL BE",
    (12, 25): "",
    (12, 26): "DE GB IT SE NL PL NO CA AU DK FI ZA NA",
}
_WITHOUT_EASTER = {"JP", "IN", "KR", "TR", "TW", "TH", "VN", "EG", "SA", "IL"}


def easter(year: int) -> date:
    """Return Easter Sunday (J. Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def is_holiday(day: date, territory: str) -> bool:
    """Return whether the day is a public holiday there (a short list: fixed days and Easter)."""
    fixed = _FIXED_HOLIDAYS.get((day.month, day.day))
    if fixed is not None and (not fixed or territory in fixed.split()):
        return True
    since_easter = (day - easter(day.year)).days
    return since_easter in (-2, 1) and territory not in _WITHOUT_EASTER


def christmas_season(day: date) -> float:
    """Return how many times its summer's plays a Christmas song has on a day: 1 to 60.

    It climbs from mid-November to 24 December and collapses on the 26th.
    """
    to_eve = (date(day.year, 12, 24) - day).days
    if 0 <= to_eve <= 39:
        return float(60.0 ** (1 - to_eve / 40))
    return {-1: 45.0, -2: 9.0, -3: 5.0, -4: 4.0, -5: 3.0, -6: 2.5, -7: 2.0}.get(to_eve, 1.0)


def week_of(swing: float, weekend: float) -> Reals:
    """Return Monday to Sunday around 1, for a swing and a rise at the weekend of a genre."""
    week = 1 + swing * (WEEK - 1)
    week[5:] += weekend
    return np.asarray(week / week.mean(), dtype=np.float64)


def rhythm(rng: np.random.Generator, market: Market, start: date, days: int) -> Reals:
    """Return the usual factor of a day (genre × territory × day), around 1."""
    calendar = [start + timedelta(days=n) for n in range(days)]
    weekdays = np.array([day.weekday() for day in calendar])
    swing = rng.uniform(0.6, 1.3, len(market.codes))
    holiday = np.array(
        [[HOLIDAY_DIP if is_holiday(d, code) else 1.0 for d in calendar] for code in market.codes]
    )
    season = np.array([christmas_season(day) for day in calendar])
    factors = np.empty((len(GENRES), len(market.codes), days))
    for g, genre in enumerate(GENRES):
        for r, strength in enumerate(swing):
            factors[g, r] = week_of(genre.weekday_swing * strength, genre.weekend)[weekdays]
        factors[g] *= holiday * (season if genre.name == "christmas" else 1 - 0.004 * (season - 1))
    return factors
