"""release-planner against real git and npm: what it compares, asks and writes, and that it writes once."""

import asyncio
import gc
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from loop_tui.model.clock import parse_stamp
from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunOutcome
from loop_tui.model.state import RunState
from loop_tui.packs.ship.effects import commit_left_behind
from loop_tui.packs.ship.preflight.preflight import preflight
from loop_tui.packs.ship.release_planner import planner, skill
from loop_tui.packs.ship.release_planner.skill import run
from loop_tui.packs.ship.undo.undo import refuse_without_run
from loop_tui.runners.context import Asked, Proof, SkillFailed, SkillResult
from loop_tui.storage.archive import writer

from .shipyard import PACKAGE, Killed, Yard

pytestmark = pytest.mark.usefixtures("quick_npm")

SKILL = "release-planner"


async def plan(yard: Yard) -> SkillResult:
    return await yard.run(run, SKILL)


def commit(yard: Yard, message: str, name: str = "notes.md") -> str:
    path = yard.project / name
    path.write_text((path.read_text() if path.exists() else "") + message + "\n")
    yard.git("add", name)
    yard.git("commit", "-q", "-m", message)
    return yard.git("rev-parse", "HEAD")


def version(yard: Yard) -> str:
    return str(json.loads((yard.project / "package.json").read_text())["version"])


async def refused(yard: Yard) -> SkillFailed:
    with pytest.raises(SkillFailed) as failure:
        await plan(yard)
    return failure.value


# --- proposing and writing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "after"), [("feat: a", "0.8.0"), ("fix: a", "0.7.1"), ("feat!: a", "1.0.0"), ("docs: a", "0.7.0")]
)
async def test_the_bump(start: Yard, message: str, after: str) -> None:
    commit(start, message)
    before = (start.project / "package.json").read_bytes()
    result = await plan(start)
    assert version(start) == after
    if after == "0.7.0":
        assert start.state.questions == ()
        assert (start.project / "package.json").read_bytes() == before
        assert "version stays 0.7.0" in result.summary
    else:
        (question,) = start.asked
        assert question.text == f"Bump version 0.7.0 -> {after}? [Y/n/version] (n: 0.7.0 is kept)"
        assert question.default == "Y"
        assert message in question.detail
        assert question.id.startswith("version-")
        assert start.acted == ["version-write"]
    assert start.git("rev-list", "--count", "HEAD") == "2"  # nothing is committed here


async def test_the_scope_document_says_what_why_and_since_when(start: Yard) -> None:
    base = start.git("rev-parse", "HEAD")
    commit(start, "feat: a *bold* | claim [link](http://x)")
    commit(start, "wip \x1b[31mred")
    start.write("untracked.txt", "x")
    result = await plan(start)
    (document,) = result.deliverables
    assert document.name == "release-scope.md"
    text = start.text("release-scope.md")
    assert base[:12] in text
    assert "the last commit that changed the version in package.json" in text
    assert r"feat: a \*bold\* \| claim \[link\](http://x)" in text
    assert "\x1b" not in text
    assert "0.7.0 -> 0.8.0" in text
    assert "untracked: `untracked.txt`" in text
    assert "2 commits, 1 feature, 1 other" in text


async def test_refusing_leaves_package_json_byte_identical(start: Yard) -> None:
    commit(start, "feat: a")
    before = (start.project / "package.json").read_bytes()
    start.answers |= {"version-": "n", "same-version-": "y"}
    result = await plan(start)
    assert (start.project / "package.json").read_bytes() == before
    assert not [e for e in start.state.effects if e.intent]
    assert "version stays 0.7.0, as answered" in result.summary


