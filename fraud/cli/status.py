"""fraud status."""

from datetime import UTC, datetime
from typing import Any

from fraud.cli.command import AsJson, Home
from fraud.cli.screen import answer, few, say, table, warn


def status(*, home: Home = None, as_json: AsJson = False) -> None:
    """Tell what the lake holds and what is missing.

    Days by store and table: missing ones, those that came late, were restated or broke off; reports
    by period against the days they cover; then what feeds still owe, what was refused, and the
    nights that were judged.
    """
    from fraud import config
    from fraud.pipeline.status import status as held

    found = held(config.load(home=home), now=datetime.now(UTC))
    if as_json:
        answer(found.as_dict())
        return
    if not found.stores.is_empty():
        heads = [name.removesuffix("_days").removesuffix("_day") for name in found.stores.columns]
        table(heads, found.stores.iter_rows())
    if not found.reports.is_empty():
        heads = ["store", "first", "last", "told by", "reported", "by day", "apart", "missing"]
        table(
            heads, (_report(one) for one in found.reports.iter_rows(named=True)), folded="told by"
        )
    for sentence in few(found.warnings()):
        warn(sentence)
    for sentence in found.sentences():
        say(sentence)


def _report(one: dict[str, Any]) -> tuple[object, ...]:
    share = one["difference_share"]
    apart = "" if one["missing_days"] or share is None else f"{share:.1%}"
    return (
        one["store"],
        one["period_start"],
        one["period_end"],
        one["origins"],
        one["reported_streams"],
        one["daily_streams"],
        apart,
        one["missing_days"],
    )
