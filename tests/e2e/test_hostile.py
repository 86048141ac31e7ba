"""Streams that whoever started us has closed (what else comes from outside: tests/cli/test_hostile.py)."""

import shlex
import subprocess
import sys

from tests.projects import Project


def test_closed_streams_change_no_exit_code(project: Project) -> None:
    for words, code in (("status >&-", 0), ("status 2>&-", 0), ("no-such-command 2>&-", 2), ("status >&- 2>&-", 0)):
        line = f"{shlex.quote(sys.executable)} -m loop_tui {words}"
        done = subprocess.run(["sh", "-c", line], cwd=project.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, words
        assert "Traceback" not in done.stdout + done.stderr, words
