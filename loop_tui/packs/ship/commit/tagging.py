"""The tag of a release: annotated, at the shipped commit, here and at the remote, exactly once.

It is `vX.Y.Z`, or has the form of the release tags that the package has already. It is made where the package has such
tags, or where the setting `tag` says so. What it says is what the release says of itself (`versions.changelog`).

Made again it would be another object, so one that is here and names the commit is the one that is pushed, and any tag
at the remote that names the commit is as good, a light one too.
"""

import asyncio
from pathlib import Path

from msgspec import Struct

from loop_tui.model.evidence import Check
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import RESYNC, is_chosen
from loop_tui.packs.ship.effects import TAG, TAG_CHOICE, VERSION
from loop_tui.packs.ship.evidence import left_out, prefix
from loop_tui.packs.ship.versions.changelog import release_notes
from loop_tui.packs.ship.versions.prerelease import is_placeholder, read_version
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.services.git import history, refs, remotes, trees
from loop_tui.services.git.push_result import Push, PushOutcome
from loop_tui.services.git.release_tags import ReleaseTags, release_tags
from loop_tui.services.toolchains import npm

from .pushing import Destination, reach, unless_unreachable


class TagPlan(Struct, frozen=True):
    """The tag that this run makes. `why_not` says why it makes none; `name` is empty without a version."""

    name: str = ""
    why_not: str = ""


def said_tag(ctx: Context) -> bool | None:
    """The setting `tag`, None where it is not there. Raises SkillFailed when it is neither true nor false."""
    wanted = ctx.skill.settings.get("tag")
    if wanted is not None and not isinstance(wanted, bool):
        raise SkillFailed(
            f"tag is {wanted!r}", ctx.definition.source, "write tag = true or tag = false", code=Code.DEFINITION_INVALID
        )
    return wanted


async def why_untagged(ctx: Context, root: Path, version: str, *, raised: bool, to: str) -> str:
    """Why no tag is made of a version; empty where one is. Looks only.

    Where the setting does not say it: the package has release tags, and the version is new, `raised` by this run or not
    the one that `to`, the remote's branch as it was seen last, has. Raises SkillFailed as `said_tag`.
    """
    if (said := said_tag(ctx)) is not None:
        return "" if said else "tag = false"
    tags = await _tags(ctx, root)
    if not tags.reachable and not tags.elsewhere:
        return "there is no release tag yet; set tag = true in [release] of .loops/targets.toml to create them"
    if is_chosen(ctx.state, RESYNC):
        return "a resync creates none"
    there = await history.version_at(root, to, f"{prefix(ctx, root)}package.json") if to else None
    return "" if raised or there not in (None, version) else "the version is not changed"


async def wants_tag(ctx: Context, root: Path, sha: str, to: Destination) -> bool:
    """True when this run tags the commit. Once the push has begun the answer is what it was before.

    Raises SkillFailed as `said_tag`.
    """
    key = f"{TAG_CHOICE}-{sha[:12]}"
    if said_tag(ctx) is None and ctx.do.recall(key) is not None:
        return True
    version = await history.version_at(root, sha, f"{prefix(ctx, root)}package.json") or ""
    raised, there = _raised(ctx, version), remotes.tracking(to.remote, to.branch)
    if why_not := await why_untagged(ctx, root, version, raised=raised, to=there):
        ctx.do.say(f"No tag: {why_not}")
    elif not raised and said_tag(ctx) is None:
        # After the push the remote's branch does not tell any more that the version was new.
        ctx.do.remember(TAG_CHOICE, {key: {"version": version}})
    return not why_not


async def plan_tag(ctx: Context, root: Path, sha: str, to: Destination) -> TagPlan:
    """What there is to tag, looked at before anything is pushed.

    Raises SkillFailed when the tag names another commit, here or at the remote, or can be none. When the version was
    not raised since that commit was released, that is no conflict: there is nothing to tag.
    """
    version = await history.version_at(root, sha, f"{prefix(ctx, root)}package.json") or ""
    plan = await tag_of(ctx, root, version, raised=_raised(ctx, version))
    if plan.why_not:
        return plan
    name = plan.name
    if any(effect.kind == TAG and effect.intent.get("tag") == name for effect in ctx.state.effects):
        return TagPlan(name)
    may_be, here, there, beside, beside_there = await asyncio.gather(
        refs.may_be_tag(root, name),
        refs.local_tag(root, name),
        reach(refs.remote_tag(root, to.remote, name)),
        refs.tag_in_the_way(root, name),
        reach(refs.tag_in_the_way(root, name, to.remote)),
    )
    if not may_be:
        what, todo = f"{one_line(name)} cannot be a tag name", "write tag = false, or rename the package"
        raise SkillFailed(what, str(ctx.project), todo, code=Code.GIT_STATE)
    for where, found, other in (("here", here, beside), (f"at {to.remote}", there, beside_there)):
        if found is None and other:
            raise _in_the_way(name, where, other, to)
        if found is None or found == sha:
            continue
        if await _released(ctx, root, found, sha, version):
            return TagPlan(name, f"{name} is at {found[:7]}, and the version has not been raised since")
        raise _taken(name, where, found, sha, to)
    return TagPlan(name)


