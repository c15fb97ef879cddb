"""Rulings of stores in whatever columns a distributor passes them on: read as the settings say.

No store publishes the columns of its reports of artificial plays, and each distributor writes its
own. A `[verdicts.NAME]` section of fraud.toml makes a format of them, by its columns, from a
preset, or from both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from fraud.config import Verdicts
from fraud.errors import UnreadableError
from fraud.sources import cells, statements
from fraud.sources.decimals import Decimals, Sign
from fraud.sources.ruling_presets import PRESETS
from fraud.sources.source import Reading, Report, Source
from fraud.sources.values import slug
from fraud.tables import VERDICTS

_NEEDED = (
    ("store",),
    ("period", "period_start"),
    ("isrc", "upc"),
    ("artificial_streams", "artificial_share", "penalty_amount"),
)
"""Of each group a ruling must tell one."""
_SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class _Layout:
    """Where the settings find what a ruling says."""

    name: str
    columns: Mapping[str, tuple[str, ...]]
    """The slugs of the columns that may hold a field, the likeliest first."""
    own: frozenset[str]
    """The fields that the settings themselves name: a file without one of them is another's."""
    settings: Verdicts
    constants: Mapping[str, str]
    only: Mapping[str, tuple[str, ...]]
    """Rows count in which one of the columns of a kind holds one of these words."""
    kinds: tuple[str, ...]

    def found(self, there: frozenset[str]) -> dict[str, str]:
        """Return the column of each field that a file with these columns tells."""
        firsts = {
            field: next((name for name in names if name in there), "")
            for field, names in self.columns.items()
        }
        return {field: name for field, name in firsts.items() if name}

    def recognises(self, there: frozenset[str]) -> bool:
        return not self.missing(there)

    def missing(self, there: frozenset[str]) -> list[str]:
        """Return what a file with these columns lacks, in words."""
        found = self.found(there)
        lacks = [" or ".join(self.columns[field]) for field in sorted(self.own - found.keys())]
        told = found.keys() | self.constants.keys()
        return lacks + [" or ".join(group) for group in _NEEDED if told.isdisjoint(group)]


def ruling(name: str, settings: Verdicts) -> Source:
    """Return the format that the section `[verdicts.NAME]` describes."""
    preset = PRESETS.get(settings.preset)
    columns = dict(preset.columns) if preset else {}
    own: dict[str, tuple[str, ...]] = {
        field: _slugs(names) for field, names in settings.columns.items()
    }
    layout = _Layout(
        name,
        {**columns, **own},
        frozenset(own),
        settings,
        {**(preset.constants if preset else {}), **dict(settings.constants.items())},
        {slug(column): _words(words) for column, words in settings.only.items()},
        preset.kinds if preset and not settings.only else (),
    )
    return Source(
        name,
        f"rulings of stores, as [verdicts.{name}] of fraud.toml says",
        layout.recognises,
        partial(_open, layout),
        separators=settings.separator or _SEPARATORS,
        latin1=True,
    )


