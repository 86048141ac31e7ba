"""Running many cases, in processes of their own, until enough drivers were killed."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

from filelock import FileLock

from tests.needs import skip_without
from tests.npm_tools import need_registry

from .aimed import NAME, add_scripts, aimed_world
from .case import Case, Make, play, reference
from .dreaming import ASKED, add_documents, asked_world, dream_plan, dream_world
from .dreaming import NAME as DREAMS
from .final import Picture
from .hub import add_targets, pull_world, push_world
from .kills import Script, plan
from .kills_registry import publish_plan
from .shop import NAME as REGISTRY
from .shop import add_shop, registry_world
from .worlds import World, local_world, make_monorepo, make_template, monorepo_world, short_folder

_MAKERS: dict[str, Callable[[Path, Path], AbstractContextManager[World]]] = {
    "local": local_world,
    "monorepo": monorepo_world,
    "github": push_world,
    "github-pull": pull_world,
    REGISTRY: registry_world,
    DREAMS: dream_world,
    ASKED: asked_world,
    NAME: aimed_world,
}
_MORE: dict[str, Callable[[Path], None]] = {
    "github": partial(add_targets, pull=False),
    "github-pull": partial(add_targets, pull=True),
    REGISTRY: add_shop,
    DREAMS: add_documents,
    ASKED: add_documents,
    NAME: add_scripts,
}
WORLDS = tuple(name for name in _MAKERS if name not in (NAME, REGISTRY, DREAMS, ASKED))
"""Those whose kills fall anywhere in a run: in REGISTRY they begin with the publish, in DREAMS they aim at its end."""


def needs_of(world: str) -> tuple[str, ...]:
    """The programs without which a run in that world cannot end well."""
    return () if world in ("local", "monorepo", DREAMS, ASKED, NAME) else ("gh",)


@dataclass(frozen=True)
class Ground:
    """What every case of one world starts from: the template, and the world without a crash."""

    name: str
    folder: Path
    template: Path
    wanted: Picture

    @property
    def make(self) -> Make:
        """Makes such a world below a folder."""
        return partial(_MAKERS[self.name], self.template)

    def play(self, number: int, script: Script) -> Case:
        """One case."""
        return play(self.make, self.folder / str(number), script, self.wanted)


def prepare(name: str, folder: Path) -> Ground:
    """Make the template of a world and run it once without a kill.

    What another process made in that folder already is used again; it is made by one of them only. A test that asks for
    a world on GitHub is skipped where there is no gh.
    """
    skip_without(*needs_of(name))
    if name == REGISTRY:
        need_registry()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "made.lock"):
        kept = folder / "wanted.json"
        if not kept.exists():
            for unfinished in ("template", "reference"):
                shutil.rmtree(folder / unfinished, ignore_errors=True)
            place = folder / "template"
            if name == "monorepo":
                make_monorepo(place)
            else:
                make_template(place, _MORE.get(name))
            wanted = reference(partial(_MAKERS[name], place / "widget"), folder / "reference")
            kept.write_text(json.dumps(wanted))
        return Ground(name, folder, folder / "template/widget", json.loads(kept.read_text()))


def scripts_of(name: str, seed: int) -> Iterator[Script]:
    """The kills of a world, without end."""
    plans = {REGISTRY: publish_plan, DREAMS: dream_plan, ASKED: partial(dream_plan, name=ASKED)}
    return plans[name](seed) if name in plans else plan(name, seed)


def sample(kills: int, seed: int) -> list[tuple[str, Script]]:
    """So many kills, the beginning of each world's matrix: most of them local, where a run takes least."""
    plans = {name: scripts_of(name, seed) for name in WORLDS}
    turns = cycle(("local", "monorepo", "github", "local", "local", "github-pull"))
    return [(name, next(plans[name])) for name in islice(turns, kills)]


def run_matrix(kills: int, seed: int, worlds: tuple[str, ...], jobs: int, tell: Callable[[Case], None]) -> list[Case]:
    """Play scripts of all worlds in turn until at least so many drivers were killed; gives the cases."""
    cases: list[Case] = []
    folder = short_folder()
    grounds = [prepare(name, folder / name) for name in worlds]
    scripts = _in_turn({ground.name: scripts_of(ground.name, seed) for ground in grounds})
    try:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            open_: set[Future[Case]] = set()
            number = 0
            while sum(len(case.landings) for case in cases) + len(open_) < kills or open_:
                while len(open_) < jobs and sum(len(c.landings) for c in cases) + len(open_) < kills:
                    name, script = next(scripts)
                    ground = next(g for g in grounds if g.name == name)
                    open_.add(pool.submit(ground.play, number, script))
                    number += 1
                done, open_ = wait(open_, return_when=FIRST_COMPLETED)
                for future in done:
                    cases.append(future.result())
                    tell(cases[-1])
    finally:
        if not any(case.problems for case in cases):
            shutil.rmtree(folder, ignore_errors=True)
    return cases


def _in_turn(plans: dict[str, Iterator[Script]]) -> Iterator[tuple[str, Script]]:
    while True:
        for name, scripts in plans.items():
            yield name, next(scripts)
