"""Feeds: where reports lie that are pulled, and when their days are due (`[feeds.NAME]`).

A feed's settings hold no secret. Each kind of place names the secrets that it needs; they come from
the environment variable FRAUD_FEEDS_<NAME>_<SECRET>, or from one that `<secret>_env` names.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, ClassVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)
from pydantic_core import PydanticCustomError

SAID = "said"
"""Type of an error whose sentence says all; the value that was given must not be printed."""

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_SECRET = re.compile(r"secret|password|passphrase|token|access_key$|private_key|credential")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_KINDS = "a folder, s3://BUCKET/PREFIX, sftp://USER@HOST/FOLDER, spotify or apple"


def said(sentence: str) -> PydanticCustomError:
    """Return a validation error whose text is the sentence and nothing else."""
    return PydanticCustomError(SAID, "{sentence}", {"sentence": sentence})


def _time_of_day(value: object) -> object:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    raise said('write a time of day as "HH:MM", such as "10:00"')


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise said(f"{name!r} is no time zone; write one such as Europe/Berlin or UTC") from None
    return name


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise said(
            "write the name of an environment variable in capitals, such as OUR_FEED_PASSWORD;"
            " the secret itself does not belong into fraud.toml"
        )
    return name


def _web(address: str) -> str:
    parts = urlsplit(address)
    _without_secret(parts)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname or parts.query:
        raise said("write an address that starts with https:// and has no ?")
    return address.rstrip("/")


def _without_secret(parts: SplitResult) -> None:
    if parts.password is not None:
        raise said("an address must hold no password; put it into the environment")


_Variable = Annotated[str, AfterValidator(_variable)]
_Web = Annotated[str, AfterValidator(_web)]
_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]


def _place(place: str) -> str:
    parts = urlsplit(place)
    _without_secret(parts)
    if "://" in place:
        known = parts.scheme in {"s3", "sftp"} and parts.hostname
        if not known or parts.query or parts.fragment:
            raise said(f"nothing can be pulled from there; write {_KINDS}")
    return place


class Feed(BaseModel):
    """What every feed has, wherever it lies."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    secrets: ClassVar[tuple[str, ...]] = ()
    """The secrets that the place may need; which of them it does need, it says itself."""

    place: Annotated[str, Field(min_length=1), AfterValidator(_place)] = Field(
        description=f"where the reports lie: {_KINDS}"
    )
    format: str = Field("auto", description="name of a report format; auto tells it by content")
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", description="the zone that the days and `due` are meant in"
    )
    due: Annotated[time, BeforeValidator(_time_of_day)] | None = Field(
        None, description="by what time of day a day's reports are due; empty = never due"
    )
    due_after_days: int = Field(1, ge=0, le=60, description="on which day after the plays")
    late_after_hours: int = Field(
        24, ge=0, le=2_400, description="a day is late so many hours after it was due"
    )
    first_day: date | None = Field(None, description="first day of plays that is expected")

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.time_zone)

    def variable_of(self, secret: str, name: str) -> str:
        """Return the environment variable that holds a secret of the feed called `name`."""
        return getattr(self, f"{secret}_env", "") or f"FRAUD_FEEDS_{name}_{secret}".upper()


class FolderFeed(Feed):
    """A folder of this machine; a relative one starts at HOME."""

    files: str = Field("*", description="which files, by their path below the place; * is anything")


class S3Feed(FolderFeed):
    """A prefix of a bucket. Without a key the credentials are found where AWS tools find them."""

    secrets: ClassVar = ("secret_access_key",)

    access_key_id: _Word | None = Field(
        None, description="name of the key, no secret; empty = the login of the connection"
    )
    secret_access_key_env: _Variable | None = None
    endpoint_url: _Web | None = Field(None, description="another store that speaks S3")
    region: _Word | None = None


class SftpFeed(FolderFeed):
    """A folder of an SFTP server, whose host key must be known."""

    secrets: ClassVar = ("password", "key_passphrase")

    password_env: _Variable | None = None
    key_passphrase_env: _Variable | None = None
    key_file: str | None = Field(None, description="private key for the login")
    host_key: Annotated[str, Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")] | None = Field(
        None, description="SHA256:… as `ssh-keygen -lf` prints; empty = as in ~/.ssh/known_hosts"
    )


class ApiFeed(Feed):
    """An API that is asked day by day, where other places list what they have."""

    days_back: int = Field(
        7, ge=1, le=365, description="so many last days are asked for at each pull, not once"
    )


class SpotifyFeed(ApiFeed):
    """Spotify's Bulk API: one file a resource, day and (for plays) country."""

    secrets: ClassVar = ("client_secret",)

    licensor: _Word
    client_id: _Word | None = Field(None, description="empty = the login of the connection")
    client_secret_env: _Variable | None = None
    resources: tuple[_Word, ...] = (
        "streams",
        "sub_30_sec_streams",
        "users",
        "tracks",
        "aggregatedstreams",
    )
    countries: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] = Field(
        (), description="only these countries; empty = all that the service lists"
    )
    api_url: _Web = "https://provider-api.spotify.com/v1/analytics"
    token_url: _Web = "https://accounts.spotify.com/api/token"  # noqa: S105 an address


class AppleFeed(ApiFeed):
    """Apple's Reporter: one file a report and day."""

    secrets: ClassVar = ("access_token",)

    vendor: Annotated[str, Field(pattern=r"^\d{1,12}$")]
    account: Annotated[str, Field(pattern=r"^\d{1,12}$")] | None = None
    access_token_env: _Variable | None = None
    reports: tuple[Annotated[str, Field(pattern=r"^\w{1,40} \w{1,40}( \d+_\d+)?$")], ...] = Field(
        (
            "amStreams Summary",
            "amContent Detailed",
            "amContainer Summary",
            "amContentDemographics Summary",
            "amShazam Summary",
            "amEditorialPlaylistAdds Summary",
        ),
        description="report type, sub-type and, where wanted, version: amStreams Summary 1_2",
    )
    api_url: _Web = "https://reportingitc-reporter.apple.com/reportservice/sales/v1"


def _kind(feed: object) -> str:
    """Return the kind of a feed; a place of no kind is a folder, whose model then says so."""
    place = feed.get("place") if isinstance(feed, Mapping) else getattr(feed, "place", None)
    if place in {"spotify", "apple"}:
        return str(place)
    scheme = str(place).partition("://")[0]
    return scheme if scheme in {"s3", "sftp"} else "folder"


AnyFeed = Annotated[
    Annotated[FolderFeed, Tag("folder")]
    | Annotated[S3Feed, Tag("s3")]
    | Annotated[SftpFeed, Tag("sftp")]
    | Annotated[SpotifyFeed, Tag("spotify")]
    | Annotated[AppleFeed, Tag("apple")],
    Discriminator(_kind),
]


def named_and_without_secrets(feeds: Any) -> Any:
    """Return the feeds as they were given; raise where a name or a secret does not belong there."""
    if not isinstance(feeds, Mapping):
        return feeds
    for name, feed in feeds.items():
        if not NAME.fullmatch(str(name)):
            raise said(
                f"{name!r} is no name of a feed; write small letters, digits and _, such as"
                " [feeds.spotify_bulk]"
            )
        for setting in feed if isinstance(feed, Mapping) else ():
            if _SECRET.search(setting.lower()) and not setting.endswith(("_env", "_url")):
                raise said(
                    f"{name}.{setting} is a secret, and fraud.toml is no place for secrets; put it"
                    f" into the environment variable FRAUD_FEEDS_{name.upper()}_{setting.upper()}"
                )
    return feeds
