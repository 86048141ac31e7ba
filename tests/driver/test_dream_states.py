"""What a driver tells Dream States of its run: its phase while it goes on, and one row when it is over (SPEC 7)."""

from functools import cache
from pathlib import Path

import pytest

from loop_tui.driver import DriveResult, Exit
from loop_tui.driver.dream_states import INSIDE, OUTSIDE, items_done
from loop_tui.engine import commands
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition
from loop_tui.model.dream.told import DocumentEdit
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import GateStatus, GateType
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.pack_api import EffectSpec, Pack
from loop_tui.runners.packs import Packs
from loop_tui.storage.definitions.catalog import catalog

from .driven import SHIPPING, Driven, skill
from .reaper import Reaper, drive

LOOP = LoopDefinition(
    id="craft-loop",
    phases=(
        PhaseDefinition(id="MAKE", skills=(skill("make"),)),
        PhaseDefinition(id="TEST", skills=(skill("try"),)),
    ),
)
ORGANIZATION = """\
# Organization Dream State: mill street

## Active Systems
| System | Status | Progress |
|--------|--------|----------|
| project | active | 0% |

## Master Checklist
### project
- [ ] knead
- [ ] bake

## Active Loops
| System | Loop | Phase | Started |
|--------|------|-------|---------|

## Recent Completions
| Date | System | Loop | Outcome |
|------|--------|------|---------|
"""
SYSTEM = """\
# System Dream State: project\r
\r
## Modules\r
| Module | Status | Functions |\r
|--------|--------|-----------|\r
| dough | pending | 0/2 |\r
\r
### dough\r
- [ ] knead\r
- [ ] bake\r
\r
## Active Loops\r
| Loop | Phase | Started |\r
|------|-------|---------|\r
| audit-loop | ANALYZE | 2026-01-01 |\r
\r
## Recent Completions\r
| Date | Loop | Outcome |\r
|------|------|---------|"""
COMMITTED = ".claude/DREAM-STATE.md"


def bakery(loop: LoopDefinition = LOOP) -> Driven:
    """A run that is about to begin, with the documents of a system and an organization."""
    driven = Driven(loop)
    dreams = driven.run.dreams
    dreams.documents = {dreams.organization: ORGANIZATION, dreams.system: SYSTEM}
    return driven


def organization(driven: Driven) -> str:
    return driven.run.dreams.documents[driven.run.dreams.organization]


def system(driven: Driven) -> str:
    return driven.run.dreams.documents[driven.run.dreams.system]


def said(driven: Driven) -> str:
    """The output log, as it is archived."""
    (body,) = driven.archives.values()
    return "\n".join(line.text for line in body["log"])  # type: ignore[attr-defined]


def added(before: str, after: str) -> list[str]:
    """The lines that came in; every other one is as it was."""
    old, new = before.splitlines(), after.splitlines()
    lines = [line for line in new if line not in old]
    assert [line for line in new if line in old] == old
    return lines


def test_a_run_that_is_over_is_one_row_in_each_document() -> None:
    driven = bakery()
    assert driven.go().code is Exit.COMPLETE
    (row,) = added(SYSTEM, system(driven))
    assert row.startswith("| 2026-")
    assert "| craft-loop | success <!-- run " in row
    (row,) = added(ORGANIZATION, organization(driven))
    assert "| project | craft-loop | success <!-- run " in row
    assert system(driven).startswith(SYSTEM)
    assert f"+{row}" in said(driven), "the diff is shown, and archived though the document is written after that"
    effects = [each["id"] for each in next(iter(driven.archives.values()))["summary"]["effects"]]  # type: ignore[index]
    assert INSIDE in effects
    assert OUTSIDE not in effects, "the organization is told after the archive"


def test_the_project_is_told_before_the_archive_and_the_organization_after_it() -> None:
    driven = bakery()
    dreams, write, order = driven.run.dreams, driven.run.dreams.write, list[tuple[str, int]]()

    def noted(edit: DocumentEdit) -> bool:
        if "<!-- run " in edit.after:
            order.append((edit.path.parent.name, len(driven.archives)))
        return write(edit)

    dreams.write = noted  # type: ignore[method-assign]
    driven.go()
    assert order == [(".claude", 0), ("home", 1)]


def test_while_it_goes_on_it_is_an_active_loop_at_its_phase() -> None:
    seen: list[tuple[str, str]] = []

    async def look(ctx: Context) -> SkillResult:
        seen.append((added(SYSTEM, system(driven))[0], added(ORGANIZATION, organization(driven))[0]))
        return SkillResult("done")

    driven = bakery()
    driven.stubs.work.update({"make": look, "try": look})
    driven.go()
    assert [row.split(" <!--")[0].split(" | ")[:2] for row, _ in seen] == [
        ["| craft-loop", "MAKE"],
        ["| craft-loop", "TEST"],
    ]
    assert [row.split(" | ")[:3] for _, row in seen] == [
        ["| project", "craft-loop", "MAKE"],
        ["| project", "craft-loop", "TEST"],
    ]
    assert "<!-- running" not in system(driven) + organization(driven)


