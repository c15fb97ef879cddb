"""Rows of NDJSON: one JSON object (RFC 8259) a line."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from fraud.sources.lines import Block, count
from fraud.sources.rows import Refused, Rows

SAMPLED_LINES = 1_000
_HALF_A_PAIR = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F])"
)
"""Its group is the beginning of a surrogate that stands alone."""


class _Repeating(dict[str, Any]):
    """An object in which keys stand several times."""

    keys_repeated: frozenset[str] = frozenset()


def keys(data: bytes, known: frozenset[str]) -> list[str]:
    """Return the keys of the objects, in order of appearance; [] where the first line is no object.

    Keys that are null are often left out, so those in `known` are looked for in all of `data`, the
    others in its first lines.
    """
    found: dict[str, None] = {}
    for line in itertools.islice(data.split(b"\n", SAMPLED_LINES), SAMPLED_LINES):
        entry = _entry(line)
        if isinstance(entry, dict):
            found.update(dict.fromkeys(entry))
        elif not found and line.strip():
            return []
    later = sorted(known - found.keys())
    if later and _may_hold(data, later):
        found |= dict.fromkeys(
            name for name in later if re.search(rb'"%s"\s*:' % name.encode(), data)
        )
    return list(found)


def _may_hold(data: bytes, names: Sequence[str]) -> bool:
    """Return whether some of the keys may stand in a text; one look for all is soon done."""
    try:
        text = pl.Series([data], dtype=pl.Binary()).cast(pl.String())
    except pl.exceptions.ComputeError:
        return True  # It is no UTF-8.
    return bool(text.str.contains(rf'"(?:{"|".join(map(re.escape, names))})"\s*:').item())


def read(block: Block, columns: Mapping[str, str]) -> Rows:
    """Return the rows of a block; `columns` maps the keys to read to the names they get."""
    data = block.data + block.unfinished
    return _all_well(data, block.first_line, columns) or _line_by_line(
        data, block.first_line, columns
    )


def _all_well(data: bytes, first_line: int, columns: Mapping[str, str]) -> Rows | None:
    if b"\0" in data or (b"\\" in data and _holds_no_text(data)):
        return None
    try:
        frame = pl.read_ndjson(data, schema={key: pl.String() for key in columns})
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None
    lines = count(data, b"\n") + (not data.endswith(b"\n"))
    if frame.height != lines or _may_repeat(data, frame):
        return None

    def raw(positions: Sequence[int]) -> list[str]:
        all_lines = data.split(b"\n")
        return [all_lines[i].decode("utf-8").rstrip("\r") for i in positions]

    line = pl.int_range(first_line, first_line + lines, eager=True).alias("line")
    return Rows(frame.rename(dict(columns)).with_columns(line), raw)


def _holds_no_text(data: bytes) -> bool:
    """Return whether something is escaped of which no text can be made; Polars makes NULs of it."""
    return b"\\u0000" in data or any(one[1] for one in _HALF_A_PAIR.finditer(data))


def _may_repeat(data: bytes, frame: pl.DataFrame) -> bool:
    """Return whether a key may stand twice in a row; Polars takes the first and says nothing."""
    for cells in frame:
        key = b'"%s"' % cells.name.encode()
        told, values = data.count(key), len(cells) - cells.null_count()
        if told != values:
            told -= len(re.findall(rb"%s\s*:\s*null" % re.escape(key), data))
        if told != values:
            return True
    return False


def _line_by_line(data: bytes, first_line: int, columns: Mapping[str, str]) -> Rows:
    lines: list[int] = []
    entries: list[dict[str, Any]] = []
    texts: list[str] = []
    refused: list[Refused] = []
    for line, text, entry in _entries(data, first_line):
        repeated = isinstance(entry, _Repeating) and entry.keys_repeated & columns.keys()
        if repeated:
            reason = f"the row has the key {min(repeated)} several times; each stands once"
            refused.append(Refused(reason, line, row=text))
        elif isinstance(entry, str):
            refused.append(Refused(entry, line, row=text))
        else:
            lines.append(line)
            entries.append(entry)
            texts.append(text)
    frame = pl.DataFrame(
        {
            **{
                name: pl.Series([_text(entry.get(key)) for entry in entries], dtype=pl.String)
                for key, name in columns.items()
            },
            "line": pl.Series(lines, dtype=pl.Int64),
        }
    )
    return Rows(frame, lambda positions: [texts[i] for i in positions], refused)


def _entries(data: bytes, first_line: int) -> Iterator[tuple[int, str, dict[str, Any] | str]]:
    for number, line in enumerate(data.split(b"\n"), first_line):
        if line and line.strip():
            yield number, line.decode("utf-8", "replace"), _entry(line)


def _entry(line: bytes) -> dict[str, Any] | str:
    """Return the object on a line, or the sentence why there is none."""
    if b"\0" in line or b"\\u0000" in line:
        return "the row holds NUL bytes; the file was damaged or is no text"
    try:
        entry = json.loads(line.decode("utf-8"), object_pairs_hook=_object)
        json.dumps(entry, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the row is not UTF-8; export the file as UTF-8"
    except UnicodeEncodeError:
        return "the row holds half a surrogate pair (\\ud800); write the character itself"
    except (ValueError, RecursionError):
        return "the row is no JSON object; write one object a line"
    if not isinstance(entry, dict):
        return "the row is JSON but no object; write one object a line"
    return entry


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entry = dict(pairs)
    if len(entry) == len(pairs):
        return entry
    repeating = _Repeating(entry)
    counts = Counter(key for key, _ in pairs)
    repeating.keys_repeated = frozenset(key for key, count in counts.items() if count > 1)
    return repeating


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
