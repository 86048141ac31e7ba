"""What the cockpit shows, and that it shows what others do (SCREEN "Layout", issue 2 section 6)."""

import json
import os
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from loop_tui.engine import changes
from loop_tui.fs.homes import claude_home
from loop_tui.model.evidence import Deliverable
from loop_tui.model.log import LogLevel
from loop_tui.model.runs import RunOutcome
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive
from loop_tui.storage.state.leases import acquire
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.bars import Banner
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.cockpit.source import LiveRun
from loop_tui.tui.cockpit.tree_rows import rows_of
from loop_tui.tui.viewer.screen import ViewerScreen
from loop_tui.tui.widgets.ask import AskScreen
from loop_tui.tui.widgets.choose import ChooseScreen
from loop_tui.tui.widgets.help import HelpScreen

from .launching import Started
from .runs import (
    DISTRIBUTION,
    INFRA,
    NARROW,
    NOW,
    WIDE,
    Screen,
    asking,
    human_gate,
    new_run,
    on_screen,
    red_gate,
    through_init,
)

HUGE, TINY = (200, 60), (50, 12)


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE])
async def test_it_shows_loop_phase_status_and_skills_at_each_size(tmp_path: Path, size: tuple[int, int]) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        shown = screen.text()
        for part in ("widget-gauge", "VERIFY 2/4", "FAILED", "not running", "3.4s", "[2/4]", "0/3", "git-workflow"):
            assert part in shown, part
        assert all(len(line) == size[0] for line in shown.split("\n"))
        assert "readiness-gate FAILED" in shown
        assert "space" in shown

    await on_screen(use, tmp_path, size=size)


async def test_a_tiny_terminal_says_so_and_keys_work(tmp_path: Path) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert "too small" in screen.text()
        await screen.press("question_mark")
        assert isinstance(screen.app.screen, HelpScreen)
        await screen.press("escape", "space")
        await screen.until(lambda: screen.spawned, "a driver")

    await on_screen(use, tmp_path, size=TINY)


