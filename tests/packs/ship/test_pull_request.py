"""The pull-request route with the real gh and git: one branch, one pull request, one merge, and what ships of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from loop_tui.model.evidence import Question
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.packs.ship.evidence import shipment
from loop_tui.runners.context import Asked, EvidenceVoid, SkillFailed, SkillResult
from tests.github import RunPlan, bad_gateway, fixture, retry_later
from tests.github.fixture import CI, GitHub
from tests.github.things import Pull

from .shipyard import Killed, Yard, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")
github = fixture.github
FAST = {"interval_s": 0.01, "longest_interval_s": 0.02, "merge_wait_s": 0.0, "merge_cap_s": 20, "appear_s": 0}
AUTO = FAST | {"route": "pull-request", "merge": "auto"}
BRANCH = "release/v0.8.0"


@pytest.fixture
async def yard(github: GitHub, tmp_path: Path) -> Yard:
    """A verified bump in a project whose remote is on GitHub and takes no direct push."""
    yard = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    github.adopt(yard.project)
    yard.origin = github.bare.path
    github.protect("main", checks=("build",))
    github.workflow(CI, RunPlan(queued=1, running=0), events=("pull_request",))
    yard.bump("0.8.0")
    await yard.verify()
    return yard


async def ship(yard: Yard, settings: Mapping[str, object] = AUTO) -> SkillResult:
    return await yard.run(run, "git-workflow", settings)


async def persist(yard: Yard) -> None:
    """Ship as the driver does, which tries again when the trouble was outside."""
    for _ in range(5):
        try:
            await ship(yard)
        except SkillFailed as failed:
            if failed.kind != "external":
                raise
        else:
            return
    pytest.fail("the trouble did not pass")


def merge(github: GitHub, method: str = "merge") -> Pull:
    """The person merges the pull request on GitHub."""
    (pull,) = github.model.pulls
    for made in github.model.runs:
        made.finish()
    assert github.model.merge(pull, method)
    return pull


def changes(github: GitHub) -> list[str]:
    return [change for change in github.changes() if "graphql" not in change]


async def test_a_refused_push_offers_the_route_and_takes_it(yard: Yard, github: GitHub) -> None:
    result = await ship(yard, FAST | {"merge": "auto"})
    (question,) = [q for q in yard.asked if q.id.startswith("route-")]
    assert question.default == "Y"
    assert "GH006" in question.detail
    ours, merged = yard.git("rev-parse", f"refs/remotes/origin/{BRANCH}"), github.head()
    (pull,) = github.model.pulls
    assert (pull.head, pull.base, pull.title, pull.state) == (BRANCH, "main", "chore(release): v0.8.0", "closed")
    assert pull.body.startswith(f"Version: 0.8.0  \nCommit: {ours}")
    assert github.bare.git("rev-parse", f"{merged}^2") == ours
    push = next(c for c in result.checks if c.name == "push")
    assert (push.status, push.commit, push.summary) == (
        CheckStatus.PASSED,
        merged,
        f"pull request #1 was merged as {str(merged)[:7]}",
    )
    # what ships is the commit of the merge, and main here was brought forward to it
    shipped = await shipment(yard.context("distribute"), yard.project)
    assert (shipped.sha, shipped.version, shipped.pushed, shipped.branch) == (merged, "0.8.0", True, "main")
    assert yard.git("rev-parse", "HEAD") == merged
    assert yard.git("status", "--porcelain") == ""
    summary = yard.text("git-summary.md")
    assert "https://github.com/acme/widget/pull/1" in summary
    assert str(merged) in summary


async def test_the_route_that_was_refused_says_what_else_there_is(yard: Yard, github: GitHub) -> None:
    yard.answers["route-"] = "n"
    with pytest.raises(SkillFailed, match="protected") as failed:
        await ship(yard, FAST)
    assert "gh pr create" in failed.value.todo
    assert github.model.pulls == []


async def test_an_unanswered_offer_waits(yard: Yard, github: GitHub) -> None:
    yard.answers["commit-message-"] = "feat: it"
    yard.unanswered = True
    with pytest.raises(Asked) as asked:
        await ship(yard, FAST | {"merge": "auto"})
    assert asked.value.question.id.startswith("route-")
    assert github.model.pulls == []
    yard.state = yard.state.model_copy(
        update={"questions": (*yard.state.questions, asked.value.question.model_copy(update={"answer": "y"}))}
    )
    pushes = len(github.bare.calls)
    await ship(yard, FAST | {"merge": "auto"})
    assert len(github.model.pulls) == 1
    assert github.bare.calls[pushes:].count("receive-pack") == 1  # no second try at the protected branch


async def test_as_configured_nothing_is_pushed_to_the_branch_itself(yard: Yard, github: GitHub) -> None:
    github.protect()
    await ship(yard)
    assert [branch for branch, _ in github.pushes if branch == BRANCH] == [BRANCH]
    assert not [q for q in yard.asked if q.id.startswith("route-")]
    assert github.head() == yard.git("rev-parse", "HEAD")


async def test_auto_merge_is_left_to_github_where_it_can(yard: Yard, github: GitHub) -> None:
    await ship(yard)
    (pull,) = github.model.pulls
    assert pull.auto_merge == "merge"
    assert "PUT /repos/acme/widget/pulls/1/merge" not in github.changes()
    assert "Pull request #1: waiting for build" in yard.log


async def test_without_auto_merge_it_is_merged_when_green(yard: Yard, github: GitHub) -> None:
    github.model.allow_auto_merge = False
    await ship(yard)
    assert changes(github).count("PUT /repos/acme/widget/pulls/1/merge") == 1
    assert github.head() == yard.git("rev-parse", "HEAD")


async def test_a_red_check_stops_it(yard: Yard, github: GitHub) -> None:
    github.model.allow_auto_merge = False
    github.model.workflows[0].plan = RunPlan(queued=1, running=0, conclusion="failure")
    before = github.head()
    with pytest.raises(SkillFailed, match="checks of pull request #1 failed: build") as failed:
        await ship(yard)
    assert failed.value.kind == "check"
    assert github.head() == before
    # it was not the code: run again, and go
    github.run_of(yard.git("rev-parse", "HEAD")).again(RunPlan(queued=1, running=0))
    await ship(yard)
    assert len(github.model.pulls) == 1
    assert github.head() == yard.git("rev-parse", "HEAD")


async def test_it_gives_up_after_the_cap_and_says_what_it_waits_for(yard: Yard, github: GitHub) -> None:
    github.model.workflows[0].plan = RunPlan(never=True)
    with pytest.raises(SkillFailed, match=r"not merged after 0 s: (waiting|GitHub)"):
        await ship(yard, AUTO | {"merge_cap_s": 0.05})


async def test_a_person_merges_and_the_answer_looks_again(yard: Yard, github: GitHub) -> None:
    yard.answers["commit-message-"] = "feat: it"
    yard.unanswered = True
    settings = FAST | {"route": "pull-request"}
    with pytest.raises(Asked) as asked:
        await ship(yard, settings)
    question = asked.value.question
    assert question.id == "merged-1-1"
    assert question.default is None
    assert "https://github.com/acme/widget/pull/1" in question.detail
    yard.state = yard.state.model_copy(
        update={"questions": (*yard.state.questions, question.model_copy(update={"answer": "merged"}))}
    )
    with pytest.raises(Asked) as again:  # it is not
        await ship(yard, settings)
    assert again.value.question.id == "merged-1-2"
    merge(github)
    await ship(yard, settings)
    assert github.head() == yard.git("rev-parse", "HEAD")
    assert changes(github) == ["POST /repos/acme/widget/pulls"]
    assert yard.services("").recall("pull-1-progress") == {
        "number": 1,
        "url": "https://github.com/acme/widget/pull/1",
        "sha": yard.git("rev-parse", "HEAD^2"),
        "waiting_for": "",
    }


async def test_it_goes_on_by_itself_when_the_person_merges(yard: Yard, github: GitHub) -> None:
    import asyncio

    held = github.hold("GET /repos/acme/widget/pulls/1$")
    shipping = asyncio.create_task(ship(yard, FAST | {"route": "pull-request", "merge_wait_s": 20}))
    await asyncio.to_thread(held.arrived.wait, 30)
    merge(github)
    held.release()
    await shipping
    assert not [q for q in yard.asked if q.id.startswith("merged-")]


async def test_a_person_stops_waiting_once(yard: Yard, github: GitHub) -> None:
    yard.answers |= {"merged-": "stop"}
    with pytest.raises(SkillFailed, match="stopped waiting"):
        await ship(yard, FAST | {"route": "pull-request"})
    answered = next(q for q in yard.state.questions if q.id == "merged-1-1")
    assert answered.answer == "stop"
    # a driver that only learns of the answer when it starts heeds it once, too
    yard.answers.clear()
    yard.unanswered = True
    with pytest.raises(SkillFailed, match="stopped waiting"):
        await ship(yard, FAST | {"route": "pull-request"})
    with pytest.raises(Asked):
        await ship(yard, FAST | {"route": "pull-request"})


@pytest.mark.parametrize("word", ["stop", "No"])
async def test_a_stop_counts_though_the_file_lost_the_options_of_its_question(
    yard: Yard, github: GitHub, word: str
) -> None:
    yard.answers["commit-message-"] = "feat: it"
    yard.unanswered = True
    with pytest.raises(Asked) as asked:
        await ship(yard, FAST | {"route": "pull-request"})
    bare = Question(id=asked.value.question.id, text="Merged?", answer=word)
    yard.state = yard.state.model_copy(update={"questions": (*yard.state.questions, bare)})
    with pytest.raises(SkillFailed, match="stopped waiting"):
        await ship(yard, FAST | {"route": "pull-request"})


# After the act is when each kind has to find what it did by itself; the other instants are the driver's own
# (tests/driver/test_kill_everywhere.py), and are tried with one kind.
@pytest.mark.parametrize(
    ("kind", "instant"),
    [
        ("branch", "act"),
        ("pull", "act"),
        ("pull", "proof"),
        ("auto-merge", "act"),
        ("merge", "act"),
        ("push", "observe"),
    ],
)
@pytest.mark.sampled(4)
async def test_killed_at_any_instant_there_is_one_of_each(yard: Yard, github: GitHub, kind: str, instant: str) -> None:
    if kind == "merge":
        github.model.allow_auto_merge = False
    yard.kill.add(f"{kind}:{instant}")
    with pytest.raises(Killed):
        await ship(yard)
    assert not yard.kill
    await ship(yard)
    await ship(yard)
    assert len(github.model.pulls) == 1
    assert [branch for branch, _ in github.pushes].count(BRANCH) == 1
    assert changes(github).count("POST /repos/acme/widget/pulls") == 1
    assert len(yard.git("log", "--merges", "--format=%H", "origin/main").splitlines()) == 1
    assert yard.commits().count("chore(release): v0.8.0") == 1
    shipped = await shipment(yard.context("distribute"), yard.project)
    assert shipped.sha == github.head() == yard.git("rev-parse", "HEAD")
    assert yard.acted.count("push") == 0


@pytest.mark.parametrize("match", ["POST /repos/acme/widget/pulls$", "PUT /repos/acme/widget/pulls/1/merge"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.sampled(4)
async def test_a_lost_answer_makes_nothing_twice(yard: Yard, github: GitHub, match: str, when: str) -> None:
    github.model.allow_auto_merge = False
    github.drop(match, when)
    await persist(yard)
    assert len(github.model.pulls) == 1
    assert github.model.pulls[0].merged_as == github.head()


async def test_a_push_of_the_branch_whose_answer_was_lost(yard: Yard, github: GitHub) -> None:
    """The remote is asked what it has, and nobody has to say anything."""
    github.order("lose-answer")
    await ship(yard)
    assert len(github.model.pulls) == 1
    assert [branch for branch, _ in github.pushes].count(BRANCH) == 1


async def test_trouble_on_the_way_is_waited_out(yard: Yard, github: GitHub) -> None:
    github.fail("GET /repos/acme/widget/pulls/1$", bad_gateway(), times=2)
    github.fail("POST /repos/acme/widget/pulls$", retry_later(0))
    await persist(yard)
    assert "GitHub asks to wait 0 s" in yard.log
    assert len(github.model.pulls) == 1


@pytest.mark.parametrize("method", ["squash", "rebase"])
async def test_a_squashed_merge_ships_as_what_it_became(yard: Yard, github: GitHub, method: str) -> None:
    await ship(yard, AUTO | {"merge_method": method})
    merged, ours = github.head(), yard.git("rev-parse", "HEAD")
    assert ours != merged
    shipped = await shipment(yard.context("distribute"), yard.project)
    assert (shipped.sha, shipped.tree) == (merged, yard.git("rev-parse", "HEAD^{tree}"))
    # our main has our commit and was left alone
    assert "Your main was not updated" in yard.log
    assert yard.git("log", "-1", "--format=%s") == "chore(release): v0.8.0"
    await ship(yard, AUTO | {"merge_method": method})
    assert len(github.model.pulls) == 1


async def test_a_merge_with_more_in_it_is_checked_anew(yard: Yard, github: GitHub) -> None:
    yard.kill.add("pull:proof")
    with pytest.raises(Killed):
        await ship(yard)
    github.commit("feat: theirs", files={"theirs.txt": "x\n"})
    with pytest.raises(EvidenceVoid, match=r"differs from what was checked: theirs\.txt") as void:
        await ship(yard)
    assert void.value.gate == "readiness-gate"
    assert yard.git("rev-parse", "HEAD") == github.head()  # it lies here now, to be checked
    await yard.verify()
    result = await ship(yard)
    shipped = await shipment(yard.context("distribute"), yard.project)
    assert shipped.sha == github.head()
    assert len(github.model.pulls) == 1
    assert "nothing to commit" in result.summary


async def test_a_squash_with_more_in_it_says_what_to_do(yard: Yard, github: GitHub) -> None:
    settings = AUTO | {"merge_method": "squash"}
    yard.kill.add("pull:proof")
    with pytest.raises(Killed):
        await ship(yard, settings)
    github.commit("feat: theirs", files={"theirs.txt": "x\n"})
    with pytest.raises(SkillFailed, match="differs from what was checked") as failed:
        await ship(yard, settings)
    assert failed.value.kind == "check"
    assert "git pull --rebase origin main" in failed.value.todo
    yard.git("pull", "-q", "--rebase", "origin", "main")
    with pytest.raises(EvidenceVoid):
        await ship(yard, settings)
    await yard.verify()
    await ship(yard, settings)
    shipped = await shipment(yard.context("distribute"), yard.project)
    assert shipped.sha == github.head()
    assert len(github.model.pulls) == 1


async def test_a_dirty_tree_is_left_alone(yard: Yard, github: GitHub) -> None:
    yard.kill.add("pull:proof")
    with pytest.raises(Killed):
        await ship(yard)
    yard.write("server.js", "// mine\n")
    ours = yard.git("rev-parse", "HEAD")
    await ship(yard)
    assert yard.git("rev-parse", "HEAD") == ours
    assert "the working tree is not clean" in yard.log
    assert (yard.project / "server.js").read_text() == "// mine\n"


async def test_more_commits_on_the_branch_are_not_what_was_checked(yard: Yard, github: GitHub) -> None:
    yard.kill.add("pull:proof")
    with pytest.raises(Killed):
        await ship(yard)
    github.commit("feat: slipped in", BRANCH, {"x.txt": "x\n"})
    with pytest.raises(SkillFailed, match="differs from what was checked") as failed:
        await ship(yard)
    assert failed.value.kind == "check"
    assert github.model.pulls[0].state == "open"


async def test_a_closed_pull_request_is_not_opened_anew(yard: Yard, github: GitHub) -> None:
    yard.kill.add("pull:proof")
    with pytest.raises(Killed):
        await ship(yard)
    github.model.pulls[0].state = "closed"
    with pytest.raises(SkillFailed, match="closed without being merged") as failed:
        await ship(yard)
    assert "gh pr reopen 1" in failed.value.todo
    assert len(github.model.pulls) == 1


async def test_a_branch_of_that_name_with_something_else_is_left_alone(yard: Yard, github: GitHub) -> None:
    github.bare.git("update-ref", f"refs/heads/{BRANCH}", str(github.head()))
    other = github.commit("feat: other", BRANCH, {"y.txt": "y\n"})
    await ship(yard)
    assert github.head(BRANCH) == other
    assert github.model.pulls[0].head == f"{BRANCH}-{yard.git('rev-parse', '--short=7', 'HEAD^2')}"


async def test_a_branch_deleted_with_the_merge_is_not_pushed_again(yard: Yard, github: GitHub) -> None:
    yard.kill.add("branch:act")
    with pytest.raises(Killed):
        await ship(yard)
    ours = yard.git("rev-parse", "HEAD")
    assert not isinstance(github.model.open_pull(BRANCH, "main", "mine", ""), str)
    merge(github)
    github.bare.git("update-ref", "-d", f"refs/heads/{BRANCH}", ours)
    await ship(yard)
    assert github.head(BRANCH) is None
    assert len(github.model.pulls) == 1


async def test_a_base_that_moved_is_told_before_anything_is_pushed(yard: Yard, github: GitHub) -> None:
    github.commit("feat: theirs", files={"theirs.txt": "x\n"})
    with pytest.raises(SkillFailed, match="moved"):
        await ship(yard)
    assert github.head(BRANCH) is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"route": "ftp"}, "route is 'ftp'"),
        ({"route": "pull-request", "merge": "later"}, "merge is 'later'"),
        ({"route": "pull-request", "merge_method": "octopus"}, "merge_method is 'octopus'"),
        ({"route": "pull-request", "interval_s": "soon"}, "interval_s is not a number"),
    ],
)
async def test_wrong_settings_are_named(yard: Yard, github: GitHub, settings: dict[str, object], words: str) -> None:
    with pytest.raises(SkillFailed, match=words):
        await ship(yard, settings)
    assert github.head(BRANCH) is None


async def test_a_remote_elsewhere_has_no_such_route(yard: Yard, tmp_path: Path) -> None:
    yard.git("init", "-q", "--bare", str(tmp_path / "elsewhere.git"))
    yard.git("remote", "set-url", "origin", str(tmp_path / "elsewhere.git"))
    with pytest.raises(SkillFailed, match=r"not a repository on github\.com"):
        await ship(yard)
