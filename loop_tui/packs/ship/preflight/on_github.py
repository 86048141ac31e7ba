"""What a run needs of GitHub, and whether its project is there at all; who looks closer is `preflight_look`.

Only what a configured target or the pull-request route cannot do without stops a run; the rest is a warning. A project
whose remote is not on GitHub is asked nothing, and pays nothing for what we know of GitHub.
"""

from dataclasses import dataclass
from pathlib import Path

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.targets.settings import configured
from loop_tui.process import shell
from loop_tui.services.git import git
from loop_tui.services.github import repository

from .findings import DISTRIBUTES, PUSHES, Finding, Subject, setting, will_do

ACTIONS, DEPLOYMENT, RELEASE = "github-actions", "github-deployment", "github-release"
_KINDS = (ACTIONS, DEPLOYMENT, RELEASE)


@dataclass(frozen=True)
class Needs:
    """What of this run cannot do without GitHub's API."""

    targets: tuple[TargetDefinition, ...] = ()
    pull_request: bool = False
    pushes: bool = False

    @property
    def anything(self) -> bool:
        """True when the run stops without it."""
        return bool(self.targets) or self.pull_request

    @property
    def writes(self) -> bool:
        """True when something is made on GitHub, beyond the push."""
        return self.pull_request or any(target.settings.get("mode") == "create" for target in self.targets)

    @property
    def words(self) -> str:
        """What needs it, for people: `the targets railway, vercel and the pull-request route`."""
        names = [target.id for target in self.targets]
        parts = [f"the target{'s' if len(names) > 1 else ''} {few(names)}"] if names else []
        return " and ".join(parts + (["the pull-request route"] if self.pull_request else []))


def needs(subject: Subject) -> Needs:
    """What this run needs GitHub's API for: its configured targets there, and its route."""
    targets = tuple(t for t in subject.definition.targets if t.kind in _KINDS and configured(t.kind, t.settings))
    pushes = will_do(subject, PUSHES)
    route = pushes and setting(subject, "route") == "pull-request"
    return Needs(targets if will_do(subject, DISTRIBUTES) else (), route, pushes)


async def github_findings(subject: Subject, root: Path) -> tuple[Finding, ...]:
    """Everything about GitHub at once. Raises nothing for what it finds."""
    wanted = needs(subject)
    if not wanted.pushes and not wanted.anything:
        return ()
    try:
        repo = await repository.repository(subject.project, setting(subject, "remote"))
        branch = await git.branch(root) or ""
    except Problem as problem:
        return (Finding("github", problem.what, problem.todo or "git remote -v", fatal=wanted.anything),)
    if repo is None:
        if not wanted.anything:
            return ()
        mend = "git remote set-url origin git@github.com:OWNER/NAME.git   # or set GH_REPO=OWNER/NAME"
        return (Finding("github", f"the remote is not on github.com, which {wanted.words} needs", mend, fatal=True),)
    if shell.which("gh") is None:
        without = f"{wanted.words} cannot do without it" if wanted.anything else "nothing on GitHub can be confirmed"
        return (Finding("gh", f"gh is not installed: {without}", shell.how_to_get("gh"), fatal=wanted.anything),)
    from .look import GithubFacts

    return await GithubFacts(subject, wanted, root, repo, branch).all()
