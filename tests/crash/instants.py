"""Instants at which a driver is killed: each an event of the world, never a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from . import holds
from .worlds import World, wait_for


class At(Protocol):
    """An instant: it has come when `count` is so many more than it was at first."""

    def arm(self, world: World) -> None:
        """Before the driver starts."""

    def count(self, world: World, driver: int) -> int:
        """How often it was seen so far."""

    def let_go(self, world: World) -> None:
        """After the kill: whoever was held goes on."""


@dataclass(frozen=True)
class _Plain:
    def arm(self, world: World) -> None:
        """Nothing to prepare."""

    def let_go(self, world: World) -> None:
        """Nobody is held."""


@dataclass(frozen=True)
class Journaled(_Plain):
    """An event of the journal: `action`, and how its subject begins and ends."""

    action: str
    subject: str = ""
    end: str = ""

    def count(self, world: World, driver: int) -> int:
        """Events of that kind."""
        wanted = f'"action":"{self.action}","subject":"{self.subject}[^"]*{self.end}"'
        return len(re.findall(wanted.encode(), world.journal()))


@dataclass(frozen=True)
class Events(_Plain):
    """So many more events, whatever they are: `times` of a kill says how many."""

    def count(self, world: World, driver: int) -> int:
        """All of them."""
        return world.journal().count(b"\n")


@dataclass(frozen=True)
class Logged(_Plain):
    """A line of the output log with these words."""

    words: str

    def count(self, world: World, driver: int) -> int:
        """Such lines."""
        return world.log().count(self.words.encode())


@dataclass(frozen=True)
class Program(_Plain):
    """A program that the driver has started, with these words on its command line."""

    words: str

    def count(self, world: World, driver: int) -> int:
        """Such programs, now."""
        return sum(self.words in line for line in programs_of(driver))


@dataclass(frozen=True)
class Over:
    """Such a program was seen, and is not there any more: the act is done, and nobody has noted it."""

    words: str
    seen: list[bool] = field(default_factory=list, compare=False, repr=False)

    def arm(self, world: World) -> None:
        """None was seen so far."""
        self.seen.clear()

    def count(self, world: World, driver: int) -> int:
        """1 when it has come and gone."""
        if any(self.words in line for line in programs_of(driver)):
            self.seen.append(True)
            return 0
        return int(bool(self.seen))

    def let_go(self, world: World) -> None:
        """Nobody is held."""


@dataclass(frozen=True)
class There(_Plain):
    """A file, by a pattern from the world's root: it is there now, or has another content than before."""

    pattern: str

    def count(self, world: World, driver: int) -> int:
        """A number that grows with each look at which files have changed."""
        return sum(path.stat().st_mtime_ns for path in _matching(world, self.pattern))


@dataclass(frozen=True)
class Gone(_Plain):
    """A file that is not there any more."""

    path: str

    def count(self, world: World, driver: int) -> int:
        """1 as soon as it has been there and is gone."""
        there = any(_matching(world, self.path))
        return int(not there and bool(world.journal() or world.archives()))


@dataclass(frozen=True)
class Held:
    """Somebody waits in this hook of git: the act has begun, and is not over."""

    hook: str

    def arm(self, world: World) -> None:
        """Hold whoever comes."""
        holds.hold(world.orders, self.hook)

    def count(self, world: World, driver: int) -> int:
        """1 when somebody waits."""
        return int(holds.arrived(world.orders, self.hook))

    def let_go(self, world: World) -> None:
        """Let them go on."""
        holds.let_go(world.orders, self.hook)


@dataclass(frozen=True)
class Requested:
    """A request at GitHub that is held: `before` it is done, or `after` that and before its answer."""

    match: str
    when: str = "after"

    def arm(self, world: World) -> None:
        """Hold the next one."""
        assert world.github
        world.github.hold(self.match, self.when)

    def count(self, world: World, driver: int) -> int:
        """1 when it waits."""
        assert world.github
        return len([f for f in world.github.server.faults if f.match == self.match and f.arrived.is_set()])

    def let_go(self, world: World) -> None:
        """Answer it, and hold no more."""
        assert world.github
        for fault in world.github.server.faults:
            fault.stop()
        # The answer, and what was asked, must not be on its way any more when the next driver looks.
        wait_for(lambda: all(r.status for r in world.github.called(self.match)), "every request is answered")  # type: ignore[union-attr]


def programs_of(pid: int) -> Iterator[str]:
    """The command lines of the programs that a process has started and that run now."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for thread in threads:
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            try:
                yield Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue


def _matching(world: World, pattern: str) -> Iterator[Path]:
    """The files of a pattern. `widget/` is the project, and what git has is at the top of its repository."""
    base, rest = world.root, pattern
    if pattern.startswith("widget/"):
        rest = pattern.removeprefix("widget/")
        base = world.top if rest.startswith(".git/") else world.folder
    for path in base.glob(rest):
        if path.exists():
            yield path
