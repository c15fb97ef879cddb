"""An SFTP server on this machine, in a thread of its own, that can break off in the middle."""

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncssh

USER = "ours"
PASSWORD = "a-pass-word-of-sftp"  # noqa: S105


class Sftp:
    """The server of one folder; `with` it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cut_at = -1
        """A read that begins behind this byte breaks the connection, once."""
        self.stalls = False
        """Reads are never answered."""
        self.first_read = -1
        """Where the first read began since this was -1."""
        self.logins = 0
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.key_of_client = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.closing = asyncio.Event()
        self._port = 0
        self.connections: list[asyncssh.SSHServerConnection] = []

    @property
    def place(self) -> str:
        return f"sftp://{USER}@127.0.0.1:{self._port}/"

    @property
    def host_key(self) -> str:
        return str(self._key.get_fingerprint("sha256"))

    @property
    def known_host(self) -> str:
        public = self._key.export_public_key("openssh").decode()
        return f"[127.0.0.1]:{self._port} {' '.join(public.split()[:2])}\n"

    def client_key(self, passphrase: str) -> bytes:
        """Return a private key that opens the door, itself locked with a passphrase."""
        return bytes(self.key_of_client.export_private_key("openssh", passphrase))

    def __enter__(self) -> Self:
        self._thread.start()
        self._acceptor = self._wait(self._listen())
        self._port = self._acceptor.get_port()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self._key],
            server_factory=lambda: _Login(self),
            sftp_factory=lambda channel: _Folder(channel, self),
        )

    async def _close(self) -> None:
        self._acceptor.close()
        self.closing.set()
        await asyncio.sleep(0.05)
        for connection in self.connections:
            connection.abort()
            await connection.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)


class _Login(asyncssh.SSHServer):
    def __init__(self, server: "Sftp") -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._server.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        right = (username, password) == (USER, PASSWORD)
        self._server.logins += right
        return right

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return (username, key) == (USER, self._server.key_of_client.convert_to_public())


class _Folder(asyncssh.SFTPServer):
    def __init__(self, channel: Any, server: "Sftp") -> None:
        super().__init__(channel, chroot=str(server.folder).encode())
        self._server = server

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        if self._server.stalls:
            await self._server.closing.wait()
        if self._server.first_read < 0:
            self._server.first_read = offset
        if 0 <= self._server.cut_at < offset:
            self._server.cut_at = -1
            self.channel.get_connection().abort()
        found = super().read(file_obj, offset, size)
        return await found if asyncio.iscoroutine(found) else found  # type: ignore
