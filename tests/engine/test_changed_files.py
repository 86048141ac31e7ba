"""Which trees or commits tell what a skill changed."""

from loop_tui.engine.changed_files import HEAD, WORKING_TREE, Span, changed_by, nothing_known
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import CheckStatus, SkillStatus

A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)


def at(minute: int) -> str:
    return f"2026-01-02T03:{minute:02}:00Z"


def ran(skill: str, end: int, *trees: str, commit: str = "", status: SkillStatus = SkillStatus.COMPLETE) -> SkillRun:
    checks = tuple(Check(name=f"c{i}", status=CheckStatus.PASSED, tree=t, commit=commit) for i, t in enumerate(trees))
    ended = at(end) if status is not SkillStatus.ACTIVE else ""
    return SkillRun(skill=skill, phase="P", status=status, completed_at=ended, checks=checks)


def effect(kind: str, minute: int, proof: dict[str, object] | None, **intent: object) -> Effect:
    return Effect.model_validate(
        {"id": f"{kind}-{minute}", "kind": kind, "intent": intent, "proof": proof, "proven_at": at(minute)}
    )


def state(*log: SkillRun, effects: tuple[Effect, ...] = ()) -> RunState:
    return RunState(loop="x-loop", skill_log=log, effects=effects)


def test_an_effect_belongs_to_the_skill_that_ended_next() -> None:
    made = effect("commit", 5, {"sha": B, "subject": "feat: x"}, parent=A)
    run = state(ran("plan", 2), ran("ship", 6), ran("look", 9), effects=(made,))
    assert changed_by(run, "ship") == (Span(f"its commit {B[:7]} feat: x", A, B),)
    assert changed_by(run, "plan") == changed_by(run, "look") == ()
    assert changed_by(run, "ship", "P")
    assert not changed_by(run, "ship", "ANOTHER")


def test_a_try_that_was_interrupted_is_no_end() -> None:
    made = effect("commit", 5, {"sha": B}, parent="")
    cut = SkillRun(skill="ship", phase="P", status=SkillStatus.FAILED)
    assert changed_by(state(ran("plan", 2), cut, ran("ship", 8), effects=(made,)), "ship")[0].before == ""
    running = ran("ship", 0, status=SkillStatus.ACTIVE)
    assert changed_by(state(ran("plan", 2), running, effects=(made,)), "ship")[0].after == B


def test_a_version_is_shown_between_what_is_known_around_it() -> None:
    wrote = effect("version-write", 1, {"version": "2"}, **{"from": "1", "to": "2", "file": "pkg/package.json"})
    paths = ("pkg/package.json", "pkg/package-lock.json", "pkg/npm-shrinkwrap.json")
    alone = changed_by(state(ran("plan", 2), effects=(wrote,)), "plan")[0]
    assert (alone.before, alone.after, alone.paths) == (HEAD, WORKING_TREE, paths)
    seen = changed_by(state(ran("plan", 2), ran("verify", 3, C, commit=A), effects=(wrote,)), "plan")[0]
    assert (seen.before, seen.after, seen.paths) == (A, C, paths)
    made = effect("commit", 5, {"sha": B}, parent=A)
    shipped = changed_by(state(ran("plan", 2), ran("ship", 6), effects=(wrote, made)), "plan")[0]
    assert (shipped.before, shipped.after, shipped.paths) == (A, B, paths)


def test_else_the_trees_that_checks_saw_tell() -> None:
    run = state(ran("one", 1, A), ran("two", 2, A, B), ran("three", 3, B), ran("three", 4, C), ran("four", 5))
    assert [(s.before, s.after) for s in changed_by(run, "two")] == [(A, B)]
    assert changed_by(run, "one") == changed_by(run, "four") == ()
    assert changed_by(run, "three") == (), "what lies between two tries of one skill is somebody's fixing"
    assert D not in str(run)


def test_what_is_no_sha_is_never_given_to_git() -> None:
    bad = effect("commit", 1, {"sha": "--output=/tmp/x"}, parent=A)
    assert changed_by(state(ran("ship", 2, "--help", "HEAD"), effects=(bad,)), "ship") == ()
    odd = effect("commit", 1, {"sha": B}, parent="--upload-pack=x")
    assert changed_by(state(ran("ship", 2), effects=(odd,)), "ship")[0].before == ""


def test_what_is_not_known_is_said() -> None:
    run = state(ran("one", 1, A), ran("two", 2))
    assert A[:7] in nothing_known(run, "one")
    assert "no commit and no tree" in nothing_known(run, "two")
    assert "has not run yet" in nothing_known(run, "three")
