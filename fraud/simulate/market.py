"""Where and in which service people listen: territories and stores with what is usual in them.

Weights, shares and circles are assumptions of this simulator: no service publishes them. They only
have to be varied enough that no detector can lean on one market looking like another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fraud.errors import CallError
from fraud.simulate.dice import Reals
from fraud.tables import DEVICES, SOURCES, TIERS

SOURCE_NAMES = tuple(sorted(SOURCES))
TIER_NAMES = tuple(sorted(TIERS))
DEVICE_NAMES = tuple(sorted(DEVICES))


@dataclass(frozen=True)
class Territory:
    """A country: its share of the world's plays, the circle of its language, who pays in it."""

    code: str
    weight: float
    circle: str
    paying_share: float


@dataclass(frozen=True)
class Store:
    """A music service: its size, where it is strong, and whether one can listen without paying."""

    slug: str
    weight: float
    has_free_tier: bool = True
    strong_in: Mapping[str, float] = field(default_factory=dict)


TERRITORIES = (
    Territory("US", 0.270, "english", 0.62),
    Territory("GB", 0.080, "english", 0.66),
    Territory("DE", 0.070, "german", 0.60),
    Territory("FR", 0.062, "french", 0.52),
    Territory("BR", 0.066, "portuguese", 0.34),
    Territory("MX", 0.056, "spanish", 0.35),
    Territory("JP", 0.040, "japanese", 0.64),
    Territory("IN", 0.045, "indian", 0.14),
    Territory("CA", 0.034, "english", 0.58),
    Territory("AU", 0.030, "english", 0.62),
    Territory("ES", 0.034, "spanish", 0.42),
    Territory("IT", 0.033, "italian", 0.44),
    Territory("NL", 0.025, "german", 0.68),
    Territory("SE", 0.022, "nordic", 0.74),
    Territory("KR", 0.022, "korean", 0.66),
    Territory("ID", 0.026, "malay", 0.18),
    Territory("PL", 0.020, "slavic", 0.46),
    Territory("TR", 0.022, "turkish", 0.30),
    Territory("AR", 0.020, "spanish", 0.28),
    Territory("CO", 0.016, "spanish", 0.30),
    Territory("NO", 0.011, "nordic", 0.76),
    Territory("NG", 0.008, "english", 0.20),
    Territory("NA", 0.001, "english", 0.30),
    Territory("PH", 0.020, "malay", 0.16),
    Territory("CL", 0.016, "spanish", 0.36),
    Territory("FI", 0.010, "nordic", 0.70),
    Territory("DK", 0.011, "nordic", 0.75),
    Territory("BE", 0.012, "french", 0.60),
    Territory("CH", 0.012, "german", 0.66),
    Territory("AT", 0.010, "german", 0.60),
    Territory("IE", 0.010, "english", 0.64),
    Territory("PT", 0.010, "portuguese", 0.44),
    Territory("ZA", 0.010, "english", 0.32),
    Territory("VN", 0.010, "malay", 0.14),
    Territory("TH", 0.012, "malay", 0.22),
    Territory("TW", 0.010, "chinese", 0.46),
    Territory("PE", 0.010, "spanish", 0.24),
    Territory("NZ", 0.007, "english", 0.62),
    Territory("CZ", 0.007, "slavic", 0.46),
    Territory("RO", 0.006, "romanian", 0.34),
    Territory("BG", 0.003, "slavic", 0.34),
    Territory("GR", 0.005, "greek", 0.38),
    Territory("EG", 0.006, "arabic", 0.12),
    Territory("SA", 0.006, "arabic", 0.34),
    Territory("IL", 0.005, "hebrew", 0.50),
)

STORES = (
    Store("spotify", 0.60),
    Store("apple_music", 0.23, False, {"US": 1.7, "JP": 2.2, "GB": 1.3, "CA": 1.5, "ID": 0.3}),
    Store("deezer", 0.12, True, {"FR": 5.0, "BR": 2.5, "DE": 1.2, "JP": 0.2, "US": 0.3}),
    Store("amazon_music", 0.14, True, {"US": 1.6, "DE": 2.2, "JP": 1.8, "GB": 1.5, "NG": 0.2}),
    Store("youtube_music", 0.20, True, {"IN": 2.5, "BR": 1.5, "KR": 2.5, "ID": 2.0}),
    Store("tidal", 0.02, False, {"NO": 5.0, "PL": 3.0, "US": 1.5}),
    Store("qobuz", 0.01, False, {"FR": 6.0, "US": 1.5}),
)

