"""code-verification against real npm and node: which checks there are, what they say, and for which tree."""

import json
import os
from pathlib import Path

import pytest

from loop_tui.model.evidence import Check
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.verify.code_verification import run
from loop_tui.packs.ship.verify.stack import detect
from loop_tui.runners.context import Asked, SkillFailed, SkillResult
from loop_tui.services.git import trees

from .shipyard import PACKAGE, Yard

pytestmark = pytest.mark.usefixtures("quick_npm")

SKILL = "code-verification"
NODE = "node -e "


def say(words: str, code: int = 0) -> str:
    return f"{NODE}\"console.log('{words}');process.exit({code})\""


def scripts(yard: Yard, commit: bool = True, **commands: str) -> None:
    yard.write("package.json", json.dumps(PACKAGE | {"scripts": commands}, indent=2) + "\n")
    if commit:
        yard.git("commit", "-q", "-a", "-m", "chore: scripts")


async def verify(yard: Yard, **settings: object) -> SkillResult:
    return await yard.run(run, SKILL, settings)


def by_name(result: SkillResult) -> dict[str, Check]:
    return {check.name: check for check in result.checks}


def code(result: SkillResult) -> dict[str, Check]:
    """The checks of the code; those of the release have tests of their own."""
    return {name: check for name, check in by_name(result).items() if name not in ("package", "server", "version")}


async def test_all_green_with_counts_where_they_can_be_read(start: Yard) -> None:
    start.write("a.test.js", "import test from 'node:test'; test('one', () => {}); test('two', () => {});\n")
    start.git("add", "a.test.js")
    scripts(start, build=say("built"), test="node --test", lint=say("Found 0 warnings and 0 errors."))
    checks = code(await verify(start))
    head, tree = start.git("rev-parse", "HEAD"), start.git("rev-parse", "HEAD^{tree}")
    assert {name: (c.status, c.summary) for name, c in checks.items()} == {
        "build": (CheckStatus.PASSED, "exit 0"),
        "test": (CheckStatus.PASSED, "2/2 passing"),
        "lint": (CheckStatus.PASSED, "0 errors"),
        "tree": (CheckStatus.PASSED, f"{tree[:7]}, unchanged"),
    }
    assert {(c.commit, c.tree) for c in checks.values()} == {(head, tree)}
    assert [checks[n].command for n in ("build", "test", "lint")] == ["npm run build", "npm test", "npm run lint"]
    assert all(checks[n].exit_code == 0 and checks[n].duration_ms for n in ("build", "test", "lint"))
    assert "built" in checks["build"].excerpt


async def test_a_red_test_is_a_failed_check_and_no_failed_skill(start: Yard) -> None:
    start.write("a.test.js", "import test from 'node:test'; test('one', () => { throw new Error('the reason'); });\n")
    start.git("add", "a.test.js")
    scripts(start, build=say("built"), test="node --test", lint=say("fine"))
    checks = by_name(await verify(start))
    assert checks["test"].status is CheckStatus.FAILED
    assert checks["test"].summary == "0/1 passing, 1 failing (exit 1): one (a.test.js:1): the reason"
    assert checks["test"].exit_code == 1
    assert checks["build"].passed
    assert checks["lint"].passed
    assert "the reason" in start.text("verification-report.md")


async def test_each_of_many_failing_tests_is_named(start: Yard) -> None:
    """What the runner prints of them is longer than the end of its output that a report shows."""
    each = "test(`test ${n}`, () => { throw new Error(`reason ${n}\\n` + 'x\\n'.repeat(60)); });"
    start.write("a.test.js", f"import test from 'node:test'; for (let n = 1; n < 9; n++) {{ {each} }}\n")
    start.git("add", "a.test.js")
    scripts(start, test="node --test")
    checks = by_name(await verify(start))
    assert checks["test"].summary.startswith(
        "0/8 passing, 8 failing (exit 1): test 1 (a.test.js:1): reason 1 x x; and 7 more"
    )
    assert [f"✖ test {n} (a.test.js:1): reason {n}" in checks["test"].excerpt for n in range(1, 9)] == [True] * 8


