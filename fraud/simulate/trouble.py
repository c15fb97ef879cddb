"""What goes wrong between a service and a label: missing, doubled, thin and late days."""

from dataclasses import dataclass, replace

import numpy as np

from fraud.simulate.dice import dice, rounded
from fraud.simulate.plays import Plays
from fraud.simulate.scene import Scene


@dataclass(frozen=True)
class Trouble:
    """The bad days of a world, each as (store, day).

    On a `missing` day nothing comes; on a `doubled` day nothing comes and the next day holds both;
    on a `thin` day (store, day, share) the service was down for hours; of a `late` day (store, day,
    territories) the first report lacks some territories and a second one brings them.
    """

    missing: tuple[tuple[int, int], ...]
    doubled: tuple[tuple[int, int], ...]
    thin: tuple[tuple[int, int, float], ...]
    late: tuple[tuple[int, int, tuple[int, ...]], ...]


def draw_trouble(scene: Scene) -> Trouble:
    """Return the bad days: about one of each kind, two late ones, in 252 days of stores."""
    rng = dice(scene.seed, "trouble")
    stores, days = len(scene.market.stores), scene.days
    scale = days * stores / 252
    store_days = [(store, day) for store in range(stores) for day in range(1, days - 1)]
    rng.shuffle(store_days)

    def some(count: float) -> list[tuple[int, int]]:
        wanted = rounded(rng, count * scale)
        return [store_days.pop() for _ in range(min(wanted, len(store_days)))]

    territories = len(scene.market.codes)
    return Trouble(
        missing=tuple(some(1.0)),
        doubled=tuple(some(0.5)),
        thin=tuple((store, day, float(rng.uniform(0.2, 0.7))) for store, day in some(1.0)),
        late=tuple(
            (
                store,
                day,
                tuple(
                    sorted(
                        rng.choice(
                            territories, 1 + rng.integers(territories // 4 + 1), replace=False
                        ).tolist()
                    )
                ),
            )
            for store, day in some(2.0)
        ),
    )


def troubled(
    seed: int, plays: Plays, trouble: Trouble, openings: list[tuple[int, int, int]]
) -> Plays:
    """Return the plays as they end up in reports, late ones included.

    A play in a market that its service had not yet entered did not happen either.
    """
    keep = np.ones(len(plays.streams), dtype=np.bool_)
    for store, day in trouble.missing:
        keep &= ~((plays.store == store) & (plays.day == day))
    for store, territory, opened in openings:
        keep &= ~((plays.store == store) & (plays.territory == territory) & (plays.day < opened))
    plays = plays.where(keep)
    day_of = plays.day.copy()
    for store, day in trouble.doubled:
        day_of[(plays.store == store) & (plays.day == day)] = day + 1
    streams = plays.streams.copy()
    rng = dice(seed, "trouble/thin")
    for store, day, share in trouble.thin:
        rows = (plays.store == store) & (plays.day == day)
        streams[rows] = rng.binomial(streams[rows], share)
    return replace(plays, day=day_of).with_streams(streams)


def is_late(plays: Plays, trouble: Trouble) -> np.typing.NDArray[np.bool_]:
    """Return for each row whether it is missing from the first report of its day."""
    late = np.zeros(len(plays.streams), dtype=np.bool_)
    for store, day, territories in trouble.late:
        late |= (plays.store == store) & (plays.day == day) & np.isin(plays.territory, territories)
    return late
