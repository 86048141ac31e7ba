"""Objects that git shows another content for than they have: what is read here is not what a remote gets of them.

Sources: git-replace(1), and gitrepository-layout(5), "info/grafts".
"""

import shlex
from pathlib import Path

from loop_tui.fs.limits import GIT
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .git import END_OF_OPTIONS, ask, call, path_of
from .layout import surely_replaces_nothing

_REFS = "refs/replace/"
_TIMEOUT_S = 600


async def replaced(root: Path, revision: str = "HEAD") -> Problem | None:
    """Why what is read of a revision is not what is pushed of it, with the command that ends it; None where it is.

    A replacement counts only for what the revision leads to: commits, trees and files. Raises Problem when git says no.
    """
    by_ref = await _by_ref(root)
    if by_ref and (await call(root, "config", "--type=bool", "core.useReplaceRefs")).stdout.strip() == "false":
        by_ref = set()
    file = await path_of(root, "info/grafts")
    grafted = _grafted(file)
    wanted = by_ref | grafted
    sha = next((sha for sha in await _led_to(root, revision) if sha in wanted), "") if wanted else ""
    if not sha:
        return None
    if sha in by_ref:
        what, todo = "replaced by another commit here (git replace)", f"git replace -d {sha}"
    else:
        what, todo = f"given other parents here ({file})", f"rm {shlex.quote(str(file))}"
    return Problem(f"{sha[:7]} is {what}, but a push sends the original", todo=todo, code=Code.GIT_STATE)


async def _by_ref(root: Path) -> set[str]:
    if surely_replaces_nothing(root):
        return set()
    listed = await ask(root, "for-each-ref", "--format=%(refname)", _REFS)
    return {name.removeprefix(_REFS) for name in listed.split()}


def _grafted(file: Path) -> set[str]:
    try:
        lines = read_text(file, GIT).splitlines()
    except FileNotFoundError:
        return set()
    except (OSError, ValueError) as error:
        what = f"cannot read which commits were given other parents: {error}"
        raise Problem(what, str(file), f"check {file}", code=Code.GIT_STATE) from error
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


async def _led_to(root: Path, revision: str) -> list[str]:
    """All objects of a revision, as a push brings them."""
    options = ("--objects", "--no-object-names", "--missing=allow-any")
    env = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": "/dev/null"}
    done = await call(root, "rev-list", *options, END_OF_OPTIONS, revision, env=env, timeout_s=_TIMEOUT_S)
    return done.stdout.split() if done.exit_code == 0 else []
