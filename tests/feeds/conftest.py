"""The places that the tests of the feeds pull from."""

from tests.feeds.services import service

__all__ = ["service"]
