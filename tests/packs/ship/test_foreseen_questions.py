"""Questions without a default are told by a dry run before a run ends at them."""

from dataclasses import dataclass

import pytest

from loop_tui.model.evidence import Effect
from loop_tui.packs.ship.dry_run.questions import question_findings
from loop_tui.packs.ship.preflight.preflight import Finding, preflight
from loop_tui.runners.context import Context

from .shipyard import Yard
from .test_release_planner import commit, given_up

pytestmark = pytest.mark.usefixtures("quick_npm")


@dataclass
class Looking:
    """Looks that ask by the yard's services, which have no answers."""

    yard: Yard
    done_already: bool = False

    def context(self, skill: str) -> Context:
        return self.yard.context(skill)

    def has(self, _: str) -> bool:
        return True

    def done(self, _: str) -> bool:
        return self.done_already


async def foreseen(yard: Yard, *, done: bool = False) -> tuple[Finding, ...]:
    yard.unanswered = True
    return await question_findings(Looking(yard, done), await preflight(yard.context("release-planner")))  # type: ignore[arg-type]


async def test_a_plain_project_is_asked_nothing_of_that_kind(start: Yard) -> None:
    assert await foreseen(start) == ()


async def test_the_commit_of_an_abandoned_run(start: Yard) -> None:
    parent = start.git("rev-parse", "HEAD")
    commit(start, "chore(release): v0.8.0")
    sha = start.git("rev-parse", "HEAD")
    given_up(
        start, "2026-01-02T03:04:05Z", Effect(id="c", kind="commit", intent={"parent": parent}, proof={"sha": sha})
    )
    (found,) = await foreseen(start)
    assert (found.name, found.fatal) == ("question", False)
    assert found.words.startswith(f"Made by an aborted run, and not at origin/main: {sha[:7]}")
    assert found.fix.endswith("--answer abandoned-commit=y|n")
    assert await foreseen(start, done=True) == (), "the run has it behind it"


async def test_a_file_that_only_the_persons_excludes_hide(start: Yard) -> None:
    with (start.project / ".git/info/exclude").open("a") as file:
        file.write("secret.js\n")
    start.write("secret.js", "1\n")
    start.write("index.js", "require('./secret.js');\n")
    start.git("add", "index.js")
    commit(start, "feat: names it")
    (found,) = await foreseen(start)
    assert (
        found.words == "Hidden by your own git excludes, and named by the package: secret.js. Ship without them? [y/n]"
    )
    assert found.fix == "answer it in the run, or use --answer hidden=y|n"
