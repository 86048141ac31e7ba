"""Texts of several lines: on lines of their own, in the person's editor, and back in the row that submits them."""

import sys
from pathlib import Path

import pytest
from textual import events
from textual.widgets import TextArea

from loop_tui.tui.cockpit.answer_input import AnswerInput
from loop_tui.tui.editor import edit, read_back, write_text
from loop_tui.tui.terminal_app import TerminalApp
from loop_tui.tui.widgets.long_text import LongText

from .runs import DISTRIBUTION, INFRA, Screen, asking, human_gate, on_screen
from .test_answers import line_of
from .test_terminal import opened


async def test_an_answer_is_written_on_several_lines_and_submitted_by_enter_alone(tmp_path: Path) -> None:
    run = asking(tmp_path, text="Commit message", default="feat: alarms")

    async def use(screen: Screen) -> None:
        await screen.press("3", "ctrl+n")
        area = screen.app.screen.query_one(TextArea)
        assert area.text == "feat: alarms", "one begins with the default"
        await screen.press("enter", "enter", *"body")
        screen.app.post_message(events.Paste("\x1b[2J\nlast\x07"))
        await screen.until(lambda: area.text == "feat: alarms\n\nbody\nlast", "pasted clean")
        await screen.press("ctrl+d")
        assert screen.panel.query_one(AnswerInput).value == "feat: alarms⏎⏎body⏎last"
        assert run.state.questions[0].answer is None, "nothing is submitted by that"
        await screen.press("enter")
        await screen.idle()

    await on_screen(use, tmp_path, DISTRIBUTION)
    assert run.state.questions[0].answer == "feat: alarms\n\nbody\nlast"


async def test_changes_and_reasons_have_them_too_and_escape_leaves_the_text_as_it_was(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("c", *"first", "ctrl+n", "enter", *"second", "escape")
        assert screen.panel.query_one(AnswerInput).value == "first"
        assert "ctrl-n lines" in screen.text().rstrip().split("\n")[-1]
        await screen.press("ctrl+n", "enter", *"second", "ctrl+d", "enter")
        assert "first" in line_of(screen)
        await screen.press("escape", "s", *"why", "ctrl+n", "enter", *"so", "ctrl+d")
        assert screen.app.screen.query_one(LongText).value == "why⏎so"

    await on_screen(use, tmp_path, INFRA)


async def test_a_text_comes_back_from_the_editor_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    human_gate(tmp_path)
    script = tmp_path / "ed.py"
    script.write_text("import sys; open(sys.argv[1], 'a').write('\\x1b]52;c;AAAA\\x07second\\n\\n')")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    # A pilot has no terminal to give away; that one is given away and taken back test_editor shows.
    monkeypatch.setattr(TerminalApp, "outside", lambda self, work: work(lambda program: None))

    async def use(screen: Screen) -> None:
        await screen.press("c", *"first", "ctrl+o")
        assert screen.panel.query_one(AnswerInput).value == "first⏎second"
        monkeypatch.setenv("EDITOR", "false")
        await screen.press("ctrl+o")
        assert screen.panel.query_one(AnswerInput).value == "first⏎second"
        assert screen.noted == ["the editor ended with exit code 1: the text is unchanged"]

    await on_screen(use, tmp_path, INFRA)


def test_the_editor_has_the_terminal_and_what_was_typed_ahead_of_it_does_nothing(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    before = run.store.path.read_bytes()
    script = tmp_path / "ed.py"
    script.write_text("import sys; open(sys.argv[1], 'a').write('EDITED')")
    terminal = opened(tmp_path, loop=INFRA, env={"EDITOR": f"{sys.executable} {script}"})
    terminal.read_until(b"waits for you")
    terminal.type("c\x0fxxqq ")
    terminal.read_until("⏎EDITED".encode())
    terminal.type("\x1b[<0;1;1M\x1b[<0;1;1m\x03")
    assert terminal.end() in (0, 130)
    assert terminal.is_sane
    assert run.store.path.read_bytes() == before


async def test_a_secret_is_typed_in_its_row_alone(tmp_path: Path) -> None:
    asking(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        screen.panel.query_one(AnswerInput).password = True
        for key in ("ctrl+n", "ctrl+o"):
            await screen.press(key)
            assert len(screen.app.screen_stack) == 1
        assert screen.noted == ["a secret can only be typed here, and is not stored"] * 2

    await on_screen(use, tmp_path, DISTRIBUTION)


def test_what_an_editor_leaves_is_read_whole_or_refused(tmp_path: Path) -> None:
    file = write_text(tmp_path, "first\nsecond")
    assert file.stat().st_mode & 0o077 == 0
    assert edit(["true"], file) == 0
    assert read_back(file) == "first\nsecond\n"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Exception, match="not UTF-8"):
        read_back(file)
    file.write_bytes(b"x" * 200_000)
    with pytest.raises(Exception, match="cannot be read"):
        read_back(file)
