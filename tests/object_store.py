"""A store that speaks S3, in its own process: Delta Lake may wait for it holding the GIL."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

START_SECONDS = 30


@contextlib.contextmanager
def object_store() -> Iterator[str]:
    """Start an empty store and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(START_SECONDS * 10):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()
