"""A power cut that takes what a file held: empty, half, full of zeros or gone, at each stage of a run (SPEC section 3).

The driver is killed at a stage, one file is spoilt, and a person does what the messages say: resume, restore the last
good copy, adopt. Nothing of it may be a traceback or a crash file, and the end is the world without a crash.
"""

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .case import GO
from .final import Picture, differences, picture
from .instants import At, Held, Journaled, There
from .kills import Kill, strike
from .matrix import Ground
from .worlds import LOOP, World

STAGES: dict[str, At] = {
    "begun": Journaled("started", "release-planner"),
    "version intended": Journaled("effect-intended", "version-write"),
    "verified": Journaled("completed", "code-verification"),
    "committed": Held("post-commit"),
    "pushed": Held("post-receive"),
    "distributed": Journaled("completed", "distribute"),
    "archiving": There("claude/runs/*/*/.run"),
    "archived": There("claude/runs/*/*.json"),
}
FILES = (
    "widget/distribution-state.json",
    "widget/.loop/distribution-loop/journey-log.jsonl",
    "widget/.loop/distribution-loop/lease.json",
    "widget/.loop/distribution-loop/owner.json",
    "widget/.loop/distribution-loop/definition.json",
    "widget/.loop/distribution-loop/last-good.json",
    "widget/.loop/distribution-loop/output.log",
    "widget/.loop/distribution-loop/claims.json",
    "widget/.loop/distribution-loop/finished.json",
    "widget/.loop/distribution-loop/deliverables/*.md",
    "widget/.loop/distribution-loop/artifacts/.packed-*.json",
    "widget/.loop/distribution-loop/artifacts/*.tgz",
    "widget/.loop/.gitignore",
    "claude/runs/*/*.json",
    "claude/runs/*/*/journey-log.jsonl",
    "claude/runs/*/*/.run",
    "home/.local/state/loop-tui/owner.key",
    "home/.config/loop-tui/config.toml",
)
MODES: dict[str, Callable[[Path], object]] = {
    "empty": lambda p: p.write_bytes(b""),
    "half": lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]),
    "zeros": lambda p: p.write_bytes(b"\0" * p.stat().st_size),
    "gone": lambda p: p.unlink(),
}
_MOST_STEPS = 6
# What the archive can no longer tell of a run whose journal was lost, and what was put aside on the way.
_LOST_WITH_THE_JOURNAL = ("not as the journal tells it", "events twice")
_PACKED = ("archiving", "archived")
_WHOSE = ("owner.json", "definition.json", "owner.key")
_WORLD = frozenset(
    {"version", "lock", "commits", "commits made", "local refs", "remote refs", "pushes", "status", "commands"}
    | {"locks of git", "left over", "half files", "crash files"}
)


@dataclass(frozen=True)
class Cut:
    """One file that is spoilt at one stage."""

    stage: str
    file: str
    mode: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.file} {self.mode} when {self.stage}"


@dataclass
class CutOutcome:
    """What came of it. `steps` are the commands that the messages named, in order."""

    cut: Cut
    hit: bool = False
    steps: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    story: str = ""


def cuts(stages: Sequence[str] = tuple(STAGES), modes: Sequence[str] = tuple(MODES)) -> list[Cut]:
    """Every file at every stage in every mode."""
    return [Cut(stage, file, mode) for stage in stages for file in FILES for mode in modes]


def play_cut(ground: Ground, folder: Path, cut: Cut) -> CutOutcome:
    """Kill at the stage with everything that runs, spoil the file, do what is said, compare."""
    outcome = CutOutcome(cut)
    with ground.make(folder) as world:
        try:
            _play(world, ground, outcome)
        except AssertionError as error:
            outcome.problems.append(f"{type(error).__name__}: {error}")
        if outcome.problems:
            outcome.story = "\n--- ".join(["", *world.said])[-5000:]
    if not outcome.problems:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _play(world: World, ground: Ground, outcome: CutOutcome) -> None:
    cut = outcome.cut
    kill = Kill(STAGES[cut.stage], power=True)
    kill.at.arm(world)
    config = world.root / "home/.config/loop-tui/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('theme = "loop-dark"\n')
    before = kill.at.count(world, 0)
    driver = world.start(*GO)
    strike(world, driver, kill, before)
    world.ended(driver)
    kill.at.let_go(world)
    for lock in (p for place in (world.folder / ".git", world.remote) for p in place.rglob("*.lock")):
        lock.unlink()
    if not world.state_file.exists():
        return  # It came to its end before: nothing is gone on with.
    spoilt = [p for p in sorted(world.root.glob(cut.file)) if p.is_file()]
    for path in spoilt:
        MODES[cut.mode](path)
    outcome.hit = bool(spoilt)
    if not outcome.hit:
        return
    _go_on(world, outcome)
    outcome.problems += [line for line in differences(ground.wanted, _seen(world)) if not _may_differ(cut, line)]


def _seen(world: World) -> Picture:
    """The world, without the damaged file that was kept on the way."""
    found = picture(world)
    for archive in found["archives"]:  # type: ignore[attr-defined]
        archive["files"] = [name for name in archive["files"] if not name.startswith("damaged-")]
    return found


def _may_differ(cut: Cut, line: str) -> bool:
    """True for what the file held, and that nothing else tells."""
    if "journey-log" in cut.file:
        return any(word in line for word in _LOST_WITH_THE_JOURNAL)
    if any(name in cut.file for name in _WHOSE):
        # It was adopted: what was proven is observed anew, and of a skill that is over nobody observes it again.
        return line.startswith("archives/0/effects:")
    if cut.file.endswith(".tgz") and cut.stage in _PACKED:
        # The retrospective, which copies it again, is over: what lies there is archived as it is.
        return line.startswith("archives/0/tarballs")
    if "/deliverables/" in cut.file:
        # A document of a skill that is over is not written again.
        return line.startswith(("archives/0/files:", "archives/0/deliverables:"))
    if cut.file.endswith("distribution-state.json") and cut.mode == "gone":
        # The run was taken away, as a person may: another one begins, and finds in the world what is done.
        return line.partition(":")[0].partition("/")[0] not in _WORLD
    return False


def _go_on(world: World, outcome: CutOutcome) -> None:
    """What a person does who reads."""
    extra: tuple[str, ...] = ()
    for _ in range(_MOST_STEPS):
        code = world.run(*GO, *extra)
        said = world.said[-1]
        outcome.problems += list(_unclear(world, said, code))
        if code == 0:
            return
        if outcome.problems:
            return
        if "state restore" in said:
            outcome.steps.append("restore")
            assert world.run("state", "restore", LOOP, "--yes") == 0, world.said[-1]
        elif "is not a key of loop-tui" in said:
            outcome.steps.append("move the key")
            (world.root / "home/.local/state/loop-tui/owner.key").unlink()
        elif "--adopt" in said:
            outcome.steps.append("adopt")
            extra = ("--adopt",)
        elif "--trust" in said:
            extra = ("--trust",)
        else:
            outcome.problems.append(f"exit code {code}, and no way on: {said.strip()[-600:]}")
            return
    outcome.problems.append("it never ends")


def _unclear(world: World, said: str, code: int) -> list[str]:
    found = []
    if re.search(r"Traceback|loop-tui failed", said) or code not in (0, 1, 2, 3):
        found.append(f"exit code {code}: {said.strip()[-500:]}")
    if list((world.root / "home").rglob("crashes/*")):
        found.append("a crash file")
    return found
