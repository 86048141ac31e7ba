"""The commands runner: the steps of a definition, in order, until one fails."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loop_tui.driver.output import Output
from loop_tui.engine.begin import fresh_state
from loop_tui.fs.paths import ensure_run_folder
from loop_tui.model.actions import ExecuteSkill
from loop_tui.model.definition import COMMANDS, CommandStep, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.runners.commands import CommandsRunner
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.storage.log.output_log import OUTPUT_NAME, read_from
from tests.driver.on_files import conductor

run = CommandsRunner().run


@dataclass(frozen=True)
class Yard:
    """A project of one commit, in a repository."""

    project: Path
    outputs: list[Output] = field(default_factory=list)

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.project, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    @property
    def log(self) -> str:
        """What was said, a line each with its level."""
        for output in self.outputs:
            output.flush()
        path = next(self.project.glob(f".loop/*/{OUTPUT_NAME}"))
        return "\n".join(f"{line.level}: {line.text}" for line in read_from(path, 0)[0])


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    made = Yard(tmp_path / "yard")
    made.project.mkdir()
    (made.project / "a.txt").write_text("a\n")
    made.git("init", "-q", "-b", "main")
    made.git("add", "a.txt")
    made.git("commit", "-qm", "feat: a")
    return made


def python(name: str, text: str, timeout_s: float = 60) -> CommandStep:
    return CommandStep(name=name, run=(sys.executable, "-c", text), timeout_s=timeout_s)


def context(yard: Yard, *steps: CommandStep, deliverables: tuple[str, ...] = ()) -> Context:
    skill = SkillDefinition(id="mine", runner=COMMANDS, steps=steps, deliverables=deliverables)
    loop = LoopDefinition(id="mine-loop", phases=(PhaseDefinition(id="WORK", skills=(skill,)),))
    ensure_run_folder(yard.project, loop.id)
    driver = conductor(yard.project, loop, os.environ)
    yard.outputs.append(driver.output)
    state = fresh_state(loop, run="r", system="yard", at="")
    return driver.context(ExecuteSkill(phase="WORK", skill="mine"), state, driver.services("mine"))


async def test_steps_run_in_order_and_each_is_a_check(yard: Yard) -> None:
    steps = (python("one", "open('x', 'a').write('1'); print('hello')"), python("two", "open('x', 'a').write('2')"))
    result = await run(context(yard, *steps))
    assert (yard.project / "x").read_text() == "12"
    assert [(c.name, c.passed, c.exit_code) for c in result.checks] == [("one", True, 0), ("two", True, 0)]
    assert result.checks[0].excerpt == "hello"
    assert result.checks[0].commit == yard.git("rev-parse", "HEAD")
    assert result.checks[0].tree == yard.git("rev-parse", "HEAD^{tree}")
    said = [line for line in yard.log.split("\n") if not line.startswith("cmd")]
    assert said == ["out: hello", "ok: one: exit 0", "ok: two: exit 0"]
    assert yard.log.split("\n")[0].endswith("   # one (1/2)")


async def test_stops_at_the_first_failure(yard: Yard) -> None:
    steps = (python("bad", "print('boom'); raise SystemExit(3)"), python("never", "open('x', 'w')"))
    with pytest.raises(SkillFailed, match=r"bad: exit 3: .*\nboom") as failed:
        await run(context(yard, *steps))
    assert failed.value.kind == "check"
    assert not (yard.project / "x").exists()
    assert yard.log.endswith("error: bad: exit 3")


async def test_commands_side_by_side_print_under_numbers_of_their_own(yard: Yard) -> None:
    do = context(yard).do
    await asyncio.gather(do.command(("echo", "a"), name="first"), do.command(("echo", "b"), name="b"))
    await do.command(("echo", "c"))
    path = next(yard.project.glob(f".loop/*/{OUTPUT_NAME}"))
    assert "out: b" in yard.log
    told = {line.split("\t", 2)[2] for line in path.read_text().splitlines()}
    assert told == {"cmd\techo a   # first", "cmd.1\techo b", "out\ta", "out.1\tb", "cmd\techo c", "out\tc"}


async def test_a_step_that_never_ends_is_ended(yard: Yard) -> None:
    with pytest.raises(SkillFailed, match="time limit"):
        await run(context(yard, python("long", "import time; time.sleep(600)", timeout_s=0.5)))


async def test_a_shell_line_is_one_word(yard: Yard) -> None:
    step = CommandStep(name="echo", run=("echo", "a; touch x"))
    result = await run(context(yard, step))
    assert result.checks[0].excerpt == "a; touch x"
    assert not (yard.project / "x").exists()


async def test_deliverables_that_steps_leave(yard: Yard) -> None:
    step = python("write", "open('report.md', 'w').write('x')")
    result = await run(context(yard, step, deliverables=("report.md", "missing.md", "../out.md")))
    assert [(d.name, d.size_bytes) for d in result.deliverables] == [("report.md", 1)]
    assert "no step wrote missing.md" in yard.log


async def test_no_steps_is_said(yard: Yard) -> None:
    with pytest.raises(SkillFailed, match="no steps"):
        await run(context(yard))
