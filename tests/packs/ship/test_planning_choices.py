"""release-planner where the version is a choice, against real git: what is asked, what answers it, what is recorded."""

import json
from pathlib import Path

import pytest

from loop_tui.model.evidence import Effect, Question
from loop_tui.model.problem import Problem
from loop_tui.packs.ship.choices import choose
from loop_tui.runners.context import Asked, SkillFailed
from loop_tui.runners.pack_api import CHOICE, ChosenOptions

from .shipyard import PACKAGE, Killed, Yard
from .test_release_planner import _archive, commit, plan, version

pytestmark = pytest.mark.usefixtures("quick_npm")


def say(yard: Yard, text: str) -> None:
    """Let package.json say that version from now on, committed and pushed."""
    yard.bump(text)
    yard.git("commit", "-q", "-a", "-m", f"chore(release): {text}")
    yard.git("push", "-q", "origin", "main")


async def asked(yard: Yard) -> Question:
    """The question that the planner stops at, though every default is taken."""
    with pytest.raises(Asked) as caught:
        await plan(yard)
    assert caught.value.question.default is None
    assert yard.acted == []
    return caught.value.question


def written(yard: Yard) -> dict[str, object]:
    (effect,) = (e for e in yard.state.effects if e.intent)
    return dict(effect.intent)


# --- tags against package.json --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "values"),
    [
        ("0.7.0", "[1.5.0/0.8.0/n/version]"),
        ("0.0.0-development", "[1.5.0/n/version]"),
        ("1.3.0", "[1.5.0/1.4.0/n/version]"),
    ],
)
async def test_tags_ahead_are_asked_about_and_compared_with(start: Yard, current: str, values: str) -> None:
    if current != "0.7.0":
        say(start, current)
    commit(start, "feat: old")
    start.git("tag", "v1.4.2")
    commit(start, "feat: new")
    question = await asked(start)
    assert question.text.endswith(values)
    assert "v1.4.2" in question.text
    assert current in question.text
    assert "feat: new" in question.detail
    assert "feat: old" not in question.detail  # it was released with the tag
    start.answers[question.id] = "1.5.0"
    await plan(start)
    assert version(start) == "1.5.0"


async def test_a_choice_is_asked_once_whenever_the_driver_dies(start: Yard) -> None:
    commit(start, "feat: old")
    start.git("tag", "v1.4.2")
    commit(start, "feat: new")
    start.answers["version-"] = "1.5.0"
    start.kill.add("version-write:act")
    with pytest.raises(Killed):
        await plan(start)
    ids = {question.id for question in start.asked}
    start.answers.clear()
    start.unanswered = True
    await plan(start)
    start.git("commit", "-q", "-a", "-m", "chore(release): 1.5.0")
    await plan(start)
    assert {question.id for question in start.state.questions} == ids
    assert (version(start), start.acted) == ("1.5.0", ["version-write"])


async def test_tags_ahead_that_lead_to_the_same_version_leave_no_choice(start: Yard) -> None:
    say(start, "1.4.1")
    start.git("tag", "v1.4.2")
    commit(start, "feat: new")
    await plan(start)
    assert version(start) == "1.5.0"
    assert "package.json has 1.4.1, but the release tag v1.4.2 is above it" in start.log


async def test_a_tag_of_the_same_version_that_comes_later_is_the_base(start: Yard) -> None:
    commit(start, "feat: went out with the tag")
    start.git("tag", "v0.7.0")
    commit(start, "fix: after it")
    await plan(start)
    assert version(start) == "0.7.1"
    assert "v0.7.0" in start.text("release-scope.md")


async def test_a_release_by_hand_after_the_last_distribution_is_the_base(start: Yard) -> None:
    shipped = commit(start, "feat: shipped")
    _archive(start, shipped, "2026-01-02T03:04:05Z")
    commit(start, "feat: by hand")
    say(start, "0.8.0")
    start.git("tag", "v0.8.0")
    commit(start, "feat: new")
    await plan(start)
    assert version(start) == "0.9.0"


