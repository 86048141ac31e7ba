"""Instants of publishing: the registry has a publish in hand, or is looked at; and what it does then."""

from dataclasses import dataclass

from tests.registry import Door, Hold

from .instants import At
from .worlds import World, wait_for

INTENDED = b'"action":"effect-intended","subject":"publish-'
AFTERWARDS = ("", "broken", "late", "slow", "cut")
"""What the registry does to the next driver: nothing, 5xx for a while, it shows what it took later, every answer takes
its time, or the line breaks after the next publish that it takes."""


def _door(world: World) -> Door:
    assert world.registry
    return world.registry.door


def _trouble(door: Door, kind: str) -> None:
    match kind:
        case "broken":
            door.fails = [503, 502, 500]
        case "late":
            door.hidden = 3
        case "slow":
            door.slow_s = 0.3
        case "cut":
            door.cut = 1


@dataclass(frozen=True)
class Published:
    """A publish is held: `sent` (the registry has not got it yet), or `taken` (and not answered).

    With `lost`, one that was sent never gets there. `then`: one of AFTERWARDS.
    """

    when: str = "taken"
    lost: bool = False
    then: str = ""

    def arm(self, world: World) -> None:
        """Hold the next one."""
        setattr(_door(world), self._place, Hold())

    def count(self, world: World, driver: int) -> int:
        """1 when it waits."""
        hold = getattr(_door(world), self._place)
        return int(isinstance(hold, Hold) and hold.arrived.is_set())

    def let_go(self, world: World) -> None:
        """Let it go on, and hold no more. It is over, one way or the other, when this is."""
        door = _door(world)
        hold = getattr(door, self._place)
        setattr(door, self._place, lambda *_: None)
        _trouble(door, self.then)
        if not hold.arrived.is_set():
            return
        door.lost += self.lost
        before = door.handled
        hold.released.set()
        wait_for(lambda: door.handled > before, "the publish that was held is over")

    @property
    def _place(self) -> str:
        return "on_publish" if self.when == "sent" else "on_done"


@dataclass(frozen=True)
class Looked:
    """Somebody asks the registry for the package after the publish was intended, and waits for the answer.

    With `taken`, after the registry took it; with `cut`, after the line broke at that; with `refused`, after it
    answered a publish with 503. `then`: one of AFTERWARDS.
    """

    taken: bool = False
    cut: bool = False
    refused: bool = False
    then: str = ""

    def arm(self, world: World) -> None:
        """Hold the next one."""
        door, hold = _door(world), Hold()

        def look(line: str) -> None:
            looks = line.startswith("GET ") and "/-/" not in line
            if not looks or not is_intended(world):
                return
            if (door.publishes or not self.taken) and (door.passwords or not self.refused):
                hold()

        look.hold = hold  # type: ignore[attr-defined]
        door.on_ask = look
        door.cut = int(self.cut)
        door.refuses = (503, "later") if self.refused else None

    def count(self, world: World, driver: int) -> int:
        """1 when it waits."""
        hold = getattr(_door(world).on_ask, "hold", None)
        return int(hold is not None and hold.arrived.is_set())

    def let_go(self, world: World) -> None:
        """Answer it, and hold no more."""
        door = _door(world)
        hold = door.on_ask.hold  # type: ignore[attr-defined]
        door.on_ask = lambda line: None
        door.refuses = None
        _trouble(door, self.then)
        hold.released.set()


@dataclass(frozen=True)
class Since:
    """That instant, once the publish was intended: what came of it before does not count."""

    at: At

    def arm(self, world: World) -> None:
        """As the instant is."""
        self.at.arm(world)

    def count(self, world: World, driver: int) -> int:
        """0 before."""
        return self.at.count(world, driver) if is_intended(world) else 0

    def let_go(self, world: World) -> None:
        """As the instant is."""
        self.at.let_go(world)


@dataclass(frozen=True)
class EventsSince:
    """So many events of the journal after the intent of the publish, whatever they are."""

    def arm(self, world: World) -> None:
        """Nothing to prepare."""

    def count(self, world: World, driver: int) -> int:
        """All of them."""
        return world.journal().partition(INTENDED)[2].count(b"\n")

    def let_go(self, world: World) -> None:
        """Nobody is held."""


def is_intended(world: World) -> bool:
    """True from the first effect of publishing on."""
    return INTENDED in world.journal()
