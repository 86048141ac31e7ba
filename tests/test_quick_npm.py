"""What runs scripts in npm's place runs them as npm does."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SEEN = "INIT_CWD|NODE|npm_command|npm_lifecycle_event|npm_lifecycle_script|npm_node_execpath|npm_package_[a-z]*"
SCRIPTS = {
    "build": "mkdir -p dist && echo built > dist/out.js && pwd && cat -",
    "prebuild": "echo before",
    "postbuild": "echo after; false",
    "test": f"env | grep -E '^({SEEN})=' | sort",
    "start": "gauge; exit 3",
    "lint": "echo 'not ok' >&2; exit 7",
    "prelint": "echo one &&\n  echo two",
    "prekept": "exit 5",
    "kept": "echo never",
    "killed": "kill -9 $$",
    "empty": "",
}
NAMES = ("build", "kept", "lint", "killed", "missing")
WORDS = (*(["run", name] for name in NAMES), ["test"], ["start"], ["run"], ["run", "test", "--", "-x"])


@pytest.fixture
def package(world: object, tmp_path: Path) -> Path:
    """A package with a program of its own that its scripts find."""
    folder = tmp_path / "package"
    program = folder / "node_modules/.bin/gauge"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho gauge\n")
    program.chmod(0o755)
    document = {"name": "@widgets/gauge", "version": "0.7.0-rc.1", "scripts": SCRIPTS}
    (folder / "package.json").write_text(json.dumps(document))
    return folder


def said(folder: Path, words: list[str], path: str) -> tuple[int, str, str]:
    """The exit code, the output, and the words on the error output that are not npm's own."""
    env = {**os.environ, "PATH": path}
    done = subprocess.run(["npm", *words], cwd=folder, env=env, text=True, input="typed\n", capture_output=True)
    own = [line for line in done.stderr.splitlines() if not line.startswith("npm ")]
    return done.returncode, done.stdout, "\n".join(own)


def test_scripts_are_run_as_npm_runs_them(package: Path, quick_npm_folder: Path) -> None:
    """Output, exit code, input, environment, what comes before and after, programs of the project, a kill."""
    real = os.environ["PATH"]
    quick = f"{quick_npm_folder}{os.pathsep}{real}"
    with_npm = {" ".join(words): said(package, words, real) for words in WORDS}
    without = {" ".join(words): said(package, words, quick) for words in WORDS}
    assert without == with_npm
    assert "typed" in with_npm["run build"][1]
    assert with_npm["run lint"][0] == 7


def packed(folder: Path, path: str) -> tuple[int, str, dict[str, bytes]]:
    """What packing gives: exit code, output, and every file that came of it."""
    to = folder.parent / "packed"
    to.mkdir()
    try:
        code, out, _ = said(folder, ["pack", "--pack-destination", str(to)], path)
        return code, out, {each.name: each.read_bytes() for each in to.iterdir()}
    finally:
        shutil.rmtree(to)


def test_the_very_same_files_are_packed_once(package: Path, quick_npm_folder: Path) -> None:
    """Byte by byte what npm makes; another file, another mode and a script that runs meanwhile are npm's again."""
    real = os.environ["PATH"]
    quick = f"{quick_npm_folder}{os.pathsep}{real}"
    shutil.rmtree(package / "node_modules")
    (package / "out.js").write_text("1\n")
    with_npm = packed(package, real)
    assert with_npm[0] == 0
    assert len(with_npm[2]) == 1
    assert [packed(package, quick) for _ in range(2)] == [with_npm, with_npm]
    (package / "out.js").write_text("2\n")
    another = packed(package, quick)
    assert another[2] != with_npm[2]
    (package / "out.js").chmod(0o755)
    assert packed(package, quick)[2] != another[2]
    document = json.loads((package / "package.json").read_text())
    document["scripts"]["prepack"] = "echo ran >> ../ran"
    (package / "package.json").write_text(json.dumps(document))
    for _ in range(2):
        packed(package, quick)
    assert (package.parent / "ran").read_text() == "ran\n" * 2
