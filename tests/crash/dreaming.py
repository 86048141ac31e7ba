"""The world with Dream States: the project's is committed and ships with it, the organization's is with the archive.

Every kill falls where they are written, or where a run completes: commit, archive, Dream States, removal (SPEC 7).
"""

import random
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from loop_tui.storage.user.settings import settings_path

from .instants import At, Journaled, Logged, There
from .kills import ARCHIVE, Kill, Script, spins
from .worlds import World, local_world

NAME = "dreams"
ASKED = "dreams-asked"
"""The same, where the person wants to be asked before a Dream State is changed (`ask_dreams`)."""
DOCUMENT = ".claude/DREAM-STATE.md"
_SYSTEM = """\
# System Dream State: widget\r
\r
## Modules\r
\r
| Module | Status | Functions |\r
|--------|--------|-----------|\r
| gauge | pending | 0/1 |\r
\r
### gauge\r
- [ ] measure `a|b`\r
\r
## Active Loops\r
\r
| Loop | Phase | Started |\r
|------|-------|---------|\r
\r
## Deployments\r
\r
## Recent Completions\r
\r
| Date | Loop | Outcome | Notes |\r
|------|------|---------|-------|\r
"""
_ORGANIZATION = """\
# Organization Dream State: mill street

<!-- by hand -->

## Active Loops
- audit-loop, since Monday

## Recent Completions

| Date | System | Loop | Outcome | Notes |
|------|--------|------|---------|-------|"""
_VARIES = re.compile(r"\d{4}-\d{2}-\d{2}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{7}\b")
_TREE = re.compile(r"\b[0-9a-f]{40}\b")
_STEPS: tuple[At, ...] = (
    Journaled("effect-intended", "dream-state"),
    Journaled("effect-proven", "dream-state"),
    There("widget/.claude/.*.tmp"),
    There(f"widget/{DOCUMENT}"),
    Journaled("effect-intended", "commit-"),
    Journaled("effect-proven", "commit-"),
    There("widget/.git/refs/heads/main"),
    Journaled("completed", "retrospective"),
    Logged("will be recorded in"),
    *ARCHIVE,
    Journaled("effect-intended", "archive"),
    Journaled("effect-proven", "archive"),
    Journaled("effect-intended", "dream-state-organization"),
    There("claude/.DREAM-STATE.md.tmp"),
    There("claude/DREAM-STATE.md"),
    Journaled("effect-proven", "dream-state-organization"),
)
_QUESTIONS: tuple[At, ...] = (
    Journaled("asked", "ship-dream-state-"),
    Journaled("answered", "ship-dream-state-"),
    Journaled("asked", "dream-state-"),
    Journaled("answered", "dream-state-"),
)


def add_documents(project: Path) -> None:
    """The system's document, which is committed with the rest."""
    (project / DOCUMENT).parent.mkdir()
    (project / DOCUMENT).write_bytes(_SYSTEM.encode())


@contextmanager
def dream_world(template: Path, root: Path, name: str = NAME) -> Iterator[World]:
    """The project with a bare repository as its origin, and the document of its organization."""
    with local_world(template, root, name) as world:
        (world.claude / "DREAM-STATE.md").write_text(_ORGANIZATION)
        yield world


@contextmanager
def asked_world(template: Path, root: Path) -> Iterator[World]:
    """The same world of a person who wants to be asked; `--yes` gives the answers."""
    with dream_world(template, root, ASKED) as world:
        settings = settings_path(world.env)
        settings.parent.mkdir(parents=True)
        settings.write_text("ask_dreams = true\n")
        yield world


def dream_plan(seed: int, name: str = NAME) -> Iterator[Script]:
    """The scripts without end: each instant once and once a little later, then drawn ones of several kills."""
    dice = random.Random(f"{seed} {name}")
    steps = (*_QUESTIONS, *_STEPS) if name == ASKED else _STEPS
    known = [Kill(step) for step in steps]
    known += [Kill(step, spins=dice.randint(1, 3000), power=dice.random() < 0.5) for step in steps]
    dice.shuffle(known)
    yield from ((kill,) for kill in known)
    while True:
        drawn = (dice.choice(known) for _ in range(dice.choice((1, 2, 2, 3))))
        yield tuple(replace(kill, spins=spins(dice), power=dice.random() < 0.3) for kill in drawn)


def documents_of(world: World) -> dict[str, str]:
    """What the documents say when all is over, without what varies from run to run; nothing in other worlds."""
    found = {"project": world.folder / DOCUMENT, "organization": world.claude / "DREAM-STATE.md"}
    return {name: _VARIES.sub("*", path.read_bytes().decode()) for name, path in found.items() if path.exists()}


def without_runs(world: World, text: str) -> str:
    """A text with each tree in it named by what it holds, without the id of the run and the date in the document."""
    return _TREE.sub(lambda found: _named(world, found[0]), text)


def _named(world: World, name: str) -> str:
    def git(*args: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(["git", *args], cwd=world.top, env=dict(world.env), capture_output=True)

    listed = git("ls-tree", "-r", name)
    if listed.returncode or b"\t.claude/" not in listed.stdout:
        return name
    rest = [line for line in listed.stdout.decode().splitlines() if not line.endswith(DOCUMENT)]
    return f"{rest} {_VARIES.sub('*', git('show', f'{name}:{DOCUMENT}').stdout.decode())}"