@pytest.mark.parametrize("tagged", [False, True])
async def test_a_version_that_is_out_is_not_shipped_again_without_a_word(start: Yard, tagged: bool) -> None:
    if tagged:
        start.git("tag", "v0.7.0")
    commit(start, "feat: a")
    before = (start.project / "package.json").read_bytes()
    start.answers["version-"] = "n"
    with pytest.raises(Asked, match=r"0\.7\.0 is (already released|the version of)") as asked:
        await plan(start)  # as with --yes: there is no default to take
    assert asked.value.question.default is None
    start.answers["same-version-"] = "n"
    failure = await refused(start)
    assert "no new version was chosen" in failure.what
    assert (start.project / "package.json").read_bytes() == before


async def test_a_version_that_was_raised_by_hand_and_is_not_out_may_stay(start: Yard) -> None:
    start.bump("0.7.1")
    commit(start, "feat: a", "package.json")
    start.answers["version-"] = "n"
    commit(start, "feat: b")
    start.bump("0.7.2")
    await plan(start)
    assert [question.id.rpartition("-")[0] for question in start.asked] == ["version"]


async def test_a_typed_version_is_taken(start: Yard) -> None:
    commit(start, "feat: a")
    start.answers["version-"] = "2.0.0-rc.1"
    await plan(start)
    assert version(start) == "2.0.0-rc.1"


async def test_a_bad_answer_is_asked_about_again_with_the_reason(start: Yard) -> None:
    commit(start, "feat: a")
    start.unanswered = True
    with pytest.raises(Asked) as first:
        await plan(start)
    start.answers[first.value.question.id] = "0.6.0"
    with pytest.raises(Asked) as second:
        await plan(start)
    assert second.value.question.id == f"{first.value.question.id}-2"
    assert second.value.question.text.startswith("0.6.0 is not above 0.7.0. ")
    start.answers[second.value.question.id] = "0.9.0"
    await plan(start)
    assert version(start) == "0.9.0"


async def test_bad_answers_without_end_leave_a_question_that_only_a_person_answers(start: Yard) -> None:
    commit(start, "feat: a")
    start.answers["version-"] = "whatever"
    for _ in range(5):
        with pytest.raises(Asked, match="whatever") as asked:
            await plan(start)
        question = asked.value.question
        start.answers[question.id] = "whatever"
    assert (question.default, len(start.state.questions)) == (None, 5)
    start.answers[question.id] = "0.9.0"
    await plan(start)
    assert version(start) == "0.9.0"


async def test_what_is_said_later_replaces_an_answer_that_was_refused(start: Yard) -> None:
    commit(start, "feat: a")
    for word in ("0.6.0", "0.5.0"):
        start.answers["version-"] = word
        with pytest.raises(Asked, match=f"{word} is not above") as asked:
            await plan(start)
        assert asked.value.question.id.endswith("-2"), "the program itself says nothing twice"
    start.answers["version-"] = "0.9.0"
    await plan(start)
    assert version(start) == "0.9.0"


async def test_the_lock_is_written_with_the_package(start: Yard) -> None:
    lock = {"name": "widget", "version": "0.6.0", "lockfileVersion": 3, "packages": {"": {"version": "0.5.0"}}}
    start.write("package-lock.json", json.dumps(lock, indent=2) + "\n")
    commit(start, "feat: a", "package-lock.json.note")
    await plan(start)
    written = json.loads((start.project / "package-lock.json").read_text())
    assert (written["version"], written["packages"][""]["version"]) == ("0.8.0", "0.8.0")
    assert "package-lock.json version is 0.6.0, package.json has 0.7.0" in start.log


# --- once, whatever happens -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
@pytest.mark.parametrize("answer", ["Y", "0.7.1"])
async def test_killed_at_any_instant_it_bumps_once_and_asks_nothing_again(
    start: Yard, instant: str, answer: str
) -> None:
    commit(start, "feat: a")
    start.answers["version-"] = answer
    start.kill.add(f"version-write:{instant}")
    with pytest.raises(Killed):
        await plan(start)
    asked = {question.id for question in start.asked}
    start.answers.clear()
    start.unanswered = True
    result = await plan(start)
    wanted = "0.8.0" if answer == "Y" else answer
    assert version(start) == wanted
    assert {question.id for question in start.asked} == asked
    assert start.acted == ["version-write"]
    assert len([e for e in start.state.effects if e.intent]) == 1
    assert f"version 0.7.0 -> {wanted}" in result.summary


