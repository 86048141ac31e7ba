"""The steps of a log, and how they are folded."""

import pytest
from textual.pilot import Pilot

from loop_tui.tui.cockpit.log_filter import Filter
from loop_tui.tui.cockpit.log_folded import folded_text
from loop_tui.tui.cockpit.log_steps import Step
from loop_tui.tui.cockpit.log_store import LogStore
from loop_tui.tui.cockpit.log_view import LogView

from .test_log_pane import PaneApp


def said(level: str, text: str, at: int = 0, skill: str = "code-verification") -> str:
    return f"{1767323045000 + at}\t{skill}\t{level}\t{text}"


TAP = [said("out", f"ok {n} - case {n}", 100) for n in range(1, 12)]
PASSED = [
    said("head", "code-verification"),
    said("info", "npm project, npm: build, test, lint"),
    said("cmd", "npm run build", 100),
    said("cmd.1", "npx eslint .   # lint", 100),
    said("out", "built", 200),
    said("out.1", "linted", 200),
    said("out", "and packed", 300),
    said("ok", "build: exit 0", 1100),
    said("cmd", "npm test", 1100),
    *TAP[:5],
    said("out.1", "all clean", 1200),
    *TAP[5:],
    said("ok", "lint: 0 errors", 1500),
    said("ok", "test: 11/11 passing", 3500),
    said("info", "wrote verification-report.md"),
    said("ok", "code-verification complete in 6.1s", 6100),
]
FAILED = [
    *PASSED[:9],
    said("out", "ok 1 - adds an error", 1200),
    said("out", "not ok 2 - turns", 1300),
    said("out", "  error: expected 1", 1300),
    said("error", "test: 1/2 passing, 1 failing (exit 1): turns", 2000),
    said("error", "  ✖ turns: expected 1 (test/a.js:3)", 2000),
]


def view_of(lines: list[str], size: int = 1000, cap: int = 50_000) -> LogView:
    """The view after the lines came in batches of that size."""
    store = LogStore(cap)
    view = LogView(store)
    for start in range(0, len(lines), size):
        (view.shrunk if store.extend(lines[start : start + size]) else view.grown)()
    return view


def rows(view: LogView) -> list[str]:
    shown = []
    for row in range(len(view)):
        step = view.step_at(row)
        if step:
            text = "  ".join(folded_text(step, view.lines_of(step), 200))
        else:
            text = view.store[view.at(row)[0]].split("\t")[-1]
        shown.append(("+ " if step else "") + text)
    return shown


def test_what_passed_is_one_line_however_its_lines_came() -> None:
    wanted = [
        "+ code-verification    6.1s  2 lines",
        "+ build  exit 0  1.0s  3 lines",
        "+ lint  0 errors  1.4s  3 lines",
        "+ test  11/11 passing  2.4s  12 lines",
        "wrote verification-report.md",
    ]
    for size in (1, 3, 7, 1000):
        assert rows(view_of(PASSED, size)) == wanted


def test_a_word_of_the_run_itself_in_between_does_not_split_a_step() -> None:
    word = said("info", "context.md: 1 earlier run", 50, skill="")
    wanted = ["+ code-verification    6.1s  2 lines", word.split("\t")[-1], "+ build  exit 0  1.0s  3 lines"]
    for size in (1, 3, 1000):
        assert rows(view_of([*PASSED[:1], word, *PASSED[1:]], size))[:3] == wanted
    between = rows(view_of([*PASSED[:11], word, *PASSED[11:]]))
    assert "+ test  11/11 passing  2.4s  12 lines" in between, "also while a program prints"


def test_commands_side_by_side_are_a_step_each_while_they_run_and_the_raw_log_has_their_lines_as_they_came() -> None:
    for size in (1, 4, 1000):
        view = view_of(PASSED[:7], size)
        shown = ["npm run build", "built", "and packed", "npx eslint .   # lint", "linted"]
        assert rows(view)[2:] == shown
        assert [view.row_of(index) for index in range(7)] == [0, 1, 2, 5, 3, 6, 4]
        view.show_raw(True)
        assert rows(view)[2:] == [line.split("\t")[-1] for line in PASSED[2:7]]


