"""`run --resync` and `run --hotfix`: what is out is asked for anew; what passed on this very tree is taken again."""

import json
import subprocess
from pathlib import Path

import pytest

from loop_tui.storage.state import leases
from tests.projects import Project, wait_for

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.fixture
def out(feature: Project) -> Project:
    """A project whose 0.8.0 was shipped."""
    feature.here("run", "--yes")
    return feature


def picture(project: Project) -> tuple[str, ...]:
    """All that a resync leaves as it is."""
    return (
        project.git("log", "--format=%H"),
        project.git("ls-remote", "origin"),
        project.git("status", "--porcelain"),
        (project.folder / "package.json").read_text(),
    )


def given_up(project: Project) -> None:
    """Abort the run, and wait until the driver that archives it is gone."""
    project.here("abort", "--reason", "no")
    over = lambda: not project.state_file.exists() and leases.current(project.run_dir) is None  # noqa: E731
    wait_for(over, "the run is archived")


def summary(project: Project) -> dict[str, object]:
    found = max(project.archives(), key=lambda path: path.stat().st_mtime_ns)
    told = json.loads(found.read_text())["summary"]
    assert isinstance(told, dict)
    return told


def test_what_is_out_is_built_and_confirmed_anew_and_nothing_else_changes(out: Project) -> None:
    before = picture(out)
    said = out.here("run", "--resync", "--yes")
    assert "Resync:" in said
    assert "built" in said, "it is built again"
    assert "Bump version" not in said
    assert picture(out) == before
    told = summary(out)
    assert told["outcome"] == "success"
    commit = out.git("rev-parse", "HEAD")
    assert told["release"] == {"from": "0.8.0", "to": "0.8.0", "commit": commit, "tag": "", "new": "no"}
    assert len(out.archives()) == 2
    # A change that came since is what the next run ships.
    out.commit("feat: after it")
    assert "0.8.0 -> 0.9.0" in out.here("run", code=3)


def test_a_commit_that_was_not_shipped_is_refused(out: Project) -> None:
    """Not pushed; pushed by hand, and never shipped; changed in the working tree. No run is begun in any case.

    The dry run says it, too, as far as no remote has to be asked.
    """

    def refused() -> str:
        before, archives = picture(out), out.archives()
        said = out.here("run", "--resync", "--yes", code=2)
        assert not out.state_file.exists()
        assert "no run" in out.here("status")
        assert (picture(out), out.archives()) == (before, archives)
        return said

    def foreseen() -> list[str]:
        plan = json.loads(out.here("run", "--resync", "--dry-run", "--json"))
        return [found["words"] for found in plan["findings"] if found["name"] == "resync" and found["fatal"]]

    assert foreseen() == []
    out.commit("fix: by hand")
    assert "is not the shipped commit: origin/main is at" in refused()
    assert "was never shipped" in foreseen()[0]
    out.git("push", "-q", "origin", "main")
    assert "was never shipped" in refused()
    out.git("tag", "v0.8.1")
    assert foreseen() == []
    (out.folder / "server.js").write_text("// changed\n")
    changed = "a resync commits nothing, but tracked files differ from HEAD: server.js"
    assert changed in refused()
    assert foreseen() == [changed]
    out.git("checkout", "-q", "server.js")
    out.here("run", "--resync", "--yes")


def test_a_resync_that_is_refused_on_its_way_is_still_refused(out: Project) -> None:
    """It began well and waits; what was committed since was never shipped."""
    (out.folder / "notes.txt").write_text("untracked\n")
    out.here("run", "--resync", code=3)
    out.commit("fix: meanwhile")
    before = picture(out)
    said = out.here("run", "--resume", "--yes", "--answer", "untracked=y", code=1)
    assert "is not the shipped commit: origin/main is at" in said
    assert picture(out) == before


def test_checks_that_change_files_keep_a_resync_from_committing_them(out: Project) -> None:
    hook = out.folder / ".git/info/exclude"
    hook.write_text(hook.read_text() + "\nflag\n")
    (out.folder / "flag").write_text("")
    # The build of what was shipped writes nothing tracked; now something else does meanwhile.
    exclude = "require('fs').appendFileSync('check.js', '// more\\n')"
    wrapper = out.folder / "node_modules/.bin"
    wrapper.mkdir(parents=True, exist_ok=True)
    node = subprocess.run(["which", "node"], capture_output=True, text=True, check=True).stdout.strip()
    (wrapper / "node").write_text(f'#!/bin/sh\n[ -e flag ] && rm flag && {node} -e "{exclude}"\nexec {node} "$@"\n')
    (wrapper / "node").chmod(0o755)
    before = picture(out)[:2]
    said = out.here("run", "--resync", "--yes", code=1)
    assert "a resync commits nothing" in said
    assert picture(out)[:2] == before


