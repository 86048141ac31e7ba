"""What is at a path, where pathlib raises for places that may not be looked at, such as those below `/proc`."""

from pathlib import Path


def is_folder(path: Path) -> bool:
    """True for a folder; False for anything else, and for what may not be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """True for a file; False for anything else, and for what may not be looked at."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """True when something is there; False when there is nothing, or it may not be looked at."""
    try:
        return path.exists()
    except OSError:
        return False