async def test_a_write_that_was_cut_off_before_the_lock_is_completed(start: Yard) -> None:
    lock = {"name": "widget", "version": "0.7.0", "lockfileVersion": 3, "packages": {"": {"version": "0.7.0"}}}
    start.write("package-lock.json", json.dumps(lock, indent=2) + "\n")
    start.git("add", "package-lock.json")
    commit(start, "feat: a")
    start.kill.add("version-write:intent")
    with pytest.raises(Killed):
        await plan(start)
    start.bump("0.8.0")
    await plan(start)
    written = json.loads((start.project / "package-lock.json").read_text())
    assert (written["version"], written["packages"][""]["version"]) == ("0.8.0", "0.8.0")
    assert start.acted == ["version-write"]


async def test_running_again_after_the_bump_changes_nothing(start: Yard) -> None:
    commit(start, "feat: a")
    for _ in range(3):
        await plan(start)
    assert version(start) == "0.8.0"
    assert start.acted == ["version-write"]


async def test_running_again_after_the_bump_was_committed_changes_nothing(start: Yard) -> None:
    commit(start, "feat: a")
    await plan(start)
    start.git("commit", "-q", "-a", "-m", "chore(release): 0.8.0")
    start.unanswered = True
    await plan(start)
    assert version(start) == "0.8.0"
    commit(start, "feat: b")  # the release was not shipped yet: this one goes into it
    await plan(start)
    assert version(start) == "0.8.0"


async def test_a_bigger_change_that_comes_later_raises_further(start: Yard) -> None:
    commit(start, "fix: a")
    await plan(start)
    commit(start, "feat: b")
    await plan(start)
    assert version(start) == "0.8.0"
    assert start.asked[-1].text == "Bump version 0.7.0 -> 0.8.0? [Y/n/version] (n: 0.7.0 is kept)"


async def test_a_write_that_was_taken_back_by_hand_is_done_again(start: Yard) -> None:
    commit(start, "feat: a")
    await plan(start)
    start.git("checkout", "-q", "package.json")
    await plan(start)
    assert version(start) == "0.8.0"
    assert start.acted == ["version-write", "version-write"]


async def test_a_version_raised_by_hand_is_enough(start: Yard) -> None:
    commit(start, "feat: a")
    start.bump("0.8.0")
    await plan(start)
    assert start.state.questions == ()
    assert version(start) == "0.8.0"


# --- the base -------------------------------------------------------------------------------------------------------


async def test_the_last_distribution_in_the_archive_comes_first(start: Yard) -> None:
    shipped = commit(start, "feat: shipped already")
    commit(start, "fix: new")
    _archive(start, shipped, "2026-01-02T03:04:05Z")
    _archive(start, "f" * 40, "2026-02-02T03:04:05Z")  # of another clone: unknown here
    await plan(start)
    assert version(start) == "0.7.1"
    assert "the last distribution of 2026-01-02 in the archive" in start.text("release-scope.md")


def _archive(yard: Yard, sha: str, when: str) -> None:
    push = Effect(id="push", kind="push", intent={"sha": sha}, proof={"sha": sha}, proven_at=when)
    state = RunState(run=sha[:8], loop="distribution-loop", system="widget", effects=(push,), started_at=when)
    document = {"loop": "distribution-loop", "effects": [push.model_dump(mode="json")]}
    moment = parse_stamp(when)
    assert moment is not None
    path = writer.archive_path(yard.home, "widget", "distribution-loop", moment)
    writer.write_archive(path, writer.build_body(state, document, archived_at=moment, completed_at=when), {})


