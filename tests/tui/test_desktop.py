"""Calling a person whose eyes are on another window: what is sent to the terminal, and when."""

from pathlib import Path

import pytest
from textual import events

from loop_tui.control.attention import Attention, AttentionKind
from loop_tui.engine import changes
from loop_tui.model.evidence import Question
from loop_tui.tui.desktop import sequence, text_of_need, title_of

from .runs import NARROW, Screen, new_run, on_screen
from .test_terminal import opened

KNOWN = {"TERM_PROGRAM": "iTerm.app"}


@pytest.mark.parametrize(
    ("env", "sent"),
    [
        ({}, False),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        (KNOWN, True),
        ({"TERM": "xterm-kitty"}, True),
        ({**KNOWN, "LOOP_TUI_DESKTOP": "off"}, False),
        ({**KNOWN, "TMUX": "/tmp/tmux"}, False),
        ({**KNOWN, "STY": "1.pts"}, False),
        ({"LOOP_TUI_DESKTOP": "on"}, True),
        ({"LOOP_TUI_DESKTOP": "what"}, False),
    ],
)
def test_it_is_sent_where_it_is_known_to_work_or_wanted(env: dict[str, str], sent: bool) -> None:
    assert bool(sequence("text", env)) == sent


def test_it_is_one_whole_sequence_whatever_the_text() -> None:
    hostile = "a\x07b\x1b]52;c;AAAA\x07\x1b\\c\x9cd\ne" + "f" * 999
    found = sequence(hostile, KNOWN)
    assert found.startswith("\x1b]9;abcd e")
    assert found.endswith("\x07")
    assert found.count("\x1b") == found.count("\x07") == 1
    assert len(found) < 250


def test_tmux_and_screen_are_told_to_hand_it_on_when_the_person_says_so() -> None:
    on = {"LOOP_TUI_DESKTOP": "on"}
    assert sequence("text", {**on, "TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]9;text\x07\x1b\\"
    assert sequence("text", {**on, "STY": "x"}) == "\x1bP\x1b]9;text\x07\x1b\\"


def test_the_titles_tell_needs_failures_and_ends_apart() -> None:
    kinds = (
        AttentionKind.GATE,
        AttentionKind.QUESTION,
        AttentionKind.FAILED,
        AttentionKind.BLOCKED,
        AttentionKind.COMPLETE,
    )
    assert [title_of(Attention(k), ships=True) for k in kinds] == [
        "needs you",
        "needs you",
        "failed",
        "failed",
        "shipped",
    ]
    assert title_of(Attention(AttentionKind.COMPLETE)) == "done"
    text = text_of_need(Attention(AttentionKind.GATE, "g", "g waits\x1b[2J ghp_" + "a" * 36), "widget")
    assert text == "loop-tui needs you: g waits [masked] (widget)"


async def test_it_calls_once_a_need_and_only_without_the_focus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "WezTerm")
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"))
    sent: list[str] = []

    async def use(screen: Screen) -> None:
        screen.app.to_terminal = sent.append  # type: ignore[method-assign]

        async def ask(question: str) -> None:
            run.tell(changes.asked(Question(id=question, skill="release-planner", text=f"Really {question}?")))
            await screen.until(lambda: len(screen.bells) == int(question), "asked")
            run.tell(changes.answered(question, "Y", "bob"))
            await screen.until(lambda: screen.app.snapshot.question is None, "answered")

        await ask("1")
        assert sent == []
        screen.app.post_message(events.AppBlur())
        await screen.until(lambda: not screen.app.app_focus, "another window")
        await ask("2")
        assert sent == ["\x1b]9;loop-tui needs you: Really 2? (widget-gauge)\x07"]
        screen.app.post_message(events.AppFocus())
        await screen.until(lambda: screen.app.app_focus, "back again")
        await ask("3")
        assert len(sent) == 1

    await on_screen(use, tmp_path, size=NARROW)


def test_a_real_terminal_gets_the_sequence_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "iTerm.app")
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"))
    terminal = opened(tmp_path)
    terminal.read_until(b"Continue from INIT?")
    terminal.type("\x1b[O")
    run.tell(changes.asked(Question(id="q1", skill="release-planner", text="Really\x1b]52;c;AAAA\x07?")))
    terminal.read_until(b"\x1b]9;loop-tui needs you: Really? (widget-gauge)\x07")
    terminal.type("q")
    assert terminal.end() == 0
    assert b"\x1b]52" not in terminal.output
