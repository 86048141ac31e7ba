"""git behind narrow functions."""
