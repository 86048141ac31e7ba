"""The tag of a release with real git: one annotated tag at the shipped commit, never moved."""

from pathlib import Path

import pytest

from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.commit import tagging
from loop_tui.packs.ship.commit.destination import Destination
from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.packs.ship.effects import VERSION
from loop_tui.runners.context import SkillFailed
from loop_tui.services.git import refs

from .shipyard import Killed, Yard, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")

TAG = {"tag": True}


@pytest.fixture
async def yard(world: object, tmp_path: Path) -> Yard:
    """A verified bump to 0.8.0."""
    yard = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    yard.bump("0.8.0")
    await yard.verify()
    return yard


def remote_tags(yard: Yard) -> list[str]:
    return yard.git("ls-remote", "--tags", str(yard.origin)).splitlines()


def annotated(yard: Yard, name: str, sha: str) -> list[str]:
    """What the remote lists of an annotated tag: the object that is here, and the commit that it names."""
    made = yard.git("rev-parse", f"refs/tags/{name}")
    assert made != sha
    return [f"{made}\trefs/tags/{name}", f"{sha}\trefs/tags/{name}^{{}}"]


async def test_no_tag_unless_asked(yard: Yard) -> None:
    result = await yard.run(run, "git-workflow")
    assert remote_tags(yard) == []
    assert yard.git("tag") == ""
    assert "tag" not in {check.name for check in result.checks}


async def test_the_shipped_commit_is_tagged_here_and_there(yard: Yard) -> None:
    result = await yard.run(run, "git-workflow", TAG)
    head = yard.git("rev-parse", "HEAD")
    assert remote_tags(yard) == annotated(yard, "v0.8.0", head)
    assert yard.git("for-each-ref", "--format=%(objecttype) %(*objectname)", "refs/tags") == f"tag {head}"
    check = next(c for c in result.checks if c.name == "tag")
    push = next(c for c in result.checks if c.name == "push")
    assert (check.status, check.commit, check.tree) == (CheckStatus.PASSED, head, push.tree)
    assert check.command == "git ls-remote origin refs/tags/v0.8.0 refs/tags/v0.8.0^{}"
    assert check.excerpt == f"{head}\trefs/tags/v0.8.0^{{}}"
    assert "v0.8.0" in yard.text("git-summary.md")


@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
async def test_killed_at_any_instant_there_is_one_tag(yard: Yard, instant: str) -> None:
    yard.kill.add(f"tag:{instant}")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow", TAG)
    await yard.run(run, "git-workflow", TAG)
    assert remote_tags(yard) == annotated(yard, "v0.8.0", yard.git("rev-parse", "HEAD"))
    assert yard.acted == ["commit", "push", "tag"]


