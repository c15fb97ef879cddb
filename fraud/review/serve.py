"""Serves the review page to this machine until it is told to stop."""

import errno
import secrets
import socket
from collections.abc import Callable
from datetime import datetime

import uvicorn

from fraud.config import Settings
from fraud.errors import CallError, FraudError
from fraud.review.app import make_app

LOOPBACK = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """Return a socket that listens on the loopback; CallError where the port is taken."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
        bound.listen()
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise CallError(
                f"port {port} is in use, perhaps by another review; choose one with --port"
            ) from None
        raise FraudError(f"port {port} cannot be opened: {error.strerror}") from None
    return bound


def address(bound: socket.socket) -> str:
    """Return where a browser of this machine finds what is served."""
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}/"


def serve(bound: socket.socket, settings: Settings, clock: Callable[[], datetime]) -> None:
    """Serve until Ctrl-C; the token of its forms lives as long as this call."""
    app = make_app(settings, bound.getsockname()[1], secrets.token_urlsafe(32), clock)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, lifespan="off", ws="none"
    )
    try:
        uvicorn.Server(config).run(sockets=[bound])
    except KeyboardInterrupt:
        return
    finally:
        bound.close()
