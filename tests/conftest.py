"""Every test lives in a world of its own: home, config, git identity, temporary folder, locale."""

import contextlib
import gc
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings

from loop_tui.cli.packs import Installed
from loop_tui.storage.definitions.extensions import use
from loop_tui.tui.hints import HINTS, TIMES

from .installed import installed as installed
from .installed import wheel as wheel
from .needs import skip_without
from .quick_npm import quick_npm as quick_npm
from .quick_npm import quick_npm_folder as quick_npm_folder
from .registry import registry as registry
from .registry import registry_server as registry_server
from .skipped import listing

# Screens make and drop many objects: looking for cycles each 700 of them is a third of what a test of one costs.
gc.set_threshold(100_000, 50, 100)

# Whoever runs the tests under `nohup` has hang-ups ignored, and so would all that they start.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes says something about the machine, not about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# Tests read definitions in process, as the command does: with the packs that are installed.
use(Installed)

_KNOWN = "".join(f"{hint.id} {TIMES + 1}\n" for hint in HINTS)
_LONGEST_NAME = 500
_KEPT = ("PATH", "LANG", "TERM", "VIRTUAL_ENV", "PYTHONPATH", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER")


def pytest_collection_finish() -> None:
    """What pytest keeps of nine thousand tests is no garbage: nobody looks through it again, least at the end."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)  # Before those that are marked `long` are left out.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the cases of a test that is `sampled` the suite has one in so many, at most: the others are its long form.

    By a checksum of the name: by every third, say, it would always be the same one of three values.
    """
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for found in cases.values():
        (every,) = {item.get_closest_marker("sampled").args[0] for item in found}  # type: ignore[union-attr]
        kept = [found[0], *(item for item in found[1:] if not crc32(item.nodeid.encode()) % every)]
        for item in found:
            if item not in kept[: -(-len(found) // every)]:
                item.add_marker(pytest.mark.long)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A short name for a text of megabytes: pytest would name the test by the text, in each process."""
    if not isinstance(val, str | bytes) or len(val) <= _LONGEST_NAME:
        return None
    return f"{argname}-{len(val)}-{crc32(val.encode(errors='surrogatepass') if isinstance(val, str) else val):x}"


@pytest.hookimpl(tryfirst=True)  # Before fixtures are made for a test that will not run.
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked with `needs` on a machine without those programs."""
    for mark in item.iter_markers("needs"):
        skip_without(*mark.args)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were skipped: a green run that left something out says so."""
    if skipped := terminalreporter.stats.get("skipped"):
        terminalreporter.section("skipped tests")
        for line in listing(skipped):
            terminalreporter.line(line)


_numbers: dict[str, int] = {}
"""How many folders were made so far for tests of a name."""


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder named as pytest names it, which looks through those of all tests before for each: many seconds here."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    while True:
        number = _numbers.get(name, 0)
        _numbers[name] = number + 1
        made = tmp_path_factory.getbasetemp() / f"{name}{number}"
        with contextlib.suppress(FileExistsError):  # The name of another test may end in a digit.
            made.mkdir(0o700)
            return made


@dataclass(frozen=True)
class World:
    """The folders of one test."""

    root: Path
    home: Path
    claude: Path
    tmp: Path


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An isolated HOME, XDG, git configuration and locale; nothing of the person's machine is seen or touched."""
    for name in tuple(os.environ):
        if name not in _KEPT and not name.startswith(("PYTEST_", "COV_", "HYPOTHESIS", "PYENV", "TEXTUAL_SNAPSHOT")):
            monkeypatch.delenv(name, raising=False)
    root = tmp_path / "world"
    home, claude, tmp = root / "home", root / "claude", root / "tmp"
    root.mkdir()
    for folder in (home, claude, tmp):
        folder.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n name = Test Person\n email = test@example.org\n"
        "[init]\n defaultBranch = main\n[commit]\n gpgsign = false\n[maintenance]\n auto = false\n[gc]\n auto = 0\n"
    )
    values = {
        "HOME": str(home),
        "LOOP_TUI_HOME": str(claude),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "TMPDIR": str(tmp),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "LC_ALL": "C.UTF-8",
        # gh runs for a moment: collecting its garbage is a fifth of what it costs.
        "GOGC": "off",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "xterm-256color",
        "NPM_CONFIG_CACHE": str(home / ".npm"),
        "NPM_CONFIG_OFFLINE": "true",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    # Hints are for people who are new; those who test are not.
    known = home / ".local/state/loop-tui/hints"
    known.parent.mkdir(parents=True)
    known.write_text(_KNOWN)
    return World(root, home, claude, tmp)
