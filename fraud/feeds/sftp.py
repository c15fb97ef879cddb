"""An SFTP server, through fsspec and paramiko, whose host key must be known before we log in."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fraud.errors import FeedError
from fraud.feed_settings import SftpFeed
from fraud.feeds.remote import PassingError
from fraud.feeds.secrets import Secrets

TIMEOUT_SECONDS = 30
PORT = 22
KNOWN_HOSTS = Path("~/.ssh/known_hosts")


@contextmanager
def quiet_threads() -> Iterator[None]:
    """Keep silent the thread in which paramiko sends requests, when the connection breaks.

    It would print a traceback; the reader of the file learns of the break by itself.
    """
    before = threading.excepthook

    def tell(failed: threading.ExceptHookArgs) -> None:
        name = failed.thread.name if failed.thread else ""
        if "_prefetch_thread" not in name:
            before(failed)

    threading.excepthook = tell
    try:
        yield
    finally:
        threading.excepthook = before


def connect(feed: SftpFeed, secrets: Secrets) -> Any:
    """Return the server as an fsspec file system; FeedError where it is not who it should be."""
    try:
        import paramiko  # type: ignore[import-untyped]
        from fsspec.implementations.sftp import (  # type: ignore[import-untyped]
            SFTPFileSystem,
        )
    except ImportError:
        raise FeedError("sftp:// needs the extra sftp: pip install 'fraud[sftp]'") from None
    parts = urlsplit(feed.place)
    host = parts.hostname or ""
    key_file = Path(feed.key_file).expanduser() if feed.key_file else None
    if key_file and not key_file.is_file():
        raise FeedError(f"its key_file {key_file} is not there")
    if secrets.get("password") is None and key_file is None:
        secrets.need("password")
    try:
        reached = SFTPFileSystem(
            host,
            port=parts.port or PORT,
            username=unquote(parts.username) if parts.username else secrets.login,
            password=secrets.get("password"),
            key_filename=str(key_file) if key_file else None,
            passphrase=secrets.get("key_passphrase"),
            look_for_keys=False,
            allow_agent=False,
            timeout=TIMEOUT_SECONDS,
            banner_timeout=TIMEOUT_SECONDS,
            auth_timeout=TIMEOUT_SECONDS,
            host_key_policy=_known_only(feed),
            skip_instance_cache=True,
        )
    except paramiko.AuthenticationException:
        raise FeedError(f"{host} refuses the login") from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise PassingError(f"{host} cannot be reached ({type(error).__name__})") from None
    reached.ftp.get_channel().settimeout(TIMEOUT_SECONDS)
    return reached


def _known_only(feed: SftpFeed) -> Any:
    """Return a policy that lets in the named host key, or those of ~/.ssh/known_hosts."""
    import paramiko

    class KnownOnly(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
            del client
            digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
            shown = f"SHA256:{digest}"
            if feed.host_key == shown:
                return
            known = KNOWN_HOSTS.expanduser()
            believed = feed.host_key is None and known.is_file()
            if believed and paramiko.HostKeys(str(known)).check(hostname, key):
                return
            raise FeedError(
                f"{hostname} shows the host key {shown}, which is not known here;"
                " if its owner confirms it, write it as host_key into the feed's settings"
            )

    return KnownOnly()
