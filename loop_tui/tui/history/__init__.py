"""Runs that are over: filtered, and compared."""