async def test_what_an_abandoned_run_wrote_is_not_shipped_without_a_word(start: Yard) -> None:
    commit(start, "feat: a")
    await plan(start)
    when = "2026-01-02T03:04:05Z"
    document = {"loop": "distribution-loop", "effects": [e.model_dump(mode="json") for e in start.state.effects]}
    moment = parse_stamp(when)
    assert moment is not None
    path = writer.archive_path(start.home, "widget", "distribution-loop", moment)
    over = start.state.model_copy(update={"system": "widget", "started_at": when})
    ended = {"archived_at": moment, "completed_at": when, "outcome": RunOutcome.ABANDONED}
    told = writer.build_body(over, document, **ended)
    writer.write_archive(path, told, {})
    start.state = start.state.model_copy(update={"run": "next", "effects": (), "questions": ()})
    with pytest.raises(Asked, match=r"an aborted run; HEAD has 0\.7\.0.*\[0\.8\.0/0\.7\.0\]"):
        await plan(start)
    start.answers["abandoned-version"] = "0.7.0"
    assert (await refused(start)).todo == "git checkout -- package.json, then run loop-tui go"
    start.answers["abandoned-version"] = "0.8.0"
    await plan(start)
    assert version(start) == "0.8.0"
    start.run_.store.remove()
    place = replace(start.run_.place, project=Path("/elsewhere/widget"))
    with pytest.raises(Problem, match="the last one was aborted") as nothing:
        refuse_without_run(start.run_.store, start.definition, place, start.ports.archive)
    assert "git checkout -- package.json" in nothing.value.todo


def given_up(yard: Yard, when: str, *effects: Effect) -> None:
    """A run with these effects that was aborted then, in the archive; the yard's own run begins anew."""
    moment = parse_stamp(when)
    assert moment is not None
    path = writer.archive_path(yard.home, "widget", "distribution-loop", moment)
    over = yard.state.model_copy(update={"system": "widget", "started_at": when, "effects": effects})
    body = writer.build_body(over, {}, archived_at=moment, completed_at=when, outcome=RunOutcome.ABANDONED)
    writer.write_archive(path, body, {})
    yard.state = yard.state.model_copy(update={"run": f"after {when}", "effects": (), "questions": ()})


@pytest.mark.parametrize("later", [False, True])
async def test_the_commit_of_an_abandoned_run_is_shipped_only_on_a_word(start: Yard, later: bool) -> None:
    """Also where a run that was aborted as well came after it, and where somebody committed on top."""
    parent = start.git("rev-parse", "HEAD")
    commit(start, "chore(release): v0.8.0")
    sha = start.git("rev-parse", "HEAD")
    intent: Proof = {"parent": parent, "message": "chore(release): v0.8.0"}
    made = Effect(id="commit-x", kind="commit", intent=intent, proof={"sha": sha})
    given_up(start, "2026-01-02T03:04:05Z", made)
    if later:
        given_up(start, "2026-01-02T03:05:05Z")
    commit(start, "fix: on top")
    start.unanswered = True
    with pytest.raises(Asked, match=rf"{sha[:7]} \(chore\(release\): v0\.8\.0\)\. Ship it\? \[y/n\]"):
        await plan(start)
    start.unanswered = False
    start.answers["abandoned-commit"] = "n"
    assert (await refused(start)).todo == f"git reset --soft {parent[:7]} undoes it, then run loop-tui go"
    start.answers["abandoned-commit"] = "y"
    await plan(start)
    assert commit_left_behind(made, (made,)) == (
        f"the commit {sha[:7]} is kept, unpushed: `git reset --soft {parent[:7]}` undoes it, "
        "the next run asks whether to ship it"
    )


async def test_the_commit_of_an_abandoned_run_that_is_out_is_not_asked_about(start: Yard) -> None:
    parent = start.git("rev-parse", "HEAD")
    commit(start, "chore(release): v0.8.0")
    sha = start.git("rev-parse", "HEAD")
    made = Effect(id="commit-x", kind="commit", intent={"parent": parent}, proof={"sha": sha})
    given_up(start, "2026-01-02T03:04:05Z", made)
    start.git("push", "-q", "origin", "HEAD:main")
    commit(start, "fix: on top")
    start.unanswered = True
    with pytest.raises(Asked) as asked:
        await plan(start)
    assert "abandoned" not in asked.value.question.id


