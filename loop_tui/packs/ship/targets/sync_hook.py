"""Git hooks that keep slash commands in step outside the loop: after a commit, and after a merge or pull.

Git has no hook after a push; `pre-push` would run before anybody knows whether the push is taken, and could stop it.
What is written is a block between two lines of ours, below the first line of a hook that is there already.
"""

import os
import shlex
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.services.git import git

HOOKS = ("post-commit", "post-merge")
STAYS = "not replaced"
"""What the line of the sync that a person has to see begins with, also where a hook runs it."""
_BEGIN, _END = "# >>> loop-tui: slash commands", "# <<< loop-tui: slash commands"
_OURS = " (the file is ours)"
_SHEBANG = "#!/bin/sh\n"
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh")
_HUSKY = "_"


class HookEdit(Struct, frozen=True):
    """A hook as it is and as it would be; None where there is none."""

    path: Path
    before: str | None
    after: str | None

    @property
    def changes(self) -> bool:
        """True when there is something to write."""
        return self.before != self.after


async def hooks_folder(root: Path) -> Path:
    """Where git looks for the hooks of this repository; for husky the folder of the scripts that it runs.

    Raises Problem for a folder outside of the repository: hooks in it are those of others, too.
    """
    told = (await git.ask(root, "rev-parse", "--git-path", "hooks")).strip()
    folder = Path(os.path.normpath(root / told))
    common = (await git.ask(root, "rev-parse", "--git-common-dir")).strip()
    inside = (root, Path(os.path.normpath(root / common)))
    if not any(folder.is_relative_to(place) for place in inside):
        what = "core.hooksPath names a folder that other repositories use, too"
        todo = f"add it there by hand: {_command('')}"
        raise Problem(what, str(folder), todo, code=Code.PATH_UNSAFE)
    return folder.parent if folder.name == _HUSKY and (folder / "h").exists() else folder


def installed(folder: Path, inner: str) -> tuple[HookEdit, ...]:
    """The hooks with our block in them; `inner` is the project's folder inside the repository.

    Raises Problem for a hook that is a link, is no shell script, or that git does not run.
    """
    return tuple(_with(folder / name, inner, needs_mode=folder.name != ".husky") for name in HOOKS)


def removed(folder: Path) -> tuple[HookEdit, ...]:
    """The hooks without our block: what others wrote stays as it is, and a file that we made goes."""
    return tuple(_without(folder / name) for name in HOOKS)


def _with(path: Path, inner: str, *, needs_mode: bool) -> HookEdit:
    before = _read(path)
    clean = _without(path).after
    if clean is None:
        head = "" if path.parent.name == ".husky" else _SHEBANG
        return HookEdit(path, before, head + _block(inner, ours=True))
    first, _, rest = clean.partition("\n")
    if needs_mode and not os.access(path, os.X_OK):
        raise Problem("this hook is not executable, so git does not run it", str(path), _BY_HAND, code=Code.NOT_ALLOWED)
    if not first.startswith("#!"):
        return HookEdit(path, before, _block(inner) + clean)
    if not _is_shell(first):
        raise Problem("this hook is not a shell script", str(path), _BY_HAND, code=Code.FILE_INVALID)
    return HookEdit(path, before, f"{first}\n{_block(inner)}{rest}")


def _without(path: Path) -> HookEdit:
    before = _read(path)
    if before is None:
        return HookEdit(path, None, None)
    kept: list[str] = []
    inside = made = False
    for line in before.splitlines(keepends=True):
        if line.startswith(_BEGIN):
            inside, made = True, _OURS in line
        elif inside and line.startswith(_END):
            inside = False
        elif not inside:
            kept.append(line)
    text = "".join(kept)
    if inside:
        what, todo = f"the line `{_END}` is missing", "restore it below the lines of loop-tui, or remove these by hand"
        raise Problem(what, str(path), todo, code=Code.FILE_INVALID)
    return HookEdit(path, before, None if made and text in ("", _SHEBANG) else text)


def _read(path: Path) -> str | None:
    """The text of a hook, or None. Raises Problem for a link, and for what is no text."""
    if path.is_symlink():
        what = "this hook is a link, and its target is not changed"
        raise Problem(what, str(path), _BY_HAND, code=Code.PATH_UNSAFE)
    try:
        return read_plain(path, MANIFEST).decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise Problem("this hook is not text", str(path), _BY_HAND, code=Code.FILE_INVALID) from None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from error


def _is_shell(first: str) -> bool:
    words = first.removeprefix("#!").split()
    return bool(words) and Path(words[-1] if Path(words[0]).name == "env" else words[0]).name in _SHELLS


def _command(inner: str) -> str:
    """What keeps the commands in step: it says only what was not done, and never fails."""
    folder = '"$(git rev-parse --show-toplevel)"' + (f"/{shlex.quote(inner)}" if inner else "")
    return f"loop-tui targets sync --project {folder} 2>/dev/null </dev/null | grep '^{STAYS}' || :"


_BY_HAND = f"add it by hand: {_command('')}"


def _block(inner: str, *, ours: bool = False) -> str:
    return f"{_BEGIN}{_OURS if ours else ''}\n{_command(inner)}\n{_END}\n"
