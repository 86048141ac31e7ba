"""`loop-tui run --module`: a run that is about one module, from its state to its archive and its documents."""

import json
from pathlib import Path

import pytest

from loop_tui.__main__ import main
from loop_tui.storage.archive.query import read_runs
from tests.conftest import World
from tests.craft import make_craft

SYSTEM = """\
# System Dream State: shop

## Modules
| Module | Path | Status | Functions |
|--------|------|--------|-----------|
| auth | src/auth/ | pending | 0/1 |

## Active Loops
| Loop | Module | Phase |
|------|--------|-------|

## Recent Completions
| Date | Loop | Module | Outcome |
|------|------|--------|---------|
"""
MODULE = "# Module Dream State: auth\n\n## Required Functions\n- [ ] login\n"


@pytest.fixture
def shop(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = world.root / "shop"
    (folder / ".claude").mkdir(parents=True)
    (folder / "src/auth/.claude").mkdir(parents=True)
    (folder / "src/cart").mkdir()
    (folder / ".claude/DREAM-STATE.md").write_text(SYSTEM)
    (folder / "src/auth/.claude/DREAM-STATE.md").write_text(MODULE)
    make_craft(folder)
    monkeypatch.chdir(folder)
    return folder


def test_a_run_of_a_module_is_one_in_state_archive_and_documents(
    shop: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "craft-loop", "--module", "src/auth", "--trust"]) == 3
    state = json.loads((shop / "craft-state.json").read_text())
    assert (state["context"]["tier"], state["context"]["module"]) == ("module", "auth")
    assert "| craft-loop | auth | MAKE <!-- running " in (shop / ".claude/DREAM-STATE.md").read_text()
    capsys.readouterr()
    assert main(["status", "--loop", "craft-loop"]) == 0
    assert "\nabout the module auth\n" in capsys.readouterr().out
    assert main(["status", "--loop", "craft-loop", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["module"] == "auth"
    assert main(["done", "make", "--loop", "craft-loop"]) == 0
    assert main(["run", "craft-loop", "--resume", "--yes"]) == 0
    runs, _ = read_runs(world.claude, module="auth")
    assert [(run.loop, run.module) for run in runs] == [("craft-loop", "auth")]
    assert read_runs(world.claude, module="cart")[0] == []
    system = (shop / ".claude/DREAM-STATE.md").read_text()
    assert "| craft-loop | auth | success <!-- run " in system
    assert "<!-- running" not in system
    journal = next((world.claude / "runs").glob("*/*/journey-log.jsonl")).read_text().splitlines()
    assert json.loads(journal[0])["context"]["module"] == "auth"
    assert (runs[0].checklist_completed, runs[0].checklist_total) == (0, 1)
    module = (shop / "src/auth/.claude/DREAM-STATE.md").read_text()
    assert module.startswith(MODULE)
    assert "| craft-loop | auth | success |" in module


def test_a_module_that_is_not_listed_begins_no_run(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "craft-loop", "--module", "cart", "--trust"]) == 2
    assert "there is no module 'cart' (one of: auth)" in capsys.readouterr().err
    assert not (shop / "craft-state.json").exists()


def test_a_run_keeps_its_module(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "craft-loop", "--trust"]) == 3
    assert main(["run", "craft-loop", "--module", "auth", "--trust", "--yes"]) == 2
    assert "this run is about the whole system, not auth" in capsys.readouterr().err


def test_without_documents_any_name_scopes_a_run(shop: Path) -> None:
    (shop / ".claude/DREAM-STATE.md").unlink()
    (shop / "src/auth/.claude/DREAM-STATE.md").unlink()
    assert main(["run", "craft-loop", "--module", "cart", "--trust"]) == 3
    assert json.loads((shop / "craft-state.json").read_text())["context"]["module"] == "cart"
