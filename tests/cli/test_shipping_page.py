"""docs/shipping.md names only error codes, options and commands that there are."""

import re
from pathlib import Path

from loop_tui.cli.packs import packs
from loop_tui.model.problem_codes import Code
from loop_tui.storage.definitions.catalog import builtin

PAGE = (Path(__file__).parents[2] / "docs/shipping.md").read_text()


def test_its_error_codes_are_codes() -> None:
    rows = PAGE.partition("| code | what to do |")[2].splitlines()[2:]
    codes = [code for row in rows for code in re.findall(r"`([a-z-]+)`", row.split("|")[1])]
    assert len(codes) > 12
    assert [code for code in codes if code not in {known.value for known in Code}] == []


def test_its_options_of_run_are_options() -> None:
    ours = {"--resume", "--dry-run", "--reason", "--json"}
    known = ours | {f"--{name}" for name in packs().run_options}
    named = {word for line in PAGE.splitlines() if "run --" in line for word in re.findall(r"run (--[a-z-]+)", line)}
    assert {"--only", "--skip-target", "--resync", "--hotfix"} <= named
    assert named <= known


def test_its_skills_and_documents_are_those_of_the_loop() -> None:
    loop = builtin("distribution-loop")
    assert loop is not None
    skills = [skill for phase in loop.phases for skill in phase.skills]
    for name in ("release-planner", "code-verification", "git-workflow", "deploy", "distribute"):
        assert any(skill.id == name for skill in skills)
        assert f"`{name}`" in PAGE
    documents = {name for skill in skills for name in skill.deliverables}
    linked = re.findall(r"`([a-z-]+\.md)`", PAGE)
    assert linked
    assert set(linked) <= documents
