"""Damaged and hostile contents for every file that is read: `python -m tests.fuzz --inputs 100000 --seed 1`."""
