"""Runs that are over: written once, read in every form, and asked."""
