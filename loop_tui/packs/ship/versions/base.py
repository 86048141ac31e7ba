"""What a release is compared with: the first base that holds, and why it was taken (SHIP "Planning a release")."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field
from pydantic import JsonValue

from loop_tui.model.clock import parse_stamp
from loop_tui.model.problem import Problem
from loop_tui.runners.context import Context
from loop_tui.services.git import git, history
from loop_tui.services.git.release_tags import ReleaseTags, Tag

from .prerelease import is_placeholder, read_version

_LOOKED_AT = 10


class Base(Struct, frozen=True):
    """Where the comparison starts. `sha` is not part of the release itself; `version` is the one as of it.

    `cut_off` is true where the clone is shallow and what lies before may hold the true base; `released` where it is
    what an earlier run shipped, or has a release tag.
    """

    sha: str
    why: str
    version: str = ""
    cut_off: bool = False
    released: bool = False


class Surroundings(Struct, frozen=True):
    """What a base is looked for in: the version in package.json now, its tags, and where a shallow clone is cut off."""

    current: str = ""
    tags: ReleaseTags = field(default_factory=ReleaseTags)
    edge: frozenset[str] = frozenset()


async def find_base(ctx: Context, root: Path, package: str, around: Surroundings) -> Base | None:
    """The first that holds: last distribution in the archive, last version change, last version tag, first commit.

    A release tag goes before these where it is newer: when its version is above that of package.json now, or when its
    commit comes after theirs. `package` is package.json's path in the repository. None before the first commit.
    """
    found, tag = await _recorded(ctx, root, package, around.edge), around.tags.highest
    if tag is not None and (found is None or await _is_newer(root, tag, found, around.current)):
        return Base(tag.sha, f"the last version tag that HEAD can reach, {tag.name}", tag.version, released=True)
    return found or await _first(root, package, around.edge)


async def _recorded(ctx: Context, root: Path, package: str, edge: frozenset[str]) -> Base | None:
    for sha, at in shipped_before(ctx):
        if await git.resolve(root, sha) == sha and await history.is_ancestor(root, sha):
            moment = parse_stamp(at)
            day = f" of {moment:%Y-%m-%d}" if moment else ""
            return await _base(root, package, sha, f"the last distribution{day} in the archive", released=True)
    if changed := await history.last_version_change(root, package):
        if changed in edge:
            # Every file looks new there: whether the version was changed by that commit is not known.
            return await _base(root, package, changed, "the oldest commit of this shallow clone", cut_off=True)
        return await _base(root, package, changed, "the last commit that changed the version in package.json")
    return None


async def _first(root: Path, package: str, edge: frozenset[str]) -> Base | None:
    sha = await history.first_commit(root)
    if sha is None:
        return None
    if sha in edge:
        return await _base(root, package, sha, "the oldest commit of this shallow clone", cut_off=True)
    return await _base(root, package, sha, "the first commit: no earlier distribution, version or tag")


async def _is_newer(root: Path, tag: Tag, found: Base, current: str) -> bool:
    """True when a tag is a later release than the base that was found without it."""
    now, tagged, then = read_version(current), read_version(tag.version), read_version(found.version)
    comes_after = found.sha != tag.sha and await history.is_ancestor(root, found.sha, tag.sha)
    if now is None or tagged is None:
        return comes_after or found.cut_off
    if tagged > now or is_placeholder(now):
        return True
    if found.cut_off:
        return tagged == now
    # A version above the tag's was raised since, and is not released: its change is the base.
    return comes_after and (tagged == now or (then is not None and tagged > then))


async def _base(root: Path, package: str, sha: str, why: str, *, cut_off: bool = False, released: bool = False) -> Base:
    return Base(sha, why, await history.version_at(root, sha, package) or "", cut_off, released)


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
