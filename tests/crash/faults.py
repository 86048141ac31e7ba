"""A disk that says no: every call of a whole run that changes a file fails once, or from then on (SPEC sections 3, 6).

`faults.c` is loaded before the C library of the driver, so that nothing that Python does to a file passes it by. A run
without a fault is counted first: each kind of call on each file, and how often. Then a world for each place: the call
fails, what the driver says is looked at, the disk is well again, and whoever resumes has to end in the same world.
"""

import errno
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .case import GO
from .final import Picture, differences, picture
from .matrix import Ground
from .worlds import World

SOURCE = Path(__file__).with_name("faults.c")
MACHINE = Path(__file__).with_name("machine.c")
ERRORS = ("ENOSPC", "EIO", "EROFS", "EACCES")
_REASONS = {
    "ENOSPC": ("disk is full", "No space left"),
    "EIO": ("Input/output error",),
    "EROFS": ("read-only", "Read-only"),
    "EACCES": ("no permission", "Permission denied"),
}
_RANDOM = re.compile(
    r"(?<=\.)[0-9a-f]{8}(?=\.tmp)|(?<=/tmp/)[a-z0-9_]{8}(?=/|$)|(?<=loop-tui-)[a-z0-9_]{8}(?=/|$)"
    r"|(?<=loop-tui-pack-)[a-z0-9_]{8}(?=/|$)|(?<=packing-)[a-z0-9_]{8}(?=/|$)|(?<=packed-)[0-9a-f]{12}"
    r"|(?<=\.taken-)[a-z0-9_]{8}(?=/|$)"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d\d\d\d-\d\d(?=/|$)|\d\dT\d\d-\d\d-\d\d"
)
# Where the clock decides how often it comes.
_BY_THE_CLOCK = ("output.log", "lease.json")
_MOST_RESUMES = 3


class NoCompiler(Exception):
    """There is nothing here that makes a library out of C."""


@cache
def library(source: Path = SOURCE) -> Path:
    """`faults.c`, or another such file, as a library, made once a process. Raises NoCompiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or os.uname().sysname != "Linux":
        raise NoCompiler("no C compiler for a library to load first, or not Linux")
    made = Path(os.environ.get("TMPDIR") or "/tmp") / f"loop-tui-{source.stem}-{os.getpid()}.so"
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], capture_output=True, text=True
    )
    if done.returncode:
        raise NoCompiler(done.stderr[-500:])
    return made


@dataclass(frozen=True)
class Place:
    """One call of a run: the `number`-th of that kind on files whose path from the world's root is like `pattern`."""

    call: str
    pattern: str
    number: int = 1

    @property
    def depends_on_the_clock(self) -> bool:
        """True where another run may have fewer of them."""
        return any(name in self.pattern for name in _BY_THE_CLOCK)

    def __str__(self) -> str:
        """For people."""
        return f"{self.call} {self.pattern}" + (f" #{self.number}" if self.number > 1 else "")


@dataclass(frozen=True)
class Fault:
    """A call that fails, how, and whether everything after it fails too."""

    place: Place
    error: str = "ENOSPC"
    lasting: bool = False

    def __str__(self) -> str:
        """For people."""
        return f"{self.error}{' from there on' if self.lasting else ''} at {self.place}"


@dataclass
class Outcome:
    """What came of one fault."""

    fault: Fault
    hit: bool = False
    code: int = 0
    """Of the driver that met it."""
    clear: bool = True
    problems: list[str] = field(default_factory=list)
    story: str = ""


def armed(world: World, fault: Fault | None, log: Path | None = None, program: str = "python") -> dict[str, str]:
    """The environment of a driver that meets the fault, or whose calls are only counted. Raises NoCompiler."""
    roots = (world.folder, world.claude, world.root / "home", world.root / "tmp")
    env = {
        **world.env,
        "LD_PRELOAD": str(library()),
        "FAULTS_ROOTS": ":".join(map(str, roots)),
        "FAULTS_PROGRAM": program,
        "FAULTS_LOG": str(log or ""),
    }
    if fault:
        env |= {
            "FAULTS_CALL": fault.place.call,
            "FAULTS_MATCH": f"{world.root}{fault.place.pattern}",
            "FAULTS_AT": str(fault.place.number),
            "FAULTS_ERRNO": str(getattr(errno, fault.error)),
            "FAULTS_LASTING": str(int(fault.lasting)),
        }
    return env


