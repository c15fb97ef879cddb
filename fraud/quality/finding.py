"""What a check of the gate found."""

from dataclasses import dataclass
from datetime import date

from fraud.config import Severity


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong with one day: where, how much, and how much is usual.

    A `fail` stops the day, a `warn` is told beside its report. `value` and `bound` are in the unit
    that `message` states; `store` is empty where the finding is about all stores.
    """

    day: date
    severity: Severity
    check: str
    store: str
    value: float
    bound: float
    message: str
