"""Text content cut into blocks of whole records, each with the line it begins on."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fraud.errors import UnreadableError

LARGE_BYTES = 16 << 20
"""Files with fewer bytes, packed or not, are not worth what it takes to load compiled functions."""
BLOCK_BYTES = LARGE_BYTES + (2 << 20)
"""The whole lines of a full block are more than `LARGE_BYTES`: a text that begins so is large."""
LONGEST_LINE_BYTES = 128 << 20
_PIECE = 1 << 20

_OPEN = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
"""Bytes that Windows-1252 leaves open; ISO 8859-1 has control characters there."""
_WINDOWS_1252 = "".join(
    chr(code) if code in _OPEN else bytes([code]).decode("cp1252") for code in range(256)
)

_UTF8_MARK = codecs.BOM_UTF8
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Block:
    """Consecutive lines of a text."""

    first_line: int
    """Line number of its first line, 1 = the text's first."""
    data: bytes
    unfinished: bytes
    """What follows the block's last line end at the very end of the text, else empty."""

    @cached_property
    def line_ends(self) -> int:
        """Return how many lines end in it."""
        return count(self.data, b"\n")


def count(data: bytes, byte: bytes) -> int:
    """Return how often a frequent byte occurs; where it is frequent, `bytes.count` is slow."""
    characters, wanted = np.frombuffer(data, dtype=np.uint8), ord(byte)
    # In pieces that stay in the processor's cache.
    is_wanted = np.empty(min(_PIECE, len(data)), np.bool_)
    counted = 0
    for start in range(0, len(data), _PIECE):
        piece = characters[start : start + _PIECE]
        counted += int(np.count_nonzero(np.equal(piece, wanted, out=is_wanted[: len(piece)])))
    return counted


def utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Return the text as UTF-8 without byte order mark; UTF-16 is told by its mark."""
    iterator = iter(pieces)
    head = b""
    for piece in iterator:
        head += piece
        if len(head) >= len(_UTF8_MARK):
            break
    if head.startswith(_UTF16_MARKS):
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        yield decoder.decode(head).encode("utf-8", "replace")
        for piece in iterator:
            yield decoder.decode(piece).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
    else:
        yield head.removeprefix(_UTF8_MARK)
        yield from iterator


def blocks(pieces: Iterable[bytes], block_bytes: int | None = None) -> Iterator[Block]:
    """Return the text in blocks of about `BLOCK_BYTES`, cut where a line and no quoted cell ends.

    Raises UnreadableError for a line that is longer than `LONGEST_LINE_BYTES`.
    """
    first_line, held, size = 1, list[bytes](), 0
    may_quote: bool | None = None
    enough = block_bytes or BLOCK_BYTES
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if may_quote is None and piece.strip():
            # A text of one JSON object a line breaks no line within quotes.
            may_quote = not piece.lstrip().startswith(b"{")
        if size < enough:
            continue
        end = piece.rfind(b"\n") + 1
        if end and not (may_quote and any(b'"' in one for one in held)):
            # As below, with a copy less.
            block = Block(first_line, b"".join([*held[:-1], piece[:end]]), b"")
            yield block
            first_line += block.line_ends
            held, size = [piece[end:]], len(piece) - end
            continue
        data = b"".join(held)
        cut = _cut(data)
        if cut:
            block = Block(first_line, data[:cut], b"")
            yield block
            first_line += block.line_ends
        elif size > LONGEST_LINE_BYTES:
            raise UnreadableError(
                f"has a line {first_line} of more than {LONGEST_LINE_BYTES >> 20} MiB;"
                " no report has such rows"
            )
        held = [data[cut:]]
        size -= cut
    data = b"".join(held)
    end = data.rfind(b"\n") + 1
    if data:
        yield Block(first_line, data[:end], data[end:])


def _cut(data: bytes) -> int:
    """Return how many bytes of `data` are whole records.

    A record ends at a line end before which quotes are balanced; where a quote was left open for
    the whole block, any line end has to do.
    """
    end = last = data.rfind(b"\n") + 1
    if b'"' not in data:
        return end
    quotes = data.count(b'"', 0, end)
    while end and quotes % 2:
        before = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', before, end)
        end = before
    return end or last


def below(line: int, every: Iterable[Block]) -> Iterator[Block]:
    """Return the blocks without the lines up to `line`, which is in the first of them."""
    iterator = iter(every)
    first = next(iterator)
    start = 0
    for _ in range(line):
        start = first.data.find(b"\n", start) + 1 or len(first.data)
    at_end = start >= len(first.data) and first.data.count(b"\n") < line
    yield Block(first.first_line + line, first.data[start:], b"" if at_end else first.unfinished)
    yield from iterator


def utf8_of_1252(block: Block) -> tuple[Block, int]:
    """Return a block whose lines are UTF-8, and how many of them had to be read as Windows-1252.

    It is decided line by line: in a text of UTF-8 one damaged line spoils no other.
    """
    if is_utf8(block.data) and is_utf8(block.unfinished):
        return block, 0
    lines = [*block.data.split(b"\n"), block.unfinished]
    read = [line if is_utf8(line) else text_of(line).encode() for line in lines]
    changed = sum(a is not b for a, b in zip(read, lines, strict=True))
    return replace(block, data=b"\n".join(read[:-1]), unfinished=read[-1]), changed


def text_of(line: bytes) -> str:
    """Return a line as text: UTF-8, where it is none Windows-1252."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return codecs.charmap_decode(line, "strict", _WINDOWS_1252)[0]


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are a text in UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
