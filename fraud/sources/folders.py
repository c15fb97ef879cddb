"""Which files a delivery consists of: the given files, and those below the given folders."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fraud.errors import CallError, UnreadableError
from fraud.sources import zipped


@dataclass(frozen=True)
class Found:
    """A file to read and the path by which messages call it."""

    path: Path
    called: str
    member: int | None = None
    """Its position in the zip file at `path`; `called` then goes on with the member's name."""


def find(paths: Sequence[str | Path]) -> tuple[list[Found], list[str]]:
    """Return the files of a delivery in the order of their paths, and a notice for each one left.

    A file that is reached twice is read once. Raises CallError for a path that is not there.
    """
    found: dict[Path, Found] = {}
    notices: list[str] = []
    for given in sorted({str(path) for path in paths}):
        if not os.path.exists(given):  # noqa: PTH110 a name of odd bytes is no Path error
            raise CallError(f"{readable(given)} is not there; give report files or folders of them")
        if not os.path.isfile(given) and not os.path.isdir(given):  # noqa: PTH112, PTH113 as above
            # Of a pipe nobody knows when it ends, or whether it ever begins.
            raise CallError(f"{readable(given)} is no file; give report files or folders of them")
        files = _below(Path(given), notices) if Path(given).is_dir() else iter([Path(given)])
        for path in files:
            found.setdefault(path.resolve(), Found(path, readable(path)))
    every = [part for file in found.values() for part in _unzipped(file, notices)]
    return sorted(every, key=lambda file: file.called), notices


def readable(path: str | Path) -> str:
    """Return a path as text that can be stored and shown, whatever bytes its name is made of."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _unzipped(file: Found, notices: list[str]) -> Iterator[Found]:
    """Yield the members of a zip file, each a file of its own; a file that is none as it is."""
    try:
        members = zipped.members(file.path)
    except UnreadableError:
        members = None  # reading it will say the same, where it is counted as a file
    if members is None:
        yield file
        return
    if not members:
        notices.append(f"{file.called} is a zip file without members and was skipped")
    for position, name in members:
        called = f"{file.called}/{readable(name)}"
        if any(part.startswith((".", "__MACOSX")) for part in name.split("/")):
            notices.append(f"{called} is hidden and was skipped")
        else:
            yield Found(file.path, called, position)


def _below(folder: Path, notices: list[str]) -> Iterator[Path]:
    root = folder.resolve()
    for entry in sorted(_entries(folder, notices), key=lambda entry: entry.name):
        path = folder / entry.name
        skipped = _why_skipped(path, root)
        if skipped:
            notices.append(f"{readable(path)} {skipped}")
        elif path.is_dir():
            yield from _below(path, notices)
        else:
            yield path


def _entries(folder: Path, notices: list[str]) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        notices.append(f"{readable(folder)} cannot be opened ({error.strerror}) and was skipped")
        return []


def _why_skipped(path: Path, root: Path) -> str:
    if path.name.startswith("."):
        return "is hidden and was skipped"
    try:
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
    except (OSError, RuntimeError):
        return "is a link to nothing and was skipped"
    if path.is_symlink() and (stat.S_ISDIR(mode) or not target.is_relative_to(root)):
        return "is a link that leads elsewhere and was skipped"
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        return "is no file and was skipped"
    return ""
