"""Zip files (PKWARE APPNOTE 6.3) as folders: their members are read in place, never extracted."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fraud.errors import UnreadableError

MAGIC = b"PK\x03\x04"
MOST_MEMBERS = 1_000
"""Each is found by reading the archive's directory anew, which costs their square."""
_OFFICE = {"[Content_Types].xml", "mimetype"}
"""A workbook is a zip file too; these members tell it (ISO 29500-2, ISO 26300-3)."""
_ENCRYPTED = 0x1
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    IndexError,
    OverflowError,
    ValueError,
)


def members(path: Path) -> list[tuple[int, str]] | None:
    """Return position and name of the files in a zip file; None where `path` is none.

    A workbook is none, and so is what merely begins like a zip file under another name. Raises
    UnreadableError for a zip file that is damaged or has too many members.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                return None
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (*_DAMAGED, RuntimeError):
        if path.suffix.lower() == ".zip":
            raise UnreadableError("is a damaged zip file; deliver it again") from None
        return None
    except OSError:
        return None
    if _OFFICE & {entry.filename for entry in entries}:
        return None
    if len(entries) > MOST_MEMBERS:
        raise UnreadableError(
            f"is a zip file of {len(entries):,} members, as no report is; at most"
            f" {MOST_MEMBERS:,} are read"
        )
    return [(at, _name(entry)) for at, entry in enumerate(entries) if not entry.is_dir()]


def _name(entry: zipfile.ZipInfo) -> str:
    """Return a member's name for messages, without steps to other folders."""
    parts = entry.filename.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part.strip(".")) or "nameless"


@contextmanager
def opened(path: Path, position: int) -> Iterator[tuple[IO[bytes], int]]:
    """Open the member at a position and give it with its packed size in bytes.

    Raises UnreadableError where it is encrypted, damaged or packed in a way that is not known.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entry = archive.infolist()[position]
            if entry.flag_bits & _ENCRYPTED:
                raise UnreadableError("is encrypted; deliver it without a password")
            with archive.open(entry) as member:
                yield member, entry.compress_size
    except RuntimeError:
        raise UnreadableError(
            "is packed by a method other than deflate, bzip2 and lzma; pack it with deflate"
        ) from None
    except _DAMAGED:
        raise UnreadableError("is damaged in its zip file; deliver it again") from None
    except OSError as error:
        if error.errno:
            raise
        raise UnreadableError("is damaged in its zip file; deliver it again") from None
