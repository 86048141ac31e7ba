"""The viewer: Markdown or source, what cannot be shown, the evidence of checks, the person's editor."""

from pathlib import Path

import pytest
from textual.widgets import Markdown

from loop_tui.engine import changes
from loop_tui.model.evidence import Deliverable
from loop_tui.tui.app import LoopApp
from loop_tui.tui.projection.deliverable import MOST_BYTES
from loop_tui.tui.viewer.markdown import why_source
from loop_tui.tui.viewer.screen import ViewerScreen
from loop_tui.tui.widgets.text_page import wrapped

from .launching import Started
from .runs import NOW, WIDE, Run, Screen, Watch, new_run, on_screen, red_gate

HOSTILE = (
    "# Scope [bold]not bold[/bold]\n\n\x1b]52;c;AAAA\x07\x1b[31mred [link=https://e.org]x[/link] [/nope]\n\n"
    "[a link](https://e.org/x) <b>html</b> [@click=app.exit]x[/]\n\n| a | [/b] |\n|---|---|\n| c | `[/d]` |\n\n"
    "```[/x]\ncode [/y]\n```\n\ntoken ghp_" + "a" * 36 + "\n"
)


def viewer_of(screen: Screen) -> ViewerScreen:
    found = screen.app.screen
    assert isinstance(found, ViewerScreen)
    return found


async def read(screen: Screen) -> ViewerScreen:
    """Wait until the viewer has read what was chosen."""
    await screen.until(lambda: viewer_of(screen).is_read and viewer_of(screen).text != "reading…", "it is read")
    return viewer_of(screen)


def leave(run: Run, name: str, data: bytes, **more: str) -> None:
    (run.store.run_dir / name).write_bytes(data)
    run.tell(changes.delivered(Deliverable(name=name, path=name, size_bytes=max(1, len(data)), **more)))