async def test_tags_behind_are_said(start: Yard) -> None:
    start.git("tag", "v0.6.0")
    commit(start, "feat: a")
    await plan(start)
    assert version(start) == "0.8.0"
    assert "the highest release tag is v0.6.0, behind package.json" in start.log
    assert "behind package.json" in start.text("release-scope.md")


async def test_a_version_that_has_a_tag_on_another_branch_is_asked_about(start: Yard) -> None:
    start.git("switch", "-q", "-c", "side")
    commit(start, "feat: side")
    start.git("tag", "v0.8.0")
    start.git("switch", "-q", "main")
    commit(start, "feat: a")
    question = await asked(start)
    assert question.text.startswith("0.8.0 is taken: the tag v0.8.0 exists")
    start.answers[question.id] = "0.8.0"
    with pytest.raises(Asked, match="was already released"):
        await plan(start)


# --- pre-releases and dist-tags -------------------------------------------------------------------------------------


async def test_a_pre_release_is_counted_on_and_its_dist_tag_recorded(start: Yard) -> None:
    say(start, "2.0.0-beta.1")
    commit(start, "feat: a")
    await plan(start)
    assert version(start) == "2.0.0-beta.2"
    assert written(start)["dist_tag"] == "beta"
    assert "beta" in start.text("release-scope.md")


@pytest.mark.parametrize(("answer", "after"), [("release", "2.0.0"), ("2.0.0", "2.0.0"), ("2.0.0-rc.1", "2.0.0-rc.1")])
@pytest.mark.parametrize("message", ["feat: a", "docs: a"])
async def test_a_pre_release_is_promoted_only_when_that_was_said(
    start: Yard, answer: str, after: str, message: str
) -> None:
    say(start, "2.0.0-beta.1")
    commit(start, message)
    if message == "docs: a":
        await plan(start)
        assert (version(start), start.state.questions) == ("2.0.0-beta.1", ())
    start.answers["version-"] = answer
    await plan(start)
    assert version(start) == after
    start.git("commit", "-q", "-a", "-m", "chore(release)")
    await plan(start)  # the same words again raise nothing twice
    assert (version(start), start.acted) == (after, ["version-write"])


async def test_a_version_said_beforehand_that_will_not_do_is_asked_about(start: Yard) -> None:
    commit(start, "docs: a")
    start.answers["version-"] = "0.6.0"
    with pytest.raises(Asked, match=r"0\.6\.0 is not above 0\.7\.0"):
        await plan(start)


async def test_the_usual_dist_tag_is_not_recorded(start: Yard) -> None:
    commit(start, "feat: a")
    await plan(start)
    assert "dist_tag" not in written(start)


# --- branches -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("branch", "message", "text"), [("0.7.x", "feat: a", "0.8.0 is not within"), ("0.x", "feat!: a", "1.0.0 is not")]
)
async def test_a_maintenance_branch_is_not_left_unasked(start: Yard, branch: str, message: str, text: str) -> None:
    start.git("switch", "-q", "-c", branch)
    commit(start, message)
    question = await asked(start)
    assert question.text.startswith(text)
    start.answers[question.id] = "0.7.1"
    await plan(start)
    assert (version(start), written(start)["dist_tag"]) == ("0.7.1", f"release-{branch}")


async def test_a_version_outside_of_the_range_is_refused_however_it_is_said(start: Yard) -> None:
    start.git("switch", "-q", "-c", "0.x")
    commit(start, "fix: a")
    start.answers["version-"] = "1.1.0"
    with pytest.raises(Asked, match=r"1\.1\.0 is not within 0\.x"):
        await plan(start)
    chosen(start, "1.1.0")
    with pytest.raises(SkillFailed, match=r"1\.1\.0 is not within 0\.x"):
        await plan(start)
    assert start.acted == []


