"""What a person decides on at a human gate: its documents, how they differ from the last approved ones, and what
changed in the tree since. Read in the background; the panel shows it below the answers, where there is room.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from textual.content import Content

from loop_tui.engine.gates import gate_state
from loop_tui.fs.paths import sent_back_folder
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import mask
from loop_tui.model.state import CHANGES
from loop_tui.model.text import clean, count_of, one_line
from loop_tui.tui.actions import with_keys
from loop_tui.tui.projection.deliverable import bytes_of, file_of, folders_of, text_in
from loop_tui.tui.widgets.words import MUTED, text_of

from .panel_lines import note, section

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.evidence import Deliverable
    from loop_tui.model.runs import RunSummary

MOST_LINES = 60
_MOST_CHANGED = 30
_LONGEST = 300


class GateDocument(Struct, frozen=True):
    """A document: its text, and how it differs from the one before: `before` says whether that was sent back or
    approved, and when.

    `trouble` says why it cannot be shown.
    """

    name: str
    text: str = ""
    diff: str = ""
    before: str = ""
    trouble: str = ""


class GateRead(Struct, frozen=True):
    """All of it; `since` is a timestamp, and `since_words` says what was then. `key` is what it was read for."""

    key: object
    documents: tuple[GateDocument, ...] = ()
    since: str = ""
    since_words: str = ""
    changed: tuple[str, ...] = ()


def key_of(snapshot: Snapshot) -> object:
    """What the documents depend on: it is read again when that is another."""
    return (snapshot.gate.id, snapshot.binding) if snapshot.gate is not None and snapshot.binding is not None else None


def read_gate(snapshot: Snapshot) -> GateRead:
    """Read the documents of the gate that waits, and what they were when it was passed last. Blocking."""
    state, gate = snapshot.state, snapshot.gate
    if state is None or gate is None:
        return GateRead(key_of(snapshot))
    before = _approved_before(snapshot)
    folders = folders_of(snapshot.project, snapshot.loop)
    known = gate_state(state, gate)
    bases: list[_Base] = []
    if (last := next(reversed(state.decisions_on(gate.id)), None)) is not None and last.decision == CHANGES:
        bases.append(_Base(sent_back_folder(snapshot.project, snapshot.loop), f"sent back on {_moment(last.at)}"))
    if before is not None:
        bases.append(_Base(Path(before.folder), f"approved on {_moment(before.completed_at)}"))
    documents = tuple(_read(entry, folders, bases) for entry in snapshot.documents)
    if known.at and state.decisions_on(gate.id):
        since, said = known.at, f"since the last decision on {gate.id}"
    elif before is not None:
        since, said = before.completed_at, "since the last run that passed it"
    else:
        since, said = state.started_at, "since this run started"
    return GateRead(key_of(snapshot), documents, since, said)


def _approved_before(snapshot: Snapshot) -> RunSummary | None:
    """The newest archived run of this loop here that passed the gate and kept its documents."""
    from loop_tui.control.past_runs import read_runs
    from loop_tui.fs.homes import claude_home

    state, gate = snapshot.state, snapshot.gate
    if state is None or gate is None:
        return None
    system = state.system or one_line(snapshot.project.resolve().name)
    runs, _ = read_runs(claude_home(), loop=state.loop, system=system, limit=20)
    return next((r for r in runs if gate.id in r.gates_passed and r.folder and r.run != state.run), None)


class _Base(NamedTuple):
    """Where an earlier document of the same name may lie, and what became of that."""

    folder: Path
    what: str


def _moment(at: str) -> str:
    return one_line(at)[:16].replace("T", " ")


def _read(entry: Deliverable, folders: Sequence[Path], bases: Sequence[_Base]) -> GateDocument:
    from loop_tui.tui.viewer.diff import compared

    name = one_line(entry.name, 80)
    try:
        path = file_of(folders, entry)
        text = text_in(bytes_of(path), path)
    except Problem as problem:
        return GateDocument(name, trouble=str(problem))
    for base in bases:
        try:
            there = file_of([base.folder], entry)
            diff = compared(text_in(bytes_of(there), there), text, base.what, "now")
        except Problem:
            continue  # It kept no such file, or the two are too different to be compared.
        return GateDocument(name, text, diff, base.what)
    return GateDocument(name, text)


def documents_text(read: GateRead) -> list[Content]:
    """The difference to what was approved last, what changed since, then the text itself."""
    lines: list[Content] = []
    for document in read.documents:
        lines += _difference(document)
    if read.changed:
        lines += section(f"Changed in the tree {read.since_words}")
        lines += [text_of(one_line(line, _LONGEST)) for line in read.changed[:_MOST_CHANGED]]
        more = len(read.changed) - _MOST_CHANGED
        lines += [note(f"… {more} more")] if more > 0 else []
    for document in read.documents:
        lines += _document(document)
    return lines


def _difference(document: GateDocument) -> list[Content]:
    if not document.before:
        return []
    if not document.diff:
        return [*section(document.name), note(f"the same as the version {document.before}")]
    # The two lines that name the sides are said by the heading.
    found = diff_lines("\n".join(line[:_LONGEST] for line in document.diff.split("\n")))[2:]
    lines = [*section(f"{document.name}: diff with the version {document.before}"), *found[:MOST_LINES]]
    more = len(found) - MOST_LINES
    return [*lines, note(f"… {more} more")] if more > 0 else lines


def diff_lines(text: str) -> list[Content]:
    """A text, masked as a whole, in lines; those of unified diffs in it in the colours of what they mean."""
    from loop_tui.tui.viewer.diff import tones

    lines = mask(clean(text)).split("\n")
    return [text_of((line.expandtabs(4), _TONES.get(tone, ""))) for line, tone in zip(lines, tones(lines), strict=True)]


_TONES = {"added": "$status-done", "removed": "$status-failed", "place": MUTED, "head": "bold"}


def _document(document: GateDocument) -> list[Content]:
    lines = section(document.name)
    if document.trouble:
        return [*lines, note(one_line(document.trouble, _LONGEST))]
    found = document.text.rstrip("\n").split("\n")
    for line in found[:MOST_LINES]:
        lines.append(text_of((line.expandtabs(4)[:_LONGEST], "bold" if line.startswith("#") else "")))
    if len(found) > MOST_LINES:
        lines.append(note(f"… {count_of(len(found) - MOST_LINES, 'more line')}: {with_keys('{show}')} shows all of it"))
    return lines
