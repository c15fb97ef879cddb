"""Who is told, and how: a line in HOME/notifications.ndjson, and messages to people's channels."""
