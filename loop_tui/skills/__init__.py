"""The built-in skills, one file each."""
