"""Changing single values in a JSON text, and keeping every other byte."""
