"""Preflight of GitHub: which repository it is, and whether gh is there to ask about it."""

from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.process import shell
from loop_tui.services.git import git
from loop_tui.services.git.push_target import PushTarget
from loop_tui.services.github import repository

from .findings import Finding, Subject, setting
from .github_needs import needs
from .remote_checks import PushPlace


async def github_findings(subject: Subject, root: Path, place: PushPlace) -> tuple[Finding, ...]:
    """Everything about GitHub at once, nothing when the remote is elsewhere. Raises nothing for what it finds."""
    wanted = needs(subject)
    if not wanted.pushes and not wanted.anything:
        return ()
    try:
        repo = await repository.repository(subject.project, setting(subject, "remote"))
        to = await place
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
