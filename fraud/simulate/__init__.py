"""Worlds with planted fraud and innocent look-alikes, in report files that the pipeline reads."""

from fraud.simulate.world import World, simulate

__all__ = ["World", "simulate"]
