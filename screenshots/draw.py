"""Draws the pictures in this folder from real runs of the sample project: `make screenshots`.

Each scene makes a project, lets real drivers work on it, and exports what the running app shows.
"""

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import OptionList

from loop_tui.control.attention import AttentionKind
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.home.run_list import RunList

from .projects import ELEVEN, cli, eleven, elsewhere, failing, let_go, named, testing, with_plan

HERE = Path(__file__).parent
SHIP = "distribution-loop"
WIDE = (120, 40)
SIZES = ((80, 24), WIDE, (200, 60))
Scene = Callable[[Pilot[int]], Awaitable[None]]


async def until(pilot: Pilot[int], condition: Callable[[], bool], what: str) -> None:
    """Wait until the screen is where it should be; fails after half a minute."""
    for _ in range(1500):
        if condition():
            await pilot.pause()
            return
        await asyncio.sleep(0.02)
    raise SystemExit(f"screenshots: never happened: {what}")


def needs(pilot: Pilot[int], kind: AttentionKind) -> Callable[[], bool]:
    """True when the person is needed for that."""
    app = pilot.app
    assert isinstance(app, LoopApp)
    return lambda: app.snapshot.attention.kind is kind


PAST_RUNS = 4


async def draw(
    name: str, project: Path, loop: str, *, size: tuple[int, int], scene: Scene, theme: str = "", history: bool = False
) -> None:
    """Open the app on a project, bring it to a scene, and save what it shows. Without a loop: all runs below."""
    folders = () if loop or history else (project,)
    launcher = ProcessLauncher(readies=lambda: True)
    app = LoopApp(project, loop, launcher=launcher, theme=theme or None, folders=folders, history=history)
    async with app.run_test(size=size) as pilot:
        await scene(pilot)
        await pilot.pause(0.4)
        # The clip paths' ids are random: give them the picture's name, so that the same picture is the same file.
        svg = re.sub(r"terminal-\d+", f"terminal-{name}", app.export_screenshot(title="loop-tui"))
        (HERE / f"{name}.svg").write_text(svg)
        sys.stdout.write(f"screenshots/{name}.svg\n")


async def at_tests(pilot: Pilot[int]) -> None:
    """The build and the lint are over and folded; the tests run."""
    log = app_of(pilot).screen.query_one(LogPane)
    await until(pilot, lambda: app_of(pilot).snapshot.driven and "keeps its width" in log_text(log), "the tests run")
    await pilot.press("2")


def log_text(log: LogPane) -> str:
    """What the log shows."""
    return "\n".join(log.render_line(y).text for y in range(log.size.height))


async def at_ready(pilot: Pilot[int]) -> None:
    """A fresh project; the panel says what starting a run would do."""
    await until(pilot, needs(pilot, AttentionKind.IDLE), "idle")
    await pilot.press("3")
    await until(pilot, lambda: bool(app_of(pilot).snapshot.ready and app_of(pilot).snapshot.ready.lines), "ready")


async def at_question(pilot: Pilot[int]) -> None:
    """A fresh project; `space` starts the run, and the release planner asks."""
    await until(pilot, needs(pilot, AttentionKind.IDLE), "idle")
    await pilot.press("space")
    # After one's own go it has the keyboard.
    await until(pilot, needs(pilot, AttentionKind.QUESTION), "the question")


async def at_open_question(pilot: Pilot[int]) -> None:
    """The question of before still waits."""
    await until(pilot, needs(pilot, AttentionKind.QUESTION), "the question")
    await pilot.press("3")


async def at_gate(pilot: Pilot[int]) -> None:
    """The infra loop waits for a person at its first gate, with a plan that is not the one of last time."""
    await until(pilot, needs(pilot, AttentionKind.GATE), "the gate waits")
    panel = app_of(pilot).screen.query_one(GatePanel)
    await until(pilot, lambda: panel.has_read, "the plan is read")
    await pilot.press("3")


async def at_failure(pilot: Pilot[int]) -> None:
    """A red test has failed the readiness gate."""
    await until(pilot, needs(pilot, AttentionKind.FAILED), "the gate failed")
    await pilot.press("3")


