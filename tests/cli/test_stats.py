"""`loop-tui stats`: tables that fit 80 columns, JSON, and names that mean harm."""

import json

import pytest
from rich.cells import cell_len

from loop_tui.__main__ import main
from loop_tui.cli.verbs import typed_verbs
from loop_tui.fs.homes import claude_home
from loop_tui.model.runs import RunOutcome
from loop_tui.model.verbs import COLUMNS_VARIABLE
from tests.many_runs import write_runs
from tests.past_runs import LOOP, put, worked

HOSTILE = "w\x1b[31m\x1b]52;c;eA==\x07\u202e[bold]\n日本語" + "x" * 300


def put_many(system: str = "widget") -> None:
    for day in range(8):
        run = worked(
            [("INIT", "release-planner", 60_000 * (1 + (day > 2))), ("VERIFY", "code-verification", 9000)],
            day=day,
            system=system,
            waits=[("readiness-gate", "ada" if day % 2 else "bob", 3_600_000)],
            tree="a" * 40,
            passed=day != 3,
            failed=["release-planner"] if day == 5 else [],
        )
        put(claude_home(), run, RunOutcome.FAILED if day == 7 else RunOutcome.SUCCESS)


def test_one_loop_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    put_many()
    assert main(("stats",)) == 0
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "distribution-loop on widget",
        "8 runs, done 7/8, the last 2026-01-08 09:02",
        "working time: usually 2m09s (1m09s to 2m09s)",
        "",
        "Phase   Usually  Quartiles       Trend   Runs",
        "INIT    2m00s    1m00s to 2m00s  +100%   8",
        "VERIFY  9.0s     9.0s to 9.0s    steady  8",
        "",
        "Skill              Phase   Usually  Quartiles       Trend   Done  Retried",
        "release-planner    INIT    2m00s    1m00s to 2m00s  +100%   8/9   1/8",
        "code-verification  VERIFY  9.0s     9.0s to 9.0s    steady  8/8   0/8",
        "",
        "Gate            Waits for  Usually  Quartiles       Trend   Times",
        "readiness-gate  all        1h00m    1h00m to 1h00m  steady  8",
        "readiness-gate  bob        1h00m    1h00m to 1h00m  -       4",
        "readiness-gate  ada        1h00m    1h00m to 1h00m  -       4",
        "",
        "Flaky check  On trees  Passed  Failed  Last tree",
        "lint         1 of 1    7       1       aaaaaaaaaaaa",
        "",
        "Usually: the median of working time, without waiting. Quartiles: half of the runs lie between. "
        "Trend: the last 5 runs against those before.",
    ]


def test_several_are_a_line_each_and_options_choose(capsys: pytest.CaptureFixture[str]) -> None:
    put_many()
    put(claude_home(), worked([("INIT", "preflight", 1000)], day=9, system="gadget"))
    assert main(("stats",)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Loop", "System", "Runs", "Done", "Usually", "Quartiles", "Trend"]
    assert lines[1].split() == [LOOP, "gadget", "1", "-", "-", *["too", "few", "to", "tell"], "-"]
    assert lines[2].split()[:4] == [LOOP, "widget", "8", "7/8"]
    assert main(("stats", "--system", "gadget")) == 0
    assert capsys.readouterr().out.startswith(f"{LOOP} on gadget\n1 run, done too few to tell, ")
    assert main(("stats", "--since", "2026-01-05", "--loop", LOOP, "--system", "widget")) == 0
    assert "\n4 runs, " in capsys.readouterr().out


def test_json_is_one_object_a_loop(capsys: pytest.CaptureFixture[str]) -> None:
    put_many()
    put(claude_home(), worked([("INIT", "preflight", 1000)], day=9, system="gadget"))
    assert main(("stats", "--json")) == 0
    gadget, widget = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (gadget["system"], gadget["whole"]["spread"]) == ("gadget", None)
    assert widget["whole"]["spread"] == {"median_ms": 129_000, "lower_ms": 69_000, "upper_ms": 129_000}
    assert widget["success"] == {"hits": 7, "total": 8}
    assert widget["flaky"][0]["name"] == "lint"


def test_nothing_archived_and_what_cannot_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("stats",)) == 0
    assert capsys.readouterr().out == "no archived runs\n"
    assert main(("stats", "--since", "soon")) == 2
    assert "'soon' is not a date" in capsys.readouterr().err


@pytest.mark.parametrize("several", [False, True])
def test_hostile_names_do_no_harm_and_tables_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, several: bool
) -> None:
    monkeypatch.setenv(COLUMNS_VARIABLE, "80")
    for day in range(3):
        skills = [(HOSTILE, HOSTILE, 86_000_000), ("VERIFY", "x" * 90, 1000)]
        put(claude_home(), worked(skills, day=day, system=HOSTILE, waits=[(HOSTILE, HOSTILE, 10**9)], tree=HOSTILE))
    if several:
        write_runs(claude_home(), 400, 8)
    capsys.readouterr()
    assert main(("stats",)) == 0
    said = capsys.readouterr().out
    assert "[bold]" in said
    assert not any(sign in said for sign in "\x1b\x07\u202e")
    assert max(cell_len(line) for line in said.splitlines()) <= 80


def test_the_screen_takes_it_as_a_look() -> None:
    assert next(verb for verb in typed_verbs() if verb.name == "stats").looks
