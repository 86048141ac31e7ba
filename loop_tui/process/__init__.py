"""Running other programs, and ending all that they started."""
