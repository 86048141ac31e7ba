"""Deliverables that lie in the project itself go into the archive: the next run writes over them."""

from pathlib import Path

from loop_tui.model.evidence import Deliverable
from loop_tui.model.state import RunState
from loop_tui.storage.archive.artifacts import LARGEST_COMPARED_BYTES, left_in_project


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
