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
    since: Annotated[
        date | None,
        typer.Option(
            "--from", parser=parsed_day, metavar="DAY", help="First day a word on a scope holds."
        ),
    ] = None,
    track: Annotated[
        str | None, typer.Option(metavar="ISRC", help="Instead of an incident: this track.")
    ] = None,
    release: Annotated[
        str | None, typer.Option(metavar="UPC", help="All incidents of this release.")
    ] = None,
    artist: Annotated[
        str | None, typer.Option(metavar="NAME", help="All incidents of this artist.")
    ] = None,
    label: Annotated[
        str | None, typer.Option(metavar="NAME", help="All incidents of this label.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="All incidents of this account.")
    ] = None,
    pattern: Annotated[
        str | None, typer.Option(metavar="NAME", help="All incidents of this pattern.")
    ] = None,
    territory: Annotated[
        str | None, typer.Option(metavar="CC", help="All that this territory alone carries.")
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
    """Record an analyst's word on an incident, on a scope such as an artist, or on many.

    The last word on the same thing counts; `withdrawn` takes it back. A file needs the columns
    incident_id and verdict; note, until and scope are read where they are there. It may be saved by
    a spreadsheet: with commas, semicolons or tabs.
    """
    scopes = {
        "track": track,
        "release": release,
        "artist": artist,
        "label": label,
        "account": account,
        "pattern": pattern,
        "territory": territory,
    }
    named = [(scope, entity) for scope, entity in scopes.items() if entity is not None]
    _check(incident, word, named, file, is_dated=bool(note or until or since))
    if since and not named:
        raise CallError("--from goes with a scope, such as --artist; an incident has its own days")
    from fraud import config
    from fraud.pipeline import verdict as verdicts

    settings = config.load(home=home)
    now = datetime.now(UTC)
    if file:
        given = verdicts.give_file(file, settings, now=now)
    elif named:
        scope, entity = named[0]
        entity = (
            entity.replace("-", "").upper() if scope == "track" and ":" not in entity else entity
        )
        said = verdicts.Word(None, incident or "", note or None, until, scope, entity, since)
        given = verdicts.give(said, settings, now=now)
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


def _check(
    incident: str | None,
    word: str | None,
    named: list[tuple[str, str]],
    file: Path | None,
    *,
    is_dated: bool,
) -> None:
    """Raise CallError where it is not clear what the word is, or what it is about."""
    if len(named) > 1:
        raise CallError(f"--{named[0][0]} and --{named[1][0]} are two scopes; give one")
    if named and (word or file):
        raise CallError(f"give an incident, --{named[0][0]} or --file; one of them")
    if named and not incident:
        raise CallError("the verdict is missing; say fraud, innocent or unsure")
    if (file is None) == (incident is None):
        raise CallError("give an incident and a verdict, or --file with a CSV of them")
    if file and is_dated:
        raise CallError("--note and --until go with one incident; in a file they are columns")
    if incident and not word and not named:
        raise CallError("the verdict is missing; say fraud, innocent or unsure")


def _told(given: int, unchanged: int) -> str:
    recorded = f"{given:,} {'verdict' if given == 1 else 'verdicts'} recorded"
    return f"{recorded}, {unchanged:,} as given before." if unchanged else f"{recorded}."
