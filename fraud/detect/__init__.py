"""From evidence to scores with reasons."""
