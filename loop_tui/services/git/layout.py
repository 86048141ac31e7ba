"""Where a repository keeps its own files, where that is the usual place: git is asked everywhere else.

Source: gitrepository-layout(5). Each question to git starts a program, and a release asks many.
"""

from pathlib import Path

from loop_tui.fs.limits import GIT_INDEX
from loop_tui.fs.plain import read_plain

from . import read_only

_ELSEWHERE = ("commondir", "reftable")
"""What lies in the folder when branches and the rest are kept in another place, or in another form."""
_REPLACED = b" refs/replace/"


def usual_folder(root: Path) -> Path | None:
    """The `.git` of a working tree that has all in it; None where git has to be asked: on a look, a link, a file."""
    folder = root / ".git"
    if read_only.is_looking() or folder.is_symlink() or not (folder / "HEAD").is_file():
        return None
    return None if any((folder / name).exists() for name in _ELSEWHERE) else folder


def surely_replaces_nothing(root: Path) -> bool:
    """True where a repository has no reference below `refs/replace/` for certain."""
    folder = usual_folder(root)
    if folder is None or (folder / "refs" / "replace").exists():
        return False
    try:
        return _REPLACED not in read_plain(folder / "packed-refs", GIT_INDEX)
    except FileNotFoundError:
        return True
    except OSError:
        return False
