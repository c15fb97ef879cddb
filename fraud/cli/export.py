"""fraud export."""

from pathlib import Path
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.days import First, Last, in_order
from fraud.cli.screen import answer, progress, say


def export(
    *,
    what: Annotated[
        str,
        typer.Argument(metavar="TABLE", help="scores, alerts, incidents, features or streams."),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Written as .csv or .parquet says.")
    ],
    first: First = None,
    last: Last = None,
    level: Annotated[
        str,
        typer.Option(
            metavar="LEVEL",
            help="Of scores and features: track, territory, release, artist, label or account.",
        ),
    ] = "track",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write a table as a CSV or Parquet file.

    Its rows are those of a range of days, ordered by key. CSV is UTF-8 without a byte order mark,
    quoted as in RFC 4180, with LF; empty = unknown.
    """
    in_order(first, last)
    from fraud import config
    from fraud.pipeline import export as exporting

    settings = config.load(home=home)
    with progress() as tell:
        written = exporting.export(
            what, out, settings, first_day=first, last_day=last, level=level, progress=tell
        )
    if as_json:
        answer(
            {
                "file": str(written.path),
                "rows": written.rows,
                "first_day": written.first_day,
                "last_day": written.last_day,
            }
        )
    else:
        rows = f"{written.rows:,} {'row' if written.rows == 1 else 'rows'}"
        say(f"{rows} of {what}, {written.first_day} to {written.last_day}: {written.path}")
