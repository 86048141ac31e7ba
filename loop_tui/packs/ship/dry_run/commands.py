"""Which commands each skill would run, for a dry run: made by the same functions that make them when they run."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from loop_tui.fs.paths import name_below
from loop_tui.model.definition import BUILTIN
from loop_tui.model.secrets import command_line
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import taken_out
from loop_tui.packs.ship.evidence import prefix
from loop_tui.packs.ship.preflight.preflight import PreflightResult
from loop_tui.packs.ship.release_planner.version_writing import ranges_in
from loop_tui.packs.ship.verify.server import HOST
from loop_tui.packs.ship.verify.server_settings import KIND, settings_of
from loop_tui.packs.ship.verify.stack import detect
from loop_tui.packs.ship.versions.changelog_file import NAME
from loop_tui.packs.ship.versions.places import planned_write, scripts_around
from loop_tui.packs.ship.versions.settings import AFTER, BEFORE
from loop_tui.runners.context import Context
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm

from .model import Bump, PlannedPublish, Shipping
from .publishing import publish_lines

_BUILD = "build"


class Outlook(Struct, frozen=True):
    """What the commands depend on: the ground, and the version, commit and publishes that are to come."""

    ground: PreflightResult
    bump: Bump | None
    shipping: Shipping | None
    publishes: tuple[PlannedPublish, ...] = ()


Of = Callable[[Context, Outlook], tuple[str, ...]]


def commands_of(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    """The command lines of the skill that the context is for, each ready to be read by a person."""
    known = _OF.get(ctx.skill.id) if ctx.skill.runner == BUILTIN else None
    return known(ctx, outlook) if known else ()


async def tracked_version_files(ctx: Context, ground: PreflightResult, bump: Bump) -> tuple[str, ...]:
    """The files that the version goes into and git tracks, from the top of the repository. Raises Problem."""
    if ground.root is None:
        return ()
    names = written_files(ctx, ground, bump)
    tracked = git.fields(await git.ask(ground.root, "ls-files", "-z", "--", *names)) if names else []
    return (*tracked, *((f"{prefix(ctx, ground.root)}{NAME}",) if bump.raises_changelog else ()))


def range_notes(ctx: Context, ground: PreflightResult, bump: Bump) -> Mapping[str, str]:
    """The files of other packages that get a range of this one and keep their version, and what is written there."""
    if ground.package is None or ground.root is None:
        return {}
    write = planned_write(ctx, ground.package, ground.root, bump.before, bump.after)
    notes = {each.package.path: ranges_in(write, each.package.path) for each in write.dependents}
    return {name_below(path, ground.root): note for path, note in notes.items() if note}


def written_files(ctx: Context, ground: PreflightResult, bump: Bump) -> tuple[str, ...]:
    """The files that the version write changes, from the top of the repository. Raises Problem."""
    if ground.package is None or ground.root is None:
        return ()
    write = planned_write(ctx, ground.package, ground.root, bump.before, bump.after)
    return tuple(name_below(path, ground.root) for path in write.missing())


def _only(scripts: Mapping[str, str], name: str) -> list[str]:
    return [scripts[name]] if name in scripts else []


def _line(argv: Sequence[str]) -> str:
    return one_line(command_line(argv))


def _of_planner(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    found, ground, bump = [], outlook.ground, outlook.bump
    if (to := ground.target) is not None and ground.branch:
        found.append(_line(["git", "fetch", to.remote, to.branch]))
        push = ["git", "push", "--dry-run", "--no-verify", to.remote, f"HEAD:refs/heads/{to.branch}"]
        found.append(_line(push))
    if bump is not None and bump.before != bump.after and ground.package is not None:
        around = scripts_around(ctx.definition, ground.package)
        scripts = {name: _line(npm.lone_script_argv(ground.manager, name)) for name in around}
        names = ", ".join(map(one_line, written_files(ctx, ground, bump)))
        writes = f"{bump.before} -> {bump.after} in {names}: only the bytes of the version"
        found += [*_only(scripts, BEFORE), one_line(writes)]
        found += [f"{NAME}: {bump.changelog}"] if bump.changelog else []
        found += _only(scripts, AFTER)
    elif bump is not None and bump.raises_changelog:
        found.append(f"{NAME}: {bump.changelog}")
    return tuple(found)


def _of_verification(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    jobs = detect(ctx.project, ctx.skill.settings, outlook.ground.root).jobs
    return tuple(_line(job.argv) if job.argv else f"{job.name}: skipped ({job.missing})" for job in jobs)


def _of_workflow(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    shipping, bump = outlook.shipping, outlook.bump
    if shipping is None:
        return ()
    found = []
    if shipping.files:
        subject = shipping.message.split("\n", 1)[0]
        names = [change.path for change in shipping.files]
        if added := [change.path for change in shipping.files if change.letter == "A" and not change.note]:
            found.append(_line(["git", "add", "--", *added]))
        found.append(_line(["git", "commit", "--only", "-m", subject, "--", *names]))
    if shipping.pushed:
        return tuple(found)
    remote, branch = shipping.remote or "REMOTE", shipping.branch or "BRANCH"
    what = (shipping.made[:12] or "HEAD") if not shipping.files else "HEAD"
    if ctx.skill.settings.get("route") == "pull-request":
        found.append(f"git push {remote} {what} to a branch of its own, and a pull request into {branch} (gh)")
    else:
        found.append(_line(["git", "push", remote, f"{what}:refs/heads/{branch}"]))
        found.append(_line(["git", "ls-remote", remote, f"refs/heads/{branch}"]))
    if bump is not None and bump.tag and not bump.untagged:
        found.append(_line(["git", "tag", "-a", bump.tag]) + " at the shipped commit, and its push")
    elif bump is not None and bump.untagged:
        found.append(f"no tag: {bump.untagged}")
    return tuple(found)


def _of_deploy(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    settings, ground, found = settings_of(ctx), outlook.ground, []
    package = ground.package
    if package is not None and package.script(_BUILD):
        again = " (unless exactly this tree was already built)"
        found.append(_line(npm.script_argv(ground.manager, _BUILD)) + again)
    else:
        found.append("build: skipped (no build script)")
    if why := taken_out(ctx.state, ctx.definition, KIND):
        return (*found, f"server: skipped ({why})")
    argv = settings.argv(package, ground.manager)
    if not argv:
        return (*found, "server: skipped (no start script)")
    port = str(settings.port) if settings.port else "PORT"
    found.append(_line(argv) if settings.port else f"PORT=free HOST={HOST} {_line(argv)}")
    again = " (unless it was checked before the push)"
    return (*found, f"GET http://{HOST}:{port}{one_line(settings.health)}, then the server is stopped{again}")


def _of_distribute(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    each = ("each target below",) if ctx.definition.targets else ()
    return (*publish_lines(outlook.publishes), *each)


_OF: dict[str, Of] = {
    "release-planner": _of_planner,
    "code-verification": _of_verification,
    "git-workflow": _of_workflow,
    "deploy": _of_deploy,
    "distribute": _of_distribute,
}
