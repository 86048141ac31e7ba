"""What a repository uses to deliver, and the settings that would make loop-tui confirm it (`loop-tui targets`).

Nothing is proposed that was not seen at work: a `railway.toml` whose app never posted a deployment would be a target
that no run can confirm. Where GitHub cannot be asked, files are all there is, and that is said.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field
from pydantic import JsonValue

from loop_tui.fs.plain import read_start
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line
from loop_tui.packs.ship import TARGETS
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.github import asked
from loop_tui.packs.ship.targets.project_file import ProjectTargets, TargetEntry
from loop_tui.packs.ship.targets.settings import configured as is_configured
from loop_tui.packs.ship.targets.settings import refusal, settings_of
from loop_tui.process import shell
from loop_tui.services.git import git, push_target
from loop_tui.services.git.read_only import looking
from loop_tui.services.github import gh
from loop_tui.services.github.models import Deployment, Release, Workflow

from .detect_registry import PUBLISHES, propose
from .kinds.github_deployment import deployed_by
from .workflow_file import why_never, workflow_path

_ACTIONS, _DEPLOYMENT, _RELEASE = "github-actions", "github-deployment", "github-release"
_FILES = {"railway": ("railway.toml", "railway.json"), "vercel": (".vercel", "vercel.json")}
_APPS = {"railway": "railway-app", "vercel": "vercel"}
_TITLES = {"railway": "Railway", "vercel": "Vercel"}
_PRODUCTION = regex(r"\bprod", re.IGNORECASE)
_VERSION_TAG = regex(r"(v?)\d+\.\d+\.\d+")
_FIRST = ("ci", "test", "build", "main")
_NOT_IN_IDS = regex(r"[^a-z0-9]+")


_LARGEST_BYTES = 500_000
_RELEASES = regex(
    r"\bgh release (?:create|upload)|action-gh-release|create-release|upload-release-asset|release-action"
    r"|semantic-release|release-please|goreleaser|/releases\b"
)


class WorkflowFile(Struct, frozen=True):
    """A workflow file: why no push to this branch starts it, if so; whether it makes releases, and publishes."""

    path: str
    never: str = ""
    releases: bool = False
    publishes: bool = False

    @property
    def name(self) -> str:
        """Without its folder."""
        return self.path.rpartition("/")[2]


class GitHubSays(Struct, frozen=True):
    """What GitHub answered; `None` of something is "could not be asked", and `trouble` says why."""

    repository: str = ""
    workflows: tuple[Workflow, ...] | None = None
    deployments: tuple[Deployment, ...] | None = None
    releases: tuple[Release, ...] | None = None
    protected: bool | None = None
    trouble: tuple[str, ...] = ()


class Detection(Struct):
    """What was seen, what follows from it, and what a person should know besides."""

    seen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entries: list[TargetEntry] = field(default_factory=list)
    release: dict[str, JsonValue] = field(default_factory=dict)
    commented: str = ""
    """Lines for the file that only a person can decide about, all of them comments."""


async def detect(project: Path, existing: ProjectTargets, known: Sequence[TargetDefinition]) -> Detection:
    """Look at the project's files and at GitHub.

    `existing` settings are kept as they are and come first; `known` are the loop's targets with those settings. Raises
    Problem only when git itself does not work. This is a look: of the repository's configuration nothing is run.
    """
    with looking():
        return await _detect(project, existing, known)


async def _branch(root: Path) -> str:
    """The branch that a push goes to, as the remote calls it."""
    local = await git.branch(root) or ""
    try:
        return (await push_target.find(root, local)).branch
    except Problem:
        return local


async def _detect(project: Path, existing: ProjectTargets, known: Sequence[TargetDefinition]) -> Detection:
    found_at = await git.repository_root(project)
    root, branch = (found_at, await _branch(found_at)) if found_at is not None else (project, "")
    said = await _ask(project, branch)
    found = Detection(notes=list(said.trouble), entries=list(existing.entries), release=dict(existing.release))
    configured = [
        target for target in known if _needs_settings(target.kind) and is_configured(target.kind, target.settings)
    ]
    files = await asyncio.to_thread(_workflow_files, root, branch)
    _actions(found, files, said, configured)
    _deployments(found, project, said, configured, {target.id for target in known if target.kind != _DEPLOYMENT})
    _releases(found, files, said, configured)
    _registry(found, project, files, configured)
    kept = len(existing.entries)
    found.entries[kept:] = _presentable(found, found.entries[kept:], {target.id: target.kind for target in known})
    if said.protected:
        found.seen.append(f"{one_line(branch)} is protected on GitHub")
        found.release.setdefault("route", "pull-request")
    return found


def _presentable(found: Detection, new: Sequence[TargetEntry], kinds: Mapping[str, str]) -> Iterator[TargetEntry]:
    """The new entries as they are written: without the kind where the loop has it, and none that could not be read."""
    for entry in new:
        known = settings_of(entry.kind)
        if any(refusal(key, value, known) for key, value in entry.settings.items()):
            names = few([one_line(str(value), 60) for value in entry.settings.values()])
            found.notes.append(f"skipped, because these names are not allowed in a setting: {names}")
            continue
        yield entry.model_copy(update={"kind": ""}) if kinds.get(entry.id) == entry.kind else entry


async def _ask(project: Path, branch: str) -> GitHubSays:
    try:
        repo = await gh.repository(project)
    except Problem as problem:
        return GitHubSays(trouble=(problem.what,))
    if repo is None:
        return GitHubSays(trouble=("the remote is not on github.com, so nothing there can be confirmed",))
    if shell.which("gh") is None:
        return GitHubSays(
            str(repo), trouble=(f"gh is not installed, so GitHub was not checked: {shell.how_to_get('gh')}",)
        )
    who = await asked(gh.signed_in(project))
    if who is None:
        return GitHubSays(str(repo), trouble=("you are not signed in, so GitHub was not checked: gh auth login",))
    if isinstance(who, Problem):
        return GitHubSays(str(repo), trouble=(f"GitHub was not checked: {who.what}",))
    workflows, deployments, releases, protected = await asyncio.gather(
        asked(gh.workflows(repo)),
        asked(gh.deployments(repo)),
        asked(gh.releases(repo, limit=1)),
        asked(gh.protected(repo, branch) if branch else _unknown()),
    )
    answers = (workflows, deployments, releases, protected)
    return GitHubSays(
        str(repo),
        None if isinstance(workflows, Problem) else workflows,
        None if isinstance(deployments, Problem) else deployments,
        None if isinstance(releases, Problem) else releases,
        None if isinstance(protected, Problem) else protected,
        tuple(dict.fromkeys(str(answer) for answer in answers if isinstance(answer, Problem))),
    )


async def _unknown() -> None:
    return None


# --- workflows ------------------------------------------------------------------------------------------------------


def _actions(
    found: Detection, files: Sequence[WorkflowFile], said: GitHubSays, configured: Sequence[TargetDefinition]
) -> None:
    states = {workflow.path: workflow for workflow in said.workflows or ()}
    taken = {str(t.settings.get("workflow", "")).rpartition("/")[2] for t in configured if t.kind == _ACTIONS}
    ids = {target.id for target in configured}
    for file in sorted(files, key=_order):
        known = states.get(file.path)
        where = "" if said.workflows is None else f", {one_line(known.state)} on GitHub" if known else ", not on GitHub"
        found.seen.append(f"{one_line(file.path)}: {one_line(file.never) or 'a push starts it'}{where}")
        if file.never or file.name in taken or not said.repository:
            continue
        if known is not None and not known.active:
            found.notes.append(f"{one_line(file.name)} is disabled: gh workflow enable {one_line(file.name)}")
            continue
        name = _ACTIONS if _ACTIONS not in ids else f"{_ACTIONS}-{_slug(file.name.rpartition('.')[0])}"
        if name not in ids:
            ids.add(name)
            found.entries.append(TargetEntry(id=name, kind=_ACTIONS, settings={"workflow": file.name}))


def _workflow_files(root: Path, branch: str) -> tuple[WorkflowFile, ...]:
    """The workflow files of a repository, by name."""
    found = []
    try:
        paths = sorted(p for p in (root / workflow_path("")).iterdir() if p.suffix in (".yml", ".yaml") and p.is_file())
        for path in paths:
            text = read_start(path, _LARGEST_BYTES, follow=True).decode("utf-8", "replace")
            never = why_never(text, branch, None)
            found.append(
                WorkflowFile(
                    workflow_path(path.name), never, bool(_RELEASES.search(text)), bool(PUBLISHES.search(text))
                )
            )
    except OSError:
        pass
    return tuple(found)


def _order(file: WorkflowFile) -> tuple[int, str]:
    """The workflow that builds and tests comes first: it is the one that keeps the short name."""
    stem = file.name.rpartition(".")[0].lower()
    rank = next((place for place, word in enumerate(_FIRST) if word in _NOT_IN_IDS.split(stem)), len(_FIRST))
    return rank, file.path


# --- deployments ----------------------------------------------------------------------------------------------------


def _deployments(
    found: Detection, project: Path, said: GitHubSays, configured: Sequence[TargetDefinition], others: set[str]
) -> None:
    ids = {target.id for target in configured} | others
    targets = [target for target in configured if target.kind == _DEPLOYMENT]
    for app, environments in _by_app(said.deployments or ()).items():
        for environment, newest in environments.items():
            found.seen.append(f"{one_line(app)} deploys to {one_line(environment)}, last on {newest.created_at}")
        for environment in _production(environments):
            if any(deployed_by(target, environments[environment]) for target in targets):
                continue
            name = _id_of(app, environment, ids)
            ids.add(name)
            settings: dict[str, JsonValue] = {"environment": environment, "app": app.removesuffix("[bot]")}
            found.entries.append(TargetEntry(id=name, kind=_DEPLOYMENT, settings=settings))
    for name, places in _FILES.items():
        there = [place for place in places if (project / place).exists()]
        if not there:
            continue
        found.seen.append(f"{few(there)}: this is deployed to {_TITLES[name]}")
        if name in ids or not said.repository:
            continue
        if said.deployments is None:
            found.notes.append(f"{name} is proposed for {there[0]}, but it is unknown whether it posts deployments")
            found.entries.append(TargetEntry(id=name, kind=_DEPLOYMENT, settings={"app": _APPS[name]}))
        else:
            words = (
                f"{there[0]} exists, but {_TITLES[name]} posted no deployment to GitHub, so nothing could be confirmed"
            )
            found.notes.append(f"{words}; connect the repository there")


def _by_app(deployments: Iterable[Deployment]) -> dict[str, dict[str, Deployment]]:
    """The newest deployment of each app to each environment; they come newest first."""
    apps: dict[str, dict[str, Deployment]] = {}
    for deployment in deployments:
        if deployment.app and deployment.environment:
            apps.setdefault(deployment.app, {}).setdefault(deployment.environment, deployment)
    return apps


def _production(environments: dict[str, Deployment]) -> Iterator[str]:
    """The environments that are production by their name; where none is, the one deployed to last."""
    named = [name for name in environments if _PRODUCTION.search(name)]
    yield from named or list(environments)[:1]


def _id_of(app: str, environment: str, taken: set[str]) -> str:
    """A name for a target: that of the loop where it has one, else after the environment."""
    plain = next((name for name, login in _APPS.items() if app.removesuffix("[bot]").lower() == login), "")
    names = [plain, f"{plain}-{_slug(environment)}"] if plain else [_slug(environment), f"deploy-{_slug(environment)}"]
    names += [f"{names[-1]}-{number}" for number in range(2, 100)]
    return next(name for name in names if name and name not in taken)


def _slug(text: str) -> str:
    return _NOT_IN_IDS.sub("-", text.lower()).strip("-")[:40] or "target"


# --- releases -------------------------------------------------------------------------------------------------------


def _releases(
    found: Detection, files: Sequence[WorkflowFile], said: GitHubSays, configured: Sequence[TargetDefinition]
) -> None:
    published = [release for release in said.releases or () if not release.draft]
    if not published:
        return
    names = [release.tag_name for release in published]
    found.seen.append(f"releases on GitHub: {few([one_line(name) for name in names], 3)}")
    versions = [match for name in names if (match := _VERSION_TAG.fullmatch(name))]
    if any(target.kind == _RELEASE for target in configured) or not (versions or "latest" in names):
        return
    tag = "latest" if "latest" in names else f"{versions[0][1]}{{version}}"
    if any(file.releases for file in files):
        settings: dict[str, JsonValue] = {"tag": tag, "mode": "confirm"}
        found.entries.append(TargetEntry(id=_RELEASE, kind=_RELEASE, settings=settings))
    else:
        words = "no workflow here creates releases: let loop-tui create them with"
        found.notes.append(f'{words} id = "github-release", tag = "{tag}", mode = "create"')


# --- the registry ---------------------------------------------------------------------------------------------------


def _registry(
    found: Detection, project: Path, files: Sequence[WorkflowFile], configured: Sequence[TargetDefinition]
) -> None:
    publishing = [file.name for file in files if file.publishes]
    proposal = propose(project, publishing, [file.name for file in files if not file.never], configured)
    found.seen += proposal.seen
    found.entries += proposal.entries
    found.commented = proposal.commented


def _needs_settings(kind: str) -> bool:
    return kind in TARGETS and bool(TARGETS[kind].needed)