async def test_what_there_is_no_script_for_is_skipped_and_never_counted(start: Yard) -> None:
    scripts(start, test='echo "Error: no test specified" && exit 1')
    checks = by_name(await verify(start))
    for name in ("build", "test", "lint"):
        assert (checks[name].status, checks[name].summary) == (CheckStatus.SKIPPED, "skipped (no script)")
        assert (checks[name].command, checks[name].exit_code) == ("", None)
    assert start.commands == []
    assert "types" not in checks


async def test_a_typecheck_script_is_a_check_of_its_own(start: Yard) -> None:
    scripts(start, typecheck=say("Found 2 errors in 1 file.", 2))
    checks = by_name(await verify(start))
    assert (checks["types"].status, checks["types"].summary) == (CheckStatus.FAILED, "2 errors (exit 2)")


async def test_tests_wait_for_the_build_and_are_not_run_when_it_fails(start: Yard) -> None:
    scripts(start, build=say("broken", 3), test=say("never"), lint=say("fine"))
    checks = by_name(await verify(start))
    assert (checks["build"].status, checks["build"].summary) == (CheckStatus.FAILED, "exit 3")
    assert (checks["test"].status, checks["test"].summary) == (CheckStatus.SKIPPED, "not run, because the build failed")
    assert checks["lint"].passed
    assert ("npm", "test") not in start.commands


