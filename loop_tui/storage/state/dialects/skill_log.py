"""The log of skills, and what is counted from it, as command and controller files write them (SPEC section 3)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from loop_tui.fs.jsonedit.document import JsonPath
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import SkillStatus, read_skill_status

from .evidence import dump_checks, read_checks
from .fields import JsonObject, int_at, list_at, name_of, put, remembered, tables_at, text_at, word_at
from .unchanged import Unchanged

SKILL_KEYS = ("skill", "id", "skillId", "name")


def read_log(document: JsonObject) -> tuple[SkillRun, ...]:
    """The skill log, one entry for each in the file."""
    return tuple(_entry(table, path) for table, path in tables_at(document, "skillsLog"))


@remembered
def _entry(table: JsonObject, path: JsonPath) -> SkillRun:
    status = read_skill_status(word_at(table, "status", path))
    names = list_at(table, "deliverables", path) if "deliverables" in table else []
    return SkillRun(
        skill=text_at(table, *SKILL_KEYS),
        phase=text_at(table, "phase"),
        status=status or SkillStatus.PENDING,
        reason=text_at(table, "reason"),
        started_at=text_at(table, "startedAt", "started_at"),
        completed_at=text_at(table, "completedAt", "completed_at"),
        duration_ms=int_at(table, "durationMs", "duration_ms"),
        summary=text_at(table, "summary"),
        deliverables=tuple(name_of(v, (*path, "deliverables", i), "name", "path") for i, v in enumerate(names)),
        references=_references(table, path) if "references" in table else (),
        checks=read_checks(table, path) if "checks" in table else (),
    )


def _references(table: JsonObject, path: JsonPath) -> tuple[str, ...]:
    names = list_at(table, "references", path)
    return tuple(name_of(v, (*path, "references", i), "path", "url", "name") for i, v in enumerate(names))


def with_children(document: JsonObject, log: Sequence[SkillRun]) -> Iterator[tuple[SkillRun, str]]:
    """The entries of the log, each followed by those nested in it, which come with the phase of the one around them."""
    for entry, (table, path) in zip(log, tables_at(document, "skillsLog"), strict=True):
        yield entry, ""
        for child, where in tables_at(table, "children", path) if "children" in table else ():
            yield _entry(child, where), entry.phase


def dump_log(state: RunState, same: Unchanged) -> list[JsonValue]:
    """The skill log."""
    known = same.entries
    return [known[id(entry)] if id(entry) in known else _dump_entry(entry) for entry in state.skill_log]


def _dump_entry(entry: SkillRun) -> dict[str, JsonValue]:
    dumped = put(
        {"skill": entry.skill},
        phase=entry.phase,
        reason=entry.reason,
        summary=entry.summary,
        startedAt=entry.started_at,
        completedAt=entry.completed_at,
        durationMs=entry.duration_ms,
    )
    dumped["status"] = entry.status.value
    if entry.deliverables:
        dumped["deliverables"] = list(entry.deliverables)
    if entry.references:
        dumped["references"] = list(entry.references)
    if entry.checks:
        dumped["checks"] = dump_checks(entry.checks)
    return dumped


def dump_usage(state: RunState, same: Unchanged) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """`skillsUsage` and `metrics`, as far as the skill log tells them."""
    done = [entry for entry in state.skill_log if entry.status is SkillStatus.COMPLETE]
    history: list[JsonValue] = [
        put({"skill": entry.skill}, timestamp=entry.completed_at, durationMs=entry.duration_ms)
        for entry in state.skill_log[same.count :]
        if entry.status is SkillStatus.COMPLETE
    ]
    return {**Counter(entry.skill for entry in done)}, {"skillsInvoked": len(done), "skillHistory": history}
