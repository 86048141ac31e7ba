"""Records `demo.svg`: the running app while a release goes through, picture by picture: `make recording`.

The run is told through the real store by what the sample's driver would tell, at moments that are always the same, so
that the same screen gives the same file.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from rich.style import Style
from textual.pilot import Pilot

from loop_tui.control.attention import AttentionKind
from loop_tui.engine import changes
from loop_tui.model.evidence import Check, Deliverable, Question, QuestionKind
from loop_tui.model.log import LogLevel
from loop_tui.model.panel import PanelLine
from loop_tui.model.status import CheckStatus
from loop_tui.storage.state.leases import LEASE_NAME
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.screen import CockpitScreen
from tests.tui.launching import Started
from tests.tui.runs import DISTRIBUTION, STARTED, Run, check, new_run
from tests.tui.scenes import driven, put_into_archive

from .animation import Cell, Frame, Row, svg_of

HERE = Path(__file__).parent
SIZE = (120, 32)
NAME = "gauges"
_READY = (
    PanelLine("last release", "0.7.0, three days ago"),
    PanelLine("version", "0.7.0 -> 0.8.0: minor: new feature (d41c9b2)"),
    PanelLine("commits", "5 commits, 1 feature, 1 fix since v0.7.0"),
    PanelLine("to commit", "package.json; to origin/main"),
    PanelLine("targets", "Git remote: to be confirmed"),
    PanelLine("targets", "npm registry: to be confirmed, usually 3.1s"),
    PanelLine("preflight", "nothing seen here stops it"),
)
_PLANNED = (
    (LogLevel.HEAD, "release-planner"),
    (LogLevel.INFO, "Preflight: repository, identity, branch, tree, remote, package.json, scripts"),
    (LogLevel.OK, "branch: 5 ahead of origin/main"),
    (LogLevel.OK, "package.json: gauges 0.7.0, npm"),
    (LogLevel.INFO, "d41c9b2 feat(table): show several gauges under each other  [minor: new feature]"),
    (LogLevel.INFO, "8be20f1 fix(gauge): keep the bar inside its width  [patch: fix]"),
)
_BUILT = (
    (LogLevel.HEAD, "code-verification"),
    (LogLevel.COMMAND, "npm run build"),
    *((LogLevel.OUT, f"dist/gauge-{n}.js") for n in range(1, 7)),
    (LogLevel.OK, "build: exit 0"),
    (LogLevel.COMMAND, "npm run lint"),
    (LogLevel.OUT, "11 files, nothing found"),
    (LogLevel.OK, "lint: exit 0"),
    (LogLevel.COMMAND, "npm test"),
)
_CASES = ("shows a value", "clamps at 100", "turns back at 0", "keeps its width", "shows its unit", "stands in a table")
_SHIPPED = (
    (LogLevel.HEAD, "git-workflow"),
    (LogLevel.OK, "Committed 1 file: 3f2a1bc chore(release): v0.8.0"),
    (LogLevel.OK, "Pushed to origin/main, which is at 3f2a1bc"),
)


class Recording:
    """The app, the run, and the frames so far."""

    app: LoopApp
    pilot: Pilot[int]

    def __init__(self, project: Path) -> None:
        self.project = project
        self.frames: list[Frame] = []
        self.seconds = 0.0
        self.run: Run | None = None

    def now(self) -> datetime:
        """The moment at which the recording is."""
        return STARTED + timedelta(seconds=self.seconds)

    def told(self) -> Run:
        """The run, once it has begun."""
        assert self.run is not None
        return self.run

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until the screen is where it should be."""
        for _ in range(1500):
            if condition():
                await self.pilot.pause()
                return
            await asyncio.sleep(0.02)
        raise SystemExit(f"recording: never happened: {what}")

    async def settled(self) -> None:
        """Wait until the screen shows the state that is on disk, and nothing moves any more."""
        wanted = self.told().store.load()
        assert wanted is not None
        await self.until(lambda: self.app.snapshot.revision == wanted.revision, "the state is shown")
        await self.pilot.pause(0.5)

    async def keep(self, seconds: float) -> None:
        """Take a picture that stands for so long, with the clock where it is now."""
        cockpit = self.app.screen_stack[0]
        assert isinstance(cockpit, CockpitScreen)
        cockpit._tick()
        await self.pilot.pause()
        rows = tuple(_row(strip) for strip in self.app.screen._compositor.render_strips())
        self.frames.append(Frame(rows, seconds))

    def say(self, skill: str, *lines: tuple[LogLevel, str]) -> None:
        """What a skill prints."""
        self.told().say(*((skill, level, text) for level, text in lines))