def test_lines_in_the_middle_of_the_rows_appear_there() -> None:
    view = view_of(PASSED[:6])
    assert len(view) == 6
    for count, text in ((7, "and packed"), (8, "and more")):
        view.store.extend([said("out", text, 300)])
        view.grown()
        assert len(view) == count
        assert rows(view)[count - 3] == text


def test_what_runs_is_open() -> None:
    assert rows(view_of(PASSED[:12]))[-4:] == ["npm test", "ok 1 - case 1", "ok 2 - case 2", "ok 3 - case 3"]


def test_what_failed_is_open_at_the_tests_that_failed() -> None:
    wanted = ["+ test  1/2 passing, 1 failing (exit 1): turns  900ms  5 lines", "  ✖ turns: expected 1 (test/a.js:3)"]
    for size in (1, 1000):
        assert rows(view_of(FAILED, size))[-2:] == wanted


def test_a_skill_that_ended_with_red_checks_is_no_tick() -> None:
    view = view_of([*FAILED, said("error", "code-verification ended in 3.0s 1 check failed", 3000)])
    head = view.store.steps.all[0]
    assert (head.title, head.state, head.hides) == ("code-verification", "failed", False)
    assert rows(view)[0] == "code-verification"
    assert rows(view)[-1] == "code-verification ended in 3.0s 1 check failed"


def test_without_named_tests_it_is_open_at_the_first_error_of_the_output_and_its_verdict_is_not_said_again() -> None:
    view = view_of(FAILED[:-1])
    row = "+ test  1/2 passing, 1 failing (exit 1): turns  900ms  4 lines"
    assert rows(view)[-3:] == [row, "not ok 2 - turns", "  error: expected 1"]
    assert view.row_of(len(FAILED) - 2) is None
    assert rows(view_of([*FAILED[:-1], said("info", "a word", 2000)]))[-2:] == ["  error: expected 1", "a word"]
    assert rows(view_of([*FAILED[:-1], said("info", "a word", 2000)], size=1))[-2:] == ["  error: expected 1", "a word"]


def test_a_step_is_unfolded_and_folded_and_each_row_leads_back_to_its_line() -> None:
    view = view_of(PASSED)
    step = view.step_at(3)
    assert step is not None
    for unfolded, count in ((True, 17), (False, 5)):
        step.unfolded = unfolded
        view.store.steps.version += 1
        assert len(view) == count
        assert [view.row_of(view.at(row)[0]) for row in range(count)] == list(range(count))
    view.show_raw(True)
    assert len(view) == len(PASSED)


def test_folding_holds_in_wrapped_rows_and_a_filter_looks_into_every_step() -> None:
    view = view_of(PASSED)
    view.set(width=10)
    assert view.step_at(2) is not None
    assert [view.row_of(view.at(row)[0]) for row in range(3)] == [0, 1, 2]
    view.set(Filter.of("case 11"), width=0)
    assert rows(view) == ["ok 11 - case 11"]


def test_a_step_whose_beginning_was_dropped_still_says_how_long_it_was() -> None:
    lines = [*PASSED[:9], *(said("out", f"ok {n}") for n in range(5000)), said("ok", "test: 5000/5000 passing", 2100)]
    assert rows(view_of(lines, 100, cap=500)) == ["+ test  5000/5000 passing  1.0s  5,001 lines"]


def test_a_log_without_marks_has_a_step_a_skill_and_loses_nothing() -> None:
    lines = [said("out", "a", skill="x"), "no tabs at all", said("out", "b", skill="y")]
    assert rows(view_of(lines)) == ["\0x", "a", "no tabs at all", "\0y", "b"]


