"""What is timed, against the bare library doing the same work."""