def _row(strip: object) -> Row:
    cells: list[Cell] = []
    for segment in strip:  # type: ignore[attr-defined]
        style: Style = segment.style or Style.null()
        colour = style.color.get_truecolor().hex if style.color else "#d3d8e0"
        back = style.bgcolor.get_truecolor(foreground=False).hex if style.bgcolor else "#14171c"
        if style.reverse:
            colour, back = back, colour
        last = cells[-1] if cells else None
        if last is not None and last[1:] == (colour, back, bool(style.bold)):
            cells[-1] = (last[0] + segment.text, *last[1:])
        else:
            cells.append((segment.text, colour, back, bool(style.bold)))
    return tuple(cells)


async def _play(rec: Recording) -> None:
    """One release, from the question what space would do to what was shipped."""
    await rec.until(lambda: rec.app.snapshot.attention.kind is AttentionKind.IDLE, "no run")
    await rec.pilot.press("3")
    await rec.until(lambda: rec.app.snapshot.ready and rec.app.snapshot.ready.lines, "what a run would do")
    await rec.pilot.pause(0.3)
    await rec.keep(3.5)
    run = rec.run = new_run(rec.project, system=NAME)
    driven(run)
    run.tell(changes.phase_entered("INIT"), changes.skill_started("INIT", "release-planner"))
    rec.say("release-planner", *_PLANNED)
    rec.seconds += 1
    await rec.settled()
    await rec.pilot.press("1")
    await rec.keep(1.5)
    await _question(rec)
    await _verify(rec)
    await _ship(rec)


async def _question(rec: Recording) -> None:
    run = rec.told()
    asked = Question(
        id="version-1", skill="release-planner", kind=QuestionKind.TEXT, default="Y",
        text="Bump version 0.7.0 -> 0.8.0?", detail="[Y/n/version]",
    )  # fmt: skip
    run.tell(changes.asked(asked))
    (run.store.run_dir / LEASE_NAME).unlink()
    await rec.until(lambda: rec.app.snapshot.attention.kind is AttentionKind.QUESTION, "the question")
    await rec.pilot.press("3")
    await rec.settled()
    await rec.keep(3)
    scope = Deliverable(name="release-scope.md", skill="release-planner", path="release-scope.md", size_bytes=912)
    run.tell(
        changes.answered("version-1", "Y", "ada"),
        changes.skill_completed("INIT", "release-planner", duration_ms=3400, deliverables=[scope]),
        changes.phase_completed("INIT"),
        changes.phase_entered("VERIFY"),
        changes.skill_started("VERIFY", "code-verification"),
    )
    driven(run)
    rec.say("release-planner", (LogLevel.OK, "release-planner complete in 3.4s version 0.7.0 -> 0.8.0"))


async def _verify(rec: Recording) -> None:
    run = rec.told()
    rec.say("code-verification", *_BUILT)
    rec.seconds += 4
    await rec.settled()
    await rec.pilot.press("2")
    await rec.keep(1)
    for number, case in enumerate(_CASES, 1):
        rec.say("code-verification", (LogLevel.OUT, f"ok {number} - gauge {case}"))
        rec.seconds += 1
        await rec.pilot.pause(0.4)
        await rec.keep(0.5)
    rec.say("code-verification", (LogLevel.OK, "test: 6/6 passing"))
    found: tuple[Check, ...] = (check("build"), check("lint"), check("test", summary="6/6 passing"))
    report = Deliverable(name="verification-report.md", skill="code-verification", path="v.md", size_bytes=1204)
    run.tell(
        changes.skill_completed("VERIFY", "code-verification", checks=found, deliverables=[report], duration_ms=9100),
        changes.phase_completed("VERIFY"),
        changes.gate_approved("readiness-gate", "the checks", found, "all passed"),
        changes.phase_entered("SHIP"),
        changes.skill_started("SHIP", "git-workflow"),
    )
    rec.say("code-verification", (LogLevel.OK, "readiness-gate passed"))
    await rec.settled()
    await rec.keep(1.5)


