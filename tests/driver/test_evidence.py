"""Checks speak for the tree that they ran on, and for no other (SPEC section 4)."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from loop_tui.driver.evidence import evidence_still_holds
from loop_tui.engine.begin import fresh_state
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import CheckStatus, GateType, SkillStatus
from loop_tui.services.git.workspace import GitWorkspace

GATE = GateDefinition(id="readiness-gate", after="VERIFY", type=GateType.AUTO, checks=("build",))
LOOP = LoopDefinition(
    id="ship-loop", phases=(PhaseDefinition(id="VERIFY", skills=(SkillDefinition(id="verify"),)),), gates=(GATE,)
)
STATE = "ship-state.json"


@dataclass
class Project:
    """A repository with a change that was checked and not committed, and the state that knows of it."""

    folder: Path
    tree: str = ""

    def git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.folder, check=True)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    @property
    def workspace(self) -> GitWorkspace:
        return GitWorkspace(self.folder, self.folder / STATE)

    async def why_not(self) -> str:
        return await evidence_still_holds(self._state(), GATE, self.workspace)

    def _state(self) -> RunState:
        check = Check(name="build", status=CheckStatus.PASSED, tree=self.tree)
        run = SkillRun(phase="VERIFY", skill="verify", status=SkillStatus.COMPLETE, checks=(check,))
        return fresh_state(LOOP, run="r", system="s", at="").model_copy(update={"skill_log": (run,)})


@pytest.fixture
async def project(world: object, tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(folder)
    made.git("init", "-q", "-b", "main")
    made.write("server.js", "// first\n")
    made.git("add", ".")
    made.git("commit", "-qm", "feat: first")
    made.write("server.js", "// second\n")
    made.tree = await made.workspace.tree() or ""
    return made


async def test_it_holds_while_that_tree_lies_there_or_is_committed(project: Project) -> None:
    assert await project.why_not() == ""
    project.write("notes.txt", "untracked\n")
    project.write(STATE, '{"changed": true}\n')
    assert await project.why_not() == "", "neither untracked files nor the state file are part of the tree"
    project.git("commit", "-qam", "chore(release): v0.8.0")
    project.write("server.js", "// after the commit\n")
    assert await project.why_not() == "", "what was checked is committed"


async def test_it_is_void_as_soon_as_a_tracked_file_differs(project: Project) -> None:
    project.write("server.js", "// after the checks\n")
    assert await project.why_not() == "tracked files changed after the checks: server.js"
    project.git("commit", "-qam", "feat: not what was checked")
    assert await project.why_not() == "tracked files changed after the checks: server.js"


async def test_a_checked_tree_that_is_gone_is_void_all_the_same(project: Project) -> None:
    project.tree = "0" * 39 + "1"
    assert await project.why_not() == "tracked files changed after the checks"
