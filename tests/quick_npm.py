"""npm for a tenth of what it costs, for tests that look at what comes of it and not at npm.

npm takes a quarter of a second of processor time to begin, five times in a release, and half a second to pack what it
has packed the same way for the test before. `quick_npm` puts a program of that name first on the PATH. It runs the
scripts of a package as npm does (tests/test_quick_npm.py holds it to that), gives what npm itself gave when it was
asked the same of the very same files, and hands everything else on to npm: publishing, asking registries, scripts that
run while it packs, a script that is not there, workspaces, options, settings in a file.
"""

import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("quick_npm_program.py")


@pytest.fixture(scope="session")
def quick_npm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the program is in; what npm gave lies beside it, for all processes of this test run."""
    folder, base = tmp_path_factory.mktemp("quick-npm"), tmp_path_factory.getbasetemp()
    kept = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "given-by-npm"
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is not None and node is not None:
        # Without site-packages, which take longer to look through than all the rest.
        python = [str(Path(sys.executable).resolve()), "-I", "-S", str(_SOURCE), npm, node, str(kept)]
        (folder / "npm").write_text(f'#!/bin/sh\nexec {shlex.join(python)} "$@"\n')
        (folder / "npm").chmod(0o755)
    return folder


@pytest.fixture
def quick_npm(quick_npm_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """npm is the quick one."""
    monkeypatch.setenv("PATH", f"{quick_npm_folder}{os.pathsep}{os.environ['PATH']}")
