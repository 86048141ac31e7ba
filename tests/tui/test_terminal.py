"""The terminal is left as it was found, whatever ends the app (SCREEN "Textual 8.2")."""

import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loop_tui.fs.crash import EXIT_CODE, crash_line, write_crash
from loop_tui.fs.paths import data_dir

from .runs import human_gate
from .terminal import Terminal

PROGRAM = """
import sys
from pathlib import Path
from loop_tui.tui.app import LoopApp
from loop_tui.tui.running import run_tui
def fail(self, message):
    password = "hunter2hunter2"
    raise RuntimeError("token ghp_" + "b" * 36)
async def fail_at_work(self, post):
    fail(self, post)
if "crash" in sys.argv:
    LoopApp.on_snapshot_taken = fail
if "worker" in sys.argv:
    from loop_tui.tui.cockpit.source import LiveRun
    LiveRun.run = fail_at_work
if "stale" in sys.argv:
    from textual import events
    from textual.geometry import Size
    def late(self):
        small = Size(30, 8)
        self.post_message(events.Resize(small, small))
        self.set_timer(0.05, lambda: self.to_terminal("\\x1b]0;small now\\x07"))
    LoopApp.action_history = late
if "signal" in sys.argv:
    import importlib, os
    module, owner, name, number = sys.argv[-4:]
    owner = getattr(importlib.import_module(module), owner)
    real = getattr(owner, name)
    def hit(self, *args, **named):
        os.kill(os.getpid(), int(number))
        return real(self, *args, **named)
    setattr(owner, name, hit)
if "hang" in sys.argv:
    import time
    def hang(self):
        self.to_terminal("\\x1b]0;hangs now\\x07")
        time.sleep(0.2)  # The thread that writes to the terminal gets its turn.
        while True:
            if sys.argv[-1] == "sleeping":
                time.sleep(600)
    LoopApp.action_history = hang
if "waits" in sys.argv:
    import asyncio
    async def waits(self):
        self.to_terminal("\\x1b]0;waits now\\x07")
        await asyncio.sleep(600)
    from loop_tui.tui.cockpit.screen import CockpitScreen
    LoopApp.action_history = waits
    CockpitScreen.action_help = lambda self: waits(self.app)
if "sizes" in sys.argv:
    from textual.geometry import Size
    from textual import events
    def sizes(self):
        # As when the window changes while the screen comes up: two sizes in one queue.
        for size in (Size(100, 30), Size(120, 40)):
            self.screen.post_message(events.Resize(size, size))
            self.screen.call_later(lambda: None)
        heard = []
        real = type(self.screen).on_event
        async def count(screen, event):
            heard.append(isinstance(event, events.Resize))
            await real(screen, event)
        type(self.screen).on_event = count
        def tell():
            # A dozen at most: each size once, and what the layout says of it.
            self.to_terminal("\\x1b]0;" + ("at rest" if sum(heard) < 12 else "restless") + "\\x07")
        self.set_timer(0.3, tell)
    LoopApp.action_history = sizes
folder = Path(sys.argv[1])
loop = sys.argv[2] if "cockpit" in sys.argv else None
folders = [folder] if "home" in sys.argv else []
from loop_tui.process.launcher import ProcessLauncher
sys.exit(run_tui(folder, loop, launcher=ProcessLauncher(), history="history" in sys.argv, folders=folders))
"""


Env = dict[str, str] | None


def opened(project: Path, *arguments: str, loop: str = "distribution-loop", env: Env = None) -> Terminal:
    """A terminal with the app in it; `env` is set besides."""
    return shown(project, "cockpit", *arguments, loop=loop, env=env)


