"""fraud hygiene."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.days import Day
from fraud.cli.screen import answer, say, table

TOP = 10
"""Findings that are shown; the table has all."""


def hygiene(
    *,
    day: Day = None,
    known: Annotated[
        Path | None,
        typer.Option(
            "--known", metavar="FILE", help="Names of artists that may be imitated, one a line."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the table here as well.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Look for what a store would hold against the catalogue itself.

    That is bulk uploads, duplicates, many tracks just over 30 s, ISRCs ill-formed or used again,
    missing AI disclosure, equal lengths, and names that imitate others. Without a day it is today.
    """
    from fraud import config
    from fraud.pipeline.hygiene import inspect_catalogue

    settings = config.load(home=home)
    made = inspect_catalogue(day or datetime.now(UTC).date(), settings, known=known, out=out)
    if as_json:
        files = {"table": str(made.table), "page": str(made.page)}
        found = made.findings.to_dicts()
        answer({"day": made.day, "tracks": made.tracks, "findings": found, **files})
        return
    counts = Counter(made.findings["severity"].to_list())
    told = ", ".join(
        f"{counts[name]:,} {name}" for name in ("high", "medium", "low") if counts[name]
    )
    noun = "finding" if made.findings.height == 1 else "findings"
    say(f"{made.tracks:,} tracks: {made.findings.height:,} {noun}{f' ({told})' if told else ''}.")
    if made.findings.height:
        table(
            ("severity", "check", "account", "tracks", "finding"),
            made.findings.head(TOP)
            .select("severity", "check", "account_id", "tracks", "finding")
            .rows(),
            folded="finding",
        )
    for file in (made.page, made.table):
        say(str(file))
