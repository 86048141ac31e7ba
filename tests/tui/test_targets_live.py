"""Targets in the phase tree and in the gate panel, while they are watched and after (issue 3, sections 3 and 9)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.control.snapshot import Snapshot
from loop_tui.engine import changes
from loop_tui.model.clock import stamp
from loop_tui.model.definition import LoopDefinition, TargetDefinition
from loop_tui.model.evidence import Check, Deliverable, Effect
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import CheckStatus
from loop_tui.storage.state.leases import acquire
from loop_tui.tui.cockpit.panel_text import panel_of
from loop_tui.tui.projection import targets
from loop_tui.tui.projection.checks import targets_text
from loop_tui.tui.projection.targets import Target, targets_of
from loop_tui.tui.widgets.words import lines_of

from .runs import NARROW, NOW, WIDE, Run, Screen, check, new_run, on_screen

SHA, OLD = "a" * 40, "b" * 40


def at_distribute(project: Path) -> Run:
    """The run is at the skill that confirms the targets."""
    run = new_run(project)
    for phase in run.definition.phases:
        run.tell(changes.phase_entered(phase.id))
        for skill in phase.skills:
            if skill.id == "distribute":
                run.tell(changes.skill_started(phase.id, skill.id))
                return run
            run.tell(changes.skill_skipped(phase.id, skill.id, "by hand", "ada"))
        run.tell(changes.phase_completed(phase.id))
        for gate in run.definition.gates_after(phase.id):
            run.tell(changes.gate_approved(gate.id, "ada", reason="seen elsewhere"))
    raise AssertionError("no such skill")


def keep(run: Run, target: str, level: str, waiting_for: str = "", **more: JsonValue) -> None:
    """Remember the progress of a target as `distribute` does."""
    facts: dict[str, JsonValue] = {
        "skill": "distribute",
        "sha": SHA,
        "level": level,
        "waiting_for": waiting_for,
        "since": stamp(NOW - timedelta(seconds=75)),
        "usually_ms": 130_000,
        **more,
    }
    identity = f"target-{target}"
    known = run.state.effect(identity)
    if known is None:
        run.tell(changes.effect_intended(Effect(id=identity, kind="target")))
    run.tell(changes.effect_proven(identity, facts))


def line_with(screen: Screen, text: str) -> str:
    """The first line that holds a text."""
    return next(line for line in screen.text().split("\n") if text in line)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_targets_are_leaves_that_change_while_they_are_watched(tmp_path: Path, size: tuple[int, int]) -> None:
    run = at_distribute(tmp_path)
    keep(run, "local", "confirmed")
    keep(run, "tarball", "expected", "the workflow run")
    held = acquire(run.store.run_dir, "driver")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: any(r.kind == "target" and r.since for r in screen.tree.rows), "the targets")
        await screen.press("G")
        rows = {row.id: row for row in screen.tree.rows if row.kind == "target"}
        assert [row.look.word for row in rows.values()] == ["confirmed", "expected"]
        parents = [row.id for row in screen.tree.rows]
        assert parents.index("target:SHIP/local") == parents.index("skill:SHIP/distribute") + 1
        assert "✓ " in line_with(screen, "confirmed")
        assert "waiting for" in screen.text()
        cursor = screen.tree.cursor
        keep(run, "tarball", "job-green", "the asset")
        await screen.until(lambda: "job-green" in screen.text(), "the change")
        assert screen.tree.cursor == cursor
        if size == WIDE:
            assert screen.text().count("1m15s") == 2, "in the tree and in the panel"
            # The clock of the screen went on by a minute, and no file changed.
            screen.app.screen_stack[0]._now = lambda: NOW + timedelta(minutes=1)  # type: ignore[attr-defined]
            await screen.until(lambda: screen.text().count("2m15s") >= 2, "the tick, in the tree and in the panel")
            assert "usually 2m10s" in screen.text()

    await on_screen(use, tmp_path, size=size)
    held.release()  # type: ignore[union-attr]


async def test_the_scrollbar_takes_no_letter_of_a_word(tmp_path: Path) -> None:
    run = at_distribute(tmp_path)
    for target in run.definition.targets:
        keep(run, target.id, "triggered", "something")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.tree.show_vertical_scrollbar, "more rows than there is room for")
        assert screen.text().count("triggered") >= 2
        assert "passed" in line_with(screen, "readiness-gate")

    await on_screen(use, tmp_path, size=NARROW)


async def test_the_cursor_passes_over_what_is_only_said(tmp_path: Path) -> None:
    run = at_distribute(tmp_path)
    keep(run, "local", "triggered", "health")
    keep(run, "tarball", "confirmed")

    async def use(screen: Screen) -> None:
        screen.tree.cursor = "target:SHIP/local"
        await screen.press("1", "j")
        assert screen.tree.cursor == "target:SHIP/tarball"
        await screen.press("k", "k")
        assert screen.tree.cursor == "skill:SHIP/distribute"
        # Nobody drives: what it waited for is still told, but no time goes on.
        assert "waiting for health" in screen.text()
        assert all(not row.since for row in screen.tree.rows)

    await on_screen(use, tmp_path)


async def test_the_gate_panel_lists_the_levels_that_were_reached(tmp_path: Path) -> None:
    run = at_distribute(tmp_path)
    keep(run, "local", "triggered", "health")
    found = [
        check("push"),
        check("local", summary="confirmed: 0.8.0 answered"),
        check("git-remote", CheckStatus.FAILED, summary="superseded: a newer commit", exit_code=1),
        check("tarball", CheckStatus.SKIPPED, summary="not configured", exit_code=None),
        check("commands-sync", summary="confirmed"),
    ]
    manifest = Deliverable(name="distribution-manifest.md", skill="distribute", path="m.md", size_bytes=9)
    run.tell(
        changes.skill_completed("SHIP", "distribute", checks=found, deliverables=[manifest]),
        changes.phase_completed("SHIP"),
        changes.gate_failed("distribution-gate", "git-remote: superseded", "superseded", found),
    )

    async def use(screen: Screen) -> None:
        await screen.press("3")
        shown = screen.text()
        assert "Targets" in shown
        assert "✗ superseded" in shown
        assert shown.index("– not configured") > shown.index("commands"), "in a line below all others"
        assert "a newer commit" in shown
        assert "waits for" not in shown

    await on_screen(use, tmp_path)


def test_what_a_target_proved_stands_there_whole(tmp_path: Path) -> None:
    run = at_distribute(tmp_path)
    proof = "build: exit 0; server: /health answered 200 after 1.3s (checked before the push)"
    run.tell(changes.skill_completed("SHIP", "distribute", checks=[check("local", summary=f"confirmed: {proof}")]))
    shown = lines_of(*targets_text(Snapshot(tmp_path, "x", definition=run.definition, state=run.state), NOW)).plain
    assert f"Local build and server\n  {proof}" in shown, "the panel wraps it"


async def test_a_target_has_one_name_in_tree_and_panel_also_as_a_check(tmp_path: Path) -> None:
    run = at_distribute(tmp_path)
    found = [check("push"), check("git-remote", CheckStatus.FAILED, summary="superseded: a newer commit")]
    manifest = Deliverable(name="distribution-manifest.md", skill="distribute", path="m.md", size_bytes=9)
    run.tell(
        changes.skill_completed("SHIP", "distribute", checks=found, deliverables=[manifest]),
        changes.phase_completed("SHIP"),
        changes.gate_failed("distribution-gate", "superseded", "superseded", found),
    )

    async def use(screen: Screen) -> None:
        names = [row.name for row in screen.tree.rows if row.kind in ("check", "target")]
        assert sum(name.startswith("Git remote") for name in names) == 2
        assert not any(name.startswith("git-remote") for name in names)
        panel = panel_of(screen.app.snapshot, 80).body.plain
        assert panel.count("Git remote") >= 2
        assert "FAILED git-remote" not in panel

    await on_screen(use, tmp_path)


async def test_hostile_facts_are_harmless(tmp_path: Path) -> None:
    run = at_distribute(tmp_path)
    keep(run, "local\x1b]52;c;AAAA\x07[/red]", "confirmed[bold]\x1b[2J", "[/x]\x9b31m" + "ghp_" + "c" * 36)
    keep(run, "tarball", "triggered", "x" * 5000, since="never", usually_ms=-1, url=["no", "text"])
    keep(run, "git-remote", "triggered", "more", since=12, usually_ms="soon")
    run.tell(changes.effect_intended(Effect(id="target-", kind="target")))
    held = acquire(run.store.run_dir, "driver")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: any(r.kind == "target" for r in screen.tree.rows), "the targets")
        await screen.press("1", "G")
        for text in (screen.raw(), screen.text()):
            assert "\x1b]52" not in text
            assert "ghp_" not in text
        assert "[/red]" in screen.text()
        assert "· unknown" in screen.text()
        assert all(len(line) == WIDE[0] for line in screen.text().split("\n"))

    await on_screen(use, tmp_path)
    held.release()  # type: ignore[union-attr]


# --- what is made of the facts ------------------------------------------------------------------------------------


def _effect(target: str, at: str, **facts: JsonValue) -> Effect:
    proof: dict[str, JsonValue] = {"sha": SHA, "level": "confirmed", "waiting_for": "", "since": "", **facts}
    return Effect(id=f"target-{target}", kind="target", proof=proof, proven_at=at)


def _state(*effects: Effect) -> RunState:
    return RunState(loop="distribution-loop", effects=effects)


def test_what_an_older_commit_reached_is_no_tick() -> None:
    found = targets_of(_state(_effect("a", "2026-01-01", sha=OLD), _effect("b", "2026-01-02")), None)
    assert [(t.id, t.look.word, t.look.glyph) for t in found] == [("a", "earlier", "·"), ("b", "confirmed", "✓")]


def test_targets_stand_in_the_order_of_the_definition_and_go_by_its_titles(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    own = (TargetDefinition(id="z", kind="local", title="Zed"), TargetDefinition(id="a", kind="local"))
    definition: LoopDefinition = run.definition.model_copy(update={"targets": own})
    found = targets_of(_state(_effect("a", ""), _effect("z", ""), _effect("other", "")), definition)
    assert [t.title for t in found] == ["Zed", "a", "other"]


def test_the_skill_that_watches_is_the_one_that_says_so_whatever_it_is_called(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    kept = RunState(
        loop="x", effects=(_effect("a", "2026-01-01", skill="before"), _effect("b", "2026-01-02", skill="deliver"))
    )
    assert targets.skill_of(kept, None) == "deliver"
    told = RunState(
        loop="x",
        skill_log=(
            SkillRun(skill="build", checks=(check("local-build"),)),
            SkillRun(skill="send", checks=(check("push"), check("git-remote"))),
            SkillRun(skill="learn", checks=(check("notes"),)),
        ),
    )
    assert targets.skill_of(told, run.definition) == "send"
    assert targets.skill_of(_state(_effect("a", "")), run.definition) == "", "kept by an earlier version: nobody knows"


def test_effects_of_other_kinds_are_no_targets() -> None:
    assert targets_of(_state(Effect(id="target-x", kind="push", proof={"sha": SHA})), None) == ()


@pytest.mark.parametrize("since", ["", "garbage", "9999-99-99T00:00:00Z"])
def test_no_time_is_made_up(since: str) -> None:
    target = Target("a", "a", targets.EARLIER, since=since)
    assert targets.elapsed(target, datetime(2026, 1, 1, tzinfo=UTC)) == ""


def test_a_clock_that_goes_wrong_counts_from_zero() -> None:
    target = Target("a", "a", targets.EARLIER, since="2026-01-01T00:01:00Z")
    assert targets.elapsed(target, datetime(2026, 1, 1, tzinfo=UTC)) == "0ms"


@pytest.mark.parametrize("said", ["triggered: it runs (asked for: confirmed)", "triggered (asked for: x)", "triggered"])
def test_a_check_below_the_level_asked_for_looks_failed(tmp_path: Path, said: str) -> None:
    run = at_distribute(tmp_path)
    low = Check(name="local", status=CheckStatus.FAILED, summary=said)
    run.tell(changes.skill_completed("SHIP", "distribute", checks=[low]))
    (found,) = targets_of(run.state, run.definition)
    assert (found.look.glyph, found.look.word, found.look.tone) == ("✗", "triggered", "status-failed")
