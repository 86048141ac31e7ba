"""loop-tui: run, gate and watch loops from the keyboard."""

__version__ = "0.1.0"
