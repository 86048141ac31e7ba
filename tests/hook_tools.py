"""husky, lint-staged, lefthook, commitlint and Biome as npm gives them, in one folder below `.venv/tools`.

`python -m tests.hook_tools` (`make tools`, where CI=true) installs them from the npm registry, once. Tests skip without
them, and reach no network themselves.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "husky@9.1.7",
    "lint-staged@15.5.2",
    "lefthook@1.13.6",
    "@commitlint/cli@19.8.1",
    "@commitlint/config-conventional@19.8.1",
    "@biomejs/biome@2.2.4",
)
_PROGRAMS = ("husky", "lint-staged", "lefthook", "commitlint", "biome")
_TIMEOUT_S = 300


def modules() -> Path:
    """Where they lie: what a project has as its `node_modules`."""
    tools = Path(os.environ.get("LOOP_TUI_TEST_TOOLS", ROOT / ".venv/tools"))
    return tools / "hooks/node_modules"


def are_there() -> bool:
    """True when all of them are installed."""
    return all((modules() / ".bin" / program).exists() for program in _PROGRAMS)


def use(project: Path) -> None:
    """Let a project have them as its `node_modules`, which git does not see; skips the test without them."""
    if not are_there():
        pytest.skip(f"needs {', '.join(PACKAGES)}: CI=true make tools")
    (project / "node_modules").symlink_to(modules(), target_is_directory=True)
    with (project / ".git/info/exclude").open("a") as file:
        file.write("node_modules\n")


def main() -> int:
    """Install what is missing; a failure is told and is no failure of the tests: they skip."""
    if os.environ.get("CI") != "true" or shutil.which("npm") is None or are_there():
        return 0
    place = modules().parent
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text("{}\n")
    argv = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--no-save", "--ignore-scripts", *PACKAGES]
    try:
        done = subprocess.run(argv, cwd=place, timeout=_TIMEOUT_S, capture_output=True, text=True, check=False)
        failed = done.stderr.strip() or f"exit {done.returncode}" if done.returncode else ""
    except subprocess.TimeoutExpired:
        failed = f"not there after {_TIMEOUT_S} s"
    if failed:
        print(f"make test: no {', '.join(PACKAGES)}, what needs them is skipped: {failed}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
