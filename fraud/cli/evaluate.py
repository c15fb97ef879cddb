"""fraud evaluate."""

import math
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.screen import answer, finite, progress, say, table

if TYPE_CHECKING:
    from fraud.pipeline.worlds import Evaluation

HEAD_WIDTH = 18


def evaluate(
    *,
    world: Annotated[
        Path, typer.Argument(metavar="WORLD", help="A folder that fraud simulate wrote.")
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Measure the detector on a labelled world.

    The usual baselines stand beside it. The world's reports go into a home of their own, which is
    thrown away unless --home names one, and every night after the first 28 days is judged.
    """
    from fraud.pipeline import worlds

    with progress() as tell:
        evaluations = worlds.evaluate(world, home, now=datetime.now(UTC), progress=tell)
    if as_json:
        answer({"evaluations": [_as_dict(evaluation) for evaluation in evaluations]})
        return
    names = list(dict.fromkeys(name for one in evaluations for name in one.figures))
    table(
        ("", *(textwrap.fill(one.name, HEAD_WIDTH) for one in evaluations)),
        ((name, *(_shown(one, name) for one in evaluations)) for name in names),
    )
    say("In brackets: the 95 % interval, drawn again by artist.")
    groups = evaluations[0].groups
    if not groups.is_empty():
        head = ("planted group", "level", "nights", "in its level's top 3", "days until found")
        columns = ("scheme", "level", "nights", "nights_in_top", "days_until_found")
        table(head, groups.select(columns).iter_rows())


def _shown(evaluation: "Evaluation", name: str) -> str | None:
    figure = evaluation.figures.get(name)
    if figure is None or math.isnan(figure.value):
        return None
    return f"{_number(figure.value)} ({_number(figure.low)}–{_number(figure.high)})"


def _number(value: float) -> str:
    if math.isinf(value):
        return "never"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}"


def _as_dict(evaluation: "Evaluation") -> dict[str, Any]:
    return {
        "name": evaluation.name,
        "groups": evaluation.groups.to_dicts(),
        "figures": {
            name: {
                "value": finite(figure.value),
                "low": finite(figure.low),
                "high": finite(figure.high),
            }
            for name, figure in evaluation.figures.items()
        },
    }
