"""Preflight on GitHub: who is signed in and what they may do, workflows, protection (SHIP "Planning a release")."""

import asyncio
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.github import asked
from loop_tui.packs.ship.targets.kinds.github_deployment import deployed_by
from loop_tui.packs.ship.targets.project_file import FOLDER, NAME
from loop_tui.packs.ship.targets.workflow_file import workflow_path
from loop_tui.services.github import gh
from loop_tui.services.github.models import About, Deployment, Workflow

from .findings import Finding, Subject, setting
from .github_needs import DEPLOYMENT, Needs, workflow_of

_SCOPES = ("repo", "workflow")
_SETTINGS = f"{FOLDER}/{NAME}"


class GithubFacts:
    """One look at one repository on GitHub."""

    def __init__(self, subject: Subject, wanted: Needs, root: Path, repo: gh.Repository, branch: str) -> None:
        self._subject = subject
        self._wanted = wanted
        self._root = root
        self._repo = repo
        self._branch = branch
        self._fatal = wanted.anything

    async def all(self) -> tuple[Finding, ...]:
        """Everything at once. Raises nothing for what it finds."""
        return (*_of_host(), *await self._all())

    async def _all(self) -> tuple[Finding, ...]:
        who = await asked(gh.signed_in(self._repo.project))
        if isinstance(who, Problem):
            return (self._trouble("gh", who),)
        if who is None:
            token = _token_name(os.environ)
            words = f"GitHub rejects the token in {token}" if token else "you are not signed in to GitHub"
            return (Finding("gh", words, _sign_in(token), fatal=self._fatal),)
        wants_deployments = any(target.kind == DEPLOYMENT for target in self._wanted.targets)
        about, workflows, protected, seen = await asyncio.gather(
            asked(gh.about(self._repo)),
            asked(gh.workflows(self._repo)),
            asked(gh.protected(self._repo, self._branch) if self._branch else _nothing()),
            asked(gh.deployments(self._repo) if wants_deployments else _nothing()),
        )
        signed_in = Finding("gh", f"signed in as {one_line(who.login)}" if who.login else "signed in without a user")
        found = [signed_in, self._scopes(who, about), *self._about(who, about), *self._workflows(workflows)]
        found += self._protection(protected)
        found += self._deployments(seen or ())
        return tuple(found)

    # --- who, and what they may ---

    def _scopes(self, who: gh.SignedIn, about: About | Problem) -> Finding:
        if not who.scopes:
            # As gh does: tokens of the newer kinds tell no scopes, or none.
            return Finding("scopes", "this kind of token does not list its scopes: GitHub decides when it is used")
        missing = [scope for scope in _SCOPES if scope not in who.scopes]
        if isinstance(about, About) and not about.private and "public_repo" in who.scopes and "repo" in missing:
            missing.remove("repo")
        if not missing:
            return Finding("scopes", ", ".join(sorted(who.scopes)))
        words = f"the token lacks {' and '.join(missing)}; it has {', '.join(sorted(who.scopes))}"
        token = _token_name(os.environ)
        refresh = f"gh auth refresh -s {','.join(_SCOPES)}"
        fix = f"unset {token} && {refresh}" if token else refresh
        # `workflow` is needed only when what is sent changes a workflow file.
        return Finding("scopes", words, fix, fatal=self._fatal and "repo" in missing)

    def _about(self, who: gh.SignedIn, about: About | Problem) -> list[Finding]:
        repo = str(self._repo)
        if isinstance(about, Problem):
            if isinstance(about, gh.GhProblem) and about.kind is gh.ApiErrorKind.NOT_FOUND:
                words = f"GitHub shows no {repo} to {one_line(who.login) or 'this token'}"
                return [Finding("github", words, f"gh repo view {shlex.quote(repo)}", fatal=self._fatal)]
            return [self._trouble("github", about)]
        found = [Finding("github", f"{repo}, default branch {one_line(about.default_branch)}")]
        if about.archived:
            words, fix = f"{repo} is archived and does not accept pushes", f"gh repo unarchive {shlex.quote(repo)}"
            found.append(Finding("github", words, fix, fatal=self._wanted.pushes))
        if self._wanted.writes and about.permissions is not None and not about.permissions.push:
            words = f"{one_line(who.login) or 'this token'} may not write to {repo}"
            found.append(Finding("github", words, "gh auth login   # as a user with write access", fatal=True))
        auto = self._wanted.pull_request and setting(self._subject, "merge") == "auto"
        if auto and not about.allow_auto_merge:
            words = f'{repo} does not allow auto-merge, which merge = "auto" asks for'
            found.append(Finding("github", words, f"gh repo edit {shlex.quote(repo)} --enable-auto-merge"))
        return found

    # --- workflows ---

    def _workflows(self, known: tuple[Workflow, ...] | Problem) -> list[Finding]:
        wanted = {name: t for t in self._wanted.targets if (name := workflow_of(t))}
        if isinstance(known, Problem):
            needed = ", ".join(wanted)
            return [self._trouble(f"workflow {needed}".strip(), known, fatal=bool(wanted))]
        ours = [w for w in known if w.path.startswith(workflow_path(""))]
        found = [self._workflow(name, target, ours) for name, target in wanted.items()]
        named = {workflow_path(name) for name in wanted}
        for workflow in ours:
            # One whose file is gone stays in GitHub's list: nobody misses it.
            if not workflow.active and workflow.path not in named and (self._root / workflow.path).is_file():
                found.append(self._disabled(workflow, ""))
        if not wanted and not found and ours:
            found.append(Finding("workflows", f"active: {few([one_line(Path(w.path).name) for w in ours])}"))
        return found

    def _workflow(self, name: str, target: TargetDefinition, known: list[Workflow]) -> Finding:
        path = workflow_path(name)
        workflow = next((w for w in known if w.path == path), None)
        if workflow is not None:
            if workflow.active:
                return Finding("workflow", f"{path} is active, for {target.id}")
            return self._disabled(workflow, target.id)
        if (self._root / path).is_file():
            return Finding("workflow", f"{path} is not on GitHub's default branch yet: the push adds it")
        there = few([one_line(Path(w.path).name) for w in known]) or "none"
        words = f"{path} does not exist, but {target.id} waits for it; GitHub has: {there}"
        return Finding("workflow", words, f"set the right one for {target.id} in {_SETTINGS}", fatal=True)

    def _disabled(self, workflow: Workflow, target: str) -> Finding:
        state = one_line(workflow.state.replace("_", " "))
        words = f"{one_line(workflow.path)} is {state}: no push starts it" + (
            f", and {target} waits for it" * bool(target)
        )
        fix = f"gh workflow enable {shlex.quote(one_line(Path(workflow.path).name))}"
        return Finding("workflow", words, fix, fatal=bool(target))

    # --- the branch, and who deploys ---

    def _protection(self, protected: bool | Problem | None) -> list[Finding]:
        branch = one_line(self._branch)
        if not self._branch or not self._wanted.pushes:
            return []
        if isinstance(protected, Problem) or protected is None:
            return [Finding("protection", f"GitHub does not show whether {branch} is protected")]
        if not protected:
            return [Finding("protection", f"{branch} accepts direct pushes")]
        if self._wanted.pull_request:
            return [Finding("protection", f"{branch} is protected: shipping by pull request")]
        words = f"{branch} is protected: GitHub will refuse the push, unless you are exempt"
        return [Finding("protection", words, f'set route = "pull-request" under [release] in {_SETTINGS}')]

    def _deployments(self, seen: tuple[Deployment, ...] | Problem) -> list[Finding]:
        """A warning for each target that nobody has ever deployed to: a name may be misspelt, or it is the first."""
        if isinstance(seen, Problem):
            return [self._trouble("deployments", seen)]
        found = []
        places = list(dict.fromkeys(f"{one_line(d.app)} to {one_line(d.environment)}" for d in seen))
        for target in (t for t in self._wanted.targets if t.kind == DEPLOYMENT):
            if any(deployed_by(target, deployment) for deployment in seen):
                continue
            known = f"so far: {few(places)}" if places else "no deployment so far"
            words = f"{target.id} was never deployed to; {known}"
            found.append(Finding("deployments", words, "loop-tui targets --detect"))
        return found

    def _trouble(self, name: str, problem: Problem, fatal: bool | None = None) -> Finding:
        """What could not be asked. It stops only a run that needs the answer, and may be better in a while."""
        external = isinstance(problem, gh.GhProblem) and problem.external
        words = f"{problem.what}" + ("" if self._fatal else ": nothing on GitHub can be confirmed")
        fatal = self._fatal if fatal is None else fatal
        return Finding(name, words, problem.todo or "gh auth status", fatal=fatal, external=external)


def _of_host() -> tuple[Finding, ...]:
    """GH_HOST names another server than the remote: said, so that an answer that surprises is understood."""
    named = one_line(gh.other_host(), 100)
    words = f"GH_HOST is {named}, and the remote is on github.com: gh is asked about github.com"
    return (Finding("gh", words, "unset GH_HOST   # or leave it: it is not used here"),) if named else ()


async def _nothing() -> None:
    return None


def _token_name(environment: Mapping[str, str]) -> str:
    """The variable that gh takes its token from, before its own sign-in; empty when none is set."""
    return next((name for name in ("GH_TOKEN", "GITHUB_TOKEN") if environment.get(name)), "")


def _sign_in(token: str) -> str:
    return f"unset {token} && gh auth login" if token else "gh auth login"
