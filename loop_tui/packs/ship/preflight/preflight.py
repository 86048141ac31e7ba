"""Preflight: everything that would stop a ship, looked at all at once, each with the command that fixes it (SHIP)."""

import asyncio
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secret_files import looks_secret
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.effects import written_files
from loop_tui.packs.ship.evidence import few
from loop_tui.runners.context import SkillFailed
from loop_tui.services.git import git, submodules
from loop_tui.services.git.push_target import PushTarget
from loop_tui.services.git.replaced import replaced
from loop_tui.services.git.scope import PackageScope, scope_of
from loop_tui.services.git.workspace import not_counted
from loop_tui.services.toolchains import npm

from .findings import PUSHES, Subject, will_do
from .findings import Finding as Finding
from .github_findings import github_findings
from .package_checks import archive_findings, package_findings
from .person_home import home_findings
from .registry_checks import registry_findings
from .remote_checks import PushPlace, push_place, remote_findings

_FIRST_COMMIT = "git add --all && git commit -m 'chore: first commit'   # check `git status` before you add"


class PreflightResult(Struct, frozen=True):
    """What the run stands on. `root` is None outside of git, `package` without a package.json.

    `target` is where a push would go, None when there is no telling; `is_new` that the remote has no such branch.
    """

    root: Path | None = None
    branch: str = ""
    target: PushTarget | None = None
    is_new: bool = False
    status: git.Status = field(default_factory=git.Status)
    package: npm.Package | None = None
    manager: npm.PackageManager = npm.PackageManager.NPM
    findings: tuple[Finding, ...] = ()

    @property
    def remote(self) -> str:
        """The remote that the branch comes from: its upstream's, else the one it is pushed to; empty without one."""
        if self.target is None:
            return ""
        return self.target.upstream[0] if self.target.upstream else self.target.remote


async def preflight(
    ctx: Subject, *, offline: bool = False, ahead: Callable[[PreflightResult], None] | None = None
) -> PreflightResult:
    """Look at repository, identity, branch, tree, remote, GitHub, package.json, scripts and lock, all of them.

    `offline` asks nothing of any remote: what only a remote could tell is left out. `ahead` is told of the repository
    and the package as soon as these are known: what is slow to answer may need longer. Raises nothing for what it
    finds: see `refuse`.
    """
    try:
        root = await git.repository_root(ctx.project)
    except Problem as problem:
        missing = Finding("repository", problem.what, problem.todo, fatal=True)
        return (await _package(ctx, None)).added_to(PreflightResult(findings=(missing,)))
    if root is None:
        fix = f"git init && {_FIRST_COMMIT}"
        none = Finding("repository", "the project is not in a git repository", fix, fatal=True)
        return (await _package(ctx, None)).added_to(PreflightResult(findings=(none,)))
    # Side by side: a package manager takes longer to start than all of git together.
    package = asyncio.create_task(_package(ctx, root))
    registry = asyncio.create_task(registry_findings(ctx, root, offline=offline))
    place = asyncio.create_task(push_place(ctx, root))
    github = None if offline else asyncio.create_task(github_findings(ctx, root, place))
    of_home = home_findings(ctx)
    try:
        ground = await _repository(ctx, root, offline, place)
        if ahead:
            ahead(replace(ground, package=_read_package(ctx)))
        found = await github if github else ()
        ground = replace(ground, findings=(*ground.findings, *found, *await registry, *of_home))
        return (await package).added_to(ground)
    finally:
        package.cancel()
        registry.cancel()
        place.cancel()
        if github:
            github.cancel()


def refuse(findings: Iterable[Finding]) -> None:
    """Raise one SkillFailed that lists every fatal finding and what fixes it; external when only the outside failed."""
    fatal = [finding for finding in findings if finding.fatal]
    if not fatal:
        return
    lines = [f"{finding.name}: {finding.words}\n    {finding.fix}".rstrip() for finding in fatal]
    count = f"{count_of(len(fatal), 'problem')} to fix before this can ship"
    kind = "external" if all(finding.external for finding in fatal) else "error"
    raise SkillFailed(
        "\n".join([f"{count}:", *lines]), "preflight", f"fix them, {THEN_GO}", kind, code=Code.PREFLIGHT_FAILED
    )


# --- the repository -------------------------------------------------------------------------------------------------


async def _repository(ctx: Subject, root: Path, offline: bool, place: PushPlace) -> PreflightResult:
    reading = asyncio.ensure_future(git.status(root, not_counted(ctx.project, ctx.state_file, root)))
    # A remote takes its time to answer: it is asked as soon as it is known which one.
    remote = asyncio.ensure_future(remote_findings(ctx, root, reading, place, offline))
    try:
        return await _ground(ctx, root, reading, place, remote)
    finally:
        reading.cancel()
        remote.cancel()
        await asyncio.gather(reading, remote, return_exceptions=True)


