"""How a driver is killed at an instant, and the plan of a whole matrix, from a seed."""

import math
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .instants import At, Events, Gone, Held, Journaled, Over, Program, Requested, There, programs_of
from .worlds import World, wait_for

MOST_SPINS = 60_000
"""A spin is a look at the driver (some microseconds); this many last about as long as a skill."""


@dataclass(frozen=True)
class Kill:
    """One kill: the instant, how many spins after it, and how.

    `power`: everything that the driver started dies with it. `late`: whoever is held goes on only when the next driver
    has the lease.
    """

    at: At
    times: int = 1
    spins: int = 0
    power: bool = False
    late: bool = False

    def __str__(self) -> str:
        """For people."""
        words = [str(self.at), f"x{self.times}" if self.times > 1 else "", f"+{self.spins}" if self.spins else ""]
        words += ["power" if self.power else "", "late" if self.late else ""]
        return " ".join(filter(None, words))


Script = tuple[Kill, ...]
"""The kills of one case: each but the first hits the driver that went on."""


def strike(world: World, driver: "subprocess.Popen[bytes]", kill: Kill, before: int) -> tuple[str, ...] | None:
    """Wait for the instant and kill; gives the programs that ran then, None when the driver had ended by itself."""

    def come() -> bool:
        return driver.poll() is not None or kill.at.count(world, driver.pid) >= before + kill.times

    wait_for(come, str(kill))
    looked = Path("/proc")
    for _ in range(kill.spins):
        if driver.poll() is not None:
            break
        looked.stat()
    world.see_token()
    running = tuple(programs_of(driver.pid))
    if driver.poll() is not None:
        return None
    driver.kill()
    if kill.power:
        world.kill_programs()
    driver.wait()
    return running


# --- the plan -------------------------------------------------------------------------------------------------------

_EVENTS = 54
_SKILLS = ("release-planner", "code-verification", "git-workflow", "deploy", "distribute", "retrospective")
_EFFECTS = tuple(
    (start, "")
    for start in ("version-write", "changelog-0", "commit-", "push-", "tag-o", "tarball-", "sync-", "archive")
)
_RELEASE = tuple(("release-", f"-{step}") for step in ("draft", "tar.gz", "checksums.txt", "clear", "tag", "publish"))
_ACTS: tuple[At, ...] = (
    There("widget/package.json"),
    There("widget/package-lock.json"),
    There("widget/CHANGELOG.md"),
    There("widget/.git/refs/tags/v0.8.0"),
    Held("pre-commit"),
    Held("post-commit"),
    Over(" commit --quiet"),
    There("widget/.git/refs/heads/main"),
    Held("pre-push"),
    Program(" push --porcelain --no-follow-tags --no-force origin"),
    Over(" push --porcelain --no-follow-tags --no-force origin"),
    Held("post-receive"),
    Program("npm pack"),
    Over("npm pack"),
    There("tmp/loop-tui-pack-*"),
    There("widget/.loop/*/*/*.tgz"),
    There("widget/.loop/*/*/.packed-*"),
    There("claude/commands/.*.tmp"),
    There("claude/commands/.backup/*/*"),
    There("claude/commands/plan-loop.md"),
    There("claude/commands/ship-loop.md"),
)
ARCHIVE: tuple[At, ...] = (
    Journaled("completed", end=""),
    There("claude/runs/*/*/.run"),
    There("claude/runs/*/*/output.log"),
    There("claude/runs/*/.*.tmp"),
    There("claude/runs/*/*.json"),
    There("widget/.loop/*/finished.json"),
    Gone("widget/distribution-state.json"),
)


@dataclass(frozen=True)
class Special:
    """What only one world has: effects, instants inside their acts, and instants while it looks or waits."""

    effects: tuple[tuple[str, str], ...] = ()
    acts: tuple[At, ...] = ()
    looks: tuple[At, ...] = ()


def _asked(*matches: str) -> tuple[At, ...]:
    return tuple(Requested(match, when) for match in matches for when in ("before", "after"))


