"""The Dream States of a run: kept at its phase while it goes on, and told once when it is over (SPEC section 7).

Each change is computed anew from what the documents say, so that it may be cut short and made again at any instant, and
nothing that others write meanwhile is lost. A document that cannot be changed keeps no run from its end.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.fs.os_problem import os_problem
from loop_tui.model.answers import confirmed
from loop_tui.model.clock import stamp
from loop_tui.model.diff_lines import diff_lines
from loop_tui.model.dream.told import CompletedRun, DocumentEdit, DreamEdits, ItemsDone, RunningLoop
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import GateType
from loop_tui.ports import Proof

if TYPE_CHECKING:
    from .conductor import Conductor

KIND = "dream-state"
INSIDE, OUTSIDE = KIND, f"{KIND}-organization"
"""The effects: documents of the project before the archive, that of the organization after it."""
_MOST_TRIES = 20
_DATE = len("2026-03-02")
_QUESTION = f"{KIND}-"


def settle(conductor: "Conductor", state: RunState) -> None:
    """Remove what a driver left that was killed while it wrote a document: it is no file of the project."""
    begun = [effect.intent for effect in state.effects if effect.kind == KIND and not effect.proven]
    listed = [intent.get("files") or intent.get("documents") for intent in begun]
    names = [Path(str(name)) for each in listed if isinstance(each, list) for name in each]
    with contextlib.suppress(OSError):
        conductor.ports.dreams.settle(names)


class ActiveLoops:
    """Keeps the row of a run in Active Loops at its phase, as one driver does: read again only for another phase."""

    def __init__(self) -> None:
        self._phase = ""

    async def tell(self, conductor: "Conductor", state: RunState) -> None:
        """Tell the documents that the run goes on in this phase.

        Not where a person is asked about each change, nor where it would change what the gates of the run rest on.
        """
        if self._phase == state.phase or not state.run:
            return
        if not self._phase:
            settle(conductor, state)
        self._phase = state.phase
        if conductor.ports.dreams.asks:
            return
        started = state.started_at or stamp(conductor.ports.clock.now())
        loop = RunningLoop(state.run, conductor.definition.id, state.phase, started[:_DATE], state.module or "")
        await _quietly(conductor, lambda: conductor.ports.dreams.running(loop), committed=not _rests_on_tree(conductor))


async def forget(conductor: "Conductor", state: RunState) -> None:
    """The run is over without having completed anything: it is not shown as running any more."""
    if not conductor.ports.dreams.asks:
        await _quietly(
            conductor, lambda: conductor.ports.dreams.left(state.run), committed=not shipped(conductor, state)
        )


async def agree(conductor: "Conductor") -> None:
    """Ask about all changes where the person wants to be asked. Raises Asked while the question is open."""
    state = conductor.read()
    if not conductor.ports.dreams.asks or any(state.effect(each) for each in (INSIDE, OUTSIDE)):
        return
    commit = await conductor.ports.workspace.commit() or ""
    found = _edits(conductor, state, commit=commit)().all
    edits = await _allowed(conductor, found, committed=not shipped(conductor, state))
    lines = [line for edit in edits for line in _diff(conductor, edit)]
    if not edits:
        return
    facts = hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()[:10]
    question = Question(
        id=f"{_QUESTION}{facts}",
        text="Record this run in the Dream States? [Y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        default="y",
        detail="\n".join(lines),
    )
    await conductor.services("").ask(question)


async def record(conductor: "Conductor", effect_id: str) -> None:
    """Tell the documents inside the project, or the one outside, that the run is over: as an effect, once.

    What cannot be written is said, with what to do.
    """
    state = conductor.read()
    known = state.effect(effect_id)
    if _is_declined(state) or (known is not None and known.proven):
        return
    try:
        commit = await conductor.ports.workspace.commit() or ""
        await _Recording(conductor, state, effect_id, commit).bring_about()
    except (Problem, OSError) as error:
        problem = os_problem(error) if isinstance(error, OSError) else error
        conductor.output.say("", f"the run is not recorded: {problem}", LogLevel.WARN)
        conductor.output.say("", f"  `loop-tui dream tick --run {state.run}` records it", LogLevel.WARN)


class _Recording:
    """One of the two effects at the end of a run."""

    def __init__(self, conductor: "Conductor", state: RunState, effect_id: str, commit: str) -> None:
        self._conductor = conductor
        self._id = effect_id
        self._known = state.effect(effect_id)
        self._state = state
        date = str(self._known.intent.get("date", "")) if self._known else ""
        self._compute = _edits(conductor, state, date, commit)

    async def bring_about(self) -> None:
        """Write what is missing. Raises Problem and OSError."""
        conductor = self._conductor
        if self._id == INSIDE and self._known is None:
            self._announce()
        edits = await self._wanted()
        if not edits and self._known is None:
            return
        documents = [str(edit.path) for edit in edits]
        intent: Proof = self._known.intent if self._known else {"date": self._date(), "documents": [*documents]}
        await conductor.services("").effect(self._id, KIND, intent, self._observe, self._act)
        conductor.ports.dreams.settle(map(Path, documents))

    def _announce(self) -> None:
        """What cannot be read, and what the organization will be told: the log is archived before that."""
        found = self._compute()
        for problem in found.problems:
            self._conductor.output.say("", f"not changed: {problem}", LogLevel.WARN)
        for edit in found.outside:
            _say(self._conductor, edit, "will be recorded in", LogLevel.INFO)

    def _date(self) -> str:
        return stamp(self._conductor.ports.clock.now())[:_DATE]

    async def _wanted(self) -> tuple[DocumentEdit, ...]:
        found = self._compute()
        edits = found.inside if self._id == INSIDE else found.outside
        allowed = await _allowed(self._conductor, edits, committed=not shipped(self._conductor, self._state))
        for edit in edits if self._known is None else ():
            if edit not in allowed:
                _say_held(self._conductor, edit, self._state)
        return allowed

    async def _observe(self) -> Proof | None:
        if await self._wanted():
            return None
        return {"run": self._state.run}

    async def _act(self) -> None:
        for _ in range(_MOST_TRIES):
            edits = await self._wanted()
            if not edits:
                return
            for edit in edits:
                if self._conductor.ports.dreams.write(edit):
                    _say(self._conductor, edit, "recorded in", LogLevel.OK, whole=self._id == INSIDE)
            await self._conductor.ports.clock.sleep(0)
        raise Problem("is changed again and again", str(edits[0].path), "try again", code=Code.STATE_BUSY)


def _edits(conductor: "Conductor", state: RunState, date: str = "", commit: str = "") -> Callable[[], DreamEdits]:
    """What computes the changes of a run that is over, from what the documents say at that moment."""
    told = conductor.packs.read_summary(conductor.packs.summary(state, conductor.definition))
    more = next((line for section in told.sections for line in section.lines), "")
    run = CompletedRun(
        id=state.run,
        date=date or stamp(conductor.ports.clock.now())[:_DATE],
        loop=conductor.definition.id,
        outcome="success",
        module=state.module or "",
        more=more or ", ".join(each.name for each in state.deliverables if each.size_bytes),
    )
    loaded = conductor.store.load()
    names = items_done(loaded.text) if loaded is not None else ()
    return lambda: conductor.ports.dreams.completed(run, ItemsDone(names, commit))


def items_done(text: str) -> tuple[str, ...]:
    """The items that a state file says are completed: its `checklist`, and the capabilities of a controller."""
    try:
        found = json.loads(text)
    except ValueError:
        return ()
    listed = _table(found).get("checklist")
    items = _table(listed).get("items") if isinstance(listed, dict) else listed
    done = [
        each.get("item") or each.get("name")
        for each in (items if isinstance(items, list) else ())
        if isinstance(each, dict) and each.get("completed") is True
    ]
    capabilities = _table(_table(found).get("capabilities")).get("completed")
    done += capabilities if isinstance(capabilities, list) else []
    return tuple(dict.fromkeys(name for name in done if isinstance(name, str) and name))


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


# --- what may be changed ----------------------------------------------------------------------------------------------


def _rests_on_tree(conductor: "Conductor") -> bool:
    """True where gates of the loop pass on checks of a tree: what is committed must stay as it was checked."""
    return any(gate.type is GateType.AUTO and gate.checks for gate in conductor.definition.gates)


def shipped(conductor: "Conductor", state: RunState) -> bool:
    """True where the run brought something out for good: what is committed must stay as it is out."""
    kinds = conductor.packs.effects
    return any(each.proven and each.kind in kinds and kinds[each.kind].irreversible for each in state.effects)


async def _allowed(
    conductor: "Conductor", edits: Iterable[DocumentEdit], *, committed: bool
) -> tuple[DocumentEdit, ...]:
    """The edits that may be made: with `committed` all, otherwise none of a document that the repository holds."""
    wanted = tuple(edits)
    if committed or not wanted:
        return wanted
    held = await conductor.ports.workspace.tracked([edit.path for edit in wanted])
    return tuple(edit for edit in wanted if edit.path not in held)


async def _quietly(conductor: "Conductor", compute: Callable[[], DreamEdits], *, committed: bool) -> None:
    """Bring the documents to what is computed; what cannot be is left, and said."""
    try:
        for _ in range(_MOST_TRIES):
            edits = await _allowed(conductor, compute().all, committed=committed)
            if not edits:
                return
            for edit in edits:
                conductor.ports.dreams.write(edit)
            conductor.ports.dreams.settle(edit.path for edit in edits)
    except (Problem, OSError) as error:
        problem = os_problem(error) if isinstance(error, OSError) else error
        conductor.output.say("", f"Active Loops is not changed: {problem}", LogLevel.WARN)


def _is_declined(state: RunState) -> bool:
    """True for a no to the last question: an earlier one was about documents as they were then."""
    answers = [
        confirmed(each, each.answer) for each in state.questions if each.id.startswith(_QUESTION) and each.answer
    ]
    return bool(answers) and not answers[-1]


# --- what is said -----------------------------------------------------------------------------------------------------


def _name(conductor: "Conductor", path: Path) -> str:
    place = conductor.ports.place
    for base, name in ((place.project, ""), (place.home, str(place.home))):
        if path.is_relative_to(base):
            return str(Path(name, path.relative_to(base)))
    return str(path)


def _diff(conductor: "Conductor", edit: DocumentEdit) -> tuple[str, ...]:
    return diff_lines(edit.before, edit.after, _name(conductor, edit.path))


def _say(conductor: "Conductor", edit: DocumentEdit, what: str, level: LogLevel, *, whole: bool = True) -> None:
    """Say what is done with a document, and the diff where that was not shown yet."""
    conductor.output.say("", f"{what} {_name(conductor, edit.path)}", level)
    for line in _diff(conductor, edit) if whole else ():
        conductor.output.say("", f"  {line}", LogLevel.INFO)


def _say_held(conductor: "Conductor", edit: DocumentEdit, state: RunState) -> None:
    name = _name(conductor, edit.path)
    words = f"{name} is part of what was shipped, so it stays: `loop-tui dream tick --run {state.run}` records the run"
    conductor.output.say("", words, LogLevel.INFO)
