"""`D` shows what a run would do, and does nothing."""

import asyncio
from pathlib import Path

from rich.cells import cell_len

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.tui.cockpit.dry_run import PlanScreen
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.projection.plan_text import PlanPart, folded_first, matches, parts_of, shown_of, tone_of
from loop_tui.tui.widgets.help import HelpScreen
from loop_tui.tui.widgets.text_page import TextPage
from loop_tui.tui.widgets.word_wrap import word_rows

from .runs import INFRA, Screen, human_gate, on_screen


def shown(screen: Screen) -> str:
    return screen.app.screen.query_one(TextPage).text


async def test_the_plan_of_a_project_without_a_run_and_nothing_is_made(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("D")
        assert isinstance(screen.app.screen, PlanScreen)
        await screen.until(lambda: "Dry run of distribution-loop" in shown(screen), "the plan")
        assert "the project is not in a git repository" in shown(screen)
        assert "release-planner" not in shown(screen), "what is long is folded"
        await screen.press("slash", *"planner", "enter")
        assert "release-planner" in shown(screen), "what is found is open"
        await screen.press("enter")
        assert "release-planner" not in shown(screen)
        await screen.press("G", "g", "j", "k", "escape")
        assert isinstance(screen.app.screen, CockpitScreen)

    (tmp_path / "empty").mkdir()
    screen = await on_screen(use, tmp_path / "empty")
    assert not screen.spawned
    assert list((tmp_path / "empty").iterdir()) == []


async def test_the_plan_of_a_run_says_what_it_waits_for(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("D")
        await screen.until(lambda: "current run" in shown(screen), "the plan")
        assert "waiting for you: infra-gate waits for a person" in shown(screen)
        await screen.press("D")
        assert isinstance(screen.app.screen, CockpitScreen)

    await on_screen(use, tmp_path, INFRA)


async def test_what_it_cannot_tell_is_said_and_r_looks_again(tmp_path: Path) -> None:
    asked: list[str] = []
    hostile = "ok \x1b]0;title\x07\x1b[31m[bold]not markup[/]"

    async def ask(project: Path, loop: str) -> str:
        asked.append(loop)
        if len(asked) == 1:
            raise Problem("is not JSON", "package.json:3", "fix that line", code=Code.FILE_INVALID)
        return hostile

    async def use(screen: Screen) -> None:
        screen.app.push_screen(PlanScreen(tmp_path, "distribution-loop", ask))
        await screen.until(
            lambda: "package.json is not JSON: package.json:3 (fix that line)" in screen.text(), "the problem"
        )
        await screen.press("r")
        await screen.until(lambda: "[bold]not markup[/]" in shown(screen), "the second look")
        assert "\x1b" not in shown(screen)

    await on_screen(use, tmp_path)
    assert asked == ["distribution-loop"] * 2


PLAN_TOLD = """Dry run of x: nothing is changed
  next: INIT

To fix first
  ✗ git: there is no remote
      git remote add

Steps
  INIT
    ○ release-planner
        git log
    ◆ gate
"""


def test_a_plan_is_folded_by_kind_in_colour_and_searched() -> None:
    parts = parts_of(PLAN_TOLD)
    assert [part.title for part in parts] == ["Dry run of x: nothing is changed", "To fix first", "Steps"]
    assert folded_first(parts, 40) == frozenset()
    long = (*parts, PlanPart("Public files", ("  a",) * 30))
    assert folded_first(long, 20) == frozenset({3})
    shown = shown_of(parts, {2}, at=(1, 0), found=(1, 0))
    assert shown.lines[-1] == " ▸ Steps   4 lines"
    assert [line for line in shown.lines if line.startswith("›")] == ["›  ✗ git: there is no remote"]
    assert [shown.tones[shown.origins.index(place)] for place in ((1, -1), (1, 0), (1, 1))] == ["head", "found", ""]
    assert [tone_of(line) for line in parts[2].lines] == ["", "", "place", "place"]
    assert tone_of("  ✗ git: no") == "removed"
    assert matches(parts, "GIT") == ((1, 0), (1, 1), (2, 2))
    assert matches(parts, "") == ()


async def test_j_and_k_move_a_cursor_through_its_lines_and_no_word_is_broken(tmp_path: Path) -> None:
    told = "Dry run of x\n  next: INIT\n\nSteps\n" + "\n".join(f"    {n} {'word ' * 20}end" for n in range(30))

    async def ask(project: Path, loop: str) -> str:
        return told

    def cursor(screen: Screen) -> str:
        (line,) = [line for line in shown(screen).splitlines() if line.startswith("›")]
        return line[1:].split(" word")[0].strip()

    async def use(screen: Screen) -> None:
        screen.app.push_screen(PlanScreen(tmp_path, "x", ask))
        await screen.until(lambda: "Steps" in screen.text(), "the plan")
        assert cursor(screen) == "▾ Dry run of x"
        await screen.press("enter", "enter", "j")
        assert cursor(screen) == "next: INIT"
        await screen.press("j")
        assert cursor(screen).startswith("▸ Steps"), "over the blank line"
        await screen.press("j", "enter", "j", "j")
        assert cursor(screen) == "1"
        await screen.press("G")
        assert cursor(screen) == "29"
        assert "› " in screen.text(), "it is in sight"
        rows = [row.strip("┃│ ›▃") for row in screen.text().splitlines()]
        assert not [row for row in rows if row.endswith(("wor", "wo", " w", " en", " e"))]
        await screen.press("k", "k")
        assert cursor(screen) == "27"
        await screen.press("enter")
        assert cursor(screen).startswith("▸ Steps")
        await screen.press("g")
        assert cursor(screen) == "▾ Dry run of x"

    await on_screen(use, tmp_path, size=(80, 24))


def test_rows_are_broken_between_words() -> None:
    line = "    run  one two three " + "x" * 25
    assert [row for _, row in word_rows([line], 20)] == [
        "    run  one two",
        "      three",
        "      " + "x" * 14,
        "      " + "x" * 11,
    ]
    assert list(word_rows(["", "short", "日本語 日本語"], 8)) == [(0, ""), (1, "short"), (2, "日本語"), (2, "  日本語")]
    assert all(cell_len(row) <= 3 for _, row in word_rows(["   日本語のテキスト a b c d"], 3))


async def test_closing_it_ends_the_look(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def ask(project: Path, loop: str) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ""

    async def use(screen: Screen) -> None:
        screen.app.push_screen(PlanScreen(tmp_path, "distribution-loop", ask))
        await screen.until(lambda: isinstance(screen.app.screen, PlanScreen) and "looking" in screen.text(), "it looks")
        await screen.press("escape")
        await screen.until(ended.is_set, "it ended")

    await on_screen(use, tmp_path)


async def test_help_lists_it(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("question_mark")
        assert isinstance(screen.app.screen, HelpScreen)
        assert "dry run: show what would be done" in screen.text()

    await on_screen(use, tmp_path)
