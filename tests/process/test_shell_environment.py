"""What programs find in their environment, and where we find them."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from loop_tui.process.capture import capture
from loop_tui.process.commands import run_own
from loop_tui.process.environment import child_environment, started_by
from loop_tui.process.shell import clean_environment, how_to_get, run, which
from loop_tui.tui.editor import edit, in_terminal


def test_nothing_can_prompt_or_colour() -> None:
    clean = clean_environment({})
    assert clean["CI"] == clean["NO_COLOR"] == clean["GH_PROMPT_DISABLED"] == "1"
    assert clean["GIT_TERMINAL_PROMPT"] == "0"
    assert clean["GIT_EDITOR"] == ":"
    assert clean["LC_ALL"].endswith("UTF-8")


def test_colours_are_asked_for_unless_the_person_wants_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    asked = child_environment(tmp_path, None, colours=True)
    assert asked["FORCE_COLOR"] == "1"
    assert "NO_COLOR" not in asked
    monkeypatch.setenv("NO_COLOR", "")
    assert "FORCE_COLOR" not in child_environment(tmp_path, None, colours=True)


def test_leftovers_of_npm_git_and_node_go() -> None:
    left = (
        "npm_config_registry npm_config_user_agent npm_package_name npm_lifecycle_event npm_execpath INIT_CWD GIT_DIR"
        " GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX GIT_CONFIG_PARAMETERS GIT_QUARANTINE_PATH GIT_LITERAL_PATHSPECS"
        " NODE_TEST_CONTEXT NODE_CHANNEL_FD FORCE_COLOR LANGUAGE LC_MESSAGES OLDPWD"
    )
    clean = clean_environment(dict.fromkeys(left.split(), "x"))
    assert set(left.split()) & set(clean) == set()


def test_what_the_person_has_set_stays() -> None:
    names = (
        "PATH HOME SSH_AUTH_SOCK NPM_CONFIG_CACHE NODE_OPTIONS GIT_SSH_COMMAND GIT_SSH_VARIANT GIT_CONFIG_GLOBAL"
        " GIT_CONFIG_NOSYSTEM GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_AUTHOR_NAME GIT_ASKPASS"
        " GH_TOKEN HTTPS_PROXY TMPDIR XDG_CONFIG_HOME LOOP_TUI_CHILD"
    )
    own = {name: f"value of {name}" for name in names.split()}
    assert own.items() <= clean_environment(own).items()


@pytest.mark.parametrize("name", ["LOOP_TUI_OTP_WIDGET_0_8_0_1_SECRET", "LOOP_TUI_NOTIFY"])
async def test_secrets_that_are_given_as_variables_reach_no_program(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build, a hook of the person's own git, a small program that is captured, an editor, an own command."""
    monkeypatch.setenv(name, "482913x")
    argv, written = [sys.executable, "-c", "import os; print(*os.environ)"], tmp_path / "names"
    said = [
        (await run(argv, cwd=tmp_path)).text,
        (await capture(argv, cwd=tmp_path)).stdout,
        (await capture(argv, cwd=tmp_path, plain=True)).stdout,
        (await run_own(argv, tmp_path)).output,
    ]
    assert [names for names in said if name in names.split() or "PATH" not in names.split()] == []
    shown = [sys.executable, "-c", "import os, sys; open(sys.argv[1], 'a').write(' '.join(os.environ) + '\\n')"]
    assert (edit(shown, written), in_terminal([*shown, str(written)], tmp_path)) == (0, 0)
    assert [line for line in written.read_text().splitlines() if name in line.split()] == []
    assert len(written.read_text().splitlines()) == 2


def test_a_drivers_token_goes_on_as_the_mark() -> None:
    with started_by("t1"):
        assert clean_environment({"LOOP_TUI_CHILD": "outer"})["LOOP_TUI_CHILD"] == "t1"
    assert clean_environment({"LOOP_TUI_CHILD": "outer"})["LOOP_TUI_CHILD"] == "outer"
    assert "LOOP_TUI_CHILD" not in clean_environment({})


async def test_two_drivers_in_one_process_mark_their_own_programs(tmp_path: Path) -> None:
    started = asyncio.Barrier(2)

    async def drive(token: str) -> str:
        with started_by(token):
            await started.wait()
            return (await run(["sh", "-c", "echo $LOOP_TUI_CHILD"], cwd=tmp_path)).text.strip()

    assert await asyncio.gather(drive("one"), drive("two")) == ["one", "two"]
    assert "LOOP_TUI_CHILD" not in os.environ


def test_our_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_OURS", "1")
    assert clean_environment()["OF_OURS"] == "1"
    assert os.environ.get("CI") != clean_environment()["CI"]


def test_which_finds_programs_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\n")
    assert which("tool", {"PATH": str(tmp_path)}) is None
    program.chmod(0o755)
    assert which("tool", {"PATH": str(tmp_path)}) == program
    assert which("tool") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert which("tool") == program
    assert which("nothing") is None


def test_it_is_said_how_to_get_programs() -> None:
    assert "nodejs.org" in how_to_get("npm")
    assert "git-scm.com" in how_to_get("git")
    assert "cli.github.com" in how_to_get("gh")
    assert "tool" in how_to_get("tool")
