"""A dry run in a world without any network (everything else of it: tests/cli/test_dry_run.py)."""

import json
import subprocess
import sys

import pytest

from tests.cli.test_dry_run import fingerprint
from tests.projects import Project


@pytest.mark.needs("unshare")
def test_in_a_world_without_any_network(feature: Project) -> None:
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespaces here")
    before = fingerprint(feature)
    argv = ["unshare", "-rn", sys.executable, "-P", "-m", "loop_tui", "run", "--dry-run", "--json"]
    done = subprocess.run(argv, cwd=feature.folder, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["bump"]["after"] == "0.8.0"
    assert fingerprint(feature) == before
