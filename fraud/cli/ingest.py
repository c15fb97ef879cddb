"""fraud ingest."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.screen import answer, few, progress, say, table, warn

if TYPE_CHECKING:
    from fraud.pipeline.ingest import IngestResult

REPORT_HEADS = (
    *("store", "table", "origin", "first", "last"),
    *("new", "restated", "unchanged", "rows", "streams"),
)


def ingest(
    *,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Report files, or folders of them.")
    ],
    source: Annotated[
        str, typer.Option(metavar="NAME", help="The report format; auto tells it by the columns.")
    ] = "auto",
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="Let in what the gate would keep out, after looking at it; on record."
        ),
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Load report files into the lake.

    What came in is told, and what was refused and why; refused rows and files are kept in the
    quarantine. A day that a store delivers again replaces what it delivered before. A day that the
    gate fails (cut, doubled, empty, ...) is kept out as a whole.
    """
    from fraud import config
    from fraud.pipeline import ingest as loading

    settings = config.load(home=home)
    with progress() as tell:
        result = loading.ingest(
            paths,
            settings,
            now=datetime.now(UTC),
            source=source,
            accept=accept,
            progress=lambda file, done, total: tell(f"Read {done:,} of {total:,} files: {file}"),
            tell=tell,
        )
    if as_json:
        answer(as_dict(result))
    else:
        show(result)
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def show(result: "IngestResult") -> None:
    """Print what came in, what was refused, and why."""
    from fraud.pipeline.affected import spans

    _tables(result)
    for name, rows in result.reference_rows.items():
        say(f"{name}: {_rows(rows)}")
    for notice in few(result.notices):
        say(notice)
    for text in few(result.warnings):
        warn(text)
    for text in few([one.message for one in result.findings if one.verdict != "failed"]):
        warn(text)
    whole_files = {f"{file.path} {file.note}" for file in result.files if file.refused}
    for text in few(result.refusals):
        warn(text, head="Refused" if text in whole_files else "Warning")
    for text in few(_faults(result)):
        warn(text, head="Refused")
    _counts(result)
    for first, last in spans(result.affected_nights):
        span = f"--date {first}" if first == last else f"--from {first} --to {last}"
        say(
            f"{_nights(first, last)} judged by other numbers than the lake now holds;"
            f" judge again with: fraud run {span}"
        )


def _tables(result: "IngestResult") -> None:
    if result.day_stores:
        outcomes = _outcomes(result)
        heads = ("store", "table", "first", "last", "days", *outcomes, "rows", "streams")
        table(heads, _by_store_and_table(result, outcomes))
    if result.statements:
        table(REPORT_HEADS, _by_store_and_origin(result))


def _counts(result: "IngestResult") -> None:
    from fraud.pipeline import ingest as loading

    rows = result.rows
    if rows.taken < rows.read:
        parts = [
            f"{rows.taken:,} taken, {rows.refused:,} refused, {rows.passed_over:,} passed over",
            f"{rows.left_out:,} left out" if rows.left_out else "",
            f"{rows.kept_out:,} kept out" if rows.kept_out else "",
        ]
        say(f"{_rows(rows.read)} came in: {', '.join(filter(None, parts))}.")
    refused = f", {_rows(rows.refused)} refused" if rows.refused else ""
    entered = sum(one.rows for one in result.day_stores if one.outcome in loading.ENTERING)
    entered += sum(one.rows for one in result.statements if one.outcome in loading.ENTERING)
    say(f"{_rows(entered)} entered from {_files(len(result.files))}{refused}.")
    held = sum(one.rows for one in result.day_stores if one.outcome == "held")
    if held:
        say(f"{_rows(held)} were kept out by the gate.")


def _outcomes(result: "IngestResult") -> list[str]:
    """Return the outcomes to count: the rarer ones only where there are some."""
    came = {one.outcome for one in result.day_stores}
    always = ("new", "restated", "unchanged", "refused")
    return [*always, *(name for name in ("added", "held") if name in came)]


def _nights(first: date, last: date) -> str:
    return f"The night {first} was" if first == last else f"The nights {first} to {last} were"


def _by_store_and_table(result: "IngestResult", told: list[str]) -> list[tuple[object, ...]]:
    groups: dict[tuple[str, str], list[Any]] = {}
    for one in result.day_stores:
        groups.setdefault((one.store, one.table), []).append(one)
    lines = []
    for key, days in sorted(groups.items()):
        outcomes = Counter(one.outcome for one in days)
        lines.append(
            (
                *key,
                min(one.day for one in days),
                max(one.day for one in days),
                len(days),
                *(outcomes[name] for name in told),
                sum(one.rows for one in days),
                sum(one.streams for one in days),
            )
        )
    return lines


def _by_store_and_origin(result: "IngestResult") -> list[tuple[object, ...]]:
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for one in result.statements:
        groups.setdefault((one.store, one.table, one.origin), []).append(one)
    lines = []
    for key, statements in sorted(groups.items()):
        outcomes = Counter(one.outcome for one in statements)
        lines.append(
            (
                *key,
                min(one.period_start for one in statements),
                max(one.period_end for one in statements),
                *(outcomes[name] for name in ("new", "restated", "unchanged")),
                sum(one.rows for one in statements),
                sum(one.streams for one in statements),
            )
        )
    return lines


def _faults(result: "IngestResult") -> list[str]:
    """Return a sentence for each refused row."""
    return [
        f"{row['file']}, line {row['line']:,}"
        + (f", column {row['column']}" if row["column"] else "")
        + f": {row['reason']}"
        for row in result.refused.filter(result.refused["line"].is_not_null()).iter_rows(named=True)
    ]


def as_dict(result: "IngestResult") -> dict[str, Any]:
    """Return the same for a machine."""
    return {
        "delivery_id": result.delivery_id,
        "files": [
            {
                "path": file.path,
                "kind": file.kind,
                "source": file.source,
                "rows": file.rows,
                "quarantined": file.quarantined,
                "passed_over": file.passed_over.total(),
                "refused": file.refused,
                "partial": file.partial,
                "note": file.note,
            }
            for file in result.files
        ],
        "day_stores": [
            {
                "day": one.day.isoformat(),
                "store": one.store,
                "table": one.table,
                "rows": one.rows,
                "streams": one.streams,
                "outcome": one.outcome,
                "partial": one.partial,
            }
            for one in result.day_stores
        ],
        "statements": [
            {
                "table": one.table,
                "origin": one.origin,
                "statement": one.statement,
                "store": one.store,
                "period_start": one.period_start.isoformat(),
                "period_end": one.period_end.isoformat(),
                "rows": one.rows,
                "streams": one.streams,
                "outcome": one.outcome,
            }
            for one in result.statements
        ],
        "rows": asdict(result.rows),
        "statement_rows": result.statement_rows,
        "reference_rows": result.reference_rows,
        "notices": result.notices,
        "warnings": result.warnings,
        "refusals": result.refusals,
        "findings": [{**asdict(one), "day": one.day.isoformat()} for one in result.findings],
        "affected_nights": [night.isoformat() for night in result.affected_nights],
        "refused_rows": result.refused.to_dicts(),
    }


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _files(count: int) -> str:
    return f"{count:,} {'file' if count == 1 else 'files'}"
