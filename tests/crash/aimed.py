"""Kills that are aimed: at git between objects and ref, at hooks, at npm and its scripts, at shells and their children.

Every program of a run is stopped at an instant of its own by a hook or a script that waits (`holds`), and there one of
those who take part dies: the driver, the driver with all that it started, the program, what the program started, or
the whole session of the program. Whoever goes on has to end in the world without a kill.
"""

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

from .case import GO
from .final import differences, picture
from .holds import arrived, hold, let_go, put_holds
from .worlds import World, local_world, wait_for

NAME = "aimed"
SCRIPTS = ("prebuild", "build", "pretest", "test", "lint", "prepack", "start")
LOCAL_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-push", "reference-transaction")
REMOTE_HOOKS = ("pre-receive", "update", "post-receive", "post-update", "reference-transaction")
VICTIMS = ("driver", "power", "program", "helper", "session")
"""`power`: the driver and all that it started. `program`: the git or npm that the driver started. `helper`: what hangs
below it and waits, as a hook. `session`: the program with all that it started, as `kill -9 0` in a script does."""
_MOST_RESUMES = 4
_LOCK = re.compile(r"(?:Unable to create|cannot lock ref)[^\n]*\.lock|\.lock'?: File exists")
_SCRIPT = """\
#!/bin/sh
# With an order to, waits until it is let go.
[ -n "$LOOP_ORDERS" ] && [ -e "$LOOP_ORDERS/hold-npm-$1" ] || exit 0
: > "$LOOP_ORDERS/arrived-npm-$1"
while [ -e "$LOOP_ORDERS/hold-npm-$1" ]; do sleep 0.01; done
"""


def instants() -> tuple[str, ...]:
    """Where a program can be stopped: hooks here (`local`), hooks of the remote, and scripts of npm."""
    local = tuple(name for name in LOCAL_HOOKS if name != "reference-transaction")
    remote = tuple(f"remote-{name}" for name in REMOTE_HOOKS if name != "reference-transaction")
    states = ("prepared", "committed")
    return (
        *local,
        *(f"reference-transaction-{state}" for state in states),
        *remote,
        *(f"remote-reference-transaction-{state}" for state in states),
        *(f"npm-{script}" for script in SCRIPTS),
    )


@dataclass(frozen=True)
class Aim:
    """Who dies, and when."""

    instant: str
    victim: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.victim} at {self.instant}"


@dataclass
class AimOutcome:
    """What came of it."""

    aim: Aim
    hit: bool = False
    code: int = 0
    """How the driver ended that was there."""
    problems: list[str] = field(default_factory=list)
    story: str = ""


def aims() -> list[Aim]:
    """Everybody at every instant."""
    return [Aim(instant, victim) for instant in instants() for victim in VICTIMS]


def add_scripts(project: Path) -> None:
    """Let every script of npm wait when it is told to; what they do is as before."""
    path = project / "package.json"
    package = json.loads(path.read_text())
    scripts = package["scripts"]
    for name in SCRIPTS:
        known = scripts.get(name)
        scripts[name] = f"sh hold.sh {name}" + (f" && {known}" if known else "")
    path.write_text(json.dumps(package, indent=2) + "\n")
    (project / "hold.sh").write_text(_SCRIPT)


@contextmanager
def aimed_world(template: Path, root: Path) -> Iterator[World]:
    """The project with a bare remote, where every hook and every script can be held."""
    with local_world(template, root) as world:
        world.name = NAME
        world.env = {**world.env, "LOOP_ORDERS": str(world.orders)}
        put_holds(world.folder / ".git/hooks", world.orders, LOCAL_HOOKS)
        put_holds(world.remote / "hooks", world.orders, REMOTE_HOOKS, "remote-")
        yield world


def play_aim(make: "partial[object]", folder: Path, aim: Aim, wanted: Mapping[str, object]) -> AimOutcome:
    """Stop the program, kill, let go, resume, compare."""
    outcome = AimOutcome(aim)
    with make(folder) as world:  # type: ignore[attr-defined]
        try:
            _play(world, outcome)
            if outcome.hit:
                outcome.problems += differences(dict(wanted), picture(world))
        except AssertionError as error:
            outcome.problems.append(f"{type(error).__name__}: {error}")
        if outcome.problems:
            outcome.story = "\n--- ".join(["", *world.said])[-5000:]
    if not outcome.problems:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _play(world: World, outcome: AimOutcome) -> None:
    aim = outcome.aim
    hold(world.orders, aim.instant)
    driver = world.start(*GO)
    wait_for(lambda: driver.poll() is not None or arrived(world.orders, aim.instant), str(aim))
    outcome.hit = driver.poll() is None
    if outcome.hit:
        world.see_token()
        _kill(world, driver.pid, aim)
    let_go(world.orders, aim.instant)
    outcome.code = world.ended(driver)
    outcome.problems += _unclear(world, outcome)
    for _ in range(_MOST_RESUMES):
        if not world.state_file.exists() and world.archives():
            return
        code = world.run(*GO)
        said = world.said[-1]
        if code and not (_LOCK.search(said) and _remove_locks(world)):
            outcome.problems.append(f"the resume gave {code}: {said.strip()[-800:]}")
            return
    outcome.problems.append("it never ends")


def _kill(world: World, driver: int, aim: Aim) -> None:
    if aim.victim in ("driver", "power"):
        os.kill(driver, signal.SIGKILL)
        if aim.victim == "power":
            world.kill_programs()
        return
    program = _program(driver)
    family = [program, *program.children(recursive=True)]
    if aim.victim == "program":
        program.send_signal(signal.SIGKILL)
    elif aim.victim == "helper":
        next(p for p in reversed(family) if _waits(p)).send_signal(signal.SIGKILL)
    else:
        for process in family:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)


def _program(driver: int) -> psutil.Process:
    """What the driver started, and that waits now."""
    for child in psutil.Process(driver).children():
        with suppress(psutil.Error):
            if any(_waits(p) for p in child.children(recursive=True)):
                return child
    raise AssertionError("no program of the driver waits")


def _waits(process: psutil.Process) -> bool:
    """True for a hook, and for the shell that runs a script of npm."""
    try:
        words = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return "hooks/" in words or "sh hold.sh" in words


def _unclear(world: World, outcome: AimOutcome) -> list[str]:
    said, code, found = world.said[-1], outcome.code, []
    if "Traceback" in said or "loop-tui failed" in said:
        found.append(f"no clear line: {said.strip()[-400:]}")
    killed = outcome.hit and outcome.aim.victim in ("driver", "power")
    # 0: whoever ended its programs has collected the driver first.
    if code not in ((-9, 0) if killed else (0, 1, 2, 3)):
        found.append(f"exit code {code}")
    if list((world.root / "home").rglob("crashes/*")):
        found.append("a crash file")
    return found


def _remove_locks(world: World) -> int:
    """What git tells a person to do about a lock that a killed git left."""
    locks = [path for place in (world.folder / ".git", world.remote) for path in place.rglob("*.lock")]
    for path in locks:
        path.unlink()
    return len(locks)
