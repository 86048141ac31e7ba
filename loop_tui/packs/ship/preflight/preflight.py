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
from loop_tui.process import shell
from loop_tui.runners.context import SkillFailed
from loop_tui.services.git import git, push_target, remotes, submodules
from loop_tui.services.git.push_target import PushTarget
from loop_tui.services.git.replaced import replaced
from loop_tui.services.git.scope import PackageScope, scope_of
from loop_tui.services.git.workspace import not_counted
from loop_tui.services.github import repository
from loop_tui.services.toolchains import npm

from .findings import PUSHES, Subject, setting, will_do
from .findings import Finding as Finding
from .github_needs import needs
from .package_checks import archive_findings, package_findings
from .person_home import home_findings
from .registry_checks import registry_findings

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
    of_home = home_findings(ctx)
    # Side by side: a package manager takes longer to start than all of git together.
    package = asyncio.create_task(_package(ctx, root))
    github = None if offline else asyncio.create_task(github_findings(ctx, root))
    registry = asyncio.create_task(registry_findings(ctx, root, offline=offline))
    try:
        ground = await _repository(ctx, root, offline)
        if ahead:
            ahead(replace(ground, package=_read_package(ctx)))
        found = await github if github else ()
        ground = replace(ground, findings=(*ground.findings, *found, *await registry, *of_home))
        return (await package).added_to(ground)
    finally:
        package.cancel()
        registry.cancel()
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


async def _repository(ctx: Subject, root: Path, offline: bool) -> PreflightResult:
    status, who, begun, shallow, place, swapped = await asyncio.gather(
        git.status(root, not_counted(ctx.project, ctx.state_file, root)),
        git.identity(root),
        git.underway(root),
        git.is_shallow(root),
        _place(ctx, root),
        replaced(root),
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
    of_remote, is_new = await _remote(ctx, root, status, place, offline)
    target = place if isinstance(place, PushTarget) else None
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


# --- the remote -----------------------------------------------------------------------------------------------------


async def _place(ctx: Subject, root: Path) -> PushTarget | Problem:
    try:
        return await push_target.find(root, await git.branch(root) or "", setting(ctx, "remote"))
    except Problem as problem:
        return problem


async def _remote(
    ctx: Subject, root: Path, status: git.Status, to: PushTarget | Problem, offline: bool
) -> tuple[list[Finding], bool]:
    """What there is to say about the remote; nothing is asked of it when there is nothing to push.

    True beside it when the remote has no such branch.
    """
    pushes = will_do(ctx, PUSHES)
    if isinstance(to, Problem):
        return [Finding("remote", to.what, to.todo, fatal=pushes)], False
    found = [Finding("remote", f"{to.remote} at {await git.remote_url(root, to.remote)}")]
    if not status.branch or not status.head or not pushes:
        return found, False
    if to.branch != to.local or to.why.startswith("remote."):
        found.append(Finding("branch", f"{to.local} goes to {to}: {to.why}"))
    if to.unsure:
        found.append(Finding("branch", f"{to.unsure}: you are asked whether to push to {to}", _UPSTREAM.format(to=to)))
    if offline:
        return found, False
    of_branch, is_there = await _reach(root, to)
    return [*found, *of_branch, *await _behind_upstream(root, to)], not is_there


_UPSTREAM = "git branch --set-upstream-to=REMOTE/BRANCH {to.local}   # or --answer push-to=y"


async def _reach(root: Path, to: PushTarget) -> tuple[list[Finding], bool]:
    """Fetch and try a push without sending anything: reachable, allowed, how far apart, and whether it is there."""
    fetched, trial = await asyncio.gather(
        remotes.fetch(root, to.remote, to.branch),
        remotes.push_dry_run(root, to.remote, to.branch),
        return_exceptions=True,
    )
    if isinstance(fetched, Problem):
        fix = f"git ls-remote {to.remote}"
        return [Finding("remote", fetched.what, fix, fatal=True, external=True)], True
    for result in (fetched, trial):
        if isinstance(result, BaseException):
            raise result
    apart = await remotes.ahead_behind(root, to.remote, to.branch) if fetched else None
    found = [_distance(to, apart)]
    if isinstance(trial, remotes.Push) and not trial.ok and trial.outcome is not remotes.PushOutcome.BEHIND:
        words = f"{to.remote} would not accept a push: {one_line(trial.detail, 300)}"
        outside = trial.outcome is remotes.PushOutcome.NETWORK
        fix = f"git push --dry-run {to.remote} HEAD:refs/heads/{to.branch}"
        found.append(Finding("push", words, fix, fatal=True, external=outside))
    return found, bool(fetched)


async def _behind_upstream(root: Path, to: PushTarget) -> list[Finding]:
    """How far the branch is behind its upstream, where it is pushed to another place than it comes from."""
    if to.upstream is None:
        return []
    remote, branch = to.upstream
    try:
        apart = await remotes.ahead_behind(root, remote, branch) if await remotes.fetch(root, remote, branch) else None
    except Problem as problem:
        return [Finding("upstream", problem.what, f"git ls-remote {remote}", external=True)]
    if apart is None or not apart[1]:
        return []
    words = f"{apart[1]} behind {remote}/{branch}, the upstream of {to.local}"
    return [Finding("upstream", words, f"git pull --rebase {remote} {branch}")]


def _distance(there: PushTarget, apart: tuple[int, int] | None) -> Finding:
    remote, branch = there.remote, there.branch
    if apart is None:
        words = f"{there} does not exist yet: you are asked whether to create it"
        return Finding("branch", words, _UPSTREAM.format(to=there))
    ahead, behind = apart
    if ahead and behind:
        words = f"diverged from {there}: {ahead} ahead, {behind} behind"
        return Finding("branch", words, f"git pull --rebase {remote} {branch}", fatal=True)
    if behind:
        words = f"{behind} behind {there}"
        return Finding("branch", words, f"git pull --ff-only {remote} {branch}", fatal=True)
    return Finding("branch", f"{ahead} ahead of {there}" if ahead else f"up to date with {there}")


# --- GitHub --------------------------------------------------------------------------------------------------------


async def github_findings(subject: Subject, root: Path) -> tuple[Finding, ...]:
    """Everything about GitHub at once, nothing when the remote is elsewhere. Raises nothing for what it finds."""
    wanted = needs(subject)
    if not wanted.pushes and not wanted.anything:
        return ()
    try:
        repo = await repository.repository(subject.project, setting(subject, "remote"))
        to = await _place(subject, root)
        branch = to.branch if isinstance(to, PushTarget) else await git.branch(root) or ""
    except Problem as problem:
        return (Finding("github", problem.what, problem.todo or "git remote -v", fatal=wanted.anything),)
    if repo is None:
        if not wanted.anything:
            return ()
        fix = "git remote set-url origin git@github.com:OWNER/NAME.git   # or set GH_REPO=OWNER/NAME"
        return (Finding("github", f"the remote is not on github.com, which {wanted.words} needs", fix, fatal=True),)
    if shell.which("gh") is None:
        without = f"{wanted.words} cannot do without it" if wanted.anything else "nothing on GitHub can be confirmed"
        return (Finding("gh", f"gh is not installed: {without}", shell.how_to_get("gh"), fatal=wanted.anything),)
    # Imported here: a project that is not on GitHub pays nothing for it.
    from .github_checks import GithubFacts

    return await GithubFacts(subject, wanted, root, repo, branch).all()


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
