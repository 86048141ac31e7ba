"""The hooks that projects really have: shipped or refused as plain git and the tools themselves would."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.runners.context import EvidenceVoid, SkillFailed
from tests.npm_tools import use_hooks

from .shipyard import Yard, new_yard

MESSAGE = "chore(release): v0.8.0"
UNTIDY = "const   a = 1\nexport {  a }\n"
TIDY = "const a = 1;\nexport { a };\n"
DEBUGGER = "debugger;\nexport const a = 1;\n"
LINT_STAGED = {"*.js": "biome check --write --no-errors-on-unmatched"}
LEFTHOOK = """\
pre-commit:
  jobs:
    - name: tidy
      glob: "*.js"
      run: node_modules/.bin/biome check --write --no-errors-on-unmatched {staged_files}
      stage_fixed: true
"""
COMMITLINT = "export default { extends: ['@commitlint/config-conventional'], defaultIgnores: false, rules: RULES };\n"
NO_RELEASES = "{ 'scope-enum': [2, 'always', ['core', 'docs']] }"


def husky(yard: Yard, name: str, command: str) -> None:
    yard.write(f".husky/{name}", f"{command}\n")


def sh(folder: Path, *argv: str) -> None:
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)


def with_husky(yard: Yard) -> None:
    yard.write(
        "package.json",
        json.dumps(json.loads((yard.project / "package.json").read_text()) | {"lint-staged": LINT_STAGED}),
    )
    husky(yard, "pre-commit", "lint-staged")
    sh(yard.project, "node_modules/.bin/husky")


def with_lefthook(yard: Yard) -> None:
    yard.write("lefthook.yml", LEFTHOOK)
    sh(yard.project, "node_modules/.bin/lefthook", "install")


def with_commitlint(rules: str) -> Callable[[Yard], None]:
    def furnish(yard: Yard) -> None:
        yard.write("commitlint.config.mjs", COMMITLINT.replace("RULES", rules))
        husky(yard, "commit-msg", "commitlint --edit $1")
        sh(yard.project, "node_modules/.bin/husky")

    return furnish


def with_lefthook_messages(yard: Yard) -> None:
    yard.write("commitlint.config.mjs", COMMITLINT.replace("RULES", NO_RELEASES))
    yard.write("lefthook.yml", "commit-msg:\n  jobs:\n    - run: node_modules/.bin/commitlint --edit {1}\n")
    sh(yard.project, "node_modules/.bin/lefthook", "install")


def with_lefthook_push(yard: Yard) -> None:
    yard.write(
        "lefthook.yml", "pre-push:\n  jobs:\n    - run: echo $PWD && node_modules/.bin/biome lint {push_files}\n"
    )
    sh(yard.project, "node_modules/.bin/lefthook", "install")


@dataclass(frozen=True)
class Habit:
    """How a project is set up, what is changed in it, and what its tools say: a reason to refuse, or nothing."""

    furnish: Callable[[Yard], None]
    text: str
    refuses: str = ""
    becomes: str = ""


HABITS = {
    "husky, lint-staged and Biome tidy up": Habit(with_husky, UNTIDY, becomes=TIDY),
    "husky, lint-staged and Biome refuse": Habit(with_husky, DEBUGGER, "noDebugger"),
    "lefthook and Biome tidy up": Habit(with_lefthook, UNTIDY, becomes=TIDY),
    "lefthook and Biome refuse": Habit(with_lefthook, DEBUGGER, "noDebugger"),
    "commitlint takes a release": Habit(with_commitlint("{}"), TIDY, becomes=TIDY),
    "commitlint refuses a release": Habit(with_commitlint(NO_RELEASES), TIDY, "scope-enum"),
    "commitlint through lefthook refuses": Habit(with_lefthook_messages, TIDY, "scope-enum"),
    "lefthook refuses the push": Habit(with_lefthook_push, DEBUGGER, "noDebugger"),
}
SAMPLE = ("husky, lint-staged and Biome tidy up", "commitlint refuses a release")


@pytest.fixture
def yard(world: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """A project with the tools, all of it committed and pushed."""
    made = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    use_hooks(made.project)
    return made


def by_hand(yard: Yard, folder: Path, files: tuple[str, ...]) -> tuple[str, str]:
    """What plain git makes of the same change in a copy of the project: a tree that was pushed, or what was said."""
    shutil.copytree(yard.project, folder / "project", symlinks=True)
    shutil.copytree(yard.origin, folder / "origin.git")
    there = folder / "project"
    yard.git("remote", "set-url", "origin", str(folder / "origin.git"), cwd=there)
    yard.git("add", "--", *files, cwd=there)
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    for argv in (["git", "commit", "-q", "-m", MESSAGE], ["git", "push", "-q", "origin", "main"]):
        done = subprocess.run(argv, cwd=there, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            return "", done.stdout + done.stderr
    return yard.git("rev-parse", "HEAD^{tree}", cwd=there), ""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in SAMPLE else pytest.mark.long) for name in HABITS]
)
async def test_it_ships_or_is_refused_as_by_hand(yard: Yard, tmp_path: Path, name: str) -> None:
    habit = HABITS[name]
    habit.furnish(yard)
    yard.git("add", ".")
    yard.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "chore: tools")
    yard.git("push", "-q", "--no-verify")
    before = yard.remote_head()
    package = json.loads((yard.project / "package.json").read_text())
    yard.write("package.json", json.dumps(package | {"version": "0.8.0"}, indent="\t") + "\n")
    yard.write("main.js", habit.text)
    yard.git("add", "main.js")
    tree, said = by_hand(yard, tmp_path / "by-hand", ("package.json", "main.js"))
    assert bool(tree) is not bool(habit.refuses), said
    assert habit.refuses in said
    await yard.verify()
    if habit.refuses:
        with pytest.raises((SkillFailed, Problem)) as refused:
            await yard.run(run, "git-workflow")
        assert habit.refuses in refused.value.what
        assert yard.remote_head() == before
        return
    if habit.becomes != habit.text:
        with pytest.raises(EvidenceVoid, match=r"main\.js"):
            await yard.run(run, "git-workflow")
        assert yard.remote_head() == before, "what a hook made is checked before it is pushed"
        await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.git("rev-parse", "HEAD^{tree}") == tree
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert yard.git("show", "HEAD:main.js") + "\n" == habit.becomes
    assert yard.git("status", "--porcelain") == ""
    assert yard.commits()[0] == MESSAGE
