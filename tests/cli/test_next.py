"""`loop-tui next`, through the command, on real files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loop_tui.__main__ import main
from loop_tui.process.launcher import ProcessLauncher
from tests.storage.context_situations import Place

SYSTEM = """\
# System Dream State: bakery

## Modules
| Module | Functions |
|--------|-----------|
| ovens | 1/3 |
| till | 0/2 |

## Module Checklists
### ovens
- [x] heat
- [ ] clean
- [ ] light
"""
ROADMAP = "# Roadmap\n\n## Now\n| Feature | Status | Depends on |\n|---|---|---|\n| rye | planned | ovens |\n"
CHANGED = [{"id": "c", "kind": "commit", "intent": {"files": ["src/a.py"]}, "proof": {"sha": "1"}}]
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("LOOP_TUI_HOME", str(tmp_path / "there/claude"))
    made = Place(tmp_path / "there")
    monkeypatch.chdir(made.project)
    return made


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs `loop-tui next` with words."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(("next", *words))
        return code, *capsys.readouterr()

    return run


def moves(ask: Ask) -> list[dict[str, Any]]:
    found = json.loads(ask("--json")[1])["moves"]
    assert isinstance(found, list)
    return found


def named(ask: Ask) -> list[tuple[str, str, str | None]]:
    return [(move["kind"], move["loop"], move["target"]) for move in moves(ask)]


def test_without_goals_it_says_how_to_get_some(place: Place, ask: Ask) -> None:
    assert ask() == (
        0,
        "nothing is open: no Dream State and no roadmap says what is; `loop-tui dream init` creates a Dream State\n"
        "`loop-tui loops` lists the loops that can be started anyway\n",
        "",
    )
    place.write(".claude/DREAM-STATE.md", "# System\n\n## Modules\n| Module | Status |\n|--|--|\n| a | complete |\n")
    assert ask()[1].startswith("nothing is open: plan what comes next")


def test_what_documents_ask_for_has_its_evidence_and_the_inputs_that_there_are(place: Place, ask: Ask) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    place.write("ROADMAP.md", ROADMAP)
    code, said, _ = ask()
    assert code == 0
    assert said.splitlines() == [
        "1. engineering-loop > ovens: 2 functions open: clean, light",
        "   evidence: .claude/DREAM-STATE.md:12",
        "   unblocks: rye",
        "   no score, not measured: likelihood, time; alignment 5.5 x 0.4 (2 of 4 open functions), "
        "unlock 4 x 0.25 (1 of 3 open items wait for it), effort 9 x 0.1 (2 functions)",
        "2. engineering-loop > till: 2 functions open, by its table",
        "   evidence: .claude/DREAM-STATE.md:7",
        "   no score, not measured: likelihood, time; alignment 5.5 x 0.4 (2 of 4 open functions), "
        "unlock 1 x 0.25 (0 of 3 open items wait for it), effort 9 x 0.1 (2 functions)",
        "`loop-tui next start` starts with the first: loop-tui run engineering-loop --module ovens",
    ]


def test_a_score_equals_the_formula_over_what_the_archive_says(place: Place, ask: Ask) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    place.write("ROADMAP.md", ROADMAP)
    for day in range(1, 5):
        place.archive(day, "engineering-loop", "success" if day > 1 else "failed", working_ms=600_000 * day)
    first = moves(ask)[0]
    values = {name: each["value"] for name, each in first["inputs"].items()}
    assert values["likelihood"] == 7.8
    weights = {"alignment": 0.4, "unlock": 0.25, "likelihood": 0.15, "time": 0.1, "effort": 0.1}
    assert first["score"] == round(sum(weights[name] * value for name, value in values.items()), 1)
    assert first["inputs"]["time"]["by"] == "usually 30m00s"
    assert f"score {first['score']:g}/10: alignment 5.5 x 0.4" in ask()[1]


def test_after_a_loop_that_changed_code_the_release_comes_first(place: Place, ask: Ask) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    place.archive(3, "engineering-loop", effects=CHANGED)
    assert named(ask)[:2] == [
        ("release-after-loop", "distribution-loop", None),
        ("build", "engineering-loop", "ovens"),
    ]
    place.archive(4, "distribution-loop")
    assert named(ask)[0] == ("build", "engineering-loop", "ovens")


def test_code_that_others_committed_while_a_loop_was_running_is_to_be_released(place: Place, ask: Ask) -> None:
    place.write(".git/HEAD", "ref: refs/heads/main\n")
    place.write(".git/refs/heads/main", "b" * 40)
    place.write(".git/logs/HEAD", f"{'a' * 40} {'b' * 40} Ann <a@b.c> 1767432600 +0000\tcommit: feat: heat\n")
    place.archive(3, "engineering-loop", started_at="2026-01-03T09:40:00Z")
    assert named(ask) == []
    place.archive(3, "engineering-loop", started_at="2026-01-03T09:20:00Z")
    assert named(ask) == [("release-after-loop", "distribution-loop", None)]
    assert moves(ask)[0]["what"] == "engineering-loop changed code: 1 commit while it was running"
    place.archive(4, "distribution-loop")
    assert named(ask) == []
    place.archive(5, "engineering-loop", started_at="2026-01-03T09:20:00Z")
    assert named(ask) == [], "it was released meanwhile"


def test_commits_after_the_last_release_are_known_without_git(place: Place, ask: Ask) -> None:
    place.write(".git/HEAD", "ref: refs/heads/main\n")
    place.write(".git/refs/heads/main", "b" * 40)
    place.archive(4, "distribution-loop", release={"to": "1.2.0", "commit": "a" * 40})
    assert named(ask) == [("release", "distribution-loop", None)]
    assert moves(ask)[0]["what"] == "bbbbbbb is checked out, and 1.2.0 was released from aaaaaaa"
    assert "   evidence: run 00000004" in ask()[1]
    place.write(".git/refs/heads/main", "a" * 40)
    assert named(ask) == []


def test_a_run_that_waits_comes_before_what_is_new(place: Place, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    assert main(("run", "infra-loop")) == 3
    capsys.readouterr()
    assert named(ask)[0] == ("answer", "infra-loop", None)
    assert moves(ask)[0]["evidence"][0]["file"] == str(place.project / "infra-state.json")
    assert ask()[1].splitlines()[-1] == "`loop-tui next start` starts with the first: loop-tui status --loop infra-loop"


def test_stale_documents_come_last(place: Place, ask: Ask) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    place.write("README.md", "# Bakery\n\nSee [the plan](docs/plan.md).\n")
    last = moves(ask)[-1]
    assert (last["kind"], last["loop"], last["target"]) == ("documents", None, "documents")
    assert last["evidence"] == [{"file": str(place.project / "README.md"), "line": 3, "run": ""}]
    place.write(".claude/DREAM-STATE.md", "")
    assert ask()[1].splitlines()[-1] == "`loop-tui next start` starts with the first: loop-tui docs stale"


def test_what_cannot_be_read_is_named(place: Place, ask: Ask) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    place.write(".claude/modules.json", "{")
    place.write(".claude/checks.toml", "[")
    code, said, errors = ask()
    assert code == 2
    assert "engineering-loop > ovens" in said
    assert len(errors.splitlines()) == 2


def test_of_one_module_only_its_own_moves_are_shown(place: Place, ask: Ask) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    said = ask("--module", "Till")[1]
    assert said.startswith("1. engineering-loop > till: ")
    assert "ovens" not in said
    code, _, errors = ask("--module", "cellar")
    assert (code, "there is no module 'cellar'" in errors) == (2, True)
    place.write(".claude/DREAM-STATE.md", "# System\n\n## Modules\n| Module | Status |\n|--|--|\n| till | blocked |\n")
    assert ask("--module", "till")[1].startswith("nothing to start in this module")


def test_a_long_list_is_cut_and_says_so(place: Place, ask: Ask) -> None:
    place.write("ROADMAP.md", "# Roadmap\n\n## Now\n" + "".join(f"- [ ] item \x1b[2J{n}\n" for n in range(9)))
    assert ask()[1].splitlines()[-1] == "and 4 more moves (--all)"
    every = ask("--all")[1]
    assert "item 8" in every
    assert "\x1b" not in every


def test_a_run_that_a_move_began_keeps_why_in_its_state_and_its_archive(
    place: Place, ask: Ask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOOP_TUI_USER", "ada")
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    place.write("ROADMAP.md", ROADMAP)
    assert ask("start", "ovens")[0] == 3
    kept = json.loads((place.project / "loop-state.json").read_text())
    choice = kept["leverage_decision"]
    assert kept["context"]["module"] == "ovens"
    assert choice | {"chosen_at": ""} == {
        "kind": "build",
        "loop": "engineering-loop",
        "target": "ovens",
        "module": "ovens",
        "what": "2 functions open: clean, light",
        "score": None,
        "inputs": {
            "alignment": {"value": 5.5, "by": "2 of 4 open functions"},
            "unlock": {"value": 4.0, "by": "1 of 3 open items wait for it"},
            "effort": {"value": 9.0, "by": "2 functions"},
        },
        "evidence": [".claude/DREAM-STATE.md:12"],
        "unblocks": ["rye"],
        "rank": 1,
        "of": 2,
        "chosen_by": "ada",
        "chosen_at": "",
    }
    began = "began with next move 1 of 2, chosen by ada: ovens: 2 functions open: clean, light"
    assert main(("status", "--loop", "engineering-loop")) == 0
    assert began in capsys.readouterr().out
    code, _, errors = ask("start", "till")
    assert (code, "a run of engineering-loop exists already" in errors) == (2, True)
    monkeypatch.setattr(ProcessLauncher, "start", lambda *given: 0)
    assert main(("abort", "--loop", "engineering-loop", "--reason", "not today")) == 0
    main(("run", "engineering-loop", "--resume"))
    (archived,) = (tmp_path / "there/claude/runs").glob("*/*.json")
    assert json.loads(archived.read_text())["summary"]["leverage_decision"] == choice
    capsys.readouterr()
    assert main(("runs", "show", str(archived))) == 0
    told = capsys.readouterr().out
    assert began in told
    assert "  .claude/DREAM-STATE.md:12" in told


def test_a_move_that_is_none_is_refused_in_a_line(place: Place, ask: Ask) -> None:
    assert ask("start")[0] == 2
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    code, _, errors = ask("start", "9")
    assert (code, errors) == (2, "loop-tui: there is no move 9 (use 1 to 2, or the name of a target)\n")
    assert main(("run", "engineering-loop", "--move", '{"target": 1}')) == 2
    assert not (place.project / "loop-state.json").exists()


def test_what_is_not_measured_is_stated_on_request_and_shown_as_stated(
    place: Place, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOP_TUI_USER", "ada")
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    place.write("ROADMAP.md", ROADMAP)
    code, said, _ = ask("rate", "ovens")
    assert (code, said.splitlines()) == (
        3,
        ["ovens: not measured: likelihood, time", "use --set likelihood=NUMBER, from 1 to 10"],
    )
    place.write(".claude/memory/calibration.json", '{"theirs":  1e3 }\n')
    code, said, _ = ask("rate", "ovens", "--set", "likelihood=7", "--set", "time=3")
    assert (code, said.splitlines()[:2]) == (0, ["wrote .claude/memory/calibration.json", "1. ovens"])
    kept = (place.project / ".claude/memory/calibration.json").read_text()
    assert kept.startswith('{"theirs":  1e3')
    first = moves(ask)[0]
    assert first["score"] == round(0.4 * 5.5 + 0.25 * 4 + 0.15 * 7 + 0.1 * 3 + 0.1 * 9, 1)
    assert first["inputs"]["likelihood"]["by"].startswith("stated by ada on 20")
    assert "likelihood 7 x 0.15 (stated by ada on 20" in ask()[1]
    for day in range(1, 5):
        place.archive(day, "engineering-loop", working_ms=600_000)
    assert moves(ask)[0]["inputs"]["likelihood"]["by"] == "4 of 4 runs succeeded", "what is measured counts"
    assert ask("rate", "ovens", "--set", "time=3")[0] == 2
    assert "calibration" not in ask("rate", "till", "--set", "unlock=2")[1], "that is measured too"


def test_what_was_stated_can_be_taken_back_and_hostile_files_state_nothing(place: Place, ask: Ask) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    assert ask("rate", "--set", "time=8")[0] == 0
    assert ask("rate", "--set", "time=")[0] == 0
    assert "stated" not in ask()[1]
    for wrong in ("time=11", "time=nan", "time=x", "mood=3", "time"):
        assert ask("rate", "--set", wrong)[0] == 2
    for hostile in ('{"moves": 3}', '{"moves": {"ovens": {"time": {"value": 99}, "unlock": {"value": true}}}}', "[1]"):
        place.write(".claude/memory/calibration.json", hostile)
        code, said, _ = ask()
        assert (code, "stated" in said) == (0, False)
    place.write(".claude/memory/calibration.json", "{")
    assert ask()[0] == 2


def test_what_a_run_here_is_about_is_not_proposed_again(place: Place, ask: Ask) -> None:
    place.write(".claude/DREAM-STATE.md", SYSTEM)
    place.write("ROADMAP.md", ROADMAP)
    assert ask("start", "ovens")[0] == 3
    assert named(ask) == [("answer", "engineering-loop", None), ("build", "engineering-loop", "till")]
    assert "rye" not in [move["target"] for move in moves(ask)], "it still waits for the ovens"
