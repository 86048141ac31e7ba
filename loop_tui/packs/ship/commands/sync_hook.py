"""`loop-tui targets sync`, `targets hook install|remove`: slash commands kept in step outside of the loop."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.homes import claude_home
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.targets.kinds.commands_sync import synchronise
from loop_tui.packs.ship.targets.sync_hook import (
    HOOKS,
    STAYS,
    HookEdit,
    hooks_folder,
    installed,
    removed,
)
from loop_tui.runners.pack_api import CommandHost
from loop_tui.services.git import git
from loop_tui.services.git.scope import package_folder

WAITING = 3


async def run(host: CommandHost, words: Sequence[str], options: Mapping[str, object]) -> int:
    """Do what the words behind `targets` say; gives the exit code. Raises Problem for words that mean nothing."""
    match tuple(words):
        case ("sync",):
            return _sync(host, agreed=bool(options["yes"]))
        case ("hook", "install" | "remove" as wanted):
            return await _hook(host, wanted, agreed=bool(options["yes"]))
    todo = "loop-tui targets sync, targets hook install, targets hook remove"
    raise Problem(f"unknown arguments: {' '.join(words)}", todo=todo, code=Code.USAGE)


def _sync(host: CommandHost, *, agreed: bool) -> int:
    done = synchronise(host.project, claude_home(), replace=agreed)
    changed = f": {few(done.changed)}" if done.changed else ""
    host.say(f"{count_of(len(done.changed), 'slash command')} changed{changed}")
    if done.stay:
        todo = "loop-tui targets sync --yes replaces it, and keeps a copy"
        host.say(f"{STAYS}: {few(done.stay)}, changed since it was written; {todo}")
    return WAITING if done.stay else 0


async def _hook(host: CommandHost, wanted: str, *, agreed: bool) -> int:
    root = await git.repository_root(host.project)
    if root is None:
        raise Problem("the project is not in a git repository", str(host.project), code=Code.NO_REPOSITORY)
    folder = await hooks_folder(root)
    found = removed(folder) if wanted == "remove" else installed(folder, package_folder(host.project, root))
    edits = [edit for edit in found if edit.changes]
    if not edits:
        host.say("nothing to change: the hooks are " + ("not installed" if wanted == "remove" else "installed already"))
        return 0
    for edit in edits:
        host.say(_diff(edit))
    if not agreed:
        host.say(f"\nnothing was written; loop-tui targets hook {wanted} --yes writes it")
        return WAITING
    for edit in edits:
        _write(edit)
    host.say(f"\nwrote {few([str(edit.path) for edit in edits])}: git runs them after {' and '.join(_AFTER)}")
    return 0


_AFTER = tuple(name.removeprefix("post-") for name in HOOKS)


def _diff(edit: HookEdit) -> str:
    before, after = ((text or "").splitlines() for text in (edit.before, edit.after))
    old, new = ("/dev/null" if text is None else str(edit.path) for text in (edit.before, edit.after))
    return "\n".join(difflib.unified_diff(before, after, old, new, lineterm=""))


def _write(edit: HookEdit) -> None:
    """Write one hook, or take away the file that we made. Raises Problem."""
    if edit.after is None:
        edit.path.unlink(missing_ok=True)
        return
    edit.path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(edit.path, edit.after.encode())
    if edit.before is None:
        Path(edit.path).chmod(0o755)