async def test_lint_runs_beside_the_build(start: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each waits for a sign of the other: one after the other they would not end.
    start.write(
        "wait.cjs",
        "const fs = require('fs');\n"
        "const [mine, theirs] = process.argv.slice(2);\n"
        "fs.writeFileSync(mine, '');\n"
        "const timer = setInterval(() => fs.existsSync(theirs) && clearInterval(timer), 10);\n",
    )
    start.git("add", "wait.cjs")
    scripts(start, build="node wait.cjs .loop/a .loop/b", lint="node wait.cjs .loop/b .loop/a")
    (start.project / ".loop").mkdir(exist_ok=True)
    monkeypatch.setattr("loop_tui.packs.ship.verify.code_verification._cores", lambda: 2)
    checks = by_name(await verify(start, timeout_s=60))
    assert checks["build"].passed
    assert checks["lint"].passed


async def test_on_one_core_they_run_one_after_the_other(start: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts(start, build=say("b"), test=say("t"), lint=say("l"))
    monkeypatch.setattr("loop_tui.packs.ship.verify.code_verification._cores", lambda: 1)
    await verify(start)
    assert [argv[-1] for argv in start.commands] == ["build", "test", "lint"]


async def test_the_time_limit_ends_what_never_ends(start: Yard) -> None:
    scripts(start, test=NODE + '"setInterval(()=>{},1000)"')
    checks = by_name(await verify(start, timeout_s=1))
    assert checks["test"].status is CheckStatus.FAILED
    assert checks["test"].summary == "ended after 1 s, its time limit"


async def test_a_program_that_is_missing_is_a_failed_check(start: Yard) -> None:
    scripts(start)
    checks = by_name(await verify(start, lint=["no-such-linter", "."]))
    assert checks["lint"].status is CheckStatus.FAILED
    assert "no-such-linter" in checks["lint"].summary


async def test_settings_name_other_commands_scripts_or_none(start: Yard) -> None:
    scripts(start, build=say("built"), verify=say("verified"))
    checks = by_name(await verify(start, build=[], test="verify", lint=["node", "--version"]))
    assert checks["build"].summary == "skipped (disabled in the settings)"
    assert checks["test"].command == "npm run verify"
    assert checks["lint"].command == "node --version"
    with pytest.raises(SkillFailed, match="not a command"):
        await verify(start, build=7)


# --- the tree -------------------------------------------------------------------------------------------------------


async def test_a_passed_check_of_the_same_tree_is_taken_again(start: Yard) -> None:
    scripts(start, build=say("built"), test=say("broken", 1), lint=say("fine"))
    await verify(start)
    start.commands.clear()
    checks = by_name(await verify(start))
    assert start.commands == [("npm", "test")]
    assert checks["build"].summary == "exit 0 (reused: same tree)"
    assert checks["build"].excerpt.endswith("built")
    again = by_name(await verify(start))
    assert again["build"].summary == "exit 0 (reused: same tree)"


async def test_another_tree_another_command_or_untracked_files_run_it_again(start: Yard) -> None:
    scripts(start, build=say("built"))
    await verify(start)
    start.write("server.js", "changed\n")
    assert by_name(await verify(start))["build"].summary == "exit 0"
    assert by_name(await verify(start, build=["node", "--version"]))["build"].summary == "exit 0"
    start.write("untracked.js", "who knows\n")
    start.answers["untracked-"] = "y"
    checks = by_name(await verify(start))
    assert checks["build"].summary == "exit 0"
    assert "1 untracked file stayed out" in checks["tree"].summary


async def test_what_the_checks_see_and_the_commit_does_not_have_is_asked_about(start: Yard) -> None:
    scripts(start, build=say("built"))
    start.write("untracked.js", "who knows\n")
    with pytest.raises(Asked) as asked:
        await verify(start)
    assert asked.value.question.default is None, "nobody who takes every default said so"
    start.answers["untracked-"] = "n"
    with pytest.raises(SkillFailed, match="git add"):
        await verify(start)
    assert start.commands == []


async def test_uncommitted_changes_are_part_of_the_tree(start: Yard) -> None:
    scripts(start, commit=False, build=say("built"))
    checks = by_name(await verify(start))
    assert checks["build"].tree != start.git("rev-parse", "HEAD^{tree}")
    assert checks["build"].tree == await trees.tracked_tree(start.project, ("distribution-state.json", ".loop"))


async def test_commands_that_change_tracked_files_once_run_once_more(start: Yard) -> None:
    settle = "require('fs').writeFileSync('server.js','formatted')"
    scripts(start, lint=f'{NODE}"{settle}"')
    checks = by_name(await verify(start))
    assert [argv[-1] for argv in start.commands] == ["lint", "lint"]
    assert checks["lint"].passed
    assert checks["tree"].passed
    assert checks["lint"].tree == await trees.tracked_tree(start.project, ("distribution-state.json", ".loop"))
    assert "server.js" in start.log


async def test_commands_that_never_leave_the_tree_alone_prove_nothing(start: Yard) -> None:
    scripts(start, build=f"{NODE}\"require('fs').appendFileSync('server.js','x')\"", lint=say("fine"))
    checks = by_name(await verify(start))
    assert [argv[-1] for argv in start.commands].count("build") == 2
    assert checks["tree"].status is CheckStatus.FAILED
    assert "server.js" in checks["tree"].summary
    # The gate need not know of the check `tree`: no pass is left for it to go by.
    assert all(check.status is CheckStatus.FAILED for check in checks.values() if check.command)


async def test_outside_of_git_checks_name_no_tree(start: Yard) -> None:
    scripts(start, build=say("built"))
    (start.project / ".git").rename(start.project.parent / "no-git")
    result = await verify(start)
    assert by_name(result)["build"].passed
    assert {check.tree for check in result.checks} == {""}
    assert "tree" not in by_name(result)


# --- other projects, reports ----------------------------------------------------------------------------------------


async def test_the_report_of_a_test_run_is_read_when_its_output_says_nothing(start: Yard) -> None:
    write = "require('fs').writeFileSync('junit.xml','<testsuites><testcase/><testcase/></testsuites>')"
    start.write(".gitignore", ".loop/\njunit.xml\n")
    scripts(start, test=f'{NODE}"{write}"')
    assert by_name(await verify(start))["test"].summary == "2/2 passing"
    scripts(start, test=say("nothing to read"))  # the report is of an earlier run now
    os.utime(start.project / "junit.xml", (1, 1))
    assert by_name(await verify(start))["test"].summary == "exit 0"


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({"Cargo.toml": ""}, {"build": "cargo build", "test": "cargo test", "lint": "cargo clippy -- -D warnings"}),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n[tool.ruff]\n[tool.mypy]\nstrict = true"},
         {"build": None, "test": "pytest", "lint": "ruff check .", "types": "mypy ."}),
        ({"setup.cfg": "[flake8]\n[mypy]\n", "tests/test_x.py": ""},
         {"build": None, "test": "pytest", "lint": "flake8", "types": "mypy ."}),
        ({"manage.py": ""}, {"build": "python manage.py check", "test": "python manage.py test", "lint": None}),
        ({"pyproject.toml": "[tool.ruff]", ".venv/bin/ruff": ""},
         {"build": None, "test": None, "lint": ".venv/bin/ruff check ."}),
        ({}, {"build": None, "test": None, "lint": None}),
    ],
)  # fmt: skip
def test_other_stacks(tmp_path: Path, files: dict[str, str], commands: dict[str, str | None]) -> None:
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = detect(tmp_path / "project", {})
    assert {job.name: " ".join(job.argv) if job.argv else None for job in found.jobs} == commands


