"""What the cockpit asks before it does something: reasons, phases, and what becomes of a run that goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.tui.widgets.ask import AskScreen
from loop_tui.tui.widgets.choose import ChooseScreen

if TYPE_CHECKING:
    from loop_tui.model.definition import LoopDefinition
    from loop_tui.model.state import RunState
    from loop_tui.tui.cockpit.run_actions import RunActions


def ask_skip(cockpit: RunActions, skill: str = "", reason: str = "") -> None:
    """Skip a skill, else the selected one, else the next; the reason is asked for when none is given.

    What cannot be skipped is refused before anybody thinks of a reason.
    """
    from loop_tui.engine.commands import skip
    from loop_tui.model.events import Refusal

    state = cockpit.snapshot.state
    if state is None:
        return
    phase = ""
    if not skill:
        skill, phase = _selected(cockpit, state)
    if not skill:
        cockpit.refuse("there is no skill to skip")
        return
    foreseen = skip(state, skill, reason or "to be asked", "", phase)
    if isinstance(foreseen, Refusal):
        cockpit.refuse(str(foreseen))
        return

    def with_reason(given: str | None) -> None:
        if given is not None:
            cockpit.tell(lambda person: person.skip(skill, given, phase), f"{skill} is skipped: {given}")

    if reason:
        with_reason(reason)
    else:
        cockpit.app.push_screen(
            AskScreen(f"Skip {skill}", "Why? A skip needs a reason.", "reason", long=True), with_reason
        )


def _selected(cockpit: RunActions, state: RunState) -> tuple[str, str]:
    from loop_tui.engine.progress import next_skill

    row = cockpit.selected_row()
    chosen = row.id.removeprefix("skill:") if row is not None and row.kind == "skill" else ""
    phase, _, skill = chosen.partition("/")
    known = state.phase_state(phase)
    selected = known.skill(skill) if known else None
    return (next_skill(state), "") if selected is None or selected.settled else (skill, phase)


def ask_phase(cockpit: RunActions) -> None:
    """Choose the phase to jump to."""
    state = cockpit.snapshot.state
    if state is None:
        return
    loop = cockpit.snapshot.definition
    options = [(phase.id, f"{phase.id}: {_meaning(state, loop, phase.id)}") for phase in state.phases]

    def chosen(phase: str | None) -> None:
        if phase is not None:
            confirm_jump(cockpit, phase)

    cockpit.app.push_screen(ChooseScreen("Jump to", options, asks_on=True), chosen)


def _meaning(state: RunState, definition: LoopDefinition | None, phase: str) -> str:
    """What a jump to a phase does."""
    from loop_tui.engine.commands import passed_over

    names = [p.id for p in state.phases]
    target = names.index(phase)
    if target <= state.index:
        again = names[target : state.index + 1]
        return f"reopens {', '.join(again)}" if len(again) < 4 else f"reopens {len(again)} phases"
    skipped, first = passed_over(state, definition, phase) if definition is not None else ((), ())
    words = [f"skips {', '.join(skipped)}"] if skipped else []
    words += [f"runs {', '.join(first)} first"] if first else []
    return "; ".join(words) or "continues there"


def confirm_jump(cockpit: RunActions, phase: str, reason: str = "") -> None:
    """Name what a jump does, and do it when the person says so. What it skips needs a reason."""
    state = cockpit.snapshot.state
    if state is None:
        return
    if phase not in [p.id for p in state.phases]:
        cockpit.refuse(f"this run has no phase {one_line(phase, 40)}")
        return
    meaning = _meaning(state, cockpit.snapshot.definition, phase)

    def jump(given: str | None) -> None:
        if given is not None:
            cockpit.tell(lambda person: person.jump(phase, given), f"in {phase} now")

    if meaning.startswith("skips ") and not reason:
        cockpit.app.push_screen(AskScreen(f"Jump to {phase}", f"It {meaning}. Why?", "reason", long=True), jump)
        return
    options = (("no", "no, stay here"), ("yes", f"yes: {meaning}"))
    sure = ChooseScreen(f"Jump to {phase}?", options)
    cockpit.app.push_screen(sure, lambda choice: jump(reason if choice == "yes" else None))


def ask_leave(cockpit: RunActions) -> None:
    """Ask what becomes of a run that is driven, then quit."""
    options = (
        ("leave", "leave it running"),
        ("pause", "pause after this skill"),
        ("stop", "stop now: the run can be continued"),
        ("cancel", "cancel"),
    )

    def chosen(choice: str | None) -> None:
        if choice == "leave":
            cockpit.leave()
        elif choice in ("pause", "stop"):
            cockpit.run_worker(_leave_after(cockpit, choice), group="person")

    cockpit.app.push_screen(ChooseScreen("A driver works on this run. Quit and", options), chosen)


async def _leave_after(cockpit: RunActions, choice: str) -> None:
    lease, person = cockpit.snapshot.lease, cockpit.person
    if person is None or cockpit.app.read_only:
        cockpit.leave()
        return
    try:
        if choice == "pause":
            await asyncio.to_thread(person.pause)
        elif lease is not None:
            person.stop(lease)
    except Problem as problem:
        cockpit.refuse(problem.what)
    else:
        cockpit.leave(choice)
