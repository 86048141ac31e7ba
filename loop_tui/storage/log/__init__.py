"""The output log of a run."""
