"""Runs to look at: real files made by the real store, brought to the point that a test needs."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textual.notifications import Notification, Notifications
from textual.pilot import Pilot

from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import always, step
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change
from loop_tui.model.evidence import Check, Deliverable, Question
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus
from loop_tui.ports import Committed
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.log.output_log import OUTPUT_NAME, OutputLog
from loop_tui.storage.state.store import Store
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.cockpit.phase_tree import PhaseTree

from .launching import Started

DISTRIBUTION, INFRA = "distribution-loop", "infra-loop"
WIDE, NARROW = (120, 40), (80, 24)
STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = datetime(2026, 1, 2, 3, 10, 4, tzinfo=UTC)


@dataclass
class Run:
    """One run in a project folder."""

    project: Path
    definition: LoopDefinition
    store: Store

    def tell(self, *wanted: Change) -> None:
        """Apply changes as somebody else would: through the store."""
        for change in wanted:
            outcome = self.store.transact(step(self.definition, always(change)))
            assert isinstance(outcome, Committed), outcome

    @property
    def state(self) -> RunState:
        loaded = self.store.load()
        assert loaded is not None
        return loaded.state

    def say(self, *lines: tuple[str, LogLevel, str]) -> None:
        """Write lines to the output log."""
        log = OutputLog(self.store.run_dir / OUTPUT_NAME)
        log.add([LogLine(at_ms=1_767_323_045_000, skill=s, level=level, text=text) for s, level, text in lines])
        log.flush()


def new_run(project: Path, loop: str = DISTRIBUTION, system: str = "widget-gauge") -> Run:
    """A run that has just begun."""
    project.mkdir(parents=True, exist_ok=True)
    definition = find(project, loop).definition
    store = Store(project, loop, definition=definition, now=lambda: STARTED)
    store.create(fresh_state(definition, run="run-1", system=system, at=""), changes.started(loop, "ada"))
    return Run(project, definition, store)


def check(name: str, status: CheckStatus = CheckStatus.PASSED, **more: object) -> Check:
    fields: dict[str, object] = {"command": f"npm run {name}", "exit_code": 0, "duration_ms": 2100, "tree": "t"}
    return Check.model_validate({"name": name, "status": status, "commit": "3f2a1bcd99", **fields, **more})


def through_init(run: Run) -> None:
    scope = Deliverable(name="release-scope.md", skill="release-planner", path="release-scope.md", size_bytes=9)
    run.tell(
        changes.phase_entered("INIT"),
        changes.skill_completed(
            "INIT",
            "release-planner",
            duration_ms=3400,
            deliverables=[scope],
        ),
        changes.phase_completed("INIT"),
        changes.phase_entered("VERIFY"),
    )


def red_gate(project: Path, excerpt: str = "not ok 13 - gauge clamps at 100") -> Run:
    """The readiness gate failed on a red test."""
    run = new_run(project)
    through_init(run)
    red = check("test", CheckStatus.FAILED, summary="1 of 14 failed", exit_code=1, excerpt=excerpt)
    lint = check("lint", CheckStatus.SKIPPED, summary="no script", command="", exit_code=None)
    found = [check("build"), red, lint]
    report = Deliverable(name="verification-report.md", skill="code-verification", path="v.md", size_bytes=7)
    run.tell(
        changes.skill_completed("VERIFY", "code-verification", checks=found, deliverables=[report]),
        changes.phase_completed("VERIFY"),
        changes.gate_failed("readiness-gate", "test: 1 of 14 failed", "test failed", found),
    )
    return run


PLAN = "INFRASTRUCTURE-PLAN.md"


def human_gate(project: Path, *, planned: bool = True, system: str = "widget-gauge") -> Run:
    """The infra gate waits for a person, with the document that it is about unless that is not `planned`."""
    run = new_run(project, INFRA, system)
    gate = run.definition.gates[0]
    if planned:
        (project / PLAN).write_text("# Plan\n")
    for phase in run.definition.phases:
        run.tell(changes.phase_entered(phase.id))
        for skill in phase.skills:
            left = [Deliverable(name=n, skill=skill.id, path=n, size_bytes=4321) for n in skill.deliverables]
            run.tell(changes.skill_completed(phase.id, skill.id, by="agent", deliverables=left))
        run.tell(changes.phase_completed(phase.id))
        if phase.id == gate.after:
            break
    return run


def asking(project: Path, text: str = "Release 0.8.0?", question: str = "bump-1", default: str | None = "Y") -> Run:
    """A skill asks."""
    run = new_run(project)
    asked = Question(id=question, skill="release-planner", text=text, options=("Y", "n"), default=default)
    run.tell(changes.phase_entered("INIT"), changes.asked(asked))
    return run


@dataclass
class Watch:
    """A clock that only moves when it is told to."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds

    def on(self, seconds: float = 1.0) -> None:
        self.seconds += seconds