def plain(loop: LoopDefinition) -> LoopDefinition:
    """A shipped loop with its phases, skills and gates, whose work is done by stubs and whose gates ask a person."""
    skills = {each.id: tuple(skill(one.id) for one in each.skills) for each in loop.phases}
    phases = tuple(PhaseDefinition(id=name, skills=found) for name, found in skills.items())
    gates = tuple(GateDefinition(id=each.id, after=each.after, type=GateType.HUMAN) for each in loop.gates)
    return LoopDefinition(id=loop.id, phases=phases, gates=gates)


@pytest.mark.parametrize("found", [each.definition for each in catalog(Path("/nowhere"))[0]], ids=lambda each: each.id)
def test_in_every_loop_its_row_starts_goes_along_with_the_phase_and_ends(found: LoopDefinition) -> None:
    async def look(ctx: Context) -> SkillResult:
        (row,) = added(SYSTEM, system(driven))
        seen.setdefault(row.split(" <!--")[0].split(" | ")[1], row)
        assert row.startswith(f"| {found.id} | ")
        return SkillResult("done")

    loop, seen = plain(found), dict[str, str]()
    driven = bakery(loop)
    driven.stubs.work.update({each.id: look for phase in loop.phases for each in phase.skills})
    while (ended := driven.go()).code is Exit.WAITING:
        gate = next(each.id for each in driven.state.gates if each.status is GateStatus.PENDING)
        assert "<!-- running" in system(driven), "it is shown while a gate waits"
        driven.tell(lambda state, gate=gate: commands.approve(state, loop, "ann", gate))  # type: ignore[misc]
    assert ended.code is Exit.COMPLETE
    assert [*seen] == [phase.id for phase in loop.phases if phase.skills]
    assert "<!-- running" not in system(driven) + organization(driven)
    (row,) = added(SYSTEM, system(driven))
    assert f"| {loop.id} | success <!-- run " in row


def test_an_aborted_run_is_no_completion() -> None:
    async def stop(ctx: Context) -> SkillResult:
        driven.tell(lambda state: commands.abort(state, "ann", "wrong oven"))
        return SkillResult("done")

    driven = bakery()
    driven.stubs.work["make"] = stop
    assert driven.go().code is Exit.FAILED
    assert (system(driven), organization(driven)) == (SYSTEM, ORGANIZATION)


def test_without_documents_nothing_is_said_and_nothing_made() -> None:
    driven = Driven(LOOP)
    assert driven.go().code is Exit.COMPLETE
    assert driven.run.dreams.documents == {}
    assert "record" not in said(driven)
    (body,) = driven.archives.values()
    assert body["summary"]["effects"] == []  # type: ignore[index]


def test_the_archive_has_the_checklist_as_the_run_left_it() -> None:
    driven = bakery()
    driven.go()
    (body,) = driven.archives.values()
    items = [{"item": "knead", "completed": False}, {"item": "bake", "completed": False}]
    assert body["summary"]["checklist"] == {"items_completed": 0, "items_total": 2, "items": items}  # type: ignore[index]


def test_what_others_write_meanwhile_stays() -> None:
    driven = bakery()
    dreams, write, late = (
        driven.run.dreams,
        driven.run.dreams.write,
        ["| 2026-01-01 | other | audit-loop | success |\n"],
    )

    def overtaken(edit: DocumentEdit) -> bool:
        if edit.path == dreams.organization and "<!-- run " in edit.after and late:
            dreams.documents[edit.path] += late.pop()
        return write(edit)

    dreams.write = overtaken  # type: ignore[method-assign]
    assert driven.go().code is Exit.COMPLETE
    assert organization(driven).count("| audit-loop |") == 1
    assert organization(driven).count("| craft-loop |") == 1


def test_a_document_that_cannot_be_written_keeps_no_run_from_its_end() -> None:
    driven = bakery()

    def refused(edit: DocumentEdit) -> bool:
        raise Problem("cannot be written: no permission", str(edit.path), code=Code.NOT_WRITABLE)

    driven.run.dreams.write = refused  # type: ignore[method-assign]
    assert driven.go().code is Exit.COMPLETE
    assert (system(driven), organization(driven)) == (SYSTEM, ORGANIZATION)
    assert "loop-tui dream tick --run" in said(driven)


# --- with a question ----------------------------------------------------------------------------------------------


