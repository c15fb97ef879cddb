"""fraud evidence."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.days import day as parsed_day
from fraud.cli.screen import answer, progress, say
from fraud.errors import CallError


def evidence(
    *,
    incident: Annotated[
        str | None, typer.Argument(metavar="INCIDENT", help="An incident_id of alerts.csv.")
    ] = None,
    day: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=parsed_day,
            metavar="DAY",
            help="One of its nights, else the last on which it was active.",
        ),
    ] = None,
    verdict: Annotated[
        str | None,
        typer.Option(
            "--verdict",
            metavar="ISRC|UPC",
            help="A track or release that a store has ruled on, instead of an incident.",
        ),
    ] = None,
    redact: Annotated[
        bool,
        typer.Option(
            "--redact", help="Leave out money, internal ids and notes, and other artists' tracks."
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder to write into, else that of the night's evidence."
        ),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write what can be sent on: a one-page dossier, figures, plots and a drafted message.

    With --verdict the dossier goes from a store's ruling backwards: what was seen, when, and how
    many days before the end of the ruled period.
    """
    incident, verdict = (incident or "").strip(), (verdict or "").strip()
    if bool(incident) == bool(verdict):
        raise CallError("give an incident, or --verdict with an ISRC or UPC")
    if verdict and day:
        raise CallError("--date goes with an incident; a ruling has its own period")
    from fraud import config
    from fraud.pipeline import evidence as pieces

    settings = config.load(home=home)
    with progress() as tell:
        tell("Drawing the plots")
        if verdict:
            made = pieces.of_ruling(verdict, settings, redact=redact, out=out)
        else:
            made = pieces.of_incident(incident, settings, day=day, redact=redact, out=out)
    if as_json:
        answer(
            {
                "folder": str(made.folder),
                "files": list(made.files),
                "rulings": [
                    {
                        "store": ruling.store,
                        "period_start": ruling.period_start,
                        "period_end": ruling.period_end,
                        "first_alert": ruling.first_alert,
                        "days_before": ruling.days_before,
                    }
                    for ruling in made.rulings
                ],
            }
        )
        return
    for ruling in made.rulings:
        span = f"{ruling.period_start} to {ruling.period_end}"
        say(f"{ruling.store}, {span}: {pieces.seen_before(ruling)}")
    say(str(made.folder / "dossier.html"))
    say(str(made.folder / "message.txt"))