class Kept(Notifications):
    """Toasts as ever; `said` keeps them when they have gone from the screen, which on a busy machine may be soon."""

    def __init__(self, before: Notifications) -> None:
        super().__init__()
        self.said: list[str] = []
        for each in before:
            self.add(each)

    def add(self, notification: Notification) -> "Kept":
        """Another one."""
        self.said.append(notification.message)
        super().add(notification)
        return self


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: object = "") -> None:
    """Wait for something that an app does on its own; fails after a minute.

    Most looks draw the whole screen, and take the processor from the app: the longer one takes the rarer it is taken.
    """
    end = time.monotonic() + 60
    while True:
        begun = time.monotonic()
        if condition():
            break
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"never happened: {what}")
        await pilot.pause(min(max(0.01, 4 * (now - begun)), 0.1))
    await pilot.pause()


@dataclass
class Screen:
    """An app under test, with what it did to the world."""

    app: LoopApp
    pilot: Pilot[int]
    clock: Watch
    spawned: list[tuple[Path, str]] = field(default_factory=list)
    bells: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kept = self.app._notifications = Kept(self.app._notifications)
        say = self.app.foot.say

        def heard(why: str) -> None:
            self.noted.append(why)
            say(why)

        self.app.foot.say = heard  # type: ignore[method-assign]

    @property
    def tree(self) -> PhaseTree:
        return self.app.screen_stack[0].query_one(PhaseTree)

    @property
    def log(self) -> LogPane:
        return self.app.screen_stack[0].query_one(LogPane)

    @property
    def panel(self) -> GatePanel:
        return self.app.screen_stack[0].query_one(GatePanel)

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait for something that the app does on its own; fails, with what is shown, when it does not."""
        try:
            await until(self.pilot, condition, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text()}") from error

    async def press(self, *keys: str) -> None:
        """Press keys as a person does: not within the guard."""
        for key in keys:
            self.clock.on()
            await self.pilot.press(key)
            await self.pilot.pause()

    async def idle(self) -> None:
        """Wait until nothing that the person asked for is under way."""
        await self.until(lambda: not [w for w in self.app.workers if w.group == "person" and w.is_running], "workers")

    def text(self) -> str:
        """What is on the terminal, without styles."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def raw(self) -> str:
        """What is sent to the terminal."""
        update = self.app.screen._compositor.render_full_update()
        return update.render_segments(self.app.console)

    def toasts(self) -> list[str]:
        """What was said, in toasts and in the footer's place."""
        return [*self.kept.said, *self.noted]


Use = Callable[[Screen], Awaitable[None]]


async def on_screen(
    use: Use, project: Path, loop: str = DISTRIBUTION, *, size: tuple[int, int] = WIDE, theme: str | None = None
) -> Screen:
    """Run a test's steps on an app that has taken its first look."""
    clock = Watch()
    spawned: list[tuple[Path, str]] = []
    bells: list[str] = []

    def spawn(where: Path, what: str) -> int:
        spawned.append((where, what))
        return 0

    app = LoopApp(project, loop, theme=theme, clock=clock, now=lambda: NOW, launcher=Started(spawn))
    app.bell = lambda: bells.append(app.snapshot.attention.key)  # type: ignore[method-assign]
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = Screen(app, pilot, clock, spawned, bells)
        await screen.until(lambda: app.snapshot.opened, "the first look")
        await use(screen)
    return screen
