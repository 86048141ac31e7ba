"""tools.gh against the real gh: what is read, what is changed, and every way in which it can go wrong."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.services.github import gh
from loop_tui.services.github.api import problem_of
from loop_tui.services.github.gh import ApiErrorKind, GhProblem, Repository
from loop_tui.services.github.models import Release, read
from tests.github import (
    Asset,
    RunPlan,
    bad_gateway,
    fixture,
    forbidden,
    limit_reached,
    not_found,
    retry_later,
    says,
    unprocessable,
)
from tests.github.fixture import CI, GitHub
from tests.github.http import Reply

github = fixture.github
TOKEN = "ghp_" + "x1Y2" * 9


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(repo: Repository, message: str, branch: str = "main") -> str:
    """Commit something and push it."""
    (repo.project / "file.txt").write_text(message)
    git(repo.project, "add", "file.txt")
    git(repo.project, "commit", "-q", "-m", message)
    git(repo.project, "push", "-q", "origin", f"HEAD:refs/heads/{branch}")
    return git(repo.project, "rev-parse", "HEAD")


@pytest.fixture
def repo(github: GitHub, tmp_path: Path) -> Repository:
    """A project with one commit, which GitHub has."""
    folder = tmp_path / "a project"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "package.json").write_text('{"name": "widget", "version": "1.2.3"}\n')
    git(folder, "add", "package.json")
    git(folder, "commit", "-q", "-m", "chore: begin")
    github.adopt(folder)
    return Repository(folder, "acme", "widget")


async def problem(call: Awaitable[object]) -> GhProblem:
    """The problem that this call ends in."""
    with pytest.raises(GhProblem) as caught:
        await call
    return caught.value


# --- who and what ---------------------------------------------------------------------------------------------------


async def test_signed_in_tells_login_and_scopes(repo: Repository, github: GitHub) -> None:
    assert await gh.signed_in(repo.project) == gh.SignedIn("ann", frozenset({"repo", "workflow", "read:org"}))
    github.model.scopes = ()
    assert await gh.signed_in(repo.project) == gh.SignedIn("ann", frozenset())
    github.model.scopes = None
    assert await gh.signed_in(repo.project) == gh.SignedIn("ann", None)


async def test_signed_out_is_none(repo: Repository, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    github.model.token = "another"
    assert await gh.signed_in(repo.project) is None
    assert (await problem(gh.about(repo))).kind is ApiErrorKind.SIGNED_OUT
    monkeypatch.delenv("GH_TOKEN")
    asked = len(github.called())
    assert await gh.signed_in(repo.project) is None
    found = await problem(gh.about(repo))
    assert (found.kind, found.external, found.todo) == (ApiErrorKind.SIGNED_OUT, False, "gh auth login")
    assert found.code is Code.GH_SIGNED_OUT
    assert len(github.called()) == asked


async def test_a_token_of_no_person_is_signed_in(repo: Repository, github: GitHub) -> None:
    github.fail("GET /user", forbidden("Resource not accessible by integration"))
    assert await gh.signed_in(repo.project) == gh.SignedIn("")
    github.fail("GET /user", retry_later(7))
    assert (await problem(gh.signed_in(repo.project))).retry_after_s == 7


async def test_without_gh_the_problem_says_how_to_get_it(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = await problem(gh.about(repo))
    assert found.kind is ApiErrorKind.MISSING
    assert "cli.github.com" in found.todo
    assert not found.external


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@github.com:acme/widget.git", ("acme", "widget")),
        ("github.com:acme/widget", ("acme", "widget")),
        ("ssh://git@github.com/acme/widget.git", ("acme", "widget")),
        ("ssh://git@ssh.github.com:443/acme/widget.git", ("acme", "widget")),
        ("https://github.com/acme/widget", ("acme", "widget")),
        ("https://GitHub.com/acme/my.widget.git/", ("acme", "my.widget")),
        ("https://[masked]@github.com/acme/widget.git", ("acme", "widget")),
        ("https://www.github.com/acme/widget", ("acme", "widget")),
        ("git://github.com/acme/widget", ("acme", "widget")),
        ("git@gitlab.com:acme/widget.git", None),
        ("git@github.com.evil.example:acme/widget.git", None),
        ("https://evil.example/github.com/acme/widget", None),
        ("https://github.com/acme", None),
        ("/srv/github.com/acme/widget.git", None),
        ("", None),
    ],
)
def test_the_remote_names_the_repository(url: str, expected: tuple[str, str] | None) -> None:
    assert gh.parse_remote(url) == expected


async def test_repository_of_a_project(repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = repo.project / "packages"
    inner.mkdir()
    assert await gh.repository(repo.project) == repo
    assert await gh.repository(inner) == Repository(inner, "acme", "widget")
    git(repo.project, "remote", "add", "fork", "https://github.com/ann/widget.git")
    assert str(await gh.repository(repo.project, "fork")) == "ann/widget"
    git(repo.project, "remote", "set-url", "origin", str(tmp_path))
    assert await gh.repository(repo.project) is None
    assert await gh.repository(tmp_path) is None
    for value, expected in (("big/thing", "big/thing"), ("github.com/big/thing", "big/thing"), ("big", "None")):
        monkeypatch.setenv("GH_REPO", value)
        assert str(await gh.repository(tmp_path)) == expected


async def test_what_the_repository_is(repo: Repository, github: GitHub) -> None:
    assert await gh.default_branch(repo) == "main"
    about = await gh.about(repo)
    assert about.permissions
    assert about.permissions.push
    assert about.allow_auto_merge


async def test_protected_is_told_by_the_branch_or_by_a_rule(repo: Repository, github: GitHub) -> None:
    assert await gh.protected(repo, "main") is False
    github.model.rules["main"] = [{"type": "non_fast_forward"}]
    assert await gh.protected(repo, "main") is False
    github.model.rules["main"] = [{"type": "pull_request"}]
    assert await gh.protected(repo, "main") is True
    github.model.rules.clear()
    github.protect("main")
    assert await gh.protected(repo, "main") is True
    assert await gh.protected(repo, "no/such") is None
    github.commit("feat: x", "feature/a#b")
    assert await gh.protected(repo, "feature/a#b") is False
    github.fail("branches", retry_later(9))
    assert (await problem(gh.protected(repo, "main"))).retry_after_s == 9
    github.fail("branches", forbidden(), times=None)
    assert await gh.protected(repo, "main") is None


# --- workflows ------------------------------------------------------------------------------------------------------


async def test_workflows_and_their_state(repo: Repository, github: GitHub) -> None:
    github.workflow()
    github.workflow(".github/workflows/old.yml", state="disabled_manually")
    found = {workflow.path: workflow.active for workflow in await gh.workflows(repo)}
    assert found == {CI: True, ".github/workflows/old.yml": False}


async def test_a_run_that_is_late_is_followed_to_its_end(repo: Repository, github: GitHub) -> None:
    github.workflow(CI, RunPlan(after=1, lag=1, jobs={"build": "", "test": ""}))
    sha = commit(repo, "feat: more")
    assert await gh.runs(repo, sha) == ()
    assert await gh.runs(repo, sha) == ()
    (queued,) = await gh.runs(repo, sha, filtered=False)
    assert (queued.status, queued.conclusion, queued.workflow, queued.head_sha) == ("queued", "", CI, sha)
    (running,) = await gh.runs(repo, sha)
    assert running.status == "in_progress"
    over = await gh.run(repo, queued.id)
    assert over
    assert over.completed
    assert over.conclusion == "success"
    jobs = await gh.jobs(repo, queued.id)
    assert [(job.name, job.conclusion) for job in jobs] == [("build", "success"), ("test", "success")]
    checks = await gh.check_runs(repo, sha)
    assert [(check.name, check.conclusion) for check in checks] == [("build", "success"), ("test", "success")]


async def test_runs_of_other_commits_and_events_are_left_out(repo: Repository, github: GitHub) -> None:
    workflow = github.workflow(CI, RunPlan(queued=0, running=0), events=("push", "workflow_dispatch"))
    first = commit(repo, "feat: one")
    sha = commit(repo, "feat: two")
    await gh.call(
        repo.project, repo.path("actions", "workflows", "ci.yml", "dispatches"), method="POST", body={"ref": "main"}
    )
    assert [run.head_sha for run in await gh.runs(repo, sha, filtered=False)] == [sha]
    assert [run.event for run in await gh.runs(repo, sha, event=None)] == ["workflow_dispatch", "push"]
    assert {run.head_sha for run in await gh.runs(repo)} == {first, sha}
    assert len(await gh.workflow_runs(repo, workflow.id)) == 3
    assert len(await gh.workflow_runs(repo, "ci.yml", count=1)) == 1
    assert await gh.workflow_runs(repo, "ci.yml", status="failure") == ()


async def test_a_run_that_is_gone_is_none_and_a_rerun_has_the_same_id(repo: Repository, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=0, conclusion="failure"))
    sha = commit(repo, "feat: more")
    (failed,) = await gh.runs(repo, sha)
    assert (failed.conclusion, failed.run_attempt) == ("failure", 1)
    github.run_of(sha).again(RunPlan(queued=0, running=1))
    again = [await gh.run(repo, failed.id) for _ in range(2)]
    assert [(run.run_attempt, run.status, run.conclusion) for run in again if run] == [
        (2, "in_progress", ""),
        (2, "completed", "success"),
    ]
    assert await gh.run(repo, 5) is None


# --- deployments, checks, statuses ----------------------------------------------------------------------------------


async def test_a_deployment_with_its_statuses_newest_first(repo: Repository, github: GitHub) -> None:
    github.app("railway-app[bot]", "widget / production", after=1, url="https://widget.example")
    sha = commit(repo, "feat: more")
    assert await gh.deployments(repo, sha) == ()
    (deployment,) = await gh.deployments(repo, sha)
    assert (deployment.app, deployment.environment, deployment.sha) == ("railway-app[bot]", "widget / production", sha)
    seen = [[status.state for status in await gh.deployment_statuses(repo, deployment.id)] for _ in range(4)]
    assert seen == [["queued"], ["in_progress", "queued"], *[["success", "in_progress", "queued"]] * 2]
    (newest, *_) = await gh.deployment_statuses(repo, deployment.id)
    assert newest.environment_url == "https://widget.example"
    assert await gh.deployments(repo, sha, environment="elsewhere") == ()


async def test_a_deployment_that_a_newer_commit_supersedes(repo: Repository, github: GitHub) -> None:
    newer = "f" * 40
    github.app("vercel[bot]", "Production", states=("in_progress", "inactive"), newer=newer)
    sha = commit(repo, "feat: more")
    (ours,) = await gh.deployments(repo, sha)
    assert [len(await gh.deployment_statuses(repo, ours.id)) for _ in range(2)] == [1, 2]
    assert (await gh.deployment_statuses(repo, ours.id))[0].state == "inactive"
    assert [d.sha for d in await gh.deployments(repo, environment="Production")] == [newer, sha]


async def test_checks_and_statuses_of_a_commit(repo: Repository, github: GitHub) -> None:
    sha = github.head() or ""
    assert await gh.check_runs(repo, sha) == ()
    nothing = await gh.combined_status(repo, sha)
    assert (nothing.state, nothing.total_count) == ("pending", 0)
    github.check(sha, "Vercel", None)
    github.status(sha, "deploy/railway", "pending")
    github.status(sha, "deploy/railway", "success", "done")
    (check,) = await gh.check_runs(repo, sha)
    assert (check.name, check.status, check.conclusion) == ("Vercel", "in_progress", "")
    assert check.app
    assert check.app.slug == "vercel"
    status = await gh.combined_status(repo, sha)
    assert [(s.context, s.state, s.description) for s in status.statuses] == [("deploy/railway", "success", "done")]
    assert (await problem(gh.combined_status(repo, "0" * 40))).kind is ApiErrorKind.REFUSED


async def test_all_pages_are_read(repo: Repository, github: GitHub) -> None:
    sha = github.head() or ""
    for number in range(205):
        github.check(sha, f"check {number}")
    assert len({check.name for check in await gh.check_runs(repo, sha)}) == 205
    pages = [request.query.get("page", "1") for request in github.called("check-runs")]
    assert pages == ["1", "2", "3"]
    github.fail("page=2", bad_gateway())
    assert (await problem(gh.check_runs(repo, sha))).status == 502


# --- releases and tags ----------------------------------------------------------------------------------------------


async def test_a_release_that_appears_after_a_404(repo: Repository, github: GitHub) -> None:
    github.release("latest", Asset("widget-v1.0.0.tar.gz", b"old"))
    old = await gh.release(repo, "latest")
    assert old
    github.release_on_push("latest", after=2, starting=1, content=b"bytes")
    sha = commit(repo, "feat: more")
    assert [await gh.release(repo, "latest") for _ in range(2)] == [None, None]
    half = await gh.release(repo, "latest")
    assert half
    assert half.id != old.id
    assert {asset.state for asset in half.assets} == {"starter"}
    whole = await gh.release(repo, "latest")
    assert whole
    assert sha in whole.body
    assert [(asset.name, asset.state) for asset in whole.assets] == [
        ("widget-v1.2.3.tar.gz", "uploaded"),
        ("checksums.txt", "uploaded"),
    ]
    assert await gh.tag_commit(repo, "latest") == sha


async def test_a_release_is_made_filled_published_and_deleted(repo: Repository, github: GitHub, tmp_path: Path) -> None:
    sha = github.head() or ""
    file = tmp_path / "widget v1.tgz"
    file.write_bytes(bytes(range(256)) * 4000)
    draft = await gh.create_release(repo, "v1.2.3", target=sha, body="line 1\nline 2", draft=True)
    assert await gh.release(repo, "v1.2.3") is None
    assert await gh.tag_commit(repo, "v1.2.3") is None
    asset = await gh.upload_asset(repo, draft.id, file, content_type="application/gzip")
    assert (asset.name, asset.state, asset.size) == (file.name, "uploaded", 1_024_000)
    assert (await gh.publish_release(repo, draft.id)).draft is False
    published = await gh.release(repo, "v1.2.3")
    assert published == await gh.latest_release(repo) == (await gh.releases(repo))[0]
    assert published
    assert published.body == "line 1\nline 2"
    assert await gh.tag_commit(repo, "v1.2.3") == sha
    fetched = await gh.download_asset(repo, asset.id, tmp_path / "new/there.tgz")
    assert fetched.path.read_bytes() == file.read_bytes()
    assert (fetched.size_bytes, fetched.sha256) == (asset.size, asset.sha256)
    assert "authorization" not in github.called("GET /production/")[0].headers
    assert (await problem(gh.upload_asset(repo, draft.id, file))).kind is ApiErrorKind.REFUSED
    assert [await gh.delete_asset(repo, asset.id) for _ in range(2)] == [True, False]
    assert [await gh.delete_release(repo, draft.id) for _ in range(2)] == [True, False]
    assert await gh.tag_commit(repo, "v1.2.3") == sha
    assert [await gh.delete_tag(repo, "v1.2.3") for _ in range(2)] == [True, False]
    assert await gh.latest_release(repo) is None


async def test_a_second_release_of_a_tag_is_refused(repo: Repository, github: GitHub) -> None:
    await gh.create_release(repo, "latest", target="main", latest=False)
    found = await problem(gh.create_release(repo, "latest", target="main"))
    assert (found.kind, found.status, found.external) == (ApiErrorKind.REFUSED, 422, False)
    assert "tag_name already_exists" in found.what
    assert (await problem(gh.create_release(repo, "v9", target="0" * 40))).kind is ApiErrorKind.REFUSED


async def test_tags_by_name_with_a_slash_and_annotated(repo: Repository, github: GitHub) -> None:
    sha = github.head() or ""
    await gh.create_tag(repo, "skill/x@1.0.0", sha)
    assert await gh.tag_commit(repo, "skill/x@1.0.0") == sha
    assert "already exists" in (await problem(gh.create_tag(repo, "skill/x@1.0.0", sha))).what
    assert (await problem(gh.create_tag(repo, "v0", "0" * 40))).kind is ApiErrorKind.REFUSED
    git(repo.project, "tag", "-a", "v1", "-m", "one")
    git(repo.project, "push", "-q", "origin", "v1")
    assert await gh.tag_commit(repo, "v1") == sha
    assert await gh.delete_tag(repo, "skill/x@1.0.0")
    assert await gh.tag_commit(repo, "skill/x@1.0.0") is None


async def test_a_download_that_breaks_off_leaves_no_file(repo: Repository, github: GitHub, tmp_path: Path) -> None:
    made = github.release("v1", Asset("a.tgz", b"x" * 1000))
    github.drop("GET /production/", "middle")
    found = await problem(gh.download_asset(repo, made.assets[0].id, tmp_path / "a.tgz"))
    assert found.kind is ApiErrorKind.NETWORK
    assert list(tmp_path.glob("*a.tgz*")) == []
    with pytest.raises(Problem, match="cannot be written"):
        await gh.download_asset(repo, made.assets[0].id, Path("/proc/a.tgz"))


# --- pull requests --------------------------------------------------------------------------------------------------


async def test_a_pull_request_waits_for_its_checks_and_is_merged(repo: Repository, github: GitHub) -> None:
    github.protect("main", checks=("build",))
    github.workflow(CI, RunPlan(queued=1, running=0), events=("pull_request",))
    git(repo.project, "switch", "-q", "-c", "ship")
    sha = commit(repo, "feat: more", "ship")
    made = await gh.create_pull(repo, head="ship", base="main", title="Ship", body="it")
    assert (made.head.sha, made.state, made.is_merged) == (sha, "open", False)
    assert (await problem(gh.create_pull(repo, head="ship", base="main", title="Ship"))).kind is ApiErrorKind.REFUSED
    assert (await gh.pulls(repo, "ship"))[0].number == made.number
    assert await gh.pulls(repo, "other") == ()
    assert (await gh.pull(repo, made.number)).mergeable_state == "blocked"
    refused = await problem(gh.merge(repo, made.number, sha=sha))
    assert (refused.status, refused.kind) == (405, ApiErrorKind.REFUSED)
    assert 'status check "build"' in refused.what
    await gh.runs(repo, sha, event="pull_request")
    assert (await problem(gh.merge(repo, made.number, sha="0" * 40))).status == 409
    merged = await gh.merge(repo, made.number, sha=sha, method="squash")
    assert merged == github.head()
    found = await gh.pull(repo, made.number)
    assert (found.is_merged, found.merge_commit_sha, found.state) == (True, merged, "closed")
    assert (await gh.pulls(repo, "ship"))[0].is_merged
    assert ("main", merged) in github.pushes


async def test_auto_merge_merges_when_the_checks_are_green(repo: Repository, github: GitHub) -> None:
    github.protect("main", checks=("build",))
    github.workflow(CI, RunPlan(queued=1, running=0), events=("pull_request",))
    git(repo.project, "switch", "-q", "-c", "ship")
    sha = commit(repo, "feat: more", "ship")
    made = await gh.create_pull(repo, head="ship", base="main", title="Ship")
    await gh.auto_merge(repo, made, method="squash")
    waiting = await gh.pull(repo, made.number)
    assert waiting.auto_merge
    assert waiting.auto_merge.merge_method == "squash"
    assert not waiting.is_merged
    await gh.runs(repo, sha, event="pull_request")
    assert (await gh.pull(repo, made.number)).is_merged


async def test_auto_merge_is_refused_with_githubs_words(repo: Repository, github: GitHub) -> None:
    git(repo.project, "switch", "-q", "-c", "ship")
    commit(repo, "feat: more", "ship")
    made = await gh.create_pull(repo, head="ship", base="main", title="Ship")
    found = await problem(gh.auto_merge(repo, made))
    assert found.kind is ApiErrorKind.REFUSED
    assert "clean status" in found.what
    github.model.allow_auto_merge = False
    assert "not allowed" in (await problem(gh.auto_merge(repo, made))).what
    gone = made.model_copy(update={"node_id": "PR_99"})
    assert (await problem(gh.auto_merge(repo, gone))).kind is ApiErrorKind.NOT_FOUND


# --- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "kind", "external", "retry_after_s"),
    [
        (lambda: retry_later(17), ApiErrorKind.RATE_LIMITED, True, 17),
        (lambda: retry_later(17, status=429), ApiErrorKind.RATE_LIMITED, True, 17),
        (lambda: says(403, "You have triggered an abuse detection mechanism"), ApiErrorKind.RATE_LIMITED, True, 60),
        (lambda: forbidden(), ApiErrorKind.FORBIDDEN, False, None),
        (lambda: bad_gateway(), ApiErrorKind.SERVER, True, None),
        (lambda: bad_gateway(503), ApiErrorKind.SERVER, True, None),
        (lambda: not_found(), ApiErrorKind.NOT_FOUND, False, None),
        (lambda: unprocessable(), ApiErrorKind.REFUSED, False, None),
        (lambda: says(401, "Bad credentials"), ApiErrorKind.SIGNED_OUT, False, None),
        (lambda: Reply(raw=b"<html>Sign in to the hotel</html>"), ApiErrorKind.UNREADABLE, True, None),
        (lambda: Reply(json=["no", "repository"]), ApiErrorKind.UNREADABLE, True, None),
        (lambda: Reply(json={"default_branch": 5}), ApiErrorKind.UNREADABLE, True, None),
    ],
)
async def test_kinds_of_problems(
    repo: Repository,
    github: GitHub,
    reply: Callable[[], Reply],
    kind: ApiErrorKind,
    external: bool,
    retry_after_s: float | None,
) -> None:
    github.fail("GET /repos/acme/widget$", reply())
    found = await problem(gh.about(repo))
    assert (found.kind, found.external, found.retry_after_s) == (kind, external, retry_after_s)
    assert found.where == "GET repos/acme/widget"
    assert len(github.called("GET /repos/acme/widget$")) == 1
    assert (await gh.about(repo)).default_branch == "main"


async def test_the_limit_says_when_it_is_reset_by_githubs_clock(repo: Repository, github: GitHub) -> None:
    github.fail("widget$", limit_reached(30))
    found = await problem(gh.about(repo))
    assert (found.kind, found.code) == (ApiErrorKind.RATE_LIMITED, Code.GITHUB_LIMITED)
    assert found.retry_after_s is not None
    assert 1 <= found.retry_after_s <= 31
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000090", "date": "Sun, 09 Sep 2001 01:46:40 GMT"}
    assert gh.Answer(403, headers).retry_after_s == 90
    assert gh.Answer(403, headers | {"retry-after": "5"}).retry_after_s == 5
    assert gh.Answer(403, headers | {"date": "nonsense"}).retry_after_s == 60
    assert gh.Answer(403, headers | {"x-ratelimit-remaining": "7"}).retry_after_s is None


async def test_nobody_there_is_a_network_problem(repo: Repository, github: GitHub) -> None:
    github.server.stop()
    found = await problem(gh.about(repo))
    assert (found.kind, found.external, found.status) == (ApiErrorKind.NETWORK, True, None)
    assert await problem(gh.signed_in(repo.project))
    github.server.start()
    assert (await gh.about(repo)).default_branch == "main"


async def test_gh_that_fails_by_itself_is_no_network_problem(
    repo: Repository, github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await problem(gh.upload_asset(repo, 1, tmp_path / "missing.tgz"))
    assert (found.kind, found.external) == (ApiErrorKind.FAILED, False)
    assert "no such file" in found.what
    (github.folder / "gh/config.yml").write_text("{ not yaml")
    assert (await problem(gh.about(repo))).kind is ApiErrorKind.FAILED


async def test_many_questions_at_once(repo: Repository, github: GitHub) -> None:
    answers = await asyncio.gather(*(gh.call(repo.project, "user") for _ in range(25)))
    assert {answer.status for answer in answers} == {200}
    assert len(github.called("GET /user")) == 25


async def test_a_lost_answer_is_a_network_problem_and_the_effect_stays(repo: Repository, github: GitHub) -> None:
    github.drop("POST /repos/acme/widget/git/refs", "after")
    found = await problem(gh.create_tag(repo, "v1", github.head() or ""))
    assert (found.kind, found.external) == (ApiErrorKind.NETWORK, True)
    assert await gh.tag_commit(repo, "v1") == github.head()
    github.drop("POST /repos/acme/widget/git/refs", "before")
    await problem(gh.create_tag(repo, "v2", github.head() or ""))
    assert await gh.tag_commit(repo, "v2") is None
    github.drop("GET /repos/acme/widget$", "middle")
    assert (await problem(gh.about(repo))).kind is ApiErrorKind.NETWORK


async def test_an_answer_that_never_comes_times_out(repo: Repository, github: GitHub) -> None:
    held = github.hold("widget$")
    found = await problem(gh.call(repo.project, repo.path(), timeout_s=0.5))
    assert (found.kind, found.external) == (ApiErrorKind.NETWORK, True)
    held.release()


async def test_a_slow_answer_is_waited_for_and_can_be_cancelled(repo: Repository, github: GitHub) -> None:
    held = github.hold("widget$", times=2)
    asking = asyncio.create_task(gh.about(repo))
    await asyncio.to_thread(held.arrived.wait, 30)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    asking = asyncio.create_task(gh.about(repo))
    held.release()
    assert (await asking).default_branch == "main"


async def test_what_did_not_change_costs_no_rate(repo: Repository, github: GitHub) -> None:
    first = await gh.call(repo.project, repo.path())
    assert first.etag
    assert first.remaining is not None
    second = await gh.call(repo.project, repo.path(), etag=first.etag)
    assert (second.status, second.json, second.remaining) == (304, None, first.remaining)
    github.model.allow_auto_merge = False
    third = await gh.call(repo.project, repo.path(), etag=first.etag)
    assert (third.status, third.remaining) == (200, first.remaining - 1)


async def test_secrets_and_control_sequences_do_not_come_through(
    repo: Repository, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_SECRET", "hush-hush-1")
    github.fail("widget$", says(422, f"bad token {TOKEN} of hush-hush-1 \x1b]0;owned\x07\x1b[31mred\x9b0m"))
    found = await problem(gh.about(repo))
    # gh 2.23 itself writes control characters in JSON as ^[ and \\233; later ones may not.
    assert found.what.startswith("GitHub answered 422: bad token [masked] of [masked] ")
    assert found.what.isprintable()
    answer = gh.Answer(503, {"retry-after": "4"}, {"message": f"{TOKEN[:9]}\x1b[0m{TOKEN[9:]}"})
    found = problem_of(answer, "GET x")
    assert (found.what, found.kind, found.retry_after_s) == ("GitHub answered 503: [masked]", ApiErrorKind.SERVER, 4)
    github.release("v1", Asset("a\x1b[2J.tgz", b""), body=f"made with {TOKEN}\nand \x1b[31mred", name=None)
    release = await gh.release(repo, "v1")
    assert release
    assert release.body.startswith("made with [masked]\nand ")
    assert release.name == ""
    assert release.assets[0].name.isprintable()
    assert "\x1b" not in release.body
    raw: dict[str, JsonValue] = {
        "id": 1,
        "tag_name": "v\x1b[2J1\x9b0m",
        "body": f"{TOKEN[:9]}\x1b]0;x\x07{TOKEN[9:]} hush-hush-1",
        "name": None,
    }
    direct = read(Release, raw, "GET x")
    assert (direct.tag_name, direct.body, direct.name) == ("v1", "[masked] [masked]", "")


async def test_a_question_is_a_get_with_its_query_in_the_url(repo: Repository, github: GitHub) -> None:
    await gh.runs(repo, "a" * 40)
    await gh.deployments(repo, "a" * 40, environment="a&b=c #1")
    assert {request.method for request in github.called("^[A-Z]+ /repos/acme/widget/(actions|deploy)")} == {"GET"}
    assert github.called("deployments")[0].query["environment"] == "a&b=c #1"
    assert github.called("actions/runs")[0].query == {"head_sha": "a" * 40, "event": "push", "per_page": "100"}
    assert Repository(repo.project, "a", "b").path("c/{owner}", "é") == "repos/a/b/c%2F%7Bowner%7D/%C3%A9"
