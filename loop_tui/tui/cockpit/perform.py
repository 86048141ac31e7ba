"""Doing an action that was not a key: typed after `:`, or chosen in the palette or the help.

Decisions go the same two steps as with keys: the panel names what follows, and enter has to be pressed there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from loop_tui.fs.present import is_folder
from loop_tui.model.text import one_line
from loop_tui.tui.actions import GATE, HOME, LOG, TREE, UserAction, with_keys
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.cockpit.phase_tree import PhaseTree
from loop_tui.tui.cockpit.prompts import ask_skip, confirm_jump
from loop_tui.tui.cockpit.typed_command import Typed
from loop_tui.tui.cockpit.typed_verb import TypedVerb, do_verb

if TYPE_CHECKING:
    from textual.widget import Widget

    from loop_tui.control.client import RunClient
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.ports import Committed
    from loop_tui.tui.cockpit.consequence import Armed
    from loop_tui.tui.cockpit.run_actions import RunActions

_DECISIONS = ("approve", "changes", "reject")


def names_of(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The names that a command may be given, by its verb."""
    from loop_tui.control import names
    from loop_tui.control.by_hand import waiting_by_hand
    from loop_tui.control.loops import catalog
    from loop_tui.control.themes import theme_names

    state, question = snapshot.state, snapshot.question
    open_skills = _first_of(names.open_skills(state))
    return {
        "diff": _first_of(names.skills(state)),
        "skip": open_skills,
        "run": tuple(found.definition.id for found in catalog(snapshot.project)[0]),
        "done": open_skills,
        "claim": open_skills,
        "release": _first_of(names.claimed_skills(state)),
        "complete": waiting_by_hand(snapshot) or open_skills,
        "phase": _first_of(names.phases(state)),
        "answer": question.options if question else (),
        "approve": (snapshot.gate.id,) if snapshot.gate is not None else (),
        "show": tuple(each.name for each in snapshot.deliverables),
        "theme": theme_names(),
    }


