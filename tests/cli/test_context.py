"""`loop-tui context`, through the command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from loop_tui.__main__ import main
from loop_tui.cli.context import NOT_GIVEN, NOTHING
from loop_tui.model.context.markdown import BEGIN, END
from tests.conftest import World

SYSTEM = """\
# System Dream State: bakery

## Vision
Bread at six.

## Modules
| Module | Functions |
|--------|-----------|
| ovens | 1/2 |
"""


class Told(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Ask = Callable[..., Told]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command of `loop-tui` with words."""

    def run(*words: str) -> Told:
        code = main(words)
        return Told(code, *capsys.readouterr())

    return run


@pytest.fixture
def bakery(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a document of its system."""
    folder = world.root / "bakery"
    (folder / ".claude").mkdir(parents=True)
    (folder / ".claude/DREAM-STATE.md").write_text(SYSTEM)
    monkeypatch.chdir(folder)
    return folder


def test_people_read_it_without_the_marks_and_agents_between_them(bakery: Path, ask: Ask) -> None:
    told, marked = ask("context"), ask("context", "--markdown")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(
        "## Loaded Context\n\n### System: bakery\nVision: Bread at six. [.claude/DREAM-STATE.md:3]\n"
    )
    assert marked.out == f"{BEGIN}\n{told.out}\n{END}\n"


def test_json_has_the_source_of_each_line(bakery: Path, ask: Ask) -> None:
    told = json.loads(ask("context", "--json", "--module", "ovens", "--loop", "infra-loop").out)
    assert (told["loop"], told["system"], told["module"], told["problems"]) == ("infra-loop", "bakery", "ovens", [])
    assert told["sections"][0]["lines"][0] == {
        "text": "Vision: Bread at six.",
        "file": str(bakery / ".claude/DREAM-STATE.md"),
        "line": 3,
        "run": None,
    }
    assert [section["part"] for section in told["sections"]] == ["system", "module", "deliverables", "held-to"]
    assert 0 < told["tokens"] <= told["budget_tokens"] == 2000


def test_nothing_is_told_where_nothing_is_known(tmp_path: Path, ask: Ask) -> None:
    here = ("--project", str(tmp_path))
    assert ask("context", *here) == Told(0, f"{NOTHING}\n", "")
    assert ask("context", *here, "--markdown") == Told(0, "", "")
    assert json.loads(ask("context", *here, "--json").out)["sections"] == []


def test_a_budget_cuts_and_says_so(bakery: Path, ask: Ask) -> None:
    told = ask("context", "--budget", "200")
    assert "Left out, lines beyond 200 tokens: " in told.out
    assert len(told.out.encode()) <= 800
    assert ask("context", "--budget", "10").code == 2


def test_what_cannot_be_read_is_named_and_the_rest_is_shown(bakery: Path, ask: Ask) -> None:
    (bakery / ".claude/modules.json").write_text("{")
    told = ask("context")
    assert told.code == 2
    assert "modules.json is not JSON" in told.err
    assert "Vision: Bread at six." in told.out
    told = ask("context", "--module", "cellar")
    assert (told.code, "there is no module 'cellar' (one of: ovens)" in told.err) == (2, True)


@pytest.mark.parametrize("words", [("--json", "--markdown"), ("--run", "--json")])
def test_forms_exclude_each_other(bakery: Path, ask: Ask, words: tuple[str, ...]) -> None:
    assert ask("context", *words).code == 2


def test_a_run_shows_what_it_was_given(bakery: Path, ask: Ask, tmp_path: Path) -> None:
    assert ask("context", "--run").code == 2
    assert ask("run", "infra-loop").code == 3
    (bakery / ".claude/DREAM-STATE.md").write_text(SYSTEM.replace("six", "seven"))
    given = ask("context", "--run").out
    assert "Bread at six." in given
    assert "Bread at seven." in ask("context").out
    path = bakery / ".loop/infra-loop/context.md"
    assert given == path.read_text()
    assert json.loads(ask("status", "--json").out)["context"] == str(path)
    empty = tmp_path / "empty"
    empty.mkdir()
    elsewhere = ("--project", str(empty))
    assert ask("run", "infra-loop", *elsewhere).code == 3
    assert json.loads(ask("status", "--json", *elsewhere).out)["context"] is None
    assert ask("context", "--run", *elsewhere) == Told(0, f"{NOT_GIVEN}\n", "")


def test_the_panel_before_a_run_says_what_it_would_know(bakery: Path, ask: Ask, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in ask("panel", "infra-loop").out.splitlines()]
    assert [line["text"] for line in lines if line["about"] == "context"] == ["system bakery (about 194 tokens)"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "context" not in ask("panel", "infra-loop", "--project", str(empty)).out
