"""GitHub behind narrow functions, each one question or one change through `gh api` (SHIP "Confirming").

All of them raise GhProblem (see `github_call`), none tries twice, and none waits for anything: what polls, and what
makes a change exactly once, is built on them. A function that asks for one thing gives None where GitHub says 404, if
its absence is an answer; bear in mind that GitHub also says 404 for what the token may not see.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.services.github.api import Answer as Answer
from loop_tui.services.github.api import ApiErrorKind as ApiErrorKind
from loop_tui.services.github.api import GhProblem as GhProblem
from loop_tui.services.github.api import call as call
from loop_tui.services.github.api import graphql, pages, save
from loop_tui.services.github.api import other_host as other_host
from loop_tui.services.github.cache import Conversation as Conversation
from loop_tui.services.github.cache import conversation as conversation
from loop_tui.services.github.models import (
    About,
    Account,
    Asset,
    CheckRun,
    CombinedStatus,
    Deployment,
    DeploymentStatus,
    GitRef,
    Merged,
    Pull,
    Release,
    Run,
    Workflow,
    WorkflowJob,
    read,
    read_all,
)
from loop_tui.services.github.repository import Repository as Repository
from loop_tui.services.github.repository import parse_remote as parse_remote
from loop_tui.services.github.repository import repository as repository
from loop_tui.services.github.repository import with_query

UPLOADS = "https://uploads.github.com"
TRANSFER_TIMEOUT_S = 600.0
_PER_PAGE = 100
# A rule of one of these types, active for a branch, makes GitHub refuse a direct push.
_RULES = frozenset(
    {"pull_request", "update", "creation", "required_status_checks", "merge_queue", "required_deployments"}
)


class SignedIn(Struct, frozen=True):
    """Who gh acts as. `login` is empty for a token of no person (a workflow's own), `scopes` None where not told."""

    login: str
    scopes: frozenset[str] | None = None


class Download(Struct, frozen=True):
    """A file that was fetched."""

    path: Path
    size_bytes: int
    sha256: str


# --- who and what ---------------------------------------------------------------------------------------------------


async def signed_in(cwd: Path) -> SignedIn | None:
    """Who gh is signed in as, asked of GitHub; None when nobody is, or when the token is no longer good."""
    try:
        answer = await call(cwd, "user")
    except GhProblem as problem:
        if problem.kind is ApiErrorKind.SIGNED_OUT:
            return None
        if problem.kind is ApiErrorKind.FORBIDDEN:  # a workflow's own token is nobody
            return SignedIn("")
        raise
    return SignedIn(read(Account, answer.json, "GET user").login, answer.scopes)


async def about(repo: Repository) -> About:
    """What GitHub says of the repository: default branch, ways to merge, our permissions."""
    path = repo.path()
    return read(About, (await call(repo.project, path)).json, f"GET {path}")


async def default_branch(repo: Repository) -> str:
    """The branch that GitHub shows first."""
    return (await about(repo)).default_branch


async def protected(repo: Repository, branch: str) -> bool | None:
    """Whether the branch is protected, by the older kind of protection or by a rule that refuses direct pushes.

    None when there is no such branch, or when GitHub does not tell us.
    """
    answer = await call(repo.project, repo.path("branches", branch), allowed=(403, 404))
    document = answer.json if answer.status == 200 and isinstance(answer.json, dict) else {}
    flag = document.get("protected")
    if flag is True:
        return True
    rules = await call(repo.project, repo.path("rules", "branches", branch), allowed=(403, 404))
    if rules.status == 200 and isinstance(rules.json, list):
        kinds = {str(rule.get("type", "")) for rule in rules.json if isinstance(rule, dict)}
        if kinds & _RULES:
            return True
    return flag if isinstance(flag, bool) else None


# --- workflows ------------------------------------------------------------------------------------------------------


async def workflows(repo: Repository) -> tuple[Workflow, ...]:
    """The repository's workflows, disabled ones too."""
    path = repo.path("actions", "workflows", per_page=_PER_PAGE)
    return read_all(Workflow, await pages(repo.project, path, "workflows"), f"GET {path}")


async def runs(
    repo: Repository, sha: str = "", *, event: str | None = "push", filtered: bool = True, per_page: int = _PER_PAGE
) -> tuple[Run, ...]:
    """The newest workflow runs, one page; with `sha` only those of that commit.

    GitHub's own filter by commit lags behind: `filtered=False` looks for the commit in the list of all runs instead,
    so alternate between the two (SHIP "Confirming").
    """
    asked = sha if sha and filtered else None
    path = repo.path("actions", "runs", head_sha=asked, event=event, per_page=per_page)
    found = read_all(Run, await pages(repo.project, path, "workflow_runs", limit=1), f"GET {path}")
    return tuple(run for run in found if not sha or run.head_sha == sha)


async def workflow_runs(
    repo: Repository, workflow: int | str, *, status: str = "success", count: int = 10
) -> tuple[Run, ...]:
    """The newest runs of one workflow (id or file name) with that status: tells how long it usually takes."""
    path = repo.path("actions", "workflows", workflow, "runs", status=status, per_page=count)
    return read_all(Run, await pages(repo.project, path, "workflow_runs", limit=1), f"GET {path}")


async def run(repo: Repository, run_id: int) -> Run | None:
    """One workflow run, of its newest attempt; None when it was deleted."""
    path = repo.path("actions", "runs", run_id)
    answer = await call(repo.project, path, allowed=(404,))
    return None if answer.status == 404 else read(Run, answer.json, f"GET {path}")


async def rerun(repo: Repository, run_id: int) -> None:
    """Have a run that ended run once more, all of its jobs. GitHub refuses it (403) while the run has not ended."""
    await call(repo.project, repo.path("actions", "runs", run_id, "rerun"), method="POST")


async def dispatch(repo: Repository, workflow: str, ref: str) -> None:
    """Start a workflow by its file on a branch. GitHub refuses it (422) for one that is not `on: workflow_dispatch`."""
    name = workflow.rpartition("/")[2]
    body: dict[str, JsonValue] = {"ref": ref}
    await call(repo.project, repo.path("actions", "workflows", name, "dispatches"), method="POST", body=body)


async def jobs(repo: Repository, run_id: int) -> tuple[WorkflowJob, ...]:
    """The jobs of the newest attempt of a run."""
    path = repo.path("actions", "runs", run_id, "jobs", filter="latest", per_page=_PER_PAGE)
    return read_all(WorkflowJob, await pages(repo.project, path, "jobs"), f"GET {path}")


# --- deployments, checks, statuses ----------------------------------------------------------------------------------


async def deployments(
    repo: Repository, sha: str | None = None, *, environment: str | None = None, per_page: int = _PER_PAGE
) -> tuple[Deployment, ...]:
    """The newest deployments, newest first, one page: of a commit, of an environment, of both, or all."""
    path = repo.path("deployments", sha=sha, environment=environment, per_page=per_page)
    return read_all(Deployment, await pages(repo.project, path, limit=1), f"GET {path}")


async def deployment_statuses(repo: Repository, deployment_id: int) -> tuple[DeploymentStatus, ...]:
    """What became of a deployment, newest first."""
    path = repo.path("deployments", deployment_id, "statuses", per_page=_PER_PAGE)
    found = read_all(DeploymentStatus, await pages(repo.project, path), f"GET {path}")
    return tuple(sorted(found, key=lambda status: status.id, reverse=True))


async def check_runs(repo: Repository, sha: str) -> tuple[CheckRun, ...]:
    """The checks of a commit."""
    path = repo.path("commits", sha, "check-runs", per_page=_PER_PAGE)
    return read_all(CheckRun, await pages(repo.project, path, "check_runs"), f"GET {path}")


async def combined_status(repo: Repository, sha: str) -> CombinedStatus:
    """The statuses of a commit, the newest of each context."""
    path = repo.path("commits", sha, "status", per_page=_PER_PAGE)
    return read(CombinedStatus, (await call(repo.project, path)).json, f"GET {path}")


# --- releases and tags ----------------------------------------------------------------------------------------------


async def release(repo: Repository, tag: str) -> Release | None:
    """The published release of a tag, or None."""
    path = repo.path("releases", "tags", *tag.split("/"))
    answer = await call(repo.project, path, allowed=(404,))
    return None if answer.status == 404 else read(Release, answer.json, f"GET {path}")


async def latest_release(repo: Repository) -> Release | None:
    """The release that GitHub marks as the latest (which need not be tagged so), or None when there is none."""
    path = repo.path("releases", "latest")
    answer = await call(repo.project, path, allowed=(404,))
    return None if answer.status == 404 else read(Release, answer.json, f"GET {path}")


async def releases(repo: Repository, limit: int = 3) -> tuple[Release, ...]:
    """The releases, newest first, drafts too where the token may see them; at most `limit` pages of 100."""
    path = repo.path("releases", per_page=_PER_PAGE)
    return read_all(Release, await pages(repo.project, path, limit=limit), f"GET {path}")


async def create_release(
    repo: Repository,
    tag: str,
    *,
    target: str,
    title: str = "",
    body: str = "",
    draft: bool = False,
    prerelease: bool = False,
    latest: bool | None = None,
) -> Release:
    """Make a release; GitHub makes the tag at `target` (a commit or branch) when there is none, and ignores it else.

    Refused when the tag has a release already.
    """
    path = repo.path("releases")
    asked: dict[str, JsonValue] = {
        "tag_name": tag,
        "target_commitish": target,
        "name": title or tag,
        "body": body,
        "draft": draft,
        "prerelease": prerelease,
    }
    if latest is not None:
        asked["make_latest"] = "true" if latest else "false"
    return read(Release, (await call(repo.project, path, method="POST", body=asked)).json, f"POST {path}")


async def publish_release(repo: Repository, release_id: int) -> Release:
    """Make a draft public. A release that was filled as a draft is never seen without its files."""
    path = repo.path("releases", release_id)
    answer = await call(repo.project, path, method="PATCH", body={"draft": False})
    return read(Release, answer.json, f"PATCH {path}")


async def delete_release(repo: Repository, release_id: int) -> bool:
    """Delete a release; its tag stays. False when there was none."""
    answer = await call(repo.project, repo.path("releases", release_id), method="DELETE", allowed=(404,))
    return answer.status != 404


async def upload_asset(
    repo: Repository, release_id: int, file: Path, *, name: str = "", content_type: str = "application/octet-stream"
) -> Asset:
    """Add a file to a release. Refused when it has one of that name, also half a one (state `starter`)."""
    path = with_query(f"{UPLOADS}/{repo.path('releases', release_id, 'assets')}", name=name or file.name)
    headers = {"Content-Type": content_type}
    answer = await call(
        repo.project, path, method="POST", upload=file.absolute(), headers=headers, timeout_s=TRANSFER_TIMEOUT_S
    )
    return read(Asset, answer.json, f"POST {path}")


async def delete_asset(repo: Repository, asset_id: int) -> bool:
    """Delete a file of a release. False when there was none."""
    answer = await call(repo.project, repo.path("releases", "assets", asset_id), method="DELETE", allowed=(404,))
    return answer.status != 404


async def download_asset(repo: Repository, asset_id: int, to: Path) -> Download:
    """Fetch a file of a release (at most 256 MB) to `to`, which is written whole or not at all."""
    headers = {"Accept": "application/octet-stream"}
    path = repo.path("releases", "assets", asset_id)
    answer = await call(repo.project, path, headers=headers, timeout_s=TRANSFER_TIMEOUT_S)
    await save(answer.raw, to)
    digest = await asyncio.to_thread(lambda: hashlib.sha256(answer.raw).hexdigest())
    return Download(to, len(answer.raw), digest)


async def tag_commit(repo: Repository, tag: str) -> str | None:
    """The commit that a tag on GitHub names (through an annotated tag, too), or None when there is no such tag."""
    path = repo.path("git", "ref", "tags", *tag.split("/"))
    answer = await call(repo.project, path, allowed=(404,))
    if answer.status == 404:
        return None
    pointed = read(GitRef, answer.json, f"GET {path}").object
    while pointed.type == "tag":
        path = repo.path("git", "tags", pointed.sha)
        pointed = read(GitRef, (await call(repo.project, path)).json, f"GET {path}").object
    return pointed.sha


async def create_tag(repo: Repository, tag: str, sha: str) -> None:
    """Make a tag at a commit that GitHub has. Refused when there is such a tag."""
    body: dict[str, JsonValue] = {"ref": f"refs/tags/{tag}", "sha": sha}
    await call(repo.project, repo.path("git", "refs"), method="POST", body=body)


async def delete_tag(repo: Repository, tag: str) -> bool:
    """Delete a tag. False when there was none. (A published release that loses its tag becomes a draft.)"""
    try:
        await call(repo.project, repo.path("git", "refs", "tags", *tag.split("/")), method="DELETE")
    except GhProblem as problem:
        if problem.status == 404 or (problem.status == 422 and "does not exist" in problem.what):
            return False
        raise
    return True


# --- pull requests --------------------------------------------------------------------------------------------------


async def create_pull(
    repo: Repository, *, head: str, base: str, title: str, body: str = "", draft: bool = False
) -> Pull:
    """Open a pull request. Refused when there is one for these branches, or nothing to merge."""
    path = repo.path("pulls")
    asked: dict[str, JsonValue] = {"head": head, "base": base, "title": title, "body": body, "draft": draft}
    return read(Pull, (await call(repo.project, path, method="POST", body=asked)).json, f"POST {path}")


async def pull(repo: Repository, number: int) -> Pull:
    """One pull request."""
    path = repo.path("pulls", number)
    return read(Pull, (await call(repo.project, path)).json, f"GET {path}")


async def pulls(repo: Repository, head: str, *, base: str | None = None, state: str = "all") -> tuple[Pull, ...]:
    """The pull requests of a branch of this repository, newest first; `state` is open, closed or all."""
    path = repo.path("pulls", head=f"{repo.owner}:{head}", base=base, state=state, per_page=_PER_PAGE)
    return read_all(Pull, await pages(repo.project, path), f"GET {path}")


async def merge(repo: Repository, number: int, *, sha: str, method: str = "merge") -> str:
    """Merge a pull request whose head is still `sha`; gives the commit that came of it.

    `method` is merge, squash or rebase. Refused (405, 409) when something required has not passed, when there are
    conflicts, or when the head moved.
    """
    path = repo.path("pulls", number, "merge")
    asked: dict[str, JsonValue] = {"sha": sha, "merge_method": method}
    return read(Merged, (await call(repo.project, path, method="PUT", body=asked)).json, f"PUT {path}").sha


_AUTO_MERGE = (
    "mutation AutoMerge($input: EnablePullRequestAutoMergeInput!) "
    "{ enablePullRequestAutoMerge(input: $input) { clientMutationId } }"
)


async def auto_merge(repo: Repository, wanted: Pull, *, method: str = "merge") -> None:
    """Let GitHub merge by itself when all that is required has passed (there is no REST call for it).

    Refused when the repository does not allow it, or when nothing is left to wait for: merge it then.
    """
    asked: Mapping[str, JsonValue] = {
        "pullRequestId": wanted.node_id,
        "mergeMethod": method.upper(),
        "expectedHeadOid": wanted.head.sha,
    }
    await graphql(repo.project, _AUTO_MERGE, {"input": dict(asked)})
