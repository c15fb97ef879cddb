"""The gate: whether what arrived may enter the lake, and whether a day is fit to be judged."""

from fraud.quality.finding import Finding
from fraud.quality.gate import GateResult, gate
from fraud.quality.outage import outages

__all__ = ["Finding", "GateResult", "gate", "outages"]
