"""Files: the one safe way to open, write and replace them, where things lie, and reading `.git` without a program."""
