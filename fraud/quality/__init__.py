"""The gate: whether what arrived for a day is fit to be judged."""

from fraud.quality.finding import Finding
from fraud.quality.gate import GateResult, gate

__all__ = ["Finding", "GateResult", "gate"]
