"""fraud pull."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.days import First, Last, span
from fraud.cli.ingest import as_dict as load_as_dict
from fraud.cli.ingest import show as show_load
from fraud.cli.screen import answer, complain, few, progress, say, table, warn

if TYPE_CHECKING:
    from fraud.pipeline.pulling import FeedPull


def pull(
    *,
    feeds: Annotated[
        list[str] | None,
        typer.Argument(metavar="FEED", help="Names of feeds in fraud.toml; none = all."),
    ] = None,
    first: First = None,
    last: Last = None,
    no_ingest: Annotated[
        bool, typer.Option("--no-ingest", help="Leave what came in the landing folder.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Fetch new and changed reports from where they lie, and load them.

    A feed that fails says why and stops no other. With --from and --to only those days are pulled,
    and asked for again.
    """
    from fraud import config
    from fraud.pipeline import pulling

    settings = config.load(home=home)
    days = span(None, first, last) if first or last else None
    with progress() as tell:
        results = pulling.pull(
            settings,
            now=datetime.now(UTC),
            feeds=feeds or (),
            days=days,
            load=not no_ingest,
            progress=tell,
        )
    if as_json:
        answer([_as_dict(result) for result in results])
    else:
        _show(results)
    if code := pulling.exit_code(results):
        raise typer.Exit(code)


def _show(results: "list[FeedPull]") -> None:
    heads = ("feed", "seen", "new", "changed", "unchanged", "no plays", "bytes")
    table((*heads, "due", "late", "missing"), [_line(result) for result in results])
    for result in results:
        if result.loaded:
            say(f"{result.feed}:")
            show_load(result.loaded)
    for result in results:
        for text in few(result.refusals):
            warn(f"{result.feed}: {text}", head="Refused")
        if result.punctuality:
            for sentence in result.punctuality.sentences():
                say(sentence)
        if result.error:
            complain(f"{result.feed}: {result.error}")


def _line(result: "FeedPull") -> tuple[object, ...]:
    owed = result.punctuality
    days = [len(days) for days in (owed.due, owed.late, owed.missing)] if owed else [None] * 3
    return (
        *(result.feed, result.seen, result.new, result.changed, result.unchanged),
        *(result.no_plays, result.bytes, *days),
    )


def _as_dict(result: "FeedPull") -> dict[str, Any]:
    return {
        "feed": result.feed,
        "seen": result.seen,
        "new": result.new,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "no_plays": result.no_plays,
        "bytes": result.bytes,
        "refusals": result.refusals,
        "error": result.error,
        "loaded": load_as_dict(result.loaded) if result.loaded else None,
        "days": result.punctuality.as_dict() if result.punctuality else None,
    }
