"""One file from its bytes to checked rows in the staging folder."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from fraud.errors import UnreadableError
from fraud.sources import (
    csv_rows,
    folders,
    headers,
    lines,
    ndjson_rows,
    parquet_rows,
    scanning,
    staging,
)
from fraud.sources.ahead import ahead
from fraud.sources.folders import Found
from fraud.sources.headers import NoReportError
from fraud.sources.play_numbers import PlayNumbers
from fraud.sources.play_words import Scanned as ScannedPlays
from fraud.sources.pseudonyms import Pseudonyms
from fraud.sources.rows import Rows
from fraud.sources.scanning import Scanned
from fraud.sources.source import Reading, Report, Source
from fraud.sources.staging import FileRead, Stage
from fraud.sources.unpacking import GZIP, PARQUET, ZSTD, Unpacked
from fraud.sources.values import slug
from fraud.tables import DELIVERED, REFERENCE, STATEMENTS, Table

_KEYS = frozenset(
    {"store_track_id", *(name for table in (*DELIVERED, *REFERENCE) for name in table.schema)}
)
_TAKEN_WHOLE = {table.name for table in STATEMENTS}
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff")
_HEAD_BYTES = 4_096
_OF_TABLES = (".csv", ".tsv", ".ndjson", ".jsonl", ".parquet")
_OF_PACKED = (".gz", ".zst", ".zip")
_OF_DAYS = re.compile(
    r"_extract_.*\.json_[0-9]+$|20[0-9]{6}.*\.txt$|20[0-9]{2}([-_]?)[0-9]{2}\1[0-9]{2}.*\.json$"
)
"""What is named so was meant as a report, whatever became of it."""
_NO_TEXT = bytes(set(range(32)) - set(b"\t\n\r") | {127})
_LINES = "a report has one object a line, as jq -c '.[]' writes an array"
BLOCKS_AHEAD = 1
Parse = Callable[[lines.Block], Rows | Scanned | ScannedPlays]
_AS_1252 = "is not UTF-8 and was read as Windows-1252"


def read(
    found: Found,
    sources: Sequence[Source],
    folder: Path,
    name: str,
    pseudonyms: Pseudonyms,
    *,
    play_numbers: PlayNumbers | None = None,
    opened: Callable[[Table], None] = lambda _: None,
) -> FileRead:
    """Read one file into `folder`, where its Parquet files begin with `name`.

    `play_numbers` are those of the delivery. `opened` is told its table before the rows are read.
    Whatever is wrong with the file stands in the result; it raises for nothing that a file can do.
    """
    result = FileRead(found.called)
    if found.problem:
        result.refuse(found.problem)
        return result
    content = Unpacked(found.path, found.member)
    try:
        numbers = play_numbers or PlayNumbers()
        file = _File(found, tuple(sources), folder, name, pseudonyms, numbers, opened, result)
        reading = file.read(content)
        if reading.decimals and reading.decimals.misled:
            result.discard()
            reading.decimals.read_again()
            content = Unpacked(found.path, found.member)
            replace(file, reading=reading).read(content)
        if reading.decimals:
            result.warnings += reading.decimals.doubts
        if result.partial and result.kind in _TAKEN_WHOLE:
            result.refuse(f"{result.note}, since a report by period is taken whole or not at all")
    except NoReportError as error:
        result.discard()
        if not _is_named_like_a_report(found):
            result.note = str(error)
            return result
        result.refuse(error.because("it is named like one"))
    except UnreadableError as error:
        result.refuse(str(error))
    except OSError as error:
        result.refuse(f"cannot be read: {error.strerror or error}")
    result.digest = f"{content.digest} {result.digest}".rstrip()
    return result


@dataclass(frozen=True)
class _File:
    found: Found
    sources: tuple[Source, ...]
    folder: Path
    name: str
    pseudonyms: Pseudonyms
    play_numbers: PlayNumbers
    opened: Callable[[Table], None]
    result: FileRead
    reading: Reading | None = None
    """How it is read, where that is known from having read it."""

    def read(self, content: Unpacked) -> Reading:
        """Stage its rows and return how they were read."""
        pieces = iter(content)
        head = next(pieces, b"")
        every = itertools.chain([head], pieces)
        is_parquet = head.startswith(PARQUET)
        opened = self._parquet(every) if is_parquet else self._text(content, every)
        if not self.result.rows and not self.result.partial:
            raise UnreadableError("has a header and no rows")
        opened.stage.close()
        self.result.digest = opened.stage.reading.told_by_name
        return opened.stage.reading

    def _parquet(self, pieces: Iterable[bytes]) -> "_Opened":
        path = self.found.path
        if self.found.member is not None:
            raise UnreadableError("is Parquet in a zip file; unpack it first")
        with path.open("rb") as file:
            if file.read(4).startswith((GZIP, ZSTD)):
                raise UnreadableError("is Parquet in a gzip or Zstandard file; unpack it first")
        opened = self._open_known(list(parquet_rows.schema(path)))
        self.opened(opened.stage.reading.table)
        for _ in pieces:
            pass  # the digest is of the whole content
        for rows in parquet_rows.read(path, opened.used):
            opened.stage.add(rows)
        return opened

    def _text(self, content: Unpacked, pieces: Iterable[bytes]) -> "_Opened":
        blocks = lines.blocks(lines.utf8(pieces))
        first = next(blocks, lines.Block(1, b"", b""))
        head = first.data + first.unfinished
        if not head.strip() or (content.truncated and not first.data):
            self.result.is_empty = not content.truncated
            raise UnreadableError(
                "breaks off before its first row; deliver it again"
                if content.truncated
                else "is empty"
            )
        _refuse_binary(head[:_HEAD_BYTES])
        every: Iterator[lines.Block] = itertools.chain([first], blocks)
        source = self._claiming(head[:_HEAD_BYTES])
        if source:
            return self._parsed(source, content, every)
        parse: Parse
        if head.lstrip().startswith(b"{"):
            opened, parse = self._ndjson(head)
        elif head.lstrip().startswith(b"["):
            raise NoReportError(f"is a JSON array and was skipped; {_LINES}")
        else:
            opened, parse = self._csv(head)
            every = lines.below(opened.header_line, every)
        self._rows(content, opened, parse, every)
        return opened

    def _rows(
        self,
        content: Unpacked,
        opened: "_Opened",
        parse: Parse,
        every: Iterable[lines.Block],
    ) -> None:
        """Stage the rows of a table block by block, each parsed while the one before is staged."""
        # Not before what scans a large file is imported, which all of it waits for.
        self.opened(opened.stage.reading.table)
        last_line = 0
        parsed = _parsed(content, parse, self._decoded(opened.source, every))
        for block, read, is_cut in ahead(parsed, BLOCKS_AHEAD):
            last_line = block.first_line + block.line_ends
            rows = read
            if isinstance(read, ScannedPlays):
                rows = None if opened.stage.add_plays(read) else read.carefully()
            if isinstance(rows, Scanned):
                opened.stage.add_scanned(rows)
            elif isinstance(rows, Rows):
                opened.stage.add(rows)
                is_short = rows.refused and rows.refused[-1].line == last_line
                if block.unfinished and is_short and not is_cut:
                    # Cut before it was packed: the last row is short and its line has no end.
                    opened.stage.mark_partial(last_line)
            if is_cut:
                opened.stage.break_off(last_line, block.unfinished.decode("utf-8", "replace"))
        if content.truncated and not self.result.partial:
            opened.stage.break_off(last_line, "")

    def _claiming(self, head: bytes) -> Source | None:
        return next((one for one in self.sources if one.claims and one.claims(head)), None)

    def _parsed(self, source: Source, content: Unpacked, every: Iterator[lines.Block]) -> "_Opened":
        """Read a file that is no table by the source's own parser."""
        opened = self._open(source, (), 0)
        parse = opened.stage.reading.parse
        if parse is None:
            raise AssertionError(f"{source.name} claims files and has no parser for them")
        self.opened(opened.stage.reading.table)
        for rows in parse(self._decoded(source, every)):
            opened.stage.add(rows)
            self.result.warnings += [n for n in rows.notes if n not in self.result.warnings]
        if content.truncated:
            raise UnreadableError("breaks off before its end; deliver it again")
        return opened

    def _decoded(self, source: Source, every: Iterable[lines.Block]) -> Iterator[lines.Block]:
        """Return the blocks as UTF-8 where the source may come in Windows-1252."""
        for block in every:
            if not source.latin1:
                yield block
                continue
            read, changed = lines.utf8_of_1252(block)
            if changed and _AS_1252 not in self.result.warnings:
                self.result.warnings.append(_AS_1252)
            yield read

    def _csv(self, head: bytes) -> tuple["_Opened", Parse]:
        header = headers.find(head, self.sources)
        opened = self._open(header.source, header.columns, header.line)
        names = [
            opened.used.get(column, f"{position} {column}")
            for position, column in enumerate(header.columns)
        ]
        if self.found.path.stat().st_size < lines.LARGE_BYTES:
            return opened, lambda block: csv_rows.read(block, names, header.dialect)
        scanner = scanning.scanner(names, header.dialect, opened.stage.reading)

        def parse(block: lines.Block) -> Rows | Scanned:
            scanned = scanner.scan(block, staging.LEAST_APART) if scanner else None
            return scanned or csv_rows.read(block, names, header.dialect)

        return opened, parse

    def _ndjson(self, head: bytes) -> tuple["_Opened", Parse]:
        keys = ndjson_rows.keys(head, _KEYS)
        if not keys:
            if b"}\r" in head and b"}\r\n" not in head:
                raise UnreadableError("ends its lines with CR alone; save it with LF or CR LF")
            if sum(line.startswith(b'{"') for line in head.split(b"\n", 5)) > 1:
                raise UnreadableError("has no line that is a whole JSON object; deliver it again")
            raise NoReportError(f"is JSON of another shape and was skipped; {_LINES}")
        opened = self._open_known(keys)
        found = set(opened.used.values())
        # A key that is null in the first rows may come later.
        may_come = {name: name for name in opened.stage.reading.uses if name not in found}
        names = opened.used | may_come
        scanned = _scanned(head, names, opened.stage.reading)

        def parse(block: lines.Block) -> Rows | ScannedPlays:
            def carefully() -> Rows:
                return ndjson_rows.read(block, names)

            return (scanned and scanned(block, carefully)) or carefully()

        return opened, parse

    def _open_known(self, columns: Sequence[str]) -> "_Opened":
        source = headers.claimed(columns, self.sources)
        if source is None:
            raise UnreadableError(headers.unknown(columns, self.sources))
        return self._open(source, columns, 0)

    def _open(self, source: Source, columns: Sequence[str], header_line: int) -> "_Opened":
        names = tuple(slug(column) for column in columns)
        report = Report(_plain_name(self.found), names, _place(self.found))
        reading = self.reading or source.open(report)
        for name, count in Counter(names).items():
            if count > 1 and name in reading.uses:
                raise UnreadableError(f"has the column {name} {count} times; each stands once")
        self.result.kind, self.result.source = reading.table.name, source.name
        self.result.part, self.result.numbered = reading.part, reading.numbered
        known = reading.uses | reading.explained.keys() | reading.ignores
        unknown = [
            column
            for column, name in zip(columns, names, strict=True)
            if name and name not in known
        ]
        self.result.warnings += [
            *reading.notes,
            *reading.explained.values(),
            *([_kept_out(unknown)] if unknown else []),
        ]
        used = {
            column: name
            for column, name in zip(columns, names, strict=True)
            if name in reading.uses
        }
        stage = Stage(
            reading, self.result, self.folder, self.name, self.pseudonyms, self.play_numbers
        )
        return _Opened(stage, source, used, header_line)


