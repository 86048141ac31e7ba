"""Where a push of the checked-out branch goes, read from git's configuration as git reads it (git-push(1), "push.*").

Where git would refuse, because its configuration does not say, the likeliest place is told with the reason (`unsure`):
somebody has to say yes to it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from . import git

_HEADS = "refs/heads/"


@dataclass(frozen=True)
class PushTarget:
    """A branch of a remote, and the local branch that is brought there.

    `why` says which setting names it, in words; `unsure` why git itself would not push there without being told.
    """

    remote: str
    branch: str
    local: str
    why: str = ""
    unsure: str = ""
    upstream: tuple[str, str] | None = None
    """Remote and branch that the local one is compared with by git, where that is another than it is pushed to."""
    is_only: bool = False
    """The local branch has no upstream, and goes to the same name: nothing speaks for another place."""

    def __str__(self) -> str:
        """As people write it: `origin/main`."""
        return f"{self.remote}/{self.branch}"


Config = Mapping[str, Sequence[str]]
"""The settings `remote.*`, `branch.*` and `push.*` as git lists them, each with its values, the last one last."""


async def find(root: Path, local: str, remote: str = "") -> PushTarget:
    """Where this branch is pushed to; `remote` where a person named one. Raises Problem when there is no telling."""
    done = await git.call(root, "config", "-z", "--get-regexp", r"^(remote|branch|push)\.")
    config: dict[str, list[str]] = defaultdict(list)
    for entry in git.fields(git.text_of(done)) if done.exit_code == 0 else ():
        key, _, value = entry.partition("\n")
        config[key].append(value)
    return choose(config, await git.remotes(root), local, remote)


def choose(config: Config, names: Sequence[str], local: str, remote: str = "") -> PushTarget:
    """Where git would push a branch, by its settings and the names of the remotes.

    The settings `remote.NAME.push` come first, then `push.default`: current and matching give the same name, simple and
    upstream the upstream's. (Of an upstream with another name simple makes a refusal; here it is where the branch goes,
    SHIP "the branch and its upstream".) Raises Problem when no remote is meant, or none that is here.
    """
    to = _remote(config, names, local, remote)
    tracked, merge = _last(config, f"branch.{local}.remote"), _last(config, f"branch.{local}.merge")
    usual = tracked if tracked in names else _usual(names)
    upstream = merge.removeprefix(_HEADS) if tracked == to and merge.startswith(_HEADS) else ""
    other = (tracked, merge.removeprefix(_HEADS)) if tracked in names and merge.startswith(_HEADS) else None
    if specs := config.get(f"remote.{to}.push"):
        return PushTarget(to, _mapped(specs, local, to), local, f"remote.{to}.push says so", upstream=other)
    how = _last(config, "push.default").lower() or "simple"
    same, unsure = f"the same name, push.default = {how}", ""
    if how == "nothing":
        unsure = "push.default = nothing: git pushes only what it is told to"
    elif how in ("upstream", "tracking") and not upstream:
        unsure = f"push.default = {how}, and {local} has no upstream at {to}"
    if how in ("current", "matching"):
        return PushTarget(to, local, local, same, upstream=other)
    if upstream:
        return PushTarget(to, upstream, local, f"the upstream of {local}", unsure)
    why = same if to != usual else "the same name: no upstream is set"
    return PushTarget(to, local, local, why, unsure, other, is_only=not merge and not unsure)


def _remote(config: Config, names: Sequence[str], local: str, wanted: str) -> str:
    if wanted:
        if wanted in names:
            return wanted
        what = f"there is no remote {one_line(wanted)!r}: there is nowhere to push to"
        raise Problem(what, todo=f"git remote add {one_line(wanted)} URL", code=Code.GIT_STATE)
    for key in (f"branch.{local}.pushremote", "remote.pushdefault", f"branch.{local}.remote"):
        value = _last(config, key)
        if value in names:
            return value
        if value not in ("", "."):  # A dot is this very repository.
            what = f"git pushes {local} to {one_line(value, 200)} ({key}), which is none of the remotes here"
            raise Problem(what, todo=f"git config {key} NAME", code=Code.GIT_STATE)
    if usual := _usual(names):
        return usual
    if not names:
        what = "no remote is configured: there is nowhere to push to"
        raise Problem(what, todo="git remote add origin URL", code=Code.GIT_STATE)
    what = f"several remotes and none is this branch's: {', '.join(map(one_line, names))}"
    raise Problem(what, todo=f"git config branch.{local}.remote NAME", code=Code.GIT_STATE)


def _usual(names: Sequence[str]) -> str:
    return "origin" if "origin" in names else names[0] if len(names) == 1 else ""


def _last(config: Config, key: str) -> str:
    values = config.get(key)
    return values[-1] if values else ""


def _mapped(specs: Sequence[str], local: str, remote: str) -> str:
    """The branch that a remote's own push settings give a local one. Raises Problem when they give it none."""
    ref = f"{_HEADS}{local}"
    for spec in specs:
        source, colon, target = spec.removeprefix("+").partition(":")
        if not source and colon and not target:
            return local
        before, star, after = source.partition("*")
        if star:
            if not (ref.startswith(before) and ref.endswith(after) and len(ref) >= len(before) + len(after)):
                continue
            target = target.replace("*", ref[len(before) : len(ref) - len(after)], 1)
        elif source not in (ref, local, "HEAD", "@"):
            continue
        target = target or ref
        if target.startswith(_HEADS) or not target.startswith("refs/"):
            return target.removeprefix(_HEADS)
        what = f"remote.{remote}.push brings {local} to {one_line(target, 100)}, which is no branch"
        raise Problem(what, todo=f"git config --unset-all remote.{remote}.push", code=Code.GIT_STATE)
    what = f"remote.{remote}.push brings other branches there, and not {local}"
    raise Problem(what, todo=f"git config --add remote.{remote}.push {ref}", code=Code.GIT_STATE)