async def test_m_turns_rendered_markdown_into_its_source_and_the_choice_holds(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    leave(run, "scope.md", b"# Scope\n\nsome **bold** text\n")
    leave(run, "other.md", b"# Other\n\nand *more*\n")

    async def use(screen: Screen) -> None:
        await screen.press("d", "enter")
        viewer = await read(screen)
        await screen.until(lambda: "some bold text" in screen.text(), "rendered")
        assert "**" not in screen.text()
        await screen.press("m")
        await screen.until(lambda: "some **bold** text" in screen.text(), "the source")
        assert viewer.text == "# Scope\n\nsome **bold** text\n"
        await screen.press("escape", "j", "enter")
        await read(screen)
        assert "and *more*" in screen.text(), "the choice holds for the next one"
        await screen.press("m")
        await screen.until(lambda: "and more" in screen.text(), "rendered again")
        await screen.press("escape", "escape", "d", "enter")
        await read(screen)
        await screen.until(lambda: "some bold text" in screen.text(), "and for the next time")

    await on_screen(use, tmp_path)


async def test_long_paragraphs_items_and_quotes_are_folded(tmp_path: Path) -> None:
    long = "word " * 60
    leave(new_run(tmp_path), "scope.md", f"{long}END1\n\n- {long}END2\n\n> {long}END3\n".encode())

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        await screen.until(lambda: all(end in screen.text() for end in ("END1", "END2", "END3")), "all of it")

    await on_screen(use, tmp_path)


async def test_what_is_no_markdown_opens_as_source_with_numbers_on_demand(tmp_path: Path) -> None:
    leave(new_run(tmp_path), "plan.json", b'{"a": "**b**"}\n' + b"x" * 200)

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        assert '{"a": "**b**"}' in screen.text()
        assert "m source" not in screen.text()
        await screen.press("m")
        assert any("only Markdown" in said for said in screen.toasts())
        await screen.press("n")
        await screen.until(lambda: '1  {"a"' in screen.text(), "numbers")
        assert "2  xxx" in screen.text()
        assert "3  xxx" not in screen.text(), "what is folded has one number"

    await on_screen(use, tmp_path)


async def test_hostile_text_is_text_in_both_forms(tmp_path: Path) -> None:
    leave(new_run(tmp_path), "scope.md", HOSTILE.encode())

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        await screen.until(lambda: "[bold]not bold[/bold]" in screen.text(), "rendered")
        for _ in range(2):
            for words in ("[link=https://e.org]x[/link] [/nope]", "<b>html</b> [@click=app.exit]x[/]", "[masked]"):
                assert words in screen.text()
            assert "\x1b]52" not in screen.raw()
            assert "ghp_" not in screen.text()
            await screen.press("m")
            await screen.until(lambda: viewer_of(screen).is_read, "the other form")

    await on_screen(use, tmp_path)


async def test_a_link_is_said_and_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(new_run(tmp_path), "scope.md", b"[click me](https://e.org/[/x])\n")
    opened: list[str] = []
    monkeypatch.setattr(LoopApp, "open_url", lambda self, url, new_tab=True: opened.append(url))

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        await screen.until(lambda: "click me" in screen.text(), "rendered")
        await screen.pilot.click(Markdown, offset=(4, 0))
        await screen.until(
            lambda: any("not opened from here: https://e.org/" in said for said in screen.toasts()), "it is said"
        )
        assert opened == []

    await on_screen(use, tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("big.md", b"x\n" * (MOST_BYTES // 2 + 1), "too large to show"),
        ("pack.tgz", b"\x1f\x8b\0\0", "is not text"),
        ("empty.md", b"", ""),
    ],
)
async def test_what_cannot_be_shown_is_said_in_its_place(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    leave(new_run(tmp_path), name, data)

    async def use(screen: Screen) -> None:
        await screen.press("d")
        viewer = await read(screen)
        assert words in viewer.text
        assert words in screen.text()

    await on_screen(use, tmp_path)


async def test_what_is_gone_is_said_and_r_reads_it_again(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.tell(changes.delivered(Deliverable(name="scope.md", path="scope.md", size_bytes=3)))

    async def use(screen: Screen) -> None:
        await screen.press("d")
        viewer = await read(screen)
        assert "does not exist" in viewer.text
        (run.store.run_dir / "scope.md").write_text("here *it* is")
        await screen.press("r")
        await screen.until(lambda: viewer.text == "here *it* is", "read again")

    await on_screen(use, tmp_path)


@pytest.mark.parametrize(
    ("text", "is_rendered"),
    [
        ("# a\n\nb\n", True),
        ("word " * 12_000, False),
        ("- a\n" * 2000, False),
        ("|a" * 2000 + "|\n" + "|-" * 2000, False),
    ],
)
def test_what_would_make_too_many_widgets_is_not_rendered(text: str, is_rendered: bool) -> None:
    assert (why_source(text) == "") is is_rendered


def test_lines_are_folded_by_cells() -> None:
    assert list(wrapped(["abcdefgh", "", "日本語文字", "ab"], 4)) == [
        (0, "abcd"), (0, "efgh"), (1, ""), (2, "日本"), (2, "語文"), (2, "字"), (3, "ab"),
    ]  # fmt: skip


async def test_a_long_text_is_shown_whole(tmp_path: Path) -> None:
    leave(new_run(tmp_path), "log.txt", b"".join(b"line %d\n" % number for number in range(200_000)))

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        await screen.until(lambda: "line 5" in screen.text(), "its beginning")
        await screen.press("G")
        await screen.until(lambda: "line 199999" in screen.text(), "its end")

    await on_screen(use, tmp_path)


async def test_a_check_leaf_opens_all_of_its_evidence(tmp_path: Path) -> None:
    red_gate(tmp_path, excerpt="not ok 13 - \x1b[31m[/red] gauge\nnot ok 14")

    async def use(screen: Screen) -> None:
        screen.tree.cursor = "skill:VERIFY/code-verification"
        await screen.press("enter", "j", "j", "enter")
        viewer = await read(screen)
        for words in ("✗ FAILED  test", "command    npm run test", "exit code  1", "took       2.1s"):
            assert words in viewer.text
        for words in ("commit     3f2a1bcd99", "tree       t", "not recorded: at", "[/red] gauge\nnot ok 14"):
            assert words in viewer.text
        assert "[/red] gauge" in screen.text()
        await screen.press("d", "e")
        assert any("nothing to compare" in said for said in screen.toasts())
        assert any("this is not a file" in said for said in screen.toasts())
        await screen.press("escape")
        assert len(screen.app.screen_stack) == 1

    await on_screen(use, tmp_path)


@pytest.mark.parametrize("key", ["e", "enter"])
async def test_the_gate_panel_leads_to_the_evidence(tmp_path: Path, key: str) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", key)
        assert "✗ test" in screen.text()
        assert "– lint" in screen.text()
        await screen.press("enter")
        viewer = await read(screen)
        assert viewer.text.startswith("✗ FAILED  test"), "what failed stands first"
        await screen.press("escape", "escape")
        assert len(screen.app.screen_stack) == 1

    await on_screen(use, tmp_path)


async def test_the_keys_of_the_viewer_are_listed_and_done(tmp_path: Path) -> None:
    leave(new_run(tmp_path), "scope.md", b"some **bold** text")

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        await screen.press("question_mark")
        assert "Markdown rendered, or as source" in screen.text()
        await screen.press("enter")
        await screen.until(lambda: "some **bold** text" in screen.text(), "the first of them is done")

    await on_screen(use, tmp_path)


async def test_without_an_editor_e_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(new_run(tmp_path), "scope.md", b"text")

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        await screen.press("e")
        assert any("no editor is set (set EDITOR" in said for said in screen.toasts())
        monkeypatch.setenv("EDITOR", "vi 'unclosed")
        await screen.press("e")
        assert any("$EDITOR is not a command line" in said for said in screen.toasts())
        monkeypatch.setenv("VISUAL", "true")
        await screen.press("e")
        assert any("needs a terminal" in said for said in screen.toasts()), "Pilot has none to give away"

    await on_screen(use, tmp_path)


async def test_read_only_edits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(new_run(tmp_path), "scope.md", b"text")
    monkeypatch.setenv("EDITOR", "true")
    clock = Watch()
    app = LoopApp(tmp_path, "distribution-loop", launcher=Started(), clock=clock, now=lambda: NOW, read_only=True)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        screen = Screen(app, pilot, clock)
        await screen.until(lambda: app.snapshot.opened, "the first look")
        await screen.press("d")
        await read(screen)
        assert "e edit" not in screen.text()
        await screen.press("e")
        assert [said for said in screen.toasts() if said.startswith("read-only")]


async def test_what_was_changed_since_it_was_delivered_says_so(tmp_path: Path) -> None:
    leave(new_run(tmp_path), "scope.md", b"text", sha256="0" * 64)

    async def use(screen: Screen) -> None:
        await screen.press("d")
        await read(screen)
        assert "scope.md · changed since it was delivered" in screen.text()

    await on_screen(use, tmp_path)
