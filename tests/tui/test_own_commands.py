"""A person's own commands on keys: run through no shell, shown as they want it, never in a way of a shipped key."""

import subprocess
import sys
from pathlib import Path

import pytest
from textual.widgets import OptionList

from loop_tui.storage.user.settings import settings_path
from loop_tui.tui.widgets.output_page import OutputPage
from tests.in_process import told

from .runs import Screen, new_run, on_screen, through_init
from .terminal import Terminal

PRINTS = "import os, sys; print(os.getcwd()); print(chr(27) + '[2J', *sys.argv[1:], sep='|')"


def settings(*tables: str) -> Path:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(tables))
    return path


def table(name: str, key: str, *argv: str, output: str = "page") -> str:
    run = ", ".join(f"'''{part}'''" for part in argv)
    return f'[commands.{name}]\nkey = "{key}"\ntitle = "do {name}"\nrun = [{run}]\noutput = "{output}"\n'


async def test_it_runs_in_the_project_and_shows_what_it_prints(tmp_path: Path) -> None:
    settings(table("say", "O", sys.executable, "-c", PRINTS, "{loop} $HOME", "{phase}", "[red]{project}"))
    through_init(new_run(tmp_path))

    async def use(screen: Screen) -> None:
        await screen.press("question_mark")
        listed = screen.app.screen.query_one(OptionList)
        assert any("do say" in str(each.prompt) for each in listed.options)
        await screen.press("escape", "O")
        await screen.until(lambda: isinstance(screen.app.screen, OutputPage), "the page")
        page = screen.app.screen
        assert isinstance(page, OutputPage)
        first, second = page.content.text.splitlines()
        assert first == str(tmp_path)
        assert second == f"|distribution-loop $HOME|VERIFY|[red]{tmp_path}"

    await on_screen(use, tmp_path)


async def test_in_the_background_only_its_end_is_said(tmp_path: Path) -> None:
    settings(table("fail", "O", sys.executable, "-c", "print(1); print(2); raise SystemExit(7)", output="background"))
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("O")
        await screen.until(lambda: screen.toasts(), "its end")
        assert screen.toasts()[0].startswith("do fail: exit code 7")

    await on_screen(use, tmp_path)


async def test_without_a_value_nothing_is_run(tmp_path: Path) -> None:
    settings(table("open", "O", "no-such-program", "{file}"))
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("O")
        assert "there is no {file} now (select a deliverable in the phase tree)" in screen.toasts()[0]

    await on_screen(use, tmp_path)


def config(word: str) -> subprocess.CompletedProcess[str]:
    return told("config", word)


def test_a_clash_is_refused_with_file_and_line() -> None:
    path = settings(table("one", "p", "true"), table("two", "O", "true"), table("three", "O", "true"))
    for word in ("show", "keys"):
        done = config(word)
        assert done.returncode == 2
        assert f"commands.one: 'p' already means 'pause' there: {path}:2 (" in done.stderr
        assert f"commands.three: 'O' already means 'commands.two' there: {path}:14 (" in done.stderr
        assert "do two" in done.stdout or "commands.two" in done.stdout


@pytest.mark.parametrize("words", [("watch", "--once"), ()])
def test_no_screen_and_no_list_opens_with_a_command_that_cannot_be_used(words: tuple[str, ...], tmp_path: Path) -> None:
    path = settings(table("one", "p", "true"), '[commands.two]\nkey = "O"\n')
    terminal = Terminal([sys.executable, "-P", "-m", "loop_tui", *words], columns=200, cwd=tmp_path)
    assert terminal.end() == 2
    said = terminal.output.decode()
    assert f"commands.two: it needs a title: {path}:7 (" in said
    assert "1 more: `loop-tui config show` lists all" in said
    assert "\x1b[?1049h" not in said


@pytest.mark.parametrize("key", ["tab", "y", "ctrl+i", "hyperspace", ","])
def test_a_key_that_cannot_be_used_is_refused(key: str) -> None:
    from loop_tui.storage.user.own_commands import OwnCommand
    from loop_tui.tui.keymap import checked_commands

    good, problems = checked_commands([OwnCommand("x", key, "x", ("true",), line=4)], {}, "f")
    assert (good, [problem.where for problem in problems]) == ([], ["f:4"])
