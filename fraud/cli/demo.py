"""fraud demo."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.screen import answer, progress, say


def demo(
    *,
    open_it: Annotated[
        bool, typer.Option("--open", help="Open the report in the browser.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Run everything on a small simulated catalogue.

    Its reports are loaded, two weeks of nights are judged, and the worst alerts of the last night
    that has any are shown. All of it lies in the folder `demo` of the home, apart from real
    reports.
    """
    from fraud import config
    from fraud.cli import nights as shown
    from fraud.pipeline import worlds

    with progress() as tell:
        made = worlds.demo(config.load(home=home), now=datetime.now(UTC), progress=tell)
    last = next(
        (night for night in made.nights[::-1] if shown.active(night).height), made.nights[-1]
    )
    if as_json:
        answer({"home": str(made.home), "night": shown.as_dict(last), "world": made.world.counts})
    else:
        for sentence in made.world.summary():
            say(sentence)
        shown.show_sum(made.nights)
        say("")
        shown.show_top(last)
    if open_it:
        shown.open_report(last.folder)
