"""Target npm-registry where a workflow publishes: its run is followed by our commit, what it published compared."""

import asyncio
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.packaging import verified
from loop_tui.packs.ship.packaging.record import put
from loop_tui.packs.ship.targets import polling
from loop_tui.runners.pack_api import CHOICE
from tests.github import RunPlan, fixture
from tests.github.fixture import GitHub
from tests.registry import Registry, integrity, pack

from .on_github import Clock, confirm, fact, levels, on_github, rising, with_settings
from .on_github import clock as clock
from .shipyard import PACKAGE, Yard

github = fixture.github
PUBLISHES = ".github/workflows/publish.yml"
WORKFLOW = "on: push\njobs: {publish: {runs-on: ubuntu-latest, steps: [{run: npm publish}]}}\n"
TARGET = TargetDefinition(
    id="npm", kind="npm-registry", title="npm", settings={"publish": "workflow", "workflow": "publish.yml"}
)
_SELDOM: dict[str, object] = {"interval_s": 300, "longest_interval_s": 600, "rounds": 0}
"""Half an hour of waiting costs no more calls of npm than it needs."""


class Works:
    """A shipped 0.8.0 on GitHub, its verified tarball, and what its workflow does once its run is green."""

    def __init__(self, yard: Yard, github: GitHub, registry: Registry, name: str, sha: str, tarball: Path) -> None:
        self.yard, self.github, self.registry = yard, github, registry
        self.name, self.sha, self.tarball = name, sha, tarball

    async def confirm(self, **settings: object) -> Check:
        (found,) = await confirm(self.yard, with_settings(TARGET, **settings))
        return found

    @property
    def published_here(self) -> int:
        """The publishes that came through the door; the workflow's own go round it."""
        return len(self.registry.door.passwords)


@pytest.fixture
def works(
    github: GitHub,
    registry: Registry,
    tmp_path: Path,
    clock: Clock,
    request: pytest.FixtureRequest,
) -> Callable[[RunPlan], Works]:
    def made(plan: RunPlan) -> Works:
        github.workflow(PUBLISHES, plan)
        name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
        yard = on_github(github, tmp_path / "yard", tmp_path / "world/claude", workflow=None)
        yard.write(PUBLISHES, WORKFLOW)
        yard.write("package.json", json.dumps(PACKAGE | {"name": name, "version": "0.8.0"}, indent=2) + "\n")
        yard.git("add", "--all")
        yard.git("commit", "-qm", "feat: publish it")
        yard.git("push", "-q", "origin", "main")
        sha = yard.git("rev-parse", "HEAD")
        proof = {"sha": sha, "remote": "origin", "branch": "main", "remote_sha": sha}
        push = Effect(id=f"push-origin-main-{sha[:12]}", kind="push", proof=proof, proven_at=yard.now())
        yard.state = yard.state.model_copy(update={"effects": (*yard.state.effects, push)})
        tarball = pack(tmp_path / "made", name, "0.8.0")
        folder = yard.run_dir / verified.FOLDER / ".verified"
        folder.mkdir(parents=True)
        kept = Path(shutil.copy(tarball, tmp_path / "kept.tgz"))
        asyncio.run(put(tarball, folder, yard.git("rev-parse", "HEAD^{tree}")))
        return Works(yard, github, registry, name, sha, kept)

    return made


