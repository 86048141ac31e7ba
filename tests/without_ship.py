"""`python -m tests.without_ship`: the tests of everything that is no pack, in a copy without `packs/ship`."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE = (
    "model",
    "engine",
    "driver",
    "ports",
    "storage",
    "fs",
    "process",
    "services",
    "runners",
    "notifications",
    "control",
)
"""The folders of tests of the core: none of them needs a pack."""


def copy_without_ship(folder: Path) -> Path:
    """A copy of this checkout in which neither the pack nor its tests are; compiled as far as this one is."""
    # Other processes may be compiling into it: what they have not finished is theirs.
    left_out = shutil.ignore_patterns(".*", "ship", "screenshots", "*.pyc.*")
    for name in ("loop_tui", "loops", "themes", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    shutil.copy2(ROOT / "pyproject.toml", folder)
    return folder


def environment(copy: Path) -> dict[str, str]:
    """Ours, with Python finding the copy first."""
    return {**os.environ, "PYTHONPATH": str(copy)}


def main() -> int:
    """The exit code of pytest there; words after the command go to pytest."""
    with tempfile.TemporaryDirectory(prefix="loop-tui-core-") as folder:
        copy = copy_without_ship(Path(folder))
        tests = [f"tests/{name}" for name in CORE]
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *sys.argv[1:], *tests],
            cwd=copy,
            env=environment(copy),
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
