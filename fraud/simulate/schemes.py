"""The schemes: how plays are bought, as a table of ranges.

The figures lie around the published cases: 72 M plays a month of 467 half-minute tracks from 1,200
premium accounts (Bulgaria, 2017); 1,040 accounts × 636 plays a day over a catalogue in the hundred
thousands (US v. Smith, 2017–2024); 1,627 stolen identities that gave 15 songs 292 plays a day each
(Korea, 2024); one day on a bot playlist, 10,000 plays, 98 % artificial (Whalan, 2024). Family plans
carried 54 % of what Deezer found and desktop computers 65 % (CNM, 2023). Plays as multiples of the
track's own are wider than any of these: most of what is bought is small.
"""

from dataclasses import dataclass, field

from fraud.simulate import curves
from fraud.simulate.lookalikes import Curve

Weights = dict[str, float]
_PLAYLIST: tuple[Weights, ...] = ({"user_playlist": 1.0},)
_ANY_SOURCE: tuple[Weights, ...] = (
    {"user_playlist": 0.9, "other": 0.1},
    {"other": 0.8, "search": 0.2},
    {"search": 0.95, "other": 0.05},
    {"library": 0.9, "album": 0.1},
    {"artist_page": 0.9, "other": 0.1},
    {"album": 0.95, "other": 0.05},
)
_ANY_TIER: tuple[Weights, ...] = (
    {"free": 0.97, "trial": 0.03},
    {"premium": 1.0},
    {"family": 0.95, "premium": 0.05},
    {"trial": 0.8, "free": 0.2},
    {"student": 0.8, "premium": 0.2},
)
_ANY_DEVICE: tuple[Weights, ...] = (
    {"desktop": 0.95, "web": 0.05},
    {"web": 1.0},
    {"mobile": 0.98, "tablet": 0.02},
    {"desktop": 0.5, "mobile": 0.5},
    {"speaker": 0.7, "other": 0.3},
)


@dataclass(frozen=True)
class Scheme:
    """A way of faking plays, as ranges to draw from; where several mixes stand, one is drawn.

    `weight` is its part of all artificial track-days. `victims` says whose tracks: any track, one
    act, a fresh release, a generated catalogue, an album of shorts, a whole label, or tracks
    scattered over accounts. `volume` is plays a track and day: multiples of the track's own where
    `relative`, else plays; never under `floor`. `stores` is `one` or `all`; `territories` how many,
    where: `any`, `foreign` to the track, or like its `own`. A mix that is None is the track's own.
    `exact`: the same count every day. `accounts` is how many a scheme has in a store and territory.
    """

    name: str
    weight: float
    victims: str
    tracks: tuple[int, int]
    days: tuple[int, int]
    volume: tuple[float, float]
    relative: bool = True
    floor: float = 0.0
    curves: tuple[Curve, ...] = (curves.step,)
    stores: str = "one"
    territories: tuple[int, int] = (1, 3)
    pick: str = "any"
    source: tuple[Weights, ...] | None = _ANY_SOURCE
    tier: tuple[Weights, ...] | None = _ANY_TIER
    device: tuple[Weights, ...] | None = _ANY_DEVICE
    streams_per_listener: tuple[float, float] = (1.01, 1.5)
    save_rate: float = 0.001
    sub30_share: float = 0.02
    listened_share: tuple[float, ...] = (0.99, 0.02)
    overdispersion: float = 0.01
    exact: bool = False
    level: str = "track"
    accounts: tuple[int, int] = field(default=(50, 1000))


