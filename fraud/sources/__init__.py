"""Report files in, rows of the lake's tables out; one module a report format.

A format is added by copying a small module such as `spotify_charts` and naming it in `REGISTRY`.
"""

from fraud.errors import CallError
from fraud.sources.amazon import AMAZON
from fraud.sources.apple_music import APPLE_MUSIC
from fraud.sources.believe import BELIEVE
from fraud.sources.ddex_dsr import DDEX_DSR
from fraud.sources.distrokid import DISTROKID
from fraud.sources.fixed import FIXED
from fraud.sources.merlin import MERLIN
from fraud.sources.source import Source
from fraud.sources.spotify_bulk import SPOTIFY_BULK
from fraud.sources.spotify_charts import SPOTIFY_CHARTS

REGISTRY: tuple[Source, ...] = (
    DDEX_DSR,
    SPOTIFY_CHARTS,
    SPOTIFY_BULK,
    APPLE_MUSIC,
    DISTROKID,
    BELIEVE,
    AMAZON,
    MERLIN,
    FIXED,
)
"""Every format in the order in which it is asked; ours is the last, since it claims most."""

AUTO = "auto"


def named(name: str) -> tuple[Source, ...]:
    """Return the sources that `--source NAME` means; CallError where there is none of that name."""
    if name == AUTO:
        return REGISTRY
    chosen = tuple(source for source in REGISTRY if source.name == name)
    if not chosen:
        names = ", ".join([AUTO, *(source.name for source in REGISTRY)])
        raise CallError(f"there is no source {name!r}; choose one of {names}")
    return chosen
