"""What artificial plays elsewhere cost a catalogue, and what other rules of payment would change.

A store pays a pool out over a period. Under pro-rata payment every counted play takes the same
part of it, so each artificial play takes from all others. With R the pool, N the counted plays, a
the artificial share of them, and g the catalogue's own plays (people's, by assumption):

- pro rata: R · g / N
- pro rata without artificial plays: R · g / (N · (1 − a)); the difference is the cost
- user-centric: what an account pays goes to what it plays, so accounts of machines pay machines
  only. With U accounts, V of them machines', all paying the same and people's alike in what they
  play: R · (1 − V / U) · g / (N · (1 − a))
- artist-centric: plays of artists with 1,000 plays by 500 listeners a month count twice. With b, B
  and m the shares of such plays in the catalogue's, in people's and in artificial ones:
  R · g · (1 + b) / (N · (1 − a) · (1 + B) + N · a · (1 + m))

Sources: Deezer and Universal Music Group, announcement of the artist-centric model, 2023-09-06 (the
double boost); Centre national de la musique with Deloitte, study of user-centric payment, 2021.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fraud.errors import CallError

PERIOD_DAYS = 30
PERCENT = 100
MACHINE_PLAYS_A_DAY = 636
"""Plays of one machine account a day, where their number is not given: what the indictment in
United States v. Smith (S.D.N.Y. 2024) says of 1,040 accounts."""


@dataclass(frozen=True)
class Pool:
    """The figures of one store and period; shares are 0–1, money is in any one currency."""

    revenue: float
    plays: int
    artificial_share: float
    own_plays: int
    days: int = PERIOD_DAYS
    users: int | None = None
    machine_users: int | None = None
    own_boosted_share: float = 1.0
    boosted_share: float = 1.0
    artificial_boosted_share: float = 0.0

    def __post_init__(self) -> None:
        for fault in _faults(self):
            raise CallError(fault)

    @property
    def machines(self) -> int | None:
        """Return the accounts of machines: as given, else what their plays take."""
        if self.machine_users is not None or self.users is None:
            return self.machine_users
        return round(self.artificial_share * self.plays / (MACHINE_PLAYS_A_DAY * self.days))


@dataclass(frozen=True)
class Payment:
    """What one rule pays the catalogue, and how that differs from pro-rata payment as it is."""

    rule: str
    paid: float
    difference: float


def dilution(pool: Pool) -> list[Payment]:
    """Return what each rule pays, pro rata as it is first; user-centric where users are given."""
    people = pool.plays * (1 - pool.artificial_share)
    machines = pool.plays * pool.artificial_share
    as_it_is = pool.revenue * pool.own_plays / pool.plays
    without = pool.revenue * pool.own_plays / people
    paid = {"pro rata": as_it_is, "pro rata without artificial plays": without}
    if pool.users and pool.machines is not None:
        paid["user-centric"] = without * (1 - pool.machines / pool.users)
    weights = people * (1 + pool.boosted_share) + machines * (1 + pool.artificial_boosted_share)
    paid["artist-centric"] = pool.revenue * pool.own_plays * (1 + pool.own_boosted_share) / weights
    return [Payment(rule, amount, amount - as_it_is) for rule, amount in paid.items()]


def _faults(pool: Pool) -> Iterator[str]:
    shares = {
        "artificial share": pool.artificial_share,
        "own boosted share": pool.own_boosted_share,
        "boosted share": pool.boosted_share,
        "boosted share of artificial plays": pool.artificial_boosted_share,
    }
    for what, share in shares.items():
        if not 0 <= share <= 1:
            meant = f"; {share:g} % is {share / 100:g}" if 1 < share <= PERCENT else ""
            yield f"the {what} is a share from 0 to 1, not {share:g}{meant}"
    if pool.artificial_share == 1:
        yield "an artificial share of 1 leaves no plays of people"
    if not 0 <= pool.revenue < math.inf:
        yield f"the revenue is an amount of money of 0 or more, not {pool.revenue:g}"
    if pool.plays <= 0 or pool.days <= 0:
        yield f"a pool of {pool.plays:,} plays in {pool.days:,} days pays nobody; give 1 or more"
    people = round(pool.plays * (1 - pool.artificial_share))
    if not 0 <= pool.own_plays <= people:
        yield (
            f"the catalogue cannot have {pool.own_plays:,} of the {people:,} plays that people"
            " made; are both of the same store and period?"
        )
    if pool.machine_users is not None and pool.users is None:
        yield "the machines' accounts say nothing without all accounts; give --users as well"
    if pool.users is not None and (pool.users <= 0 or (pool.machines or 0) > pool.users):
        yield f"{pool.users:,} accounts are fewer than the {pool.machines or 0:,} of machines"
