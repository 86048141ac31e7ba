"""Documents of a project: their kinds and life cycle, what they refer to, and what of that is stale."""
