"""The command line: parse, call the pipeline, print.

Nothing heavy is imported before a command runs, so that `fraud --help` answers at once.
"""

import sys
from typing import Annotated

import typer

from fraud import __version__
from fraud.cli.command import AsJson, Command, Home
from fraud.cli.demo import demo
from fraud.cli.dilution import dilution
from fraud.cli.evaluate import evaluate
from fraud.cli.evidence import evidence
from fraud.cli.export import export
from fraud.cli.group import Group, hand_on
from fraud.cli.hygiene import hygiene
from fraud.cli.ingest import ingest
from fraud.cli.pull import pull
from fraud.cli.report import report
from fraud.cli.review import review
from fraud.cli.run import run
from fraud.cli.simulate import simulate
from fraud.cli.status import status
from fraud.cli.verdict import verdict

__all__ = ["app", "main"]

app = typer.Typer(
    name="fraud",
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS = (
    *(demo, pull, ingest, run, report, export, evidence, verdict, review, hygiene, dilution),
    *(simulate, evaluate, status),
)
for _command in _COMMANDS:
    app.command(cls=Command)(_command)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"fraud {__version__}")
        raise typer.Exit


@app.callback()
def _fraud(
    ctx: typer.Context,
    home: Home = None,
    as_json: AsJson = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Tell, every morning, which tracks are being streamed by machines.

    Exit codes: 0 done, 1 it failed, 2 the call is wrong, 3 done, but something was refused or
    quarantined, 4 the gate stopped a day. Options stand after the command; --home and --json may
    stand before it too.
    """
    hand_on(ctx, home=home, as_json=as_json)


def main() -> None:
    """Run the command line on the arguments of the process and end it with the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()
