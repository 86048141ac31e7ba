"""The crash matrix: a driver is killed at hundreds of instants, and whoever goes on ends in the same world (SPEC 6).

`worlds.py` makes the worlds (a project with a bare remote; the same on the small GitHub), `holds.py` stops a program
at an instant without a clock, `kills.py` says when to kill and draws the plan, `landing.py` tells where a kill landed,
`final.py` looks at the world when all is over, `case.py` puts them together, `table.py` prints.

    python -m tests.crash --kills 200 --seed 1      # or: make crash
"""
