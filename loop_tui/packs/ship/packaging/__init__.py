"""Packing the shipped commit with npm, in a clean copy of it."""
