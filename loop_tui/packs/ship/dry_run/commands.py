"""Which commands each skill would run, for a dry run: made by the same functions that make them when they run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from loop_tui.model.definition import BUILTIN
from loop_tui.model.secrets import command_line
from loop_tui.model.text import one_line
from loop_tui.packs.ship.preflight.preflight import PreflightResult
from loop_tui.packs.ship.verify.deploy import HOST, read_settings
from loop_tui.packs.ship.verify.stack import detect
from loop_tui.runners.context import Context
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm

from .model import Bump, Shipping

_VERSION_FILES = ("package.json", "package-lock.json", "npm-shrinkwrap.json")
_BUILD = "build"


@dataclass(frozen=True)
class Outlook:
    """What the commands depend on: the ground, and the version and commit that are to come."""

    ground: PreflightResult
    bump: Bump | None
    shipping: Shipping | None


Of = Callable[[Context, Outlook], tuple[str, ...]]


def commands_of(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    """The command lines of the skill that the context is for, each ready to be read by a person."""
    known = _OF.get(ctx.skill.id) if ctx.skill.runner == BUILTIN else None
    return known(ctx, outlook) if known else ()


async def tracked_version_files(root: Path, start: str) -> tuple[str, ...]:
    """The files that a version write changes and git tracks, from the top of the repository."""
    paths = [f"{start}{name}" for name in _VERSION_FILES]
    return tuple(git.fields(await git.ask(root, "ls-files", "-z", "--", *paths)))


def _line(argv: Sequence[str]) -> str:
    return one_line(command_line(argv))


def _of_planner(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    found, ground, bump = [], outlook.ground, outlook.bump
    if (to := ground.target) is not None and ground.branch:
        found.append(_line(["git", "fetch", to.remote, to.branch]))
        push = ["git", "push", "--dry-run", "--no-verify", to.remote, f"HEAD:refs/heads/{to.branch}"]
        found.append(_line(push))
    if bump is not None and bump.before != bump.after and ground.package is not None:
        found.append(_line(npm.version_argv(ground.package, bump.after)))
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
    if ctx.skill.settings.get("tag") is True and bump is not None and bump.after:
        found.append(_line(["git", "tag", f"v{bump.after}"]) + " at what was shipped, and its push")
    return tuple(found)


def _of_deploy(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    settings, ground, found = read_settings(ctx), outlook.ground, []
    package = ground.package
    if package is not None and package.script(_BUILD):
        again = " (unless this very tree was built before)"
        found.append(_line(npm.script_argv(ground.manager, _BUILD)) + again)
    else:
        found.append("build: skipped (no build script)")
    argv = settings.start
    if not argv and package is not None and package.script("start"):
        argv = tuple(npm.script_argv(ground.manager, "start"))
    if not argv:
        return (*found, "server: skipped (no start script)")
    found.append(f"PORT=free HOST={HOST} {_line(argv)}")
    return (*found, f"GET http://{HOST}:PORT{one_line(settings.health)}, then the server is stopped")


def _of_distribute(ctx: Context, outlook: Outlook) -> tuple[str, ...]:
    return ("each target below",) if ctx.definition.targets else ()


_OF: dict[str, Of] = {
    "release-planner": _of_planner,
    "code-verification": _of_verification,
    "git-workflow": _of_workflow,
    "deploy": _of_deploy,
    "distribute": _of_distribute,
}