async def test_the_report_holds_all_the_evidence_and_nothing_breaks_out_of_it(start: Yard) -> None:
    start.write("evil.cjs", r"console.log('```\n# not a heading\n````\n\x1b]52;c;aGk=\x07 [/red]')")
    start.git("add", "evil.cjs")
    scripts(start, build="node evil.cjs", lint=say("fine"))
    result = await verify(start)
    text = start.text("verification-report.md")
    check = by_name(result)["build"]
    for evidence in ("npm run build", check.commit, check.tree, "exit 0"):
        assert evidence in text
    assert "`````" in text  # a fence that is longer than anything inside
    assert "\x1b" not in text
    assert "\x07" not in text


@pytest.mark.parametrize("option", ["assume-unchanged", "skip-worktree"])
async def test_what_git_was_told_not_to_see_stays_out_and_is_named(start: Yard, option: str) -> None:
    start.git("update-index", f"--{option}", "server.js")
    await start.run(run, "code-verification")
    assert "hidden from git" not in start.log
    commands = len(start.commands)
    start.write("server.js", "// only here\n")
    result = await start.run(run, "code-verification")
    assert not start.asked, "whoever set this said already so"
    assert "hidden from git by an index flag, although the checks see them: server.js" in start.log
    (tree,) = [check for check in result.checks if check.name == "tree"]
    assert "server.js changed but hidden from git (stayed out)" in tree.summary
    assert len(start.commands) > commands, "what passed without it says nothing of the tree with it"


async def test_what_is_changed_inside_a_submodule_is_asked_about(start: Yard) -> None:
    other = start.other_clone()
    start.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "vendor")
    start.git("commit", "-qm", "chore: vendor")
    await start.run(run, "code-verification")
    assert not start.asked
    start.write("vendor/server.js", "// only here\n")
    with pytest.raises(Asked, match="Changed inside submodules: vendor"):
        await start.run(run, "code-verification")
    start.answers["submodules-"] = "n"
    with pytest.raises(SkillFailed, match="changed inside submodules: vendor") as refused:
        await start.run(run, "code-verification")
    assert "--answer submodules=y" in refused.value.todo
    start.answers["submodules-"] = "y"
    result = await start.run(run, "code-verification")
    (tree,) = [check for check in result.checks if check.name == "tree"]
    assert "changes inside of vendor stayed out" in tree.summary
