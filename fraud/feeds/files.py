"""Folders, S3 and SFTP, through fsspec: https://filesystem-spec.readthedocs.io."""

import fnmatch
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fraud.errors import FeedError
from fraud.feed_settings import FolderFeed, S3Feed, SftpFeed
from fraud.feeds.days import day_in
from fraud.feeds.remote import PATIENCE, FileError, Opened, PassingError, RemoteFile, Version
from fraud.feeds.secrets import Secrets

CHUNK_BYTES = 1 << 20
DEEPEST = 16
"""Folders below the place that are looked into; a tree that never ends is not a feed."""
WINDOW_BYTES = 2 << 20

_BACKENDS = ("botocore", "aiobotocore", "aiohttp", "paramiko", "s3fs", "fsspec")

Entry = Mapping[str, Any]


@contextmanager
def connect(feed: FolderFeed, secrets: Secrets, home: Path) -> Iterator["FileSystem"]:
    """Give the folder, bucket or server of a feed; FeedError where it refuses us."""
    quiet: AbstractContextManager[None] = nullcontext()
    if isinstance(feed, S3Feed):
        place = feed.place.removeprefix("s3://").rstrip("/")
        reached = FileSystem(lambda: _s3(feed, secrets), place, feed)
    elif isinstance(feed, SftpFeed):
        from fraud.feeds import sftp

        quiet = sftp.quiet_threads()
        root = urlsplit(feed.place).path.rstrip("/")
        reached = FileSystem(lambda: sftp.connect(feed, secrets), root, feed)
    else:
        root = os.path.realpath(home / feed.place)
        reached = FileSystem(_local, root, feed)
    with quiet:
        try:
            yield reached
        finally:
            reached.close()


@dataclass
class FileSystem:
    """The files below `root`, on whatever fsspec reaches."""

    reach: Callable[[], Any]
    root: str
    feed: FolderFeed
    _system: Any = field(default=None, init=False)

    @property
    def system(self) -> Any:
        """Return the file system, connected anew where the last connection broke."""
        if self._system is None:
            self._system = self.reach()
        return self._system

    def close(self) -> None:
        """Let go of the connection."""
        system, self._system = self._system, None
        if hasattr(system, "client"):
            system.client.close()

    def files(self, days: Sequence[date]) -> Iterator[RemoteFile]:
        """Yield every regular file whose path the pattern fits; links are not followed."""
        del days
        for path, entry in self._all():
            name = path[len(self.root) + 1 :]
            if not name:
                raise FeedError(f"{self.feed.place} is a file; write the folder that it lies in")
            if fnmatch.fnmatchcase(name, self.feed.files):
                yield RemoteFile(name, day_in(name), _version(entry))

    @contextmanager
    def open(
        self, file: RemoteFile, offset: int = 0, version: Version | None = None
    ) -> Iterator[Opened | None]:
        """Give the bytes of a file from `offset`; FileError where it changes under the reading."""
        with self._told(file.name, FileError):
            before = self._version_now(file)
            if version and not before.is_known_as(version):
                offset = 0
            with self.system.open(self._path(file), "rb") as stream:
                yield Opened(before, offset, _chunks(stream, offset, before.size or 0))
            if not self._version_now(file).is_known_as(before):
                raise FileError(
                    f"{file.name} changed while it was read; it waits for the next pull"
                )

    def _all(self) -> list[tuple[str, Entry]]:
        for attempt in PATIENCE.tries():
            with attempt, self._told(self.feed.place, FeedError):
                return sorted(self._entries(), key=lambda found: found[0])
        raise AssertionError("the last attempt returns or raises")

    def _entries(self) -> Iterator[tuple[str, Entry]]:
        if isinstance(self.feed, S3Feed):
            found = self.system.find(self.root, detail=True)
            return ((path, entry) for path, entry in found.items() if entry["type"] == "file")
        return self._below(self.root or "/", 0)

    def _below(self, folder: str, depth: int) -> Iterator[tuple[str, Entry]]:
        for entry in self.system.ls(folder, detail=True):
            if entry["type"] == "link" or entry.get("islink"):
                continue
            if entry["type"] == "directory" and depth < DEEPEST:
                yield from self._below(entry["name"], depth + 1)
            elif entry["type"] == "file":
                yield entry["name"], entry

    def _path(self, file: RemoteFile) -> str:
        return f"{self.root}/{file.name}"

    def _version_now(self, file: RemoteFile) -> Version:
        path = self._path(file)
        if not isinstance(self.feed, S3Feed | SftpFeed) and os.path.realpath(path) != path:
            raise FileError(f"{file.name} is a link and was left")
        return _version(self.system.info(path))

    @contextmanager
    def _told(self, what: str, kind: type[FeedError]) -> Iterator[None]:
        """Turn what the backends raise into sentences; none of their own text is passed on."""
        try:
            yield
        except FeedError:
            raise
        except FileNotFoundError:
            raise kind(f"{what} is not there") from None
        except PermissionError:
            raise kind(f"{what} may not be read with these credentials") from None
        except Exception as error:
            if not isinstance(error, OSError | EOFError) and not _is_foreign(error):
                raise
            self.close()
            raise PassingError(f"{what}: the connection broke ({_reason(error)})") from None


def _local() -> Any:
    import fsspec  # type: ignore[import-untyped]

    return fsspec.filesystem("file", skip_instance_cache=True)


def _s3(feed: S3Feed, secrets: Secrets) -> Any:
    try:
        import s3fs
    except ImportError:
        raise FeedError("s3:// needs the extra s3: pip install 'fraud[s3]'") from None
    key = feed.access_key_id or secrets.login
    return s3fs.S3FileSystem(
        key=key,
        secret=secrets.need("secret_access_key") if key else None,
        endpoint_url=feed.endpoint_url,
        client_kwargs={"region_name": feed.region} if feed.region else {},
        # What is worth trying again is tried again here, and not by each layer on its own.
        config_kwargs={"retries": {"max_attempts": 0}, "connect_timeout": 20},
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _chunks(stream: Any, offset: int, size: int) -> Iterator[bytes]:
    if hasattr(stream, "readv"):
        # SFTP sends 32 KB an answer; asked for a window at a time, it need not wait for each.
        for start in range(offset, size, WINDOW_BYTES):
            yield from stream.readv([(start, min(WINDOW_BYTES, size - start))])
        return
    stream.seek(offset)
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def _version(entry: Entry) -> Version:
    """Return a version from what S3 (LastModified), SFTP or a folder (mtime) say of a file."""
    modified = entry.get("LastModified", entry.get("mtime"))
    if isinstance(modified, int | float):
        modified = datetime.fromtimestamp(modified, UTC)
    return Version(entry["size"], modified, entry.get("ETag"))


def _is_foreign(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in _BACKENDS


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number) if isinstance(number, int) else type(error).__name__