async def test_a_damaged_archive_is_passed_over(start: Yard) -> None:
    folder = start.home / "runs/2026-01"
    folder.mkdir(parents=True)
    (folder / "widget-distribution-loop-02T03-04-05.json").write_text("{ not json")
    commit(start, "feat: a")
    await plan(start)
    assert version(start) == "0.8.0"


async def test_a_version_tag_is_the_base_where_the_version_was_never_committed(start: Yard) -> None:
    start.git("rm", "-q", "--cached", "package.json")
    start.git("commit", "-q", "--amend", "-m", "chore: begin again")
    start.git("push", "-q", "--force", "origin", "main")
    commit(start, "feat: before")
    start.git("tag", "v0.7.0")
    start.git("tag", "latest")
    commit(start, "fix: after")
    start.git("tag", "skill/x@1.0.0")
    await plan(start)
    assert version(start) == "0.7.1"
    assert "v0.7.0" in start.text("release-scope.md")


async def test_without_anything_else_the_first_commit_is_the_base(start: Yard) -> None:
    (start.project / "package.json").unlink()
    start.git("rm", "-q", "--cached", "package.json")
    start.git("commit", "-q", "--amend", "-m", "chore: begin again")
    start.git("push", "-q", "--force", "origin", "main")
    commit(start, "feat: a")
    result = await plan(start)
    assert start.state.questions == ()
    assert "no version" in result.summary
    assert "the first commit" in start.text("release-scope.md")


async def test_only_what_touches_the_project_counts_in_a_repository_of_many(start: Yard) -> None:
    inner = start.project / "packages/inner"
    start.write("packages/inner/package.json", json.dumps(PACKAGE | {"version": "1.0.0"}, indent=2) + "\n")
    start.git("add", "packages")
    start.git("commit", "-q", "-m", "feat: inner")
    commit(start, "feat: outside")
    commit(start, "fix: inside", "packages/inner/x.txt")
    top, start.project = start.project, inner
    await plan(start)
    assert version(start) == "1.0.1"
    assert json.loads((top / "package.json").read_text())["version"] == "0.7.0"


# --- preflight ------------------------------------------------------------------------------------------------------


async def test_everything_that_is_wrong_is_said_at_once_with_what_mends_it(start: Yard, world) -> None:
    commit(start, "feat: a")
    (world.home / ".gitconfig").write_text("[user]\n useConfigOnly = true\n")
    start.git("switch", "-q", "--detach")
    start.git("remote", "remove", "origin")
    start.write("package.json", '{\n  "name": "x",\n}\n')
    failure = await refused(start)
    assert failure.kind == "error"
    assert failure.what.startswith("4 problems to fix")
    for words in (
        "git config user.name",
        "git switch BRANCH",
        "git remote add origin URL",
        "package.json:3:1",
    ):
        assert words in failure.what
    assert version_is_untouched(start)


def version_is_untouched(yard: Yard) -> bool:
    return yard.acted == [] and yard.asked == []


async def test_a_remote_that_moved_on(start: Yard) -> None:
    theirs = start.other_clone()
    (theirs / "theirs.txt").write_text("x")
    start.git("add", "theirs.txt", cwd=theirs)
    start.git("commit", "-q", "-m", "feat: theirs", cwd=theirs)
    start.git("push", "-q", cwd=theirs)
    assert "git pull --ff-only origin main" in (await refused(start)).what
    commit(start, "feat: ours")
    failure = await refused(start)
    assert "diverged from origin/main: 1 ahead, 1 behind" in failure.what
    assert "git pull --rebase origin main" in failure.what


async def test_a_remote_that_cannot_be_reached_is_external(start: Yard) -> None:
    start.git("remote", "set-url", "origin", str(start.project.parent / "gone.git"))
    failure = await refused(start)
    assert failure.kind == "external"
    assert failure.what.count("origin") >= 1
    assert failure.what.startswith("1 problem to fix")


