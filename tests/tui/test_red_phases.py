"""A phase whose checks are red is done, and not green."""

from pathlib import Path

from loop_tui.control.snapshot import Snapshot
from loop_tui.engine import changes
from loop_tui.engine.red_phases import failed_checks_of, red_phase
from loop_tui.model.evidence import Deliverable
from loop_tui.model.status import CheckStatus
from loop_tui.tui.cockpit.tree_rows import rows_of

from .runs import check, new_run, red_gate, through_init


def looks(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    return {row.id: row.look[:2] for row in rows_of(snapshot) if row.kind in ("phase", "skill")}


def test_red_checks_show_at_the_skill_and_its_phase(tmp_path: Path) -> None:
    run = red_gate(tmp_path)
    assert failed_checks_of(run.state, "VERIFY", "code-verification") == 1
    assert red_phase(run.state, run.definition, "VERIFY") == "failed"
    assert red_phase(run.state, run.definition, "INIT") == ""
    shown = looks(Snapshot(tmp_path, run.definition.id, opened=True, definition=run.definition, state=run.state))
    assert shown["phase:VERIFY"] == ("✗", "failed")
    assert shown["skill:VERIFY/code-verification"] == ("✗", "1 failed")
    assert shown["phase:INIT"] == ("✓", "done")
    run.tell(changes.gate_approved("readiness-gate", "ada", [check("build")], "it may pass"))
    assert red_phase(run.state, run.definition, "VERIFY") == "accepted"


def test_a_check_that_its_gate_does_not_want_leaves_the_phase_green(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    through_init(run)
    report = Deliverable(name="verification-report.md", skill="code-verification", path="v.md", size_bytes=7)
    wanted = [check(name) for name in run.definition.gates[0].checks]
    found = [*wanted, check("spelling", CheckStatus.FAILED)]
    run.tell(
        changes.skill_completed("VERIFY", "code-verification", checks=found, deliverables=[report]),
        changes.phase_completed("VERIFY"),
        changes.gate_approved("readiness-gate", changes.BY_CHECKS, wanted),
    )
    assert red_phase(run.state, run.definition, "VERIFY") == ""
    assert failed_checks_of(run.state, "VERIFY", "code-verification") == 1, "the skill says so all the same"
