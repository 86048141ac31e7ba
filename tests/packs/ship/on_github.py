"""A shipped commit on the small GitHub, and a clock that lets half an hour pass in no time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check, Effect
from loop_tui.packs.ship.targets import distribute, polling
from loop_tui.runners.context import Proof
from tests.github.fixture import CI, GitHub

from .shipyard import Yard, definition, new_yard

WORKFLOW = "name: CI\non: push\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
ACTIONS = TargetDefinition(id="ci", kind="github-actions", title="CI", settings={"workflow": "ci.yml"})


@dataclass
class Clock:
    """Time that passes only where somebody waits. `slept` is how long, wait by wait, in seconds."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of everybody who polls."""
    made = Clock()
    monkeypatch.setattr(polling, "now_s", lambda: made.now)
    monkeypatch.setattr(polling, "sleep", made.sleep)
    return made


def on_github(github: GitHub, root: Path, home: Path, workflow: str | None = WORKFLOW) -> Yard:
    """The project of the shipyard with GitHub as its origin; nothing is shipped yet."""
    yard = new_yard(root, home)
    if workflow is not None:
        yard.write(CI, workflow)
        yard.git("add", CI)
        yard.git("commit", "-qm", "ci: check")
    github.adopt(yard.project)
    return yard


def ship(yard: Yard, message: str = "feat: more", name: str = "more.txt", branch: str = "main") -> str:
    """Commit, push, and note the push as git-workflow does. Gives the commit."""
    if branch != "main":
        yard.git("switch", "-qc", branch)
    yard.bump()
    yard.write(name, message)
    yard.git("add", "package.json", name)
    yard.git("commit", "-qm", message)
    yard.git("push", "-q", "-u", "origin", branch)
    sha = yard.git("rev-parse", "HEAD")
    proof: Proof = {"sha": sha, "remote": "origin", "branch": branch, "remote_sha": sha}
    push = Effect(id=f"push-origin-{branch}-{sha[:12]}", kind="push", proof=proof, proven_at=yard.now())
    yard.state = yard.state.model_copy(update={"effects": (*yard.state.effects, push)})
    return sha


async def confirm(yard: Yard, *targets: TargetDefinition) -> list[Check]:
    """The checks that distribute makes of these targets."""
    yard.definition = definition(*targets)
    return list((await yard.run(distribute.run, "distribute")).checks)


def levels(yard: Yard, target: str = "ci") -> list[tuple[str, str]]:
    """Level and what was waited for, in the order in which they were remembered."""
    return [(str(f["level"]), str(f["waiting_for"])) for key, f in yard.remembered if key == f"target-{target}"]


def fact(check: Check, name: str) -> str:
    """One fact of a check's evidence."""
    found = [line.partition(": ")[2] for line in check.excerpt.splitlines() if line.startswith(f"{name}: ")]
    assert len(found) == 1, f"{name}: {check.excerpt}"
    return found[0]


def seldom(target: TargetDefinition) -> TargetDefinition:
    """The target, looked at a few times an hour: half an hour of waiting costs no more calls of gh than it needs."""
    return with_settings(target, interval_s=120, longest_interval_s=600)


def with_settings(target: TargetDefinition, **settings: object) -> TargetDefinition:
    """The target with settings changed."""
    return target.model_copy(update={"settings": {**target.settings, **settings}})


def rising(levels: Sequence[str]) -> list[str]:
    """The levels without repetitions."""
    return [level for place, level in enumerate(levels) if place == 0 or levels[place - 1] != level]
