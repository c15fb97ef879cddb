"""Sends a message through Apprise (https://github.com/caronc/apprise), and keeps its secrets."""

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from fraud.config import Channel
from fraud.errors import FraudError
from fraud.notify.message import Message

SHORTEST_SECRET = 4
"""Parts of an address that are shorter hide nothing and would hide every other word."""
_LOGGERS = ("apprise", "urllib3")


def send(
    channel: Channel, message: Message, environment: Mapping[str, str], attachment: Path | None
) -> None:
    """Send a message; FraudError says why it did not arrive, without any part of the address."""
    url = environment.get(channel.url_env, "").strip()
    if not url:
        raise FraudError(f"the variable {channel.url_env} with its address is not set")
    with _overheard() as said, warnings.catch_warnings():
        # Its plug-ins import modules that Python deprecates: their makers' business.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            sent = _sent(url, message, attachment)
        except FraudError:
            raise FraudError(
                f"the variable {channel.url_env} holds no address that Apprise understands,"
                " such as mailtos://… or slack://…"
            ) from None
        except (OSError, TypeError, ValueError) as error:
            raise FraudError(masked(f"{type(error).__name__}: {error}", url)) from None
    if not sent:
        raise FraudError(masked(said[-1] if said else "it was not accepted", url))


def _sent(url: str, message: Message, attachment: Path | None) -> bool:
    """Return whether a message was accepted; FraudError where the address is none."""
    import apprise

    asset = apprise.AppriseAsset(
        app_id="fraud",
        app_desc="Artificial streaming, nightly report",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    sender = apprise.Apprise(asset=asset)
    if not sender.add(url):
        raise FraudError("no address")
    accepted = sender.notify(
        title=message.title,
        body=message.body,
        body_format=apprise.NotifyFormat.TEXT,
        attach=str(attachment) if attachment else None,
    )
    return bool(accepted)


def masked(text: str, url: str) -> str:
    """Return a text with every part of an address that could be a secret as three asterisks."""
    parts = {url, *re.split(r"[:/@?&=#,;+\s]+", url.partition("://")[2])}
    secret = {part for part in parts if len(part) >= SHORTEST_SECRET}
    for part in sorted(secret | {unquote(part) for part in secret}, key=len, reverse=True):
        text = text.replace(part, "***")
    return text


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Yield what Apprise complains of; its log would show addresses to whoever reads ours."""
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger, logger.propagate, list(logger.handlers)) for logger in loggers]
    for logger in loggers:
        logger.propagate, logger.handlers = False, [handler]
    try:
        yield said
    finally:
        for logger, propagate, handlers in before:
            logger.propagate, logger.handlers = propagate, handlers
