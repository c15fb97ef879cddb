"""Tells record labels and distributors which of their tracks are being streamed by machines."""

__version__ = "0.1.0"
