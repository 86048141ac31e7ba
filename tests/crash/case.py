"""One case: a run whose drivers are killed by a script, the resume, and what is not as it should be then."""

import re
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from .final import Picture, differences, picture
from .kills import Kill, Script, strike
from .landing import Landing, landed
from .worlds import World, wait_for

Make = Callable[[Path], AbstractContextManager[World]]
"""Makes a world below a folder."""

GO = ("run", "--yes")
_MOST_RESUMES = 4
_LOCK = re.compile(r"(?:Unable to create|cannot lock ref)[^\n]*\.lock|\.lock'?: File exists")


@dataclass
class Case:
    """What came of one script."""

    world: str
    script: Script
    landings: list[Landing] = field(default_factory=list)
    missed: int = 0
    """Kills whose instant never came: the driver had ended before."""
    fixed: int = 0
    """Locks of git that a power cut left behind, and that git told to remove."""
    problems: list[str] = field(default_factory=list)
    story: str = ""
    """What was printed, for a case that went wrong."""

    def __str__(self) -> str:
        """For people."""
        return f"{self.world}: " + "; ".join(map(str, self.script))


def reference(make: Make, folder: Path, again: bool = False) -> Picture:
    """The world after a run that nobody killed; with `again`, after one more on top of it."""
    with make(folder) as world:
        for _ in range(1 + again):
            _run(world)
        return picture(world)


def _run(world: World) -> None:
    code = world.run(*GO)
    assert code == 0, f"a run that nobody kills gave {code}:\n{world.said[-1][-4000:]}"


def play(make: Make, folder: Path, script: Script, wanted: Picture) -> Case:
    """Kill by the script, resume, compare. The folder is removed when all is well."""
    with make(folder) as world:
        case = Case(world.name, script)
        try:
            _play(world, case)
            if (world.run_dir / "lease.json").exists():
                # Killed with everything done but the tidying, and nothing there to resume: the next run starts fresh.
                _run(world)
                wanted = reference(make, folder.with_name(f"{folder.name}-again"), again=True)
            case.problems += differences(wanted, picture(world))
        except AssertionError as error:
            case.problems.append(f"{type(error).__name__}: {error}")
        if case.problems:
            case.story = "\n--- ".join(["", *world.said])[-6000:]
    if not case.problems:
        shutil.rmtree(folder, ignore_errors=True)
    return case


def _play(world: World, case: Case) -> None:
    held: Kill | None = None
    for kill in case.script:
        if _is_over(world):
            case.missed += 1
            continue
        kill.at.arm(world)
        before = kill.at.count(world, 0)
        driver = world.start(*GO)
        if held:
            _when_taken_over(world, driver.pid, held)
        running = strike(world, driver, kill, before)
        held = None
        if running is None:
            case.missed += 1
            world.ended(driver)
            kill.at.let_go(world)
            continue
        world.ended(driver)
        case.landings.append(landed(world, running))
        if kill.late:
            held = kill
        else:
            kill.at.let_go(world)
    _go_on(world, case, held)


def _when_taken_over(world: World, pid: int, held: Kill) -> None:
    """Let go what is held once the next driver has the lease."""
    lease = world.run_dir / "lease.json"
    wait_for(lambda: f'"pid":{pid},' in (lease.read_text() if lease.exists() else ""), "the next driver has the lease")
    held.at.let_go(world)


def _is_over(world: World) -> bool:
    return not world.state_file.exists() and bool(world.archives())


def _go_on(world: World, case: Case, held: Kill | None) -> None:
    """Resume until the run is over. A stop is allowed only for a lock that a power cut left, and that is named."""
    for _ in range(_MOST_RESUMES):
        if _is_over(world):
            break
        driver = world.start(*GO)
        if held:
            _when_taken_over(world, driver.pid, held)
            held = None
        code = world.ended(driver)
        if code == 0:
            break
        said = world.said[-1]
        if not (any(kill.power for kill in case.script) and _LOCK.search(said)):
            raise AssertionError(f"the resume gave {code}: {said[-1500:]}")
        case.fixed += _remove_locks(world)
    if held:
        held.at.let_go(world)
    assert _is_over(world), "the run is not over"


def _remove_locks(world: World) -> int:
    """What git tells a person to do."""
    places = (world.top / ".git", world.github.bare.path if world.github else world.remote)
    locks = [path for place in places for path in place.rglob("*.lock")]
    for path in locks:
        path.unlink()
    return len(locks)