@pytest.mark.parametrize(
    ("words", "todo"),
    [
        (("--resync", "--hotfix"), "--resync or --hotfix"),
        (("infra-loop", "--resync"), "remove --resync"),
    ],
)
def test_what_does_not_go_together_is_exit_2(feature: Project, words: tuple[str, ...], todo: str) -> None:
    assert todo in feature.here("run", *words, code=2)
    assert not list(feature.folder.glob("*-state.json"))


def test_a_run_that_is_there_does_not_become_another_kind(feature: Project) -> None:
    feature.here("run", code=3)
    assert "was not started with --resync" in feature.here("run", "--resume", "--resync", code=2)


def test_a_resync_goes_on_as_one_after_its_driver_died(out: Project) -> None:
    (out.folder / "notes.txt").write_text("untracked\n")
    before = picture(out)[:2]
    out.here("run", "--resync", code=3)
    out.here("run", "--resume", "--yes", "--answer", "untracked=y")
    assert picture(out)[:2] == before


def test_a_hotfix_takes_evidence_of_the_very_tree_and_verifies_another(feature: Project, tmp_path: Path) -> None:
    """The same tree again: nothing is run for it. Another one: all is run, and a red test stops it as ever."""
    count = tmp_path / "count"
    feature.scripts(test=f"echo x >> {count} && node check.js")
    feature.commit("fix: a test that counts")
    feature.here("run", "--yes")
    assert count.read_text().count("x") == 1
    feature.git("commit", "-q", "--allow-empty", "-m", "chore: the same tree")
    said = feature.here("run", "--hotfix", "--yes")
    assert "Evidence of earlier runs for exactly this tree: lint, test" in said
    assert "test: exit 0 (reused: same tree)" in said
    assert count.read_text().count("x") == 1
    feature.here("run", "--yes")
    assert count.read_text().count("x") == 2, "without --hotfix each run verifies"
    feature.scripts(test="false")
    feature.commit("fix: broken")
    before = feature.git("ls-remote", "origin")
    said = feature.here("run", "--hotfix", "--yes", code=1)
    assert "none, so it is verified" in said
    assert "readiness-gate FAILED" in said
    assert feature.git("ls-remote", "origin") == before


def packed(project: Project, name: str) -> str:
    """What the newest tarball in the archive holds under that name."""
    newest = max(project.archives(), key=lambda path: path.stat().st_mtime_ns)
    (tarball,) = newest.with_suffix("").rglob("*.tgz")
    done = subprocess.run(["tar", "-xzOf", str(tarball), f"package/{name}"], text=True, capture_output=True, check=True)
    return done.stdout


def test_a_hotfix_ships_what_is_built_of_its_tree_and_not_what_lies_in_its_place(
    feature: Project, tmp_path: Path
) -> None:
    """Something else was built since, and the sources put back: the tree is the same, what lies there is not.

    The run before had a file about that is in no tree, so nothing of it is evidence; the one after it is taken.
    """
    count = tmp_path / "count"
    feature.scripts(test=f"echo x >> {count} && node check.js")
    feature.commit("fix: a test that counts")
    notes = feature.folder / "notes.txt"
    notes.write_text("tests may read it\n")
    feature.here("run", "--yes", "--answer", "untracked=y")
    notes.unlink()
    feature.git("commit", "-q", "--allow-empty", "-m", "chore: the same tree")
    assert "Evidence of earlier runs for exactly this tree: none" in feature.here("run", "--hotfix", "--yes")
    assert count.read_text().count("x") == 2
    source = (feature.folder / "server.js").read_text()
    (feature.folder / "dist/server.js").write_text(f"{source}// of a tree that nobody ships\n")
    feature.git("commit", "-q", "--allow-empty", "-m", "chore: the same tree again")
    said = feature.here("run", "--hotfix", "--yes")
    assert "build: exit 0 (reused" not in said
    assert "test: exit 0 (reused: same tree)" in said
    assert count.read_text().count("x") == 2
    assert packed(feature, "dist/server.js") == source
