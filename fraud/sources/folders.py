"""Which files a delivery consists of: the given files, and those below the given folders."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
    problem: str = ""
    """Why it cannot be read; it may be a folder then."""
    given: bool = False
    """It was handed over by its own name, not found in a folder."""


def find(paths: Sequence[str | Path], home: Path | None = None) -> tuple[list[Found], list[str]]:
    """Return the files of a delivery in the order of their paths, and a notice for each one left.

    A file that is reached twice is read once; the `home` below a folder, which holds what was made
    of reports, is left. Raises CallError for a path that is not there.
    """
    own = _real(home) if home else None
    found: dict[Path, Found] = {}
    notices: list[str] = []
    for given in sorted({str(path) for path in paths}):
        _mind_there(given)
        if not os.path.isfile(given) and not os.path.isdir(given):  # noqa: PTH112, PTH113 as above
            # Of a pipe nobody knows when it ends, or whether it ever begins.
            raise CallError(f"{readable(given)} is no file; give report files or folders of them")
        path = Path(given)
        is_folder = path.is_dir()
        one = Found(path, readable(path), given=True)
        files = _below(path, notices, own) if is_folder else [one]
        for file in files:
            found.setdefault(_real(file.path), file)
    every = [part for file in found.values() for part in _unzipped(file, notices)]
    return sorted(every, key=lambda file: file.called), notices


def _mind_there(given: str) -> None:
    """Raise CallError for a path that leads to nothing, or that we may not follow."""
    try:
        os.stat(given)  # noqa: PTH116 a name of odd bytes is no Path error
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise CallError(
            f"{readable(given)} is not there; give report files or folders of them"
        ) from None
    except OSError as error:
        raise CallError(f"{readable(given)} cannot be reached: {error.strerror}") from None


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def readable(path: str | Path) -> str:
    """Return a path as text that can be stored and shown, whatever bytes its name is made of."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _unzipped(file: Found, notices: list[str]) -> Iterator[Found]:
    """Yield the members of a zip file, each a file of its own; a file that is none as it is."""
    if file.problem:
        yield file
        return
    try:
        members = zipped.members(file.path)
    except UnreadableError:
        members = None  # reading it will say the same, where it is counted as a file
    if members is None:
        yield file
        return
    if not members and file.given:
        yield replace(file, problem="is a zip file without members")
    elif not members:
        notices.append(f"{file.called} is a zip file without members and was skipped")
    for position, name in members:
        called = f"{file.called}/{readable(name)}"
        if any(part.startswith((".", "__MACOSX")) for part in name.split("/")):
            notices.append(f"{called} is hidden and was skipped")
        else:
            yield Found(file.path, called, position, given=file.given)


def _below(folder: Path, notices: list[str], home: Path | None) -> Iterator[Found]:
    root = _real(folder)
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        problem = f"is a folder that cannot be opened: {error.strerror}"
        yield Found(folder, readable(folder), problem=problem)
        return
    for name in names:
        path = folder / name
        try:
            skipped = _why_skipped(path, root, home)
            is_folder = not skipped and path.is_dir()
        except PermissionError as error:
            problem = f"cannot be read: {error.strerror}"
            yield Found(path, readable(path), problem=problem)
            continue
        if skipped:
            notices.append(f"{readable(path)} {skipped}")
        elif is_folder:
            yield from _below(path, notices, home)
        else:
            yield Found(path, readable(path))


def _why_skipped(path: Path, root: Path, home: Path | None) -> str:
    if path.name.startswith("."):
        return "is hidden and was skipped"
    try:
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
    except PermissionError:
        raise
    except (OSError, RuntimeError):
        return "is a link to nothing and was skipped"
    if home and target == home:
        return "is the home itself and was skipped"
    if path.is_symlink() and (stat.S_ISDIR(mode) or not target.is_relative_to(root)):
        return "is a link that leads elsewhere and was skipped"
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        return "is no file and was skipped"
    return ""
