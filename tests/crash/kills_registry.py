"""The plan of the world with a registry: every kill falls from the first effect of publishing on."""

import random
from collections.abc import Iterator
from dataclasses import replace

from .instants import At, Journaled, Over, Program
from .instants_registry import AFTERWARDS, EventsSince, Looked, Published, Since
from .kills import ARCHIVE, MOST_SPINS, Kill, Script, few, spins

_PUBLISH = "publish-npm-registry-"
_EVENTS = 38
_STEPS: tuple[At, ...] = (
    Journaled("effect-intended", _PUBLISH),
    Journaled("effect-intended", _PUBLISH, "-attempt"),
    Journaled("effect-proven", _PUBLISH, "-attempt"),
    Since(Program("npm publish")),
    Since(Over("npm publish")),
    Since(Program("npm view")),
    Since(Over("npm view")),
    Journaled("effect-proven", _PUBLISH),
    *(Since(Journaled("effect-proven", "release-", f"-{step}")) for step in ("draft", "tar.gz", "tag", "publish")),
    *(Since(Journaled("effect-intended", "release-", f"-{step}")) for step in ("draft", "tar.gz", "tag", "publish")),
    Since(Over("--method POST")),
    Since(Over("--method PATCH")),
    Journaled("effect-proven", "target-npm-registry"),
    Journaled("completed", "distribute"),
    Journaled("started", "retrospective"),
    Journaled("completed", "retrospective"),
)


def publish_plan(seed: int) -> Iterator[Script]:
    """The scripts without end: each instant once, in an order of the seed's, then drawn ones of several kills."""
    dice = random.Random(f"{seed} registry")
    hands, steps, events = _in_hand(dice), _at_steps(dice), [Kill(EventsSince(), times=n) for n in range(1, _EVENTS)]
    known = hands + steps + events
    for kills in (hands, steps, events):
        dice.shuffle(kills)
    while hands or steps or events:
        yield from ((kill,) for kill in (*few(hands, 4), *few(steps, 4), *few(events, 2)))
    while True:
        drawn = (dice.choice(known) for _ in range(dice.choice((1, 2, 2, 3))))
        yield tuple(replace(kill, spins=spins(dice), power=dice.random() < 0.3) for kill in drawn)


def _in_hand(dice: random.Random) -> list[Kill]:
    """While the registry has a publish in hand or is looked at, and however it is afterwards."""
    kills = []
    for then in AFTERWARDS:
        kills += [
            Kill(Published("sent", then=then)),
            Kill(Published("sent", lost=True, then=then), power=dice.random() < 0.5),
            Kill(Published("taken", then=then)),
            Kill(Published("taken", then=then), power=True),
            Kill(Looked(taken=True, then=then), power=dice.random() < 0.5),
        ]
    late = [Kill(Published(when), late=True) for when in ("sent", "taken")]
    for power in (False, True):
        kills += [Kill(Looked(taken=True, cut=True), power=power), Kill(Looked(refused=True), power=power)]
    return [*kills, *late, Kill(Looked()), Kill(Looked(), power=True)]


def _at_steps(dice: random.Random) -> list[Kill]:
    """At each step, and somewhere behind it; `EventsSince` has the event that an archive begins with."""
    kills = []
    for at in (*_STEPS, *map(Since, ARCHIVE[1:])):
        kills.append(Kill(at))
        kills.append(Kill(at, spins=dice.randint(1, MOST_SPINS // 20), power=dice.random() < 0.5))
    kills += [Kill(Journaled("effect-intended", _PUBLISH), spins=dice.randint(1, MOST_SPINS)) for _ in range(8)]
    return kills