async def _ground(
    ctx: Subject,
    root: Path,
    reading: asyncio.Future[git.Status],
    place: PushPlace,
    remote: asyncio.Future[tuple[list[Finding], bool]],
) -> PreflightResult:
    status, who, begun, shallow, swapped = await asyncio.gather(
        reading, git.identity(root), git.underway(root), git.is_shallow(root), replaced(root)
    )
    findings = [Finding("repository", str(root))]
    if who is None:
        fix = 'git config user.name "Your Name" && git config user.email you@example.org'
        findings.append(Finding("identity", "git has no user name and email", fix, fatal=True))
    else:
        findings.append(Finding("identity", who))
    if begun is not None:
        findings.append(Finding("state", f"a {begun[0]} is in progress", begun[1], fatal=True))
    if swapped is not None:
        findings.append(Finding("history", swapped.what, swapped.todo, fatal=will_do(ctx, PUSHES)))
    findings += _history(status, shallow)
    scope = scope_of(ctx.project, root, written_files(ctx.state.effects))
    inside, outside = scope.split(status)
    findings += [*_tree(inside), *await _submodules(ctx, root, scope)]
    if outside:
        words = f"{len(outside)} changed outside of {one_line(ctx.project.name)}: {_names(e.path for e in outside)}"
        findings.append(Finding("tree", f"{words}; not part of this release"))
    of_remote, is_new = await remote
    to = await place
    target = to if isinstance(to, PushTarget) else None
    return PreflightResult(
        root=root,
        branch=status.branch,
        target=target,
        is_new=is_new,
        status=status,
        findings=(*findings, *of_remote),
    )


def _history(status: git.Status, shallow: bool) -> list[Finding]:
    found = []
    if status.branch:
        found.append(Finding("branch", status.branch))
    else:
        found.append(
            Finding("branch", "HEAD is detached, so there is no branch to push", "git switch BRANCH", fatal=True)
        )
    if not status.head:
        found.append(
            Finding(
                "history",
                "there is no commit yet",
                _FIRST_COMMIT,
                fatal=True,
            )
        )
    if shallow:
        words = "this is a shallow clone: older commits are missing"
        found.append(Finding("history", words, "git fetch --unshallow"))
    return found


def _tree(status: git.Status) -> list[Finding]:
    """What is staged, changed and untracked, and whatever of it looks like a secret."""
    found = []
    if status.conflicted:
        words = f"in conflict: {_names(status.conflicted)}"
        found.append(Finding("tree", words, "resolve them, then git add them", fatal=True))
    groups = (
        ("staged", [entry.path for entry in status.staged]),
        ("changed", [entry.path for entry in status.unstaged]),
        ("untracked", list(status.untracked)),
    )
    goes_in = "; part of the commit (git stash keeps it out)"
    found += [
        Finding("tree", f"{len(paths)} {word}: {_names(paths)}{'' if word == 'untracked' else goes_in}")
        for word, paths in groups
        if paths
    ]
    if status.dirty:
        words = f"submodules with changes inside, not included: {_names(status.dirty)}"
        found.append(Finding("submodules", words, f"git -C {shlex.quote(one_line(status.dirty[0]))} status"))
    if status.unknown:
        filters = ", ".join(one_line(name, 40) for name in dict.fromkeys(each.original for each in status.unknown))
        paths = _names(each.path for each in status.unknown)
        fix = "git status   # runs the filter"
        words = f"unknown whether changed: {paths}; that depends on the project's filter {filters}, which was not run"
        found.append(Finding("tree", words, fix))
    known = dict.fromkeys(path for _, paths in groups for path in paths if looks_secret(path))
    untracked = [path for path in known if path in status.untracked]
    tracked = [path for path in known if path not in status.untracked]
    if tracked:
        fix = f"git rm --cached {_arguments(tracked)}   # and name them in .gitignore"
        found.append(Finding("secrets", f"looks like a secret and is about to be committed: {_names(tracked)}", fix))
    if untracked:
        fix = f"name them in .gitignore: {_names(untracked)}"
        found.append(Finding("secrets", f"looks like a secret, untracked: {_names(untracked)}", fix))
    return found or [Finding("tree", "clean")]


async def _submodules(ctx: Subject, root: Path, scope: PackageScope) -> list[Finding]:
    """A submodule at a commit that nobody else can get: whoever clones what is pushed gets nothing."""
    found = []
    for each in await submodules.unpushed(root, scope):
        path = one_line(each.path)
        words = f"the submodule {path} is at {each.sha[:7]}, which none of its remotes has"
        fix = f"git -C {shlex.quote(path)} push"
        found.append(Finding("submodules", words, fix, fatal=will_do(ctx, PUSHES)))
    return found


def _names(paths: Iterable[str]) -> str:
    return few([one_line(path) for path in paths])


def _arguments(paths: Iterable[str]) -> str:
    return " ".join(shlex.quote(one_line(path)) for path in paths)


# --- the package ----------------------------------------------------------------------------------------------------


class _PackageFacts(Struct, frozen=True):
    """What was found about the package and the archive."""

    findings: tuple[Finding, ...]
    package: npm.Package | None = None
    manager: npm.PackageManager = npm.PackageManager.NPM

    def added_to(self, ground: PreflightResult) -> PreflightResult:
        """The same result with these facts, after its own findings."""
        findings = (*ground.findings, *self.findings)
        return replace(ground, package=self.package, manager=self.manager, findings=findings)


def _read_package(ctx: Subject) -> npm.Package | None:
    try:
        return npm.read_package(ctx.project)
    except Problem:
        return None  # It is among the findings.


async def _package(ctx: Subject, root: Path | None) -> _PackageFacts:
    home = archive_findings(ctx)
    try:
        package = npm.read_package(ctx.project)
    except Problem as problem:
        return _PackageFacts((*home, Finding("package.json", str(problem), problem.todo, fatal=True)))
    if package is None:
        return _PackageFacts((*home, Finding("package.json", "there is none: no version is changed")))
    findings = (*home, *await package_findings(ctx, root, package))
    return _PackageFacts(findings, package, npm.detect_manager(package, root))
