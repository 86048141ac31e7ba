"""The person's keys: a clash, an unknown action and an impossible key are refused, each with file and line."""

from pathlib import Path

import pytest

from loop_tui.storage.user.settings import settings_path
from loop_tui.tui.actions import ACTIONS, action
from loop_tui.tui.keymap import checked

from .runs import Screen, human_gate, new_run, on_screen


def write(text: str) -> Path:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_shipped_keys_have_no_clash() -> None:
    for entry in (each for each in ACTIONS if each.keys):
        assert checked({entry.id: entry.keys}, {}, "f") == ({entry.id: entry.keys}, []), entry


def test_no_two_actions_have_the_same_id() -> None:
    ids = [entry.id for entry in ACTIONS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("name", "keys", "what"),
    [
        ("go", "q", "'q' already means 'quit'"),
        ("go", "tab", "already means 'next-pane'"),
        ("go", "y", "already means 'copy-address'"),
        ("log-wrap", "p", "already means 'pause'"),
        ("fly", "x", "unknown action 'fly'"),
        ("go", "ctrl+i", "cannot tell ctrl+i from tab"),
        ("go", "hyperspace", "there is no key 'hyperspace'"),
        ("go", ",", "needs a key"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(name: str, keys: str, what: str) -> None:
    good, problems = checked({name: keys}, {name: 4}, "config.toml")
    assert good == {}
    assert len(problems) == 1
    assert what in problems[0].what
    assert problems[0].where == "config.toml:4"


def test_two_settings_that_clash_lose_only_the_second() -> None:
    good, problems = checked({"go": "ctrl+g", "skip": "ctrl+g"}, {"go": 2, "skip": 3}, "f")
    assert good == {"go": "ctrl+g"}
    assert [problem.where for problem in problems] == ["f:3"]


def test_a_key_that_was_freed_can_be_taken() -> None:
    good, problems = checked({"pause": "ctrl+g", "skip": "p"}, {}, "f")
    assert (good, problems) == ({"pause": "ctrl+g", "skip": "p"}, [])


async def test_a_key_of_the_person_works_and_is_shown(tmp_path: Path) -> None:
    write('[keys]\nhelp = "ctrl+g"\n')
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        assert "ctrl-g help" in screen.text()
        await screen.press("question_mark")
        assert len(screen.app.screen_stack) == 1, "the old key does nothing"
        await screen.press("ctrl+g")
        assert len(screen.app.screen_stack) == 2

    await on_screen(use, tmp_path)


async def test_everything_that_is_wrong_is_said_and_the_app_starts(tmp_path: Path) -> None:
    path = write('theme = "nope"\nbell = 3\n[keys]\ngo = "q"\nfly = "f"\n')
    human_gate(tmp_path / "p")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: len(screen.toasts()) == 4, "the complaints")
        said = screen.toasts()
        assert all(any(f": {path}:{n}" in text for text in said) for n in (1, 2, 4, 5)), said
        assert screen.app.theme == "loop-dark"
        assert action("go").shown_keys == "space"

    await on_screen(use, tmp_path / "p", "infra-loop")


async def test_a_syntax_error_leaves_everything_as_shipped(tmp_path: Path) -> None:
    path = write("theme =\n")

    async def use(screen: Screen) -> None:
        await screen.until(screen.toasts, "the complaint")
        assert f": {path}:1" in screen.toasts()[0]

    await on_screen(use, tmp_path)


async def test_a_bad_colour_of_an_own_theme_is_said_with_its_line(tmp_path: Path) -> None:
    path = write('theme = "mine"\n')
    theme = path.parent / "themes/mine.toml"
    theme.parent.mkdir()
    theme.write_text('name = "mine"\nprimary = "#123456"\n[status]\ndone = "no colour"\n')

    async def use(screen: Screen) -> None:
        await screen.until(screen.toasts, "the complaint")
        assert screen.toasts()[0].startswith("'status.done' is not a colour")
        assert f": {theme}:4 (" in screen.toasts()[0]
        assert screen.app.theme == "loop-dark"

    await on_screen(use, tmp_path)


async def test_the_keys_of_dialogs_can_be_set_and_are_said(tmp_path: Path) -> None:
    write('[keys]\nhelp = "f2"\ndialog-close = "ctrl+x"\ndialog-down = "n"\n')
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("f2")
        assert "ctrl-x: close" in str(screen.app.screen.query_one(".page").border_subtitle)
        await screen.press("n", "escape")
        assert len(screen.app.screen_stack) == 2, "the shipped key does nothing"
        await screen.press("ctrl+x")
        assert len(screen.app.screen_stack) == 1
        await screen.press("f2", "f2")
        assert len(screen.app.screen_stack) == 1, "the key that opens it closes it"

    await on_screen(use, tmp_path)


def test_every_key_of_a_screen_or_pane_is_in_the_registry() -> None:
    """Text fields have the keys of text fields; enter does what is selected."""
    from importlib import import_module
    from pkgutil import walk_packages

    from textual.dom import DOMNode

    import loop_tui.tui

    known = {entry.id for entry in ACTIONS}
    seen = 0
    for info in walk_packages(loop_tui.tui.__path__, "loop_tui.tui."):
        for found in vars(import_module(info.name)).values():
            if not (isinstance(found, type) and issubclass(found, DOMNode) and found.__module__ == info.name):
                continue
            for binding in vars(found).get("BINDINGS", ()):
                seen += 1
                if found.__name__ not in ("AnswerInput", "Banner"):
                    assert binding.id in known, f"{found.__name__}: {binding.key}"
    assert seen > 100
