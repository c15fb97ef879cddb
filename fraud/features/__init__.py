"""From counts to evidence: each unit against its own past, its surroundings and the catalogue."""