SCHEMES = (
    Scheme(
        "burst",
        weight=0.07,
        victims="any",
        tracks=(1, 1),
        days=(1, 7),
        volume=(10, 600),
        floor=400,
        curves=(curves.step, curves.decay, curves.plateau),
        streams_per_listener=(1.05, 40),
    ),
    Scheme(
        "bot_playlist",
        weight=0.09,
        victims="any",
        tracks=(1, 3),
        days=(3, 35),
        volume=(4, 80),
        floor=150,
        territories=(2, 6),
        source=_PLAYLIST,
        tier=({"free": 0.9, "premium": 0.1}, {"premium": 0.9, "family": 0.1}),
        device=None,
        streams_per_listener=(1.01, 1.3),
        save_rate=0.004,
    ),
    Scheme(
        "premium_farm_loop",
        weight=0.08,
        victims="shorts",
        tracks=(4, 12),
        days=(10, 40),
        volume=(100, 3000),
        relative=False,
        territories=(1, 2),
        source=_PLAYLIST,
        tier=({"premium": 0.9, "family": 0.1}, {"family": 0.95, "premium": 0.05}),
        device=({"mobile": 1.0}, {"desktop": 1.0}, {"web": 1.0}),
        streams_per_listener=(3.5, 6.0),
        listened_share=(0.99,),
        level="release",
        accounts=(40, 1200),
    ),
    Scheme(
        "generated_catalogue",
        weight=0.1,
        victims="generated",
        tracks=(8, 60),
        days=(10, 60),
        volume=(8, 200),
        relative=False,
        curves=(curves.step, curves.growing),
        stores="all",
        territories=(3, 8),
        source=({"library": 0.6, "user_playlist": 0.4}, {"user_playlist": 1.0}),
        tier=({"family": 0.95, "premium": 0.05},),
        device=({"desktop": 0.6, "web": 0.4}, {"web": 1.0}),
        streams_per_listener=(1.01, 1.1),
        listened_share=(0.99,),
        level="account",
        accounts=(20, 1040),
    ),
    Scheme(
        "sub_threshold",
        weight=0.05,
        victims="generated",
        tracks=(6, 30),
        days=(14, 70),
        volume=(2.8, 6.0),
        relative=False,
        territories=(1, 4),
        tier=({"free": 1.0}, {"family": 1.0}),
        streams_per_listener=(1.01, 1.1),
        overdispersion=0.0,
        level="account",
        accounts=(20, 300),
    ),
    Scheme(
        "click_farm",
        weight=0.07,
        victims="any",
        tracks=(1, 2),
        days=(5, 30),
        volume=(4, 80),
        floor=150,
        curves=(curves.working_days,),
        territories=(1, 1),
        source=({"user_playlist": 0.6, "search": 0.4}, {"search": 1.0}),
        tier=({"free": 0.9, "trial": 0.1}, {"trial": 0.9, "free": 0.1}),
        device=({"mobile": 1.0},),
        streams_per_listener=(2.0, 15.0),
        sub30_share=0.06,
        accounts=(30, 600),
    ),
    Scheme(
        "hijacked_accounts",
        weight=0.06,
        victims="any",
        tracks=(1, 2),
        days=(14, 70),
        volume=(0.4, 3),
        floor=10,
        curves=(curves.plateau, curves.growing),
        stores="one",
        pick="own",
        source=({"other": 0.6, "library": 0.4}, {"radio": 0.7, "other": 0.3}, {"library": 1.0}),
        tier=None,
        device=None,
        streams_per_listener=(1.01, 1.2),
        sub30_share=0.05,
        overdispersion=0.02,
        accounts=(1000, 20000),
    ),
    Scheme(
        "short_album",
        weight=0.07,
        victims="shorts",
        tracks=(6, 14),
        days=(5, 30),
        volume=(50, 1500),
        relative=False,
        territories=(1, 3),
        source=({"album": 1.0}, {"library": 1.0}, {"user_playlist": 1.0}),
        streams_per_listener=(5.0, 40.0),
        listened_share=(0.99,),
        level="release",
        accounts=(5, 200),
    ),
    Scheme(
        "foreign_territory",
        weight=0.06,
        victims="any",
        tracks=(1, 1),
        days=(2, 7),
        volume=(4, 80),
        floor=200,
        territories=(1, 1),
        pick="foreign",
        streams_per_listener=(1.01, 8.0),
    ),
    Scheme(
        "sabotage",
        weight=0.03,
        victims="fresh",
        tracks=(1, 1),
        days=(1, 4),
        volume=(4, 60),
        floor=300,
        territories=(1, 3),
        source=_PLAYLIST,
        streams_per_listener=(1.01, 2.0),
    ),
    Scheme(
        "datacentre",
        weight=0.07,
        victims="any",
        tracks=(1, 3),
        days=(5, 40),
        volume=(3, 80),
        floor=150,
        territories=(1, 4),
        device=({"desktop": 0.7, "web": 0.3}, {"web": 1.0}, {"desktop": 1.0}),
        streams_per_listener=(1.01, 12.0),
        overdispersion=0.002,
        accounts=(20, 2000),
    ),
    Scheme(
        "sprinkling",
        weight=0.06,
        victims="act",
        tracks=(1, 4),
        days=(20, 70),
        volume=(0.15, 0.40),
        curves=(curves.step, curves.plateau),
        stores="one",
        territories=(2, 6),
        pick="own",
        source=({"user_playlist": 0.8, "other": 0.2}, {"library": 0.6, "search": 0.4}),
        streams_per_listener=(1.01, 1.6),
        level="artist",
        accounts=(200, 5000),
    ),
    Scheme(
        "lockstep",
        weight=0.07,
        victims="scattered",
        tracks=(10, 60),
        days=(10, 40),
        volume=(2.2, 5.0),
        relative=False,
        territories=(1, 3),
        tier=({"free": 1.0}, {"family": 1.0}, {"premium": 1.0}),
        streams_per_listener=(1.01, 1.1),
        level="group",
        accounts=(20, 400),
    ),
    Scheme(
        "trial_drip",
        weight=0.05,
        victims="any",
        tracks=(1, 3),
        days=(10, 45),
        volume=(1, 12),
        floor=30,
        curves=(curves.plateau, curves.growing, curves.on_and_off),
        territories=(1, 4),
        tier=({"trial": 1.0},),
        device=({"mobile": 0.9, "web": 0.1}, {"web": 1.0}),
        streams_per_listener=(1.01, 1.8),
        accounts=(100, 3000),
    ),
    Scheme(
        "label_burst",
        weight=0.05,
        victims="label",
        tracks=(5, 40),
        days=(1, 4),
        volume=(4, 60),
        floor=80,
        territories=(1, 4),
        streams_per_listener=(1.05, 10),
        level="label",
    ),
    Scheme(
        "replay",
        weight=0.05,
        victims="any",
        tracks=(1, 3),
        days=(6, 40),
        volume=(2, 30),
        floor=40,
        territories=(1, 2),
        streams_per_listener=(1.01, 6.0),
        overdispersion=0.0,
        exact=True,
    ),
)

