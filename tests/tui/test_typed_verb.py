"""What is typed after `:` and is no command of the screen goes to the command line, which parses it itself."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widgets import Input

from loop_tui.cli.verbs import typed_verbs
from loop_tui.model.verbs import CommandOutput
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.tui.cockpit import typed_run
from loop_tui.tui.cockpit.command_line import CommandScreen
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.cockpit.typed_command import Typed, completions, parse, verb_of
from loop_tui.tui.cockpit.typed_verb import TypedVerb
from loop_tui.tui.widgets.choose import ChooseScreen
from loop_tui.tui.widgets.output_page import OutputPage

from .launching import VERBS, Started
from .runs import INFRA, Screen, new_run, on_screen

HERE = Path("/projects/widget")
ABOUT = ("--project=/projects/widget", "--loop=infra-loop")


def argv(text: str) -> list[str]:
    typed = parse(text, VERBS)
    assert isinstance(typed, TypedVerb), typed
    return typed.argv(HERE, "infra-loop")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("undo", ["undo", *ABOUT]),
        ("undo --loop x", ["undo", "--project=/projects/widget", "--loop", "x"]),
        ("log it is done --level warn", ["log", *ABOUT, "it is done", "--level", "warn"]),
        ("skip plan --phase INIT", ["skip", *ABOUT, "plan", "--phase", "INIT"]),
    ],
)
def test_what_the_screen_does_not_do_itself_goes_to_the_command_line(text: str, words: list[str]) -> None:
    assert argv(text) == words


def test_the_screen_does_what_it_can() -> None:
    for text, verb in (
        ("skip plan --reason no", "skip"),
        ("run", "go"),
        ("run infra-loop", "run"),
        ("history", "history"),
    ):
        typed = parse(text, VERBS)
        assert isinstance(typed, Typed), text
        assert verb_of(typed.action) == verb


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("undoo", "there is no command 'undoo': did you mean undo?"),
        ("aprove", "did you mean approve?"),
        ("qqqq", "ctrl+p lists"),
        ("approve infra-gate --seen abc", "approve takes no --seen here"),
        ("answer --no-go hunter2", "answer takes no --no-go here"),
    ],
)
def test_what_is_wrong_is_said_with_the_nearest_name(text: str, said: str) -> None:
    found = parse(text, VERBS)
    assert isinstance(found, str)
    assert said in found


def test_with_nothing_typed_the_most_useful_commands_stand_first() -> None:
    found = completions("", {}, typed_verbs())
    assert found[:4] == ["run LOOP", "go", "answer [QUESTION] TEXT", "approve [GATE] [REASON]"]
    assert {"plan", "quit", "undo"} <= set(found), "also what only one of screen and command line has"


def test_completion_knows_verbs_options_and_names() -> None:
    names = {"skip": ("plan",)}
    assert completions("und", names, VERBS) == ["undo"]

    assert completions("skip p", names, VERBS) == ["skip plan"]
    assert completions("skip plan --p", names, VERBS) == ["skip plan --phase", "skip plan --project"]
    assert completions("skip plan --phase=x ", names, VERBS) == []


async def type_(screen: Screen, text: str) -> None:
    await screen.press("colon")
    assert isinstance(screen.app.screen, CommandScreen)
    screen.app.screen.query_one(Input).value = text
    await screen.press("enter")
    await screen.idle()


async def test_a_command_that_takes_work_back_asks_and_shows_what_it_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_run(tmp_path)
    told: list[Sequence[str]] = []

    async def command(self: Started, project: Path, words: Sequence[str], **_: object) -> CommandOutput:
        told.append(words)
        if words[-1] == "--dry-run":
            return CommandOutput(0, "takes back 1234567\n[b]the run goes back\n")
        return CommandOutput(0, "took back 1234567\n\x1b]52;c;aGk=\x07[red]the run is back\n")

    monkeypatch.setattr(Started, "command", command)

    async def use(screen: Screen) -> None:
        await type_(screen, "abandon")
        await screen.until(lambda: isinstance(screen.app.screen, ChooseScreen), "it asks")
        assert "this run has not changed anything yet" in screen.text(), "of one that says nothing before"
        await screen.press("enter")
        assert told == [], "no is the first choice"
        about = ["undo", f"--project={tmp_path}", "--loop=distribution-loop"]
        await type_(screen, "undo")
        await screen.until(lambda: isinstance(screen.app.screen, ChooseScreen), "it asks")
        assert "takes back 1234567" in screen.text()
        assert "[b]the run goes back" in screen.text()
        await screen.press("j", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, OutputPage), "the page")
        assert told == [[*about, "--dry-run"], about]
        assert "[red]the run is back" in screen.text()
        await screen.press("escape")

    await on_screen(use, tmp_path)


async def test_another_loop_is_started_from_the_cockpit(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        first = screen.app.screen
        await type_(screen, "run nowhere-loop")
        assert any("nowhere-loop" in said for said in screen.toasts())
        await type_(screen, f"run {INFRA}")
        await screen.until(lambda: screen.app.screen is not first, "its cockpit")
        shown = screen.app.screen
        assert isinstance(shown, CockpitScreen)
        await screen.until(lambda: shown.snapshot.opened, "the run")
        assert shown.snapshot.loop == INFRA
        await screen.until(lambda: screen.spawned, "a driver")
        assert screen.spawned == [(tmp_path, INFRA)]

    await on_screen(use, tmp_path)


@pytest.mark.parametrize("refused", [False, True])
async def test_a_run_with_options_is_seen_in_its_cockpit_or_why_it_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    new_run(tmp_path)
    over = asyncio.Event()
    told: list[Sequence[str]] = []

    async def command(self: Started, project: Path, words: Sequence[str], **_: object) -> CommandOutput:
        told.append(words)
        if not refused:
            await over.wait()
        return CommandOutput(2 if refused else 3, "first\nit waits for you\n", "no such\ntarget" if refused else "")

    monkeypatch.setattr(Started, "command", command)
    monkeypatch.setattr(typed_run, "_REFUSED_S", 0.01)

    async def use(screen: Screen) -> None:
        first = screen.app.screen
        await type_(screen, f"run {INFRA} --only x")
        await screen.until(lambda: screen.app.screen is not first, "a screen of its own")
        assert told == [["run", f"--project={tmp_path}", INFRA, "--only", "x"]]
        shown = screen.app.screen
        if refused:
            assert isinstance(shown, OutputPage)
            assert "no such" in screen.text()
            return
        assert isinstance(shown, CockpitScreen)
        assert shown.snapshot.loop == INFRA
        over.set()
        await screen.until(lambda: f"run {INFRA}: it waits for you" in screen.toasts(), "how it ended")
        assert screen.app.screen is shown, "and no page lies over it"

    await on_screen(use, tmp_path)


async def test_all_commands_are_listed_and_run_by_a_process_of_ours(tmp_path: Path) -> None:
    """The real launcher: every command about a run that the command line has, those of packs among them."""
    verbs = await ProcessLauncher().verbs(tmp_path)
    names = {verb.name for verb in verbs}
    assert {"undo", "targets", "doctor", "status", "answer", "log", "done", "skip", "phase", "release"} <= names
    assert {"drive", "panel", "serve", "verbs"} & names == set()
    assert next(verb for verb in verbs if verb.name == "undo").asks
    typed = parse("skip plan --reasn x", [verb for verb in verbs if verb.name == "skip"])
    assert isinstance(typed, TypedVerb)
    told = await ProcessLauncher().command(tmp_path, typed.argv(tmp_path, INFRA), looks=True)
    assert told.code == 2
    assert "--reasn" in told.errors
