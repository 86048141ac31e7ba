"""What comes from outside and wants to be more than text (SPEC section 8); files that are no state (SPEC section 3)."""

import json
import shutil
from pathlib import Path

import pytest

from tests.foreign import HOSTILE, STATE_AT_SHIP, harmless
from tests.projects import Project


def test_hostile_names_in_a_state_file(feature: Project) -> None:
    document = json.loads(json.dumps(STATE_AT_SHIP))
    document["phases"]["SHIP"]["skills"].append(HOSTILE)
    document["phases"][HOSTILE] = {"status": "pending", "skills": [HOSTILE]}
    document["gates"][HOSTILE] = {"status": "pending"}
    feature.state_file.write_text(json.dumps(document, indent=2))
    for command in (("status",), ("state", "check", str(feature.state_file)), ("run", "--project", ".")):
        assert harmless(feature.here(*command, code=None)), command


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
        said = project.here(*command, code=2)
        lines = said.strip().splitlines()
        assert len(lines) == 1, said
        assert project.state_file.name in lines[0]
        assert "Traceback" not in said
    assert project.state_file.read_bytes() == DAMAGED[kind]
    assert project.archives() == []


def test_a_byte_order_mark_is_read_and_kept(project: Project) -> None:
    project.state_file.write_bytes(b"\xef\xbb\xbf" + json.dumps(STATE_AT_SHIP, indent=2).encode())
    project.here("adopt", "--yes")
    project.here("skip", "deploy", "--reason", "no server", "--no-go")
    data = project.state_file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf{")
    assert b"no server" in data


def test_the_last_good_copy_comes_back_only_on_a_yes(feature: Project) -> None:
    feature.here("run", code=3)
    good = feature.state_file.read_bytes()
    feature.state_file.write_bytes(good[:100])
    said = feature.here("status", code=2)
    assert "last good copy" in said
    feature.here("state", "restore", code=2)
    assert feature.state_file.read_bytes() == good[:100]
    feature.here("state", "restore", "--yes")
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
    said = project.here("run", "own-loop", code=3)
    assert "--trust" in said
    assert not marker.exists()
    project.here("run", "own-loop", "--trust")
    assert marker.exists()
    marker.unlink()
    project.here("run", "own-loop")
    assert marker.exists()
    loop.write_text(loop.read_text() + "# changed\n")
    project.here("run", "own-loop", code=3)


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
        (("a" * 300,), "the file name is not possible"),
        (("status", "-C", "a" * 300), "the file name is not possible"),
        (("show", "a" * 300), "no run"),
        (("watch", "a" * 300), "the file name is not possible"),
    ],
)
def test_bad_input_is_exit_code_2_with_the_reason(project: Project, argv: tuple[str, ...], words: str) -> None:
    said = project.here(*argv, code=2)
    assert words in said
    assert "Traceback" not in said


def test_a_missing_tool_is_one_line(feature: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(tools))
    said = feature.here("run", "--yes", code=1)
    assert "npm" in said
    assert "Traceback" not in said
    assert "missing" in feature.here("doctor", code=1)
