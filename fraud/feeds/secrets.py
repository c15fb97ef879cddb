"""A feed's secrets: where they come from, and that they appear nowhere."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

from fraud.errors import FeedError
from fraud.feed_settings import Feed

HIDDEN = "[hidden]"

_QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?#'\"]*)[?#][^\s'\"]+", re.IGNORECASE)
_LEAST_LETTERS = 4
"""A secret of fewer letters would hide ordinary words; and is none."""


@dataclass(frozen=True)
class Connection:
    """What a scheduler keeps for a feed: login, password, and further fields by name."""

    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)


class Secrets:
    """The secrets of one feed, by name. Printing it prints none of them."""

    def __init__(
        self,
        values: Mapping[str, SecretStr],
        places: Mapping[str, str],
        login: str | None = None,
    ) -> None:
        self._values = dict(values)
        self._places = dict(places)
        self.login = login
        """Who we are there, where the feed's settings leave it open."""

    @property
    def names(self) -> frozenset[str]:
        """Return which secrets there are."""
        return frozenset(self._values)

    def get(self, name: str) -> str | None:
        """Return a secret as it is, None where there is none."""
        value = self._values.get(name)
        return value.get_secret_value() if value else None

    def need(self, name: str) -> str:
        """Return a secret as it is; FeedError says where it should stand."""
        value = self.get(name)
        if value is None:
            raise FeedError(
                f"its {name} is not known; set the environment variable {self._places[name]}"
            )
        return value

    def redact(self, text: str) -> str:
        """Return the text without the secrets and without what follows the ? of an address."""
        for value in self._values.values():
            for form in _forms(value.get_secret_value()):
                text = text.replace(form, HIDDEN)
        return _QUERY.sub(rf"\1?{HIDDEN}", text)


def find(
    name: str, feed: Feed, environment: Mapping[str, str], connection: Connection | None = None
) -> Secrets:
    """Return the secrets of the feed called `name`.

    The environment comes first. Of a connection, `extra` holds a secret under its own name, and
    `password` is the first secret that the kind of place needs; `login` is none.
    """
    places = {secret: feed.variable_of(secret, name) for secret in feed.secrets}
    values: dict[str, SecretStr] = {}
    if connection:
        if connection.password and feed.secrets:
            values[feed.secrets[0]] = SecretStr(connection.password)
        for secret in feed.secrets:
            if connection.extra.get(secret):
                values[secret] = SecretStr(str(connection.extra[secret]))
    for secret, variable in places.items():
        if environment.get(variable):
            values[secret] = SecretStr(environment[variable])
    return Secrets(values, places, connection.login if connection else None)


def _forms(secret: str) -> Iterator[str]:
    """Yield how a secret may stand in a text: plain, in an address, in a header."""
    if len(secret) < _LEAST_LETTERS:
        return
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield repr(secret)[1:-1]
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
