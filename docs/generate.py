"""Writes docs/reference from the code: `python docs/generate.py`."""

import json
from pathlib import Path
from typing import Literal, get_args, get_origin

import polars as pl
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.main import get_command
from typer.testing import CliRunner

from fraud import tables
from fraud.cli import app
from fraud.config import Settings
from fraud.report.alerts_schema import alerts_schema
from fraud.tables import Column, Table

REFERENCE = Path(__file__).parent / "reference"

GROUPS = {
    "Daily facts, replaced by day × store": tables.DELIVERED,
    "Reference, merged by key": tables.REFERENCE,
    "Reports by period, replaced by report × store × period": tables.STATEMENTS,
    "What the lake remembers of its own loads": tables.RECORDS,
    "What analysts said": (tables.JUDGEMENTS,),
    "What a night makes, replaced by day": tables.JUDGED,
}
TYPES = {
    pl.Date: "date",
    pl.String: "text",
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.Float32: "number",
    pl.Boolean: "true or false",
    pl.Datetime: "moment, UTC",
}


def pages() -> dict[Path, str]:
    """Return the text of every page of docs/reference by its path."""
    return {
        REFERENCE / "commands.md": commands(),
        REFERENCE / "settings.md": settings(),
        REFERENCE / "tables.md": lake(),
        REFERENCE / "alerts.schema.json": f"{json.dumps(alerts_schema(), indent=2)}\n",
    }


def commands() -> str:
    """Return the page of the command line: what `--help` answers, command by command."""
    names = get_command(app).commands  # type: ignore[attr-defined]
    parts = ["# Commands\n\n`docs/generate.py` writes this page from what `--help` answers.\n"]
    for arguments in ([], *([name] for name in names)):
        answer = CliRunner().invoke(app, [*arguments, "--help"], prog_name="fraud")
        title = " ".join(["fraud", *arguments])
        parts.append(f"## {title}\n\n```text\n{answer.stdout.rstrip()}\n```\n")
    return "\n".join(parts)


def settings() -> str:
    """Return the page of the settings: the top of `fraud.toml`, then each of its sections."""
    head = (
        "# Settings\n\n`docs/generate.py` writes this page from `fraud/config.py`. They stand in"
        " `HOME/fraud.toml`; `FRAUD_NAME`, for a section `FRAUD_SECTION__NAME`, in the environment"
        " goes before the file, a flag before both.\n"
    )
    parts, sections = [head], {}
    rows = ["| setting | default | |\n|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            sections[f"[{name}]"] = type(default)
        elif isinstance(default, tuple) and default and isinstance(default[0], BaseModel):
            sections[f"[[{name}]]"] = type(default[0])
            shown = "; ".join(str(each) for each in default)
            rows.append(f"| {name} | {shown} | {field.description} |")
        elif _is_model(held := get_args(field.annotation)[-1:]):
            sections[f"[{name}.NAME]"] = held[0]
        else:
            rows.append(_setting(name, field))
    parts.append("\n".join([*rows, ""]))
    for name, section in sections.items():
        fields = section.model_fields.items()
        rows = [f"## {name}\n", "| setting | default | |\n|---|---|---|"]
        parts.append("\n".join([*rows, *(_setting(key, field) for key, field in fields), ""]))
    return "\n".join(parts)


def _is_model(held: tuple[type, ...]) -> bool:
    return any(isinstance(one, type) and issubclass(one, BaseModel) for one in held)


def _setting(name: str, field: FieldInfo) -> str:
    default = "" if field.is_required() else field.get_default(call_default_factory=True)
    about = str(field.description or "")
    about = about[:1].upper() + about[1:]
    words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    if words and all(word.replace("_", "").isalnum() for word in words if word):
        about += f" ({', '.join(filter(None, words))})"
    about = about.replace("|", "\\|")
    return f"| {name} | {f'`{default}`' if str(default) else ''} | {about} |"


def lake() -> str:
    """Return the page of the lake's tables."""
    head = (
        "# Tables of the lake\n\n`docs/generate.py` writes this page from `fraud/tables.py`."
        " An empty cell is unknown, never zero; a column in bold is never empty."
        " Tables with `report_date` are partitioned by it.\n"
    )
    parts = [head]
    for title, group in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_table(table) for table in group]
    return "\n".join(parts)


def _table(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    again = "Rows of one key add up." if table.additive else "One row a key."
    lines = [
        f"### {table.name}\n",
        f"{table.grain}. Key: {key}. {again}\n",
        "| column | type | |\n|---|---|---|",
        *(_column(column) for column in table.columns),
        "",
    ]
    return "\n".join(lines)


def _column(column: Column) -> str:
    about = column.about[:1].upper() + column.about[1:]
    if column.allowed:
        about += f": {', '.join(column.allowed)}"
    if column.pattern:
        about += f"; matches `{column.pattern}`"
    name = f"**{column.name}**" if column.required else column.name
    for sign in "|<":
        about = about.replace(sign, f"\\{sign}")
    return f"| {name} | {TYPES[type(column.dtype)]} | {about} |"


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
