"""All runs below some folders."""