@pytest.fixture
def when_green(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[[Works, Path], None]:
    """Publish for the workflow: its run is over, and the registry shows the version at the second look only."""

    def arm(works: Works, tarball: Path) -> None:
        async def sleep(seconds: float) -> None:
            await clock.sleep(seconds)
            run = works.github.run_of(works.sha, PUBLISHES)
            was_asked = any(works.name in line for line in works.registry.door.asked)
            if run.status == "completed" and was_asked and not works.registry.versions(works.name):
                await asyncio.to_thread(works.registry.put, tarball)

        monkeypatch.setattr(polling, "sleep", sleep)

    return arm


def test_its_run_is_followed_and_then_what_it_published_is_proven(
    works: Callable[[RunPlan], Works], when_green: Callable[[Works, Path], None]
) -> None:
    it = works(RunPlan(after=4, queued=3, running=4, jobs={"publish": "", "test": ""}))
    when_green(it, it.tarball)
    found = asyncio.run(it.confirm())
    assert found.status is CheckStatus.PASSED, found.summary
    assert found.summary.startswith(f"confirmed: {it.name}@0.8.0 at {it.registry.url}")
    assert fact(found, "integrity") == integrity(it.tarball)
    seen = rising([level for level, _ in levels(it.yard, "npm")])
    assert seen == ["expected", "triggered", "job-green", "confirmed", "expected", "confirmed"], seen
    assert ("expected", f"{it.name}@0.8.0 at {it.registry.url}") in levels(it.yard, "npm")
    assert it.published_here == 0
    assert it.registry.versions(it.name) == {"0.8.0": integrity(it.tarball)}


@pytest.mark.long
def test_a_run_that_fails_is_the_answer(works: Callable[[RunPlan], Works]) -> None:
    it = works(RunPlan(queued=0, running=0, conclusion="failure", jobs={"publish": "failure"}))
    found = asyncio.run(it.confirm())
    assert found.status is CheckStatus.FAILED
    assert "job publish failure" in found.summary
    assert (it.registry.versions(it.name), it.published_here) == ({}, 0)


@pytest.mark.long
def test_a_green_run_that_published_nothing_is_no_publish(works: Callable[[RunPlan], Works]) -> None:
    it = works(RunPlan(queued=0, running=0))
    found = asyncio.run(it.confirm(**_SELDOM))
    assert found.status is CheckStatus.FAILED
    assert f"{it.name}@0.8.0 at {it.registry.url}" in found.summary
    assert (it.registry.versions(it.name), it.published_here) == ({}, 0)


@pytest.mark.long
def test_a_green_run_that_published_other_files_fails(
    works: Callable[[RunPlan], Works], when_green: Callable[[Works, Path], None], tmp_path: Path
) -> None:
    it = works(RunPlan(queued=0, running=0))
    other = pack(tmp_path / "other/project", it.name, "0.8.0", description="another one")
    when_green(it, other)
    found = asyncio.run(it.confirm())
    assert found.status is CheckStatus.FAILED
    assert integrity(other)[:19] in found.summary
    assert integrity(other) in found.excerpt
    assert "package.json" in found.summary


@pytest.mark.long
def test_whoever_goes_on_follows_the_same_run_and_publishes_nothing(
    works: Callable[[RunPlan], Works], when_green: Callable[[Works, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver dies at each of its waits: while the run is on its way, and after it, before the version is seen."""
    it = works(RunPlan(after=1, queued=1, running=1))
    when_green(it, it.tarball)
    waits, deaths = polling.sleep, 0

    async def dies(seconds: float) -> None:
        await waits(seconds)
        raise asyncio.CancelledError

    monkeypatch.setattr(polling, "sleep", dies)
    while True:
        try:
            found = asyncio.run(it.confirm())
            break
        except asyncio.CancelledError:
            deaths += 1
            assert deaths < 20
    assert found.status is CheckStatus.PASSED, found.summary
    assert deaths >= 2
    assert it.published_here == 0
    assert len(it.github.called(r"POST ")) == 0


@pytest.mark.long
@pytest.mark.parametrize("out", [True, False])
def test_a_resync_asks_for_it_again_only_where_nothing_is_out(
    works: Callable[[RunPlan], Works], when_green: Callable[[Works, Path], None], out: bool
) -> None:
    """A workflow that publishes a version that is there can only fail."""
    it = works(RunPlan(queued=0, running=0))
    it.github.run_of(it.sha, PUBLISHES).finish()
    resync = Effect(id="choice-resync", kind=CHOICE, intent={"resync": True})
    it.yard.state = it.yard.state.model_copy(update={"effects": (*it.yard.state.effects, resync)})
    if out:
        it.registry.put(it.tarball)
    when_green(it, it.tarball)
    found = asyncio.run(it.confirm())
    assert found.status is CheckStatus.PASSED, found.summary
    assert len(it.github.called(r"POST .*/rerun")) == (0 if out else 1)
    assert it.published_here == 0
