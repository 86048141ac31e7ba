"""The rows of the phase tree, made from a snapshot: pure, so that the widget only has to compare and paint."""

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.control.attention import Attention, AttentionKind
from loop_tui.control.snapshot import Snapshot
from loop_tui.engine.gates import gate_state, gates_of
from loop_tui.model.clock import words
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import PhaseState, RunState, SkillState
from loop_tui.model.status import GateStatus, PhaseStatus, RunStatus, SkillStatus
from loop_tui.model.text import one_line
from loop_tui.tui.projection import targets
from loop_tui.tui.projection.phase_look import phase_look, skill_look
from loop_tui.tui.projection.run_status import ended_look, idle_look, run_look
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.glyphs import Appearance

ROOT = "loop"
DELIVERED, NOT_THERE = Appearance("▪", "file", "status-pending"), Appearance("✗", "missing", "status-failed")
NO_LOOK = Appearance("", "", "")
"""Of rows that only say something about the row above."""


class TreeRow(Struct, frozen=True):
    """One row. `id` stays the same from snapshot to snapshot; `count` and `took` stand right of the name."""

    id: str
    parent: str
    depth: int
    kind: str
    name: str
    look: Appearance
    count: str = ""
    took: str = ""
    phase: str = ""
    foldable: bool = False
    current: bool = False
    since: str = ""
    slow: str = ""
    slow_from_ms: int | None = None
    """So long after `since` the row says `slow` instead of its name."""


def rows_of(snapshot: Snapshot) -> tuple[TreeRow, ...]:
    """Every row that the tree can show, in order, whatever is folded."""
    definition = snapshot.definition
    shown = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    if shown is None:
        preview = _preview(definition, snapshot.loop) if definition else ()
        # A run whose file cannot be read has got somewhere, and nobody knows where.
        return preview if snapshot.trouble is None else tuple(_unknown(row) for row in preview)
    over = sum(1 for p in shown.phases if p.over)
    name = one_line(shown.loop, 60)
    rows = [
        TreeRow(ROOT, "", 0, "loop", name, _root_look(snapshot, shown), f"[{over}/{len(shown.phases)}]", foldable=True)
    ]
    took = {(entry.phase, entry.skill): words(entry.duration_ms) for entry in shown.skill_log}
    for phase in shown.phases:
        rows += _phase_rows(shown, phase, snapshot, took)
        rows += _gate_rows(shown, definition, phase.id, snapshot.attention) if definition else []
    return tuple(rows)


def _root_look(snapshot: Snapshot, state: RunState) -> Appearance:
    if snapshot.state is None and snapshot.ended is not None:
        return ended_look(snapshot.ended)
    if state.status is not RunStatus.ACTIVE or (snapshot.driven and not snapshot.elsewhere):
        return run_look(snapshot, state)
    if snapshot.attention.kind in (AttentionKind.ELSEWHERE, AttentionKind.QUIET):
        return idle_look(snapshot.attention)
    if snapshot.attention.kind in (
        AttentionKind.GATE,
        AttentionKind.QUESTION,
        AttentionKind.BOUNDARY,
        AttentionKind.MANUAL,
        AttentionKind.DELIVERABLE,
    ):
        return glyphs.WAITING
    return glyphs.IDLE


def _phase_rows(
    state: RunState, phase: PhaseState, snapshot: Snapshot, took: dict[tuple[str, str], str]
) -> list[TreeRow]:
    identity = f"phase:{phase.id}"
    current = phase.id == state.phase and not phase.over
    look = phase_look(state, snapshot.definition, phase.id, phase.status)
    if current and state.status is RunStatus.FAILED and phase.status is PhaseStatus.ACTIVE:
        look = glyphs.phase("failed")
    rows = [
        TreeRow(
            identity,
            ROOT,
            1,
            "phase",
            one_line(phase.id, 60),
            look,
            f"{phase.settled_skills}/{len(phase.skills)}",
            phase=phase.id,
            foldable=bool(phase.skills),
            current=current,
        )
    ]
    asking = {question.skill for question in state.pending_questions}
    if snapshot.attention.kind is AttentionKind.MANUAL:
        asking.add(snapshot.attention.subject)
    watches = targets.skill_of(state, snapshot.definition)
    for skill in phase.skills:
        leaves = _leaves(state, phase, skill, targets.names_of(snapshot.definition))
        done = skill_look(state, phase.id, skill, _shown_status(skill))
        look = glyphs.WAITING if current and skill.id in asking else done
        first, *rest = _skill_rows(phase, skill, snapshot, took, look)
        rows += [replace(first, foldable=bool(leaves)), *rest, *leaves]
        if skill.id == watches:
            rows += _target_rows(state, phase, snapshot)
    return rows


def _leaves(state: RunState, phase: PhaseState, skill: SkillState, names: dict[str, str]) -> list[TreeRow]:
    """What a skill checked and what it left behind, as its last entry in the skill log says."""
    entries = [entry for entry in state.skill_log if entry.skill == skill.id and entry.phase in ("", phase.id)]
    if not entries:
        return []
    parent = f"skill:{phase.id}/{skill.id}"
    rows = []
    for check in entries[-1].checks:
        said = f": {check.summary}" if check.summary else ""
        name = one_line(f"{names.get(check.name, check.name)}{said}", 120)
        took = words(check.duration_ms) if check.duration_ms is not None else ""
        look = glyphs.check(check.status, ran_here=check.ran_here)
        name = name if check.ran_here else f"{name} (reported by {one_line(check.reported_by, 40)})"
        rows.append(TreeRow(f"check:{parent}/{check.name}", parent, 3, "check", name, look, took=took, phase=phase.id))
    delivered = {each.name: each for each in state.deliverables}
    for name in entries[-1].deliverables:
        known = delivered.get(name)
        look = DELIVERED if known is not None and known.size_bytes else NOT_THERE
        rows.append(TreeRow(f"file:{parent}/{name}", parent, 3, "file", one_line(name, 80), look, phase=phase.id))
    return rows


