"""The places that reports are pulled from, one small module a kind, all of the shape `Remote`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fraud.feed_settings import AppleFeed, Feed, FolderFeed, SpotifyFeed
from fraud.feeds.remote import Remote
from fraud.feeds.secrets import Secrets


@contextmanager
def connect(feed: Feed, secrets: Secrets, home: Path) -> Iterator[Remote]:
    """Give the place of a feed, ready to be asked; a relative folder starts at `home`.

    Raises FeedError where it cannot be reached or refuses the secrets.
    """
    if isinstance(feed, SpotifyFeed):
        from fraud.feeds import spotify

        with spotify.connect(feed, secrets) as remote:
            yield remote
    elif isinstance(feed, AppleFeed):
        from fraud.feeds import apple

        with apple.connect(feed, secrets) as remote:
            yield remote
    else:
        from fraud.feeds import files

        assert isinstance(feed, FolderFeed)  # noqa: S101 the other kinds are above
        with files.connect(feed, secrets, home) as remote:
            yield remote
