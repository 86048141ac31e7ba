"""Checks and deliverables as leaves of the phase tree, and the way from phase to phase."""

import subprocess
from pathlib import Path

from loop_tui.engine import changes
from loop_tui.tui.viewer.screen import ViewerScreen

from .runs import NARROW, WIDE, Screen, new_run, on_screen, red_gate


def repository(folder: Path) -> None:
    for words in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "-m", "feat: x")):
        subprocess.run(["git", *words], cwd=folder, check=True)


async def test_leaves_lie_folded_and_open_with_enter(tmp_path: Path) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert "1 of 14 failed" not in "\n".join(row.name for row in screen.tree.visible_rows)
        screen.tree.cursor = "skill:VERIFY/code-verification"
        await screen.press("enter")
        shown = [(row.kind, row.name, row.look.word) for row in screen.tree.visible_rows if row.depth == 3]
        assert shown == [
            ("check", "build", "passed"),
            ("check", "test: 1 of 14 failed", "FAILED"),
            ("check", "lint: no script", "skipped"),
            ("file", "verification-report.md", "file"),
        ]
        await screen.press("enter")
        assert not [row for row in screen.tree.visible_rows if row.depth == 3]

    await on_screen(use, tmp_path)


async def test_enter_on_a_deliverable_shows_it(tmp_path: Path) -> None:
    run = red_gate(tmp_path)
    (run.store.run_dir / "v.md").write_text("# The report\n")

    async def use(screen: Screen) -> None:
        screen.tree.cursor = "skill:VERIFY/code-verification"
        await screen.press("enter", "j", "j", "j", "j", "enter")
        assert isinstance(screen.app.screen, ViewerScreen)

    await on_screen(use, tmp_path)


async def test_a_leaf_that_goes_leaves_the_cursor_on_what_it_belonged_to(tmp_path: Path) -> None:
    run = red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        screen.tree.cursor = "skill:VERIFY/code-verification"
        await screen.press("enter", "j", "j")
        assert screen.tree.cursor == "check:skill:VERIFY/code-verification/test"
        run.tell(changes.phase_retried("VERIFY", "bob"), changes.skill_started("VERIFY", "code-verification"))
        await screen.until(lambda: not [row for row in screen.tree.rows if row.kind == "check"], "tried again")
        assert screen.tree.cursor == "skill:VERIFY/code-verification"

    await on_screen(use, tmp_path)


async def test_brackets_go_from_phase_to_phase(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        seen = []
        for key in ("right_square_bracket",) * 5 + ("left_square_bracket",) * 2:
            await screen.press(key)
            seen.append(screen.tree.cursor.removeprefix("phase:"))
        assert seen == ["INIT", "VERIFY", "SHIP", "COMPLETE", "COMPLETE", "SHIP", "VERIFY"]

    await on_screen(use, tmp_path)


async def test_the_status_row_has_branch_commit_and_progress_where_there_is_room(tmp_path: Path) -> None:
    repository(tmp_path)
    red_gate(tmp_path)

    async def wide(screen: Screen) -> None:
        row = screen.text().splitlines()[0]
        assert " main " in row
        assert "33%" in row

    async def narrow(screen: Screen) -> None:
        row = screen.text().splitlines()[0]
        assert len(row) == NARROW[0]
        assert "VERIFY 2/4" in row

    await on_screen(wide, tmp_path, size=WIDE)
    await on_screen(narrow, tmp_path, size=NARROW)
