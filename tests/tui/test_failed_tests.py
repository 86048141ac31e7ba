"""The named tests of a failed gate: listed first, and opened in the editor at their line."""

from pathlib import Path

import pytest
from textual.widgets import Static

from loop_tui.model.evidence import Check
from loop_tui.model.failed_tests import FailedTest, failed_tests, split_excerpt
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.verify.failing_lines import FailingTest
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.editor import place_in, words_for
from loop_tui.tui.projection.checks import checks_text
from loop_tui.tui.projection.failed_tests import failures_text
from loop_tui.tui.widgets.words import lines_of

from .runs import Screen, check, on_screen, red_gate

LISTED = (
    "✖ gauge > clamps (at 100) (test/gauge.test.js:13): expected 100, got 112 (strict)\n"
    "✖ label shows its unit (test/label.test.js:4)\n"
    "✖ test/broken.test.js does not load (test/broken.test.js): Unexpected end of input\n"
    "✖ no place: said by nobody\n"
    "and 2 more\n\n"
    "not ok 13 - gauge > clamps\n\n  at test/gauge.test.js:13:5"
)


def test_what_a_check_lists_is_read_again() -> None:
    tests, output = split_excerpt(LISTED)
    assert tests == (
        FailedTest("gauge > clamps (at 100)", "expected 100, got 112 (strict)", "test/gauge.test.js", 13),
        FailedTest("label shows its unit", "", "test/label.test.js", 4),
        FailedTest("test/broken.test.js does not load", "Unexpected end of input", "test/broken.test.js"),
        FailedTest("no place", "said by nobody"),
    )
    assert output.startswith("not ok 13")
    assert output.endswith("13:5")
    written = FailingTest("sum > adds", "expected 3, got -1", "test/sum.test.js:4")
    assert split_excerpt(f"✖ {written}")[0] == (FailedTest("sum > adds", written.message, "test/sum.test.js", 4),)
    for other in ("", "not ok 13", "✖ a line\nof a program", "\n\n✖ x"):
        assert split_excerpt(other) == ((), other)
    assert failed_tests([check("test", excerpt=LISTED)]) == (), "it passed"


def test_the_panel_lists_them_around_the_selected_one() -> None:
    many = [FailedTest(f"case {n}", f"said {n}", "t.js", n) for n in range(1, 9)]
    text = lines_of(*failures_text(many, 6, "e opens it")).plain
    assert text.startswith("\n8 failed tests  e opens it\n  … 3 above\n  ✗ case 4\n    said 4\n    t.js:4\n")
    assert "▸ ✗ case 7\n" in text
    assert "case 8" in text
    assert "case 3" not in text
    assert failures_text(()) == []
    assert "1 failed test\n▸ ✗ [/x]" in lines_of(*failures_text([FailedTest("[/x]\x1b[2J")])).plain


def test_the_check_itself_says_no_test_again() -> None:
    red = Check(
        name="test",
        status=CheckStatus.FAILED,
        summary="1/2 passing, 1 failing (exit 1): gauge > clamps (at 100) (test/gauge.test.js:13): told; and 3 more",
        excerpt=LISTED,
    )
    text = lines_of(*checks_text([red])).plain
    assert text.startswith("✗ FAILED test  1/2 passing, 1 failing (exit 1)\n  │ not ok 13")


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("nvim -p", ["nvim", "-p", "+7", "/p/a.js"]),
        ("/usr/bin/nano", ["/usr/bin/nano", "+7", "/p/a.js"]),
        ("code --wait", ["code", "--wait", "-g", "/p/a.js:7"]),
        ("ed", ["ed", "/p/a.js"]),
    ],
)
def test_editors_are_told_the_line_as_they_know_it(editor: str, words: list[str]) -> None:
    assert words_for(editor.split(), Path("/p/a.js"), 7) == words
    assert words_for(editor.split(), Path("/p/a.js"))[-1] == "/p/a.js"


def test_only_plain_files_of_the_project_are_opened(tmp_path: Path) -> None:
    project, outside = tmp_path / "p", tmp_path / "outside.js"
    (project / "test").mkdir(parents=True)
    outside.write_text("")
    (project / "test" / "a.js").write_text("")
    (project / "link.js").symlink_to(outside)
    (project / "inner.js").symlink_to(project / "test" / "a.js")
    assert place_in(project, "test/a.js") == (project / "test" / "a.js").resolve()
    for name in ("../outside.js", str(outside), "link.js", "inner.js", "test", "gone.js", "a\0.js"):
        with pytest.raises(Problem):
            place_in(project, name)


async def test_e_opens_the_selected_one_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    red_gate(tmp_path, LISTED)
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "label.test.js").write_text("")
    opened: list[list[str]] = []
    monkeypatch.setenv("EDITOR", "vim")
    monkeypatch.delenv("VISUAL", raising=False)

    async def use(screen: Screen) -> None:
        def outside(work: object) -> int:
            opened.append(words_for(work.args[0], work.args[1], work.keywords["line"]))  # type: ignore[attr-defined]
            return 0

        screen.app.outside = outside  # type: ignore[method-assign]
        await screen.press("3")
        text = screen.text()
        assert "▸ ✗ gauge" in text, text
        assert "enter open the test" in " ".join(text.split()), "the footer says what enter does"
        assert text.index("▸ ✗ gauge") < text.index("What to do"), "the tests come first"
        await screen.press("enter")
        assert any("the file is missing" in said for said in screen.toasts())
        await screen.press("j", "e")
        assert opened == [["vim", "+4", str(tmp_path.resolve() / "test" / "label.test.js")]]
        await screen.press("E")
        assert len(screen.app.screen_stack) == 2, "all of the evidence has a key of its own"

    await on_screen(use, tmp_path)


async def test_the_pane_of_a_failed_gate_is_called_that(tmp_path: Path) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert "3 failed gate" in screen.text()
        assert screen.app.screen.query_one(GatePanel).border_title == "Failed gate"

    await on_screen(use, tmp_path)


def checked_out(project: Path, commit: str) -> None:
    """A repository as far as the screen reads one by itself."""
    refs = project / ".git/refs/heads"
    refs.mkdir(parents=True, exist_ok=True)
    (project / ".git/objects").mkdir(exist_ok=True)
    (project / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (refs / "main").write_text(f"{commit}\n")


async def test_the_panel_says_what_comes_next_and_of_which_commit_the_failure_tells(tmp_path: Path) -> None:
    red_gate(tmp_path)
    checked_out(tmp_path, "3f2a1bcd99" + "0" * 30)

    def words(screen: Screen) -> str:
        return " ".join(str(screen.panel.query_one("#panel-text", Static).content).split())

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "Fix it, commit the fix, then press space." in words(screen), "what comes next")
        assert "The tree has changed" not in words(screen)
        checked_out(tmp_path, "9d8e7f6" + "1" * 33)
        said = "The tree has changed since: it failed on 3f2a1bc, now it is 9d8e7f6; space checks it again."
        await screen.until(lambda: said in words(screen), "the failure is of another commit")

    await on_screen(use, tmp_path)
