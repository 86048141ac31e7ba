"""What can be done with a run: the keys of the cockpit and of its panes (SCREEN "Keys")."""

from __future__ import annotations

from loop_tui.control.snapshot import Snapshot
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line

from .model import UserAction, WhyNot

RUN, PANES, TREE, GATE = "Run", "Panes", "Phase tree", "Gate panel"


def theirs(snapshot: Snapshot) -> str:
    """Why nothing can be done with a run of another program; nothing for any other run."""
    if snapshot.state is None or snapshot.state.dialect.writable:
        return ""
    return _with_keys("this run belongs to the orchestrator server: {pane-gate} shows where to answer it")


def _with_keys(text: str) -> str:
    """As the registry's own, which imports this module."""
    from . import with_keys

    return with_keys(text)


def _unless_theirs(blocked: WhyNot) -> WhyNot:
    """Nothing that changes a run can be done to that of another program."""
    return lambda snapshot: theirs(snapshot) or blocked(snapshot)


@_unless_theirs
def _no_go(snapshot: Snapshot) -> str:
    need, presence = snapshot.attention, snapshot.presence
    if presence is not None and not presence.ours:
        return driven_by(snapshot) if presence.driver is not None else ""
    if need.kind in ("trouble", "trust", "question", "gate", "blocked", "manual", "unreadable", "opening"):
        if _only_unreachable(snapshot):
            return ""
        return f"{need.headline} ({_with_keys(need.todo)})" if need.todo else need.headline
    if snapshot.driven and need.kind != "paused":
        return driven_by(snapshot)
    return ""


def _only_unreachable(snapshot: Snapshot) -> bool:
    from loop_tui.engine.retry import is_unreachable  # Not before the first paint.

    return snapshot.state is not None and is_unreachable(snapshot.state)


@_unless_theirs
def _no_pause(snapshot: Snapshot) -> str:
    if snapshot.state is None:
        return "there is no run"
    status = snapshot.state.status.value
    return "" if status in ("active", "paused", "blocked") else f"the run is {word_of(status)}"


@_unless_theirs
def _no_skip(snapshot: Snapshot) -> str:
    if snapshot.presence is not None and not snapshot.presence.ours:
        return _with_keys("this run is driven elsewhere: {go} takes it over")
    return "" if snapshot.state is not None else "there is no run"


@_unless_theirs
def _no_by_hand(snapshot: Snapshot) -> str:
    from loop_tui.control.by_hand import waiting_by_hand

    return _no_skip(snapshot) or ("" if waiting_by_hand(snapshot) else "no manual skill is waiting")


@_unless_theirs
def _no_resume(snapshot: Snapshot) -> str:
    if snapshot.state is None:
        return "there is no run"
    status = snapshot.state.status.value
    return "" if status in ("paused", "blocked") else f"the run is {word_of(status)}"


@_unless_theirs
def _no_question(snapshot: Snapshot) -> str:
    return "" if snapshot.question is not None else "no question is open"


def _no_show(snapshot: Snapshot) -> str:
    return "" if snapshot.deliverables or snapshot.last_archive else "no deliverables yet"


def _no_changed(snapshot: Snapshot) -> str:
    shown = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    return "" if shown is not None else "there is no run"


def _no_evidence(snapshot: Snapshot) -> str:
    from loop_tui.control.gate_facts import checks_shown

    return "" if checks_shown(snapshot) else "no checks were recorded"


def _no_address(snapshot: Snapshot) -> str:
    from loop_tui.control.addresses import addresses

    return "" if addresses(snapshot) else "the question names no web address"


@_unless_theirs
def _no_gate(snapshot: Snapshot) -> str:
    from loop_tui.control.gate_facts import answerable

    return "" if answerable(snapshot) else "no gate waits for an answer"


def _no_approve(snapshot: Snapshot) -> str:
    return "" if snapshot.trust is not None else _no_gate(snapshot)


@_unless_theirs
def _no_restore(snapshot: Snapshot) -> str:
    return "" if snapshot.has_last_good and snapshot.trouble is not None else "no damaged state file to restore"


@_unless_theirs
def _no_adopt(snapshot: Snapshot) -> str:
    if snapshot.state is None:
        return "there is no run"
    if snapshot.presence is None or snapshot.presence.ours:
        return "this run is already yours"
    return driven_by(snapshot) if snapshot.presence.driver is not None else ""


def _no_newer(snapshot: Snapshot) -> str:
    if not snapshot.newer:
        return "the run already uses the current definition"
    return driven_by(snapshot) if snapshot.driven else ""


