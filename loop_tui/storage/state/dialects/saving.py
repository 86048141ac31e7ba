"""From the difference of two states to edits of a file, whatever shape that file has (SPEC section 3)."""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.fs.jsonedit.document import REMOVE, ById, Edit, JsonPath, Moved, changes
from loop_tui.model.state import PhaseState, RunState
from loop_tui.model.status import PhaseStatus

from .evidence import QUESTION_KEYS
from .fields import JsonObject, name_of
from .skill_log import SKILL_KEYS
from .unchanged import Unchanged, unchanged
from .work import OVER, dump_stated, implied_phase, implied_status, read_tally

Dumped = dict[str, JsonValue]
Dump = Callable[[RunState, Unchanged], Dumped]

# What others write for a key of ours: where they do, their key is kept.
_OTHER_WORDS = {
    "started_at": ("startedAt",),
    "startedAt": ("started_at",),
    "completed_at": ("completedAt",),
    "completedAt": ("completed_at",),
    "reopened_reason": ("reopenedReason",),
    "reopenedReason": ("reopened_reason",),
    "last_updated": ("lastUpdated", "updated_at", "updatedAt"),
    "updatedAt": ("last_updated",),
    "approvalType": ("type",),
    "approvedBy": ("approved_by",),
    "approvedAt": ("approved_at",),
    "durationMs": ("duration_ms",),
}


def edits_for(document: JsonObject, old: RunState, new: RunState, dump: Dump) -> list[Edit]:
    """The edits that make a document which reads `old` read `new`."""
    same = unchanged(document, old, new)
    before, after = dump(old, same), dump(new, same)
    phases = "stages" if "stages" in before else "phases"
    if "phase" in before and not document.get("phase"):
        before["phase"] = implied_phase(new.phases)
    before["skillExecution"] = _stated_tallies(document, old, new, before)
    if isinstance(document.get("deliverables"), dict):
        before, after = _by_name(before), _by_name(after)
    edits = changes(dict(document), before, after)
    edits += _taken_out(document, old, new)
    if not edits:
        return []
    edits = _counted_on(document, before, after, edits)
    edits = _carried_over(document, before, edits)
    edits += _skill_objects(document, phases, old, new)
    edits += _implied(document, phases, new, edits)
    return [_renamed(document, edit) for edit in edits]


def _stated_tallies(document: JsonObject, old: RunState, new: RunState, before: Dumped) -> ById:
    """`skillExecution` as the file states it, for phases that change; of the others nothing is compared.

    What a skill is may be inferred from its phase or the log. Once these change, the tally has to say it.
    """
    dumped = before["skillExecution"]
    told = ById(dumped) if isinstance(dumped, dict) else ById()
    pairs = zip_longest(old.skill_log, new.skill_log)
    logged = {entry.skill for pair in pairs if pair[0] is not pair[1] and pair[0] != pair[1] for entry in pair if entry}
    for phase in new.phases:
        was = old.phase_state(phase.id)
        if was == phase and not logged & {s.id for s in phase.skills}:
            continue
        tally = read_tally(document, phase.id)
        if tally is not None:
            told[phase.id] = dump_stated(tally, told.get(phase.id))
        elif was is None or _may_read_otherwise(was, phase, new):
            told.pop(phase.id, None)
    return told


def _may_read_otherwise(was: PhaseState, phase: PhaseState, new: RunState) -> bool:
    """True when a phase without a tally could be understood to hold more or less than it does."""
    if any(s.settled for s in (*was.skills, *phase.skills)):
        return True
    if phase.status is PhaseStatus.COMPLETE and not all(s.required for s in phase.skills):
        # What was left out because it is optional is not done.
        return True
    return any(e.skill in {s.id for s in phase.skills} and e.status in OVER for e in new.skill_log)


def _by_name(dumped: Dumped) -> Dumped:
    """The dump for a file whose deliverables are an object by name."""
    items = dumped.get("deliverables")
    tables = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    by_name = ById({str(t["name"]): {k: v for k, v in t.items() if k != "name"} for t in tables})
    return {**dumped, "deliverables": by_name}


def _at(document: object, path: JsonPath) -> object:
    for step in path:
        if isinstance(document, Mapping) and isinstance(step, str):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def _counted_on(document: JsonObject, before: Dumped, after: Dumped, edits: Sequence[Edit]) -> list[Edit]:
    """The edits with counters raised by as much as we counted, for others count in the same places."""
    counted = []
    for edit in edits:
        if edit.path == ("metrics", "skillsInvoked") or (edit.path[0] == "skillsUsage" and len(edit.path) == 2):
            there, was, now = _at(document, edit.path), _at(before, edit.path), _at(after, edit.path)
            if type(there) is int and type(now) is int:
                edit = replace(edit, value=there + now - (was if type(was) is int else 0))
        counted.append(edit)
    return counted


