"""`loop-tui stats`: tables that fit 80 columns, JSON, and names that mean harm."""

import json
from pathlib import Path

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
    assert main(("stats", "--module", "auth")) == 0
    assert capsys.readouterr().out == "no archived runs\n", "none of these runs is about a module"
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
    assert main(("stats", "--write-memory", "--system", "gadget")) == 0
    assert capsys.readouterr().out == "no archived runs of gadget\n", "there may be others"
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


def test_it_is_no_look_for_it_may_write() -> None:
    assert not next(verb for verb in typed_verbs() if verb.name == "stats").looks


def test_what_the_memory_of_any_tier_says_stands_below(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_many()
    project = project_of(tmp_path)
    for folder, name in ((claude_home(), "from above"), (project / ".claude", HOSTILE)):
        (folder / "memory").mkdir(parents=True, exist_ok=True)
        (folder / "memory" / "patterns.json").write_text(json.dumps({"patterns": [{"name": name, "text": "seen"}]}))
    assert main(("stats", "-C", str(project))) == 0
    said = capsys.readouterr().out
    assert "Pattern (organization): from above: seen" in said
    assert "Pattern (system): w[bold] 日本語" in said
    assert "\x1b" not in said


def project_of(tmp_path: Path) -> Path:
    folder = tmp_path / "widget"
    (folder / ".claude").mkdir(parents=True)
    (folder / ".git").mkdir()
    return folder


def test_the_memory_is_written_after_a_yes_and_keeps_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_many()
    put_many("gadget")
    project = project_of(tmp_path)
    memory = project / ".claude" / "memory"
    memory.mkdir()
    known = '{ "estimates" : {"x":1.50},\r\n  "loops": {"distribution-loop": {"note": "slow \\u00fc"}} }\r\n'
    (memory / "calibration.json").write_bytes(known.encode())
    words = ("stats", "--write-memory", "-C", str(project))
    assert main(words) == 3
    assert "Write 2 files? Use --yes to answer yes." in capsys.readouterr().out
    assert (memory / "calibration.json").read_bytes() == known.encode()
    assert main((*words, "--yes")) == 0
    text = (memory / "calibration.json").read_bytes().decode()
    assert text.startswith('{ "estimates" : {"x":1.50},\r\n  "loops": {"distribution-loop": {"note": "slow \\u00fc"')
    told = json.loads(text)["loops"][LOOP]
    assert told["working_ms"] == {"median": 129_000, "lower_quartile": 69_000, "upper_quartile": 129_000, "count": 7}
    assert told["skills"]["release-planner"]["count"] == 8
    patterns = json.loads((memory / "patterns.json").read_text())["patterns"]
    assert [each["name"] for each in patterns] == ["flaky check lint", "waiting gate readiness-gate"]
    capsys.readouterr()
    assert main((*words, "--yes")) == 0
    assert capsys.readouterr().out == "nothing to change\n"


def test_the_organization_knows_all_systems(tmp_path: Path) -> None:
    put_many()
    put_many("gadget")
    project = project_of(tmp_path)
    assert main(("stats", "--write-memory", "--organization", "--yes", "-C", str(project))) == 0
    told = json.loads((claude_home() / "memory" / "calibration.json").read_text())
    assert set(told["systems"]) == {"widget", "gadget"}
    assert not (project / ".claude" / "memory").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"loops": 5}', '{"loops": {"distribution-loop": []}}'])
def test_a_calibration_of_another_shape_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    put_many()
    project = project_of(tmp_path)
    path = project / ".claude" / "memory" / "calibration.json"
    path.parent.mkdir()
    path.write_text(text)
    assert main(("stats", "--write-memory", "--yes", "-C", str(project))) == 2
    assert "calibration.json" in capsys.readouterr().err
    assert path.read_text() == text
    assert not path.with_name("patterns.json").exists()


def test_a_memory_that_leads_elsewhere_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_many()
    project, other = project_of(tmp_path), tmp_path / "other"
    other.mkdir()
    (project / ".claude" / "memory").symlink_to(other)
    assert main(("stats", "--write-memory", "--yes", "-C", str(project))) == 2
    assert "leads out of its folder" in capsys.readouterr().err
    assert list(other.iterdir()) == []
    assert main(("stats", "--yes")) == 2