async def test_killed_between_tagging_here_and_pushing_it(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    async def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(refs, "push_tag", die)
        with pytest.raises(Killed):
            await yard.run(run, "git-workflow", TAG)
    assert yard.git("tag") == "v0.8.0"
    assert remote_tags(yard) == []
    made = annotated(yard, "v0.8.0", yard.git("rev-parse", "HEAD"))
    await yard.run(run, "git-workflow", TAG)
    assert remote_tags(yard) == made


@pytest.mark.parametrize("ending", ["exit 1", "exec sleep 1000"])
async def test_a_signature_that_cannot_be_made_stops_and_hangs_nothing(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    signer = tmp_path / "signer"
    signer.write_text(f"#!/bin/sh\necho no key >&2\n{ending}\n")
    signer.chmod(0o755)
    yard.git("config", "tag.gpgSign", "true")
    yard.git("config", "gpg.program", str(signer))
    monkeypatch.setattr(refs, "_SIGN_TIMEOUT_S", 1)
    with pytest.raises(Problem):
        await yard.run(run, "git-workflow", TAG)
    assert remote_tags(yard) == []
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    yard.git("config", "tag.gpgSign", "false")
    await yard.run(run, "git-workflow", TAG)
    assert remote_tags(yard) == annotated(yard, "v0.8.0", yard.git("rev-parse", "HEAD"))


async def test_a_tag_is_signed_as_the_persons_git_wants_it(yard: Yard, tmp_path: Path) -> None:
    signer = tmp_path / "signer"
    signer.write_text("#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho 'SIGNED BY A TEST'\n")
    signer.chmod(0o755)
    yard.git("config", "tag.gpgSign", "true")
    yard.git("config", "gpg.program", str(signer))
    await yard.run(run, "git-workflow", TAG)
    assert "SIGNED BY A TEST" in yard.git("cat-file", "tag", "v0.8.0")


# --- whether there is one --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["v0.7.0", "0.7.0", "widget@0.7.0", "widget-v0.7.0"])
async def test_a_repository_with_release_tags_gets_one_of_their_form(yard: Yard, form: str) -> None:
    yard.git("tag", form, "HEAD")
    result = await yard.run(run, "git-workflow")
    name = form.replace("0.7.0", "0.8.0")
    assert remote_tags(yard) == annotated(yard, name, yard.git("rev-parse", "HEAD"))
    assert next(c for c in result.checks if c.name == "tag").passed


@pytest.mark.parametrize("other", ["latest", "skill/x@1.0.0", "nightly-2026-01-02"])
async def test_other_tags_ask_for_none(yard: Yard, other: str) -> None:
    yard.git("tag", other, "HEAD")
    await yard.run(run, "git-workflow")
    assert remote_tags(yard) == []
    assert "No tag: there is no release tag yet; set tag = true" in yard.log


async def test_a_setting_turns_it_off(yard: Yard) -> None:
    yard.git("tag", "v0.7.0", "HEAD")
    result = await yard.run(run, "git-workflow", {"tag": False})
    assert remote_tags(yard) == []
    assert "tag" not in {check.name for check in result.checks}


async def test_a_version_that_is_out_already_gets_no_tag_by_itself(yard: Yard) -> None:
    """Somebody released it without: where, nobody knows."""
    yard.git("tag", "v0.6.0", "HEAD")
    await yard.run(run, "git-workflow", {"tag": False})
    yard.write("server.js", "// more\n")
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert remote_tags(yard) == []
    assert "No tag: the version is not changed" in yard.log


@pytest.mark.parametrize("instant", ["push:act", "push:proof", "tag:intent", "tag:act"])
async def test_killed_after_the_push_the_version_is_still_new(yard: Yard, instant: str) -> None:
    yard.git("tag", "v0.7.0", "HEAD")
    yard.kill.add(instant)
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow")
    await yard.run(run, "git-workflow")
    assert remote_tags(yard) == annotated(yard, "v0.8.0", yard.git("rev-parse", "HEAD"))


async def test_a_maintenance_branch_gets_the_tag_of_its_own_version(yard: Yard) -> None:
    yard.git("tag", "v0.7.0", "HEAD")
    yard.git("branch", "next")
    tree = yard.git("rev-parse", "HEAD^{tree}")
    newer = yard.git("commit-tree", tree, "-p", "HEAD", "-m", "feat!: two")
    yard.git("tag", "v2.0.0", newer)
    yard.git("branch", "-m", "0.x")
    yard.git("push", "-q", "-u", "origin", "0.x")
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert remote_tags(yard) == annotated(yard, "v0.8.0", yard.git("rev-parse", "HEAD"))


async def test_a_light_tag_at_our_commit_is_as_good(yard: Yard) -> None:
    yard.kill.add("push:proof")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow", TAG)
    yard.git("tag", "v0.8.0")
    yard.git("push", "-q", "origin", "v0.8.0")
    result = await yard.run(run, "git-workflow", TAG)
    head = yard.git("rev-parse", "HEAD")
    assert remote_tags(yard) == [f"{head}\trefs/tags/v0.8.0"]
    assert next(c for c in result.checks if c.name == "tag").excerpt == f"{head}\trefs/tags/v0.8.0"


@pytest.mark.parametrize(
    ("changelog", "said"),
    [
        ("## [Unreleased]\n\n## [0.8.0]\n\n### Added\n\n- mine\n", "v0.8.0\n\n### Added\n\n- mine"),
        ("## [Unreleased]\n\n- not this\n", "v0.8.0"),
        ("# 0.8.0\n\n- of another form\n", "v0.8.0"),
    ],
)
async def test_a_tag_says_what_has_changed(yard: Yard, changelog: str, said: str) -> None:
    yard.write("CHANGELOG.md", changelog)
    yard.git("add", "CHANGELOG.md")
    await yard.verify()
    await yard.run(run, "git-workflow", TAG)
    assert yard.git("tag", "-l", "--format=%(contents)", "v0.8.0") == said


@pytest.mark.parametrize("where", ["here", "at origin"])
async def test_a_tag_at_another_commit_stops_before_the_push(yard: Yard, where: str) -> None:
    before = yard.git("rev-parse", "HEAD")
    if where == "here":
        yard.git("tag", "v0.8.0")
    else:
        yard.git("push", "-q", "origin", "HEAD:refs/tags/v0.8.0")
    with pytest.raises(SkillFailed, match=f"v0.8.0 exists {where} and points to {before[:7]}") as failed:
        await yard.run(run, "git-workflow", TAG)
    assert failed.value.kind == "error"
    assert "never moved" in failed.value.what
    assert yard.remote_head() == before
    # fixed as told, it goes on
    yard.git("tag", "-d", "v0.8.0") if where == "here" else yard.git("push", "-q", "origin", ":refs/tags/v0.8.0")
    await yard.run(run, "git-workflow", TAG)
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert remote_tags(yard) == annotated(yard, "v0.8.0", yard.git("rev-parse", "HEAD"))


@pytest.mark.parametrize("where", ["here", "at origin"])
async def test_a_tag_below_the_name_is_told_before_the_push(yard: Yard, where: str) -> None:
    before = yard.remote_head()
    if where == "here":
        yard.git("tag", "v0.8.0/docs")
    else:
        yard.git("push", "-q", "origin", "HEAD:refs/tags/v0.8.0/docs")
    with pytest.raises(
        SkillFailed, match=f"v0.8.0/docs is {where} already, and git does not allow a tag v0.8.0 beside it"
    ):
        await yard.run(run, "git-workflow", TAG)
    assert yard.remote_head() == before


@pytest.mark.parametrize("where", ["", "origin"])
async def test_a_tag_in_the_way_is_a_part_of_the_name_or_has_it_as_a_part(yard: Yard, where: str) -> None:
    for name in ("v0", "x/v1/a", "v2/a", "v20"):
        yard.git("tag", name)
    yard.git("push", "-q", "origin", "--tags")
    names = ("v0/a/b", "v2", "x/v1", "v1", "v00", "a/v0", "v2/b")
    found = [await refs.tag_in_the_way(yard.project, name, where) for name in names]
    assert found == ["v0", "v2/a", "x/v1/a", "", "", "", ""]


async def test_a_tag_that_somebody_pushed_meanwhile_is_not_moved(yard: Yard) -> None:
    before = yard.git("rev-parse", "HEAD")
    yard.kill.add("tag:intent")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow", TAG)
    yard.git("push", "-q", "origin", f"{before}:refs/tags/v0.8.0")
    with pytest.raises(SkillFailed, match="exists at origin"):
        await yard.run(run, "git-workflow", TAG)
    assert remote_tags(yard) == [f"{before}\trefs/tags/v0.8.0"]


async def test_a_tag_that_was_moved_here_meanwhile_is_not_pushed(yard: Yard) -> None:
    before = yard.git("rev-parse", "HEAD")
    yard.kill.add("tag:intent")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow", TAG)
    yard.git("tag", "v0.8.0", before)
    with pytest.raises(SkillFailed, match=f"v0.8.0 exists here and points to {before[:7]}"):
        await yard.run(run, "git-workflow", TAG)
    assert remote_tags(yard) == []


async def test_an_annotated_tag_at_our_commit_is_as_good(yard: Yard) -> None:
    yard.kill.add("push:proof")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow", TAG)
    yard.git("tag", "-a", "v0.8.0", "-m", "mine")
    yard.git("push", "-q", "origin", "v0.8.0")
    result = await yard.run(run, "git-workflow", TAG)
    assert next(c for c in result.checks if c.name == "tag").passed
    assert "tag" not in yard.acted


async def test_a_version_that_was_not_raised_is_not_tagged_again(yard: Yard) -> None:
    await yard.run(run, "git-workflow", TAG)
    tags = remote_tags(yard)
    yard.state = yard.state.model_copy(update={"effects": ()})
    yard.write("server.js", "// more\n")
    await yard.verify()
    result = await yard.run(run, "git-workflow", TAG)
    check = next(c for c in result.checks if c.name == "tag")
    assert check.status is CheckStatus.SKIPPED
    assert "the version has not been raised since" in check.summary
    assert remote_tags(yard) == tags


async def test_without_a_version_there_is_no_tag(yard: Yard) -> None:
    yard.write("package.json", '{"name": "widget"}\n')
    await yard.verify()
    result = await yard.run(run, "git-workflow", TAG)
    assert next(c for c in result.checks if c.name == "tag").summary == "skipped (package.json has no version)"


async def test_a_refused_tag_is_told_with_the_words_of_the_remote(yard: Yard) -> None:
    hook = yard.origin / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nwhile read o n r; do case $r in refs/tags/*) echo "no tags" >&2; exit 1;; esac; done\n')
    hook.chmod(0o755)
    with pytest.raises(SkillFailed, match=r"refused the tag v0\.8\.0") as failed:
        await yard.run(run, "git-workflow", TAG)
    assert "no tags" in failed.value.what
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    hook.unlink()
    await yard.run(run, "git-workflow", TAG)
    assert remote_tags(yard) == annotated(yard, "v0.8.0", yard.git("rev-parse", "HEAD"))


async def test_an_unreachable_remote_is_external(yard: Yard) -> None:
    yard.kill.add("tag:intent")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow", TAG)
    yard.origin.rename(yard.origin.with_name("away.git"))
    with pytest.raises(SkillFailed) as failed:
        await yard.run(run, "git-workflow", TAG)
    assert failed.value.kind == "external"


async def test_tag_is_true_or_false(yard: Yard) -> None:
    with pytest.raises(SkillFailed, match="tag is 'yes'"):
        await yard.run(run, "git-workflow", {"tag": "yes"})
    assert yard.commits() == ["feat: begin"]


async def test_a_package_in_a_folder_gets_a_tag_of_its_own_form(yard: Yard) -> None:
    yard.write("packages/a/package.json", '{"name": "a", "version": "2.0.0"}\n')
    yard.git("add", "packages")
    yard.git("commit", "-qm", "feat: a")
    yard.git("tag", "a@1.0.0")
    yard.git("tag", "v1.9.0")
    top = yard.project
    yard.project = top / "packages/a"
    sha = yard.git("rev-parse", "HEAD", cwd=top)
    plan = await tagging.plan_tag(yard.context("git-workflow", TAG), top, sha, Destination("origin", "main", "main"))
    assert plan == tagging.TagPlan("a@2.0.0")


async def test_what_can_be_no_tag_is_said_before_the_push(yard: Yard) -> None:
    yard.write("packages/a/package.json", '{"name": "my app", "version": "2.0.0"}\n')
    yard.git("add", "packages")
    yard.git("commit", "-qm", "feat: a")
    top = yard.project
    yard.project = top / "packages/a"
    sha = yard.git("rev-parse", "HEAD", cwd=top)
    with pytest.raises(SkillFailed, match="cannot be a tag name"):
        await tagging.plan_tag(yard.context("git-workflow", TAG), top, sha, Destination("origin", "main", "main"))


@pytest.mark.parametrize(
    ("version", "tags", "why"),
    [
        ("0.0.0-development", ["v2.0.0"], "package.json says 0.0.0-development, which is not a version"),
        ("0.0.0-managed", [], "package.json says 0.0.0-managed, which is not a version"),
        ("1.0", [], "package.json says 1.0, which is not a version"),
        ("1.0.0", ["v2.0.0"], "the release tag v2.0.0 is above 1.0.0, which this run did not choose"),
    ],
)
async def test_what_is_no_release_gets_no_tag(yard: Yard, version: str, tags: list[str], why: str) -> None:
    yard.bump(version)
    yard.git("commit", "-qam", "chore: version")
    for name in tags:
        yard.git("tag", name)
    sha = yard.git("rev-parse", "HEAD")
    to = Destination("origin", "main", "main")
    assert await tagging.plan_tag(yard.context("git-workflow"), yard.project, sha, to) == tagging.TagPlan(why_not=why)


async def test_a_version_below_a_release_tag_is_tagged_when_this_run_chose_it(yard: Yard) -> None:
    yard.bump("1.1.0")
    yard.git("commit", "-qam", "chore: version")
    yard.git("tag", "v2.0.0")
    chosen = Effect(id="v", kind=VERSION, intent={"from": "1.0.0", "to": "1.1.0"})
    yard.state = yard.state.model_copy(update={"effects": (*yard.state.effects, chosen)})
    sha = yard.git("rev-parse", "HEAD")
    to = Destination("origin", "main", "main")
    assert await tagging.plan_tag(yard.context("git-workflow"), yard.project, sha, to) == tagging.TagPlan("v1.1.0")