def places(ground: Ground, folder: Path) -> list[Place]:
    """Every call of a whole run that changes a file, in the order of their first coming. Raises NoCompiler."""
    log = folder.with_name(folder.name + ".calls")
    with ground.make(folder) as world:
        world.env = armed(world, None, log)
        code = world.run(*GO)
        assert code == 0, world.said[-1][-2000:]
        root = str(world.root)
    shutil.rmtree(folder, ignore_errors=True)
    counts = Counter(_plain(line, root) for line in log.read_text().splitlines())
    return [Place(call, pattern, number + 1) for (call, pattern), many in counts.items() for number in range(many)]


def _plain(line: str, root: str) -> tuple[str, str]:
    call, _, path = line.partition(" ")
    return call, _RANDOM.sub("*", path.removeprefix(root))


def few(found: Sequence[Place]) -> list[Place]:
    """Of each kind of call on each kind of file the first, one in the middle and the last."""
    kinds: dict[tuple[str, str], list[Place]] = {}
    for place in found:
        # Documents are written and archived one as the other: one of them stands for all.
        kind = re.sub(r"[a-z-]+\.md", "X.md", place.pattern)
        kinds.setdefault((place.call, kind), []).append(place)
    return [p for many in kinds.values() for p in dict.fromkeys((many[0], many[len(many) // 2], many[-1]))]


def play(ground: Ground, folder: Path, fault: Fault) -> Outcome:
    """Meet the fault, look at what was said, be well again, resume, compare. The folder goes when all is well."""
    outcome = Outcome(fault)
    log = folder.with_name(folder.name + ".calls")
    with ground.make(folder) as world:
        well = world.env
        try:
            world.env = armed(world, fault, log)
            outcome.code = world.run(*GO)
            outcome.hit = _was_hit(log)
            outcome.problems += list(_unclear(world, outcome))
            outcome.clear = not outcome.problems
            world.env = well
            for _ in range(_MOST_RESUMES):
                if not world.state_file.exists() and world.archives():
                    break
                code = world.run(*GO)
                if code:
                    outcome.problems.append(f"the resume gave {code}")
                    break
            if (world.run_dir / "journey-log.jsonl").exists():
                # Everything is done but the tidying, which comes first in the next run.
                wanted, tidied = _without_the_folder(ground.wanted), _without_the_folder(picture(world))
                outcome.problems += differences(wanted, tidied)
            else:
                outcome.problems += differences(ground.wanted, picture(world))
        except AssertionError as error:
            outcome.problems.append(f"{type(error).__name__}: {error}")
        if outcome.problems:
            outcome.story = "\n--- ".join(["", *world.said])[-5000:]
    if not outcome.problems:
        shutil.rmtree(folder, ignore_errors=True)
        log.unlink(missing_ok=True)
    return outcome


def _without_the_folder(found: Picture) -> Picture:
    return {key: value for key, value in found.items() if key not in ("run folder", "lease")}


def _was_hit(log: Path) -> bool:
    return log.exists() and any(line.startswith("failed: ") for line in log.read_text().splitlines())


def _unclear(world: World, outcome: Outcome) -> Iterator[str]:
    """What is wrong with how the driver ended that met a fault."""
    said, code = world.said[-1], outcome.code
    if "Traceback" in said:
        yield "a traceback"
    if "loop-tui failed" in said or code not in (0, 1, 2, 3):
        yield f"exit code {code}: {said.strip().splitlines()[-1:]}"
    if list((world.root / "home").rglob("crashes/*")):
        yield "a crash file"
    if code and outcome.hit and not any(word in said for word in _REASONS[outcome.fault.error]):
        yield f"exit code {code} without the reason"
