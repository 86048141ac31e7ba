"""Does the project hold: its checks, its build, and a server that answers."""
