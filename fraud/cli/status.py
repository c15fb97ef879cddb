"""fraud status."""

from datetime import UTC, datetime

from fraud.cli.command import AsJson, Home
from fraud.cli.screen import answer, say, table


def status(*, home: Home = None, as_json: AsJson = False) -> None:
    """Tell what the lake holds and what is missing.

    Days by store and table: missing ones, those that came late, were restated or broke off; then
    what feeds still owe, what was refused, and the nights that were judged.
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
    for sentence in found.sentences():
        say(sentence)
