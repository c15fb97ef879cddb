"""A remote file onto this disk: whole or not at all, and nowhere but in its landing folder.

It arrives under a hidden name that carries its version, is checked, and is then renamed. What was
cut off goes on where it ended, if it is the same version, in this pull or a later one.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from fraud.errors import FeedError
from fraud.feeds.remote import (
    PATIENCE,
    FileError,
    Opened,
    PassingError,
    Remote,
    RemoteFile,
    Version,
)

UNDATED = "undated"
LONGEST_NAME_BYTES = 200
LONGEST_PATH_BYTES = 1_000


@dataclass(frozen=True)
class Landed:
    """A file that lies whole in its place."""

    version: Version
    size: int
    sha256: str


def place_of(file: RemoteFile, landing: Path) -> Path:
    """Return where a file of a feed lands: landing/<day>/<name>, or landing/undated/<name>.

    FileError for a name that leads elsewhere, or that no file system should be asked to keep.
    """
    shown = repr(file.name[:80])
    parts = PurePosixPath(file.name).parts
    if not parts or file.name.startswith("/") or {"..", "."} & set(file.name.split("/")):
        raise FileError(f"{shown} is a name that leads out of the feed's folder; it was left")
    if not file.name.isprintable() or "\\" in file.name:
        raise FileError(f"{shown} is a name with characters that no report has; it was left")
    longest = max(len(part.encode()) for part in parts)
    if longest > LONGEST_NAME_BYTES or len(file.name.encode()) > LONGEST_PATH_BYTES:
        raise FileError(f"{shown}… is a name longer than {LONGEST_NAME_BYTES} bytes; it was left")
    return landing.joinpath(str(file.day or UNDATED), *parts)


def land(
    remote: Remote, file: RemoteFile, place: Path, known: Version | None
) -> Landed | Literal["absent", "unchanged"]:
    """Bring a file to its place, unless there is none or it is surely the `known` version.

    Raises FileError for what is wrong with this file, FeedError for what is wrong with the place.
    """
    for attempt in PATIENCE.tries():
        with attempt:
            return _transfer(remote, file, place, known)
    raise AssertionError("the last attempt returns or raises")


def _transfer(
    remote: Remote, file: RemoteFile, place: Path, known: Version | None
) -> Landed | Literal["absent", "unchanged"]:
    begun = _begun(place, file.version) if file.version else 0
    with remote.open(file, begun, file.version) as opened:
        if opened is None:
            return "absent"
        if known and opened.version.is_known_as(known):
            return "unchanged"
        # An API tells only now which version it has; a part of that one may lie here.
        begun = 0 if file.version else _begun(place, opened.version)
        partial = None if begun else _write(opened, place)
    if partial is None:
        with remote.open(file, begun, opened.version) as opened:
            if opened is None:
                return "absent"
            partial = _write(opened, place)
    return _finish(partial, opened, place)


def _partial(place: Path, version: Version) -> Path:
    return place.with_name(f".{place.name}.{version.mark}.part")


def _begun(place: Path, version: Version) -> int:
    """Return how many bytes of a version lie here already."""
    partial = _partial(place, version)
    if not version.can_resume or not partial.is_file():
        return 0
    size = partial.stat().st_size
    return size if version.size is None or size < version.size else 0


def _write(opened: Opened, place: Path) -> Path:
    """Return the partial file, with all the bytes that came written to disk."""
    partial = _partial(place, opened.version)
    with _disk(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        out = partial.open("r+b" if opened.offset else "wb")
    with out:
        out.seek(opened.offset)
        for chunk in opened.chunks:
            with _disk(place):
                out.write(chunk)
        with _disk(place):
            out.truncate()
            out.flush()
            os.fsync(out.fileno())
    return partial


def _finish(partial: Path, opened: Opened, place: Path) -> Landed:
    """Rename a partial file that holds what it should; PassingError where it does not."""
    size, asked = partial.stat().st_size, opened.version.size
    if asked is not None and size < asked:
        raise PassingError(f"{place.name} broke off after {size:,} of {asked:,} bytes")
    with partial.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        md5 = hashlib.file_digest(file, _md5).hexdigest() if opened.md5 else None
    if (asked is not None and size > asked) or md5 != opened.md5:
        partial.unlink()
        raise PassingError(f"{place.name} came with other bytes than its checksum or size says")
    with _disk(place):
        partial.replace(place)
        _remember(place.parent)
        for stale in place.parent.iterdir():
            if stale.name.startswith(f".{place.name}.") and stale.suffix == ".part":
                stale.unlink()
    return Landed(opened.version, size, sha256)


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)


def _remember(folder: Path) -> None:
    """Have the disk keep a rename, not only the bytes of the file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FeedError(f"{place} cannot be written: {error.strerror}") from None
