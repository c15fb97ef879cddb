"""fraud simulate."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.days import day as parsed_day
from fraud.cli.screen import answer, progress, say


def simulate(
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new or empty folder.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    days: Annotated[int, typer.Option(help="Days of plays.")] = 84,
    tracks: Annotated[int, typer.Option(help="Tracks in the catalogue.")] = 1500,
    start: Annotated[
        date | None,
        typer.Option("--start", parser=parsed_day, metavar="DAY", help="The first day."),
    ] = None,
    stores: Annotated[
        str, typer.Option(metavar="SLUGS", help="Music services, commas between.")
    ] = "spotify,apple_music,deezer",
    territories: Annotated[int, typer.Option(help="Countries in which it is played.")] = 25,
    fraud_share: Annotated[
        float, typer.Option(metavar="SHARE", help="Part of the track-days with bought plays.")
    ] = 0.01,
    mimicry: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="How far bought plays look like people, 0 to 1. [default: drawn for each scheme]",
        ),
    ] = None,
    volume: Annotated[
        float, typer.Option(metavar="TIMES", help="Times the usual number of bought plays.")
    ] = 1.0,
    listeners: Annotated[
        bool, typer.Option("--listeners", help="Also report each pseudonymous listener.")
    ] = False,
    file_format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="NAME",
            help="csv, csv.gz, parquet, ndjson, ndjson.gz; or the feeds spotify_bulk, fuga.",
        ),
    ] = "csv.gz",
    home: Home = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Write a labelled world of report files.

    It has a catalogue, planted fraud, innocent look-alikes and the truth about each day of a track.
    """
    from fraud.pipeline import worlds

    with progress() as tell:
        tell(f"Simulating {tracks:,} tracks over {days:,} days")
        world = worlds.simulate(
            out,
            seed=seed,
            days=days,
            tracks=tracks,
            start=start or worlds.START,
            stores=[name.strip() for name in stores.split(",") if name.strip()],
            territories=territories,
            mimicry=mimicry,
            volume=volume,
            fraud_share=fraud_share,
            listeners=listeners,
            file_format=file_format,
        )
    if as_json:
        answer({"folder": str(world.folder), **world.counts})
    else:
        for sentence in world.summary():
            say(sentence)
