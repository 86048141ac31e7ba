"""Colours that programs print are kept in the log pane, and nothing else that steers a terminal is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.strip import Strip

from loop_tui.storage.log import line as output_line
from loop_tui.storage.log.line import decode, printed
from loop_tui.storage.log.search import find_backward, find_forward
from loop_tui.tui.cockpit.log_filter import Filter
from loop_tui.tui.cockpit.log_line import cut, highlighted, pieces_of
from loop_tui.tui.widgets.line import Piece

from .test_log_pane import PaneApp, raw

RED = raw("\x1b[31mred\x1b[0m and \x1b[1;38;5;42mbold\x1b[m plain")


def pieces(line: str, style: Style) -> list[Piece]:
    return pieces_of(printed(line)[1], style)


def style_at(strip: Strip, text: str) -> Style:
    found = [segment.style for segment in strip if segment.text == text]
    assert len(found) == 1, f"{text!r} in {[segment.text for segment in strip]}"
    return found[0] or Style.null()


async def test_colours_and_emphasis_are_shown() -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 5)) as pilot:
        app.pane.write([RED])
        await pilot.pause()
        strip = app.pane.render_line(1)
        assert strip.text.rstrip() == "  red and bold plain"
        assert style_at(strip, "red").color == Style.parse("color(1)").color
        assert style_at(strip, "bold").bold
        assert style_at(strip, " and ").color == style_at(strip, " plain").color


async def test_a_coloured_line_wraps_scrolls_and_is_as_wide_as_its_text() -> None:
    app = PaneApp()
    async with app.run_test(size=(12, 6)) as pilot:
        app.pane.write([raw("".join(f"\x1b[3{n % 8}m{n}\x1b[0m" for n in range(8)) + "\t日本語")])
        await pilot.pause()
        assert app.pane.virtual_size.width < 50
        assert app.lines()[1] == "  01234567 ›"
        await pilot.press("w")
        assert app.lines()[1:3] == ["  01234567", "    日本語"]


async def test_what_is_copied_has_no_colours() -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 5)) as pilot:
        app.pane.write([RED])
        await pilot.pause()
        assert app.pane._text(RED) == "red and bold plain"


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[8mhidden\x1b[0m",
        "\x1b[5mblinks\x1b[0m",
        "\x1b]8;;https://x.invalid\x07link\x1b]8;;\x07",
        "\x1b[31m\x1b[2Jgone\x1b[1A",
        "\x1b[31m\x1b]0;title\x1b[0m\x07x",
        "\x1b[3\x1b[31m1m",
    ],
)
def test_nothing_hides_blinks_links_or_moves(text: str) -> None:
    painted = pieces(raw(text), Style.null())
    shown = "".join(part for part, _ in painted)
    assert shown == decode(raw(text)).text
    assert "\x1b" not in shown
    assert not any(style.conceal or style.blink or style.link for _, style in painted)


HOSTILE = "a\x1b[2J\x1b]0;title\x07b\x9b31mc\u202ed\x1b[32me\x1b[0m\x1b"


@pytest.mark.parametrize(
    "line",
    [
        raw(HOSTILE),
        raw("text", skill=HOSTILE),
        f"1767323045000\tx\thead\t{HOSTILE}",
        f"none of ours {HOSTILE}",
        f"\0{HOSTILE}",
        HOSTILE,
    ],
)
@pytest.mark.parametrize("keys", ["", "w", "t"])
async def test_no_control_character_reaches_a_painted_row(line: str, keys: str) -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 8)) as pilot:
        app.pane.write([line, line])
        await pilot.press(*keys)
        await pilot.pause()
        text = "".join(app.pane.render_line(y).text for y in range(8))
        assert text.isprintable()
        assert "abcde" in text or "text" in text


@pytest.mark.parametrize("line", [raw("plain ✓ text"), RED, "none of ours ✓", "none \t of ours \x1b[1m✓\x1b[0m"])
async def test_a_painted_row_is_decoded_and_cleaned_once(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = decode(line).text
    decoded: list[str] = []
    cleaned: list[str] = []
    fields, clean = output_line._fields, output_line.clean
    app = PaneApp()
    async with app.run_test(size=(40, 8)) as pilot:
        app.pane.write([line])
        await pilot.pause()
        with monkeypatch.context() as watched:
            watched.setattr(output_line, "_fields", lambda raw: (decoded.append(raw), fields(raw))[1])
            watched.setattr(output_line, "clean", lambda part: (cleaned.append(part), clean(part))[1])
            rows = [app.pane.render_line(y).text.strip() for y in range(2)]
    assert text.expandtabs(4) in rows
    assert decoded == [line]
    assert "".join(part for part in cleaned if part != "x") == text


@given(st.text(st.sampled_from("ab\t\x1b[];0158mKJ\x07\x9b\u202e")))
def test_whatever_comes_the_text_is_the_plain_one_and_harmless(text: str) -> None:
    line = raw(text)
    decoded, parts = printed(line)
    assert decoded == decode(line)
    assert "".join(parts[::2]) == decoded.text
    shown = "".join(part for part, _ in pieces(line, Style.null()))
    assert shown == decode(line).text.expandtabs(4)


def test_a_search_finds_what_colours_divide(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    lines = [raw("first"), raw("needle plain"), RED, raw("\x1b[32mne\x1b[1medle\x1b[0m"), raw("last")]
    path.write_text("".join(f"{line}\n" for line in lines))
    starts = [sum(len(line.encode()) + 1 for line in lines[:n]) for n in range(len(lines))]
    assert find_forward(path, "needle", 0) == starts[1]
    assert find_forward(path, "NEEDLE", starts[2]) == starts[3]
    assert find_forward(path, "d and b", 0) == starts[2]
    assert find_backward(path, "needle", path.stat().st_size) == starts[3]
    assert find_backward(path, "needle", starts[3]) == starts[1]
    assert find_forward(path, "31m", 0) is None


def test_a_filter_holds_what_colours_divide() -> None:
    assert Filter.of("red bold").holds(RED)
    assert not Filter.of("31m").holds(RED)


def test_what_was_searched_for_is_marked_across_colours() -> None:
    mark = Style(reverse=True)
    marked = highlighted(pieces(RED, Style.null()), "D AND BO", mark)
    assert "".join(text for text, style in marked if style.reverse) == "d and bo"
    assert "".join(text for text, _ in marked) == "red and bold plain"
    twice = highlighted([("xaax", Style.null())], "a", mark)
    assert [(text, bool(style.reverse)) for text, style in twice] == [
        ("x", False),
        ("a", True),
        ("a", True),
        ("x", False),
    ]


def test_cutting_keeps_the_first_characters() -> None:
    assert cut([("abc", Style.null()), ("def", Style.null())], 4) == [("abc", Style.null()), ("d", Style.null())]


@pytest.mark.parametrize("code", ["30", "37", "97"])
def test_black_and_white_are_plain_text_on_any_screen(code: str) -> None:
    ((_, style), *_rest) = pieces(raw(f"\x1b[{code}mtext\x1b[0m"), Style.parse("green"))
    assert style.color == Style.parse("green").color


@pytest.mark.parametrize(
    ("code", "colour"),
    [("41", "bright_white"), ("42", "black"), ("43", "black"), ("47", "black"), ("40", "bright_white")],
)
def test_text_on_a_background_of_its_own_can_be_read(code: str, colour: str) -> None:
    ((_, style), *_rest) = pieces(raw(f"\x1b[{code}mtext\x1b[0m"), Style.parse("green"))
    assert style.color == Style.parse(colour).color
