"""What all commands share: their options, and how a failure is told."""

import os
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from fraud import __version__
from fraud.cli.screen import complain
from fraud.errors import FraudError

Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="PATH",
        help="Folder of the lake and the reports. [default: FRAUD_HOME, else ./fraud-home]",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


class Command(TyperCommand):
    """A command that tells what went wrong in a sentence and ends with the exit code for it."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it did not expect is written to a file of HOME/logs."""
        try:
            return super().invoke(ctx)
        except FraudError as error:
            complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("FRAUD_DEBUG") == "1":
                raise
            complain(_unexpected(error, ctx.params.get("home")))
            raise typer.Exit(1) from None


def _unexpected(error: Exception, home: Path | None) -> str:
    first_line = str(error).strip().partition("\n")[0]
    told = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return f"it failed unexpectedly ({told}); the details are in {_write_log(home)}"


def _write_log(home: Path | None) -> Path:
    """Write the details of the exception at hand and return where; the home may be what failed."""
    now = datetime.now(UTC)
    details = "\n".join(
        (
            f"{now.isoformat()} fraud {__version__}, Python {sys.version}",
            f"arguments: {sys.argv[1:]}",
            traceback.format_exc(),
        )
    )
    name = f"{now:%Y-%m-%dT%H-%M-%SZ}-{os.getpid()}.log"
    chosen = home or Path(os.environ.get("FRAUD_HOME") or "fraud-home")
    for folder in (chosen / "logs", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(details, encoding="utf-8")
        except OSError:
            continue
        return folder / name
    return Path(os.devnull)
