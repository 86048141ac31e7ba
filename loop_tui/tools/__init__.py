"""Outside programs behind narrow functions."""
