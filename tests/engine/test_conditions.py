"""Conditional gates: what their conditions mean, and what becomes of a gate that is judged (SPEC section 2)."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_tui.engine import changes, commands
from loop_tui.engine.conditions import judge
from loop_tui.model.actions import CheckCondition, EnterPhase, PassGate, SkipGate, Wait
from loop_tui.model.conditions import ChangedFiles, complaint, matches
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import Autonomy, GateStatus, GateType

from .loops import GREEN, RED, Told, builtin

SITE = TargetDefinition(id="site", kind="http-health")
MIGRATIONS = "changed:migrations/**"
UNKNOWN = Problem("there is no repository here", code=Code.NO_REPOSITORY)


def gate_when(*when: str, required: bool = True) -> GateDefinition:
    return GateDefinition(id="data-gate", after="A", type=GateType.CONDITIONAL, when=when, required=required)


def loop_of(*gates: GateDefinition, targets: tuple[TargetDefinition, ...] = ()) -> LoopDefinition:
    phases = (PhaseDefinition(id="A", skills=(builtin("a"),)), PhaseDefinition(id="B", skills=(builtin("b"),)))
    return LoopDefinition(id="conditional-loop", phases=phases, gates=gates, targets=targets)


def through(run: Told, checks: tuple = GREEN) -> Told:
    run.tell(changes.skill_completed("A", "a", checks=checks), changes.phase_completed("A"))
    return run


def at_gate(*gates: GateDefinition, autonomy: Autonomy | None = None, checks: tuple = GREEN) -> Told:
    run = Told(loop_of(*gates), autonomy)
    run.tell(changes.phase_entered("A"))
    return through(run, checks)


def judged(gate: GateDefinition, *paths: str, targets: tuple[TargetDefinition, ...] = ()) -> tuple[bool, str]:
    found = judge(gate, loop_of(gate, targets=targets), ChangedFiles("origin/main", paths))
    return found.applies, found.reason


# --- patterns of files


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("migrations/**", "migrations/0001.sql"),
        ("migrations/**", "migrations/old/0001.sql"),
        ("migrations/", "migrations/0001.sql"),
        ("migrations", "migrations/old/0001.sql"),
        ("**/migrations/**", "migrations/0001.sql"),
        ("**/migrations/**", "apps/shop/migrations/0001.sql"),
        ("**/*.sql", "a.sql"),
        ("**/*.sql", "db/old/a.sql"),
        ("*.sql", "a.sql"),
        ("src/*.py", "src/a.py"),
        ("src/**/models.py", "src/models.py"),
        ("src/**/models.py", "src/a/b/models.py"),
        ("src/?.py", "src/a.py"),
        ("src/[ab].py", "src/b.py"),
        ("package.json", "package.json"),
        ("**", "anything/at/all"),
        ("migrations/**", "migrations"),  # A module of its own, or a file in the place of the folder.
    ],
)
def test_a_pattern_means_these_files(pattern: str, path: str) -> None:
    assert complaint(f"changed:{pattern}") == ""
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("migrations/**", "src/migrations/0001.sql"),
        ("migrations/**", "migrations.md"),
        ("migrations", "old-migrations/0001.sql"),
        ("*.sql", "db/a.sql"),
        ("src/*", "src/a/b.py"),
        ("src/?.py", "src/ab.py"),
        ("src/**/models.py", "models.py"),
        ("package.json", "web/package.json"),
        ("SRC/**", "src/a.py"),
        ("a.b", "axb"),
    ],
)
def test_and_not_these(pattern: str, path: str) -> None:
    assert complaint(f"changed:{pattern}") == ""
    assert not matches(pattern, path)


NAMES = st.text(alphabet="ab.*?", min_size=1, max_size=3)


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(st.sampled_from("ab"), min_size=1, max_size=4))
def test_without_a_double_star_it_is_matched_folder_by_folder(pattern: list[str], path: list[str]) -> None:
    pattern = [re.sub(r"\*+", "*", part) for part in pattern]
    named = not any(mark in pattern[-1] for mark in "*?[")
    fits = len(pattern) == len(path) or (named and len(path) > len(pattern))
    fits = fits and all(fnmatchcase(name, part) for part, name in zip(pattern, path, strict=False))
    assert matches("/".join(pattern), "/".join(path)) is fits


@given(st.lists(st.sampled_from(["a", "*", "**"]), min_size=1, max_size=30), st.lists(st.just("a"), min_size=1))
def test_however_many_stars_there_are_a_path_of_that_depth_is_found(pattern: list[str], path: list[str]) -> None:
    single = sum(part != "**" for part in pattern)
    open_ended = "**" in pattern or pattern[-1] == "a"
    assert matches("/".join(pattern), "/".join(path)) is (len(path) >= single if open_ended else len(path) == single)


@pytest.mark.parametrize(
    "condition",
    [
        "", "deploy", "deploy-target ", "Changed:a", "changed", "changed:", "changed: ", "changed:/etc/**",
        "changed:a//b", "changed:../a", "changed:a/./b", "changed:a\\b", "changed:*.{sql,py}", "changed:!a",
        "changed:~/a", "changed:**.sql", "changed:a**/b", "changed:a\x1b[2J",
    ],
)  # fmt: skip
def test_what_could_never_hold_is_no_condition(condition: str) -> None:
    assert complaint(condition)


# --- judging


def test_a_deploy_target_is_one_that_the_loop_has() -> None:
    gate = gate_when("deploy-target")
    assert judged(gate, targets=(SITE,)) == (True, "there is a deploy target: site")
    assert judged(gate) == (False, "there is no deploy target")


def test_files_that_changed_are_named() -> None:
    gate = gate_when(MIGRATIONS)
    assert judged(gate, "a.py", "migrations/1.sql") == (True, "migrations/1.sql changed since origin/main")
    assert judged(gate, "migrations/1", "migrations/2", "migrations/3")[1].startswith("migrations/1 and 2 more changed")
    assert judged(gate, "a.py") == (False, "nothing in migrations/ changed since origin/main")
    assert judged(gate_when("changed:*.sql")) == (False, "nothing that matches *.sql changed since origin/main")


def test_any_condition_that_holds_is_enough() -> None:
    gate = gate_when("deploy-target", MIGRATIONS, "changed:schema.sql")
    assert judged(gate, "schema.sql")[0]
    applies, reason = judged(gate)
    assert not applies
    assert "no deploy target" in reason
    assert "schema.sql" in reason


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (UNKNOWN, "it is unknown which files changed: there is no repository here"),
        (None, "it is unknown which files changed: it was not checked"),
    ],
)
def test_what_cannot_be_told_applies(seen: Problem | None, words: str) -> None:
    gate = gate_when("deploy-target", MIGRATIONS)
    found = judge(gate, loop_of(gate), seen)
    assert found.applies
    assert words in found.reason
    # What holds for sure is the better reason.
    assert "site" in judge(gate, loop_of(gate, targets=(SITE,)), seen).reason


def test_a_condition_of_a_later_version_applies() -> None:
    gate = gate_when("deploy-target", "moon:full")
    found = judge(gate, loop_of(gate), None)
    assert found.applies
    assert "moon:full" in found.reason


def test_hostile_names_are_cleaned_and_cut() -> None:
    applies, reason = judged(gate_when("changed:**"), "\x1b]52;c;x\x07" + "a" * 500 + "\ud800")
    assert applies
    assert reason.isprintable()
    assert len(reason) <= 300


# --- a run at such a gate


def test_a_gate_is_judged_before_anybody_is_asked() -> None:
    run = at_gate(gate_when(MIGRATIONS))
    assert run.next == CheckCondition(gate="data-gate")
    assert commands.go(run.state, run.definition, "ann") == ()
    run.tell(changes.gate_applies("data-gate", "migrations/1.sql changed"))
    assert run.next == Wait(on="gate", subject="data-gate", reason="data-gate waits for a person")
    gate = run.state.gate("data-gate")
    assert gate is not None
    assert (gate.status, gate.applies) == (GateStatus.PENDING, "migrations/1.sql changed")
    run.tell(changes.gate_approved("data-gate", "ann"))
    assert run.next == EnterPhase(phase="B")


@pytest.mark.parametrize("required", [True, False])
def test_where_the_condition_does_not_hold_nobody_is_asked(required: bool) -> None:
    run = at_gate(gate_when(MIGRATIONS, required=required))
    run.tell(changes.gate_not_applicable("data-gate", "nothing in migrations/ changed"))
    gate = run.state.gate("data-gate")
    assert gate is not None
    assert (gate.status, gate.by) == (GateStatus.SKIPPED, "")
    assert gate.reason == "not applicable: nothing in migrations/ changed"
    assert run.next == EnterPhase(phase="B")


def test_without_a_condition_a_person_is_asked() -> None:
    run = at_gate(gate_when())
    assert isinstance(run.next, Wait)
    assert run.refused(changes.gate_not_applicable("data-gate", "because"))
    assert run.refused(changes.gate_applies("data-gate", "because"))


@pytest.mark.parametrize("kind", [GateType.AUTO, GateType.HUMAN])
def test_a_condition_excuses_no_gate_of_another_type(kind: GateType) -> None:
    run = at_gate(gate_when("deploy-target").model_copy(update={"type": kind, "checks": ("build",)}))
    assert not isinstance(run.next, CheckCondition)
    assert run.refused(changes.gate_not_applicable("data-gate", "there is no deploy target"))


def test_a_gate_named_beforehand_is_judged_first() -> None:
    run = at_gate(gate_when(MIGRATIONS))
    run.tell(changes.preapproved("data-gate", "ann"))
    assert run.next == CheckCondition(gate="data-gate")
    run.tell(changes.gate_applies("data-gate", "1.sql changed"))
    assert run.next == PassGate(gate="data-gate", by="ann")


@pytest.mark.parametrize("autonomy", list(Autonomy))
def test_an_optional_gate_that_applies_is_asked_by_autonomy(autonomy: Autonomy) -> None:
    run = at_gate(gate_when(MIGRATIONS, required=False), autonomy=autonomy)
    run.tell(changes.gate_applies("data-gate", "1.sql changed"))
    assert isinstance(run.next, Wait if autonomy is Autonomy.SUPERVISED else SkipGate)


@pytest.mark.parametrize("judgement", [changes.gate_not_applicable, changes.gate_applies])
def test_a_judgement_needs_a_reason_and_a_gate_that_is_due(judgement: object) -> None:
    assert callable(judgement)
    early = Told(loop_of(gate_when(MIGRATIONS)))
    early.tell(changes.phase_entered("A"))
    assert "not done" in early.refused(judgement("data-gate", "looked")).reason
    run = through(early)
    assert "reason" in run.refused(judgement("data-gate", "  ")).reason
    assert run.refused(judgement("no-gate", "looked"))
    run.tell(judgement("data-gate", "looked"))
    assert run.refused(judgement("data-gate", "looked again"))


def test_what_a_person_said_is_not_judged_away() -> None:
    run = at_gate(gate_when(MIGRATIONS))
    run.tell(changes.gate_rejected("data-gate", "bob"))
    assert run.next == Wait(on="gate", subject="data-gate", reason="data-gate was rejected by bob")
    assert run.refused(changes.gate_not_applicable("data-gate", "nothing changed"))
    run = at_gate(gate_when(MIGRATIONS))
    run.tell(changes.gate_approved("data-gate", "ann"))
    assert run.next == EnterPhase(phase="B")
    assert run.refused(changes.gate_not_applicable("data-gate", "nothing changed"))


@pytest.mark.parametrize("judgement", [changes.gate_not_applicable, changes.gate_applies])
@pytest.mark.parametrize("again", [changes.phase_reopened("A", "ann"), changes.gate_voided("data-gate", "it changed")])
def test_a_new_pass_of_the_phase_is_judged_anew(judgement: object, again: object) -> None:
    assert callable(judgement)
    run = at_gate(gate_when(MIGRATIONS))
    run.tell(judgement("data-gate", "looked"), again)  # type: ignore[arg-type]
    gate = run.state.gate("data-gate")
    assert gate is not None
    assert (gate.status, gate.applies, gate.feedback) == (GateStatus.PENDING, "", "")
    assert through(run).next == CheckCondition(gate="data-gate")


def test_changes_that_a_person_wants_stay_when_the_gate_is_judged_anew() -> None:
    run = at_gate(gate_when(MIGRATIONS))
    run.tell(changes.gate_applies("data-gate", "1.sql changed"), changes.gate_rejected("data-gate", "ann", "no drop"))
    through(run)
    assert run.next == CheckCondition(gate="data-gate")
    gate = run.state.gate("data-gate")
    assert gate is not None
    assert (gate.applies, gate.feedback) == ("", "no drop")


AUTO = GateDefinition(id="auto-gate", after="A", type=GateType.AUTO, checks=("test",))


@pytest.mark.parametrize("judgement", [changes.gate_not_applicable, changes.gate_applies])
def test_a_retry_of_its_phase_is_a_new_pass_too(judgement: object) -> None:
    assert callable(judgement)
    run = at_gate(gate_when(MIGRATIONS), AUTO, checks=RED)
    run.tell(judgement("data-gate", "looked"), changes.gate_failed("auto-gate", "red", "", RED))
    run.tell(changes.phase_retried("A", "ann"))
    assert through(run).next == CheckCondition(gate="data-gate")


@pytest.mark.parametrize("answer", [changes.gate_approved, changes.gate_rejected])
def test_a_retry_asks_nobody_again_who_has_answered(answer: object) -> None:
    assert callable(answer)
    run = at_gate(gate_when(MIGRATIONS), AUTO, checks=RED)
    run.tell(changes.gate_applies("data-gate", "1.sql changed"), answer("data-gate", "ann"))
    run.tell(changes.gate_failed("auto-gate", "red", "", RED), changes.phase_retried("A", "ann"))
    gate = run.state.gate("data-gate")
    assert gate is not None
    assert (gate.status, gate.by) != (GateStatus.PENDING, "")
