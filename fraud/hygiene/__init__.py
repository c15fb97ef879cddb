"""The catalogue's own hygiene: what a store would hold against whoever let it in."""
