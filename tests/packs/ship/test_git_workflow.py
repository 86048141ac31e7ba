"""git-workflow against real git: one commit of what was verified, one push, and neither of them twice."""

import subprocess
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.model.secret_files import looks_secret
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.runners.context import Asked, EvidenceVoid, SkillFailed

from .shipyard import Killed, Yard, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    return new_yard(tmp_path / "yard", tmp_path / "world/claude")


def hook(yard: Yard, name: str, text: str, where: str = "") -> None:
    folder = Path(where) if where else yard.project / ".git"
    path = folder / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


async def test_commits_the_bump_and_pushes_it(yard: Yard) -> None:
    yard.bump("0.8.0")
    yard.write("notes.txt", "scratch\n")
    tree = await yard.verify()
    result = await yard.run(run, "git-workflow")
    head = yard.git("rev-parse", "HEAD")
    assert yard.remote_head() == head
    assert yard.commits() == ["chore(release): v0.8.0", "feat: begin"]
    assert yard.git("rev-parse", "HEAD^{tree}") == tree
    assert {c.name: (c.status, c.commit, c.tree) for c in result.checks} == {
        "commit": (CheckStatus.PASSED, head, tree),
        "push": (CheckStatus.PASSED, head, tree),
    }
    (question,) = yard.asked
    assert question.text == "Commit message?"
    assert question.default == "chore(release): v0.8.0"
    assert question.detail == "Commits, then pushes to origin/main:\nM package.json"
    assert yard.git("status", "--porcelain") == "?? notes.txt"
    assert "Untracked, not included: notes.txt" in yard.log
    summary = yard.text("git-summary.md")
    assert head in summary
    assert "notes.txt" in summary
    assert "readiness-gate passed on this tree: build passed, test passed, lint passed" in summary