def shown(project: Path, screen: str, *arguments: str, loop: str = "distribution-loop", env: Env = None) -> Terminal:
    """A terminal with the app, and in it that screen (welcome, if nothing is in the project)."""
    argv = [sys.executable, "-c", PROGRAM, str(project), loop, screen, *arguments]
    return Terminal(argv, env={**os.environ, **env} if env else None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_sane(tmp_path: Path, number: signal.Signals) -> None:
    terminal = opened(tmp_path)
    terminal.read_until(b"starts one")
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 128 + number
    assert terminal.is_sane


@pytest.mark.sampled(2)
@pytest.mark.parametrize("how", ["busy", "sleeping"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_a_screen_that_hangs_and_leaves_the_terminal_sane(
    tmp_path: Path, number: signal.Signals, how: str
) -> None:
    terminal = opened(tmp_path, "hang", how)
    terminal.read_until(b"starts one")
    terminal.type("H")
    terminal.read_until(b"hangs now")
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 128 + number
    assert terminal.is_sane


def test_ctrl_c_ends_a_screen_that_hangs(tmp_path: Path) -> None:
    terminal = opened(tmp_path, "hang", "sleeping")
    terminal.read_until(b"starts one")
    terminal.type("H")
    terminal.read_until(b"hangs now")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert terminal.is_sane


@pytest.mark.parametrize("key", ["H", "?"])
def test_ctrl_c_ends_a_screen_to_which_no_key_comes_through(tmp_path: Path, key: str) -> None:
    terminal = opened(tmp_path, "waits")
    terminal.read_until(b"starts one")
    terminal.type(key)
    terminal.read_until(b"waits now")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert terminal.is_sane


def test_two_sizes_at_once_come_to_rest(tmp_path: Path) -> None:
    terminal = opened(tmp_path, "sizes")
    terminal.read_until(b"starts one")
    terminal.type("H")
    terminal.read_until(b"at rest")
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.is_sane


SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
SCREENS = ("cockpit", "home", "history", "welcome")
POINTS = (
    ("textual.drivers.linux_driver", "LinuxDriver", "start_application_mode"),
    ("textual.screen", "Screen", "_compose"),
    ("textual.widgets", "Static", "_on_mount"),
    ("textual.app", "App", "_display"),
)


def _combinations() -> Iterator[object]:
    """Every signal on every screen at every point; in the suite each of them meets each of the others once or more."""
    for s, screen in enumerate(SCREENS):
        for p, point in enumerate(POINTS):
            for n, number in enumerate(SIGNALS):
                marks = [] if (s + p) % len(SIGNALS) == n else [pytest.mark.long]
                yield pytest.param(number, screen, *point, marks=marks)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("number", "screen", "module", "owner", "name"), _combinations())
def test_a_signal_while_it_opens_leaves_the_terminal_sane(
    tmp_path: Path, number: signal.Signals, screen: str, module: str, owner: str, name: str
) -> None:
    terminal = shown(tmp_path, screen, "signal", module, owner, name, str(int(number)))
    assert terminal.end() == 128 + number, terminal.output[-500:]
    assert terminal.is_sane


@pytest.mark.parametrize(
    ("screen", "sign", "typed"),
    [
        ("cockpit", b"starts one", "q?"),
        ("cockpit", b"starts one", "q\x03\x03"),
        pytest.param("cockpit", b"starts one", "q:", marks=pytest.mark.long),
        pytest.param("cockpit", b"starts one", "qH", marks=pytest.mark.long),
        ("home", b"no runs below", "q:"),
        pytest.param("home", b"no runs below", "q?", marks=pytest.mark.long),
        pytest.param("home", b"no runs below", "qH", marks=pytest.mark.long),
        ("history", b"none yet", "b?"),
        pytest.param("history", b"none yet", "q?", marks=pytest.mark.long),
        pytest.param("history", b"none yet", "q\x10", marks=pytest.mark.long),
        ("welcome", b"Watch a workspace", "qw"),
        pytest.param("welcome", b"Watch a workspace", "q?", marks=pytest.mark.long),
    ],
)
def test_a_key_after_the_last_one_does_nothing(tmp_path: Path, screen: str, sign: bytes, typed: str) -> None:
    terminal = shown(tmp_path, screen)
    terminal.read_until(sign)
    terminal.type(typed)
    assert terminal.end() == 0, terminal.output[-500:]
    assert terminal.is_sane


def close_help(terminal: Terminal) -> None:
    """Close it, and wait until what it lay over is painted: a key that comes while a screen is left is swallowed."""
    seen = len(terminal.output)
    terminal.type("?")
    terminal.read_until(b"Phases", since=seen)


def test_the_screen_does_not_outlive_its_terminal(tmp_path: Path) -> None:
    terminal = opened(tmp_path)
    terminal.read_until(b"starts one")
    terminal.vanish()
    # 129 when it could leave properly; Python makes 120 of that when it cannot flush what nobody reads.
    assert terminal.process.wait(60) in (129, 120, -signal.SIGHUP)


@pytest.mark.parametrize("where", ["crash", "worker"])
def test_a_crash_leaves_the_terminal_sane_and_one_line(tmp_path: Path, where: str) -> None:
    terminal = opened(tmp_path, where)
    assert terminal.end() == EXIT_CODE
    assert terminal.is_sane
    crashes = list((data_dir() / "crashes").iterdir())
    assert len(crashes) == 1
    told = terminal.output[terminal.output.rindex(b"\x1b[?1049l") :]
    assert str(crashes[0]).encode() in told.replace(b"\r\n", b"")
    for text in (told.decode(), crashes[0].read_text()):
        assert "hunter2" not in text.replace('password = "hunter2hunter2"', "")
        assert "ghp_b" not in text
    assert "RuntimeError" in crashes[0].read_text()
    assert b"Traceback" not in told


def test_q_leaves_the_terminal_sane(tmp_path: Path) -> None:
    terminal = opened(tmp_path)
    terminal.read_until(b"starts one")
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.is_sane


def test_a_storm_of_sizes_is_weathered(tmp_path: Path) -> None:
    human_gate(tmp_path)
    terminal = opened(tmp_path, loop="infra-loop")
    terminal.read_until(b"waits for you")
    for step in range(300):
        terminal.resize(1 + step * 37 % 240, 1 + step * 13 % 70)
        terminal.read_some()
    terminal.resize(80, 24)
    seen = len(terminal.output)
    terminal.type("?")
    terminal.read_until(b"enter: run", since=seen)
    close_help(terminal)
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.is_sane


def test_a_size_that_is_told_too_late_does_not_stay(tmp_path: Path) -> None:
    """As when two signals come at once, and the older size is told last."""
    human_gate(tmp_path)
    terminal = opened(tmp_path, "stale", loop="infra-loop")
    terminal.read_until(b"waits for you")
    terminal.type("H")
    terminal.read_until(b"small now")
    terminal.read_until(b"\x1b[24;1H", since=terminal.output.index(b"small now"))
    terminal.type("q")
    assert terminal.end() == 0


def test_a_long_paste_decides_nothing(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    before = run.store.path.read_bytes()
    terminal = opened(tmp_path, loop="infra-loop")
    terminal.read_until(b"waits for you")
    paste = "3a\r\nyes\r\n" * 20_000
    for start in range(0, len(paste), 1000):
        head, tail = "\x1b[200~" * (start == 0), "\x1b[201~" * (start + 1000 >= len(paste))
        terminal.type(f"{head}{paste[start : start + 1000]}{tail}")
        terminal.read_some()
    seen = len(terminal.output)
    terminal.type("?")
    terminal.read_until(b"enter: run", since=seen)
    assert run.store.path.read_bytes() == before
    close_help(terminal)
    terminal.type("q")
    assert terminal.end() == 0


@pytest.mark.needs("tmux")
def test_it_lives_on_while_tmux_is_detached(tmp_path: Path) -> None:
    human_gate(tmp_path / "p")
    socket = tmp_path / "s"
    command = shlex.join([sys.executable, "-c", PROGRAM, str(tmp_path / "p"), "infra-loop"])

    def tmux(*words: str) -> str:
        argv = ["tmux", "-S", str(socket), "-f", os.devnull, *words]
        return subprocess.run(argv, text=True, capture_output=True, check=True, timeout=60).stdout

    def wait_for(words: str) -> None:
        deadline = time.monotonic() + 60
        while words not in tmux("capture-pane", "-p", "-t", "s"):
            assert time.monotonic() < deadline, tmux("capture-pane", "-p", "-t", "s")
            time.sleep(0.05)

    tmux("new-session", "-d", "-x", "80", "-y", "24", "-s", "s", command)
    try:
        wait_for("waits for you")
        for columns in (120, 80):
            terminal = Terminal(["tmux", "-S", str(socket), "attach", "-t", "s"], columns=columns)
            terminal.read_until(b"waits for you")
            tmux("detach-client", "-s", "s")
            terminal.read_until(None)
            assert terminal.process.wait(60) == 0
        tmux("send-keys", "-t", "s", "?")
        wait_for("enter: run")
    finally:
        tmux("kill-server")


def test_a_crash_file_holds_no_values_and_only_its_owner_may_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "correct-horse-battery")
    secret_value = "correct-horse-battery"
    with pytest.raises(ValueError, match="cannot use") as caught:
        raise ValueError(f"cannot use {secret_value}\x1b]52;c;AAAA\x07")
    path = write_crash(caught.value)
    assert "ValueError" in crash_line(caught.value, path)
    text = path.read_text()
    assert "cannot use [masked]" in text
    assert "\x1b" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_crash_file_that_cannot_be_written_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    made = write_crash(ValueError("x"))
    assert made.exists(), "where the home cannot be written it lies among the temporary files"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    nowhere = write_crash(ValueError("x"))
    assert not nowhere.exists()
    said = crash_line(ValueError("x"), nowhere)
    assert str(nowhere) not in said, "no file is named that does not exist"
