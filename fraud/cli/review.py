"""fraud review."""

import webbrowser
from datetime import UTC, datetime
from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.screen import answer, say


def review(
    *,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, metavar="PORT", help="Where to listen; 0 = any free port."),
    ] = 8417,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Serve the reports to this machine's browser, with buttons for your word.

    Only this machine can reach it. It serves until Ctrl-C.
    """
    from fraud import config
    from fraud.review import serve

    settings = config.load(home=home)
    bound = serve.listen(port)
    address = serve.address(bound)
    if as_json:
        answer({"address": address})
    else:
        say(f"The reports stand at {address} until Ctrl-C.")
    if open_browser:
        webbrowser.open(address)
    serve.serve(bound, settings, lambda: datetime.now(UTC))
