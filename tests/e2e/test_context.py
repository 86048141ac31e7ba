"""Context goes from one loop to the next: what the first did, and what failed, the second is told."""

import subprocess
import sys
from pathlib import Path

import pytest

from loop_tui.__main__ import main

_STEP = """\
[[phases]]
id = "{phase}"
skills = [ {{ id = "{skill}", runner = "commands", steps = [ {{ name = "{name}", run = {run} }} ]{more} }} ]
"""
PYTHON = f'"{sys.executable}", "-c"'
FIRST = 'id = "first-loop"\n' + "".join(
    (
        _STEP.format(
            phase="PLAN",
            skill="plan",
            name="write",
            run=f"""[{PYTHON}, "open('PLAN.md', 'w').write('bread')"]""",
            more=', deliverables = ["PLAN.md"]',
        ),
        _STEP.format(
            phase="CHECK",
            skill="taste",
            name="lint",
            run=f"""[{PYTHON}, "import pathlib, sys; sys.exit(not pathlib.Path('salt').exists())"]""",
            more="",
        ),
    )
)
SECOND = 'id = "second-loop"\n' + _STEP.format(
    phase="READ",
    skill="read",
    name="read",
    run=f"""[{PYTHON}, "import os, shutil; shutil.copy(os.environ['LOOP_TUI_CONTEXT'], 'told.md')"]""",
    more="",
)


@pytest.fixture
def bakery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bakery"
    (folder / ".loops").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / ".loops/first-loop.toml").write_text(FIRST)
    (folder / ".loops/second-loop.toml").write_text(SECOND)
    monkeypatch.chdir(folder)
    return folder


def test_the_second_loop_knows_what_the_first_did_and_what_failed(
    bakery: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("run", "first-loop", "--trust")) == 1
    assert not (bakery / ".loop/first-loop/context.md").exists()
    (bakery / "salt").touch()
    assert main(("run", "first-loop", "--resume")) == 0
    assert "context" not in capsys.readouterr().out
    assert main(("run", "second-loop", "--trust")) == 0
    told = (bakery / "told.md").read_text()
    line = next(line for line in told.splitlines() if line.startswith("1. first-loop ("))
    assert "— done: left PLAN.md; taste failed (resolved): " in line
    assert "lint: exit 1" in line
    assert "context.md: 1 earlier run (about " in capsys.readouterr().out
    # The next run of the first loop is told the same of itself, and its own archive has what it was told.
    assert main(("run", "first-loop")) == 0
    kept = sorted((bakery.parent / "world/claude/runs").glob("*/bakery-first-loop-*/context.md"))
    assert len(kept) == 1
    assert "### Last Time" in kept[0].read_text()
    assert not (bakery / ".loop/first-loop/context.md").exists()


def test_a_resumed_run_keeps_the_context_of_its_start(bakery: Path) -> None:
    document = bakery / ".claude/DREAM-STATE.md"
    document.parent.mkdir()
    document.write_text("# System Dream State: bakery\n\n## Vision\nBread at six.\n")
    assert main(("run", "first-loop", "--trust")) == 1
    kept = bakery / ".loop/first-loop/context.md"
    before = kept.read_text()
    assert "Vision: Bread at six. [.claude/DREAM-STATE.md:3]" in before
    document.write_text("# System Dream State: bakery\n\n## Vision\nBread at seven.\n")
    assert main(("run", "first-loop", "--resume")) == 1
    assert kept.read_text() == before


def test_another_repository_knows_it_by_the_document_of_the_organization(
    bakery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = tmp_path / "world/claude/DREAM-STATE.md"
    organization.write_text("# Organization\n\n## Vision\nGood bread.\n")
    (bakery / "salt").touch()
    assert main(("run", "first-loop", "--trust")) == 0
    shop = tmp_path / "shop"
    (shop / ".loops").mkdir(parents=True)
    (shop / ".loops/second-loop.toml").write_text(SECOND)
    monkeypatch.chdir(shop)
    assert main(("run", "second-loop", "--trust")) == 0
    told = (shop / "told.md").read_text()
    assert "Vision: Good bread." in told
    completed = next(line for line in told.splitlines() if line.startswith("Completed: "))
    assert "first-loop" in completed
    assert "bakery" in completed
