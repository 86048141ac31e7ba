"""What a release is compared with: the first base that holds, and why it was taken (SHIP "Planning a release")."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from loop_tui.model.clock import parse_stamp
from loop_tui.model.problem import Problem
from loop_tui.runners.context import Context
from loop_tui.services.git import git, history

_LOOKED_AT = 10


@dataclass(frozen=True)
class Base:
    """Where the comparison starts. `sha` is not part of the release itself; `version` is package.json's as of it."""

    sha: str
    why: str
    version: str = ""


async def find_base(ctx: Context, root: Path, package: str) -> Base | None:
    """The first that holds: last distribution in the archive, last version change, last version tag, first commit.

    `package` is package.json's path in the repository. None before the first commit.
    """
    for sha, at in shipped_before(ctx):
        if await git.resolve(root, sha) == sha and await history.is_ancestor(root, sha):
            moment = parse_stamp(at)
            day = f" of {moment:%Y-%m-%d}" if moment else ""
            return await _base(root, package, sha, f"the last distribution{day} in the archive")
    if sha_of_change := await history.last_version_change(root, package):
        return await _base(root, package, sha_of_change, "the last commit that changed the version in package.json")
    if tag := await history.latest_version_tag(root):
        return await _base(root, package, tag.sha, f"the last version tag that HEAD can reach, {tag.name}")
    if first := await history.first_commit(root):
        return await _base(root, package, first, "the first commit: there is no distribution, version or tag before it")
    return None


async def _base(root: Path, package: str, sha: str, why: str) -> Base:
    return Base(sha, why, await history.version_at(root, sha, package) or "")


def shipped_before(ctx: Context) -> Iterator[tuple[str, str]]:
    """The commits that earlier runs of this loop and system shipped and when, newest first, as the archive has them.

    Nothing when there is no archive, or none of it can be read: the next base is taken then.
    """
    try:
        runs, _ = ctx.archive.runs(
            loop=ctx.definition.id, system=ctx.state.system or None, limit=_LOOKED_AT, include_state=True
        )
    except (Problem, OSError):
        return
    for run in runs:
        if sha := shipped_commit(run.state):
            yield sha, run.completed_at or ""


def shipped_commit(state: JsonValue) -> str:
    """The commit that a run's state proves it pushed; empty when it proves none."""
    effects = state.get("effects") if isinstance(state, Mapping) else None
    for effect in reversed(effects) if isinstance(effects, list) else ():
        proof = effect.get("proof") if isinstance(effect, dict) and effect.get("kind") == "push" else None
        if isinstance(proof, dict) and isinstance(sha := proof.get("sha"), str) and sha:
            return sha
    return ""
