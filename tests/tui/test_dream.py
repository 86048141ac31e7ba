"""The screen of Dream States: the tree, why something is not done, and how one comes there and back."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from loop_tui.model.dream.rollup import roll_up
from loop_tui.model.dream.tree import Node, Tier
from loop_tui.tui.app import LoopApp
from loop_tui.tui.dream.rows import DreamRow
from loop_tui.tui.dream.rows import about as about_row
from loop_tui.tui.dream.screen import DreamScreen

from .launching import Started
from .runs import NARROW, NOW, WIDE, Screen, Watch, human_gate
from .scenes import dreams


async def on_dreams(
    use: Callable[[Screen], Awaitable[None]], project: Path, count: int, size: tuple[int, int] = WIDE, opened: str = "M"
) -> None:
    """Run a test's steps on the screen, opened from the cockpit by a key or by what is typed, with so many rows."""
    clock = Watch()
    app = LoopApp(project, "", clock=clock, now=lambda: NOW, launcher=Started(), history=True)
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = Screen(app, pilot, clock, [], [])
        await screen.until(lambda: bool(app.screen_stack[0].query(OptionList)), "the first screen")
        await screen.press(opened)
        await screen.until(lambda: isinstance(app.screen, DreamScreen) and len(rows(screen)) == count, "the rows")
        await use(screen)


def rows(screen: Screen) -> list[str]:
    listed = screen.app.screen.query_one(OptionList)
    return [" ".join(str(listed.get_option_at_index(i).prompt).split()) for i in range(listed.option_count)]


def about(screen: Screen) -> str:
    return str(screen.app.screen.query_one("#dream-about", Static).render())


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_tree_has_all_tiers_with_their_roll_up(tmp_path: Path, size: tuple[int, int]) -> None:
    project = tmp_path / "runs"
    dreams(project)

    async def use(screen: Screen) -> None:
        assert rows(screen) == [
            "▾ ○ organization mill street not done 3/6 50% 1 deferred",
            "▾ ○ system runs not done 3/6 50% 1 deferred",
            "▸ ✓ skill-registry done 2/2 100%",
            "▾ ○ execution-engine not done 1/4 25%",
            "✓ start_execution operational claimed",
            "✗ advance_phase broken at 3f2a1bc",
            "○ pause_execution not done",
            "○ skip_skill not done",
            "– memory-service deferred",
            "○ system dashboard not done by its table",
        ]
        told = about(screen)
        assert "runs > execution-engine > advance_phase: its check failed" in told
        assert "dashboard: its table says that it is not done" in told
        await screen.press("j", "j", "j", "j", "j", "j")
        assert "without losing the lease" in about(screen)

    await on_dreams(use, project, 10, size)


async def test_branches_open_and_close_and_the_cursor_stays(tmp_path: Path) -> None:
    project = tmp_path / "runs"
    dreams(project)

    async def use(screen: Screen) -> None:
        await screen.press("j", "j", "enter")
        assert "✓ list_skills operational" in " ".join(rows(screen))
        await screen.press("l", "h", "h")
        assert len(rows(screen)) == 10
        await screen.press("h")
        assert "system runs" in about(screen)
        await screen.press("h")
        assert len(rows(screen)) == 3
        await screen.press("G")
        assert "dashboard" in about(screen)
        await screen.press("g", "escape")
        assert not isinstance(screen.app.screen, DreamScreen)

    await on_dreams(use, project, 10)


async def test_it_is_read_again_by_a_key(tmp_path: Path) -> None:
    project = tmp_path / "runs"
    dreams(project)
    document = project / ".claude/DREAM-STATE.md"

    async def use(screen: Screen) -> None:
        document.write_text(document.read_text().replace("- [ ] skip_skill", "- [x] skip_skill"))
        await screen.press("r")
        await screen.until(lambda: "✓ skip_skill operational claimed" in rows(screen), "the tick")

    await on_dreams(use, project, 10)


async def test_without_documents_it_says_how_one_is_made(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.until(lambda: "loop-tui dream init" in screen.text(), "the hint")
        await screen.press("enter", "h", "l", "j")

    await on_dreams(use, tmp_path, 0)


def test_why_a_row_is_not_done_names_it() -> None:
    leaf = roll_up(Node(Tier.SYSTEM, "shop", children=(Node(Tier.FUNCTION, "knead"),))).children[0]
    assert "  knead: not operational" in about_row(DreamRow((0,), leaf)).plain


async def test_names_from_outside_are_harmless(tmp_path: Path) -> None:
    project = tmp_path / "runs"
    dreams(project)
    hostile = "### [/red]\x1b]52;c;eA\x07 [bold]engine\n- [ ] [/x] \x1b[31mred\n"
    (project / ".claude/DREAM-STATE.md").write_text(f"## Modules\n{hostile}")

    async def use(screen: Screen) -> None:
        assert "\x1b" not in "".join(rows(screen)) + about(screen)
        assert any("[/x]" in row for row in rows(screen))

    await on_dreams(use, project, 5)


async def test_it_opens_from_a_run_by_a_typed_command(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    dreams(run.project)
    app = LoopApp(run.project, run.definition.id, clock=Watch(), now=lambda: NOW, launcher=Started())
    async with app.run_test(size=WIDE) as pilot:
        screen = Screen(app, pilot, Watch(), [], [])
        await screen.until(lambda: app.snapshot.state is not None, "the run")
        await screen.press("colon", *"dream", "enter")
        await screen.until(lambda: isinstance(app.screen, DreamScreen) and len(rows(screen)) == 10, "the tree")
        await screen.press("q")
        assert app.screen is app.screen_stack[0]
