"""The catalogue's own plays at a store, for what artificial plays elsewhere cost it."""

from datetime import timedelta

from fraud.config import Settings
from fraud.errors import CallError
from fraud.lake import Lake
from fraud.report.dilution import MACHINE_PLAYS_A_DAY, PERIOD_DAYS, Payment, Pool, dilution
from fraud.sql import statement
from fraud.tables import AUDIENCE, LISTENERS, STREAMS

__all__ = ["MACHINE_PLAYS_A_DAY", "PERIOD_DAYS", "Payment", "Pool", "dilution", "own_plays"]

LEAST_KNOWN_SHARE = 0.9


def own_plays(store: str, days: int, settings: Settings) -> int:
    """Return a store's plays of the last `days` days the lake holds.

    A day that is missing counts as the others' mean; CallError where more than a tenth is missing.
    """
    lake = Lake(settings.lake_address)
    tables = (STREAMS, AUDIENCE, LISTENERS)
    last = max((day for table in tables for day in lake.days(table)), default=None)
    if last is None:
        raise CallError("the lake holds no reports; load some, or give --own-plays")
    span = {"first_day": last - timedelta(days - 1), "last_day": last}
    with lake.connect(tables, *span.values()) as connection:
        told_by = connection.sql(statement("report/told_by"), params=span).pl()
        connection.register("told_by", told_by.to_arrow())
        asked = {**span, "store": store}
        found = connection.execute(statement("report/own_plays"), asked).fetchone()
    plays, known = found or (None, 0)
    if plays is None or known < LEAST_KNOWN_SHARE * days:
        raise CallError(
            f"{store} reported {known} of the last {days} days; give --own-plays, or --days"
        )
    whole: float = plays * days / known
    return round(whole)