async def test_a_channel_is_said(start: Yard) -> None:
    start.git("switch", "-q", "-c", "next")
    commit(start, "feat: a")
    await plan(start)
    assert (version(start), written(start)["dist_tag"]) == ("0.8.0", "next")
    assert "next is a channel" in start.log


# --- shallow clones -------------------------------------------------------------------------------------------------


def cut(yard: Yard, tmp_path: Path, *options: str) -> None:
    """Go on in a shallow clone of what was pushed."""
    yard.git("push", "-q", "--tags", "origin", "HEAD:main")
    place = tmp_path / "cut"
    yard.git("clone", "-q", *options, f"file://{yard.origin}", str(place), cwd=tmp_path)
    yard.project = place


async def test_the_whole_history_is_fetched_on_a_yes(start: Yard, tmp_path: Path) -> None:
    commit(start, "feat: a")
    commit(start, "fix: b")
    cut(start, tmp_path, "--depth", "1")
    question = await asked(start)
    assert "git fetch --unshallow" in question.text
    start.answers[question.id] = "y"
    await plan(start)
    assert version(start) == "0.8.0"
    assert ("git", "fetch", "--unshallow", "--tags", "origin") in start.commands


@pytest.mark.parametrize(("answer", "after"), [("0.9.0", "0.9.0"), ("n", "0.7.0")])
async def test_a_version_may_be_said_instead(start: Yard, tmp_path: Path, answer: str, after: str) -> None:
    commit(start, "feat: a")
    cut(start, tmp_path, "--depth", "1")
    start.answers["version-"] = answer
    await plan(start)
    assert version(start) == after
    assert not [argv for argv in start.commands if "fetch" in argv]


