"""The end of a run: archive it, read the archive back, then take the live state away (SPEC section 7)."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from loop_tui.engine import changes
from loop_tui.engine.transaction import always
from loop_tui.model.evidence import Effect
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus
from loop_tui.ports import Proof

from . import dream_states
from .docs_alignment import align_docs

if TYPE_CHECKING:
    from .conductor import Conductor

EFFECT = "archive"


async def finish(conductor: "Conductor", outcome: Literal["success", "abandoned"]) -> Path:
    """Archive the run and remove its live state; gives the archive's path.

    May be interrupted and called again at any instant: the place of the archive is fixed before it is written, and
    the state goes only after the archive was read back. Dream States of the project are told before the archive, that
    of the organization after it. Raises Asked while a person is asked whether they may be changed.
    """
    artifacts, clock = conductor.ports.artifacts, conductor.ports.clock
    if outcome == "success":
        await dream_states.agree(conductor)
        await dream_states.record(conductor, dream_states.INSIDE)
        if conductor.read().effect(EFFECT) is None:
            await align_docs(conductor)
    state = conductor.read()
    known = state.effect(EFFECT)
    place = str(known.intent.get("path") or "") if known is not None else ""
    wanted = []
    if not place:
        place = artifacts.archive_place(state.system, state.loop, clock.now())
        wanted.append(changes.effect_intended(Effect(id=EFFECT, kind=EFFECT, intent={"path": place})))
    if outcome == "success" and state.status is not RunStatus.COMPLETE:
        wanted.insert(0, changes.completed())
    if wanted:
        state = conductor.write(always(*wanted))
    place = await _archived(conductor, state, place)
    if outcome == "success":
        await dream_states.record(conductor, dream_states.OUTSIDE)
    else:
        await dream_states.forget(conductor, state)
    artifacts.finished(state.run, place, outcome, clock.now())
    conductor.output.say("", f"archived to {place}", LogLevel.OK)
    conductor.output.say("", "the next run starts from the beginning", LogLevel.INFO)
    conductor.output.flush()
    conductor.store.remove()
    artifacts.clear()
    return Path(place)


async def _archived(conductor: "Conductor", state: RunState, place: str) -> str:
    """The archive as an effect. Its place is the intent; that it reads back whole is the proof."""
    artifacts = conductor.ports.artifacts

    async def observe() -> Proof | None:
        return artifacts.archived(place, state.run)

    async def act() -> None:
        conductor.output.flush()
        loaded = conductor.store.load()
        if loaded is None:
            raise Problem("the state file was removed", str(conductor.ports.place.state_file), code=Code.STATE_GONE)
        told = conductor.packs.summary(loaded.state, conductor.definition)
        checklist = conductor.ports.dreams.checklist(loaded.state.module or "")
        artifacts.archive(place, loaded, conductor.ports.clock.now(), told, checklist)

    proof = await conductor.services("").effect(EFFECT, EFFECT, {"path": place}, observe, act)
    return str(proof["path"])
