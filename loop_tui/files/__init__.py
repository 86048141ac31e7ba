"""Reading and writing: the edges that touch the disk."""
