"""The first minute: an empty folder, and hints that go away."""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from loop_tui.control.folder import foreign_run, loop_of, nothing_in
from loop_tui.fs.demo import make_home, mark_demo
from loop_tui.fs.homes import data_dir
from loop_tui.packs.ship.sample import DEMO, MARKER, _free
from loop_tui.process.launch import demo_argv
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.hints import HINTS, TIMES, Hints
from loop_tui.tui.home.screen import HomeScreen
from loop_tui.tui.welcome.screen import WelcomeScreen
from loop_tui.tui.widgets.hint_row import HintRow

from .launching import Started
from .runs import NARROW, NOW, WIDE, Screen, Watch, asking, human_gate


async def welcomed(
    folder: Path, use: Callable[[Screen], Awaitable[None]], size: tuple[int, int] = NARROW, *, read_only: bool = False
) -> None:
    """Run a test's steps on the welcome of a folder."""
    clock = Watch()
    app = LoopApp(
        folder,
        "distribution-loop",
        clock=clock,
        now=lambda: NOW,
        launcher=Started(),
        welcome=True,
        read_only=read_only,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = Screen(app, pilot, clock, [], [])
        assert isinstance(app.screen, WelcomeScreen)
        await use(screen)


def test_what_counts_as_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("hello")
    assert nothing_in(empty)
    for name in ("package.json", "distribution-state.json", "loops", ".git"):
        folder = tmp_path / name.strip(".")
        folder.mkdir()
        (folder / name).mkdir() if "." not in name[1:] else (folder / name).write_text("{}")
        assert not nothing_in(folder), name
    inside = tmp_path / "git" / "inside"
    inside.mkdir()
    assert not nothing_in(inside), "a folder of a repository is somebody's project"
    assert not nothing_in(tmp_path / "missing")


@pytest.mark.parametrize("size", [NARROW, WIDE, (60, 15)])
async def test_an_empty_folder_offers_what_can_be_done(tmp_path: Path, size: tuple[int, int]) -> None:
    async def use(screen: Screen) -> None:
        text = screen.text()
        for words in ("Start a loop", "Try the demo", "Watch a workspace", "help", "quit"):
            assert words in text
        assert list(tmp_path.glob("*")) == [tmp_path / "world"], "nothing is made by looking"

    await welcomed(tmp_path, use, size)


async def test_a_loop_is_chosen_and_its_cockpit_opens(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("enter")
        options = screen.app.screen.query_one(OptionList)
        assert options.option_count == 3
        await screen.press("j", "enter")
        assert isinstance(screen.app.screen, CockpitScreen)
        assert screen.app.snapshot.loop == "engineering-loop"
        await screen.press("b")
        assert isinstance(screen.app.screen, WelcomeScreen)

    await welcomed(tmp_path, use)


async def test_the_demo_is_made_and_opened(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("d")
        launcher = screen.app.launcher
        assert isinstance(launcher, ProcessLauncher)
        await screen.until(
            lambda: launcher.demo is not None and screen.app.return_code == 0, "it is made, and one leaves"
        )
        project = launcher.demo
        assert project is not None
        assert project.is_relative_to(tmp_path / DEMO)
        assert demo_argv(project)[-2:] == ["demo", str(tmp_path / DEMO)]
        assert json.loads((project / "package.json").read_text())["version"] == "0.7.0"
        assert (project / ".git").is_dir()

    await welcomed(tmp_path, use)


async def test_a_demo_that_cannot_be_made_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await screen.until(lambda: "missing" in " ".join(str(n.message) for n in screen.app._notifications), "why")
        assert isinstance(screen.app.screen, WelcomeScreen)

    await welcomed(tmp_path, use)


async def test_read_only_makes_no_demo(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("d")
        assert not (tmp_path / DEMO).exists()

    await welcomed(tmp_path, use, read_only=True)


async def test_a_workspace_is_watched(tmp_path: Path) -> None:
    human_gate(tmp_path / "space" / "one")

    async def use(screen: Screen) -> None:
        await screen.press("w")
        screen.app.screen.query_one(Input).value = "nowhere"
        await screen.press("enter")
        assert isinstance(screen.app.screen, WelcomeScreen)
        await screen.press("w")
        screen.app.screen.query_one(Input).value = "space"
        await screen.press("enter")
        await screen.until(lambda: "infra-gate waits for you" in screen.text(), "the run")
        assert isinstance(screen.app.screen, HomeScreen)

    await welcomed(tmp_path, use)


# --- hints ----------------------------------------------------------------------------------------------------------


def new_person() -> Path:
    """Somebody who never used loop-tui."""
    path = data_dir() / "hints"
    path.unlink()
    return path


def hint(app: LoopApp) -> str:
    rows = [row for screen in app.screen_stack for row in screen.query(HintRow) if row.has_class("-shown")]
    return " ".join(str(row.content) for row in rows)


async def test_a_hint_goes_away_with_its_key(tmp_path: Path) -> None:
    new_person()
    app = LoopApp(tmp_path, "distribution-loop", launcher=Started(), now=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        assert "hint: ? explains the current pane" in hint(app)
        await pilot.press("question_mark")
        await pilot.press("escape")
        assert "explains" not in hint(app)
        assert ": takes commands" in hint(app)
    assert "explains" not in Hints().text("Run")


async def test_a_hint_gives_way_to_a_question(tmp_path: Path) -> None:
    new_person()
    asking(tmp_path)
    app = LoopApp(tmp_path, "distribution-loop", launcher=Started(), now=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        screen = Screen(app, pilot, Watch())
        await screen.until(lambda: "press 3 to answer" in screen.text(), "the banner")
        assert not hint(app)


def test_a_hint_that_nobody_takes_goes_away(world: object) -> None:
    path = new_person()
    place = HINTS[0].place
    texts = []
    for _ in range(TIMES + 1):
        session = Hints()
        texts.append(session.text(place))
        assert session.text(place) == texts[-1], "it stays as long as the session"
    assert len(set(texts[:TIMES])) == 1
    assert texts[TIMES] != texts[0]
    path.write_bytes(b"\xff garbage \x00")
    assert Hints().text(place) == texts[0]


def test_hints_can_be_switched_off(world: object) -> None:
    new_person()
    assert Hints(wanted=False).text(HINTS[0].place) == ""


@pytest.mark.parametrize(
    ("name", "text", "foreign"),
    [
        (
            "audit-state.json",
            '{"loop": "audit-loop", "version": "1.0.0", "phase": "INIT", "status": "active", "phases": {}}',
            True,
        ),
        (
            "state.json",
            '{"id": "e", "loopId": "engineering-loop", "status": "running", "currentPhase": "B", "phases": []}',
            True,
        ),
        ("app-state.json", '{"theme": "dark"}', False),
        ("distribution-state.json", "[]", False),
        ("distribution-state.json", "{", False),
    ],
)
def test_runs_of_others_are_listed_and_not_started_beside(tmp_path: Path, name: str, text: str, foreign: bool) -> None:
    (tmp_path / name).write_text(text)
    assert foreign_run(tmp_path) is foreign


@pytest.mark.parametrize(
    ("own", "names", "loop"),
    [
        ("", (), "distribution-loop"),
        ("", ("infra-state.json",), "infra-loop"),
        ("", ("infra-state.json", "loop-state.json"), "engineering-loop"),
        ("", ("infra-state.json", "app-state.json"), "infra-loop"),
        ("", ("app-state.json",), "distribution-loop"),
        ("mine-loop", ("infra-state.json", "mine-state.json"), "mine-loop"),
        ("mine-loop", ("mine-state.json", "infra-state.json"), "infra-loop"),
        ("loop-loop", ("loop-state.json",), "loop-loop"),
    ],
)
def test_a_folder_opens_with_the_loop_that_was_last_at_work(
    tmp_path: Path, own: str, names: tuple[str, ...], loop: str
) -> None:
    if own:
        (tmp_path / ".loops").mkdir()
        (tmp_path / ".loops" / "own.toml").write_text(f'id = "{own}"\n[[phases]]\nid = "A"\n')
    for at, name in enumerate(names):
        (tmp_path / name).write_text("{}")
        os.utime(tmp_path / name, (at, at))
    assert loop_of(tmp_path) == loop


def test_a_demo_goes_where_nothing_is_in_the_way(tmp_path: Path) -> None:
    assert _free(tmp_path) == tmp_path / DEMO
    (tmp_path / DEMO).write_text("in the way")
    (tmp_path / f"{DEMO}-2").mkdir()
    assert _free(tmp_path) == tmp_path / f"{DEMO}-3"
    (tmp_path / f"{DEMO}-2" / MARKER).write_text("{}")
    assert _free(tmp_path) == tmp_path / f"{DEMO}-3", "a marker alone makes no demo"
    make_home(tmp_path / f"{DEMO}-2")
    (tmp_path / f"{DEMO}-2" / MARKER).write_text(mark_demo(tmp_path / f"{DEMO}-2", "widget", "ready"))
    assert _free(tmp_path) == tmp_path / f"{DEMO}-2", "an earlier demo goes on"
