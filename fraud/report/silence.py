"""What an analyst's word keeps off the list: said on the page, so that nothing is hidden."""

from dataclasses import dataclass

from fraud.report.words import Judgement


@dataclass(frozen=True)
class Silenced:
    """An incident that was active in a night and is not listed, by an analyst's word."""

    incident_id: str
    called: str
    """What it is about, with the level where that is a group."""
    artist: str | None
    suspected: int
    """Plays of the night that people do not explain."""
    word: Judgement
