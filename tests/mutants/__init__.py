"""One-line mutants: each breaks one rule of the program, and its tests have to notice.

`table.toml` lists them, `make mutants` runs them, and `test_table.py` keeps the list true to the code.
"""
