"""Draws the pictures in this folder from real runs of the sample project: `make screenshots`.

Each scene makes a project, lets real drivers work on it, and exports what the running app shows.
"""

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import OptionList

from loop_tui.control.attention import AttentionKind
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.process.shell import capture
from loop_tui.tui.app import LoopApp
from loop_tui.tui.home.run_list import RunList
from tests.own_sample import own_sample

HERE = Path(__file__).parent
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


HOME_RUNS, PAST_RUNS = 11, 3


async def cli(project: Path, *argv: str) -> str:
    """Run a command of loop-tui in the project."""
    done = await capture([sys.executable, "-P", "-m", "loop_tui", *argv], cwd=project, timeout_s=120)
    return done.stdout


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


async def at_ready(pilot: Pilot[int]) -> None:
    """A fresh project; the panel says what starting a run would do."""
    await until(pilot, lambda: bool(app_of(pilot).snapshot.ready and app_of(pilot).snapshot.ready.lines), "ready")


async def at_question(pilot: Pilot[int]) -> None:
    """A fresh project; `space` starts the run, and the release planner asks."""
    await until(pilot, needs(pilot, AttentionKind.IDLE), "idle")
    await pilot.press("space")
    await until(pilot, needs(pilot, AttentionKind.QUESTION), "the question")
    await pilot.press("3")


async def at_gate(pilot: Pilot[int]) -> None:
    """The infra loop waits for a person at its first gate."""
    await until(pilot, needs(pilot, AttentionKind.GATE), "the gate waits")
    await pilot.press("3")


async def at_failure(pilot: Pilot[int]) -> None:
    """A red test has failed the readiness gate."""
    await until(pilot, needs(pilot, AttentionKind.FAILED), "the gate failed")
    await pilot.press("3")


async def at_home(pilot: Pilot[int]) -> None:
    """All runs below a folder."""
    await until(pilot, lambda: len(pilot.app.screen.query_one(RunList).rows) >= HOME_RUNS, "the runs")


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


async def infra_at_gate(project: Path) -> None:
    """Do the skills before infra-gate by hand, as a person or an agent elsewhere would."""
    await cli(project, "go", "--loop", "infra-loop")
    texts = {
        "REQUIREMENTS.md": "# Requirements\n\nOne service, one database, three environments.\n",
        "INFRA-PLAN.md": "# Plan\n\n- a container for the service\n- a database with nightly copies\n",
    }
    for name, text in texts.items():
        (project / name).write_text(text)
    for skill in ("requirements", "scaffold", "infra-devenv"):
        while "completed" not in await cli(project, "complete", skill, "--loop", "infra-loop"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # The driver of the last word is not in the next phase yet.


def elsewhere(project: Path, *, waits: bool = False, quiet: bool = False) -> Path:
    """The state of an infra run as an agent keeps it by itself, in a folder of its own."""
    project.mkdir(parents=True, exist_ok=True)
    phase = {"status": "waiting_for_approval" if waits else "active", "completed_skills": ["scaffold"]}
    state = {
        "loop": "infra-loop",
        "phase": "SCAFFOLD",
        "status": "active",
        "context": {"system": project.name},
        "phases": {"INIT": {"status": "complete"}, "SCAFFOLD": phase},
        "gates": {"infra-gate": {"status": "pending"}},
    }
    path = project / "infra-state.json"
    path.write_text(json.dumps(state, indent=2))
    (project / "INFRASTRUCTURE-PLAN.md").write_text("# Plan\n\n- a container for the service\n")
    if quiet:
        then = time.time() - 3600
        os.utime(path, (then, then))
    return project


async def at_elsewhere(pilot: Pilot[int]) -> None:
    """Somebody else works on the run."""
    await until(pilot, needs(pilot, AttentionKind.ELSEWHERE), "somebody works on it")
    await pilot.press("3")


async def at_quiet(pilot: Pilot[int]) -> None:
    """Nobody has worked on it for an hour; `space` asks whether to make it yours."""
    await until(pilot, needs(pilot, AttentionKind.QUIET), "nobody works on it")
    await pilot.press("space")
    await until(pilot, lambda: len(pilot.app.screen_stack) > 1, "the question")


async def red_test(project: Path) -> None:
    """Break the sample's code, so that its tests are red, and ship."""
    source = next((project / "src").glob("gauge.js"))
    source.write_text(source.read_text().replace("shown * width", "shown * widht"))
    await cli(project, "run", "--yes")


async def main() -> None:
    """Draw every picture."""
    home = Path(tempfile.mkdtemp(prefix="loop-tui-screenshots-"))
    os.environ.update(HOME=str(home), LOOP_TUI_HOME=str(home / "claude"), LOOP_TUI_USER="ada", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    try:
        for number, (width, height) in enumerate(SIZES):
            infra = own_sample(home / f"infra-{number}").project
            await infra_at_gate(infra)
            await draw(f"cockpit-gate-{width}x{height}", infra, "infra-loop", size=(width, height), scene=at_gate)
            size = f"{width}x{height}"
            there = elsewhere(home / f"at-work-{number}")
            await draw(f"elsewhere-{size}", there, "infra-loop", size=(width, height), scene=at_elsewhere)
            waiting = elsewhere(home / f"waiting-{number}", waits=True)
            await draw(f"elsewhere-gate-{size}", waiting, "infra-loop", size=(width, height), scene=at_gate)
            left = elsewhere(home / f"left-{number}", quiet=True)
            await draw(f"elsewhere-quiet-{size}", left, "infra-loop", size=(width, height), scene=at_quiet)
        ready = own_sample(home / "ready").project
        await draw("cockpit-ready-120x40", ready, "distribution-loop", size=WIDE, scene=at_ready)
        asked = own_sample(home / "asked").project
        await draw("cockpit-question-120x40", asked, "distribution-loop", size=WIDE, scene=at_question)
        light = own_sample(home / "light").project
        await draw("cockpit-light-120x40", light, "distribution-loop", size=WIDE, scene=at_question, theme="light")
        failed = own_sample(home / "failed").project
        await red_test(failed)
        await draw("cockpit-failed-120x40", failed, "distribution-loop", size=WIDE, scene=at_failure)
        work = home / "work"
        for number, name in enumerate(("atlas", "beacon", "cedar", "delta")):
            project = own_sample(work / name).project
            await (cli(project, "go") if number % 2 else cli(project, "go", "--loop", "infra-loop"))
        for name in ("ember", "fjord"):
            await red_test(own_sample(work / name).project)
        for name in ("grove", "harbor", "iris"):
            await infra_at_gate(own_sample(work / name).project)
        elsewhere(work / "juniper")
        elsewhere(work / "knoll", quiet=True)
        await draw("home-120x40", work, "", size=WIDE, scene=at_home)
        for number in range(PAST_RUNS):
            await cli(own_sample(home / f"past-{number}").project, "run", "--yes")
        await draw("history-120x40", work, "", size=WIDE, scene=at_history, history=True)
        await draw("replay-120x40", work, "", size=WIDE, scene=at_replay, history=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
