"""Runs that are over, for faces that know no storage."""

from loop_tui.storage.archive.query import read_run as read_run
from loop_tui.storage.archive.query import read_runs as read_runs
