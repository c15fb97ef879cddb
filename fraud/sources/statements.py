"""What the reports of money by period share: their months, places, plans and penalties.

A statement's row says how often a track was played at a store, in a territory and a period, and
what was paid. It becomes a row of `period_streams` and, where money stands beside it, of
`royalties`.
Money taken back for artificial plays is no royalty: it becomes a row of `verdicts`. Titles, artists
and labels stay out: the catalogue is the label's own.
"""

import re
from calendar import month_abbr, month_name, monthrange
from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from fraud.sources.country_names import code_of
from fraud.sources.values import FIRST_DAY, LAST_DAY

STREAM, PENALTY, OTHER = "stream", "penalty", "other"

COLUMNS = (
    "period_start",
    "period_end",
    "store",
    "territory",
    "tier",
    "isrc",
    "upc",
    "streams",
    "amount",
    "currency",
    "origin",
    "statement",
    "coverage",
    "what",
)
"""What `tables` takes beside `line`, all of it text; a column that is left out is null."""

PASSED_OVER = "no streams but downloads, sales or fees"

_PENALTY = r"(?i)artificial|penalt|fraud|manipulat|stream\w*[ _-]abuse"
_STORES = (
    (r"apple(_.*)?|itunes_match|itunes_apple_music", "apple_music"),
    (r"amazon(_.*)?", "amazon_music"),
    (r"youtube_content_?id", "youtube_content_id"),
    (r"youtube_(music|red|premium|subscription).*|youtubemusic", "youtube_music"),
    (r"youtube(_.*)?", "youtube"),
    (r"spotify(_.*)?", "spotify"),
    (r"deezer(_.*)?", "deezer"),
    (r"tidal(_.*)?", "tidal"),
    (r"pandora(_.*)?", "pandora"),
    (r"tik_?tok(_.*)?", "tiktok"),
    (r"(facebook|instagram|meta)(_.*)?", "meta"),
)
_TIERS = (
    (r"famil", "family"),
    (r"student", "student"),
    (r"trial|discover", "trial"),
    (r"\bad\b|ads|ad[ _-]?(support|fund)|advert|free", "free"),
    (r"premium|individual|unlimited|subscri|paid|prime|hi-?fi|duo", "premium"),
)
_MONTHS = {
    name.lower(): number
    for names in (month_name, month_abbr)
    for number, name in enumerate(names)
    if name
}


def tables(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Return the rows of a statement, given in `COLUMNS` and `line`, by table."""
    missing = [name for name in COLUMNS if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    plays = rows.filter(pl.col("what") == STREAM)
    taken_back = rows.filter(pl.col("what") == PENALTY)
    return {
        "period_streams": plays.drop("upc", "what"),
        "royalties": plays.filter(pl.col("amount").is_not_null()).drop(
            "upc", "what", "isrc", "coverage"
        ),
        "verdicts": taken_back.select(
            *("line", "store", "period_start", "period_end", "isrc", "territory", "currency"),
            upc=translated("upc", gtin_of),
            artificial_streams=pl.col("streams").str.strip_chars("-").fill_null("0"),
            penalty_amount=pl.col("amount").str.strip_chars("-"),
        ),
    }


def what(is_stream: pl.Expr, amount: pl.Expr, *told: str) -> pl.Expr:
    """Return of each row whether it tells streams, a penalty or neither.

    A penalty takes money back and says so in one of the columns `told`.
    """
    named = pl.lit(False)
    for name in told:
        named |= pl.col(name).str.contains(_PENALTY).fill_null(False)
    return (
        pl.when(amount.str.starts_with("-") & named)
        .then(pl.lit(PENALTY))
        .when(is_stream.fill_null(True))
        .then(pl.lit(STREAM))
        .otherwise(pl.lit(OTHER))
    )


def translated(name: str, meaning: Callable[[str], str | None]) -> pl.Expr:
    """Return a column with each different cell translated once; an empty one is null."""

    def translate(cells: pl.Series) -> pl.Series:
        meanings = {
            cell: meaning(cell.strip()) if cell.strip() else None
            for cell in cells.drop_nulls().unique()
        }
        return cells.replace_strict(
            list(meanings), list(meanings.values()), default=None, return_dtype=pl.String
        )

    return pl.col(name).map_batches(translate, return_dtype=pl.String)


def territory(name: str) -> pl.Expr:
    """Return a column of countries, told by code or English name, as ISO 3166-1 alpha-2 codes."""
    return translated(name, code_of)


def store(name: str) -> pl.Expr:
    """Return a column of services as the lake's slugs: `Amazon Unlimited` is `amazon_music`."""
    return translated(name, store_of)


def store_of(text: str) -> str:
    """Return the slug of a music service, whichever of its products a statement names."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return next((slug for names, slug in _STORES if re.fullmatch(names, plain)), plain or text)


def tier_of(text: str) -> str:
    """Return the tier that a plan's name means; a name that says nothing as it is."""
    return next((tier for names, tier in _TIERS if re.search(names, text.lower())), text)


def gtin_of(text: str) -> str:
    """Return a UPC that a spreadsheet wrote as a number, where all its digits are still there."""
    written = re.fullmatch(r"([0-9])(?:\.([0-9]*))?[eE]\+?([0-9]{1,2})", text)
    if not written:
        return re.sub(r"\.0*$", "", text)
    digits = written[1] + (written[2] or "")
    return digits if len(digits) == int(written[3]) + 1 else text


def first_day(name: str) -> pl.Expr:
    """Return a column of days or months as first days, YYYY-MM-DD."""
    return translated(name, lambda text: _day(text, last=False))


def last_day(name: str) -> pl.Expr:
    """Return a column of days or months as last days, YYYY-MM-DD."""
    return translated(name, lambda text: _day(text, last=True))


def first_of_month(name: str) -> pl.Expr:
    """Return the first day of the month in which each cell lies, a day or a month."""
    return translated(name, lambda text: _day(_day(text, last=False)[:7], last=False))


def last_of_month(name: str) -> pl.Expr:
    """Return the last day of the month in which each cell lies, a day or a month."""
    return translated(name, lambda text: _day(_day(text, last=False)[:7], last=True))


def month(name: str) -> pl.Expr:
    """Return the month of each cell as YYYY-MM, of what is none the text."""
    return translated(name, lambda text: _day(text, last=False)[:7])


def _day(text: str, *, last: bool) -> str:
    """Return a day, or the first or last day of a month, as YYYY-MM-DD; else the text itself."""
    parts = re.match(r"([0-9]{4})[-/.]?([0-9]{2})(?:[-/.]?([0-9]{2}))?(?:[T ][0-9:.Z+]*)?$", text)
    if parts:
        year, number_of_month, day = int(parts[1]), int(parts[2]), parts[3]
    else:
        named = re.match(r"([A-Za-z]{3,9})\.?[ -/]*([0-9]{4})$", text)
        if not named or named[1].lower() not in _MONTHS:
            return text
        year, number_of_month, day = int(named[2]), _MONTHS[named[1].lower()], None
    if not 1 <= number_of_month <= 12 or not FIRST_DAY.year <= year <= LAST_DAY.year:
        return text
    if day is not None:
        return f"{year:04}-{number_of_month:02}-{day}"
    length = monthrange(year, number_of_month)[1]
    return date(year, number_of_month, length if last else 1).isoformat()
