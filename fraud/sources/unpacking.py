"""The bytes of a file, unpacked as they are read: plain, gzip (RFC 1952), Zstandard (RFC 8878).

A zip file is a folder of files; each of its members is unpacked like a file of its own.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from isal import isal_zlib

from fraud.errors import UnreadableError
from fraud.sources import zipped
from fraud.sources.ahead import ahead

GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
CHUNK_BYTES = 1 << 20
PIECES_AHEAD = 18
"""What a thread unpacks while rows are read: as much as the next block."""

MOST_UNPACKED_BYTES = 64 << 30
MOST_UNPACKED_RATIO = 200
"""Real reports shrink to a fifth or a thirtieth; gzip of nothing but zeros reaches 1,032."""
RATIO_COUNTS_FROM_BYTES = 16 << 20


class Unpacked:
    """One file's content. Iterate once; then `truncated` and `digest` say what came.

    Raises UnreadableError for content that is damaged or unpacks beyond all measure. Content that
    merely ends too early is no error: what stands before the cut is handed out, `truncated` is set.
    """

    def __init__(self, path: Path, member: int | None = None) -> None:
        """`member` is the position of the file in the zip file at `path`."""
        self.path = path
        self._member = member
        self.truncated = False
        self._hash = hashlib.sha256()
        self._packed_bytes = 0
        self._unpacked_bytes = 0
        self._ended_early = False

    @property
    def digest(self) -> str:
        """Return the hash of the unpacked content read so far, in hex: half of SHA-256.

        Processors have instructions for it; of a large file BLAKE2b took twice the time.
        """
        return self._hash.hexdigest()[:32]

    def __iter__(self) -> Iterator[bytes]:
        """Return the content in pieces."""
        # What is known of the content goes with its pieces, not with how far the thread has come.
        for piece, state, truncated in ahead(self._pieces(), PIECES_AHEAD):
            self._hash, self.truncated = state, truncated
            if piece:
                yield piece

    def _pieces(self) -> Iterator[tuple[bytes, "hashlib._Hash", bool]]:
        """Yield each piece, then nothing, with the hash up to it and whether it ends too early."""
        state = hashlib.sha256()
        with self._opened() as file:
            magic = file.read(4)
            file.seek(0)
            if magic.startswith(GZIP):
                pieces = self._gunzip(file)
            elif magic == ZSTD:
                pieces = self._unzstd(file)
            elif magic == zipped.MAGIC:
                self._refuse_zip()
                pieces = self._plain(file)
            else:
                pieces = self._plain(file)
            for piece in pieces:
                self._unpacked_bytes += len(piece)
                self._refuse_bombs()
                state.update(piece)
                yield piece, state.copy(), False
        yield b"", state, self._ended_early

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if self._member is None:
            with self.path.open("rb") as file:
                yield file
        else:
            with zipped.opened(self.path, self._member) as (member, packed_bytes):
                self._packed_bytes = packed_bytes
                yield member

    def _refuse_zip(self) -> None:
        if self._member is not None:
            raise UnreadableError(
                "is a zip file or workbook within a zip file; unpack it or export it as CSV"
            )
        zipped.members(self.path)

    def _plain(self, file: IO[bytes]) -> Iterator[bytes]:
        while piece := file.read(CHUNK_BYTES):
            if self._member is None:
                self._packed_bytes += len(piece)
            yield piece

    def _gunzip(self, file: IO[bytes]) -> Iterator[bytes]:
        member = isal_zlib.decompressobj(wbits=31)
        for packed in self._plain(file):
            rest = packed
            while rest:
                if member.eof:
                    if not rest.startswith(GZIP[: len(rest)]):
                        _refuse_all_but_padding(rest)
                        return
                    member = isal_zlib.decompressobj(wbits=31)
                yield _inflate(member, rest)
                rest = member.unused_data if member.eof else member.unconsumed_tail
        while not member.eof and (piece := _inflate(member, b"")):
            yield piece
        self._ended_early = not member.eof

    def _unzstd(self, file: IO[bytes]) -> Iterator[bytes]:
        import pyarrow

        with pyarrow.CompressedInputStream(file, "zstd") as unpacked:
            while True:
                try:
                    piece = unpacked.read(CHUNK_BYTES)
                except OSError as error:
                    if "runcated" not in str(error):
                        raise UnreadableError("is damaged Zstandard; deliver it again") from None
                    self._ended_early = True
                    return
                if self._member is None:
                    self._packed_bytes = file.tell()
                if not piece:
                    return
                yield piece

    def _refuse_bombs(self) -> None:
        ratio = self._unpacked_bytes / max(self._packed_bytes, 1)
        if self._unpacked_bytes > MOST_UNPACKED_BYTES:
            raise UnreadableError(
                f"unpacks to more than {MOST_UNPACKED_BYTES >> 20:,} MiB; split it by day"
            )
        if self._unpacked_bytes > RATIO_COUNTS_FROM_BYTES and ratio > MOST_UNPACKED_RATIO:
            raise UnreadableError(
                f"unpacks to more than {MOST_UNPACKED_RATIO} times its size, as no report does;"
                " deliver it unpacked if it is one"
            )


def _refuse_all_but_padding(rest: bytes) -> None:
    """Let zeros behind the last member pass; other bytes may be a member whose head was hit."""
    if rest.strip(b"\0"):
        raise UnreadableError("has other bytes behind its gzip; deliver it again")


def _inflate(member: isal_zlib.Decompress, packed: bytes) -> bytes:
    try:
        return bytes(member.decompress(packed, CHUNK_BYTES))
    except isal_zlib.error as error:  # type: ignore[misc]
        cause = re.sub(r"^Error -?[0-9]+ ", "", str(error)).lower()
        raise UnreadableError(f"is damaged gzip ({cause}); deliver it again") from None