async def at_home(pilot: Pilot[int]) -> None:
    """All runs below a folder."""
    await until(pilot, lambda: len(pilot.app.screen.query_one(RunList).rows) >= len(ELEVEN), "the runs")


async def at_history(pilot: Pilot[int]) -> None:
    """The runs that are over."""
    await until(pilot, lambda: pilot.app.screen.query_one(OptionList).option_count >= PAST_RUNS, "the archive")


async def at_replay(pilot: Pilot[int]) -> None:
    """The newest of them, half way through."""
    await at_history(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: app_of(pilot).snapshot.state is not None, "the end of the run")
    await pilot.press(*["left"] * 24)


def app_of(pilot: Pilot[int]) -> LoopApp:
    """The app that is drawn."""
    assert isinstance(pilot.app, LoopApp)
    return pilot.app


async def at_elsewhere(pilot: Pilot[int]) -> None:
    """Somebody else works on the run."""
    await until(pilot, needs(pilot, AttentionKind.ELSEWHERE), "somebody works on it")
    await pilot.press("3")


async def at_quiet(pilot: Pilot[int]) -> None:
    """Nobody has worked on it for an hour; `space` asks whether to make it yours."""
    await until(pilot, needs(pilot, AttentionKind.QUIET), "nobody works on it")
    await pilot.press("space")
    await until(pilot, lambda: len(pilot.app.screen_stack) > 1, "the question")


async def at_compare(pilot: Pilot[int]) -> None:
    """The newest run beside the one before."""
    await at_history(pilot)
    await pilot.press("c")
    await until(pilot, lambda: len(pilot.app.screen_stack) > 1, "the comparison")


async def main() -> None:
    """Draw every picture."""
    home = Path(tempfile.mkdtemp(prefix="loop-tui-screenshots-"))
    os.environ.update(HOME=str(home), LOOP_TUI_HOME=str(home / "claude"), LOOP_TUI_USER="ada", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    try:
        await _runs(home)
        await _elsewhere(home)
        await _lists(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def at_sizes(name: str, project: Path, loop: str, scene: Scene, *, history: bool = False) -> None:
    """The same picture at each size that is designed."""
    for width, height in SIZES:
        await draw(f"{name}-{width}x{height}", project, loop, size=(width, height), scene=scene, history=history)


async def _runs(home: Path) -> None:
    """The cockpit at each point of a run."""
    work = home / "runs"
    work.mkdir()
    ready = await named(work, "gauges")
    await at_sizes("cockpit-ready", ready, SHIP, at_ready)
    await draw("cockpit-question-120x40", ready, SHIP, size=WIDE, scene=at_question)
    for size in ((80, 24), (200, 60)):
        await draw(f"cockpit-question-{size[0]}x{size[1]}", ready, SHIP, size=size, scene=at_open_question)
    await draw("cockpit-light-120x40", ready, SHIP, size=WIDE, scene=at_open_question, theme="light")
    await at_sizes("cockpit-gate", await with_plan(await named(work, "atlas")), "infra-loop", at_gate)
    await at_sizes("cockpit-failed", await failing(await named(work, "ledger")), SHIP, at_failure)
    running = await testing(await named(work, "pixels"))
    try:
        await at_sizes("cockpit-running", running, SHIP, at_tests)
    finally:
        let_go(running)


async def _elsewhere(home: Path) -> None:
    """Runs that somebody else drives."""
    there = elsewhere(home / "at-work")
    await draw("elsewhere-120x40", there, "infra-loop", size=WIDE, scene=at_elsewhere)
    left = elsewhere(home / "left", quiet=True)
    await draw("elsewhere-quiet-120x40", left, "infra-loop", size=WIDE, scene=at_quiet)


async def _lists(home: Path) -> None:
    """All runs below a folder, and those that are over."""
    work = home / "work"
    work.mkdir()
    held = await eleven(work)
    try:
        await at_sizes("home", work, "", at_home)
    finally:
        for project in held:
            let_go(project)
    for number in range(PAST_RUNS):
        folder = home / f"past-{number}"
        folder.mkdir()
        await cli(await named(folder, "beacon"), "run", "--yes")
    for name, scene in (("history", at_history), ("compare", at_compare), ("replay", at_replay)):
        await at_sizes(name, work, "", scene, history=True)


if __name__ == "__main__":
    asyncio.run(main())
