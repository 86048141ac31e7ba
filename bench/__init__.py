"""Speed, each figure beside the bare tool measured in the same run: `python -m bench.run`, or `make bench`."""
