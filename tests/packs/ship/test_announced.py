"""Whoever agrees to a commit or a push is told what the run publishes after it, and where; and not before it pushes."""

import pytest

from loop_tui.model.definition import SkillDefinition, TargetDefinition
from loop_tui.model.evidence import Effect
from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.runners.context import Asked, SkillFailed
from loop_tui.runners.pack_api import CHOICE

from .shipyard import PHASES, Yard

HERE = "http://127.0.0.1:9/"


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of a registry here, but npm has to say which one it is."""
    monkeypatch.delenv("NPM_CONFIG_OFFLINE")


@pytest.fixture
def publishing(start: Yard) -> Yard:
    """A project that publishes from here; its distribute skill is there."""
    return serving(start, publish="here", registry=HERE, access="public")


def serving(yard: Yard, **settings: str) -> Yard:
    phases = [
        phase.model_copy(update={"skills": tuple(SkillDefinition(id=name) for name in PHASES[phase.id])})
        for phase in yard.definition.phases
    ]
    target = TargetDefinition(id="npm-registry", kind="npm-registry", settings=dict(settings))
    yard.definition = yard.definition.model_copy(update={"targets": (target,), "phases": tuple(phases)})
    yard.state = yard.state.model_copy(update={"phase": "SHIP"})
    return yard


async def asked(yard: Yard) -> str:
    """The detail of the question that git-workflow stops at."""
    await yard.verify()
    yard.unanswered = True
    with pytest.raises(Asked) as question:
        await yard.run(run, "git-workflow")
    return question.value.question.detail


@pytest.mark.needs("npm")
async def test_the_commit_question_says_what_is_published(publishing: Yard) -> None:
    publishing.bump("0.8.0-beta.1")
    assert (await asked(publishing)).splitlines() == [
        "Commits, then pushes to origin/main, "
        f"then publishes widget@0.8.0-beta.1 at {HERE}, dist-tag beta, access public (cannot be undone):",
        "M package.json",
    ]


@pytest.mark.needs("npm")
async def test_it_says_who_publishes_when_a_workflow_does(start: Yard) -> None:
    serving(start, publish="workflow", registry=HERE, tag="next").bump("0.8.0")
    words = f"then a workflow publishes widget@0.8.0 at {HERE}, dist-tag next, access as the registry sets it:"
    assert words in await asked(start)


@pytest.mark.needs("npm")
async def test_the_question_about_an_unchanged_commit_says_it_before_anything_is_pushed(publishing: Yard) -> None:
    publishing.bump("0.8.0")
    publishing.git("commit", "-qam", "chore: by hand")
    last = (await asked(publishing)).splitlines()[-1]
    assert last == f"Then publishes widget@0.8.0 at {HERE}, dist-tag latest, access public (cannot be undone)"
    assert "Pushing" not in publishing.log
    publishing.answers["push-unchanged"] = "n"
    with pytest.raises(SkillFailed):
        await publishing.run(run, "git-workflow")
    assert "Pushing" not in publishing.log
    publishing.answers["push-unchanged"] = "y"
    await publishing.run(run, "git-workflow")
    head = publishing.git("rev-parse", "--short=7", "HEAD")
    assert f"Pushing {head} to origin/main" in publishing.log


@pytest.mark.needs("npm")
async def test_what_the_remote_has_already_is_published_only_on_a_yes(publishing: Yard) -> None:
    publishing.bump("0.8.0")
    publishing.git("commit", "-qam", "chore: by hand")
    publishing.git("push", "-q", "origin", "main")
    told = f"This run publishes widget@0.8.0 at {HERE}, dist-tag latest, access public (cannot be undone)"
    assert (await asked(publishing)).splitlines() == ["Nothing to commit and nothing to push.", told]
    publishing.answers["publish-unchanged"] = "n"
    with pytest.raises(SkillFailed, match="is not published, as you answered"):
        await publishing.run(run, "git-workflow")
    publishing.answers["publish-unchanged"] = "y"
    result = await publishing.run(run, "git-workflow")
    head = publishing.git("rev-parse", "--short=7", "HEAD")
    assert result.summary == f"nothing to commit; {head} unchanged, at origin/main"


@pytest.mark.parametrize("why", ["skipped", "no target", "private"])
async def test_where_nothing_is_published_it_says_nothing(publishing: Yard, why: str) -> None:
    publishing.bump("0.8.0")
    match why:
        case "skipped":
            facts = {"skipped": {"npm-registry": {"reason": "not today"}}}
            chosen = Effect(id="choice-targets", kind=CHOICE, intent=facts)  # type: ignore[arg-type]
            publishing.state = publishing.state.model_copy(update={"effects": (chosen,)})
        case "no target":
            publishing.definition = publishing.definition.model_copy(update={"targets": ()})
        case "private":
            package = publishing.project / "package.json"
            package.write_text(package.read_text().replace('"type"', '"private": true,\n  "type"'))
    assert "publishes" not in await asked(publishing)