async def test_a_side_that_is_cut_off_hides_commits_as_well(start: Yard, tmp_path: Path) -> None:
    start.git("switch", "-q", "-c", "side")
    for number in range(4):
        commit(start, f"feat: side {number}", "side.txt")
    start.git("switch", "-q", "main")
    say(start, "0.8.0")
    start.git("merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "side")
    cut(start, tmp_path, "--depth", "3")
    assert "cut off" in (await asked(start)).text


async def test_a_clone_that_holds_the_tag_of_its_version_is_deep_enough(start: Yard, tmp_path: Path) -> None:
    start.git("tag", "v0.7.0")
    commit(start, "feat: a")
    cut(start, tmp_path, "--depth", "2")
    await plan(start)
    assert version(start) == "0.8.0"


async def test_a_remote_that_is_cut_off_itself_stops_the_run(start: Yard, tmp_path: Path) -> None:
    commit(start, "feat: a")
    start.git("push", "-q", "origin", "main")
    bare = tmp_path / "shallow.git"
    start.git("clone", "-q", "--bare", "--depth", "1", f"file://{start.origin}", str(bare), cwd=tmp_path)
    start.git("clone", "-q", f"file://{bare}", str(tmp_path / "cut"), cwd=tmp_path)
    start.project = tmp_path / "cut"
    start.answers["version-"] = "y"
    with pytest.raises(SkillFailed, match="is incomplete"):
        await plan(start)
    assert start.acted == []


# --- a package in a folder ------------------------------------------------------------------------------------------


def inner(yard: Yard, name: str = "@acme/inner", text: str = "1.0.0") -> None:
    """A package in a folder of the repository, from now on the project."""
    yard.write("packages/inner/package.json", json.dumps(PACKAGE | {"name": name, "version": text}, indent=2) + "\n")
    yard.git("add", "packages")
    yard.git("commit", "-q", "-m", "feat: inner")


async def test_the_title_of_a_merge_counts_for_the_package_that_it_touches(start: Yard) -> None:
    inner(start)
    for branch, path in (("ours", "packages/inner/x.txt"), ("theirs", "other/x.txt")):
        start.git("switch", "-q", "-c", branch, "main")
        (start.project / path).parent.mkdir(exist_ok=True)
        commit(start, f"wip {branch}", path)
        start.git("switch", "-q", "main")
    start.git("merge", "-q", "--no-ff", "-m", "feat!: theirs (#1)", "theirs")
    start.git("merge", "-q", "--no-ff", "-m", "feat: ours (#2)", "ours")
    start.project = start.project / "packages/inner"
    await plan(start)
    assert version(start) == "1.1.0"
    assert "not counted for the version: 2 commits without changes in packages/inner" in start.log


@pytest.mark.parametrize("tag", ["@acme/inner@1.4.0", "inner@1.4.0", "inner-v1.4.0", "inner/v1.4.0"])
async def test_the_tags_of_a_package_are_those_with_its_name(start: Yard, tag: str) -> None:
    inner(start)
    start.git("tag", tag)
    start.git("tag", "v9.0.0")
    start.git("tag", "other@8.0.0")
    commit(start, "fix: inside", "packages/inner/x.txt")
    start.project = start.project / "packages/inner"
    question = await asked(start)
    assert tag in question.text
    assert "[1.4.1/1.0.1/n/version]" in question.text


async def test_tags_of_other_packages_are_not_compared(start: Yard) -> None:
    inner(start)
    start.git("tag", "v9.0.0")
    start.git("tag", "other@8.0.0")
    commit(start, "fix: inside", "packages/inner/x.txt")
    start.project = start.project / "packages/inner"
    await plan(start)
    assert version(start) == "1.0.1"


async def test_many_commits_are_said_in_part_and_kept_whole(start: Yard) -> None:
    base = start.git("rev-parse", "HEAD")
    lines = [
        f"commit refs/heads/main\ncommitter T <t@e.org> {1_700_000_000 + n} +0000\ndata <<E\nfix: n{n}\nE\n"
        + (f"from {base}\n" if n == 0 else "")
        for n in range(260)
    ]
    (start.project / "import.txt").write_text("".join(lines))
    # `git` of the shipyard gives no input: the list is read by a shell of git's own.
    start.git("-c", f"alias.fill=!git fast-import --quiet --force < '{start.project}/import.txt'", "fill")
    (start.project / "import.txt").unlink()
    start.git("reset", "-q", "--hard")
    await plan(start)
    (question,) = start.asked
    assert "and 210 more" in question.detail
    assert "and 60 more, all of them in release-scope.md" in start.log
    assert start.text("release-scope.md").count("fix: n") == 260


@pytest.mark.parametrize(
    ("name", "text", "path", "after"),
    [
        ("tsconfig.json", '{"extends": "../../tsconfig.base.json"}', "tsconfig.base.json", "1.1.0"),
        ("tsconfig.build.json", '{"references": [{"path": "../core"}]}', "packages/core/x.ts", "1.1.0"),
        ("tsconfig.json", '{"extends": "../../tsconfig.base.json"}', "tsconfig.json", "1.0.0"),
        ("tsconfig.json", '{"extends": "../../../outside.json"}', "outside.json", "1.0.0"),
        ("tsconfig.json", '{"extends": "../../node_modules/x/t.json"}', "package-lock.json", "1.0.0"),
    ],
)
async def test_what_a_package_names_outside_of_its_folder_counts_for_it(
    start: Yard, name: str, text: str, path: str, after: str
) -> None:
    inner(start)
    start.write(f"packages/inner/{name}", text)
    start.git("add", "packages")
    start.git("commit", "-q", "-m", "chore: configure")
    (start.project / path).parent.mkdir(exist_ok=True, parents=True)
    commit(start, "feat: of the build", path)
    start.project = start.project / "packages/inner"
    await plan(start)
    assert version(start) == after
    assert ("uses outside of it count as well" in start.log) is ("outside.json" not in text and "node_mo" not in text)


async def test_a_local_dependency_counts_for_the_package_that_names_it(start: Yard) -> None:
    inner(start)
    package = json.loads((start.project / "packages/inner/package.json").read_text())
    package["dependencies"] = {"lib": "file:../lib", "other": "^1.0.0"}
    start.write("packages/inner/package.json", json.dumps(package, indent=2) + "\n")
    start.write("packages/lib/package.json", "{}\n")
    start.git("add", "packages")
    start.git("commit", "-q", "-m", "chore: lib")
    commit(start, "feat: lib", "packages/lib/index.js")
    (start.project / "packages/other").mkdir()
    commit(start, "feat!: other", "packages/other/index.js")
    start.project = start.project / "packages/inner"
    await plan(start)
    assert version(start) == "1.1.0"


# --- said with the run ----------------------------------------------------------------------------------------------


def chosen(yard: Yard, text: str) -> None:
    """What `run --version` leaves in the run."""
    (choice,) = choose(yard.definition, ChosenOptions({"version": text}), yard.state)
    effect = Effect(id=choice.id, kind=CHOICE, intent=dict(choice.facts))
    yard.state = yard.state.model_copy(update={"effects": (*yard.state.effects, effect)})


@pytest.mark.parametrize(("message", "text"), [("docs: a", "0.7.1"), ("feat: a", "v1.0.0"), ("feat: a", "0.9.0-rc.1")])
async def test_the_version_that_was_said_is_taken_once(start: Yard, message: str, text: str) -> None:
    commit(start, message)
    chosen(start, text)
    start.unanswered = True
    await plan(start)
    assert version(start) == text.removeprefix("v")
    start.git("commit", "-q", "-a", "-m", "chore(release)")
    commit(start, "fix: later")
    await plan(start)
    assert (version(start), start.acted) == (text.removeprefix("v"), ["version-write"])


@pytest.mark.parametrize("text", ["0.6.0", "0.8.0"])
async def test_a_version_that_cannot_be_is_refused(start: Yard, text: str) -> None:
    commit(start, "feat: a")
    start.git("tag", "v0.8.0", "HEAD~1")
    chosen(start, text)
    with pytest.raises(SkillFailed, match=text):
        await plan(start)
    assert start.acted == []


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("package", ['{"name": "widget"}', '{"name": "widget", "version": ""}', ""])
async def test_a_version_that_was_said_and_cannot_be_written_is_refused(
    start: Yard, package: str, *, answered: bool
) -> None:
    if package:
        start.write("package.json", f"{package}\n")
    else:
        start.git("rm", "-q", "package.json")
    start.git("commit", "-qam", "feat: a")
    start.unanswered = True
    if answered:
        start.answers["version"] = "2.0.0"
    else:
        chosen(start, "2.0.0")
    with pytest.raises(SkillFailed, match="there is no version"):
        await plan(start)
    assert start.acted == []


@pytest.mark.parametrize("text", ["1.0", "latest", "1.0.0.0"])
async def test_a_version_that_was_said_replaces_what_is_none(start: Yard, text: str) -> None:
    start.bump(text)
    start.git("commit", "-qam", "feat: a")
    start.unanswered = True
    chosen(start, "2.0.0")
    await plan(start)
    assert (version(start), start.acted) == ("2.0.0", ["version-write"])
    await plan(start)
    assert start.acted == ["version-write"]


async def test_where_there_is_no_version_and_none_was_said_nothing_is_asked(start: Yard) -> None:
    start.write("package.json", '{"name": "widget"}\n')
    start.git("commit", "-qam", "feat: a")
    await plan(start)
    assert (start.acted, start.state.questions) == ([], ())
    start.answers["version"] = "n"
    await plan(start)
    assert start.acted == []


@pytest.mark.parametrize("text", ["next", "1.2", "1.2.3+build", "patch"])
def test_what_is_no_version_is_refused_before_the_run(start: Yard, text: str) -> None:
    with pytest.raises(Problem, match=r"is not a (semantic )?version"):
        choose(start.definition, ChosenOptions({"version": text}), None)