_CONFIRMING = (
    Requested(r"GET .*/actions/runs\?"),
    Requested(r"GET .*/actions/runs/\d+$"),
    Requested("GET .*/deployments"),
    Requested(r"GET .*/deployments/\d+/statuses"),
    Requested("GET .*/releases"),
    Requested("GET /user"),
)
_HERE = Special(acts=(Held("pre-receive"), There("widget.git/refs/heads/main")))
_SPECIAL = {
    "local": _HERE,
    "monorepo": _HERE,
    "github": Special(
        effects=_RELEASE,
        acts=(
            *_asked("DELETE .*/releases/", "DELETE .*/git/refs/tags/", "POST .*/releases$", "POST .*/assets"),
            *_asked("POST .*/git/refs", "PATCH .*/releases/"),
            *(Over("--method POST"), Over("--method PATCH"), Over("--method DELETE")),
        ),
        looks=_CONFIRMING,
    ),
    "github-pull": Special(
        effects=(("branch-", ""), ("pull-", ""), ("auto-merge-", ""), ("merge-", ""), *_RELEASE),
        acts=(
            *_asked("POST .*/pulls$", "POST /graphql", "PUT .*/merge", "POST .*/releases$", "POST .*/assets"),
            *_asked("POST .*/git/refs", "PATCH .*/releases/"),
            *(Over("--method POST"), Over("--method PATCH"), Over("--method PUT")),
        ),
        looks=(*_CONFIRMING, Requested(r"GET .*/pulls\?"), Requested(r"GET .*/pulls/\d+$")),
    ),
}


def about_effects(world: str, dice: random.Random) -> list[Kill]:
    """Every effect before, inside and after."""
    special = _SPECIAL[world]
    kills = []
    for start, end in (*_EFFECTS, *special.effects):
        kills.append(Kill(Journaled("effect-intended", start, end)))
        kills.append(Kill(Journaled("effect-intended", start, end), spins=dice.randint(1, 300)))
        kills.append(Kill(Journaled("effect-proven", start, end)))
    for act in (*_ACTS, *special.acts, *ARCHIVE):
        kills.append(Kill(act, late=isinstance(act, Held | Requested) and dice.random() < 0.5))
        kills.append(Kill(act, spins=dice.randint(1, 300), power=dice.random() < 0.5))
    return kills


def about_skills(world: str, dice: random.Random) -> list[Kill]:
    """Random points inside every skill, after it, and while it looks at GitHub."""
    kills = []
    for skill in _SKILLS:
        kills.append(Kill(Journaled("started", skill), spins=dice.randint(1, MOST_SPINS)))
        kills.append(Kill(Journaled("started", skill), spins=spins(dice), power=True))
        kills.append(Kill(Journaled("completed", skill)))
    return kills + [Kill(look, power=dice.random() < 0.3) for look in _SPECIAL[world].looks]


def about_events() -> list[Kill]:
    """After each event of the journal, whatever it is."""
    return [Kill(Events(), times=number) for number in range(1, _EVENTS)]


def drawn(world: str, dice: random.Random) -> Script:
    """One, two or three kills at random points inside."""
    known = about_effects(world, dice) + about_skills(world, dice) + about_events()
    kills = []
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        kills.append(replace(dice.choice(known), spins=spins(dice), power=dice.random() < 0.3))
    return tuple(kills)


def plan(world: str, seed: int) -> Iterator[Script]:
    """The scripts of a matrix without end: each instant once, in an order of the seed's, then drawn ones."""
    dice = random.Random(f"{seed} {world}")
    effects, skills, events = about_effects(world, dice), about_skills(world, dice), about_events()
    for kills in (effects, skills, events):
        dice.shuffle(kills)
    # In these shares, so that a short matrix has something of everything.
    while effects or skills or events:
        yield from ((kill,) for kill in (*few(effects, 4), *few(skills, 2), *few(events, 1)))
    while True:
        yield drawn(world, dice)


def few(kills: list[Kill], count: int) -> list[Kill]:
    """So many of them, which are none of the list's any more."""
    return [kills.pop() for _ in range(min(count, len(kills)))]


def spins(dice: random.Random) -> int:
    """Small numbers as often as large ones."""
    return round(math.pow(MOST_SPINS, dice.random()))