def _slugs(names: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(slug(name) for name in ([names] if isinstance(names, str) else names))


def _words(words: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in words.split("|"))


def _open(layout: _Layout, report: Report) -> Reading:
    there = frozenset(report.columns)
    missing = layout.missing(there)
    if missing:
        raise UnreadableError(f"lacks {', '.join(missing)}, which [verdicts.{layout.name}] reads")
    columns = layout.found(there)
    kinds = [name for name in layout.kinds if name in there]
    uses = frozenset({*columns.values(), *kinds, *(layout.only.keys() & there)})
    by_period = {"period_start", "period_end"} - columns.keys()
    names = {field: columns[field] for field in VERDICTS.schema if field in columns}
    names |= {field: columns["period"] for field in by_period if "period" in columns}
    if "artificial_streams" not in columns and "artificial_share" in columns:
        names["artificial_streams"] = columns["artificial_share"]
    usual = Sign.COMMA if layout.settings.decimal_comma else Sign.POINT
    decimals = Decimals({"penalty_amount": columns.get("penalty_amount", "")}, usual)
    return Reading(
        VERDICTS,
        uses,
        partial(_rows, layout, columns, kinds, decimals),
        ignores=there - uses,
        names=names,
        passes_over="lines of another kind" if layout.only or kinds else "",
        decimals=decimals,
    )


def _rows(
    layout: _Layout,
    columns: Mapping[str, str],
    kinds: Sequence[str],
    decimals: Decimals,
    rows: pl.DataFrame,
) -> Mapping[str, pl.DataFrame]:
    from_file = [pl.col(column).alias(field) for field, column in columns.items()]
    said = rows.filter(_counts(layout, kinds)).select("line", *from_file)
    said = said.with_columns(pl.lit(text).alias(field) for field, text in layout.constants.items())
    if layout.settings.decimal_comma:
        said = said.with_columns(
            pl.col(name).str.replace_all(".", "", literal=True)
            for name in _NUMBERS
            if name in said.columns
        )
    said = _with_period(cells.completed(said, _FIELDS), layout.settings.period_format)
    decimals.look(said, *_NUMBERS)
    amount, total, artificial = (
        decimals.number(name).str.strip_chars("-")
        for name in ("penalty_amount", "total_streams", "artificial_streams")
    )
    share = decimals.number("artificial_share")
    territory = statements.territory("territory")
    return {
        "verdicts": said.select(
            "line",
            "isrc",
            store=statements.store("store"),
            period_start=statements.first_day("period_start"),
            period_end=statements.last_day("period_end"),
            upc=statements.translated("upc", statements.gtin_of),
            territory=pl.when(territory != "ZZ").then(territory),
            artificial_streams=_artificial(artificial, total, amount, share),
            total_streams=total,
            penalty_amount=amount,
            currency=pl.col("currency").str.strip_chars().str.to_uppercase().replace(_SIGNS),
        )
    }


_FIELDS = frozenset(VERDICTS.schema) | {"period", "artificial_share"}
_NUMBERS = ("artificial_streams", "artificial_share", "total_streams", "penalty_amount")
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "": None}


def _counts(layout: _Layout, kinds: Sequence[str]) -> pl.Expr:
    """Return whether a row is one that the settings, or the preset, want."""
    asked = [
        pl.any_horizontal(_holds(column, word) for word in words)
        for column, words in layout.only.items()
    ]
    if kinds:
        asked.append(pl.any_horizontal(_holds(kind, word) for kind in kinds for word in _PENALTY))
    return pl.all_horizontal(asked) if asked else pl.lit(value=True)


_PENALTY = ("artificial", "penalt", "fraud", "manipulat", "fine")


def _holds(column: str, word: str) -> pl.Expr:
    text = pl.col(column).str.to_lowercase()
    return text.str.contains(word, literal=True).fill_null(value=False)


def _with_period(rows: pl.DataFrame, written: str) -> pl.DataFrame:
    """Return the rows with first and last day, or month, as told, else as the period says."""
    told = {name: _unlike(name, written) for name in ("period", "period_start", "period_end")}
    begins = pl.coalesce(_filled(told["period_start"]), told["period"])
    return rows.with_columns(
        period_start=begins, period_end=pl.coalesce(_filled(told["period_end"]), begins)
    )


def _unlike(name: str, written: str) -> pl.Expr:
    """Return what is written in a way of its own as YYYY-MM-DD, or YYYY-MM where it has no day."""
    if not written:
        return pl.col(name)
    has_day = "%d" in written
    text = pl.col(name).str.strip_chars() if has_day else "01 " + pl.col(name).str.strip_chars()
    day = text.str.to_date(written if has_day else f"%d {written}", strict=False)
    return pl.coalesce(day.dt.to_string("%Y-%m-%d" if has_day else "%Y-%m"), pl.col(name))


def _artificial(artificial: pl.Expr, total: pl.Expr, amount: pl.Expr, share: pl.Expr) -> pl.Expr:
    """Return the plays that were ruled out: as told, as a share of all, 0 where only money is."""
    value = share.str.strip_chars("%").cast(pl.Float64, strict=False)
    as_percent = pl.col("artificial_share").str.contains("%") | (value > 1)
    part = pl.when(as_percent).then(value / 100).otherwise(value)
    of_total = (total.cast(pl.Float64, strict=False) * part).round().cast(pl.Int64, strict=False)
    only_money = amount.is_not_null() & share.is_null()
    return pl.coalesce(
        artificial,
        pl.when(part.is_between(0, 1)).then(of_total.cast(pl.String)),
        pl.when(share.is_not_null() & ~part.is_between(0, 1).fill_null(value=False)).then(share),
        pl.when(only_money).then(pl.lit("0")),
    )


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.strip_chars() != "").then(text)