_TIER_SPLIT = {"premium": 0.60, "family": 0.25, "student": 0.11, "trial": 0.03, "other": 0.01}
_DEVICE_SPLIT = {
    "mobile": 0.66,
    "tablet": 0.04,
    "desktop": 0.12,
    "web": 0.03,
    "speaker": 0.07,
    "tv": 0.02,
    "car": 0.03,
    "console": 0.01,
    "wearable": 0.01,
    "other": 0.01,
}


def mix(names: Sequence[str], **weights: float) -> Reals:
    """Return shares over `names` that sum to 1, from weights by name; 0 for the rest."""
    shares = np.array([weights.get(name, 0.0) for name in names])
    return np.asarray(shares / shares.sum(), dtype=np.float64)


@dataclass(frozen=True)
class Market:
    """The stores and territories of one world, in the order in which its arrays count them.

    `plays` (store × territory) is the share of the world's plays that each store has in each
    territory, `tiers` (store × territory × tier) and `devices` (territory × device) are what is
    usual there.
    """

    stores: tuple[Store, ...]
    territories: tuple[Territory, ...]
    plays: Reals
    tiers: Reals
    devices: Reals

    @property
    def slugs(self) -> tuple[str, ...]:
        """Return the stores' names."""
        return tuple(store.slug for store in self.stores)

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the territories' codes."""
        return tuple(territory.code for territory in self.territories)


def open_market(rng: np.random.Generator, slugs: Sequence[str], territories: int) -> Market:
    """Return the market of a world, its stores and territories ordered by name.

    Raises CallError for a store that the simulator does not know or a number of territories
    that it does not have.
    """
    by_slug = {store.slug: store for store in STORES}
    for slug in slugs:
        if slug not in by_slug:
            raise CallError(f"store {slug!r} is not one the simulator knows: {', '.join(by_slug)}")
    if not slugs or len(set(slugs)) != len(slugs):
        raise CallError("name at least one store, and each of them once")
    if not 1 <= territories <= len(TERRITORIES):
        raise CallError(f"{territories} territories: give a number from 1 to {len(TERRITORIES)}")
    stores = tuple(sorted((by_slug[slug] for slug in slugs), key=lambda store: store.slug))
    places = tuple(sorted(TERRITORIES[:territories], key=lambda territory: territory.code))
    plays = np.array(
        [[s.weight * s.strong_in.get(t.code, 1.0) * t.weight for t in places] for s in stores]
    )
    plays *= rng.lognormal(0.0, 0.2, plays.shape)
    return Market(
        stores, places, plays / plays.sum(), _tiers(rng, stores, places), _devices(rng, places)
    )


def _tiers(
    rng: np.random.Generator, stores: Sequence[Store], territories: Sequence[Territory]
) -> Reals:
    paid = mix(TIER_NAMES, **_TIER_SPLIT)
    free = mix(TIER_NAMES, free=1.0)
    usual = np.array(
        [
            [
                t.paying_share * paid + (1 - t.paying_share) * free if s.has_free_tier else paid
                for t in territories
            ]
            for s in stores
        ]
    )
    return _wobbled(rng, usual, 0.15)


def _devices(rng: np.random.Generator, territories: Sequence[Territory]) -> Reals:
    return _wobbled(rng, np.tile(mix(DEVICE_NAMES, **_DEVICE_SPLIT), (len(territories), 1)), 0.25)


def _wobbled(rng: np.random.Generator, shares: Reals, sigma: float) -> Reals:
    wobbled = shares * rng.lognormal(0.0, sigma, shares.shape)
    return np.asarray(wobbled / wobbled.sum(axis=-1, keepdims=True), dtype=np.float64)
