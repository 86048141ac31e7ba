"""Where a push of the checked-out branch goes, read from git's configuration as git reads it (git-push(1), "push.*").

Where git would refuse, because its configuration does not say, the likeliest place is told with the reason (`unsure`):
somebody has to say yes to it.
"""

import asyncio
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from . import git

_HEADS = "refs/heads/"


class PushTarget(Struct, frozen=True):
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
    asked = git.call(root, "config", "-z", "--get-regexp", r"^(remote|branch|push)\.")
    done, names = await asyncio.gather(asked, git.remotes(root))
    config: dict[str, list[str]] = defaultdict(list)
    for entry in git.fields(git.text_of(done)) if done.exit_code == 0 else ():
        key, _, value = entry.partition("\n")
        config[key].append(value)
    return choose(config, names, local, remote)


def choose(config: Config, names: Sequence[str], local: str, remote: str = "") -> PushTarget:
    """Where git would push a branch, by its settings and the names of the remotes.

    The settings `remote.NAME.push` come first, then `push.default`: current and matching give the same name, simple and
    upstream the upstream's. (Of an upstream with another name simple makes a refusal; here it is where the branch goes,
    SHIP "the branch and its upstream".) Raises Problem when no remote is meant, or none that is here, and where several
    upstream branches would be: git pushes to none of them.
    """
    to = _remote(config, names, local, remote)
    tracked, merge = _last(config, f"branch.{local}.remote"), _last(config, f"branch.{local}.merge")
    usual = tracked if tracked in names else _usual(names)
    upstream = merge.removeprefix(_HEADS) if tracked == to and merge.startswith(_HEADS) else ""
    other = (tracked, merge.removeprefix(_HEADS)) if tracked in names and merge.startswith(_HEADS) else None
    if specs := config.get(f"remote.{to}.push"):
        return PushTarget(to, _mapped(specs, local, to), local, f"set by remote.{to}.push", upstream=other)
    how = _last(config, "push.default").lower() or "simple"
    same, unsure = f"the same name, by push.default = {how}", ""
    if how == "nothing":
        unsure = "push.default = nothing: git pushes only what is named"
    elif how in ("upstream", "tracking") and not upstream:
        unsure = f"push.default = {how}, and {local} has no upstream at {to}"
    if how in ("current", "matching"):
        return PushTarget(to, local, local, same, upstream=other)
    if upstream and how != "nothing" and len(several := config[f"branch.{local}.merge"]) > 1:
        names_ = ", ".join(one_line(each.removeprefix(_HEADS), 100) for each in several)
        what = f"{one_line(local)} has several upstream branches ({names_}): git pushes to none of them"
        todo = f"git config --replace-all branch.{one_line(local)}.merge {_HEADS}NAME"
        raise Problem(what, todo=todo, code=Code.GIT_STATE)
    if upstream:
        return PushTarget(to, upstream, local, f"the upstream of {local}", unsure)
    why = same if to != usual else "the same name: no upstream is set"
    return PushTarget(to, local, local, why, unsure, other, is_only=not merge and not unsure)


def _remote(config: Config, names: Sequence[str], local: str, wanted: str) -> str:
    if wanted:
        if wanted in names:
            return wanted
        what = f"there is no remote {one_line(wanted)!r} to push to"
        raise Problem(what, todo=f"git remote add {one_line(wanted)} URL", code=Code.GIT_STATE)
    for key in (f"branch.{local}.pushremote", "remote.pushdefault", f"branch.{local}.remote"):
        value = _last(config, key)
        if value in names:
            return value
        if value not in ("", "."):  # A dot is this very repository.
            what = f"git pushes {local} to {one_line(value, 200)} ({key}), which is not a remote of this repository"
            raise Problem(what, todo=f"git config {key} NAME", code=Code.GIT_STATE)
    if usual := _usual(names):
        return usual
    if not names:
        what = "no remote to push to is configured"
        raise Problem(what, todo="git remote add origin URL", code=Code.GIT_STATE)
    what = f"there are several remotes, and this branch has none set: {', '.join(map(one_line, names))}"
    raise Problem(what, todo=f"git config branch.{local}.remote NAME", code=Code.GIT_STATE)


def _usual(names: Sequence[str]) -> str:
    return "origin" if "origin" in names else names[0] if len(names) == 1 else ""


def _last(config: Config, key: str) -> str:
    values = config.get(key)
    return values[-1] if values else ""


def _mapped(specs: Sequence[str], local: str, remote: str) -> str:
    """The branch that a remote's own push settings give a local one. Raises Problem when they give it none."""
    ref, problem = f"{_HEADS}{local}", None
    for spec in specs:
        source, colon, target = spec.removeprefix("+").partition(":")
        if spec.startswith("^"):
            continue
        is_one = source in (ref, local, "HEAD", "@")
        part = _fits(source, ref) if "*" in source else None
        if not source and colon and not target:
            target = ref
        elif part is not None:
            target = target.replace("*", part, 1)
        elif not is_one:
            continue
        target = target or ref
        if not target.startswith(_HEADS) and target.startswith("refs/"):
            what = f"remote.{remote}.push brings {local} to {one_line(target, 100)}, which is not a branch"
            raise Problem(what, todo=f"git config --unset-all remote.{remote}.push", code=Code.GIT_STATE)
        branch = target.removeprefix(_HEADS)
        # git holds what is kept back against the branch there, where the branch here is named by itself.
        kept = _kept_back(specs, f"{_HEADS}{branch}" if is_one else ref)
        if not kept:
            return branch
        what = f"remote.{remote}.push excludes {local} from being pushed ({one_line(kept, 100)})"
        todo = f"git config --unset --fixed-value remote.{remote}.push {shlex.quote(one_line(kept))}"
        problem = Problem(what, todo=todo, code=Code.GIT_STATE)
    what = f"remote.{remote}.push pushes other branches, but not {local}"
    raise problem or Problem(what, todo=f"git config --add remote.{remote}.push {ref}", code=Code.GIT_STATE)


def _kept_back(specs: Sequence[str], ref: str) -> str:
    """The first setting that keeps a ref from being pushed (`^refs/heads/x`); empty where none does."""
    return next((spec for spec in specs if spec.startswith("^") and _fits(spec[1:], ref) is not None), "")


def _fits(pattern: str, ref: str) -> str | None:
    """What the star of a pattern stands for in a ref, empty where it has none; None where it does not fit."""
    before, star, after = pattern.partition("*")
    if not star:
        return "" if pattern == ref else None
    fits = ref.startswith(before) and ref.endswith(after) and len(ref) >= len(before) + len(after)
    return ref[len(before) : len(ref) - len(after)] if fits else None