RESERVED = (
    Scheme(
        "pulses",
        weight=0.25,
        victims="act",
        tracks=(3, 8),
        days=(12, 40),
        volume=(2, 15),
        floor=15,
        curves=(curves.on_and_off,),
        level="artist",
    ),
    Scheme(
        "staged_viral",
        weight=0.25,
        victims="any",
        tracks=(1, 1),
        days=(10, 35),
        volume=(3, 60),
        floor=40,
        curves=(curves.ramp,),
        stores="all",
        territories=(3, 8),
        source=({"search": 0.7, "user_playlist": 0.3},),
        tier=None,
        device=None,
        streams_per_listener=(1.01, 1.2),
        save_rate=0.006,
        sub30_share=0.10,
    ),
    Scheme(
        "speaker_farm",
        weight=0.25,
        victims="any",
        tracks=(1, 4),
        days=(7, 40),
        volume=(1, 12),
        floor=10,
        territories=(1, 1),
        pick="own",
        source=({"radio": 1.0}, {"algorithmic": 1.0}),
        tier=({"family": 1.0}, {"student": 1.0}),
        device=({"speaker": 1.0}, {"tv": 1.0}, {"console": 1.0}),
        streams_per_listener=(2.0, 30.0),
    ),
    Scheme(
        "save_bots",
        weight=0.25,
        victims="any",
        tracks=(1, 2),
        days=(3, 20),
        volume=(2, 30),
        floor=20,
        source=({"search": 0.5, "artist_page": 0.5},),
        streams_per_listener=(1.01, 3.0),
        save_rate=0.6,
        sub30_share=0.3,
        listened_share=(0.8,),
    ),
)
"""Kinds kept apart from those a detector is developed with; drawn only where they are asked for."""
