"""The bench measures what it says, keeps its budgets honest, and shows the other rows when one cannot be measured."""

import json
import os
import sys
from pathlib import Path

import pytest

from bench import run
from bench.measure import Budget, NotAvailable, Row, Setting, medians, percentile
from bench.screen import Screen, start_of


@pytest.mark.parametrize(
    ("budget", "ours", "bare", "verdict"),
    [
        (Budget(1.15), 115.0, 100.0, "pass"),
        (Budget(1.15), 116.0, 100.0, "FAIL"),
        (Budget(0.15, sense="at least"), 15.0, 100.0, "pass"),
        (Budget(0.15, sense="at least"), 14.0, 100.0, "FAIL"),
        (Budget(12, "ours"), 12.0, 0.3, "pass"),
        (Budget(12, "ours"), 12.1, 100.0, "FAIL"),
        (None, 12.1, 100.0, ""),
    ],
)
def test_verdicts(budget: Budget | None, ours: float, bare: float, verdict: str) -> None:
    assert Row("row", "ms", ours, bare, budget).verdict == verdict


def test_medians_are_taken_in_turns_after_a_warm_up() -> None:
    taken: list[str] = []
    figures = iter([1000.0, 1000.0, 1.0, 10.0, 3.0, 30.0, 2.0, 20.0])

    def sample(name: str) -> float:
        taken.append(name)
        return next(figures)

    assert medians([lambda: sample("a"), lambda: sample("b")], 3) == [2.0, 20.0]
    assert taken == ["a", "b"] * 4


def test_percentiles() -> None:
    figures = [float(n) for n in range(100, 0, -1)]
    assert percentile(figures, 50) == 51
    assert percentile(figures, 95) == 96
    assert percentile([7.0], 95) == 7


def test_the_screen_knows_where_text_stands() -> None:
    screen = Screen()
    screen.feed("\x1b[?1049h\x1b[2;3Hab\x1b[1mc\x1b[0m\r\nd\x1b]0;title\x07\x1b[2;4HX ")
    assert screen.shown() == {(2, 3): "a", (2, 4): "X", (3, 1): "d"}


def test_sequences_may_come_in_pieces() -> None:
    whole, pieces = Screen(), Screen()
    output = "\x1b[?1049h\x1b[1;31mab\x1b]0;title\x07\x1b[2;4HX\x1b[0m"
    whole.feed(output)
    for character in output:
        pieces.feed(character)
    assert pieces.shown() == whole.shown() == {(1, 1): "a", (1, 2): "b", (2, 4): "X"}


def test_first_paint_is_the_full_screen_and_not_the_first_byte(tmp_path: Path) -> None:
    painter = tmp_path / "painter.py"
    painter.write_text(
        "import sys, time\n"
        "def out(text): sys.stdout.write(text); sys.stdout.flush()\n"
        "out('\\x1b[?1049h\\x1b[1;1Htitle')\n"
        "time.sleep(0.3)\n"
        "for row in range(1, 41): out(f'\\x1b[{row};1H' + 'x' * 12)\n"
        "time.sleep(0.3)\n"
        "for row in range(1, 41): out(f'\\x1b[{row};13H' + 'x' * 108)\n"
        "time.sleep(60)\n"
    )
    start = start_of([sys.executable, str(painter)], tmp_path, os.environ)
    assert start.painted >= 300, "a title is not a screen"
    assert start.settled >= 600, "a frame is not yet what was read"
    assert start.painted < start.settled


def test_an_application_that_dies_has_no_first_paint(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="painted no screen"):
        start_of([sys.executable, "-c", "print('x' * 5000)"], tmp_path, os.environ)


def test_a_row_that_fails_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(where: Setting) -> object:
        raise ImportError("no module named that")

    monkeypatch.setattr(run, "BENCHES", {"broken": broken, "journal": run.BENCHES["journal"]})
    assert run.main(["--quick", "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {"name": "broken", "error": "ImportError: no module named that"}
    assert second["name"].startswith("journal")
    assert second["ratio"] == pytest.approx(second["ours"] / second["bare"])
    assert run.main(["--quick", "--strict"]) == 1