async def test_at_80_columns_the_gate_lies_over_the_panes_only_when_asked_for(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert "infra-gate waits for you" in screen.text()
        assert not screen.panel.display or screen.panel.region.area == 0
        await screen.press("3")
        assert screen.panel.region.width > 70
        assert "Your answer" in screen.text()
        await screen.press("escape")
        assert screen.panel.region.area == 0
        assert screen.tree.has_focus

    await on_screen(use, tmp_path, INFRA, size=NARROW)


async def test_a_change_by_somebody_else_shows_and_nothing_jumps(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("G", "k", "k")
        cursor, scroll = screen.tree.cursor, screen.tree.scroll_y
        assert cursor == "gate:distribution-gate"
        run.tell(changes.phase_entered("INIT"), changes.skill_skipped("INIT", "release-planner", "by hand", "bob"))
        await screen.until(lambda: "“by hand”" in screen.text(), "the skip")
        assert (screen.tree.cursor, screen.tree.scroll_y) == (cursor, scroll)

    await on_screen(use, tmp_path)


async def test_a_hand_edit_shows(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        document = json.loads(run.store.path.read_text())
        document["status"] = "paused"
        run.store.path.write_text(json.dumps(document, indent=2))
        await screen.until(lambda: "paused" in screen.text(), "the edit")

    await on_screen(use, tmp_path)


async def test_folds_stay_when_the_run_goes_on(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("G", "k", "h")
        assert "retrospective" not in screen.text()
        run.tell(changes.phase_entered("INIT"))
        await screen.until(lambda: any(r.look.word == "running" for r in screen.tree.rows), "entered")
        assert "retrospective" not in screen.text()
        await screen.press("l")
        assert "retrospective" in screen.text()

    await on_screen(use, tmp_path)


async def test_a_driver_is_named_and_its_skill_runs(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"), changes.skill_started("INIT", "release-planner"))
    held = acquire(run.store.run_dir, "driver")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: f"driven by {os.getpid()}@" in screen.text(), "the driver")
        assert "running" in screen.text()
        await screen.press("space")
        assert any("driven by" in t for t in screen.toasts())
        held.release()  # type: ignore[union-attr]
        await screen.until(lambda: "not running" in screen.text(), "it ended")

    screen = await on_screen(use, tmp_path)
    assert not screen.spawned


async def test_a_state_file_that_was_there_asks_whether_to_resume(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    through_init(run)

    async def use(screen: Screen) -> None:
        shown = screen.text()
        assert "Continue from VERIFY?" in shown
        assert "[Y/n]" not in shown
        assert "space  continue" in shown
        assert "space continue " in shown
        assert "esume" not in shown
        assert "1/1" in shown
        await screen.press("3", "n")
        await screen.until(lambda: screen.app.snapshot.attention.kind == "stopped", "not now")
        assert not screen.spawned
        await screen.press("1", "space")
        await screen.until(lambda: screen.spawned, "a driver")

    await on_screen(use, tmp_path)


@pytest.mark.parametrize(("pauses", "word", "other"), [(True, "resume", "ontinue"), (False, "continue", "esume")])
async def test_banner_footer_and_panel_call_it_by_one_word(tmp_path: Path, pauses: bool, word: str, other: str) -> None:
    """Only what undoes a pause is called resume."""
    run = new_run(tmp_path)
    through_init(run)
    if pauses:
        run.tell(changes.paused("ann"))

    async def use(screen: Screen) -> None:
        shown = screen.text()
        assert f"{word.capitalize()} from VERIFY?  space {word}s" in shown
        assert f"space {word} " in shown.splitlines()[-1]
        await screen.press("3")
        shown += screen.text()
        assert f"enter {word} " in shown.splitlines()[-1]
        assert other not in shown

    await on_screen(use, tmp_path, size=NARROW)


async def test_a_loop_that_needs_git_is_not_started_outside_a_repository(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("space")
        await screen.until(lambda: screen.toasts(), "why not")
        assert "needs a git repository" in screen.toasts()[0]
        assert not screen.spawned

    before = sorted(tmp_path.iterdir())
    await on_screen(use, tmp_path)
    assert sorted(tmp_path.iterdir()) == before


async def test_without_a_run_space_starts_one(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")

    async def use(screen: Screen) -> None:
        assert "no run of distribution-loop" in screen.text()
        assert "release-planner" in screen.text()
        await screen.press("space")
        await screen.until(lambda: screen.spawned, "a driver")

    await on_screen(use, tmp_path)


async def test_a_run_that_ends_leaves_its_summary_and_space_puts_it_away_first(tmp_path: Path) -> None:
    run = red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        run.store.remove()
        await screen.until(lambda: screen.app.snapshot.ended is not None, "gone")
        assert "the state file was removed  space dismisses" in screen.text()
        assert "space dismiss " in screen.text()
        await screen.press("space")
        await screen.until(lambda: screen.app.snapshot.attention.kind == "idle", "put away")
        assert not screen.spawned

    await on_screen(use, tmp_path, size=NARROW)


async def test_skip_needs_a_reason(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        while screen.tree.cursor != "skill:SHIP/deploy":
            await screen.press("j")
        await screen.press("s")
        assert isinstance(screen.app.screen, AskScreen)
        await screen.press("enter")
        assert "needs a reason" in screen.text()
        screen.app.screen.query_one(Input).value = "no server here"
        await screen.press("enter")
        await screen.until(lambda: "“no server here”" in screen.text(), "skipped")
        await screen.until(lambda: screen.spawned, "the next driver")

    await on_screen(use, tmp_path)
    skipped = run.state.phase_state("SHIP")
    assert skipped is not None
    assert skipped.skill("deploy").reason == "no server here"  # type: ignore[union-attr]


async def test_pause_and_resume(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("p")
        await screen.until(lambda: screen.app.snapshot.attention.kind in ("paused", "resume"), "paused")
        await screen.idle()
        assert run.state.status == "paused"
        await screen.press("p")
        await screen.until(lambda: screen.spawned, "a driver")
        assert run.state.status == "active"

    await on_screen(use, tmp_path)


async def test_help_lists_every_key_and_says_why_not(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("question_mark", "x", "space", "tab", "a")
        assert isinstance(screen.app.screen, HelpScreen)
        assert "there is no run" in screen.text()
        await screen.press("G")
        assert "approve (then enter)" in screen.text() or "to the end" in screen.text()
        await screen.press("question_mark")
        assert not isinstance(screen.app.screen, HelpScreen)

    screen = await on_screen(use, tmp_path)
    assert not screen.spawned


async def test_quit_with_nothing_running_leaves(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("q")

    screen = await on_screen(use, tmp_path)
    assert screen.app.return_value == 0


async def test_quit_while_something_runs_asks_and_leaving_is_the_default(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    held = acquire(run.store.run_dir, "driver")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.snapshot.lease is not None, "the driver")
        await screen.press("q", "escape", "q")
        assert isinstance(screen.app.screen, ChooseScreen)
        await screen.press("enter")

    screen = await on_screen(use, tmp_path)
    held.release()  # type: ignore[union-attr]
    assert screen.app.return_value == 0
    assert run.state.status == "active"


async def test_a_deliverable_is_shown_but_nothing_outside_of_the_project(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not show")
    run = new_run(tmp_path / "project")
    (run.store.run_dir / "scope.md").write_text("# Scope\n\n\x1b]52;c;AAAA\x07[/red] ghp_" + "a" * 36)
    run.tell(
        changes.delivered(Deliverable(name="scope.md", path="scope.md", size_bytes=9)),
        changes.delivered(Deliverable(name="evil.md", path="../secret.txt", size_bytes=9)),
        changes.delivered(Deliverable(name="link.md", path="link.md", size_bytes=9)),
    )
    (tmp_path / "project" / "link.md").symlink_to(secret)

    async def use(screen: Screen) -> None:
        await screen.press("d", "enter")
        viewer = screen.app.screen
        assert isinstance(viewer, ViewerScreen)
        await screen.until(lambda: viewer.is_read, "the text")
        assert viewer.text == "# Scope\n\n[/red] [masked]"
        for _ in range(2):
            await screen.press("escape", "j", "enter")
            await screen.until(lambda: viewer.is_read and "outside" in screen.text(), "refused")
        assert "do not show" not in screen.text()

    await on_screen(use, tmp_path / "project")


async def test_zoom_shows_one_pane(tmp_path: Path) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        before = screen.tree.region.width
        await screen.press("2", "z")
        assert screen.log.region.width == NARROW[0]
        await screen.press("1")
        assert screen.tree.region.width == NARROW[0]
        await screen.press("z")
        assert screen.tree.region.width == before

    await on_screen(use, tmp_path, size=NARROW)


async def test_tab_goes_round_the_panes(tmp_path: Path) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert screen.tree.has_focus
        await screen.press("tab")
        assert screen.log.has_focus
        await screen.press("tab")
        assert screen.panel.has_focus_within
        await screen.press("tab")
        assert screen.tree.has_focus
        await screen.press("shift+tab")
        assert screen.panel.has_focus_within

    await on_screen(use, tmp_path)


async def test_the_log_of_another_process_is_followed(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.say(("release-planner", LogLevel.COMMAND, "git log"))

    async def use(screen: Screen) -> None:
        assert "━━ release-planner" in screen.text()
        run.say(*[("code-verification", LogLevel.OUT, f"line {n}") for n in range(200)])
        await screen.until(lambda: "line 199" in screen.text(), "the end")
        await screen.press("2", "k")
        assert not screen.log.following
        top = screen.log.scroll_y
        run.say(*[("code-verification", LogLevel.OUT, f"more {n}") for n in range(37)])
        await screen.until(lambda: "37 new" in screen.text(), "the count")
        assert screen.log.scroll_y == top
        await screen.press("f")
        assert "more 36" in screen.text()
        assert "37 new" not in screen.text()

    await on_screen(use, tmp_path)


async def test_a_log_that_is_begun_anew_replaces_the_old_one(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.say(*[("release-planner", LogLevel.OUT, f"old {n}") for n in range(50)])

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "old 49" in screen.text(), "the old one")
        (run.store.run_dir / "output.log").unlink()
        run.say(("release-planner", LogLevel.OUT, "fresh"))
        await screen.until(lambda: "fresh" in screen.text(), "the new one")
        assert "old 4" not in screen.text()

    await on_screen(use, tmp_path)


HOSTILE = "[/red]\x1b]52;c;SGVsbG8=\x07\x1b[2J\x9b31m\u202egnp.exe [bold]"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_names_and_output_reach_no_terminal_and_crash_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    run = asking(tmp_path, text=f"Release {HOSTILE}?", default=HOSTILE)
    document = json.loads(run.store.path.read_text())
    document["context"]["system"] = HOSTILE
    document["phases"]["SHIP"]["skills"].append(HOSTILE)
    run.store.path.write_text(json.dumps(document))
    with (run.store.run_dir / "output.log").open("a") as log:
        log.write(f"{HOSTILE}\n1767323045000\t{HOSTILE}\tout\t{HOSTILE}\n1767323045000\tx\terr\t{HOSTILE}\n")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: len(screen.log.store) > 2, "the log")
        for _ in range(2):
            raw = screen.raw()
            assert "\x1b]52" not in raw
            assert "\x1b[2J" not in raw
            assert "\x9b" not in raw
            assert "\u202e" not in raw
            await screen.press("3")
        assert "[/red]" in screen.text()
        await screen.press("escape", "1", "G", "s", "a", "enter")
        await screen.idle()
        assert "\u202e" not in screen.raw()

    await on_screen(use, tmp_path, size=size)


async def test_hostile_names_are_harmless_in_a_failure(tmp_path: Path) -> None:
    red_gate(tmp_path, excerpt=f"{HOSTILE}\n{HOSTILE * 50}")

    async def use(screen: Screen) -> None:
        assert "[/red]" in screen.text()
        assert "\x1b]52" not in screen.raw()

    await on_screen(use, tmp_path)


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff\xfe", b'{"loop"', b"[]", b'{"loop": 3, "phases": {}}', b"\xef\xbb\xbf{"]
)
@pytest.mark.sampled(3)
async def test_a_damaged_file_is_a_line_and_stays_as_it_is(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "distribution-state.json"
    path.write_bytes(data)

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.trouble is not None
        assert "distribution-state.json" in screen.text()
        looks = {(row.look.word, row.count) for row in rows_of(screen.app.snapshot)}
        assert looks == {("unknown", "")}, "how far the run is cannot be told"
        await screen.press("space", "p", "s", "3", "R", "enter", "a", "enter")
        await screen.idle()

    screen = await on_screen(use, tmp_path)
    assert path.read_bytes() == data
    assert not screen.spawned


async def test_a_loop_that_does_not_exist_is_a_line(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        assert "there is no loop" in screen.text()

    await on_screen(use, tmp_path, "no-such-loop")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_the_themes_show_everything(tmp_path: Path, theme: str) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert screen.app.theme == f"loop-{theme}"
        assert "FAILED" in screen.text()

    await on_screen(use, tmp_path, theme=theme)


@pytest.mark.parametrize("value", ["", "1"])
async def test_no_color_counts_even_when_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert screen.app.no_color
        assert "✗ FAILED" in screen.text()

    await on_screen(use, tmp_path)


@pytest.mark.parametrize(
    ("size", "keys", "pane"),
    [
        (NARROW, (), "tree"),
        (NARROW, ("3",), "panel-body"),
        (NARROW, ("2",), "log"),
        (WIDE, ("2", "z"), "log"),
        (WIDE, ("3",), "panel-body"),
        (WIDE, ("3", "z", "1"), "tree"),
    ],
)
async def test_the_pane_has_the_focus_again_with_the_first_room_there_is(
    tmp_path: Path, size: tuple[int, int], keys: tuple[str, ...], pane: str
) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press(*keys)
        shown = screen.text()
        await screen.pilot.resize_terminal(50, 12)
        await screen.until(lambda: "too small" in screen.text(), "that there is no room")
        await screen.pilot.resize_terminal(*size)
        await screen.until(lambda: screen.app.focused is not None and screen.app.focused.id == pane, f"focus on {pane}")
        assert screen.text() == shown

    await on_screen(use, tmp_path, INFRA, size=size)


async def test_keys_before_the_run_was_read_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(self: LiveRun, post: object) -> None:
        """A run that is never read."""

    monkeypatch.setattr(LiveRun, "run", nothing)
    app = LoopApp(tmp_path, DISTRIBUTION, launcher=Started())
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        for key in ("v", "d", "p", "s", "J"):
            await pilot.press(key)
            await pilot.pause()
            assert "! opening: still reading the run" in "\n".join(
                strip.text for strip in app.screen._compositor.render_strips()
            )


async def test_the_screen_that_the_app_opened_with_is_not_left_for_nothing(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        cockpit = screen.app.screen
        assert isinstance(cockpit, CockpitScreen)
        assert cockpit.is_lowest
        await screen.press("?")
        await cockpit.dismiss(None)
        await screen.press("escape")
        assert screen.app.screen_stack == [cockpit]
        assert screen.app.is_running

    await on_screen(use, tmp_path)


async def test_textuals_own_keys_are_gone(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("ctrl+q", "ctrl+s", "f1")
        assert screen.app.is_running
        assert len(screen.app.screen_stack) == 1
        assert isinstance(screen.log, LogPane)

    await on_screen(use, tmp_path)


@pytest.mark.parametrize(
    ("outcome", "word"),
    [(RunOutcome.SUCCESS, "done"), (RunOutcome.ABANDONED, "aborted"), (RunOutcome.FAILED, "failed")],
)
async def test_a_run_that_was_archived_says_how_it_ended(tmp_path: Path, outcome: RunOutcome, word: str) -> None:
    """Also when the last that was seen of it is a phase at work, as it is when the end comes fast."""
    run = new_run(tmp_path)
    through_init(run)

    async def use(screen: Screen) -> None:
        body = build_body(run.state, json.loads(run.store.path.read_text()), archived_at=NOW, outcome=outcome)
        write_archive(archive_path(claude_home(), "widget-gauge", run.definition.id, NOW), body, {})
        run.store.remove()
        await screen.until(lambda: screen.app.snapshot.ended is not None, "gone")
        shown = screen.text()
        status = shown.splitlines()[0]
        assert word in status
        assert next(row.look.word for row in screen.tree.rows) == word
        assert ("✓ done" in status) == (outcome is RunOutcome.SUCCESS)
        assert "needs you" not in shown

    await on_screen(use, tmp_path)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_manual_skill_says_what_to_write_and_how_to_tell(tmp_path: Path, size: tuple[int, int]) -> None:
    run = new_run(tmp_path, INFRA)
    run.tell(changes.phase_entered("INIT"))

    async def use(screen: Screen) -> None:
        shown = screen.text()
        assert ("m when it is done" if size == NARROW else "m  requirements is done") in shown
        row = next(row for row in screen.tree.rows if row.id == "skill:INIT/requirements")
        assert row.look.word == "waiting"
        await screen.press("3")
        panel = "\n".join(str(line) for line in screen.panel.query_one("#panel-text", Static).content.split("\n"))
        assert "REQUIREMENTS.md" in panel
        assert tmp_path.name in panel.replace("\n", "")

    await on_screen(use, tmp_path, INFRA, size=size)


async def test_what_runs_while_a_pause_waits_for_it_is_said(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"), changes.skill_started("INIT", "release-planner"))
    held = acquire(run.store.run_dir, "driver")

    async def use(screen: Screen) -> None:
        run.tell(changes.paused("ada"))
        await screen.until(lambda: "pausing" in screen.text(), "the pause")
        assert "pausing after release-planner" in screen.app.snapshot.attention.headline
        assert next(r.look.word for r in screen.tree.rows if r.id == "skill:INIT/release-planner") == "running"
        held.release()  # type: ignore[union-attr]
        await screen.until(lambda: "paused" in screen.text(), "it ended")

    await on_screen(use, tmp_path)


async def test_a_long_question_does_not_push_its_key_off_the_banner(tmp_path: Path) -> None:
    run = asking(tmp_path)
    (question,) = run.state.pending_questions
    run.store.path.write_text(run.store.path.read_text().replace(question.text, "why " * 60 + "?"))

    async def use(screen: Screen) -> None:
        banner = str(screen.app.screen.query_one(Banner).content)
        assert banner.endswith("press 3 to answer")
        assert "…" in banner

    await on_screen(use, tmp_path, size=NARROW)


async def test_the_last_lines_come_from_the_archive_when_the_end_was_faster(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    through_init(run)
    run.say(("release-planner", LogLevel.OUT, "the first line"))

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "the first line" in screen.text(), "the log")
        log = run.store.run_dir / "output.log"
        path = archive_path(claude_home(), "widget-gauge", run.definition.id, NOW)
        body = build_body(
            run.state, json.loads(run.store.path.read_text()), archived_at=NOW, outcome=RunOutcome.SUCCESS
        )
        whole = log.read_bytes() + b"1767323045000\tretrospective\tout\tthe very last line\n"
        log.unlink()
        write_archive(path, body, {"output.log": whole})
        run.store.remove()
        await screen.until(lambda: "the very last line" in screen.text(), "the rest of it")
        assert screen.text().count("the first line") == 1
        assert screen.app.screen_stack[0].source.log_path == path.with_suffix("") / "output.log"  # type: ignore[attr-defined]

    await on_screen(use, tmp_path)
