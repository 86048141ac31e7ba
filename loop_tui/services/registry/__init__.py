"""The registry of packages, through the programs that people publish with."""
