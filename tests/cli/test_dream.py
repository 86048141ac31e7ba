"""`loop-tui dream`, through the command, on documents of three tiers."""

import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import JsonValue
from rich.cells import cell_len

from loop_tui.__main__ import main
from loop_tui.storage.archive.writer import archive_path
from tests.conftest import World

ORGANIZATION = """\
# Organization Dream State: mill street

## Active Systems
| System | Status | Progress |
|--------|--------|----------|
| bakery | active | 33% |
| shop | complete | 100% |

## Recent Completions
| Date | System | Loop | Outcome |
|------|--------|------|---------|
"""
SYSTEM = """\
# System Dream State: bakery

## Vision
Bread at six.

## Modules
| Module | Path | Status | Functions |
|--------|------|--------|-----------|
| ovens | src/ovens/ | in-progress | 1/2 |
| dough | src/dough | pending | 0/1 |

## Module Checklists
### dough
- [ ] knead

## Notes
Ask the miller.
"""
MODULE = "# Module Dream State: ovens\n\n## Required Functions\n- [x] heat\n- [ ] clean — after each batch\n"


class Told(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Dream = Callable[..., Told]


@pytest.fixture
def bakery(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a system and a module, and the organization's document."""
    folder = world.root / "bakery"
    (folder / ".claude").mkdir(parents=True)
    (folder / "src/ovens/.claude").mkdir(parents=True)
    (folder / ".claude/DREAM-STATE.md").write_text(SYSTEM)
    (folder / "src/ovens/.claude/DREAM-STATE.md").write_text(MODULE)
    (world.claude / "DREAM-STATE.md").write_text(ORGANIZATION)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def dream(capsys: pytest.CaptureFixture[str]) -> Dream:
    """Runs `loop-tui dream` with words."""

    def run(*words: str) -> Told:
        code = main(["dream", *words])
        out, err = capsys.readouterr()
        return Told(code, out, err)

    return run


def archived(world: World, run: str = "3f2a", **more: JsonValue) -> None:
    """An archived run of the bakery."""
    summary: dict[str, JsonValue] = {
        "loop": "engineering-loop", "system": "bakery", "module": "ovens", "outcome": "success", "run": run,
        "completed_at": "2026-03-02T10:00:00Z", "deliverables": ["FEATURESPEC.md"], **more,
    }  # fmt: skip
    path = archive_path(world.claude, "bakery", "engineering-loop", datetime(2026, 3, 2, 10, tzinfo=UTC))
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"meta": {"archived_at": summary["completed_at"], "archive_version": "1.0.0"}, "summary": summary}
    path.write_text(json.dumps({**body, "state": {}}))


def test_nothing_is_said_of_a_project_without_documents(dream: Dream, tmp_path: Path) -> None:
    told = dream("status", "--project", str(tmp_path))
    assert (told.code, told.err) == (0, "")
    assert "no Dream State here" in told.out
    assert json.loads(dream("status", "--project", str(tmp_path), "--json").out)["root"] is None


def test_the_tree_has_all_tiers_and_says_why_it_is_not_done(bakery: Path, dream: Dream) -> None:
    told = dream()
    assert told.code == 0
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert lines[:5] == [
        "· organization mill street not done 1/3",
        "· system bakery not done 1/3",
        "· ovens not done 1/2",
        "· dough not done 0/1",
        "✓ system shop done by its table",
    ]
    assert "bakery > ovens > clean: not operational" in lines
    assert "Not understood, kept as it is: Notes (line 16)" in lines
    assert "Contradictions:" not in lines
    assert dream("status").out == told.out
    assert dream("--all").out == dream("status", "--all").out
    assert dream("--json").out == dream("status", "--json").out
    assert dream("--all", "status").code == 2


def test_a_system_that_is_listed_by_its_folder_is_there_once(bakery: Path, dream: Dream, world: World) -> None:
    path = bakery / ".claude/DREAM-STATE.md"
    path.write_text(SYSTEM.replace("State: bakery", "State: The Bread Shop"))
    root = json.loads(dream("status", "--json").out)["root"]
    assert [(each["name"], each["total"]) for each in root["children"]] == [("bakery", 3), ("shop", 0)]
    archived(world)
    dream("tick", "clean", "--run", "1")
    organization = (world.claude / "DREAM-STATE.md").read_text()
    assert "| bakery | active | 67% |" in organization
    assert "| bakery / ovens | engineering-loop |" in organization
    assert "Bread Shop" not in organization


def test_from_a_folder_below_the_top_it_is_the_same(
    bakery: Path, dream: Dream, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = dream().out
    monkeypatch.chdir(bakery / "src/ovens")
    assert dream().out == whole


def test_a_part_is_shown_by_its_name(bakery: Path, dream: Dream) -> None:
    told = dream("status", "OVENS", "--all")
    assert [" ".join(line.split()) for line in told.out.splitlines()[:3]] == [
        "· ovens not done 1/2",
        "✓ heat operational",
        "· clean not done",
    ]
    wrong = dream("status", "oven")
    assert (wrong.code, wrong.out) == (2, "")
    assert "there is no system or module 'oven'" in wrong.err


def test_a_part_by_its_table_is_named_and_counts_no_more_than_there_are(bakery: Path, dream: Dream) -> None:
    path = bakery / ".claude/DREAM-STATE.md"
    path.write_text("## Modules\n| Module | Functions |\n|---|---|\n| sieve | 12/7 |\n| sacks | 1/2 |\n")
    told = dream("status", "sieve")
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert lines[0] == "· sieve not done by its table"
    assert "sieve: its table says that it is not done" in lines
    assert ".claude/DREAM-STATE.md:4: sieve: table 12/7, more than there are" in lines
    assert json.loads(dream("status", "sieve", "--json").out)["why"][0]["path"] == ["sieve"]
    whole = json.loads(dream("--json").out)["root"]["children"][0]
    assert (whole["done"], whole["total"]) == (2, 4), "one of sacks, one of ovens"


def test_columns_are_aligned_by_cells(bakery: Path, dream: Dream) -> None:
    (bakery / ".claude/DREAM-STATE.md").write_text("## Modules\n### 日本\n- [ ] a\n### cafe\u0301\n- [ ] b\n")
    lines = dream("status").out.partition("\n\n")[0].splitlines()
    assert {"日本", "cafe\u0301"} <= set(" ".join(lines).split())
    assert len({cell_len(line.partition(" not done")[0]) for line in lines if " not done" in line}) == 1


def test_a_module_is_meant_by_its_folder_too(bakery: Path, dream: Dream) -> None:
    assert dream("tick", "clean", "--module", "src/dough").code == 2
    assert "wrote 3 documents" in dream("tick", "clean", "--module", "src/ovens/").out
    assert (bakery / "src/ovens/.claude/DREAM-STATE.md").read_text() == MODULE.replace("- [ ] clean", "- [x] clean")


def test_a_plan_says_what_each_item_waits_for(bakery: Path, dream: Dream) -> None:
    table = "| Item | Status | Depends on |\n|---|---|---|\n| bread | planned | flour |\n| flour | done | |\n"
    (bakery / "ROADMAP.md").write_text(f"# Roadmap\n\n{table}")
    lines = dream("--all").out.splitlines()
    assert lines[-2:] == ["    · bread  (depends on flour)", "    ✓ flour"]


def test_json_has_the_same(bakery: Path, dream: Dream) -> None:
    told = json.loads(dream("status", "--json").out)
    assert (told["root"]["tier"], told["root"]["done"], told["root"]["total"]) == ("organization", 1, 3)
    assert told["why"][0] == {"path": ["bakery", "ovens", "clean"], "missing": "open"}
    assert told["system_document"]["vision"] == "Bread at six."
    assert told["system_document"]["kept"][0]["text"].strip() == "Ask the miller."
    ovens = told["root"]["children"][0]["children"][0]
    assert (ovens["folder"], ovens["document"]) == ("src/ovens", str(bakery / "src/ovens/.claude/DREAM-STATE.md"))


def test_what_cannot_be_read_is_named_and_hides_nothing(bakery: Path, dream: Dream) -> None:
    (bakery / ".claude/modules.json").write_text("{")
    (bakery / "ROADMAP.md").write_bytes("# ä".encode("utf-16"))
    os.mkfifo(bakery / "src/pipe")
    (bakery / "src/ovens/.claude/DREAM-STATE.md").unlink()
    os.mkfifo(bakery / "src/ovens/.claude/DREAM-STATE.md")
    told = dream("status")
    assert told.code == 2
    assert "· dough" in told.out
    assert sorted(line.removeprefix("loop-tui: ").split(": /")[0] for line in told.err.splitlines()) == [
        "DREAM-STATE.md cannot be read: it is a pipe, not a file",
        "ROADMAP.md is UTF-16, not UTF-8",
        "modules.json is not JSON: Expecting property name enclosed in double quotes",
    ]


def test_it_says_when_not_all_folders_were_searched(
    bakery: Path, dream: Dream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loop_tui.storage.dream.places.MOST_FOLDERS", 2)
    assert "searched for documents of modules" in dream().err
    assert dream("--json").err == ""


def test_hostile_text_is_clean_on_the_terminal(bakery: Path, dream: Dream) -> None:
    text = "# System Dream State: a\x1b]52;c;x\x07\n## Modules\n### \x1b[31mred\n- [ ] \u202eturned\x9b2J\n"
    (bakery / ".claude/DREAM-STATE.md").write_text(text)
    for words in (("status", "--all"), ("status", "--json")):
        told = dream(*words)
        assert told.code == 0
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(told.out)


def test_a_document_that_is_too_large_is_refused(bakery: Path, dream: Dream) -> None:
    (bakery / ".claude/DREAM-STATE.md").write_text("- [ ] a\n" * 200_000)
    told = dream("status")
    assert told.code == 2
    assert "a Dream State has at most 1 MB" in told.err


def test_ticking_rolls_counts_up_through_the_tiers(bakery: Path, dream: Dream, world: World) -> None:
    dry = dream("tick", "clean", "--dry-run")
    assert (dry.code, (bakery / ".claude/DREAM-STATE.md").read_text()) == (0, SYSTEM)
    told = dream("tick", "clean")
    assert told.code == 0
    assert "wrote 3 documents" in told.out
    assert (bakery / "src/ovens/.claude/DREAM-STATE.md").read_text() == MODULE.replace("- [ ] clean", "- [x] clean")
    system = (bakery / ".claude/DREAM-STATE.md").read_text()
    assert system == SYSTEM.replace("in-progress | 1/2", "complete | 2/2")
    organization = (world.claude / "DREAM-STATE.md").read_text()
    assert organization == ORGANIZATION.replace("33%", "67%")
    again = dream("tick", "clean")
    assert (again.code, again.out) == (0, "nothing to change\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("tick", "Clean"), "no function with a box has exactly that name"),
        (("tick", "knead", "nope"), "'nope'"),
        (("tick",), "nothing to tick"),
        (("tick", "knead", "--module", "ovens"), "no function with a box has exactly that name in 'ovens'"),
        (("tick", "--run", "nope"), "no archived run"),
    ],
)
def test_what_cannot_be_ticked_changes_nothing(bakery: Path, dream: Dream, words: tuple[str, ...], says: str) -> None:
    told = dream(*words)
    assert (told.code, told.out) == (2, "")
    assert says in told.err
    assert (bakery / ".claude/DREAM-STATE.md").read_text() == SYSTEM


def test_counts_that_contradict_are_corrected_only_after_a_yes(bakery: Path, dream: Dream, world: World) -> None:
    assert dream("correct").out == "no counts to correct\n"
    path, wrong = bakery / ".claude/DREAM-STATE.md", SYSTEM.replace("in-progress | 1/2", "complete | 2/2")
    path.write_text(wrong)
    (world.claude / "DREAM-STATE.md").write_text(ORGANIZATION.replace("33%", "90%"))
    asked = dream("correct")
    assert (asked.code, path.read_text()) == (3, wrong)
    assert "+| ovens | src/ovens/ | in-progress | 1/2 |" in asked.out
    assert "Correct 2 documents?" in asked.out
    assert dream("correct", "--dry-run").out.endswith("would change 2 documents\n")
    assert dream("correct", "dough", "--yes").out == "no counts to correct\n"
    assert "there is no system or module 'cellar'" in dream("correct", "cellar", "--yes").err
    assert json.loads(dream("correct", "ovens", "--yes", "--json").out) == {"documents": [str(path)], "written": True}
    assert path.read_text() == SYSTEM
    assert dream("correct", "--yes").out.endswith("wrote 1 document\n")
    assert (world.claude / "DREAM-STATE.md").read_text() == ORGANIZATION
    assert "Contradictions:" not in dream().out


def test_a_run_is_recorded_once_in_each_tier(bakery: Path, dream: Dream, world: World) -> None:
    archived(world)
    told = json.loads(dream("tick", "--run", "1", "--json").out)
    assert told["documents"] == [
        str(world.claude / "DREAM-STATE.md"),
        str(bakery / ".claude/DREAM-STATE.md"),
        str(bakery / "src/ovens/.claude/DREAM-STATE.md"),
    ]
    row = "| 2026-03-02 | engineering-loop | ovens | success | FEATURESPEC.md <!-- run 3f2a --> |"
    assert row in (bakery / ".claude/DREAM-STATE.md").read_text()
    organization = (world.claude / "DREAM-STATE.md").read_text()
    assert organization == ORGANIZATION + (
        "| 2026-03-02 | bakery / ovens | engineering-loop | success <!-- run 3f2a --> |\n"
    )
    assert "nothing to change" in dream("tick", "--run", "3f2a").out


def test_a_run_of_another_project_is_not_recorded(bakery: Path, dream: Dream, world: World) -> None:
    archived(world, system="mill", project="/elsewhere/mill")
    told = dream("tick", "--run", "3f2a")
    assert (told.code, told.out) == (2, "")
    assert "'3f2a' is a run of mill, not of this project: /elsewhere/mill (name its project with --project)" in told.err
    archived(world, run="55bb", system="bakery", project="/before/it/moved/bakery")
    assert dream("tick", "--run", "55bb").code == 0
    archived(world, run="77aa", system="ovens", project=str(bakery / "src/ovens"))
    assert dream("tick", "--run", "77aa").code == 0


def test_a_document_is_created_only_after_a_yes(bakery: Path, dream: Dream) -> None:
    path = bakery / "src/dough/.claude/DREAM-STATE.md"
    path.parent.parent.mkdir()
    asked = dream("init", "--module", "src/dough")
    assert asked.code == 3
    assert "--yes" in asked.out
    assert not path.exists()
    assert dream("init", "--module", "src/dough", "--yes").code == 0
    assert path.read_text().startswith("# Module Dream State: dough\n")
    assert "exists already" in dream("init", "--module", "src/dough", "--yes").err
    # A template lists nothing yet: what the system lists of the module still counts.
    assert "· dough" in dream().out
    assert json.loads(dream("status", "--json").out)["root"]["total"] == 3


def test_a_new_document_has_what_registries_know(dream: Dream, tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    modules: JsonValue = {
        "modules": [{"name": "auth", "functions": [{"name": "login", "done": True}, "logout"]}, "cart"]
    }
    (tmp_path / ".claude/modules.json").write_text(json.dumps(modules))
    assert dream("init", "--project", str(tmp_path), "--yes").code == 0
    text = (tmp_path / ".claude/DREAM-STATE.md").read_text()
    assert "| auth | pending | 1/2 |\n| cart | pending |  |\n" in text
    assert "### auth\n\n- [x] login\n- [ ] logout\n" in text
    told = json.loads(dream("status", "--project", str(tmp_path), "--json").out)
    assert (told["root"]["done"], told["root"]["total"], told["differs"]) == (1, 2, [])


@pytest.mark.parametrize("folder", ["/", ".", "..", "nowhere"])
def test_a_module_is_a_folder_of_the_project(bakery: Path, dream: Dream, folder: str) -> None:
    told = dream("init", "--module", folder, "--yes")
    assert told.code == 2
    assert "is not the folder of a module" in told.err


def test_a_link_out_of_the_project_is_not_written_through(bakery: Path, dream: Dream, world: World) -> None:
    outside = world.root / "outside.md"
    outside.write_text(SYSTEM)
    (bakery / ".claude/DREAM-STATE.md").unlink()
    (bakery / ".claude/DREAM-STATE.md").symlink_to(outside)
    told = dream("tick", "knead")
    assert told.code == 2
    assert "link out of the project" in told.err
    assert outside.read_text() == SYSTEM


def test_a_pattern_of_two_systems_is_proposed_for_the_organization(bakery: Path, world: World, dream: Dream) -> None:
    mill = world.root / "mill"
    for folder, text in ((bakery, '["weigh-first", "vent early"]'), (mill, '{"Weigh first": "always"}')):
        (folder / ".claude/memory").mkdir(parents=True)
        (folder / ".claude/memory/patterns.json").write_text(text)
    assert "Proposed" not in dream().out, "of a mill nothing is known yet"
    month = world.claude / "runs/2026-03"
    month.mkdir(parents=True)
    for number, (system, project) in enumerate(
        (("mill", str(mill)), ("gone", "/no\x00where"), ("bakery", str(bakery)))
    ):
        summary = {"system": system, "loop": "audit-loop", "project": project, "completed_at": f"2026-03-0{number + 1}"}
        (month / f"{system}-audit-loop-02T10-00-0{number}.json").write_text(json.dumps({"summary": summary}))
    told = dream().out.partition("Proposed for the organization:")[2]
    assert "weigh-first: in bakery, mill, not in " in told
    assert "vent early" not in told
    assert [each["systems"] for each in json.loads(dream("--json").out)["organization_promotions"]] == [
        ["bakery", "mill"]
    ]
    (mill / ".claude/memory/patterns.json").write_text("{")
    told_now = dream()
    assert (told_now.code, "Proposed" in told_now.out) == (0, False), "what is wrong with the mill is told in the mill"
    (mill / ".claude/memory/patterns.json").write_text('["weigh first"]')
    (world.claude / "memory").mkdir()
    (world.claude / "memory/patterns.json").write_text('["Weigh First"]')
    assert "Proposed" not in dream().out


def test_a_pattern_of_two_modules_is_proposed_for_the_system_and_not_moved(bakery: Path, dream: Dream) -> None:
    (bakery / "src/dough/.claude/memory").mkdir(parents=True)
    (bakery / "src/ovens/.claude/memory").mkdir(parents=True)
    (bakery / "src/dough/.claude/DREAM-STATE.md").write_text(MODULE.replace("ovens", "dough"))
    both = {"patterns": [{"name": "Weigh-first", "description": "flour before water"}, "rest \x1b[31mlong"]}
    (bakery / "src/dough/.claude/memory/patterns.json").write_text(json.dumps(both))
    own = {"weigh first": "always", "vent early": "steam", "known": "x"}
    (bakery / "src/ovens/.claude/memory/patterns.json").write_text(json.dumps(own))
    files = {path: path.read_bytes() for path in bakery.rglob("*.json")}
    told = dream()
    assert told.code == 0
    proposed = told.out.partition("Proposed for the system:")[2]
    assert "weigh" in proposed.lower()
    assert "not in .claude/memory/patterns.json" in proposed
    assert "vent early" not in proposed
    assert [each["modules"] for each in json.loads(dream("--json").out)["promotions"]] == [["dough", "ovens"]]
    assert {path: path.read_bytes() for path in bakery.rglob("*.json")} == files
    (bakery / ".claude/memory").mkdir()
    (bakery / ".claude/memory/patterns.json").write_text('["weigh-first"]')
    assert "Proposed" not in dream().out
