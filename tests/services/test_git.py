"""git against real repositories: what is parsed survives odd names, and nothing is touched that was not listed."""

import os
import subprocess
from pathlib import Path

import pytest

from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.problem import Problem
from loop_tui.process.shell import Captured
from loop_tui.services.git import commits, git, history, remotes, trees
from loop_tui.services.git.push_result import read_push
from loop_tui.services.git.release_tags import release_tags

ODD = "odd name\nwith a line feed.txt"
BYTES = b"latin-\xe9.txt"
STATE = ("distribution-state.json", ".loop")


def run(folder: Path, *args: str, **env: str) -> str:
    done = subprocess.run(
        ["git", *args], cwd=folder, check=True, capture_output=True, text=True, env={**os.environ, **env}
    )
    return done.stdout.strip()


def save(folder: Path, name: str, text: str, message: str = "") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if not message:
        return ""
    run(folder, "add", "--", name)
    run(folder, "commit", "-q", "-m", message)
    return run(folder, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with one commit that its bare origin has."""
    folder = tmp_path / "a repo"
    folder.mkdir()
    run(folder, "init", "-q")
    save(folder, "a.txt", "a\n", "chore: begin")
    run(folder, "init", "-q", "--bare", str(tmp_path / "origin.git"))
    run(folder, "remote", "add", "origin", str(tmp_path / "origin.git"))
    run(folder, "push", "-q", "-u", "origin", "main")
    return folder


def other_clone(repo: Path) -> Path:
    folder = repo.parent / "other"
    run(repo, "clone", "-q", str(repo.parent / "origin.git"), str(folder))
    return folder


async def test_the_repository_is_told_from_a_folder_inside_it(repo: Path, tmp_path: Path) -> None:
    (repo / "inner").mkdir()
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    assert await git.repository_root(repo / "inner") == repo
    assert await git.repository_root(outside) is None


async def test_branch_head_and_identity(repo: Path) -> None:
    assert await git.branch(repo) == "main"
    assert await git.head_sha(repo) == run(repo, "rev-parse", "HEAD")
    assert await git.identity(repo) == "Test Person <test@example.org>"
    for tag in ("main", "heads/main"):
        run(repo, "tag", tag)
    assert await git.branch(repo) == "main"
    run(repo, "switch", "-q", "--detach")
    assert await git.branch(repo) is None
    assert (await git.status(repo)).branch == ""


async def test_no_identity_is_none(repo: Path, world, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.home / ".gitconfig").write_text("[user]\n useConfigOnly = true\n")
    assert await git.identity(repo) is None


async def test_before_the_first_commit(tmp_path: Path) -> None:
    run(tmp_path, "init", "-q")
    (tmp_path / "new.txt").write_text("new")
    status = await git.status(tmp_path)
    assert (status.head, status.branch) == ("", "main")
    assert set(status.untracked) >= {"new.txt"}
    assert await git.head_sha(tmp_path) is None
    assert await trees.head_tree(tmp_path) is None
    assert await history.first_commit(tmp_path) is None
    assert await history.last_version_change(tmp_path) is None
    assert (await release_tags(tmp_path)).highest is None


async def test_status_tells_staged_changed_untracked_and_renamed_apart(repo: Path) -> None:
    save(repo, "moved.txt", "some lines\nthat stay\nas they are\n", "chore: more")
    save(repo, "both.txt", "1\n", "chore: both")
    run(repo, "mv", "moved.txt", "there now.txt")
    save(repo, "both.txt", "2\n")
    run(repo, "add", "both.txt")
    save(repo, "both.txt", "3\n")
    save(repo, ODD, "x")
    (repo / os.fsdecode(BYTES)).write_text("x")
    save(repo, "distribution-state.json", "{}")
    save(repo, ".loop/distribution-loop/log", "x")
    status = await git.status(repo, STATE)
    assert git.ChangedPath("there now.txt", "R", "moved.txt") in status.staged
    assert git.ChangedPath("both.txt", "M") in status.staged
    assert status.unstaged == (git.ChangedPath("both.txt", "M"),)
    assert set(status.untracked) == {ODD, os.fsdecode(BYTES)}
    assert not status.clean


async def test_status_names_conflicts_and_what_is_under_way(repo: Path) -> None:
    run(repo, "switch", "-q", "-c", "side")
    save(repo, "a.txt", "side\n", "chore: side")
    run(repo, "switch", "-q", "main")
    save(repo, "a.txt", "main\n", "chore: main")
    assert await git.underway(repo) is None
    with pytest.raises(subprocess.CalledProcessError):
        run(repo, "merge", "side")
    assert (await git.status(repo)).conflicted == ("a.txt",)
    begun = await git.underway(repo)
    assert begun is not None
    assert begun[0] == "merge"
    assert "git merge --abort" in begun[1]


async def test_add_and_commit_take_only_what_is_listed(repo: Path) -> None:
    save(repo, "staged.txt", "not meant\n")
    run(repo, "add", "staged.txt")
    save(repo, ODD, "odd\n")
    (repo / os.fsdecode(BYTES)).write_text("bytes\n")
    save(repo, "a.txt", "changed\n")
    save(repo, "[ab]*.txt", "a name that is a pattern\n")
    paths = [ODD, os.fsdecode(BYTES), "a.txt", "[ab]*.txt"]
    await commits.add(repo, paths)
    await commits.commit(repo, paths, "feat: odd names\n\n# kept: not a comment")
    sha = run(repo, "rev-parse", "HEAD")
    assert set(await git.changed_files(repo, f"{sha}^", sha)) == set(paths)
    assert run(repo, "log", "-1", "--format=%B") == "feat: odd names\n\n# kept: not a comment"
    status = await git.status(repo)
    assert status.staged == (git.ChangedPath("staged.txt", "A"),)
    assert status.untracked == ()


async def test_a_removed_file_is_committed_as_removed(repo: Path) -> None:
    (repo / "a.txt").unlink()
    save(repo, "b.txt", "b\n")
    await commits.add(repo, ["a.txt", "b.txt"])
    await commits.commit(repo, ["a.txt", "b.txt"], "chore: swap")
    sha = run(repo, "rev-parse", "HEAD")
    entries = await git.diff_name_status(repo, f"{sha}^", sha)
    assert {(e.path, e.code) for e in entries} == {("a.txt", "D"), ("b.txt", "A")}


async def test_hooks_run_and_their_words_reach_the_person(repo: Path) -> None:
    hook = repo / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho 'the hook says no' >&2\nexit 1\n")
    hook.chmod(0o755)
    save(repo, "a.txt", "changed\n")
    before = run(repo, "rev-parse", "HEAD")
    with pytest.raises(Problem, match="the hook says no"):
        await commits.commit(repo, ["a.txt"], "fix: a")
    assert run(repo, "rev-parse", "HEAD") == before


# --- trees ----------------------------------------------------------------------------------------------------------


async def test_the_tree_of_a_clean_working_tree_is_that_of_head(repo: Path) -> None:
    assert await trees.tracked_tree(repo) == run(repo, "rev-parse", "HEAD^{tree}") == await trees.head_tree(repo)


async def test_the_tree_follows_the_working_tree_and_leaves_the_index_alone(repo: Path) -> None:
    before = await trees.tracked_tree(repo)
    save(repo, "a.txt", "b\n")  # the same size, perhaps within the same second
    index = (repo / ".git/index").read_bytes()
    changed = await trees.tracked_tree(repo)
    assert changed != before
    assert (repo / ".git/index").read_bytes() == index
    assert await git.changed_files(repo, before, changed) == ("a.txt",)
    run(repo, "add", "a.txt")
    assert await trees.tracked_tree(repo) == changed
    save(repo, "a.txt", "a\n")
    assert await trees.tracked_tree(repo) == before


async def test_a_linked_working_tree_has_an_index_of_its_own(repo: Path, tmp_path: Path) -> None:
    run(repo, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = tmp_path / "linked"
    save(linked, "new.txt", "n\n")
    run(linked, "add", "new.txt")
    assert await trees.tracked_tree(linked) == run(linked, "write-tree")
    assert await trees.tracked_tree(repo) == run(repo, "rev-parse", "HEAD^{tree}")


async def test_untracked_files_count_only_when_they_are_named(repo: Path) -> None:
    before = await trees.tracked_tree(repo)
    save(repo, ODD, "odd")
    assert await trees.tracked_tree(repo) == before
    with_it = await trees.tracked_tree(repo, include=[ODD])
    assert await git.changed_files(repo, before, with_it) == (ODD,)
    await commits.add(repo, [ODD])
    await commits.commit(repo, [ODD], "feat: odd")
    sha = run(repo, "rev-parse", "HEAD")
    assert run(repo, "rev-parse", f"{sha}^{{tree}}") == with_it


async def test_what_never_counts_does_not_count_when_it_is_named(repo: Path) -> None:
    before = await trees.tracked_tree(repo)
    save(repo, STATE[0], "{}")
    assert await trees.tracked_tree(repo, STATE, STATE[:1]) == before


async def test_a_tracked_state_file_never_counts(repo: Path) -> None:
    save(repo, "distribution-state.json", "{}", "chore: someone committed the state")
    one = await trees.tracked_tree(repo, STATE)
    save(repo, "distribution-state.json", '{"phase": "SHIP"}')
    assert await trees.tracked_tree(repo, STATE) == one == await trees.head_tree(repo, STATE)
    assert await trees.head_tree(repo) != one


@pytest.mark.parametrize("option", ["assume-unchanged", "skip-worktree", "both"])
async def test_what_git_was_told_not_to_see_is_found(repo: Path, option: str) -> None:
    for name in (ODD, "same.txt", "seen.txt", "absent.txt"):
        save(repo, name, "1\n")
    run(repo, "add", ".")
    run(repo, "commit", "-qm", "chore: files")
    for each in ("assume-unchanged", "skip-worktree") if option == "both" else (option,):
        run(repo, "update-index", f"--{each}", ODD, "same.txt", "absent.txt")
    (repo / "seen.txt").write_text("2\n")
    (repo / "absent.txt").unlink()
    expected = ("absent.txt",) if option == "assume-unchanged" else ()
    assert await trees.unseen(repo, await git.status(repo)) == expected
    (repo / ODD).write_text("2\n")
    before = (repo / ".git/index").read_bytes()
    assert await trees.unseen(repo, await git.status(repo)) == tuple(sorted((*expected, ODD)))
    assert (repo / ".git/index").read_bytes() == before


async def test_a_deleted_file_and_a_changed_mode_change_the_tree(repo: Path) -> None:
    before = await trees.tracked_tree(repo)
    (repo / "a.txt").chmod(0o755)
    executable = await trees.tracked_tree(repo)
    (repo / "a.txt").unlink()
    assert len({before, executable, await trees.tracked_tree(repo)}) == 3


# --- the remote -----------------------------------------------------------------------------------------------------


async def test_the_address_of_a_remote_shows_no_password(repo: Path) -> None:
    run(repo, "remote", "add", "fork", "https://me:secret-word@example.org/x.git")
    assert "secret-word" not in await git.remote_url(repo, "fork")


async def test_push_fetch_and_distance(repo: Path) -> None:
    theirs = other_clone(repo)
    sha = save(repo, "b.txt", "b\n", "feat: b")
    save(repo, "c.txt", "c\n", "feat: c")
    assert (await remotes.push_dry_run(repo, "origin", "main")).ok
    assert await remotes.ls_remote(repo, "origin", "main") == run(theirs, "rev-parse", "HEAD")
    pushed = await remotes.push(repo, "origin", "main", sha)
    assert pushed.outcome is remotes.PushOutcome.PUSHED
    assert await remotes.ls_remote(repo, "origin", "main") == sha  # the one commit, not what is on top of it
    again = await remotes.push(repo, "origin", "main", sha)
    assert again.outcome is remotes.PushOutcome.UP_TO_DATE
    assert await remotes.fetch(repo, "origin", "main")
    assert await remotes.ahead_behind(repo, "origin", "main") == (1, 0)
    assert await remotes.ls_remote(repo, "origin", "nowhere") is None
    assert not await remotes.fetch(repo, "origin", "nowhere")
    assert await remotes.ahead_behind(repo, "origin", "nowhere") is None


async def test_tags_stay_at_home(repo: Path) -> None:
    run(repo, "config", "push.followTags", "true")
    sha = save(repo, "b.txt", "b\n", "feat: b")
    run(repo, "tag", "-a", "-m", "v", "v9.9.9")
    await remotes.push(repo, "origin", "main", sha)
    assert run(repo, "ls-remote", "--tags", "origin") == ""


async def test_a_push_behind_the_remote_is_refused_and_changes_nothing(repo: Path) -> None:
    theirs = other_clone(repo)
    save(theirs, "theirs.txt", "x\n", "feat: theirs")
    run(theirs, "push", "-q")
    tip = await remotes.ls_remote(repo, "origin", "main")
    sha = save(repo, "ours.txt", "x\n", "feat: ours")
    run(repo, "config", "push.default", "matching")
    assert (await remotes.push(repo, "origin", "main", sha)).outcome is remotes.PushOutcome.BEHIND
    assert (await remotes.push_dry_run(repo, "origin", "main")).outcome is remotes.PushOutcome.BEHIND
    assert await remotes.ls_remote(repo, "origin", "main") == tip
    await remotes.fetch(repo, "origin", "main")
    assert await remotes.ahead_behind(repo, "origin", "main") == (1, 1)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("error: GH006: Protected branch update failed for refs/heads/main.", remotes.PushOutcome.PROTECTED),
        ("error: GH013: Repository rule violations found for refs/heads/main.", remotes.PushOutcome.PROTECTED),
        ("no pushing on Fridays", remotes.PushOutcome.REFUSED),
    ],
)
async def test_a_refusal_by_the_remote_says_which_kind(repo: Path, words: str, outcome: remotes.PushOutcome) -> None:
    hook = repo.parent / "origin.git/hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
    hook.chmod(0o755)
    sha = save(repo, "b.txt", "b\n", "feat: b")
    result = await remotes.push(repo, "origin", "main", sha)
    assert result.outcome is outcome
    assert words in result.detail


async def test_a_dry_run_leaves_the_pre_push_hook_alone_and_a_push_heeds_it(repo: Path) -> None:
    hook = repo / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    sha = save(repo, "b.txt", "b\n", "feat: b")
    assert (await remotes.push_dry_run(repo, "origin", "main")).ok
    result = await remotes.push(repo, "origin", "main", sha)
    assert result.outcome is remotes.PushOutcome.FAILED
    assert "not today" in result.detail


async def test_a_remote_that_is_gone_is_a_network_matter(repo: Path) -> None:
    run(repo, "remote", "set-url", "origin", str(repo.parent / "gone.git"))
    assert (await remotes.push_dry_run(repo, "origin", "main")).outcome is remotes.PushOutcome.NETWORK
    with pytest.raises(Problem, match="cannot fetch from origin"):
        await remotes.fetch(repo, "origin", "main")
    with pytest.raises(Problem, match="cannot ask origin"):
        await remotes.ls_remote(repo, "origin", "main")


@pytest.mark.parametrize(
    ("stderr", "outcome"),
    [
        ("fatal: unable to access 'https://x/': Could not resolve host: x", remotes.PushOutcome.NETWORK),
        ("ssh: connect to host x port 22: Connection timed out", remotes.PushOutcome.NETWORK),
        (
            "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote",
            remotes.PushOutcome.DENIED,
        ),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", remotes.PushOutcome.DENIED),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", remotes.PushOutcome.DENIED),
    ],
)
def test_what_transport_errors_mean(stderr: str, outcome: remotes.PushOutcome) -> None:
    assert read_push(Captured(128, "", stderr, 1)).outcome is outcome


# --- history --------------------------------------------------------------------------------------------------------


def package(version: str, indent: int = 2, **more: object) -> str:
    import json

    return json.dumps({"name": "x", "version": version, **more}, indent=indent) + "\n"


async def test_the_log_gives_whole_raw_messages(repo: Path) -> None:
    base = run(repo, "rev-parse", "HEAD")
    body = "feat: b\n\nfirst\n\nBREAKING CHANGE: \x1b[31mred\n"
    sha = save(repo, "b.txt", "b\n", body)
    run(repo, "config", "log.showSignature", "true")
    (entry,) = await history.log(repo, base)
    assert (entry.sha, entry.parents) == (sha, (base,))
    assert entry.message.strip() == body.strip()
    assert len(await history.log(repo, None)) == 2
    assert await history.commits_between(repo, base, sha) == (sha,)
    assert await history.is_ancestor(repo, base, sha)
    assert not await history.is_ancestor(repo, sha, base)
    assert not await history.is_ancestor(repo, "f" * 40)


async def test_the_log_of_a_folder_leaves_out_what_did_not_touch_it(repo: Path) -> None:
    base = run(repo, "rev-parse", "HEAD")
    mine = save(repo, "packages/mine/x", "1", "feat: mine")
    save(repo, "packages/theirs/x", "1", "feat: theirs")
    assert [entry.sha for entry in await history.log(repo, base, path="packages/mine")] == [mine]


async def test_the_last_version_change_is_not_just_any_touch_of_the_line(repo: Path) -> None:
    save(repo, "package.json", package("0.6.0"), "chore: package")
    bumped = save(repo, "package.json", package("0.7.0"), "chore: 0.7.0")
    save(repo, "package.json", package("0.7.0", indent=4), "style: indent")
    save(repo, "package.json", package("0.7.0", 4, config={"version": "9"}), "feat: another version key")
    assert await history.last_version_change(repo) == bumped
    assert await history.version_at(repo, bumped) == "0.7.0"
    assert await history.version_at(repo, "HEAD", "nothing.json") is None


async def test_a_shallow_clone_is_told(repo: Path, tmp_path: Path) -> None:
    save(repo, "b.txt", "b\n", "feat: b")
    run(repo, "push", "-q")
    run(repo, "clone", "-q", "--depth", "1", f"file://{tmp_path}/origin.git", str(tmp_path / "cut"))
    assert not await git.is_shallow(repo)
    assert await git.is_shallow(tmp_path / "cut")


async def test_git_leftovers_in_the_environment_lead_nowhere(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert await git.repository_root(repo) == repo
    assert (await git.status(repo)).clean


# --- what is not the project's --------------------------------------------------------------------------------------


async def test_our_temporary_files_in_the_repository_are_no_untracked_files(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "t").mkdir()
    save(repo, "t/loop-tui-of-theirs", "1\n")
    monkeypatch.setattr("tempfile.tempdir", str(repo / "t"))
    with temporary_folder("git") as folder:
        (folder / "index").write_text("1\n")
        assert (await git.status(repo)).untracked == ("t/loop-tui-of-theirs",)


async def test_what_only_the_persons_own_excludes_hide_is_told_apart(repo: Path) -> None:
    save(repo, ".gitignore", "shared/\n", "chore: ignore")
    save(repo, "shared/a", "1\n")
    save(repo, "mine/a", "1\n")
    (repo / ".git/info/exclude").write_text("mine\n")
    assert await git.ignored(repo) == ("shared/",)
    assert await git.ignored(repo, personal=True) == ("mine/", "shared/")


async def test_a_remote_may_keep_its_tags(repo: Path) -> None:
    assert await remotes.fetches_tags(repo, "origin")
    run(repo, "config", "remote.origin.tagOpt", "--no-tags")
    assert not await remotes.fetches_tags(repo, "origin")