def asked(answer: str) -> tuple[Driven, DriveResult]:
    driven = bakery()
    driven.run.dreams.is_asking = True
    first = driven.go()
    assert first.code is Exit.WAITING
    (question,) = driven.state.pending_questions
    assert "craft-loop | success" in question.detail
    assert driven.run.dreams.writes == []
    driven.tell(lambda state: commands.answer(state, question.id, answer, "ann"))
    return driven, driven.go()


def test_who_wants_to_be_asked_is_asked_once_with_the_diff() -> None:
    driven, ended = asked("y")
    assert ended.code is Exit.COMPLETE
    assert len(added(SYSTEM, system(driven))) == len(added(ORGANIZATION, organization(driven))) == 1


def test_a_no_changes_nothing() -> None:
    driven, ended = asked("n")
    assert ended.code is Exit.COMPLETE
    assert (system(driven), organization(driven)) == (SYSTEM, ORGANIZATION)


def test_the_last_answer_counts_where_a_document_changed_after_a_no() -> None:
    driven = bakery()
    driven.run.dreams.is_asking = True
    driven.go()
    (first,) = driven.state.pending_questions
    driven.tell(lambda state: commands.answer(state, first.id, "n", "ann"))
    driven.run.dreams.documents[driven.run.dreams.system] = SYSTEM + "\r\n| 2026-01-01 | audit-loop | success |"
    assert driven.go().code is Exit.WAITING, "it is about another document"
    (second,) = driven.state.pending_questions
    driven.tell(lambda state: commands.answer(state, second.id, "y", "ann"))
    assert driven.go().code is Exit.COMPLETE
    assert "| craft-loop | success <!-- run " in system(driven)


# --- what is committed --------------------------------------------------------------------------------------------


def shipping(*, irreversible: bool) -> Driven:
    """A run with gates on a tree, whose system document is committed."""
    driven = bakery(SHIPPING)
    driven.run.workspace.files = {"a.txt": "one", COMMITTED: SYSTEM}
    driven.run.workspace.commit_all()
    effects = {"push": EffectSpec("the push", irreversible=irreversible), "commit": EffectSpec("the commit")}
    driven.packs = Packs((Pack(id="test", effects=effects),))
    driven.go()
    assert system(driven) == SYSTEM, "what the gates rest on is not changed"
    assert added(ORGANIZATION, organization(driven)), "the organization shows the loop"
    driven.tell(lambda state: commands.approve(state, SHIPPING, "ann"))
    assert driven.go().code is Exit.COMPLETE
    assert "| shipping-loop | success" in organization(driven)
    return driven


def test_after_a_ship_what_is_committed_stays_as_it_is() -> None:
    driven = shipping(irreversible=True)
    assert system(driven) == SYSTEM
    assert "is part of what was shipped" in said(driven)


def test_without_a_ship_what_is_committed_is_told_at_the_end() -> None:
    driven = shipping(irreversible=False)
    assert len(added(SYSTEM, system(driven))) == 1


# --- items --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (
            '{"checklist": {"items": [{"item": "knead", "completed": true}, {"item": "bake", "completed": false}]}}',
            ("knead",),
        ),
        ('{"checklist": [{"name": "knead", "completed": true}]}', ("knead",)),
        ('{"capabilities": {"completed": ["knead", "bake"]}}', ("knead", "bake")),
        ('{"capabilities": {"completed": 2}, "checklist": "all"}', ()),
        ("[]", ()),
        ("{", ()),
    ],
)
def test_the_items_that_a_run_completed_are_those_that_its_state_names(text: str, items: tuple[str, ...]) -> None:
    assert items_done(text) == items


# --- killed -------------------------------------------------------------------------------------------------------


def end_of(*reapers: Reaper) -> Driven:
    """A run with an organization and a system, driven to its end by these drivers and then by undisturbed ones."""
    driven, queue = bakery(), list(reapers)
    for _ in range(len(reapers) + 4):
        outcome = drive(driven, queue.pop(0) if queue else Reaper())
        if (outcome is not None and outcome.code is Exit.COMPLETE) or not driven.run.store.exists():
            return driven
    pytest.fail("it never ends")


@cache
def calls() -> int:
    reaper = Reaper()
    end_of(reaper)
    return reaper.count


def told_once(driven: Driven) -> None:
    assert len(driven.archives) == 1
    assert len(added(SYSTEM, system(driven))) == len(added(ORGANIZATION, organization(driven))) == 1
    assert "<!-- running" not in system(driven) + organization(driven)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("part", range(8))
def test_killed_at_each_call_the_documents_are_told_once(part: int) -> None:
    assert calls() > 60
    for call in range(part + 1, calls() + 1, 8):
        driven = end_of(Reaper(call))
        if driven.archives:
            told_once(driven)
