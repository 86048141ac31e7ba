"""pnpm, yarn 1, yarn 4 and bun as npm gives them, each in a folder of its own below `.venv/tools`.

`python -m tests.managers` (`make tools`, where CI=true) installs those that are missing from the npm registry, once.
Tests skip without them, and reach no network themselves.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "pnpm": "pnpm@9.15.9",
    "yarn1": "yarn@1.22.22",
    "yarn4": "@yarnpkg/cli-dist@4.18.1",
    "bun": "bun@1.4.5",
}
"""The packages by the name that tests give them."""
_PROGRAMS = {"yarn1": "yarn", "yarn4": "yarn"}
_TIMEOUT_S = 300


def folder_of(name: str) -> Path:
    """Where the programs of one of them lie."""
    tools = Path(os.environ.get("LOOP_TUI_TEST_TOOLS", ROOT / ".venv/tools"))
    return tools / name / "node_modules/.bin"


def use(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put one of them first on the PATH, and give the name of its program; skips the test where it is not installed."""
    program = _PROGRAMS.get(name, name)
    if not (folder_of(name) / program).exists():
        pytest.skip(f"needs {PACKAGES[name]}: CI=true make tools")
    monkeypatch.setenv("PATH", f"{folder_of(name)}{os.pathsep}{os.environ['PATH']}")
    # What would be asked of a registry, or sent home, fails at once or is not tried.
    monkeypatch.setenv("YARN_ENABLE_NETWORK", "false")
    monkeypatch.setenv("YARN_ENABLE_TELEMETRY", "false")
    monkeypatch.setenv("YARN_ENABLE_GLOBAL_CACHE", "false")
    return program


def main() -> int:
    """Install what is missing; a failure is told and is no failure of the tests: they skip."""
    if os.environ.get("CI") != "true" or shutil.which("npm") is None:
        return 0
    for name, package in PACKAGES.items():
        if (folder_of(name) / _PROGRAMS.get(name, name)).exists():
            continue
        place = folder_of(name).parents[1]
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text("{}\n")
        argv = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--no-save", package]
        try:
            done = subprocess.run(argv, cwd=place, timeout=_TIMEOUT_S, capture_output=True, text=True, check=False)
            failed = done.stderr.strip() or f"exit {done.returncode}" if done.returncode else ""
        except subprocess.TimeoutExpired:
            failed = f"not there after {_TIMEOUT_S} s"
        if failed:
            print(f"make test: no {package}, what needs it is skipped: {failed}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