@dataclass(frozen=True)
class _Opened:
    """A file whose source is known."""

    stage: Stage
    source: Source
    used: dict[str, str]
    """The columns to read and the slugs they get."""
    header_line: int


def _parsed(
    content: Unpacked, parse: Parse, every: Iterable[lines.Block]
) -> Iterator[tuple[lines.Block, Rows | Scanned | ScannedPlays | None, bool]]:
    """Yield each block, its rows if it has any, and whether the content is known to break off."""
    for block in every:
        is_cut = content.truncated
        whole = replace(block, unfinished=b"") if is_cut else block
        yield block, parse(whole) if whole.data or whole.unfinished else None, is_cut


def _scanned(
    head: bytes, names: dict[str, str], reading: Reading
) -> Callable[[lines.Block, Callable[[], Rows]], ScannedPlays | None] | None:
    """Return what scans the blocks of a large file of plays."""
    if not reading.decided or len(head) < lines.LARGE_BYTES:
        return None
    # It imports what only large files need.
    from fraud.sources.play_scanning import Scanner

    scanner = Scanner(head[: head.find(b"\n")], names, reading.decided)
    return scanner.scan if scanner.is_of_use else None


def _is_named_like_a_report(found: Found) -> bool:
    is_packed = found.path.suffix.lower() in _OF_PACKED and found.member is None
    name = _plain_name(found).lower()
    return is_packed or name.endswith(_OF_TABLES) or bool(_OF_DAYS.search(name))


def _refuse_binary(head: bytes) -> None:
    line = head.split(b"\n", 1)[0]
    if head.startswith(_BINARY):
        raise NoReportError("is no report and was skipped; export tables as CSV")
    if b"\0" in line:
        if line[1::2].strip(b"\0") == b"" or line[::2].strip(b"\0") == b"":
            raise UnreadableError("looks like UTF-16 without byte order mark; save it as UTF-8")
        if len(head.translate(None, _NO_TEXT)) > 0.9 * len(head):
            raise UnreadableError("holds NUL bytes in its first line; it was damaged on its way")
        raise NoReportError("is no report and was skipped")


def _kept_out(columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return f"column {columns[0]} is unknown and was kept out"
    return f"columns {', '.join(columns)} are unknown and were kept out"


def _place(found: Found) -> str:
    return str(found.path.absolute()) + found.called.removeprefix(folders.readable(found.path))


def _plain_name(found: Found) -> str:
    name = found.path.name if found.member is None else PurePosixPath(found.called).name
    return name.removesuffix(".gz").removesuffix(".zst")
