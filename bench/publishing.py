"""Publishing: from a commit to a version in a registry, a tag and a push, beside the tools that people use for it."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from bench.measure import Budget, NotAvailable, Row, Setting, medians
from bench.shipping import RUN
from loop_tui.packs.ship.sample import SampleProject
from tests.npm_tools import PEERS, REGISTRY
from tests.own_sample import own_sample
from tests.registry import Registry, running

_BEFORE, _VERSION = "0.7.0", "0.8.0"
_LONGEST_S = 120.0
_TARGETS = """\

[release]
tag = true

[[targets]]
id = "npm-registry"
kind = "npm-registry"
publish = "here"

# The others start no server.
[[targets]]
id = "local"
kind = "local"
start = "none"
"""
# Both check what we check: lint, build, test, in this order, as their pages show it.
_CHECK = "npm run lint && npm run build && npm test"
_RELEASE_IT = {"git": {"commitMessage": "chore(release): ${version}"}, "hooks": {"before:init": _CHECK.split(" && ")}}


def published(where: Setting) -> Iterator[Row]:
    """A release with tag and publish, beside release-it and np with the same checks. Budget: PERF "Ship"."""
    for tools in (PEERS, REGISTRY):
        if not tools.are_there and (why := tools.install()):
            raise NotAvailable(f"{', '.join(tools.packages)} cannot be installed: {why}")
    with running(where.place("registry")) as registry:
        release = _Releases(where, registry)
        ours, release_it, np = medians([release.ours, release.release_it, release.np], where.times(5, 1))
    yield Row("release with tag and publish", "ms", ours, release_it, Budget(0.8), "release-it, same checks")
    yield Row("release with tag and publish", "ms", ours, np, Budget(0.6), "np, same checks")


class _Releases:
    """Releases of the sample project to one registry, each of its own package, which has an older version there."""

    def __init__(self, where: Setting, registry: Registry) -> None:
        self._where, self._registry, self._numbers = where, registry, count(1)
        (Path(where.env["HOME"]) / ".npmrc").write_text(registry.npmrc, "utf-8")
        self._env = where.env | {"NPM_CONFIG_OFFLINE": "false"}

    def ours(self) -> float:
        """Milliseconds of our run."""
        shutil.rmtree(self._env["LOOP_TUI_HOME"], ignore_errors=True)

        def prepare(project: Path) -> None:
            (project / ".loops").mkdir()
            (project / ".loops/targets.toml").write_text(_TARGETS, "utf-8")

        return self._measured(prepare, [*RUN])

    def release_it(self) -> float:
        """Milliseconds of release-it."""

        def prepare(project: Path) -> None:
            (project / ".release-it.json").write_text(json.dumps(_RELEASE_IT), "utf-8")

        return self._measured(prepare, [_program("release-it"), "minor", "--ci"])

    def np(self) -> float:
        """Milliseconds of np."""

        def prepare(project: Path) -> None:
            document = json.loads((project / "package.json").read_text("utf-8"))
            document["scripts"]["check"] = _CHECK
            document["np"] = {"testScript": "check"}
            (project / "package.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")

        argv = [_program("np"), "minor", "--any-branch", "--no-cleanup", "--no-release-draft"]
        return self._measured(prepare, argv)

    def _measured(self, prepare: Callable[[Path], None], argv: list[str]) -> float:
        sample = own_sample(self._where.place("publish"))
        name = f"widget-{next(self._numbers)}"
        for file in ("package.json", "package-lock.json"):
            path = sample.project / file
            path.write_text(path.read_text("utf-8").replace('"name": "widget"', f'"name": "{name}"'), "utf-8")
        prepare(sample.project)
        for words in (
            ("add", "--all"),
            ("commit", "-qm", "chore: how it is released"),
            ("push", "-q", "-u", "origin", "main"),
        ):
            subprocess.run(["git", *words], cwd=sample.project, env=self._env, check=True, capture_output=True)
        self._publish_older(sample)
        start = time.perf_counter()
        done = subprocess.run(
            argv,
            cwd=sample.project,
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LONGEST_S,
        )
        ms = (time.perf_counter() - start) * 1000
        self._check(sample, name, done)
        return ms

    def _publish_older(self, sample: SampleProject) -> None:
        subprocess.run(
            ["npm", "publish", "--ignore-scripts"], cwd=sample.project, env=self._env, check=True, capture_output=True
        )

    def _check(self, sample: SampleProject, name: str, done: "subprocess.CompletedProcess[bytes]") -> None:
        said = (done.stderr + done.stdout).decode("utf-8", "replace").strip().splitlines() or ["no output"]
        if done.returncode:
            raise NotAvailable(f"{done.args[0]} ended with exit code {done.returncode}: {said[-1]}")
        tags = subprocess.run(
            ["git", "tag"], cwd=sample.remote, capture_output=True, text=True, check=True
        ).stdout.split()
        if list(self._registry.versions(name)) != [_BEFORE, _VERSION] or f"v{_VERSION}" not in tags:
            raise NotAvailable(f"{done.args[0]} did not release {_VERSION} with its tag: {said[-1]}")


def _program(name: str) -> str:
    return str(PEERS.modules / ".bin" / name)