async def _ship(rec: Recording) -> None:
    run = rec.told()
    last = next(gate for gate in run.definition.gates if gate.id == "distribution-gate")
    rec.say("git-workflow", *_SHIPPED)
    done = {"git-workflow": 2100, "deploy": 400, "distribute": 3100}
    for skill, took in done.items():
        names = next(s.deliverables for p in run.definition.phases for s in p.skills if s.id == skill)
        left = [Deliverable(name=n, skill=skill, path=n, size_bytes=640) for n in names]
        found = _proofs(last.checks) if skill == "distribute" else ()
        run.tell(changes.skill_completed("SHIP", skill, checks=found, deliverables=left, duration_ms=took))
    rec.say("distribute", (LogLevel.HEAD, "distribute"), *((LogLevel.OK, f"{c.name}: {c.summary}") for c in _proofs()))
    run.tell(changes.phase_completed("SHIP"), changes.gate_approved(last.id, "the checks", _proofs(last.checks), ""))
    rec.seconds += 6
    await rec.settled()
    await rec.keep(2.5)
    names = next(s.deliverables for p in run.definition.phases for s in p.skills if s.id == "retrospective")
    left = [Deliverable(name=n, skill="retrospective", path=n, size_bytes=780) for n in names]
    run.tell(
        changes.phase_entered("COMPLETE"),
        changes.skill_completed("COMPLETE", "retrospective", deliverables=left, duration_ms=300),
        changes.phase_completed("COMPLETE"),
        changes.completed(),
    )
    (run.store.run_dir / LEASE_NAME).unlink()
    rec.seconds += 1
    put_into_archive(rec.project)
    await rec.until(lambda: rec.app.snapshot.ended is not None, "what was shipped")
    await rec.pilot.press("3")
    await rec.pilot.pause(0.5)
    await rec.keep(5)


def _proofs(wanted: Iterable[str] = ()) -> tuple[Check, ...]:
    """What the targets show; those of `wanted` that are not configured are skipped."""
    proven = (
        check("git-remote", summary="confirmed: origin/main is 3f2a1bc"),
        check("npm-registry", summary=f"confirmed: {NAME}@0.8.0, the integrity of what was packed", command="npm view"),
        check("push", summary="origin/main is 3f2a1bc"),
    )
    left = [name for name in wanted if name not in {found.name for found in proven}]
    return (*proven, *(check(name, CheckStatus.SKIPPED, summary="not configured", command="") for name in left))


async def _recorded(scene: Callable[[Recording], Awaitable[None]]) -> list[Frame]:
    folder = Path(tempfile.mkdtemp(prefix="loop-tui-recording-"))
    os.environ.update(HOME=str(folder), LOOP_TUI_HOME=str(folder / "claude"), LOOP_TUI_USER="ada")
    os.environ.update(COLORTERM="truecolor", TZ="UTC", XDG_CONFIG_HOME=str(folder / "config"))
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    try:
        project = folder / NAME
        project.mkdir()
        recording = Recording(project)
        app = LoopApp(project, DISTRIBUTION, launcher=Started(lines=_READY), clock=lambda: 100.0, now=recording.now)
        async with app.run_test(size=SIZE) as pilot:
            recording.app, recording.pilot = app, pilot
            await scene(recording)
        return recording.frames
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Write the recording beside the pictures."""
    frames = asyncio.run(_recorded(_play))
    (HERE / "demo.svg").write_text(svg_of(frames, "loop-tui", "#14171c", SIZE[0]))
    sys.stdout.write(f"screenshots/demo.svg: {len(frames)} pictures\n")


if __name__ == "__main__":
    main()
