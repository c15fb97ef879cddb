"""fraud run."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.days import Day, First, Last, moment, span
from fraud.cli.screen import answer, few, progress, say, warn
from fraud.errors import GateError, UnreadableError


def run(
    *,
    day: Day = None,
    first: First = None,
    last: Last = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            parser=moment,
            metavar="MOMENT",
            help="Judge by what had been delivered at this moment (ISO 8601, UTC).",
        ),
    ] = None,
    no_notify: Annotated[bool, typer.Option("--no-notify", help="Tell nobody.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Judge a day, or each day of a range.

    That is gate, features, detection and report; without a day it is yesterday. A day can be judged
    again at any time: the same deliveries give the same report. Verdicts that lie in HOME/verdicts
    are taken first.
    """
    first_day, last_day = span(day, first, last)
    from fraud import config
    from fraud.cli import nights as shown
    from fraud.pipeline import nights, verdict_drop

    settings = config.load(home=home)
    taken = [] if as_of else verdict_drop.take(settings, now=datetime.now(UTC))
    refused = [fault for file in taken for fault in file.given.refused]
    with progress() as tell:
        made = nights.run(
            first_day, last_day, settings, as_of=as_of, notify=not no_notify, progress=tell
        )
    if as_json:
        verdicts = {"given": sum(file.given.given for file in taken), "refused": refused}
        answer({"nights": [shown.as_dict(night) for night in made], "verdicts": verdicts})
    else:
        for file in taken:
            number, before = file.given.given, file.given.unchanged
            known = f", {before:,} had been given before" if before else ""
            if number or before or not file.given.refused:
                noun = "verdict" if number == 1 else "verdicts"
                say(f"{number:,} {noun} taken from {file.name}{known}.")
        for fault in few(refused):
            warn(fault)
        shown.show(made)
    if any(night.stopped for night in made):
        raise typer.Exit(GateError.exit_code)
    if refused:
        raise typer.Exit(UnreadableError.exit_code)
