"""What `loop-tui status` says of runs of others, and of what others wrote into ours."""

import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from pydantic import JsonValue

from loop_tui.__main__ import main
from loop_tui.control.adoption import adopt
from loop_tui.control.run_definition import definition_of
from loop_tui.engine import changes
from loop_tui.storage.state.store import Store
from tests.control.elsewhere import infra_file
from tests.tui.runs import human_gate, new_run

LONG_AGO = 1_000_000_000.0
SCAFFOLDED: JsonValue = {"INIT": {"status": "complete"}, "SCAFFOLD": {"status": "complete"}}


def told(project: Path, *more: str) -> str:
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        main(["status", "--project", str(project), *more])
    return out.getvalue()


def test_a_run_elsewhere_is_told_with_why_and_nothing_of_it_waits_for_you(tmp_path: Path) -> None:
    infra_file(tmp_path, written=LONG_AGO)
    text = told(tmp_path)
    assert "elsewhere: quiet since 2001-09-" in text
    assert "not yours: it has no owner record; `loop-tui adopt` takes it over" in text
    assert "waits for you" not in text
    found = json.loads(told(tmp_path, "--json"))
    assert (found["ours"], found["by"]) == (False, "")


def test_our_run_says_nothing_of_elsewhere(tmp_path: Path) -> None:
    new_run(tmp_path)
    assert "elsewhere" not in told(tmp_path)
    assert json.loads(told(tmp_path, "--json"))["ours"] is True


def test_a_gate_elsewhere_waits_for_you(tmp_path: Path) -> None:
    infra_file(tmp_path, phases=SCAFFOLDED)
    assert "waiting for you: infra-gate waits for a person" in told(tmp_path)


def test_an_approval_written_by_hand_is_a_request_and_the_gate_still_waits(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    document = json.loads(run.store.path.read_text())
    document["gates"]["infra-gate"] |= {"status": "approved", "approvedBy": "agent-7"}
    run.store.path.write_text(json.dumps(document))
    text = told(tmp_path)
    assert "request: approved by agent-7, waiting for you" in text
    assert "waiting for you: infra-gate waits for a person" in text


def test_an_approval_that_was_adopted_is_stated_not_seen(tmp_path: Path) -> None:
    gates: JsonValue = {"infra-gate": {"status": "approved", "approvedBy": "ada"}}
    infra_file(tmp_path, phases=SCAFFOLDED, gates=gates)
    adopt(Store(tmp_path, "infra-loop", definition=definition_of(tmp_path, "infra-loop").definition), "ben")
    assert "infra-gate [human] passed by ada (stated, not verified)" in told(tmp_path)


def test_the_changes_that_were_asked_for_are_told_while_they_are_made(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    run.tell(changes.gate_rejected("infra-gate", "ada", "use the database of the team"))
    assert "feedback: use the database of the team" in told(tmp_path)


def test_a_clone_of_our_run_is_not_ours(tmp_path: Path) -> None:
    run = new_run(tmp_path / "a")
    shutil.copytree(run.project, tmp_path / "b")
    assert "not yours: its owner.json is invalid" in told(tmp_path / "b")
