"""Diffs in the viewer: against the run before, and of what a skill changed."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.fs.homes import claude_home
from loop_tui.model.evidence import Deliverable, Effect
from loop_tui.storage.archive.query import read_runs
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive
from loop_tui.storage.state.store import Store
from loop_tui.tui.app import LoopApp
from loop_tui.tui.history.screen import HistoryScreen
from loop_tui.tui.replay.screen import ReplayScreen
from loop_tui.tui.viewer.diff import compared, tones
from loop_tui.tui.widgets.text_page import TextPage

from .launching import Started
from .runs import NOW, STARTED, WIDE, Run, Screen, Watch, check, new_run, on_screen
from .test_viewer import leave, read, viewer_of


def archived(project: Path, day: int, text: str, *, run_id: str, name: str = "deliverables/scope.md") -> Path:
    """An archived run that left a scope."""
    run = new_run(project)
    scope = Deliverable(name="scope.md", path=name, size_bytes=len(text))
    run.tell(changes.phase_entered("INIT"), changes.delivered(scope))
    moment = datetime(2026, 1, day, 4, 0, tzinfo=UTC)
    state = run.state.model_copy(update={"run": run_id})
    body = build_body(state, json.loads(run.store.path.read_text()), archived_at=moment)
    path = archive_path(claude_home(), run.state.system, run.definition.id, moment)
    write_archive(path, body, {name: text.encode(), "journey-log.jsonl": run.store.run_dir / "journey-log.jsonl"})
    run.store.remove()
    (run.store.run_dir / "journey-log.jsonl").unlink()
    return path


async def test_d_shows_what_differs_from_the_run_before_and_d_returns(tmp_path: Path) -> None:
    archived(tmp_path / "p", 1, "# Scope\n\nthe oldest\n", run_id="run-a")
    archived(tmp_path / "p", 2, "# Scope\n\n\x1b[31mold [/red]\n--- kept\nsame\n", run_id="run-b")
    leave(new_run(tmp_path / "p"), "scope.md", b"# Scope\n\nnew [b]\n--- kept\nsame\n")

    async def use(screen: Screen) -> None:
        await screen.press("d")
        viewer = await read(screen)
        await screen.press("d")
        await screen.until(lambda: "-old [/red]" in screen.text(), "the difference")
        assert "+new [b]" in screen.text()
        assert "run of 2026-01-02 04:00" in screen.text()
        assert "the oldest" not in screen.text()
        page = viewer.query_one(TextPage)
        shown = dict(zip(viewer.text.split("\n"), tones(viewer.text.split("\n")), strict=True))
        assert (shown["-old [/red]"], shown["+new [b]"], shown[" --- kept"]) == ("removed", "added", "")
        added = next(y for y in range(page.size.height) if page.render_line(y).text.startswith("+new"))
        plain = next(y for y in range(page.size.height) if page.render_line(y).text.startswith(" same"))
        colours = [next(iter(page.render_line(y))).style for y in (added, plain)]
        assert colours[0] is not None
        assert colours[1] is not None
        assert colours[0].color != colours[1].color
        await screen.press("d")
        await screen.until(lambda: viewer.text.startswith("# Scope") and "-old" not in screen.text(), "the text")

    await on_screen(use, tmp_path / "p")


async def test_without_an_earlier_run_that_is_said(tmp_path: Path) -> None:
    archived(tmp_path / "other", 1, "x", run_id="run-a")
    run = new_run(tmp_path / "p", system="another-system")
    leave(run, "scope.md", b"text")

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        await screen.press("d")
        await screen.until(
            lambda: "There is no earlier run of distribution-loop for another-system" in viewer_of(screen).text, "said"
        )

    await on_screen(use, tmp_path / "p")


async def test_an_archive_without_it_is_said_and_the_one_before_is_asked(tmp_path: Path) -> None:
    archived(tmp_path / "p", 1, "text", run_id="run-a")
    archived(tmp_path / "p", 2, "text", run_id="run-b", name="unlike.txt")
    run = new_run(tmp_path / "p")
    leave(run, "scope.md", b"text")
    leave(run, "fresh.md", b"text")

    async def use(screen: Screen) -> None:
        await screen.press("d", "enter")
        await read(screen)
        await screen.press("d")
        await screen.until(lambda: "scope.md is the same as in the run of 2026-01-01" in viewer_of(screen).text, "same")
        assert "1 later without it" in screen.text()
        await screen.press("escape", "escape", "j", "enter")
        await read(screen)
        await screen.press("d")
        await screen.until(lambda: "fresh.md is not in the archives of the 2 previous runs" in screen.text(), "gone")

    await on_screen(use, tmp_path / "p")


async def test_a_run_that_is_watched_again_shows_its_own_and_is_not_edited(tmp_path: Path) -> None:
    archived(tmp_path / "p", 1, "first\n", run_id="run-a")
    archived(tmp_path / "p", 2, "second\n", run_id="run-b")
    leave(new_run(tmp_path / "p"), "scope.md", b"of the run that goes on\n")
    clock = Watch()
    app = LoopApp(tmp_path / "p", "", launcher=Started(), clock=clock, now=lambda: NOW, history=True)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        screen = Screen(app, pilot, clock)
        await screen.until(lambda: isinstance(app.screen, HistoryScreen) and "distribution" in screen.text(), "listed")
        await screen.press("enter")
        await screen.until(lambda: isinstance(app.screen, ReplayScreen) and app.snapshot.state is not None, "replay")
        await screen.press("d")
        viewer = await read(screen)
        assert viewer.text == "second\n"
        await screen.press("e")
        assert any("it belongs to an archived run" in said for said in screen.toasts())
        await screen.press("d")
        await screen.until(lambda: "-first" in viewer.text and "+second" in viewer.text, "against the one before it")


def test_only_the_lines_that_differ_are_compared() -> None:
    old = [f"line {number}" for number in range(100_000)]
    new = [*old[:70_000], "between", *old[70_000:]]
    told = compared("\n".join(old), "\n".join(new), "a", "b").split("\n")
    assert told[:3] == ["--- a", "+++ b", "@@ -69998,6 +69998,7 @@"]
    assert told[3:] == [*(f" {x}" for x in old[69_997:70_000]), "+between", *(f" {x}" for x in old[70_000:70_003])]
    assert compared("x", "x", "a", "b") == ""


def test_a_line_of_a_hunk_is_no_heading() -> None:
    text = (
        "why\nchanged a\n\ndiff --git a/x b/x\nindex 1..2\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- x\n+++ y\n z\nafter"
    )
    assert list(tones(text.split("\n"))) == [
        "", "", "", "head", "head", "head", "head", "place", "removed", "added", "", "",
    ]  # fmt: skip


# What a skill changed -----------------------------------------------------------------------------------------------


class Clock:
    """Every look at it is a second later."""

    def __init__(self) -> None:
        self.at = STARTED

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def left(name: str) -> Deliverable:
    return Deliverable(name=name, path=name, size_bytes=1)


def committing(project: Path) -> Run:
    """A run whose git-workflow made a commit; its files are hostile."""
    new_run(project)
    (project / "package.json").write_text('{"version": "0.7.0"}\n')
    git(project, "init", "--quiet")
    git(project, "add", "package.json")
    git(project, "commit", "--quiet", "-m", "feat: x")
    parent = git(project, "rev-parse", "HEAD")
    (project / "package.json").write_text('{"version": "0.8.0"}\n')
    (project / "new [b].txt").write_text("\x1b]52;c;AAAA\x07[/red] hello\nghp_" + "a" * 36 + "\n")
    (project / ".gitattributes").write_text("*.txt diff=evil\n")
    git(project, "config", "diff.evil.textconv", "touch /tmp/never-run; cat")
    git(project, "config", "diff.external", "touch never-run; true")
    git(project, "add", "package.json", "new [b].txt", ".gitattributes")
    git(project, "commit", "--quiet", "-m", "chore(release): v0.8.0")
    sha = git(project, "rev-parse", "HEAD")

    (project / "distribution-state.json").unlink()
    first = new_run(project)
    first.store.remove()
    store = Store(project, first.definition.id, definition=first.definition, now=Clock())
    store.create(fresh_state(first.definition, run="run-1", system="widget-gauge", at=""), changes.started("x", "ada"))
    run = Run(project, first.definition, store)
    written = Effect(id="v", kind="version-write", intent={"from": "0.7.0", "to": "0.8.0", "file": "package.json"})
    commit = Effect(id="c", kind="commit", intent={"parent": parent})
    run.tell(
        changes.phase_entered("INIT"),
        changes.skill_started("INIT", "release-planner"),
        changes.effect_intended(written),
        changes.effect_proven("v", {"version": "0.8.0", "file": "package.json"}),
        changes.skill_completed("INIT", "release-planner", deliverables=[left("release-scope.md")]),
        changes.phase_completed("INIT"),
        changes.phase_entered("VERIFY"),
        changes.skill_started("VERIFY", "code-verification"),
        changes.skill_completed(
            "VERIFY",
            "code-verification",
            checks=[check("build"), check("test")],
            deliverables=[left("verification-report.md")],
        ),
        changes.phase_completed("VERIFY"),
        changes.gate_approved("readiness-gate", "ada", [check("build")], "seen"),
        changes.phase_entered("SHIP"),
        changes.skill_started("SHIP", "git-workflow"),
        changes.effect_intended(commit),
        changes.effect_proven("c", {"sha": sha, "subject": "chore(release): v0.8.0"}),
        changes.skill_completed("SHIP", "git-workflow", deliverables=[left("git-summary.md")]),
    )
    return run


async def test_v_shows_the_commit_of_a_skill(tmp_path: Path) -> None:
    committing(tmp_path / "p")

    async def use(screen: Screen) -> None:
        screen.tree.cursor = "skill:SHIP/git-workflow"
        await screen.press("v")
        viewer = await read(screen)
        assert "chore(release): v0.8.0" in viewer.text.split("\n")[0]
        assert "changed       package.json" in screen.text()
        assert "new           new [b].txt" in screen.text()
        assert '+{"version": "0.8.0"}' in screen.text()
        assert "+[/red] hello" in viewer.text
        assert "+[masked]" in viewer.text
        assert "\x1b]52" not in screen.raw()
        assert not list((tmp_path / "p").glob("never-run"))

    await on_screen(use, tmp_path / "p")


async def test_v_shows_the_version_that_a_skill_wrote_and_no_more(tmp_path: Path) -> None:
    committing(tmp_path / "p")

    async def use(screen: Screen) -> None:
        await screen.press("colon", *"diff release-planner", "enter")
        viewer = await read(screen)
        assert "the version that it wrote, 0.7.0 -> 0.8.0" in viewer.text
        assert '+{"version": "0.8.0"}' in viewer.text
        assert "hello" not in viewer.text

    await on_screen(use, tmp_path / "p")


async def test_what_is_not_known_is_one_line(tmp_path: Path) -> None:
    committing(tmp_path / "p")

    async def use(screen: Screen) -> None:
        screen.tree.cursor = "skill:VERIFY/code-verification"
        await screen.press("v")
        viewer = await read(screen)
        assert "does not say which files it changed" in viewer.text
        await screen.press("escape")
        screen.tree.cursor = "skill:SHIP/deploy"
        await screen.press("v")
        assert "deploy has not run yet" in (await read(screen)).text
        await screen.press("escape")
        screen.tree.cursor = "phase:SHIP"
        await screen.press("v")
        assert any("select a skill" in said for said in screen.toasts())

    await on_screen(use, tmp_path / "p")


async def test_of_a_run_that_is_over_v_shows_the_last_that_changed_something(tmp_path: Path) -> None:
    """Nobody selected a skill: the panel that says how it ended has the keyboard."""
    project = tmp_path / "p"
    run = committing(project)

    async def use(screen: Screen) -> None:
        screen.tree.cursor = "run"
        body = build_body(run.state, json.loads(run.store.path.read_text()), archived_at=NOW)
        write_archive(archive_path(claude_home(), run.state.system, run.definition.id, NOW), body, {})
        run.store.remove()
        await screen.until(lambda: screen.app.snapshot.ended is not None, "it is over")
        await screen.press("v")
        assert "chore(release): v0.8.0" in (await read(screen)).text.split("\n")[0]

    await on_screen(use, project)


async def test_a_repository_that_lost_it_is_said(tmp_path: Path) -> None:
    run = committing(tmp_path / "p")
    assert run.state.effects
    git(tmp_path / "p", "commit", "--amend", "-q", "-m", "another")
    git(tmp_path / "p", "reflog", "expire", "--expire=now", "--all")
    git(tmp_path / "p", "gc", "-q", "--prune=now")

    async def use(screen: Screen) -> None:
        screen.tree.cursor = "skill:SHIP/git-workflow"
        await screen.press("v")
        assert "is not in this repository" in (await read(screen)).text

    await on_screen(use, tmp_path / "p")


def test_the_archive_is_asked_for_runs_of_that_system_only(tmp_path: Path) -> None:
    archived(tmp_path / "p", 1, "x", run_id="run-a")
    assert len(read_runs(claude_home(), system="widget-gauge")[0]) == 1
    assert not read_runs(claude_home(), system="other")[0]