def _carried_over(document: JsonObject, before: Dumped, edits: Sequence[Edit]) -> list[Edit]:
    """The edits with questions that get an answer moved as they stand, with everything others wrote into them."""
    waiting = _at(document, ("clarifications", "pending"))
    dumped = _at(before, ("clarifications", "pending"))
    known = {q["id"]: q for q in dumped if isinstance(q, dict)} if isinstance(dumped, list) else {}
    places: dict[str, tuple[int, JsonValue, JsonValue]] = {}
    for i, there in enumerate(waiting if isinstance(waiting, list) else []):
        name = name_of(there, ("clarifications", "pending", i), *QUESTION_KEYS)
        if isinstance(there, dict) and name in known:
            places[name] = (i, known[name], there)

    def carried(value: JsonValue) -> JsonValue | Moved:
        name = value.get("id") if isinstance(value, dict) else None
        if isinstance(name, str) and name in places:
            i, was, there = places[name]
            return Moved(("clarifications", "pending", i), tuple(changes(there, was, value)))
        return value

    result = []
    for edit in edits:
        value = edit.value
        if edit.path[:2] == ("clarifications", "resolved"):
            if len(edit.path) == 3 and isinstance(value, dict):
                edit = replace(edit, value=carried(value))
            elif len(edit.path) == 2 and isinstance(value, list):
                edit = replace(edit, value=[v if isinstance(v, Moved) else carried(v) for v in value])
        result.append(edit)
    return result


def _taken_out(document: JsonObject, old: RunState, new: RunState) -> list[Edit]:
    """The removal of questions that are gone, and whose answer somebody wrote beside them while they waited.

    They read as answered, but that is not where the file has them.
    """
    gone = {q.id for q in old.questions if q.answer is not None and new.question(q.id) is None}
    pending: JsonPath = ("clarifications", "pending")
    waiting = _at(document, pending) if gone else None
    items = waiting if isinstance(waiting, list) else []
    places = [(*pending, i) for i, item in enumerate(items) if name_of(item, (*pending, i), *QUESTION_KEYS) in gone]
    return [Edit(place, REMOVE) for place in places]


def _skill_objects(document: JsonObject, phases: str, old: RunState, new: RunState) -> list[Edit]:
    """The new statuses of skills that the file writes as objects with a status of their own."""
    edits = []
    for phase in new.phases:
        items = _at(document, (phases, phase.id, "skills"))
        earlier = old.phase_state(phase.id)
        if not isinstance(items, list) or earlier is None:
            continue
        for i, item in enumerate(items):
            if not isinstance(item, dict) or "status" not in item:
                continue
            name = name_of(item, (phases, phase.id, "skills", i), *SKILL_KEYS)
            was, now = earlier.skill(name), phase.skill(name)
            if was and now and was.status is not now.status:
                edits.append(Edit((phases, phase.id, "skills", i, "status"), now.status.value))
    return edits


def _implied(document: JsonObject, phases: str, new: RunState, edits: Sequence[Edit]) -> list[Edit]:
    """The statuses that phases have to state from now on, because their place would tell something else."""
    stated = {e.path[1] for e in edits if e.path[:1] == (phases,) and e.path[1:] and e.path[2:] in ((), ("status",))}
    count = len(new.phases)
    current = new.index if new.index >= 0 else count
    missing = []
    for i, phase in enumerate(new.phases):
        table = _at(document, (phases, phase.id))
        states_itself = phase.id in stated or (isinstance(table, Mapping) and table.get("status") is not None)
        if not states_itself and implied_status(i, current, count, new.status) is not phase.status:
            missing.append(Edit((phases, phase.id, "status"), phase.status.value))
    return missing


def _renamed(document: JsonObject, edit: Edit) -> Edit:
    """The edit with the word that the file has for its key."""
    key = edit.path[-1]
    others = _OTHER_WORDS.get(key, ()) if isinstance(key, str) else ()
    if not others:
        return edit
    parent = _at(document, edit.path[:-1])
    if not isinstance(parent, Mapping) or key in parent:
        return edit
    found = next((word for word in others if word in parent), None)
    return replace(edit, path=(*edit.path[:-1], found)) if found else edit
