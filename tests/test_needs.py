"""What `make tools` does about missing programs, and that tests skip by name without them. No real apt-get is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import REQUIRED, WANTED, main, skip_without
from tests.skipped import listing

ROOT = Path(__file__).parents[1]

# Notes down what it was asked for and puts a program of that name beside itself, except for one without a package.
_APT_GET = """#!/bin/sh
here=${0%/*}
echo "$@" >> "$here/asked"
for last; do :; done
case $last in
  update) echo "W: some list is old" >&2; exit 100 ;;
  chromium) echo "E: Unable to locate package chromium" >&2; exit 100 ;;
esac
[ "$DEBIAN_FRONTEND" = noninteractive ] || exit 1
echo "Unpacking $last"
echo "debconf: delaying package configuration" >&2
printf '#!/bin/sh\\n' > "$here/$last"
/bin/chmod +x "$here/$last"
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder on the PATH, with what the tests cannot do without. We are not root."""
    folder = tmp_path / "path"
    folder.mkdir()
    for name in REQUIRED:
        program(folder, name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return folder


def program(folder: Path, name: str, text: str = "#!/bin/sh\n") -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def said(capsys: pytest.CaptureFixture[str], code: int = 0) -> list[str]:
    """The lines that `main` writes; all of them go to stderr."""
    assert main() == code
    told = capsys.readouterr()
    assert told.out == ""
    return told.err.splitlines()


def in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_nothing_is_said_when_nothing_is_missing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("gh", "tmux", "google-chrome"):
        program(path, name)
    assert said(capsys) == []


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "sudo apt-get install gh tmux chromium"),
        ("brew", "brew install gh tmux chromium"),
        ("", "get gh tmux chromium from your package manager"),
    ],
)
def test_one_line_names_all_and_the_command(
    path: Path, capsys: pytest.CaptureFixture[str], manager: str, command: str
) -> None:
    if manager:
        program(path, manager, _APT_GET)
    (line,) = said(capsys)
    assert "no gh, tmux, chromium here" in line
    assert line.endswith(f": {command}")
    assert not (path / "asked").exists()


@pytest.mark.parametrize(("ci", "user"), [("", 0), ("false", 0), ("true", 1000)])
def test_only_root_in_ci_installs(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, ci: str, user: int
) -> None:
    program(path, "apt-get", _APT_GET)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    (line,) = said(capsys)
    assert "apt-get install gh tmux chromium" in line
    assert not (path / "asked").exists()


def test_ci_installs_one_by_one_and_names_what_could_not_be_had(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "apt-get", _APT_GET)
    program(path, "tmux")
    in_ci(monkeypatch)
    assert said(capsys) == [
        "make test: installing gh, chromium",
        "W: some list is old",
        "E: Unable to locate package chromium",
        "make test: no chromium here, what needs them is skipped: apt-get install chromium",
    ]
    install = "-qq install --yes --no-install-recommends"
    assert (path / "asked").read_text().splitlines() == ["-qq update", f"{install} gh", f"{install} chromium"]


def test_ci_without_apt_names_it(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_ci(monkeypatch)
    (line,) = said(capsys)
    assert "no gh, tmux, chromium here" in line


def test_without_node_no_test_can_run(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "apt-get", _APT_GET)
    in_ci(monkeypatch)
    for name in ("node", "npm"):
        (path / name).unlink()
    (line,) = said(capsys, code=2)
    assert line.startswith("make test needs node, npm: ")
    assert not (path / "asked").exists()


@pytest.mark.usefixtures("path")
def test_a_skip_names_what_is_missing() -> None:
    skip_without("git")
    with pytest.raises(pytest.skip.Exception, match=r"^needs gh and tmux$"):
        skip_without("gh", "git", "tmux")


@pytest.mark.parametrize("tool", WANTED)
def test_a_test_run_ends_well_and_lists_what_was_skipped(tool: str, tmp_path: Path) -> None:
    suite = tmp_path / "tests"
    suite.mkdir()
    (suite / "conftest.py").write_text(
        "from tests.conftest import pytest_runtest_setup, pytest_terminal_summary  # noqa: F401\n"
    )
    (suite / "test_it.py").write_text(
        "import pytest\n"
        f"@pytest.mark.needs({tool!r})\n@pytest.mark.parametrize('n', [1, 2])\ndef test_with_it(n): assert 0\n"
        "def test_without_it(): pass\n"
    )
    (tmp_path / "empty").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, suite],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path / "empty")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"needs {tool}: 2 skipped\n  tests/test_it.py: test_with_it (2)\n" in done.stdout
    assert "1 passed, 2 skipped" in done.stdout


def test_the_listing_is_by_reason_and_file_in_order() -> None:
    reports = [
        pytest.TestReport(node, (node, 1, ""), {}, "skipped", (node, 1, f"Skipped: {why}"), "setup")
        for node, why in (
            ("tests/test_b.py::test_two", "needs gh"),
            ("tests/test_b.py::test_one[a::b-1]", "needs gh"),
            ("tests/test_b.py::test_one[2]@group", "needs gh"),
            ("tests/test_a.py::test_three@group", "needs gh"),
            ("tests/test_a.py", "no namespaces here:\n unshare failed"),
        )
    ]
    assert list(listing(reports)) == [
        "needs gh: 4 skipped",
        "  tests/test_a.py: test_three",
        "  tests/test_b.py: test_one (2), test_two",
        "no namespaces here: unshare failed: 1 skipped",
        "  tests/test_a.py",
    ]