def test_what_a_skill_said_before_its_question_folds_when_it_goes_on() -> None:
    asked = [
        said("head", "release-planner", skill="release-planner"),
        said("ok", "tree: clean", skill="release-planner"),
        said("warn", "? Bump version 0.7.0 -> 0.8.0? [Y/n]", skill="release-planner"),
    ]
    assert len(rows(view_of(asked))) == 3
    assert rows(view_of([*asked, asked[0], asked[1]])) == [
        "+ release-planner  asked Bump version 0.7.0 -> 0.8.0? [Y/n]  2 lines",
        "release-planner",
        "tree: clean",
    ]


def test_a_skill_that_begins_anew_after_a_crash_folds_nothing() -> None:
    begun = [said("head", "code-verification"), said("info", "npm project"), said("cmd", "npm test", 100)]
    assert rows(view_of([*begun, *begun])) == [line.split("\t")[-1] for line in (*begun, *begun)]


async def test_a_failed_test_has_one_mark() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.pane.write(FAILED)
        await app.settled(pilot)
        shown = [line.strip() for line in app.lines()]
        assert "✖ turns: expected 1 (test/a.js:3)" in shown
        assert any(line.startswith("✗ test  1/2 passing") for line in shown)


async def test_keys_and_clicks_fold_and_a_search_unfolds() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.pane.write(PASSED)
        app.pane.focus()
        await pilot.pause()
        assert app.lines()[3].split() == ["✓", "test", "11/11", "passing", "2.4s", "12", "lines"]
        await _pressed(pilot, "k", "enter")
        assert "$ npm test" in app.lines()[3].replace("▌", "$")
        await _pressed(pilot, "enter")
        assert "11/11" in app.lines()[3]
        app.pane.go_to(10)
        assert "▌ ok 2 - case 2" in app.lines()
        await _pressed(pilot, "R")
        assert len(app.pane.view) == len(PASSED)
        await _pressed(pilot, "R")
        await pilot.click(app.pane, offset=(5, 1))
        assert "  built" in app.lines()


async def _pressed(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def test_a_step_that_failed_is_shown_from_its_first_error_until_the_next_begins() -> None:
    app = PaneApp()
    noise = [said("out", f"  at {n}", 1300) for n in range(40)]
    over = said("error", "code-verification failed: test: exit 1", 2100)
    async with app.run_test(size=(60, 10)) as pilot:
        app.pane.write([*FAILED[:-2], *noise, said("error", "test: exit 1", 2000), over])
        await pilot.pause()
        assert app.lines()[0].startswith("✗ test  exit 1")
        assert app.lines()[1].split() == ["not", "ok", "2", "-", "turns"]
        assert app.pane.following
        app.pane.write([said("head", "code-verification", 3000), *noise])
        await pilot.pause()
        assert app.lines()[-1].split() == ["at", "39"]
        await _pressed(pilot, "g")
        app.pane.write([*FAILED[:-2], *noise, said("error", "test: exit 1", 2000), over])
        app.pane.focus()
        await _pressed(pilot, "f")
        assert app.lines()[-1].startswith("✗ code-verification failed")


async def test_what_a_reader_reads_is_not_folded_under_their_eyes() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.pane.write([*PASSED[:9], *(said("out", f"ok {n}", 1300) for n in range(40))])
        await pilot.pause()
        app.pane.focus()
        await _pressed(pilot, "ctrl+u", "ctrl+u")
        seen = app.lines()
        app.pane.write([said("ok", "test: 40/40 passing", 3500), said("ok", "lint: 0 errors", 3600)])
        await pilot.pause()
        assert app.lines() == seen


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (69, ("release-planner", "version 0.7.0 -> 0.8.0", "443ms  2 warnings  22 lines")),
        (67, ("release-planner", "version 0.7.0 -> 0.8.0", "443ms  2 warnings")),
        (57, ("release-planner", "version 0.7.0 -> 0.8.0", "2 warnings")),
        (20, ("release-planner", "version 0.7.0 -> 0.8.0", "2 warnings")),
    ],
)
def test_what_came_of_a_step_goes_before_how_long_it_was(width: int, shown: tuple[str, str, str]) -> None:
    step = Step(0, "release-planner", "release-planner", 0, said=shown[1], took_ms=443, warnings=2)
    assert folded_text(step, 22, width) == shown
