"""What a store pays for a play: from the royalty reports where there are any, else public averages.

A public average is an order of magnitude, good enough to rank one incident above another, and
marked as assumed wherever it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

import polars as pl

STORE_PAY = {"spotify": 1.0, "apple_music": 1.9, "youtube_content_id": 0.06}
"""Pay of a play relative to Spotify's, other stores 1: one label's 1.5 billion plays of 2019 earned
USD 0.00348 a play at Spotify, 0.00675 at Apple Music, 0.00022 by YouTube's Content ID (The
Trichordist, Streaming Price Bible, reported by Music Ally on 2020-03-06)."""

TERRITORY_PAY = {
    **dict.fromkeys(("CH", "DK", "FI", "GB", "IE", "IS", "NO", "SE"), 2.0),
    **dict.fromkeys(("AR", "EG", "ID", "IN", "PH", "TR"), 0.3),
}
"""Pay of a play relative to the average, other territories 1: half a year of iGroove's clients in
133 countries (2024) puts the first group above USD 5,000 a million Spotify plays and the second
below 1,000; by Tools 4 Music's figures of 2025 the first, and Sweden, earn about twice the mean."""

PER_EUR = {"EUR": 1.0, "USD": 1.08, "GBP": 0.85, "CHF": 0.95, "DKK": 7.46, "SEK": 11.43}
"""Units of a currency in one euro: the European Central Bank's reference rates, mean of 2024.
Royalties in other currencies are not converted and count as not reported."""

LEAST_STREAMS = 1_000
"""A cell of the royalty reports with fewer plays gives no rate: a correction is no pay."""

ANY = "*"

Cell = tuple[str, str, str]
"""Store, territory and tier; ANY where all of them are taken together."""


@dataclass(frozen=True)
class PayTable:
    """The pay of one play in EUR, by store, territory and tier."""

    reported: Mapping[Cell, float] = field(default_factory=dict)
    tiers: Mapping[tuple[str, str, str], Mapping[str | None, int]] = field(default_factory=dict)
    """The night's plays by tier of a track, store and territory, where a report tells them."""

    def eur(
        self, store: str, territory: str, average_eur: float, tier: str | None = None
    ) -> tuple[float, bool]:
        """Return the pay of a play and whether it is reported; narrowest known cell first.

        `average_eur` is the assumed pay of a play at a store and in a territory of factor 1.
        """
        for cell in ((store, territory, tier or ANY), (store, territory, ANY), (store, ANY, ANY)):
            if cell in self.reported:
                return self.reported[cell], True
        assumed = average_eur * STORE_PAY.get(store, 1.0) * TERRITORY_PAY.get(territory, 1.0)
        return assumed, False

    def of_track(
        self, track_id: str, store: str, territory: str, average_eur: float
    ) -> tuple[float, bool]:
        """Return the mean pay of a track's plays in a place, by the tiers that they came from."""
        tiers = self.tiers.get((track_id, store, territory))
        if not tiers or not any(tiers.values()):
            return self.eur(store, territory, average_eur)
        whole = sum(tiers.values())
        paid = [(n, *self.eur(store, territory, average_eur, tier)) for tier, n in tiers.items()]
        return sum(n * pay for n, pay, _ in paid) / whole, all(known for *_, known in paid)

    def with_tiers(self, plays: pl.DataFrame) -> Self:
        """Return the table with a night's plays by track_id, store, territory and tier."""
        tiers: dict[tuple[str, str, str], dict[str | None, int]] = {}
        for track, store, territory, tier, streams in plays.select(
            "track_id", "store", "territory", "tier", "streams"
        ).iter_rows():
            tiers.setdefault((track, store, territory), {})[tier] = streams
        return type(self)(self.reported, tiers)


def pay_per_stream(royalties: pl.DataFrame, day: date) -> PayTable:
    """Return what the royalty reports say of the pay of a play, as it was known for `day`.

    `royalties` has store, territory, tier, period_start, period_end, streams, amount and currency;
    a null territory or tier means that the report does not tell them apart. For each store the
    latest period that began by `day` counts, and within it each cell's amount over its plays.
    """
    rates = pl.DataFrame(
        {"currency": [*PER_EUR], "per_eur": [*PER_EUR.values()]},
        schema={"currency": pl.String, "per_eur": pl.Float64},
    )
    known = (
        royalties.filter(pl.col("period_start") <= day)
        .filter(pl.col("period_end") == pl.col("period_end").max().over("store"))
        .join(rates, on="currency")
        .select(
            "store",
            pl.col("territory").fill_null(ANY),
            pl.col("tier").fill_null(ANY),
            "streams",
            eur=pl.col("amount") / pl.col("per_eur"),
        )
        .sort("store", "territory", "tier", "streams", "eur")
    )
    reported: dict[Cell, float] = {}
    for keys in (("store", "territory", "tier"), ("store", "territory"), ("store",)):
        summed = (
            known.group_by(keys, maintain_order=True)
            .agg(pl.col("streams").sum(), pl.col("eur").sum())
            .filter(pl.col("streams") >= LEAST_STREAMS, pl.col("eur") > 0)
        )
        for row in summed.iter_rows(named=True):
            cell = (row["store"], row.get("territory", ANY), row.get("tier", ANY))
            reported[cell] = row["eur"] / row["streams"]
    return PayTable(reported)
