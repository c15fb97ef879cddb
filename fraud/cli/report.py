"""fraud report."""

from datetime import date
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.days import day as parsed_day
from fraud.cli.screen import answer


def report(
    *,
    day: Annotated[
        date,
        typer.Option("--date", parser=parsed_day, metavar="DAY", help="The day of the plays."),
    ],
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write a day's report again, from the tables."""
    from fraud import config
    from fraud.cli import nights as shown
    from fraud.pipeline import nights

    night = nights.report(day, config.load(home=home))
    if as_json:
        answer(shown.as_dict(night))
    else:
        shown.show([night])
    if night.stopped:
        from fraud.errors import GateError

        raise typer.Exit(GateError.exit_code)
    if open_it:
        shown.open_report(night.folder)