def _no_release(snapshot: Snapshot) -> str:
    return "" if snapshot.state is not None and snapshot.state.claims else "nothing in this run is claimed"


def _no_later(snapshot: Snapshot) -> str:
    return "" if snapshot.attention.kind == "resume" else "nothing to continue"


def driven_by(snapshot: Snapshot) -> str:
    """Who drives, or works on it elsewhere, in words."""
    presence = snapshot.presence
    if presence is not None and presence.elsewhere and (presence.driver is None or not presence.ours):
        who = presence.by or (presence.driver.name if presence.driver is not None else "")
        return f"{one_line(who, 30)}: {presence.word}" if who else presence.word
    if snapshot.lease is not None and not snapshot.lease.pid:
        return "replay"
    if snapshot.lease is not None:
        return f"driven by {snapshot.lease.pid}@{snapshot.lease.host}"
    return "a driver is starting" if snapshot.starting else NOT_RUNNING


def not_running(snapshot: Snapshot) -> str:
    """Of a run that no driver works on: that, and the key that continues it where one does; nothing of any other."""
    if driven_by(snapshot) != NOT_RUNNING:
        return ""
    does = "" if _no_go(snapshot) else _GO_ON.get(snapshot.attention.kind, "")
    return f"{NOT_RUNNING}: {_with_keys(f'{{go}} {does}')}" if does else NOT_RUNNING


NOT_RUNNING = "not running"
_GO_ON = {
    "idle": "starts",
    "failed": "retries",
    "resume": "resumes",
    "paused": "resumes",
    "stopped": "continues",
    "boundary": "continues",
    "deliverable": "continues",
}
"""What go does with a run that stands still, by what it needs; one that has ended it dismisses."""