async def test_a_merge_under_way_and_conflicts(start: Yard) -> None:
    start.git("switch", "-q", "-c", "side")
    commit(start, "feat: side")
    start.git("switch", "-q", "main")
    commit(start, "feat: main")
    with pytest.raises(Exception, match="merge"):
        start.git("merge", "side")
    failure = await refused(start)
    assert "git merge --abort" in failure.what
    assert "in conflict: notes.md" in failure.what


async def test_no_repository_and_no_commit(start: Yard, tmp_path: Path) -> None:
    start.project = tmp_path / "bare"
    start.project.mkdir()
    assert "git init" in (await refused(start)).what
    start.git("init", "-q")
    failure = await refused(start)
    assert "there is no commit yet" in failure.what


async def test_what_lies_about_is_listed_and_secrets_are_called_out(start: Yard) -> None:
    commit(start, "feat: a")
    start.write(".env", "TOKEN=x")
    start.write("deep/id_rsa", "x")
    start.write("server.js", "changed\n")
    start.write("new.js", "x")
    start.git("add", "new.js")
    await plan(start)
    assert "looks like a secret, untracked: .env, deep/id_rsa" in start.log
    assert "1 staged: new.js" in start.log
    assert "1 changed: server.js; part of the commit (git stash keeps it out)" in start.log
    assert "2 untracked: .env, deep/id_rsa" in start.log
    assert "distribution-state.json" not in start.log
    assert "no test, no lint script" in start.log


async def test_a_run_that_pushes_nothing_needs_no_remote(start: Yard) -> None:
    start.git("remote", "remove", "origin")
    commit(start, "feat: a")
    phases = tuple(p for p in start.definition.phases if p.id != "SHIP")
    gates = tuple(g for g in start.definition.gates if g.after != "SHIP")
    start.definition = start.definition.model_copy(update={"phases": phases, "gates": gates})
    await plan(start)
    assert version(start) == "0.8.0"


async def test_a_shallow_clone_is_called_out(start: Yard, tmp_path: Path) -> None:
    commit(start, "feat: a")
    start.git("push", "-q")
    start.git("clone", "-q", "--depth", "1", f"file://{start.origin}", str(tmp_path / "cut"), cwd=tmp_path)
    start.project = tmp_path / "cut"
    with pytest.raises(Asked, match="history is cut off at"):
        await plan(start)
    assert "shallow clone" in start.log
    assert "git fetch --unshallow" in start.log


async def test_hostile_text_stays_text(start: Yard) -> None:
    commit(start, "feat: \x1b]52;c;aGk=\x07[/red]\u202e evil")
    await plan(start)
    text = start.text("release-scope.md") + "".join(q.text + q.detail for q in start.asked)
    assert not set("\x1b\x07\u202e") & set(text)


# --- reading ahead --------------------------------------------------------------------------------------------------


async def test_what_fails_while_it_is_read_for_nothing_is_not_printed(
    start: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()

    async def fail(*_: object) -> None:
        failed.set()
        raise Problem("broken", "here")

    printed: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: printed.append(what))
    monkeypatch.setattr(planner, "read_scope", fail)
    ctx = start.context("release-planner")
    ground = await preflight(ctx)
    async with skill._ScopeAhead(ctx) as ahead:
        ahead.begin(ground)
        await failed.wait()
        await asyncio.sleep(0)
    del ahead
    gc.collect()
    assert printed == []


async def test_a_resync_reads_nothing_ahead(start: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []

    async def note(*_: object) -> None:
        read.append(_)

    monkeypatch.setattr(planner, "read_scope", note)
    monkeypatch.setattr(skill, "is_resync", lambda _: True)
    ctx = start.context("release-planner")
    ground = await preflight(ctx)
    async with skill._ScopeAhead(ctx) as ahead:
        ahead.begin(ground)
        await asyncio.sleep(0)
    assert read == []