def _target_rows(state: RunState, phase: PhaseState, snapshot: Snapshot) -> list[TreeRow]:
    """What is known of each target, with what it waits for below it."""
    rows: list[TreeRow] = []
    parent = f"phase:{phase.id}"
    for target in targets.targets_of(state, snapshot.definition, watched=snapshot.driven):
        identity = f"target:{phase.id}/{target.id}"
        rows.append(
            TreeRow(identity, parent, 3, "target", target.title, target.look, phase=phase.id, since=target.since)
        )
        if target.note:
            rows.append(TreeRow(f"{identity}/note", parent, 4, "note", target.note, NO_LOOK, phase=phase.id))
    return rows


def _skill_rows(
    phase: PhaseState, skill: SkillState, snapshot: Snapshot, took: dict[tuple[str, str], str], look: Appearance
) -> list[TreeRow]:
    """Its row, with what is known of it below; `look` is how it looks while it does not run."""
    running = snapshot.running
    identity, parent = f"skill:{phase.id}/{skill.id}", f"phase:{phase.id}"
    runs = running is not None and (running.phase, running.skill) == (phase.id, skill.id)
    took_here = took.get((phase.id, skill.id)) or took.get(("", skill.id), "")
    row = TreeRow(
        identity,
        parent,
        2,
        "skill",
        one_line(skill.id, 60),
        glyphs.RUNNING if runs else look,
        took=took_here if skill.settled else "",
        phase=phase.id,
        current=runs or look is glyphs.WAITING,
        since=running.since if runs and running else "",
    )
    if runs and snapshot.usually(skill.id) is not None:
        return [row, _usual_row(snapshot, phase, skill, row.since)]
    if skill.status is not SkillStatus.SKIPPED or not skill.reason:
        return [row]
    reason = TreeRow(f"why:{phase.id}/{skill.id}", parent, 3, "reason", one_line(skill.reason, 200), NO_LOOK)
    return [row, reason]


def _usual_row(snapshot: Snapshot, phase: PhaseState, skill: SkillState, since: str) -> TreeRow:
    """How long the skill that runs usually takes; once it takes many times that, a warning."""
    said = f"usually {words(snapshot.usually(skill.id))}"
    slow_from_ms = snapshot.usual.unusual_from_ms(skill.id) if snapshot.usual is not None else None
    identity, parent = f"usual:{phase.id}/{skill.id}", f"phase:{phase.id}"
    return TreeRow(
        identity, parent, 3, "note", said, NO_LOOK, since=since, slow=f"slow: {said}", slow_from_ms=slow_from_ms
    )


def _shown_status(skill: SkillState) -> SkillStatus:
    # Skipped without a reason does not count (SPEC section 4), and must not look as if it did.
    if skill.status is SkillStatus.SKIPPED and not skill.reason:
        return SkillStatus.PENDING
    # A state file may say active though nobody works on it.
    return SkillStatus.PENDING if skill.status is SkillStatus.ACTIVE else skill.status


def _gate_rows(state: RunState, definition: LoopDefinition, phase: str, need: Attention) -> list[TreeRow]:
    rows = []
    for gate in gates_of(state, definition, phase):
        known = gate_state(state, gate)
        look = glyphs.gate(known.status)
        if known.status is GateStatus.REJECTED and known.by == "checks":
            look = Appearance("✗", "FAILED", "status-failed")
        elif known.stated and not known.open:
            look = glyphs.STATED
        elif need.kind is AttentionKind.GATE and need.subject == gate.id and known.status is GateStatus.PENDING:
            look = glyphs.WAITING
        current = look is glyphs.WAITING
        rows.append(
            TreeRow(f"gate:{gate.id}", ROOT, 1, "gate", one_line(gate.id, 60), look, phase=phase, current=current)
        )
    return rows


def _unknown(row: TreeRow) -> TreeRow:
    return replace(row, look=glyphs.UNKNOWN, count="")


def _preview(definition: LoopDefinition, loop: str) -> tuple[TreeRow, ...]:
    """What a run would do, when there is none yet."""
    count = f"[0/{len(definition.phases)}]"
    rows = [TreeRow(ROOT, "", 0, "loop", one_line(definition.id or loop, 60), glyphs.PENDING, count, foldable=True)]
    for phase in definition.phases:
        identity = f"phase:{phase.id}"
        rows.append(
            TreeRow(
                identity,
                ROOT,
                1,
                "phase",
                one_line(phase.id, 60),
                glyphs.PENDING,
                f"0/{len(phase.skills)}",
                phase=phase.id,
                foldable=bool(phase.skills),
            )
        )
        for skill in phase.skills:
            name = one_line(skill.id, 60)
            rows.append(
                TreeRow(f"skill:{phase.id}/{skill.id}", identity, 2, "skill", name, glyphs.PENDING, phase=phase.id)
            )
        for gate in definition.gates_after(phase.id):
            look = glyphs.gate("pending")
            rows.append(TreeRow(f"gate:{gate.id}", ROOT, 1, "gate", one_line(gate.id, 60), look, phase=phase.id))
    return tuple(rows)