ACTIONS = (
    UserAction(
        "go",
        "space",
        "go",
        "start a run, continue it, or retry what failed",
        RUN,
        bar="continue",
        blocked=_no_go,
        writes=True,
        command="go",
    ),
    UserAction(
        "run",
        "",
        "command('run ')",
        "start or continue the run of another loop",
        RUN,
        writes=True,
        command="run LOOP",
    ),
    UserAction(
        "pause",
        "p",
        "pause",
        "pause after the current skill; again: resume",
        RUN,
        bar="pause",
        blocked=_no_pause,
        writes=True,
        command="pause",
    ),
    UserAction(
        "skip",
        "s",
        "skip",
        "skip the selected or the next skill, with a reason",
        RUN,
        bar="skip",
        blocked=_no_skip,
        writes=True,
        command="skip [SKILL] [--reason TEXT]",
    ),
    UserAction(
        "show", "d", "show", "show a deliverable", RUN, bar="show", blocked=_no_show, command="show [DELIVERABLE]"
    ),
    UserAction(
        "changed",
        "v",
        "changed",
        "show what the selected skill changed",
        RUN,
        blocked=_no_changed,
        command="diff [SKILL]",
    ),
    UserAction(
        "jump",
        "J",
        "jump",
        "jump to a phase, back or forward",
        RUN,
        blocked=_no_skip,
        writes=True,
        command="phase PHASE [--reason TEXT]",
    ),
    UserAction(
        "resume",
        "",
        "resume",
        "resume what is paused or blocked",
        RUN,
        blocked=_no_resume,
        writes=True,
        command="resume",
    ),
    UserAction(
        "answer",
        "",
        "answer",
        "answer the open question",
        RUN,
        blocked=_no_question,
        writes=True,
        command="answer [QUESTION] TEXT",
    ),
    UserAction(
        "complete",
        "m",
        "complete",
        "mark a manual skill as done, after showing what is checked",
        RUN,
        bar="done",
        bar_when_able=True,
        blocked=_no_by_hand,
        writes=True,
        command="complete [SKILL] [--summary TEXT]",
    ),
    UserAction(
        "abort",
        "",
        "abort",
        "end the run; it is archived as aborted",
        RUN,
        blocked=_no_skip,
        writes=True,
        command="abort --reason TEXT",
    ),
    UserAction(
        "adopt",
        "",
        "adopt",
        "take over a run that is driven elsewhere",
        RUN,
        blocked=_no_adopt,
        writes=True,
        command="adopt",
    ),
    UserAction(
        "adopt-definition",
        "",
        "adopt_definition",
        "switch the run to the current definition",
        RUN,
        blocked=_no_newer,
        writes=True,
        command="adopt-definition",
    ),
    UserAction(
        "release",
        "",
        "release",
        "release a claimed skill, or the run",
        RUN,
        blocked=_no_release,
        writes=True,
        command="release [SKILL]",
    ),
    UserAction("plan", "D", "plan", "dry run: show what would be done, change nothing", RUN, command="plan"),
    UserAction(
        "context",
        "C",
        "context",
        "what skills and agents know before the run, and from where",
        RUN,
        command="context",
    ),
    UserAction("docs", "", "docs", "what is stale in the documents of the project", RUN, command="docs"),
    UserAction(
        "next-move",
        "W",
        "next_move",
        "what is worth doing next; enter starts it",
        RUN,
        command="next [start MOVE]",
    ),
    UserAction("back", "b", "back_home", "back to the list of all runs", RUN, command="runs"),
    UserAction("watch", "", "command('watch ')", "all runs below another folder", RUN, command="watch DIR"),
    UserAction("help", "question_mark", "help", "all keys", RUN, bar="help", command="help"),
    UserAction("quit", "q,ctrl+c", "leave", "quit; the run may continue", RUN, bar="quit", command="quit"),
    UserAction("next-pane", "tab", "cycle(1)", "next pane", PANES),
    UserAction("previous-pane", "shift+tab", "cycle(-1)", "previous pane", PANES),
    UserAction("pane-tree", "1", "pane(1)", "phase tree", PANES),
    UserAction("pane-log", "2", "pane(2)", "log", PANES),
    UserAction("pane-gate", "3", "pane(3)", "gate panel: questions and answers", PANES, bar="gate", command="status"),
    UserAction("put-back", "escape", "put_back", "close the dialog, or back", PANES),
    UserAction("zoom", "z", "zoom", "zoom the pane; again: all panes", PANES, bar="zoom"),
    UserAction("tree-toggle", "enter", "open_close", "expand or collapse; show a deliverable or check", TREE),
    UserAction("tree-down", "j,down", "move(1)", "down", TREE),
    UserAction("tree-up", "k,up", "move(-1)", "up", TREE),
    UserAction("tree-fold", "h,left", "fold", "collapse, or to the parent", TREE),
    UserAction("tree-unfold", "l,right", "unfold", "expand, or to the first child", TREE),
    UserAction("tree-previous-phase", "left_square_bracket", "phase(-1)", "previous phase", TREE),
    UserAction("tree-next-phase", "right_square_bracket", "phase(1)", "next phase", TREE),
    UserAction("tree-top", "g,home", "edge(-1)", "first row", TREE),
    UserAction("tree-end", "G,end", "edge(1)", "last row", TREE),
    UserAction("tree-page-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", TREE),
    UserAction("tree-page-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", TREE),
    UserAction(
        "approve",
        "a",
        "arm('approve')",
        "approve (then enter)",
        GATE,
        blocked=_no_approve,
        writes=True,
        command="approve [GATE] [REASON]",
    ),
    UserAction(
        "changes",
        "c",
        "arm('changes')",
        "request changes, with a text (then enter, enter)",
        GATE,
        blocked=_no_gate,
        writes=True,
        command="changes TEXT [--gate GATE]",
    ),
    UserAction(
        "reject",
        "x",
        "arm('reject')",
        "reject (then enter)",
        GATE,
        blocked=_no_gate,
        writes=True,
        command="reject [GATE]",
    ),
    UserAction(
        "restore", "R", "arm('restore')", "restore the state file (then enter)", GATE, blocked=_no_restore, writes=True
    ),
    UserAction("not-now", "n", "not_now", "do not continue now", GATE, blocked=_no_later),
    UserAction("confirm", "enter", "confirm", "submit the answer; without one, like e", GATE),
    UserAction(
        "open-test",
        "e",
        "open_test",
        "open the selected failed test in $VISUAL or $EDITOR; without one, show the evidence",
        GATE,
        blocked=_no_evidence,
    ),
    UserAction(
        "copy-address",
        "y,ctrl+y",
        "copy_address",
        "copy the web address in the question; again: the next one",
        GATE,
        blocked=_no_address,
    ),
    UserAction("evidence", "E", "evidence", "show all evidence of the checks", GATE, blocked=_no_evidence),
    UserAction("gate-back", "escape", "back", "cancel, or leave the panel", GATE),
    UserAction("gate-down", "j,down", "scroll_body(1)", "down", GATE),
    UserAction("gate-up", "k,up", "scroll_body(-1)", "up", GATE),
    UserAction("gate-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", GATE),
    UserAction("gate-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", GATE),
    UserAction("gate-top", "g,home", "edge(-1)", "to the beginning", GATE),
    UserAction("gate-end", "G,end", "edge(1)", "to the end", GATE),
)
