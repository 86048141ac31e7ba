"""What a script reads when a command with `--json` goes wrong."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from loop_tui.__main__ import main
from loop_tui.cli import inspecting
from tests.projects import Project


class Told(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> dict[str, str]:
        """The error of the last line of standard output."""
        found: dict[str, str] = json.loads(self.out.splitlines()[-1])["error"]
        return found


Tell = Callable[..., Told]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Told:
        code = main(words)
        out, err = capsys.readouterr()
        return Told(code, out, err)

    return run


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("status", "--loop", "nope"), "loop-unknown"),
        (("loops", "show", "nope"), "loop-unknown"),
        (("status", "--project", "nowhere"), "folder-missing"),
        (("approve",), "run-unknown"),
        (("history", "--since", "yesterday-ish"), "usage"),
        (("runs", "--since", "yesterday-ish"), "usage"),
        (("status", "--nonsense"), "usage"),
        (("--loop", "x", "status"), "usage"),
        (("compare", "nope", "nope"), "run-unknown"),
    ],
)
def test_it_is_one_object_with_a_code(told: Tell, words: tuple[str, ...], code: str) -> None:
    plain = told(*words)
    with_json = told(*words, "--json")
    assert (plain.code, plain.out) == (2, "")
    assert with_json.code == 2
    assert with_json.err == plain.err.replace("status --nonsense", "status --nonsense --json")
    assert len(with_json.out.splitlines()) == 1
    assert with_json.error["code"] == code
    assert set(with_json.error) == {"code", "what", "where", "todo"}
    assert with_json.error["what"]


def test_a_damaged_state_file(told: Tell, tmp_path: Path) -> None:
    (tmp_path / "distribution-state.json").write_text('{"loop": "distribution-loop",\n  "phases": ')
    for words in (("status",), ("pause",), ("approve", "--loop", "distribution")):
        done = told(*words, "--json")
        assert (done.code, done.error["code"]) == (2, "state-damaged"), words
        assert "distribution-state.json:2:" in done.error["where"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "state-damaged"), ('{"phases": {"A": 3}, "loop": "x"}', "state-damaged"), ('{"a": 1}', "state-foreign")],
)
def test_each_wrong_state_file_has_its_error(told: Tell, tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "x-state.json"
    file.write_text(text)
    done = told("state", "check", str(file), str(tmp_path / "gone.json"), "--json")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [line["file"] for line in lines] == [str(file), str(tmp_path / "gone.json")]
    assert [line["error"]["code"] for line in lines] == [code, "state-gone"]


def test_a_secret_in_it_is_masked(told: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "hunter2-hunter2")
    done = told("loops", "show", "hunter2-hunter2", "--json")
    assert done.error["code"] == "loop-unknown"
    assert "hunter2" not in done.out


def test_a_bug_has_a_code_too(told: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(inspecting, "project_folder", broken)
    done = told("loops", "list", "--json")
    assert (done.code, done.error["code"]) == (70, "bug")
    assert Path(done.error["where"]).is_file()
    assert "ZeroDivisionError" in done.err


@pytest.mark.parametrize("stream", ["stdout", "stderr", "both"])
def test_where_nothing_can_be_written_a_bug_has_its_exit_code(tmp_path: Path, stream: str) -> None:
    """A disk that is full stands for every stream that takes nothing."""
    code = (
        "import sys\nfrom loop_tui import __main__\nfrom loop_tui.cli import inspecting\n"
        "def broken(*_):\n    raise ZeroDivisionError\n"
        "inspecting.project_folder = broken\nsys.argv = ['loop-tui', 'loops', 'list', '--json']\n__main__.program()"
    )
    with Path("/dev/full").open("wb") as full:
        where = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        where |= dict.fromkeys(where if stream == "both" else [stream], full.fileno())
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True, check=False, **where)
    assert done.returncode == 70
    assert "Traceback" not in (done.stderr or "")
    assert '"bug"' in (done.stdout or '"bug"')
    assert "ZeroDivisionError" in (done.stderr or "ZeroDivisionError")


def test_what_the_run_refuses(feature: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("run", "--json", "--phase", "NOPE", "--project", str(feature.folder))) == 2
    outcome = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (outcome["code"], outcome["error"]["code"]) == (2, "name-unknown")
    assert outcome["error"]["what"] == outcome["reason"]


def test_a_run_that_waits_has_no_error_and_refuses_with_one(
    feature: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--project", str(feature.folder), "--json")
    assert main(("run", *at)) == 3
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"] is None
    assert main(("resume", *at)) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "not-allowed"
    assert main(("skip", "nope", "--reason", "x", *at)) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "name-unknown"
