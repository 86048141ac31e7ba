"""What of a project goes into the archive of its run: its name, and the deliverables that lie in it."""

import json
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.model.evidence import Deliverable
from loop_tui.model.state import RunState
from loop_tui.ports import RunPlace
from loop_tui.storage.archive.artifacts import LARGEST_COMPARED_BYTES, RunArtifacts, left_in_project
from loop_tui.storage.state.reader import read_state


def test_what_lies_in_the_project_is_kept_and_nothing_from_outside(tmp_path: Path) -> None:
    project = tmp_path / "p"
    (project / "docs").mkdir(parents=True)
    (project / "docs" / "manual.md").write_text("text")
    (project / "report.md").write_text("text")
    (project / "known.md").write_text("text")
    (project / ".env").write_text("TOKEN=x")
    (project / "large.md").write_bytes(b"x" * (LARGEST_COMPARED_BYTES + 1))
    (tmp_path / "outside.md").write_text("secret")
    (project / "link.md").symlink_to(tmp_path / "outside.md")
    names = ("report.md", ".env", "large.md", "link.md", "gone.md", "../outside.md", "known.md", "docs")
    delivered = [Deliverable(name=name, path=name) for name in names]
    delivered.append(Deliverable(name="manual.md", path="docs/manual.md"))
    state = RunState(loop="x-loop", deliverables=tuple(delivered))
    found = left_in_project(project, state, {"deliverables/known.md": b""})
    assert found == {
        "deliverables/report.md": project / "report.md",
        "deliverables/manual.md": project / "docs" / "manual.md",
    }


def test_a_v1_file_has_no_system_and_is_archived_as_that_of_its_project(tmp_path: Path) -> None:
    project = tmp_path / "Wid get"
    (project / ".loop").mkdir(parents=True)
    file = project / "distribution-state.json"
    file.write_text('{"loop": "distribution-loop", "phase": "A", "phases": {"A": {"status": "complete"}}}')
    artifacts = RunArtifacts(RunPlace(project, project / ".loop", file, tmp_path / "home"))
    moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    place = Path(artifacts.archive_place("", "distribution-loop", moment))
    artifacts.archive(str(place), read_state(file), moment, {})
    assert json.loads(place.read_text())["summary"]["system"] == "Wid get"
    assert place.name.startswith("Wid-get-distribution-loop-")
