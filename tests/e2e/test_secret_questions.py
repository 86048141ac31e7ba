"""A secret that is typed is nowhere but where it is wanted: real drivers, a real terminal, and whoever is killed."""

import fcntl
import json
import os
import signal
import sys
import termios
from pathlib import Path

import pytest

from loop_tui.fs.secret_pipe import is_asked, name_of
from tests.asking_pack import LOOP, QUESTION, AskingWorld, asking_world
from tests.crash.worlds import wait_for
from tests.projects import press_until
from tests.tui.terminal import Terminal

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks through /proc"),
    pytest.mark.usefixtures("quick_npm"),
]

SECRET = "zq7жщ-9typed"
"""Letters that stand nowhere else on a screen."""


@pytest.fixture
def world(tmp_path: Path) -> AskingWorld:
    return asking_world(tmp_path / "w")


def driver_of(world: AskingWorld) -> int:
    """The process id of the driver that asks."""
    wait_for(lambda: is_asked(world.run_dir, QUESTION), "the secret is asked for")
    wait_for(lambda: f'"{QUESTION}"' in state_of(world), "the state says so")
    return int(json.loads((world.run_dir / "lease.json").read_text())["pid"])


def state_of(world: AskingWorld) -> str:
    state = next(world.project.glob("*state*.json"), None)
    try:
        return state.read_text() if state is not None else ""
    except FileNotFoundError:  # It ended between the look and the read.
        return ""


def archived(world: AskingWorld) -> bool:
    return not state_of(world) and not (world.run_dir / "lease.json").exists()


def test_it_is_nowhere_whoever_is_killed(world: AskingWorld) -> None:
    (world.root / "leak").write_text(SECRET)
    assert world.shown(SECRET) == [str(world.root / "leak")], "the check finds a leak"
    (world.root / "leak").unlink()
    assert world.say("go", "-l", LOOP)[0] == 0
    os.kill(driver_of(world), signal.SIGKILL)

    code, said = world.say("answer", QUESTION, "-", typed=f"{SECRET}\n")
    assert (code, "no driver is waiting for it" in said, "loop-tui go" in said) == (2, True, True), said
    code, said = world.say("answer", QUESTION, "a-shell-history")
    assert (code, "a secret must not be an argument" in said, "a-shell-history" in said) == (2, True, False), said
    assert not world.shown(SECRET)

    assert world.say("go")[0] == 0
    driver = driver_of(world)
    assert f"answer {QUESTION} -" in world.say("status")[1]
    os.kill(driver, signal.SIGSTOP)
    answerer = world.start("answer", QUESTION, "-")
    assert answerer.stdin
    answerer.stdin.write(f"{SECRET}\n")
    answerer.stdin.flush()
    wait_for(lambda: waits_in_the_pipe(world), "it wrote, and waits for the driver to take it")
    assert not world.shown(SECRET), "while it is in the pipe"
    answerer.kill()
    answerer.communicate()
    os.kill(driver, signal.SIGCONT)
    wait_for(lambda: archived(world), "the run is done")
    assert world.got(SECRET)
    assert not world.shown(SECRET)
    (log,) = (world.root / "claude").rglob("output.log")
    assert "printed [masked]" in log.read_text()


def waits_in_the_pipe(world: AskingWorld) -> int:
    """How many bytes wait for the driver to read them."""
    handle = os.open(world.run_dir / name_of(QUESTION), os.O_RDONLY | os.O_NONBLOCK)
    try:
        return int.from_bytes(fcntl.ioctl(handle, termios.FIONREAD, bytes(4)), sys.byteorder)
    finally:
        os.close(handle)


def test_it_is_typed_on_the_screen_unseen(world: AskingWorld) -> None:
    assert world.say("go", "-l", LOOP)[0] == 0
    driver_of(world)
    screen = Terminal(world.argv("-l", LOOP), cwd=world.project, env=world.env, columns=120, rows=40)
    screen.read_until(b"One-time password?")
    screen.type("3")
    screen.read_until(b"not shown, not stored")
    for _ in range(200):  # What comes in the first moment is swallowed.
        since = len(screen.output)
        screen.type("ж")
        screen.read_some(0.1)
        if "•".encode() in screen.output[since:]:
            break
    screen.type(SECRET.removeprefix("ж"))
    screen.read_until("••••".encode())
    # In the first moment after the panel came up, enter decides nothing, nor does one that is held down.
    press_until(lambda: screen.type("\r"), lambda: screen.read_some(0.1) or archived(world), "the run is done")
    assert (world.project / "digest").exists()
    screen.process.terminate()
    screen.end()
    assert not {"ж".encode(), "щ".encode()} & {bytes(screen.output[i : i + 2]) for i in range(len(screen.output))}
    assert not world.shown(SECRET[2:])


def test_a_run_in_the_foreground_reads_it_without_echo(world: AskingWorld) -> None:
    code, said = world.say("run", LOOP)
    assert (code, f"--secret, with the name {QUESTION}" in said) == (3, True), said
    code, said = world.say("run", LOOP, "--resume", "--answer", "otp=in-a-history")
    assert (code, "a secret must not be an argument" in said, "in-a-history" in said) == (2, True, False), said
    code, said = world.say("run", LOOP, "--resume", "--secret", "otp", typed=f"{SECRET}\n")
    assert code == 0, said
    assert world.got(SECRET)
    assert SECRET not in said
    assert not world.shown(SECRET)
    (world.project / "digest").unlink()

    terminal = Terminal(world.argv("run", LOOP), cwd=world.project, env=world.env)
    terminal.read_until(b"(not shown)")
    since = len(terminal.output)
    terminal.type("\n")
    terminal.read_until(b"a secret cannot be empty")
    terminal.read_until(b"(not shown)", since=since)
    terminal.type(f"{SECRET}\n")
    assert terminal.end() == 0
    assert world.got(SECRET)
    assert SECRET.encode() not in terminal.output
    assert not world.shown(SECRET)
