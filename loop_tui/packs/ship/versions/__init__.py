"""Which version comes next, why, and how that is written down."""
