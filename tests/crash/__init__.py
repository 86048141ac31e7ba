"""The crash matrix: a driver is killed at hundreds of instants, and whoever goes on ends in the same world (SPEC 6).

`worlds.py` makes the worlds (a project with a bare remote; the same on the small GitHub; one that publishes, too, to a
real registry: `shop.py`), `holds.py` stops a program at an instant without a clock, `instants.py` says what an instant
is, `kills.py` how one dies there, and draws the plan, `landing.py` tells where a kill landed, `final.py` looks at the
world when all is over, `case.py` puts them together, `table.py` prints.

    python -m tests.crash --kills 200 --seed 1      # or: make crash
    python -m tests.crash --kills 60 --worlds registry   # from the first effect of publishing on
"""
