"""A human gate shows its document, how it differs from the last approved one, and what changed in the tree."""

import asyncio
import os
import subprocess
from pathlib import Path

from msgspec.structs import replace

from loop_tui.cli.changed_since import lines_since
from loop_tui.control.client import RunClient
from loop_tui.control.run_reader import RunReader
from loop_tui.engine import changes
from loop_tui.model.evidence import Question
from loop_tui.tui.cockpit.gate_documents import GateDocument, GateRead, diff_lines, documents_text, read_gate
from loop_tui.tui.cockpit.panel_text import panel_of
from loop_tui.tui.projection.deliverable import folders_of
from loop_tui.tui.viewer.earlier import against_earlier
from loop_tui.tui.viewer.page import ViewedRun
from loop_tui.tui.widgets.words import lines_of

from .launching import Started
from .runs import INFRA, NARROW, PLAN, Screen, human_gate, new_run, on_screen
from .scenes import planned


def read(project: Path) -> GateRead:
    reader = RunReader(project, INFRA)
    reader.open()
    return read_gate(reader.look())


def test_the_document_is_compared_with_the_one_that_was_approved_last(tmp_path: Path) -> None:
    planned(tmp_path)
    found = read(tmp_path)
    assert found.since_words == "since the last run that passed it"
    assert found.since.startswith("2026-01-01T04:00")
    text = lines_of(*documents_text(replace(found, changed=("2 commits", "new a.tf")))).plain
    assert f"{PLAN}: diff with the version approved on 2026-01-01 04:00\n" in text
    assert "-One server in one zone" in text
    assert "+Two servers in two zones" in text
    assert "Changed in the tree since the last run that passed it\n2 commits\nnew a.tf\n" in text
    assert text.endswith("3. Watch their health, and call somebody.")


def test_without_an_approved_one_the_document_stands_alone(tmp_path: Path) -> None:
    human_gate(tmp_path)
    found = read(tmp_path)
    assert found.since_words == "since this run started"
    assert lines_of(*documents_text(found)).plain == f"\n{PLAN}\n# Plan"
    hostile = GateRead(0, (GateDocument("x.md", "[red]\x1b[2J\n" * 80),), changed=("\x1b[2J",))
    text = lines_of(*documents_text(hostile)).plain
    assert "\x1b" not in text
    assert "… 20 more lines: d shows all of it" in text


async def test_the_panel_shows_it_below_the_answers(tmp_path: Path) -> None:
    planned(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        await screen.until(lambda: screen.panel.has_read, "it is read in the background")
        await screen.press("G")
        assert "call somebody" in screen.text()
        await screen.press("g")
        assert "a  approve" in screen.text(), "no document moves the keys out of sight"

    await on_screen(use, tmp_path, INFRA, size=NARROW)


def test_what_changed_in_the_tree_is_told_by_git_which_only_looks(tmp_path: Path) -> None:
    project = tmp_path / "p"
    project.mkdir()

    def git(*words: str, at: str = "2026-01-02T00:00:00Z") -> None:
        dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
        argv = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@b", *words]
        subprocess.run(argv, check=True, env={**os.environ, **dates}, capture_output=True)

    git("init", "-q")
    (project / "a.txt").write_text("1")
    git("add", "a.txt")
    git("commit", "-qm", "one")
    (project / "b.txt").write_text("2")
    git("add", "b.txt")
    git("commit", "-qm", "two", at="2026-01-04T00:00:00Z")
    (project / "c.txt").write_text("3")
    told = asyncio.run(lines_since(project, "2026-01-03T00:00:00Z"))
    assert told == ["1 commit", "new b.txt", "not committed", "new c.txt"]
    assert asyncio.run(lines_since(project, "2025-01-03T00:00:00Z"))[:1] == ["not committed"], "nothing stood then"


def test_a_document_that_was_sent_back_is_what_the_next_one_is_compared_with(tmp_path: Path) -> None:
    run = planned(tmp_path)
    person = RunClient(run.store, Started())
    before = (tmp_path / PLAN).read_text()
    person.request_changes("name the zones", run.definition.gates[0].id)
    (tmp_path / PLAN).write_text(f"{before}\n4. Zones a and b.\n")
    phase = run.definition.phase(run.definition.gates[0].after)
    assert phase is not None
    run.tell(*(changes.skill_completed(phase.id, skill.id, by="agent") for skill in phase.skills))
    run.tell(changes.phase_completed(phase.id))
    found = read(tmp_path)
    text = lines_of(*documents_text(found)).plain
    assert f"{PLAN}: diff with the version sent back on 2026-" in text
    assert "+4. Zones a and b." in text
    assert "One server in one zone" not in text, "that was approved in an earlier run"
    reader = RunReader(tmp_path, INFRA)
    reader.open()
    seen = reader.look()
    assert seen.state is not None
    viewed = ViewedRun(seen.state, tmp_path, INFRA, folders_of(tmp_path, INFRA))
    page = against_earlier(viewed, seen.documents[0])
    assert page.title.endswith("diff with the version that was sent back")
    assert "+4. Zones a and b." in page.text


def test_the_diff_in_a_question_is_in_colour_and_masked_as_a_whole() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nabcdef0123456789\n-----END PRIVATE KEY-----"
    detail = f"CHANGELOG.md\n--- a\n+++ b\n@@ -1,2 +1,2 @@\n # Changes\n-old\n+new\nto change it: edit\n{key}"
    lines = {line.plain: {str(span.style) for span in line.spans} for line in diff_lines(detail)}
    assert lines["+new"] == {"$status-done"}
    assert lines["-old"] == {"$status-failed"}
    assert lines["to change it: edit"] == lines[" # Changes"] == lines["CHANGELOG.md"] == set()
    assert "abcdef" not in "".join(lines)


async def test_a_question_shows_its_diff_in_colour(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    detail = "--- CHANGELOG.md\n+++ CHANGELOG.md\n@@ -1 +1 @@\n-## [Unreleased]\n+## [0.8.0]"
    asked = Question(id="changelog-1", skill="release-planner", text="Write it?", default="y", detail=detail)
    run.tell(changes.phase_entered("INIT"), changes.asked(asked))

    async def use(screen: Screen) -> None:
        body = panel_of(screen.app.snapshot).body
        start = body.plain.index("+## [0.8.0]")
        assert [str(span.style) for span in body.spans if span.start == start] == ["$status-done"]

    await on_screen(use, tmp_path)