async def tag_of(ctx: Context, root: Path, version: str, *, raised: bool) -> TagPlan:
    """The tag of a version, in the form of the release tags that this package has: `v1.2.3`, `name@1.2.3`.

    None for what is no version, as `0.0.0-development`, and none below a release tag, unless the version was `raised`
    by this run: a person has chosen it then.
    """
    found = read_version(version)
    if found is None or is_placeholder(found):
        said = f"says {one_line(version)}, which is not a version" if version else "has no version"
        return TagPlan(why_not=f"package.json {said}")
    tags = await _tags(ctx, root)
    if tags.highest is not None and tags.highest.order > found and not raised:
        return TagPlan(why_not=f"the release tag {tags.highest.name} is above {found}, which this run did not choose")
    return TagPlan(tags.name_for(version))


async def _tags(ctx: Context, root: Path) -> ReleaseTags:
    package = npm.read_package(ctx.project)
    return await release_tags(root, package.name if package else "", prefix(ctx, root).rstrip("/"))


def _raised(ctx: Context, version: str) -> bool:
    """True when this run wrote that version."""
    return any(effect.kind == VERSION and effect.intent.get("to") == version for effect in ctx.state.effects)


async def make_tag(ctx: Context, root: Path, plan: TagPlan, sha: str, to: Destination) -> Check:
    """Tag the commit here and push that one tag, as an effect; gives the check `tag`.

    Raises SkillFailed when the tag names another commit, when the remote refuses it, or cannot be reached (external).
    """
    if plan.why_not:
        ctx.do.say(f"No tag: {plan.why_not}", LogLevel.WARN)
        return Check(name="tag", status=CheckStatus.SKIPPED, summary=f"skipped ({plan.why_not})", at=ctx.do.now())
    name, ref = plan.name, f"refs/tags/{plan.name}"
    command = f"git ls-remote {to.remote} {ref} {ref}^{{}}"

    async def observe() -> Proof | None:
        found = await reach(refs.remote_tag(root, to.remote, name))
        if found not in (None, sha):
            raise _taken(name, f"at {to.remote}", str(found), sha, to)
        return None if found is None else {"tag": name, "sha": sha, "remote": to.remote, "command": command}

    async def act() -> None:
        here = await refs.local_tag(root, name)
        if here is None:
            await refs.create_tag(root, name, sha, await _message(ctx, root, name, sha))
        elif here != sha:
            raise _taken(name, "here", here, sha, to)
        result = await refs.push_tag(root, to.remote, name)
        if result.ok or await unless_unreachable(observe()) is None:
            _judge(result, name, to)

    intent: Proof = {"tag": name, "sha": sha, "remote": to.remote}
    await ctx.do.effect(f"tag-{to.remote}-{name}-{sha[:12]}", TAG, intent, observe, act)
    ctx.do.say(f"{name} is at {sha[:7]}, here and at {to.remote}", LogLevel.OK)
    return Check(
        name="tag",
        status=CheckStatus.PASSED,
        summary=f"{name} is at {sha[:7]}",
        command=command,
        commit=sha,
        tree=await trees.tree_of(root, sha, left_out(ctx, root)) or "",
        excerpt=f"{sha}\t{ref}" + ("^{}" if await refs.is_annotated(root, name) else ""),
        at=ctx.do.now(),
    )


async def _message(ctx: Context, root: Path, name: str, sha: str) -> str:
    """What the tag says: its name, and what has changed."""
    version = await history.version_at(root, sha, f"{prefix(ctx, root)}package.json") or ""
    return f"{name}\n\n{await release_notes(ctx, root, version, sha)}".rstrip()


async def _released(ctx: Context, root: Path, tagged: str, sha: str, version: str) -> bool:
    """True when the tag was rightly given to an earlier commit: ours follows it and shows the same version."""
    package = f"{prefix(ctx, root)}package.json"
    return await history.is_ancestor(root, tagged, sha) and await history.version_at(root, tagged, package) == version


def _in_the_way(name: str, where: str, other: str, to: Destination) -> SkillFailed:
    shown = one_line(other)
    fix = f"git tag -d {shown}" if where == "here" else f"git push {to.remote} :refs/tags/{shown}"
    return SkillFailed(
        f"the tag {shown} is {where} already, and git does not allow a tag {one_line(name)} beside it",
        str(to),
        f"write tag = false; or, if {shown} is a mistake: {fix}, {THEN_GO}",
        code=Code.GIT_STATE,
    )


def _taken(name: str, where: str, found: str, sha: str, to: Destination) -> SkillFailed:
    fix = f"git tag -d {name}" if where == "here" else f"git push {to.remote} :refs/tags/{name}"
    return SkillFailed(
        f"the tag {name} exists {where} and points to {found[:7]}, not {sha[:7]}; a tag is never moved",
        str(to),
        f"raise the version, or, if {name} is a mistake: {fix}, {THEN_GO}",
        code=Code.GIT_STATE,
    )


def _judge(result: Push, name: str, to: Destination) -> None:
    """Raise SkillFailed for a tag that was not taken."""
    if result.ok:
        return
    outside = result.outcome is PushOutcome.NETWORK
    what = f"{to.remote} cannot be reached" if outside else f"{to.remote} refused the tag {name}"
    detail = f"\n{result.detail}" if result.detail else ""
    todo = f"fix what it reports, {THEN_GO}; the commit itself is pushed"
    raise SkillFailed(
        f"{what}{detail}",
        str(to),
        todo,
        kind="external" if outside else "error",
        code=Code.NETWORK if outside else Code.GIT_FAILED,
    )
