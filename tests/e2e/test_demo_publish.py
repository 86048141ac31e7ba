"""A demo that publishes: its registry lives as long as the demo, and nothing lies outside of its folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.npm_tools import REGISTRY, need_registry


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "loop_tui", "demo", str(folder), *words]
    return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=120)


@pytest.mark.long
def test_it_publishes_to_a_registry_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_registry()
    monkeypatch.setenv("NPM_CONFIG_OFFLINE", "false")
    monkeypatch.setenv("PATH", f"{REGISTRY.modules / '.bin'}{os.pathsep}{os.environ['PATH']}")
    done = demo(tmp_path / "d", "--publish", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    stored = json.loads((tmp_path / "d/home/registry/storage/widget/package.json").read_text())
    assert list(stored["versions"]) == ["0.8.0"]
    assert stored["dist-tags"]["latest"] == "0.8.0"
    (tarball,) = (tmp_path / "d/home/claude/runs").glob("*/*/artifacts/*.tgz")
    assert tarball.read_bytes() == (tmp_path / "d/home/registry/storage/widget/widget-0.8.0.tgz").read_bytes()
    port = done.stdout.partition("http://127.0.0.1:")[2].partition(" ")[0]
    assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if f"127.0.0.1:{port}".encode() in _read(p)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_without_a_registry_it_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("git", "node", "npm"):
        found = next(Path(p) / name for p in os.environ["PATH"].split(os.pathsep) if (Path(p) / name).exists())
        (tmp_path / "bin" / name).symlink_to(found.resolve())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = demo(tmp_path / "d", "--publish", "--headless")
    assert done.returncode == 2
    assert "verdaccio is not installed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_that_publishes_runs_nothing_without_its_registry(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    assert demo(folder, "status").returncode == 0
    (folder / "home/registry").mkdir()
    targets = folder / "widget/.loops/targets.toml"
    targets.parent.mkdir(exist_ok=True)
    targets.write_text('[[targets]]\nid = "npm-registry"\npublish = "here"\n')
    for words in (("--", "run", "--yes"), ("--headless",)):
        refused = demo(folder, *words)
        assert refused.returncode == 2, refused.stdout
        assert f"loop-tui demo --publish {folder}" in refused.stderr
    assert not list((folder / "widget").glob("*-state.json"))
    assert demo(folder, "status").returncode == 0
