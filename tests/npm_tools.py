"""Tools of projects as npm gives them, each set in a folder of its own below `.venv/tools`.

`python -m tests.npm_tools` (`make tools`, where CI=true) installs those that are missing from the npm registry, once.
Tests skip without them, and reach no network themselves.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[1]
_TIMEOUT_S = 300
# Read once: tests live in an environment of their own.
_TOOLS = Path(os.environ.get("LOOP_TUI_TEST_TOOLS", ROOT / ".venv/tools"))


@dataclass(frozen=True)
class Tools:
    """Packages that are installed together, and the programs that they bring. `scripts`: their own may run.

    `instead` names versions of packages that these ask for, to be taken instead of what they ask for.
    """

    name: str
    packages: tuple[str, ...]
    programs: tuple[str, ...]
    scripts: bool = False
    instead: tuple[tuple[str, str], ...] = ()

    @property
    def modules(self) -> Path:
        """Where they lie: what a project has as its `node_modules`."""
        return _TOOLS / self.name / "node_modules"

    @property
    def are_there(self) -> bool:
        """True when all of them are installed."""
        return all((self.modules / ".bin" / program).exists() for program in self.programs)

    def install(self) -> str:
        """Bring them; gives why they could not be brought."""
        self.modules.parent.mkdir(parents=True, exist_ok=True)
        document = {"overrides": dict(self.instead)} if self.instead else {}
        (self.modules.parent / "package.json").write_text(json.dumps(document) + "\n")
        scripts = () if self.scripts else ("--ignore-scripts",)
        argv = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--no-save", *scripts, *self.packages]
        try:
            done = subprocess.run(
                argv, cwd=self.modules.parent, timeout=_TIMEOUT_S, capture_output=True, text=True, check=False
            )
        except subprocess.TimeoutExpired:
            return f"not there after {_TIMEOUT_S} s"
        return (done.stderr.strip() or f"exit {done.returncode}") if done.returncode else ""


HOOKS = Tools(
    "hooks",
    (
        *("husky@9.1.7", "lint-staged@15.5.2", "lefthook@1.13.6", "@biomejs/biome@2.2.4"),
        *("@commitlint/cli@19.8.1", "@commitlint/config-conventional@19.8.1"),
    ),
    ("husky", "lint-staged", "lefthook", "commitlint", "biome"),
)
MANAGERS = {
    "pnpm": Tools("pnpm", ("pnpm@9.15.9",), ("pnpm",), scripts=True),
    "yarn1": Tools("yarn1", ("yarn@1.22.22",), ("yarn",), scripts=True),
    "yarn4": Tools("yarn4", ("@yarnpkg/cli-dist@4.18.1",), ("yarn",), scripts=True),
    "bun": Tools("bun", ("bun@1.4.5",), ("bun",), scripts=True),
}
"""The package managers by the name that tests give them."""
REGISTRY = Tools("verdaccio", ("verdaccio@6.8.0",), ("verdaccio",), instead=(("node-fetch", "2.7.0"),))
"""A registry for `tests.registry`. With the version of node-fetch that it asks for it wants a later node."""


def use_hooks(project: Path) -> None:
    """Let a project have `HOOKS` as its `node_modules`, which git does not see; skips the test without them."""
    _need(HOOKS)
    (project / "node_modules").symlink_to(HOOKS.modules, target_is_directory=True)
    with (project / ".git/info/exclude").open("a") as file:
        file.write("node_modules\n")


def use_manager(name: str, monkeypatch: "pytest.MonkeyPatch") -> str:
    """Put a package manager first on the PATH, and give the name of its program; skips the test without it."""
    tools = MANAGERS[name]
    _need(tools)
    monkeypatch.setenv("PATH", f"{tools.modules / '.bin'}{os.pathsep}{os.environ['PATH']}")
    # What would be asked of a registry, or sent home, fails at once or is not tried.
    for variable in ("YARN_ENABLE_NETWORK", "YARN_ENABLE_TELEMETRY", "YARN_ENABLE_GLOBAL_CACHE"):
        monkeypatch.setenv(variable, "false")
    return tools.programs[0]


PEERS = Tools("peers", ("release-it@19.0.4", "np@10.2.0"), ("release-it", "np"))
"""The tools that `make bench` measures a release beside; the suite does without them."""


def registry_lacks() -> str:
    """What has to be installed for a registry, empty when it is."""
    return "" if REGISTRY.are_there else f"{', '.join(REGISTRY.packages)}: CI=true make tools"


def need_registry() -> None:
    """Skip the test where the registry is not installed."""
    _need(REGISTRY)


def _need(tools: Tools) -> None:
    if not tools.are_there:
        import pytest  # Whoever installs these has no pytest yet.

        pytest.skip(f"needs {', '.join(tools.packages)}: CI=true make tools")


def main() -> int:
    """Install what is missing; a failure is told and is no failure of the tests: they skip."""
    if os.environ.get("CI") != "true" or shutil.which("npm") is None:
        return 0
    for tools in (HOOKS, *MANAGERS.values(), REGISTRY):
        if not tools.are_there and (failed := tools.install()):
            print(f"make test: no {', '.join(tools.packages)}, skipped is what needs them: {failed}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
