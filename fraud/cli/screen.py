"""Printing: answers go to standard output, progress and complaints to standard error.

Text from outside (file names, titles) is printed as it is: no markup, no control characters.
"""

import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[str], None]

WIDTH = 120
"""Columns of a table where standard output is no terminal and COLUMNS does not say."""
LEAST_FOLDED = 24
"""Columns that are left to a folded column on the narrowest screen."""
FEW = 20
"""Sentences of one kind that are printed."""
LULL_SECONDS = 2.0
"""Elsewhere than on a terminal, lines of the same kind come at most this often."""

_NO_DIGITS = str.maketrans("", "", "0123456789")


def say(text: str) -> None:
    """Print a line."""
    typer.echo(_printable(text))


def complain(text: str) -> None:
    """Print what went wrong, to standard error."""
    typer.echo(f"Error: {_printable(text)}", err=True)


def warn(text: str, *, head: str = "Warning") -> None:
    """Print what should be known but stopped nothing, to standard error."""
    typer.echo(f"{head}: {_printable(text)}", err=True)


def answer(value: object) -> None:
    """Print a machine's answer: one JSON document."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=str))


def few(texts: Sequence[str]) -> list[str]:
    """Return the first of many sentences and how many are left out."""
    more = len(texts) - FEW
    return [*texts[:FEW], f"… and {more:,} more like these"] if more > 0 else list(texts)


def table(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, folded: str | None = None
) -> None:
    """Print a table; numbers stand to the right.

    Only the column `folded` is folded to the width of the screen: a cut number is a wrong one.
    Lines of a head are those that it has.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [list(row) for row in rows]
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for position, head in enumerate(heads):
        is_number = any(isinstance(row[position], int | float) for row in cells)
        justify: Literal["left", "right"] = "right" if is_number else "left"
        overflow: Literal["fold"] = "fold"
        grid.add_column(Text(head), justify=justify, no_wrap=head != folded, overflow=overflow)
    for row in cells:
        grid.add_row(*(Text(_printable(_cell(value))) for value in row))
    console = _console(sys.stdout)
    place = list(heads).index(folded) if folded else None
    foldable = 0 if place is None else max((len(_cell(row[place])) for row in cells), default=0)
    unfolded = console.measure(grid, options=console.options.update(max_width=100_000)).maximum
    console.width = max(console.width, unfolded - max(foldable - LEAST_FOLDED, 0))
    with console.capture() as capture:
        console.print(grid)
    for line in capture.get().splitlines():
        typer.echo(line.rstrip())


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield what tells of progress: one changing line on a terminal, plain lines elsewhere.

    Plain lines whose first words differ in digits only are of one kind.
    """
    console = _console(sys.stderr)
    if console.is_terminal:
        from rich.text import Text

        with console.status(Text("")) as status:
            yield lambda text: status.update(Text(_printable(text)))
        return
    told: dict[str, float] = {}

    def tell(text: str) -> None:
        kind, now = text.partition(" ")[0].translate(_NO_DIGITS), time.monotonic()
        if now - told.get(kind, float("-inf")) >= LULL_SECONDS:
            told[kind] = now
            typer.echo(_printable(text), err=True)

    yield tell


def _console(file: TextIO) -> "Console":
    from rich.console import Console

    console = Console(file=file, markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in console._environ:
        console.width = WIDTH
    return console


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _printable(text: str) -> str:
    """Return the text without what would steer a terminal."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def finite(value: float) -> float | None:
    """Return a number for JSON, which knows neither NaN nor infinity: null."""
    return value if math.isfinite(value) else None