def _first_of(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(name for name, _ in pairs)


async def choose(cockpit: RunActions, action: UserAction) -> None:
    """Do an action that was chosen from a list. A decision only opens the panel where it is made."""
    if action.where == GATE:
        cockpit.action_pane(3)
        if action.id in _DECISIONS:
            cockpit.query_one(GatePanel).propose(action.id)
        return
    if action.where == HOME:
        cockpit.refuse("that key belongs to the list of runs")
        return
    target: Widget = cockpit
    if action.where == TREE:
        target = cockpit.query_one(PhaseTree)
    elif action.where == LOG:
        target = cockpit.query_one(LogPane)
    if target is not cockpit:
        target.focus()
    await cockpit.app.run_action(action.does, target)


async def do(cockpit: RunActions, typed: Typed | TypedVerb) -> None:
    """Do what was typed."""
    if isinstance(typed, TypedVerb):
        do_verb(cockpit, typed)
        return
    action = typed.action
    why = cockpit.app.why_not(action) or action.blocked(cockpit.snapshot)
    if why:
        cockpit.refuse(why)
    elif action.id in _DECISIONS:
        _decide(cockpit, typed)
    elif action.id in _WITH_WORDS:
        _WITH_WORDS[action.id](cockpit, typed)
    else:
        await cockpit.app.run_action(action.does, cockpit)


def _decide(cockpit: RunActions, typed: Typed) -> None:
    """Propose a decision about the gate that waits. A gate may be named, as on the command line."""
    snapshot, name = cockpit.snapshot, typed.action.id
    waiting = snapshot.gate.id if snapshot.gate is not None else ""
    known = [gate.id for gate in snapshot.definition.gates] if snapshot.definition is not None else []
    if not typed.gate and name != "changes" and typed.words[:1] and typed.words[0] in known:
        typed = replace(typed, words=typed.words[1:], gate=typed.words[0])
    if typed.gate and typed.gate != waiting:
        cockpit.refuse(f"{typed.gate} does not wait for an answer: nothing was done")
    elif name == "reject" and typed.text:
        cockpit.refuse(f"there is no gate {typed.text}: nothing was done")
    else:
        cockpit.action_pane(3)
        cockpit.query_one(GatePanel).propose(name, typed.text)


def _show(cockpit: RunActions, typed: Typed) -> None:
    names = [each.name for each in cockpit.snapshot.deliverables]
    if typed.text and typed.text not in names:
        cockpit.refuse(f"there is no deliverable {typed.text}")
    else:
        cockpit.action_show(typed.text)


def _skip(cockpit: RunActions, typed: Typed) -> None:
    ask_skip(cockpit, typed.words[0] if typed.words else "", typed.reason or " ".join(typed.words[1:]))


def _phase(cockpit: RunActions, typed: Typed) -> None:
    if typed.words:
        confirm_jump(cockpit, typed.words[0], typed.reason or " ".join(typed.words[1:]))
    else:
        cockpit.action_jump()


def _complete(cockpit: RunActions, typed: Typed) -> None:
    if not typed.words:
        cockpit.action_complete()
        return
    skill, summary = typed.words[0], typed.reason
    cockpit.tell(lambda person: person.complete(skill, summary), f"{skill} is done")


def _answer(cockpit: RunActions, typed: Typed) -> None:
    question = cockpit.snapshot.question
    if question is not None and typed.words[:1] and typed.words[0] in ("-", question.id):
        typed = replace(typed, words=typed.words[1:])
    if question is not None and question.is_secret:
        cockpit.refuse(with_keys("type a secret in the panel, where it is not shown ({pane-gate})"))
        return
    text = typed.text or (question.default or "" if question else "")
    if question is None or not text:
        cockpit.refuse("an answer is required: answer TEXT")
        return
    cockpit.tell(lambda person: person.answer(question.id, text), f"answered: {text}")


def _abort(cockpit: RunActions, typed: Typed) -> None:
    if not typed.text:
        cockpit.refuse("an abort needs a reason: abort --reason TEXT")
        return
    from loop_tui.tui.widgets.choose import ChooseScreen

    def sure(choice: str | None) -> None:
        if choice == "yes":
            cockpit.tell(lambda person: person.abort(typed.text), "aborted")

    options = (("no", "no, do not change it"), ("yes", f"end this run: {typed.text}"))
    cockpit.app.push_screen(ChooseScreen("The run ends and is archived as aborted", options), sure)


def _theme(cockpit: RunActions, typed: Typed) -> None:
    if not typed.words:
        cockpit.app.action_themes()
    elif not cockpit.app.use_theme(typed.words[0]):
        cockpit.refuse(f"unknown theme {typed.words[0]}")


def _changed(cockpit: RunActions, typed: Typed) -> None:
    cockpit.action_changed(typed.words[0] if typed.words else "")


def _run(cockpit: RunActions, typed: Typed) -> None:
    """Start another loop here, or let its run go on: in a cockpit of its own."""
    from loop_tui.control.loops import find
    from loop_tui.model.problem import Problem

    try:
        loop = find(cockpit.snapshot.project, typed.words[0]).definition.id
    except Problem as problem:
        cockpit.refuse(str(problem))
        return
    if loop == cockpit.snapshot.loop:
        cockpit.action_go()
    else:
        cockpit.app.open_run(cockpit.snapshot.project, loop, go=True)


def _watch(cockpit: RunActions, typed: Typed) -> None:
    """Show the runs below a folder; without a slash in front it is looked for where the run is."""
    from loop_tui.fs.demo import refuse_demo
    from loop_tui.model.problem import Problem

    folder = (cockpit.snapshot.project / Path(typed.text).expanduser()).absolute()
    try:
        refuse_demo(folder)
    except Problem as problem:
        cockpit.refuse(str(problem))
        return
    if is_folder(folder):
        cockpit.app.watch_folder(folder)
    else:
        cockpit.refuse(f"no such folder: {folder}")


def _next(cockpit: RunActions, typed: Typed) -> None:
    """The list of moves; after `start` the move of that number or target, the first where none is named."""
    verb, *named = typed.words or ("list",)
    if verb == "start":
        cockpit.action_next_move(" ".join(named) or "1")
    elif verb in ("list", "rate"):
        cockpit.action_next_move()
    else:
        cockpit.refuse(f"next takes start MOVE, not {one_line(verb, 40)}: nothing was done")


def _release(cockpit: RunActions, typed: Typed) -> None:
    cockpit.action_release(typed.words[0] if typed.words else "")


def decide(person: RunClient, armed: Armed) -> Committed | None:
    """Write the answer that the line named. Raises Problem when the run does not take it."""
    seen, gate, text = armed.seen.binding, armed.subject, armed.text
    if armed.answer == "restore":
        person.restore()
        return None
    if armed.seen.trust is not None:
        person.trust(armed.seen.trust)
        return None
    if armed.answer == "approve":
        return person.approve(gate, text, seen=seen)
    if armed.answer == "changes":
        return person.request_changes(text, gate, seen=seen)
    return person.reject(gate, seen=seen)


_WITH_WORDS = {
    "release": _release,
    "next-move": _next,
    "run": _run,
    "watch": _watch,
    "show": _show,
    "changed": _changed,
    "skip": _skip,
    "jump": _phase,
    "complete": _complete,
    "answer": _answer,
    "abort": _abort,
    "theme": _theme,
}
