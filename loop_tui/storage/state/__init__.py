"""The state of a live run, its journal and its lease."""
