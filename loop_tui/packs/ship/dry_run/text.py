"""The plan of a dry run as people read it."""

from collections.abc import Callable, Iterator, Sequence

from loop_tui.model.clock import words
from loop_tui.model.status import SIGNS, word_of
from loop_tui.packs.ship.dry_run.model import NOTHING_LEFT, Bump, DryRunPlan, PlannedSkill, Shipping

_MOST_COMMITS = 50
_MOST_FILES = 100


Table = Callable[[Sequence[str], Sequence[Sequence[str]]], str]
"""Makes text columns of a header and rows, as far in as what stands under a heading."""


def plan_text(plan: DryRunPlan, table: Table) -> str:
    """The plan under headings; nothing in it is cut but long lists, and those say so."""
    parts = [_head(plan), _to_fix(plan)]
    if plan.bump is not None:
        parts.append(["Version", *_bump(plan.bump)])
    if plan.shipping is not None:
        parts.append(["Commit and push", *_shipping(plan.shipping)])
    parts.append(["Steps and their commands", *_steps(plan)])
    if plan.targets:
        parts.append(["Targets", *_targets(plan, table)])
    if plan.public:
        parts.append(["Public files", *(f"  {line}" for line in plan.public)])
    parts.append(_notes(plan))
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _head(plan: DryRunPlan) -> list[str]:
    lines = [f"Dry run of {plan.loop} in {plan.project}: nothing is changed, no remote is contacted"]
    lines.append(
        f"  current run: {plan.run}, in {plan.phase}" if plan.run else "  no run yet: a new one would be started"
    )
    if plan.nothing_left:
        lines.append(f"  ! {NOTHING_LEFT}: {plan.nothing_left}")
    lines.append(f"  next: {plan.next}")
    if plan.usual_ms is not None:
        lines.append(f"  the rest usually takes {words(plan.usual_ms)}")
    return lines


def _to_fix(plan: DryRunPlan) -> list[str]:
    if not plan.fatal:
        return []
    lines = ["To fix first"]
    for found in plan.fatal:
        lines.append(f"  ✗ {found.name}: {found.words}")
        lines += [f"      {found.fix}"] if found.fix else []
    return lines


def _bump(bump: Bump) -> Iterator[str]:
    if bump.question:
        yield f"  {bump.before or 'no version'} -> ?   {bump.question}"
        yield from (f"    {value}" for value in bump.values)
        yield "  you are asked which one; without a terminal, use --version X.Y.Z"
    elif bump.before != bump.after:
        yield f"  {bump.before or 'no version'} -> {bump.after}   {bump.why}"
    else:
        yield f"  {bump.after or 'no version'} unchanged   {bump.why}"
    if not bump.base:
        return
    yield from (f"  {note}" for note in bump.notes)
    if not bump.question and not bump.decided and bump.before != bump.after:
        yield "  you are asked before it is written"
    if bump.changelog:
        yield f"  CHANGELOG.md {bump.changelog}"
    for name in bump.recorded_in:
        yield f"  {name} gets one row in Recent Completions"
    yield f"  compared with {bump.base[:7]}: {bump.base_why}"
    yield f"  {bump.counted}"
    for commit in bump.commits[:_MOST_COMMITS]:
        yield f"    {commit.level:<5} {commit.sha[:7]} {commit.subject} ({commit.reason})"
    if len(bump.commits) > _MOST_COMMITS:
        yield f"    … and {len(bump.commits) - _MOST_COMMITS} more"


def _shipping(shipping: Shipping) -> Iterator[str]:
    to = f"{shipping.remote or '(no remote)'}/{shipping.branch or '(no branch)'}"
    if shipping.made:
        done = f"pushed to {to}" if shipping.pushed else f"to push to {to}"
        yield f"  {shipping.made[:7]} exists already, {done}: {shipping.message}"
        return
    if shipping.note:
        yield f"  {shipping.note}"
    if shipping.files:
        yield f"  message: {shipping.message}   (you are asked)"
        yield f"  {len(shipping.files)} to commit:"
        for change in shipping.files[:_MOST_FILES]:
            yield f"    {change.letter} {change.path}" + (f"   {change.note}" if change.note else "")
        if len(shipping.files) > _MOST_FILES:
            yield f"    … and {len(shipping.files) - _MOST_FILES} more"
    for path in shipping.untracked[:_MOST_FILES]:
        yield f"    ? {path}   untracked, not included"
    for path in shipping.secret_looking:
        yield f"    ! {path}   LOOKS LIKE A SECRET"
    yield f"  to {to}"


def _steps(plan: DryRunPlan) -> Iterator[str]:
    phase = ""
    for skill in plan.skills:
        if skill.phase != phase:
            if phase:
                yield from _gates(plan, phase)
            phase = skill.phase
            yield f"  {phase}"
        yield from _skill(skill)
    yield from _gates(plan, phase)


def _skill(skill: PlannedSkill) -> Iterator[str]:
    usual = f"   usually {words(skill.usual_ms)}" if skill.usual_ms is not None else ""
    reason = f": {skill.reason}" if skill.reason else ""
    state = "" if skill.status == "pending" else f" [{word_of(skill.status)}{reason}]"
    yield f"    {SIGNS.get(skill.status, '·')} {skill.skill}{state}{usual}"
    for command in skill.runs:
        yield f"        {command}"


def _gates(plan: DryRunPlan, phase: str) -> Iterator[str]:
    for gate in plan.gates:
        if gate.after == phase:
            checks = f": {', '.join(gate.checks)}" if gate.checks else ""
            who = "decided by its checks" if gate.type == "auto" else f"{gate.type}, waits for you"
            who += f" when {' or '.join(gate.when)}" if gate.when else ""
            state = "" if gate.status == "pending" else f" [{word_of(gate.status)}]"
            yield f"    ◆ {gate.gate}{state} {who}{checks}"


def _targets(plan: DryRunPlan, table: Table) -> list[str]:
    rows = [
        (
            target.title,
            target.kind,
            target.level if target.configured and not target.skipped else "-",
            words(target.usual_ms) or "-",
            target.why,
        )
        for target in plan.targets
    ]
    header = ("Target", "Kind", "Required level", "Usually", "")
    return table(header, rows).splitlines()


def _notes(plan: DryRunPlan) -> list[str]:
    notes = [f"  {found.name}: {found.words}" + (f"   ({found.fix})" if found.fix else "") for found in plan.findings]
    lines = ["Checked here", *notes] if notes else []
    if plan.not_asked:
        lines += ["Not checked in a dry run", *(f"  {words_}" for words_ in plan.not_asked)]
    return lines
