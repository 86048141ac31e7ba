"""Texts to be read: deliverables, checks, what a skill changed."""
