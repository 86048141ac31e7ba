"""The project on the small GitHub: CI, a deployment and a release are confirmed; by a push or by a pull request."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.github.fixture import CI, GitHub
from tests.github.plans import RunPlan
from tests.github.things import Asset

from .holds import put_holds
from .worlds import World, environment, furnish, short_folder

_WORKFLOW = """\
name: ci
on:
  push:
    branches: [main]
  pull_request:
jobs:
  build:
    runs-on: ubuntu-latest
    steps: []
"""
PACE = "interval_s = 0.02\nlongest_interval_s = 0.1\n"
_TARGETS = f"""\
[[targets]]
id = "github-actions"
workflow = "ci.yml"
{PACE}
[[targets]]
id = "railway"
environment = "production"
app = "railway-app"
{PACE}
[[targets]]
id = "github-release"
mode = "create"
tag = "{{tag}}"
{PACE}
[release]
{{release}}
"""
_PUSH = ("latest", "tag = true\n")
_PULL = ("v{version}", f'route = "pull-request"\nmerge = "auto"\n{PACE}')


def add_targets(project: Path, pull: bool) -> None:
    """The project's own files for GitHub, in a commit of their own that was released already."""
    tag, release = _PULL if pull else _PUSH
    (project / ".loops").mkdir()
    (project / ".loops/targets.toml").write_text(_TARGETS.replace("{tag}", tag).replace("{release}", release))
    workflow = project / CI
    workflow.parent.mkdir(parents=True)
    workflow.write_text(_WORKFLOW)


@contextmanager
def push_world(template: Path, root: Path) -> Iterator[World]:
    """Direct pushes; a tag, and a rolling release that was there before."""
    with hub_world(template, root, "github") as (world, github):
        github.release("latest", Asset("widget-v0.7.0.tar.gz", b"old"), target="main", name="latest", body="old")
        yield world


@contextmanager
def pull_world(template: Path, root: Path) -> Iterator[World]:
    """A protected branch, a pull request that merges by itself when CI is green, and a release by version."""
    with hub_world(template, root, "github-pull") as (world, github):
        github.protect("main", checks=("build",))
        yield world


@contextmanager
def hub_world(template: Path, root: Path, name: str) -> Iterator[tuple[World, GitHub]]:
    """The project with its origin on a small GitHub of its own."""
    root.mkdir(parents=True)
    world = World(root, name)
    short = short_folder()
    github = world.github = GitHub(short)
    world.env = environment(root) | dict(github.env)
    furnish(world, template)
    put_holds(github.bare.path / "hooks", world.orders, ("post-receive",))
    world.git("remote", "add", "origin", github.url)
    world.git("push", "--quiet", "--no-verify", "--set-upstream", "origin", "HEAD~1:refs/heads/main", "v0.7.0")
    world.git("fetch", "--quiet", "origin")
    pull = name == "github-pull"
    events = ("push", "pull_request") if pull else ("push",)
    # Only answers that list runs move one on, and nobody asks for those while a pull request is waited for.
    plan = RunPlan(queued=0, running=0, lag=1) if pull else RunPlan(after=1, lag=1)
    with github.model.lock:
        github.model.settle()
        github.model.pushes.clear()
    github.workflow(plan=plan, events=events)
    github.app("railway-app", "production", after=1)
    github.server.start()
    try:
        yield world, github
    finally:
        world.end()
        github.server.stop()
        shutil.rmtree(short, ignore_errors=True)
    assert not github.server.problems, github.server.problems
