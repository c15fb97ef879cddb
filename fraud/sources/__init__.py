"""Report files in, rows of the lake's tables out; one module a report format.

A format is added by copying a small module such as `spotify_charts` and naming it in `REGISTRY`.
"""

from collections.abc import Sequence

from fraud.config import Settings
from fraud.errors import CallError
from fraud.sources.amazon import AMAZON
from fraud.sources.apple_music import APPLE_MUSIC
from fraud.sources.believe import BELIEVE
from fraud.sources.ddex_dsr import DDEX_DSR
from fraud.sources.distrokid import DISTROKID
from fraud.sources.fixed import FIXED
from fraud.sources.fuga import FUGA, fuga
from fraud.sources.labelcamp import LABELCAMP, labelcamp
from fraud.sources.merlin import MERLIN
from fraud.sources.rulings import ruling
from fraud.sources.source import Source
from fraud.sources.spotify_bulk import SPOTIFY_BULK
from fraud.sources.spotify_charts import SPOTIFY_CHARTS
from fraud.sources.youtube import YOUTUBE

REGISTRY: tuple[Source, ...] = (
    DDEX_DSR,
    SPOTIFY_CHARTS,
    SPOTIFY_BULK,
    APPLE_MUSIC,
    FUGA,
    LABELCAMP,
    YOUTUBE,
    DISTROKID,
    BELIEVE,
    AMAZON,
    MERLIN,
    FIXED,
)
"""Every format in the order in which it is asked; ours is the last, since it claims most."""

AUTO = "auto"


def configured(settings: Settings) -> tuple[Source, ...]:
    """Return the registry with what the settings say of its formats and those that they add."""
    told = {
        FUGA.name: fuga(settings.fuga_organizations),
        LABELCAMP.name: labelcamp(settings.labelcamp_sources),
    }
    *others, last = (told.get(source.name, source) for source in REGISTRY)
    for name in settings.verdicts:
        if any(name in {source.name, AUTO} for source in REGISTRY):
            raise CallError(f"setting verdicts.{name}: a format has this name; choose another")
    mapped = (ruling(name, of) for name, of in settings.verdicts.items())
    return (*others, *mapped, last)


def named(name: str, known: Sequence[Source] | None = None) -> tuple[Source, ...]:
    """Return the sources that `--source NAME` means; CallError where there is none of that name."""
    known = tuple(REGISTRY if known is None else known)
    if name == AUTO:
        return known
    chosen = tuple(source for source in known if source.name == name)
    if not chosen:
        names = ", ".join([AUTO, *(source.name for source in known)])
        raise CallError(f"there is no source {name!r}; choose one of {names}")
    return chosen
