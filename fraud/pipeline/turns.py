"""Loads of one home take turns: cron and a person may start one each at the same moment."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fraud.errors import FraudError

LOCK = ".ingest.lock"
STAGING = ".staging-"
LONGEST_WAIT_SECONDS = 1_800
_PAUSE_SECONDS = 0.2

Tell = Callable[[str], None]


@contextmanager
def turn(home: Path, tell: Tell | None = None) -> Iterator[None]:
    """Hold the home as the only load; who comes second waits, and `tell` says so.

    The system lets go of the lock when its process ends, however it ends; what a load that was
    killed left half read is swept away. Raises FraudError where the other load does not end.
    """
    path = home / LOCK
    with _held(path, tell):
        for left in home.glob(f"{STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            yield
        finally:
            # Who waits with the file open finds that it is no more the one of this name.
            path.unlink(missing_ok=True)


@contextmanager
def _held(path: Path, tell: Tell | None) -> Iterator[None]:
    waited_seconds = 0.0
    while True:
        with _opened(path) as lock:
            if _is_ours(lock.fileno(), path):
                yield
                return
        if not waited_seconds and tell:
            tell("Another load of this home is at work; this one waits for it")
        if waited_seconds >= LONGEST_WAIT_SECONDS:
            raise FraudError(
                f"another load is at work in {path.parent} and has not ended in"
                f" {LONGEST_WAIT_SECONDS // 60} minutes; nothing was loaded, try again later"
            )
        time.sleep(_PAUSE_SECONDS)
        waited_seconds += _PAUSE_SECONDS


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a")
    except OSError as error:
        raise FraudError(f"{path.parent} cannot be used as home: {error.strerror}") from None


def _is_ours(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise FraudError(f"{path} cannot be locked: {error.strerror}") from None
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
