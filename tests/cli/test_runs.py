"""`loop-tui runs`: every filter, one run, two of them, and an archive in which files are bad."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from loop_tui.__main__ import main
from loop_tui.cli.runs_export import csv_lines, markdown_lines
from loop_tui.cli.show import short_time
from loop_tui.cli.verbs import typed_verbs
from loop_tui.fs.homes import claude_home
from loop_tui.model.outcome import RunOutcome
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.listing import list_runs
from tests.many_runs import write_runs
from tests.tui.past import archive


@pytest.fixture
def many() -> None:
    write_runs(claude_home(), 120, 8)


def records(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(("runs", "--json", *words)) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("many")
def test_every_option_is_a_filter(capsys: pytest.CaptureFixture[str]) -> None:
    told = {
        "loop": "infrastructure-loop",
        "system": "widget",
        "module": "core",
        "since": "2026-06-29",
        "until": "2026-06-29",
        "outcome": "failed",
        "text": "hub audit",
        "gate": "spec-gate:failed",
        "skill": "deploy",
        "target": "npm",
        "version": "1.7.0",
    }
    for name, value in told.items():
        wanted = [run.where for run in list_runs(claude_home(), Filters(**{name: value}), 100, most=None).runs]
        found = [run["path"] or run["folder"] for run in records(capsys, f"--{name}", value, "-n", "100")]
        assert found == wanted, name
        assert 0 < len(wanted) < 112, name
    both = records(capsys, "--system", "widget", "--outcome", "success", "-n", "100")
    assert both
    assert {(run["system"], run["outcome"]) for run in both} == {("widget", "success")}


@pytest.mark.usefixtures("many")
def test_the_list_names_the_first_bad_files_and_counts_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs", "-n", "200")) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 113
    assert said.out.startswith("Completed  ")
    errors = said.err.splitlines()
    assert len([line for line in errors if "bad-" in line]) == 5
    assert errors[-1] == "loop-tui: 3 more files of the archive cannot be read; `loop-tui runs reindex` names all"
    assert main(("runs", "reindex")) == 0
    said = capsys.readouterr()
    assert said.out == "112 archived runs\n"
    assert len([line for line in said.err.splitlines() if "bad-" in line]) == 8


def test_what_was_changed_in_place_is_listed_after_a_reindex(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = archive(tmp_path, day=2)
    assert main(("runs",)) == 0
    path.write_text(path.read_text().replace("widget-gauge", "other-gauge"))
    capsys.readouterr()
    assert main(("runs", "reindex")) == 0
    assert main(("runs", "--system", "other-gauge")) == 0
    assert path.name in capsys.readouterr().out


def test_one_run_on_a_page_and_as_a_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = archive(tmp_path, day=2)
    assert main(("runs", "show", path.stem)) == 0
    said = capsys.readouterr().out
    assert said.startswith("widget-gauge, completed 2026-01-02 04:00\nrun ")
    assert f"\nArchived in {path}\n" in said
    assert main(("runs", "show", "1", "--json")) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["path"], "state" in record) == (str(path), False)
    assert main(("runs", "show", record["run"][:6], "--json", "--include-state")) == 0
    assert json.loads(capsys.readouterr().out)["state"]["loop"] == record["loop"]
    assert main(("runs", "show", "nothing")) == 2
    assert "no archived run with that id or path: nothing" in capsys.readouterr().err


def test_a_page_has_every_gate_and_what_is_only_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    month = claude_home() / "runs/2026-01"
    month.mkdir(parents=True)
    told = {"loop": "a-loop", "system": "s", "module": "m", "completed_at": "2026-01-02T04:00:00Z", "run": "0a1b"}
    gates = {"passed": ["one-gate"], "failed": ["two-gate"], "skipped": ["three-gate"]}
    (month / "a.json").write_text(json.dumps({"summary": {**told, "gates": gates, "durations": {"make": 61_000}}}))
    assert main(("runs", "show", "0a1b")) == 0
    said = capsys.readouterr().out
    assert said.startswith("s, completed 2026-01-02 04:00\nrun 0a1b\n")
    assert "\nabout the module m\n" in said
    assert "Gates\n  ✓ one-gate\n  ✗ two-gate failed\n  – three-gate skipped\n" in said
    assert "\nWorked\n  make: 1m01s\n" in said
    (month / "a.json").write_text(json.dumps({**told, "run": "2c3d", "phases_completed": 9, "gates_passed": 4}))
    assert main(("runs", "reindex")) == 0
    assert main(("runs", "show", "2c3d")) == 0
    assert "Phases\n  9, without names\n\nGates\n  4, without names\n" in capsys.readouterr().out


def test_a_page_has_every_gate_and_each_name_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    gates = {"passed": ["spec-gate"], "failed": ["readiness-gate"], "skipped": ["deploy-gate"]}
    summary: dict[str, object] = {
        "system": "widget",
        "outcome": "failed",
        "gates": gates,
        "completed_at": "2026-01-02T04:00:00Z",
    }
    check = {"name": "lint", "status": "failed", "summary": "2\n  ✓ errors"}
    summary |= {"evidence": {"readiness-gate": [check]}, "module": "core"}
    folder = claude_home() / "runs/2026-01/other"
    folder.mkdir(parents=True)
    (folder / "notes\n  ✓ forged.md").write_text("a needle\n")
    folder.with_suffix(".json").write_text(json.dumps({"summary": {**summary, "deliverables": ["a\nb.md"]}}))
    assert main(("runs", "show", "1")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["failed", "about the module core"], "its loop is not known"
    at = lines.index("Gates")
    assert lines[at + 1 : at + 3] == ["  ✓ spec-gate", "  ✗ readiness-gate failed"]
    assert lines[at + 3].startswith("      lint: failed")
    assert lines[at + 3].endswith("2 ✓ errors")
    assert lines[at + 4] == "  – deploy-gate skipped"
    folder.with_suffix(".json").unlink()
    assert main(("runs", "show", "1")) == 0
    assert "  notes ✓ forged.md" in capsys.readouterr().out.splitlines()
    assert main(("runs", "grep", "needle")) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["  notes ✓ forged.md:1: a needle"]


def test_two_runs_as_compare_has_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive(tmp_path, day=2)
    archive(tmp_path, day=3, build_ms=9000)
    assert main(("compare", "1", "2")) == 0
    said = capsys.readouterr().out
    assert main(("runs", "diff", "2", "1")) == 0
    assert capsys.readouterr().out == said
    assert "+7.0s" in said


def test_what_differs_is_said_in_the_words_of_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive(tmp_path, day=2, outcome=RunOutcome.ABANDONED)
    folder = claude_home() / "runs/2026-01"
    evidence = {"a-gate": [{"name": "lint", "status": "failed", "summary": "2\n  a-gate: forged"}]}
    summary = {"loop": "b-loop", "completed_at": "2026-01-03T04:00:00Z", "outcome": "success", "evidence": evidence}
    (folder / "other.json").write_text(json.dumps({"summary": summary}))
    assert main(("compare", "1", "2")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  outcome: aborted -> done" in lines
    assert any(line.startswith("  version of the loop: ") and line.endswith(" -> none") for line in lines)
    assert not [line for line in lines if line.startswith("  a-gate: forged")]


@pytest.mark.usefixtures("many")
def test_export_has_every_run_that_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = list_runs(claude_home(), Filters(system="my-kit"), None, most=None).runs
    for form in ("json", "csv", "markdown"):
        assert main(("runs", "export", "--format", form, "--system", "my-kit")) == 0
        lines = capsys.readouterr().out.splitlines()
        if form == "json":
            assert [each["path"] or each["folder"] for each in map(json.loads, lines)] == [run.where for run in wanted]
        elif form == "csv":
            found = [*csv.DictReader(lines)]
            assert [(row["run"], row["archive"]) for row in found] == [(run.run, run.where) for run in wanted]
        else:
            assert len(lines) == len(wanted) + 2
            assert {line.count(" | ") for line in lines if "---" not in line} == {14}
    assert main(("runs", "export", "--format", "xml")) == 2
    assert "'xml' is not a format (one of: json, csv, markdown)" in capsys.readouterr().err


def test_no_cell_of_an_export_is_a_formula_or_a_mark() -> None:
    row = json.dumps({"loop": "a-loop", "system": '=cmd|"x"', "completed_at": "2026-01-01T00:00:00Z"})
    path = claude_home() / "runs/2026-01/x.json"
    path.parent.mkdir(parents=True)
    path.write_text(row)
    runs = list_runs(claude_home()).runs
    (cells,) = csv.DictReader(csv_lines(runs))
    assert cells["system"] == '\'=cmd|"x"'
    assert '=cmd\\|"x"' in [*markdown_lines(runs)][-1]


def test_options_stand_behind_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs", "--loop", "x", "show", "1")) == 2
    assert "options stand behind show, not before it" in capsys.readouterr().err


def test_the_screen_takes_the_list_and_its_commands() -> None:
    names = {verb.name: verb for verb in typed_verbs()}
    assert {"runs", "runs show", "runs diff", "runs reindex"} <= names.keys()
    assert "--gate" in names["runs"].options
    assert names["runs"].looks


def test_a_time_has_the_same_width_in_every_year() -> None:
    assert short_time("0001-01-01T00:00:00+14:00") == "0001-01-01 00:00"
    assert short_time("2026-03-02T10:00:59.5Z") == "2026-03-02 10:00"
    assert short_time("soon") == "soon"


def test_an_archive_on_a_disk_that_is_not_there_is_not_called_empty(capsys: pytest.CaptureFixture[str]) -> None:
    claude_home().mkdir(parents=True, exist_ok=True)
    runs = claude_home() / "runs"
    runs.symlink_to("/no/such/disk")
    assert main(("runs",)) == 0
    assert f"loop-tui: runs cannot be read: it is a link that leads nowhere: {runs}\n" in capsys.readouterr().err


def test_no_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs",)) == 0
    assert capsys.readouterr().out == "no archived runs\n"


def test_a_list_that_the_index_has_reads_no_archive(tmp_path: Path) -> None:
    path = archive(tmp_path, day=2)
    look = (
        "import sys; from loop_tui.storage.archive import index_refresh; index_refresh.SETTLED_S = -1.0; "
        "from loop_tui.__main__ import main; code = main(('runs',)); "
        "print(*sorted(m for m in sys.modules if m.startswith('loop_tui.')), file=sys.stderr); sys.exit(code)"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
        assert path.name in done.stdout
    heavy = {
        "loop_tui.storage.archive.reader",
        "loop_tui.storage.archive.query",
        "loop_tui.model.runs",
        "loop_tui.engine",
    }
    assert not heavy & set(done.stderr.split())
