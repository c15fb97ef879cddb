"""The scene of a world: when and where it is, its catalogue and its people, before any play."""

from dataclasses import dataclass
from datetime import date, timedelta

from fraud.simulate.audience import Audience, draw_audience
from fraud.simulate.catalogue import Catalogue, draw_catalogue
from fraud.simulate.dice import dice
from fraud.simulate.market import Market, open_market


@dataclass(frozen=True)
class Scene:
    """What all parts of a world share. Days count from `start`."""

    seed: int
    start: date
    days: int
    market: Market
    catalogue: Catalogue
    audience: Audience

    def date_of(self, day: int) -> date:
        """Return the date of a day; negative days lie before the world begins."""
        return self.start + timedelta(days=day)

    @property
    def end(self) -> date:
        """Return the last day."""
        return self.date_of(self.days - 1)


def draw_scene(
    seed: int, *, start: date, days: int, tracks: int, stores: tuple[str, ...], territories: int
) -> Scene:
    """Return the scene of a world; CallError for stores or territories that there are not."""
    market = open_market(dice(seed, "market"), stores, territories)
    catalogue = draw_catalogue(seed, market, start, days, tracks)
    return Scene(seed, start, days, market, catalogue, draw_audience(seed, market, catalogue))
