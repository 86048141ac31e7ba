"""What comes from outside and wants to be more than text (SPEC section 8); files that are no state (SPEC section 3)."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import Project

from .test_ship import STATE_AT_SHIP

HOSTILE = "\x1b]52;c;aGFja2Vk\x07\x1b[31m\x1b[2J[/red] \u202egnp.exe\u202c \x9b31m"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> bool:
    return RAW.search(text) is None


def test_hostile_output_and_subjects_reach_neither_terminal_nor_archive(feature: Project) -> None:
    script = f"process.stdout.write({json.dumps(HOSTILE)} + '\\n');\nprocess.stderr.write({json.dumps(HOSTILE)});\n"
    feature.commit(f"fix: {HOSTILE}", check__js=script)
    said = feature.cli("run", "--yes")
    assert "[/red]" in said
    assert harmless(said)
    folder = feature.archives()[0].with_suffix("")
    for path in (*folder.rglob("*.md"), folder / "output.log"):
        assert harmless(path.read_text()), path


def test_hostile_names_in_a_state_file(feature: Project) -> None:
    document = json.loads(json.dumps(STATE_AT_SHIP))
    document["phases"]["SHIP"]["skills"].append(HOSTILE)
    document["phases"][HOSTILE] = {"status": "pending", "skills": [HOSTILE]}
    document["gates"][HOSTILE] = {"status": "pending"}
    feature.state_file.write_text(json.dumps(document, indent=2))
    for command in (("status",), ("state", "check", str(feature.state_file)), ("run", "--project", ".")):
        assert harmless(feature.cli(*command, code=None)), command


DAMAGED = {
    "truncated": json.dumps(STATE_AT_SHIP, indent=2).encode()[:300],
    "empty": b"",
    "binary": bytes(range(256)) * 8,
    "wrong type": json.dumps({**STATE_AT_SHIP, "phases": 7}).encode(),
    "a list": b"[1, 2]",
    "not utf-8": json.dumps(STATE_AT_SHIP).encode()[:-1] + b', "x": "\xff\xfe"}',
    "huge": b'{"loop": "distribution-loop", "x": "' + b"a" * 50_000_000 + b'"}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_one_clear_line_and_left_alone(project: Project, kind: str) -> None:
    project.state_file.write_bytes(DAMAGED[kind])
    commands = (
        ("state", "check", str(project.state_file)),
        ("status", "--loop", "distribution-loop"),
        ("run", "--yes"),
        ("go", "--loop", "distribution-loop"),
    )
    for command in commands:
        said = project.cli(*command, code=2)
        lines = said.strip().splitlines()
        assert len(lines) == 1, said
        assert project.state_file.name in lines[0]
        assert "Traceback" not in said
    assert project.state_file.read_bytes() == DAMAGED[kind]
    assert project.archives() == []


def test_a_byte_order_mark_is_read_and_kept(project: Project) -> None:
    project.state_file.write_bytes(b"\xef\xbb\xbf" + json.dumps(STATE_AT_SHIP, indent=2).encode())
    project.cli("skip", "deploy", "--reason", "no server")
    data = project.state_file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf{")
    assert b"no server" in data


def test_the_last_good_copy_comes_back_only_on_a_yes(feature: Project) -> None:
    feature.cli("run", code=3)
    good = feature.state_file.read_bytes()
    feature.state_file.write_bytes(good[:100])
    said = feature.cli("status", code=2)
    assert "last good copy" in said
    feature.cli("state", "restore", code=2)
    assert feature.state_file.read_bytes() == good[:100]
    feature.cli("state", "restore", "--yes")
    assert feature.state_file.read_bytes() == good


def test_a_definition_of_the_repository_runs_only_when_trusted(project: Project) -> None:
    folder = project.folder / ".loops"
    folder.mkdir()
    loop = folder / "own-loop.toml"
    marker = project.folder / "ran"
    loop.write_text(
        'id = "own-loop"\n[[phases]]\nid = "ONLY"\n'
        'skills = [{ id = "touch", runner = "commands", steps = [{ name = "t", run = ["touch", "ran"] }] }]\n'
    )
    said = project.cli("run", "own-loop", code=3)
    assert "--trust" in said
    assert not marker.exists()
    project.cli("run", "own-loop", "--trust")
    assert marker.exists()
    marker.unlink()
    project.cli("run", "own-loop")
    assert marker.exists()
    loop.write_text(loop.read_text() + "# changed\n")
    project.cli("run", "own-loop", code=3)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("run", "no-such-loop"), "there is no loop"),
        (("skip", "nobody", "--reason", "x"), "no run"),
        (("loops", "check", "missing.toml"), "missing.toml"),
        (("nonsense",), "nonsense"),
        (("run", "--autonomy", "wild"), "wild"),
        (("runs", "--since", "yesterday"), "yesterday"),
        (("/no/such/folder",), "no such folder"),
        (("run", "--answer", "x"), "--answer"),
    ],
)
def test_bad_input_is_exit_code_2_with_the_reason(project: Project, argv: tuple[str, ...], words: str) -> None:
    said = project.cli(*argv, code=2)
    assert words in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "code"), [("status >&-", 0), ("status 2>&-", 0), ("no-such-command 2>&-", 2), ("status >&- 2>&-", 0)]
)
def test_closed_streams_change_no_exit_code(project: Project, words: str, code: int) -> None:
    line = f"{shlex.quote(sys.executable)} -m loop_tui {words}"
    done = subprocess.run(["sh", "-c", line], cwd=project.folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert "Traceback" not in done.stdout + done.stderr


def test_a_missing_tool_is_one_line(feature: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "git").symlink_to(_where("git"))
    monkeypatch.setenv("PATH", str(tools))
    said = feature.cli("run", "--yes", code=1)
    assert "npm" in said
    assert "Traceback" not in said
    assert "missing" in feature.cli("doctor", code=1)


def _where(name: str) -> str:
    import shutil

    found = shutil.which(name)
    assert found
    return found
