"""The fixture itself: the real gh and the real git, against what GitHub is known to do."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.github import Asset, RunPlan, bad_gateway, fixture
from tests.github.fixture import CI, GitHub

github = fixture.github


def run(folder: Path, *argv: str, code: int | None = 0, **env: str) -> str:
    """What a program printed, both outputs; its exit code is checked."""
    done = subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    if code is not None:
        assert done.returncode == code, f"{argv}: {done.returncode}\n{done.stdout}"
    return done.stdout


@pytest.fixture
def project(github: GitHub, tmp_path: Path) -> Path:
    """A project with one commit, which GitHub has."""
    folder = tmp_path / "project"
    folder.mkdir()
    run(folder, "git", "init", "-q")
    commit(folder, "chore: begin")
    github.adopt(folder)
    return folder


def commit(folder: Path, message: str, name: str = "file.txt") -> str:
    (folder / name).write_text(message)
    run(folder, "git", "add", name)
    run(folder, "git", "commit", "-q", "-m", message)
    return run(folder, "git", "rev-parse", "HEAD").strip()


def api(folder: Path, path: str, code: int | None = 0) -> dict[str, object]:
    found, _ = json.JSONDecoder().raw_decode(run(folder, "gh", "api", path, code=code))
    assert isinstance(found, dict)
    return found


# --- git ---


def test_git_reaches_the_one_repository_and_no_other(project: Path, github: GitHub, tmp_path: Path) -> None:
    sha = run(project, "git", "rev-parse", "HEAD").strip()
    assert run(project, "git", "ls-remote", "origin", "refs/heads/main").split() == [sha, "refs/heads/main"]
    assert (github.clone(tmp_path / "clone") / "file.txt").read_text() == "chore: begin"
    for url in ("git@github.com:acme/other.git", "git@github.com:/etc", "git@example.org:acme/widget.git"):
        run(tmp_path, "git", "ls-remote", url, code=128)
    assert github.bare.calls == ["receive-pack", "upload-pack", "upload-pack"]


def test_a_protected_branch_refuses_as_github_does_and_only_that(project: Path, github: GitHub) -> None:
    github.protect("main")
    before = github.head()
    commit(project, "feat: more")
    said = run(project, "git", "push", "origin", "main", code=1)
    assert "remote: error: GH006: Protected branch update failed for refs/heads/main." in said
    assert "[remote rejected] main -> main" in said
    assert github.head() == before
    run(project, "git", "push", "origin", "main:refs/heads/ship")
    github.protect()
    run(project, "git", "push", "origin", "main")


def test_a_push_whose_answer_is_lost_was_taken(project: Path, github: GitHub) -> None:
    github.order("lose-answer")
    sha = commit(project, "feat: more")
    run(project, "git", "push", "origin", "main", code=128)
    assert github.head() == sha
    assert github.pushes[-1] == ("main", sha)
    assert "up-to-date" in run(project, "git", "push", "origin", "main")
    assert [push for push in github.pushes if push[1] == sha] == [("main", sha)]


def test_git_can_be_unreachable_or_denied(project: Path, github: GitHub) -> None:
    for order, words in (("unreachable", "Connection refused"), ("denied", "Permission denied (publickey)")):
        github.order(order)
        assert words in run(project, "git", "fetch", "origin", code=128)
        github.order(order, on=False)
        run(project, "git", "fetch", "origin")


def test_somebody_elses_commit_moves_the_remote(project: Path, github: GitHub) -> None:
    theirs = github.commit("feat: theirs", files={"theirs.txt": "x"})
    commit(project, "feat: ours")
    assert "fetch first" in run(project, "git", "push", "origin", "main", code=1)
    run(project, "git", "pull", "-q", "--rebase", "origin", "main")
    run(project, "git", "push", "-q", "origin", "main")
    assert (project / "theirs.txt").exists()
    assert [sha for _, sha in github.pushes][-2:] == [theirs, github.head()]


# --- what happens after a push ---


def test_skip_ci_branch_filters_and_disabled_workflows_make_no_run(project: Path, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0))
    github.workflow(".github/workflows/docs.yml", branches=("docs",))
    github.workflow(".github/workflows/off.yml", state="disabled_manually")
    commit(project, "chore: nothing [skip ci]")
    run(project, "git", "push", "-q", "origin", "main")
    assert api(project, "repos/acme/widget/actions/runs")["total_count"] == 0
    commit(project, "feat: more")
    run(project, "git", "push", "-q", "origin", "main")
    runs = api(project, "repos/acme/widget/actions/runs")["workflow_runs"]
    assert isinstance(runs, list)
    assert [(found["path"], found["event"]) for found in runs] == [(CI, "push")]


def test_what_was_pushed_before_a_plan_is_not_part_of_it(project: Path, github: GitHub) -> None:
    run(project, "git", "push", "-q", "origin", "main:refs/heads/side")
    github.workflow()
    assert github.model.runs == []


def test_gh_run_list_shows_the_run(project: Path, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=0))
    commit(project, "feat: more")
    run(project, "git", "push", "-q", "origin", "main")
    assert "feat: more" in run(project, "gh", "run", "list")


# --- gh's own commands ---


def test_gh_auth_status(project: Path, github: GitHub) -> None:
    assert "Logged in to github.com as ann" in run(project, "gh", "auth", "status")
    github.model.scopes = ("repo",)
    assert "missing required scope" in run(project, "gh", "auth", "status", code=1)
    run(project, "gh", "api", "user", code=4, GH_TOKEN="")
    assert "Bad credentials" in run(project, "gh", "api", "user", code=1, GH_TOKEN="ghp_other")


def test_gh_release_is_created_viewed_downloaded_and_deleted(project: Path, github: GitHub, tmp_path: Path) -> None:
    file = tmp_path / "widget.tgz"
    file.write_bytes(os.urandom(3_000_000))
    run(project, "gh", "release", "create", "v1", str(file), "--title", "One", "--notes", "N", "--target", "main")
    seen = json.loads(run(project, "gh", "release", "view", "v1", "--json", "tagName,isDraft,assets"))
    assert (seen["isDraft"], seen["assets"][0]["size"], seen["assets"][0]["state"]) == (False, 3_000_000, "uploaded")
    run(project, "gh", "release", "download", "v1", "--dir", str(tmp_path / "got"))
    assert (tmp_path / "got/widget.tgz").read_bytes() == file.read_bytes()
    run(project, "gh", "release", "upload", "v1", str(file), "--clobber")
    run(project, "gh", "release", "delete", "v1", "--yes", "--cleanup-tag")
    assert (github.model.releases, github.bare.refs("refs/tags")) == ([], {})


def test_gh_pr_is_created_checked_and_merged(project: Path, github: GitHub) -> None:
    github.protect("main", checks=("build",))
    github.workflow(CI, RunPlan(queued=1, running=0), events=("pull_request",))
    run(project, "git", "switch", "-q", "-c", "ship")
    commit(project, "feat: more")
    run(project, "git", "push", "-q", "origin", "ship")
    made = run(project, "gh", "pr", "create", "--base", "main", "--head", "ship", "--title", "T", "--body", "B")
    assert "https://github.com/acme/widget/pull/1" in made
    seen = json.loads(run(project, "gh", "pr", "view", "1", "--json", "state,mergeStateStatus,headRefName"))
    assert seen == {"state": "OPEN", "mergeStateStatus": "BLOCKED", "headRefName": "ship"}
    assert "pending" in run(project, "gh", "pr", "checks", "1", code=1)
    run(project, "gh", "pr", "merge", "1", "--auto", "--squash")
    assert github.model.pulls[0].auto_merge == "squash"
    api(project, "repos/acme/widget/actions/runs")
    assert api(project, "repos/acme/widget/pulls/1")["merged"] is True
    assert github.bare.message(github.head() or "") == "T (#1)"
    assert "MERGED" in run(project, "gh", "pr", "view", "1", "--json", "state")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_gh_pr_merge_merges_at_once_when_nothing_is_required(project: Path, github: GitHub, method: str) -> None:
    run(project, "git", "switch", "-q", "-c", "ship")
    head = commit(project, "feat: more")
    run(project, "git", "push", "-q", "origin", "ship")
    github.commit("feat: theirs", files={"theirs.txt": "x"})
    run(project, "gh", "pr", "create", "--base", "main", "--head", "ship", "--title", "T", "--body", "B")
    run(project, "gh", "pr", "merge", "1", f"--{method}")
    assert github.bare.is_ancestor(head, github.head() or "") is (method == "merge")
    assert github.bare.file(github.head() or "", "file.txt") == "feat: more"


def test_a_conflict_cannot_be_merged(project: Path, github: GitHub) -> None:
    run(project, "git", "switch", "-q", "-c", "ship")
    commit(project, "feat: more")
    run(project, "git", "push", "-q", "origin", "ship")
    github.commit("feat: theirs", files={"file.txt": "theirs"})
    made = run(project, "gh", "api", "repos/acme/widget/pulls", "-f", "head=ship", "-f", "base=main", "-f", "title=T")
    assert json.loads(made)["mergeable"] is None
    assert api(project, "repos/acme/widget/pulls/1")["mergeable"] is False
    run(project, "gh", "api", "-X", "PUT", "repos/acme/widget/pulls/1/merge", code=1)


# --- HTTP ---


def test_pages_have_links_that_gh_follows(project: Path, github: GitHub) -> None:
    sha = github.head() or ""
    for number in range(7):
        github.deploy(sha, "vercel[bot]", f"env {number}", "success")
    said = run(project, "gh", "api", "-i", "--paginate", f"repos/acme/widget/deployments?sha={sha}&per_page=3")
    assert said.count("HTTP/1.1 200 OK") == 3
    assert {f"env {number}" for number in range(7)} == {w for w in said.split('"') if w.startswith("env ")}
    assert [request.query.get("page") for request in github.called("deployments")] == [None, "2", "3"]


def test_a_published_release_that_loses_its_tag_becomes_a_draft(project: Path, github: GitHub) -> None:
    github.release("latest", Asset("a.tgz", b"x"))
    run(project, "gh", "api", "-X", "DELETE", "repos/acme/widget/git/refs/tags/latest")
    api(project, "repos/acme/widget/releases/tags/latest", code=1)
    assert github.model.releases[0].draft


def test_faults_are_used_up_in_order_and_everything_is_recorded(project: Path, github: GitHub) -> None:
    github.fail("GET /user", bad_gateway(), times=2)
    held = github.fail("GET /user", bad_gateway(503), times=None)
    codes = [run(project, "gh", "api", "user", code=1) for _ in range(4)]
    assert ["502" in said for said in codes] == [True, True, False, False]
    held.stop()
    run(project, "gh", "api", "user")
    assert [request.status for request in github.called("/user")] == [502, 502, 503, 503, 200]
    assert github.changes() == []
    run(project, "gh", "api", "repos/acme/widget/git/refs", "-f", "ref=refs/tags/x", "-f", f"sha={github.head()}")
    assert github.changes() == ["POST /repos/acme/widget/git/refs"]


def test_an_upload_that_breaks_off_leaves_half_a_file_and_other_requests_do_nothing(
    project: Path, github: GitHub
) -> None:
    release = github.release("v1")
    place = f"/repos/acme/widget/releases/{release.id}/assets?name=a.tgz"
    for host, target in (("uploads.github.com", place), ("api.github.com", "/repos/acme/widget/git/refs")):
        for size in ("Content-Length: 9", "Transfer-Encoding: chunked"):
            head = f"POST {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: token {github.model.token}\r\n{size}"
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(str(github.server.path))
                line.sendall(f"{head}\r\n\r\n4\r\nab".encode())
                line.shutdown(socket.SHUT_WR)
                assert line.recv(100) == b""
    (asset,) = release.assets
    assert asset.state == "starter"
    assert {request.status for request in github.called("POST")} == {-1}
    (project / "a.tgz").write_bytes(b"x")
    said = run(project, "gh", "release", "upload", "v1", "a.tgz", "--clobber")
    assert [(a.state, a.content) for a in release.assets] == [("uploaded", b"x")], said


def test_whatever_is_not_served_is_a_404(project: Path, github: GitHub) -> None:
    for path in ("repos/acme/other", "repos/acme/widget/issues", "orgs/acme"):
        assert api(project, path, code=1)["message"] == "Not Found"


def test_the_socket_is_gone_after_stop_and_there_again_after_start(project: Path, github: GitHub) -> None:
    github.server.stop()
    assert not github.server.path.exists()
    assert "connect" in run(project, "gh", "api", "user", code=1)
    github.server.start()
    assert api(project, "user")["login"] == "ann"
    assert len(os.fsencode(github.server.path)) < 108
