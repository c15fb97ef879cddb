"""fraud verdict."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.days import day as parsed_day
from fraud.cli.screen import answer, say, warn
from fraud.errors import CallError, UnreadableError


def verdict(
    *,
    incident: Annotated[
        str | None, typer.Argument(metavar="INCIDENT", help="An incident_id of alerts.csv.")
    ] = None,
    word: Annotated[
        str | None, typer.Argument(metavar="VERDICT", help="fraud, innocent or unsure.")
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="Why; it stands in later reports.")
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(
            "--until", parser=parsed_day, metavar="DAY", help="Last day it holds, else for good."
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="CSV",
            help="Verdicts of many: alerts.csv with its verdict column filled in.",
        ),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Record an analyst's word on an incident, or on many.

    A file needs the columns incident_id and verdict; note and until are read where they are there.
    It may be saved by a spreadsheet: with commas, semicolons or tabs.
    """
    if (file is None) == (incident is None):
        raise CallError("give an incident and a verdict, or --file with a CSV of them")
    if file and (note or until):
        raise CallError("--note and --until go with one incident; in a file they are columns")
    if incident and not word:
        raise CallError("the verdict is missing; say fraud, innocent or unsure")
    from fraud import config
    from fraud.pipeline import verdict as verdicts

    settings = config.load(home=home)
    now = datetime.now(UTC)
    if file:
        given = verdicts.give_file(file, settings, now=now)
    else:
        said = verdicts.Word(incident or "", word or "", note or None, until)
        given = verdicts.give(said, settings, now=now)
    if as_json:
        answer({"given": given.given, "unchanged": given.unchanged, "refused": given.refused})
    else:
        for fault in given.refused:
            warn(fault)
        say(_told(given.given, given.unchanged))
    if given.refused:
        raise typer.Exit(UnreadableError.exit_code)


def _told(given: int, unchanged: int) -> str:
    recorded = f"{given:,} {'verdict' if given == 1 else 'verdicts'} recorded"
    return f"{recorded}, {unchanged:,} as given before." if unchanged else f"{recorded}."
