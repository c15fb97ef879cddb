"""What every place looks like from here: files that it lists, and that can be opened."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from fraud.errors import FeedError


@dataclass(frozen=True)
class Version:
    """By what one version of a file is told from another, as far as the place says."""

    size: int | None = None
    modified: datetime | None = None
    etag: str | None = None

    @property
    def can_resume(self) -> bool:
        """Whether a part of it that lies here is surely a part of the same version."""
        return self.etag is not None or (self.modified is not None and self.size is not None)

    @property
    def mark(self) -> str:
        """Return twelve letters that differ between versions, for the name of a partial file."""
        told = f"{self.size}|{self.modified}|{self.etag}"
        return hashlib.blake2b(told.encode(), digest_size=6).hexdigest()

    def is_known_as(self, other: "Version") -> bool:
        """Whether both are surely one version; what one of the two does not say proves nothing."""
        if None not in (self.size, other.size) and self.size != other.size:
            return False
        if self.etag is not None and other.etag is not None:
            return self.etag == other.etag
        if self.modified is not None and other.modified is not None:
            return self.modified == other.modified
        return False


@dataclass(frozen=True)
class RemoteFile:
    """A file that a place has, or may have: an API says so only when it is asked for it."""

    name: str
    """Relative path, as the place calls it: text from outside, never used as a path unchecked."""
    day: date | None = None
    """The day that it reports, where its name or the place says so."""
    version: Version | None = None
    """None = the place says it only when the file is opened."""
    is_absent: bool = False
    """The place was asked and has nothing: no plays that day, or not yet."""
    is_final: bool = False
    """Once taken it is not asked for again."""


@dataclass
class Opened:
    """A file that is being read: its version, where the bytes start, and the bytes."""

    version: Version
    offset: int
    chunks: Iterator[bytes]
    md5: str | None = None
    """In hex, where the place tells it."""


class Remote(Protocol):
    """A place that reports are pulled from."""

    def files(self, days: Sequence[date]) -> Iterator[RemoteFile]:
        """Yield what there is; an API is asked for `days`, other places list all they have."""

    def open(
        self, file: RemoteFile, offset: int = 0, version: Version | None = None
    ) -> AbstractContextManager[Opened | None]:
        """Give the bytes from `offset` of `version`, or from the start; None = there is no file."""


class PassingError(FeedError):
    """What may pass by itself: a cut connection, a busy service. It is tried again."""

    def __init__(self, told: str, wait_seconds: float | None = None) -> None:
        super().__init__(told)
        self.wait_seconds = wait_seconds


class FileError(FeedError):
    """One file cannot be taken; the others can."""


@dataclass(frozen=True)
class Patience:
    """How often and how long what may pass by itself is tried again."""

    attempts: int = 6
    first_wait_seconds: float = 0.25
    longest_wait_seconds: float = 20.0
    longest_asked_seconds: float = 600.0
    """A service that asks to wait longer than this is asked again at the next pull."""

    def tries(self) -> Iterator[AbstractContextManager[object]]:
        """Yield contexts: what fails in one with PassingError is tried again in the next."""
        import stamina
        from stamina.instrumentation import set_on_retry_hooks

        # The library's own hook prints to standard output, where answers for machines go.
        set_on_retry_hooks(())
        yield from stamina.retry_context(
            on=self._wait,
            attempts=self.attempts,
            timeout=None,
            wait_initial=self.first_wait_seconds,
            wait_max=self.longest_wait_seconds,
            wait_jitter=self.first_wait_seconds,
        )

    def _wait(self, error: Exception) -> bool | float:
        if not isinstance(error, PassingError):
            return False
        if error.wait_seconds is None:
            return True
        return error.wait_seconds if error.wait_seconds <= self.longest_asked_seconds else False


PATIENCE = Patience()
