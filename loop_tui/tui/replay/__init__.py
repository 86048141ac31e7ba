"""A run that is over, event by event."""