async def test_a_changed_file_voids_the_gate(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    yard.write("server.js", "changed\n")
    with pytest.raises(EvidenceVoid) as void:
        await yard.run(run, "git-workflow")
    assert void.value.gate == "readiness-gate"
    assert "server.js" in void.value.reason
    assert yard.commits() == ["feat: begin"]
    assert yard.asked == []


async def test_without_evidence_it_goes_on_and_says_so(yard: Yard) -> None:
    yard.bump()
    await yard.run(run, "git-workflow")
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert "this commit was not checked" in yard.log


async def test_waits_for_the_message_and_takes_what_the_person_says(yard: Yard) -> None:
    yard.write("server.js", "// new\n")
    await yard.verify()
    yard.unanswered = True
    with pytest.raises(Asked) as asked:
        await yard.run(run, "git-workflow")
    assert asked.value.question.default == "chore: update server.js"
    assert yard.commits() == ["feat: begin"]
    yard.answers[asked.value.question.id] = "fix(server): stand \x1b]52;c;x\x07up\nand go"
    await yard.run(run, "git-workflow")
    assert yard.git("log", "-1", "--format=%B") == "fix(server): stand up\n\nand go"


async def test_a_no_asks_for_another_message(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    yard.unanswered = True
    with pytest.raises(Asked) as first:
        await yard.run(run, "git-workflow")
    yard.answers[first.value.question.id] = "n"
    with pytest.raises(Asked) as second:
        await yard.run(run, "git-workflow")
    assert second.value.question.id != first.value.question.id
    yard.answers = {second.value.question.id: "feat: mine", first.value.question.id: "n"}
    await yard.run(run, "git-workflow")
    assert yard.commits()[0] == "feat: mine"


@pytest.mark.parametrize("kind", ["commit", "push"])
@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
async def test_killed_at_any_instant_there_is_one_commit_and_one_push(yard: Yard, kind: str, instant: str) -> None:
    yard.bump()
    await yard.verify()
    yard.kill.add(f"{kind}:{instant}")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow")
    await yard.run(run, "git-workflow")
    assert yard.commits() == ["chore(release): v0.8.0", "feat: begin"]
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert sorted(yard.acted) == (["commit", "push"])
    # and once more, after everything is proven
    await yard.run(run, "git-workflow")
    assert yard.commits() == ["chore(release): v0.8.0", "feat: begin"]
    assert len({question.id for question in yard.asked}) == 1


def by_hand(folder: Path, words: str) -> None:
    """What a person types there."""
    subprocess.run(words, shell=True, cwd=folder, check=True)


async def test_a_commit_on_top_after_the_crash_is_not_pushed(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    before = yard.remote_head()
    yard.kill.add("commit:act")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow")
    ours = yard.git("rev-parse", "HEAD")
    yard.write("server.js", "// mine\n")
    yard.git("commit", "-qam", "feat: somebody else's")
    with pytest.raises(SkillFailed, match=r"server\.js changed; nothing was pushed") as refused:
        await yard.run(run, "git-workflow")
    assert yard.remote_head() == before
    assert "Changed since the commit" in yard.log
    by_hand(yard.project, refused.value.todo.partition(", then")[0])
    await yard.run(run, "git-workflow")
    assert yard.remote_head() == ours == yard.git("rev-parse", "HEAD")
    assert yard.git("stash", "list")


CHANGES = {
    "a hook's commit": "echo 1 > made.js; git add made.js; git commit -qm 'chore: by a hook' --no-verify",
    "a file a hook wrote": "echo '// stamped' >> server.js",
    "a version put back": "git checkout -q HEAD~1 -- package.json",
}


@pytest.mark.parametrize("words", CHANGES.values(), ids=CHANGES.keys())
async def test_what_is_not_the_commit_any_more_is_said_before_the_push(yard: Yard, words: str) -> None:
    hook(yard, "post-commit", f"[ -e .git/once ] && exit 0; touch .git/once; {words}")
    yard.bump()
    await yard.verify()
    before = yard.remote_head()
    for _ in range(2):
        with pytest.raises(SkillFailed, match="differs from what would be pushed"):
            await yard.run(run, "git-workflow")
        assert yard.remote_head() == before


async def test_a_change_after_the_push_does_not_matter_to_it(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    yard.kill.add("push:act")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow")
    yard.write("server.js", "// mine\n")
    await yard.run(run, "git-workflow")
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_a_push_that_the_remote_took_is_there_whatever_git_says(yard: Yard) -> None:
    hook(yard, "reference-transaction", '[ "$1" = prepared ] && grep -q refs/remotes/origin && exit 1; exit 0')
    yard.bump()
    await yard.verify()
    result = await yard.run(run, "git-workflow")
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert "pushed to origin/main" in result.summary
    assert "though git push failed" in yard.log


@pytest.mark.parametrize("ends", ["exit 0", "exit 1"])
async def test_a_hook_that_pushes_by_itself_has_pushed(yard: Yard, ends: str) -> None:
    """git then says that the branch moved, or that the hook failed: the remote is asked what it holds."""
    hook(yard, "pre-push", f"git push -q --no-verify origin HEAD:main; {ends}")
    yard.bump()
    await yard.verify()
    result = await yard.run(run, "git-workflow")
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert "pushed to origin/main" in result.summary
    assert "though git push failed" in yard.log


@pytest.mark.parametrize("ends", ["exit 0", "exit 1"])
async def test_what_a_hook_pushed_on_top_is_named_and_nobody_says_that_nothing_was_pushed(
    yard: Yard, ends: str
) -> None:
    hook(
        yard,
        "pre-push",
        "[ -e .git/once ] && exit 0; touch .git/once; git commit -q --allow-empty --no-verify -m extra; "
        f"git push -q --no-verify origin HEAD:main; {ends}",
    )
    yard.bump()
    await yard.verify()
    with pytest.raises(SkillFailed, match="and 1 more commit on top, not verified") as failed:
        await yard.run(run, "git-workflow")
    assert "nothing was pushed" not in str(failed.value)
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    shipped = yard.git("rev-parse", "HEAD~1")
    assert shipped[:7] in failed.value.what
    result = await yard.run(run, "git-workflow")
    assert f"{shipped[:7]} " in result.summary, "who goes on after that has read it"


async def test_a_tag_that_a_hook_pushed_by_itself_is_there(yard: Yard) -> None:
    hook(yard, "pre-push", "grep -q refs/tags/ && git push -q --no-verify origin --tags; exit 0")
    yard.git("tag", "v0.7.0")
    yard.bump()
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert "refs/tags/v0.8.0" in yard.git("ls-remote", "origin")


async def test_nothing_to_commit_ships_head(yard: Yard) -> None:
    yard.write("server.js", "// more\n")
    yard.git("commit", "-qam", "feat: more")
    await yard.verify()
    result = await yard.run(run, "git-workflow")
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert len(yard.commits()) == 2
    (question,) = yard.asked
    assert question.text.endswith("(feat: more) was not committed by this run. Push it to origin/main? [Y/n]")
    assert "nothing to commit" in result.summary
    assert "HEAD was shipped unchanged" in yard.text("git-summary.md")


async def test_what_the_remote_has_already_is_not_asked_about(yard: Yard) -> None:
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.asked == []


async def test_a_commit_made_beside_the_run_is_pushed_only_on_a_yes_to_it(yard: Yard) -> None:
    """The person commits the version bump themselves between a failure and the retry: nobody approved that commit."""
    yard.bump("0.8.0")
    await yard.verify()
    yard.git("commit", "-qam", "chore: 0.8.0 by hand")
    before, mine = yard.remote_head(), yard.git("rev-parse", "HEAD")
    yard.unanswered = True
    with pytest.raises(Asked) as asked:
        await yard.run(run, "git-workflow")
    question = asked.value.question
    assert (question.id, question.default) == (f"push-unchanged-{mine[:12]}", "y")
    assert "chore: 0.8.0 by hand" in question.detail
    assert yard.remote_head() == before
    # A yes is for that commit alone.
    yard.answers[question.id] = "y"
    yard.git("commit", "-q", "--amend", "-m", "chore: 0.8.0, other words")
    with pytest.raises(Asked):
        await yard.run(run, "git-workflow")
    assert yard.remote_head() == before
    yard.git("reset", "-q", "--soft", mine)
    await yard.run(run, "git-workflow")
    assert yard.remote_head() == mine


async def test_a_no_to_a_commit_made_beside_the_run_pushes_nothing(yard: Yard) -> None:
    yard.write("server.js", "// more\n")
    yard.git("commit", "-qam", "feat: more")
    await yard.verify()
    before = yard.remote_head()
    yard.answers["push-unchanged"] = "n"
    with pytest.raises(SkillFailed, match="is not pushed to origin/main, as you answered"):
        await yard.run(run, "git-workflow")
    assert yard.remote_head() == before


async def test_deleted_renamed_and_half_staged_files_go_in_together(yard: Yard) -> None:
    for name in ("gone.txt", "removed.txt", "old name.txt", "half.txt"):
        yard.write(name, f"{name}\n" * 5)
    yard.git("add", "gone.txt", "removed.txt", "old name.txt", "half.txt")
    yard.git("commit", "-qm", "chore: files")
    (yard.project / "gone.txt").unlink()
    yard.git("rm", "-q", "removed.txt")
    yard.git("mv", "old name.txt", "new [x] name.txt")
    yard.write("half.txt", "staged\n")
    yard.git("add", "half.txt")
    yard.write("half.txt", "staged and more\n")
    yard.write("fresh.txt", "staged and new\n")
    yard.git("add", "fresh.txt")
    yard.write("fleeting.txt", "staged, then removed\n")
    yard.git("add", "fleeting.txt")
    (yard.project / "fleeting.txt").unlink()
    tree = await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.git("rev-parse", "HEAD^{tree}") == tree
    files = yard.git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
    assert files == [".gitignore", "fresh.txt", "half.txt", "new [x] name.txt", "package.json", "server.js"]
    assert yard.git("status", "--porcelain") == ""


async def test_untracked_files_go_in_only_when_included(yard: Yard) -> None:
    yard.bump()
    yard.write("docs/a.md", "a\n")
    yard.write("docs/b.txt", "b\n")
    await yard.verify()
    await yard.run(run, "git-workflow", {"include": ["docs/*.md"]})
    assert "docs/a.md" in yard.git("ls-tree", "-r", "--name-only", "HEAD")
    assert yard.git("status", "--porcelain") == "?? docs/b.txt"


@pytest.mark.parametrize("instant", ["commit:intent", "commit:act", "push:intent"])
async def test_included_files_survive_a_crash(yard: Yard, instant: str) -> None:
    yard.bump()
    yard.write("docs/a.md", "a\n")
    await yard.verify()
    yard.kill.add(instant)
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow", {"include": ["docs/a.md"]})
    await yard.run(run, "git-workflow", {"include": ["docs/a.md"]})
    assert len(yard.commits()) == 2
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_killed_between_staging_and_committing(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.bump()
    yard.write("docs/a.md", "a\n")
    await yard.verify()

    async def die(*_: object) -> str:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("loop_tui.services.git.commits.commit", die)
        with pytest.raises(Killed):
            await yard.run(run, "git-workflow", {"include": ["docs/a.md"]})
    assert yard.git("diff", "--cached", "--name-only") == "docs/a.md"
    await yard.run(run, "git-workflow", {"include": ["docs/a.md"]})
    assert yard.commits() == ["chore(release): v0.8.0", "feat: begin"]
    assert yard.git("status", "--porcelain") == ""
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_a_tracked_state_file_is_neither_committed_nor_a_change(yard: Yard) -> None:
    yard.git("add", "-f", "distribution-state.json")
    yard.git("commit", "-qm", "chore: state")
    yard.bump()
    await yard.verify()
    yard.write("distribution-state.json", '{"x": 1}\n')
    await yard.run(run, "git-workflow")
    assert yard.git("show", "HEAD:distribution-state.json") == "{}"
    assert yard.git("show", "--format=", "--name-only", "HEAD") == "package.json"


async def test_a_secret_is_committed_only_on_a_yes(yard: Yard) -> None:
    yard.write(".env", "A=1\n")
    yard.git("add", "-f", ".env")
    yard.git("commit", "-qm", "chore: env")
    yard.write(".env", "A=2\n")
    await yard.verify()
    with pytest.raises(Asked) as asked:
        await yard.run(run, "git-workflow")
    assert asked.value.question.default is None, "nobody who takes every default said so"
    yard.answers["commit-secrets-"] = "no"
    with pytest.raises(SkillFailed) as failed:
        await yard.run(run, "git-workflow")
    assert failed.value.kind == "security"
    assert len(yard.commits()) == 2
    yard.state = yard.state.model_copy(update={"questions": ()})
    yard.answers["commit-secrets-"] = "yes"
    await yard.run(run, "git-workflow")
    assert len(yard.commits()) == 3
    assert "LOOKS LIKE A SECRET: .env" in yard.log


async def test_an_untracked_secret_is_called_out(yard: Yard) -> None:
    yard.bump()
    yard.write("server.pem", "key\n")
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert "LOOKS LIKE A SECRET: server.pem" in yard.log
    assert "Possible secrets" in yard.text("git-summary.md")
    assert yard.git("status", "--porcelain") == "?? server.pem"


@pytest.mark.parametrize("name", [".env", "a/.env.local", "x.pem", "keys/id_rsa", "id_ed25519", "a.key", "Server.PEM"])
def test_names_that_look_like_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", [".env.example", "id_rsa.pub", "id_mapping.ts", "monkey", "environment.ts"])
def test_names_that_do_not(name: str) -> None:
    assert not looks_secret(name)


async def test_a_remote_that_moved_stops_the_push(yard: Yard) -> None:
    other = yard.other_clone()
    (other / "x.txt").write_text("x\n")
    yard.git("add", "x.txt", cwd=other)
    yard.git("commit", "-qm", "feat: theirs", cwd=other)
    yard.git("push", "-q", cwd=other)
    theirs = yard.remote_head()
    yard.bump()
    await yard.verify()
    with pytest.raises(SkillFailed, match="has 1 commit") as failed:
        await yard.run(run, "git-workflow")
    assert "git pull --rebase origin main" in failed.value.todo
    assert yard.remote_head() == theirs
    # fixed as told: the checks are void, and after them the push goes through without a second commit
    yard.git("pull", "-q", "--rebase", "origin", "main")
    with pytest.raises(EvidenceVoid):
        await yard.run(run, "git-workflow")
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.commits() == ["chore(release): v0.8.0", "feat: theirs", "feat: begin"]
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_behind_with_nothing_to_commit_is_told(yard: Yard) -> None:
    other = yard.other_clone()
    yard.git("commit", "-q", "--allow-empty", "-m", "feat: theirs", cwd=other)
    yard.git("push", "-q", cwd=other)
    await yard.verify()
    with pytest.raises(SkillFailed, match="nothing was pushed"):
        await yard.run(run, "git-workflow")


async def test_a_push_that_somebody_built_on_is_still_proven(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    yard.kill.add("push:act")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow")
    ours = yard.git("rev-parse", "HEAD")
    other = yard.other_clone()
    yard.git("commit", "-q", "--allow-empty", "-m", "feat: on top", cwd=other)
    yard.git("push", "-q", cwd=other)
    result = await yard.run(run, "git-workflow")
    assert yard.acted == ["commit", "push"]
    push = next(c for c in result.checks if c.name == "push")
    assert push.passed
    assert "moved to" in push.summary
    assert push.commit == ours


async def test_a_protected_branch_names_the_pull_request_route(yard: Yard) -> None:
    hook(yard, "pre-receive", 'echo "error: GH006: Protected branch update failed" >&2; exit 1', str(yard.origin))
    before = yard.remote_head()
    yard.bump()
    await yard.verify()
    with pytest.raises(SkillFailed, match="protected") as failed:
        await yard.run(run, "git-workflow")
    assert failed.value.kind == "error"
    assert "gh pr create" in failed.value.todo
    assert yard.remote_head() == before


async def test_an_unreachable_remote_is_external(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    yard.origin.rename(yard.origin.with_name("away.git"))
    with pytest.raises(SkillFailed) as failed:
        await yard.run(run, "git-workflow")
    assert failed.value.kind == "external"
    yard.origin.with_name("away.git").rename(yard.origin)
    await yard.run(run, "git-workflow")
    assert yard.commits() == ["chore(release): v0.8.0", "feat: begin"]
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_no_remote_says_how_to_get_one(yard: Yard) -> None:
    yard.git("remote", "remove", "origin")
    yard.bump()
    await yard.verify()
    with pytest.raises(SkillFailed) as failed:
        await yard.run(run, "git-workflow")
    assert "git remote add origin" in failed.value.todo
    assert len(yard.commits()) == 1


async def test_a_detached_head_is_refused(yard: Yard) -> None:
    yard.git("switch", "-q", "--detach")
    with pytest.raises(SkillFailed, match="detached"):
        await yard.run(run, "git-workflow")


async def test_a_first_push_of_a_new_branch(yard: Yard) -> None:
    yard.git("switch", "-qc", "next")
    yard.bump()
    await yard.verify()
    yard.answers["push-to-"] = "y"
    await yard.run(run, "git-workflow")
    assert yard.remote_head("next") == yard.git("rev-parse", "HEAD")
    assert yard.remote_head("main") == yard.git("rev-parse", "HEAD~1")


async def test_a_hook_that_changes_the_commit_voids_the_evidence(yard: Yard) -> None:
    hook(yard, "pre-commit", "echo '// formatted' >> server.js; git add server.js")
    before = yard.remote_head()
    yard.bump()
    await yard.verify()
    with pytest.raises(EvidenceVoid, match=r"server\.js"):
        await yard.run(run, "git-workflow")
    assert yard.remote_head() == before
    # the checks run again on what the hook made, and that is shipped without a second commit
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert len(yard.commits()) == 2
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_a_hook_that_refuses_is_quoted(yard: Yard) -> None:
    from loop_tui.model.problem import Problem

    hook(yard, "pre-commit", "echo 'no commits on fridays' >&2; exit 1")
    yard.bump()
    await yard.verify()
    with pytest.raises(Problem, match="no commits on fridays"):
        await yard.run(run, "git-workflow")
    assert len(yard.commits()) == 1


async def test_a_second_commit_after_a_fix_is_its_own_effect(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    await yard.run(run, "git-workflow")
    yard.write("server.js", "// fixed\n")
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.commits() == ["chore: update server.js", "chore(release): v0.8.0", "feat: begin"]
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_a_project_in_a_folder_of_its_repository(yard: Yard) -> None:
    inner = yard.project / "packages/app"
    inner.mkdir(parents=True)
    (inner / "package.json").write_text('{"name": "app", "version": "1.0.0"}\n')
    yard.git("add", "packages")
    yard.git("commit", "-qm", "feat: app")
    (inner / "package.json").write_text('{"name": "app", "version": "1.0.1"}\n')
    await yard.verify()
    top = yard.project
    yard.project = inner
    await yard.run(run, "git-workflow")
    assert yard.git("log", "-1", "--format=%s", cwd=top) == "chore(release): v1.0.1"


async def test_hostile_names_stay_text(yard: Yard) -> None:
    name = "x|[red]`\x1b[31m.txt"
    yard.write(name, "1\n")
    yard.git("add", name)
    yard.answers["commit-message-"] = "feat: **bold** | <b> [l](http://x)"
    await yard.verify()
    await yard.run(run, "git-workflow")
    summary = yard.text("git-summary.md")
    assert "\x1b" not in summary
    assert "\\*\\*bold\\*\\* \\| \\<b>" in summary
    assert "\x1b" not in yard.asked[0].detail


async def test_no_message_time_and_again_leaves_a_question_that_only_a_person_answers(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    yard.answers["commit-message-"] = "n"
    for _ in range(5):
        with pytest.raises(Asked, match="Commit message") as asked:
            await yard.run(run, "git-workflow")
        yard.answers[asked.value.question.id] = "n"
    assert asked.value.question.default is None
    yard.answers[asked.value.question.id] = "feat: mine"
    await yard.run(run, "git-workflow")
    assert yard.commits()[0] == "feat: mine"


async def test_a_message_that_was_refused_is_replaced_and_a_doubtful_one_is_not_kept_by_itself(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    hook = yard.project / ".git/hooks/commit-msg"
    hook.write_text('#!/bin/sh\ngrep -q TICKET "$1" || { echo "no ticket"; exit 1; }\n')
    hook.chmod(0o755)
    yard.answers["commit-message-"] = "feat: mine"
    with pytest.raises(Problem, match="no ticket"):
        await yard.run(run, "git-workflow")
    yard.answers["commit-message-"] = "mine, TICKET-1"
    with pytest.raises(Asked, match="is not in the form `type: subject`") as asked:
        await yard.run(run, "git-workflow")
    assert asked.value.question.id.endswith("-2")
    yard.answers["commit-message-"] = "feat: mine, TICKET-1"
    await yard.run(run, "git-workflow")
    assert yard.commits()[0] == "feat: mine, TICKET-1"
