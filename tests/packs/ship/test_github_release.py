"""Target github-release with the real gh: releases that CI makes, and releases that are made here, exactly once."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.targets.release_files import digest_in, tarball_name
from tests.github import Asset, bad_gateway, fixture, forbidden, retry_later
from tests.github.fixture import GitHub
from tests.github.things import Release

from . import on_github as here
from .on_github import Clock, fact, seldom, with_settings
from .shipyard import Killed, Yard, put_packed

pytestmark = pytest.mark.usefixtures("quick_npm")
github, clock = fixture.github, here.clock
NAME = "widget-v0.8.0.tar.gz"
OLD = "2020-01-01T00:00:00Z"
CONFIRM = TargetDefinition(id="release", kind="github-release", title="GitHub Release", settings={"tag": "latest"})
LATEST = with_settings(CONFIRM, mode="create")
VERSIONED = with_settings(CONFIRM, mode="create", tag="v{version}")
STEPS = ("draft", "asset", "clear", "tag", "publish")


@pytest.fixture
def yard(github: GitHub, tmp_path: Path, clock: Clock) -> Yard:
    """A project on GitHub; what is shipped of it comes in each test."""
    return here.on_github(github, tmp_path / "yard", tmp_path / "world/claude", workflow=None)


async def ship(yard: Yard, *, packed: bool = True) -> str:
    """Ship a bump, with its build and, unless packing is what is tried, the tarball of that build."""
    sha = here.ship(yard)
    yard.write("dist/out.js", "built\n")
    if packed:
        await put_packed(yard, sha)
    return sha


async def confirm(yard: Yard, target: TargetDefinition) -> Check:
    (check,) = await here.confirm(yard, target)
    return check


def only(github: GitHub, tag: str) -> Release:
    """The one release of a tag, which is public."""
    (release,) = [release for release in github.model.releases if release.tag == tag]
    assert not release.draft
    return release


def content(release: Release, name: str = NAME) -> bytes:
    (asset,) = [asset for asset in release.assets if asset.name == name]
    assert asset.state == "uploaded"
    return asset.content


# --- made by CI -----------------------------------------------------------------------------------------------------


async def test_without_a_tag_it_is_not_configured(yard: Yard) -> None:
    await ship(yard)
    check = await confirm(yard, CONFIRM.model_copy(update={"settings": {}}))
    assert (check.status, check.summary) == (CheckStatus.SKIPPED, "not configured: set tag in .loops/targets.toml")


async def test_it_appears_after_404s_and_half_an_upload(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.release("latest", Asset("widget-v0.7.0.tar.gz", b"old"), body="Version: 0.7.0")
    github.release_on_push("latest", after=3, starting=2)
    sha = await ship(yard)
    check = await confirm(yard, CONFIRM)
    assert check.passed
    assert check.summary == f"confirmed: latest holds {NAME}; the tag is at {sha[:7]}"
    assert fact(check, "api") == "GET repos/acme/widget/releases/tags/latest"
    assert fact(check, "field") == f"asset {NAME}: uploaded"
    assert fact(check, "digest") == f"sha256:{hashlib.sha256(b'tarball').hexdigest()}"
    assert here.rising([level for level, _ in here.levels(yard, "release")]) == ["expected", "triggered", "confirmed"]
    assert len(clock.slept) >= 5
    assert github.changes() == []


async def test_a_404_is_waited_for_until_the_cap(yard: Yard, clock: Clock) -> None:
    await ship(yard)
    check = await confirm(yard, with_settings(CONFIRM, rounds=0))
    assert check.status is CheckStatus.FAILED
    assert check.summary.startswith("not seen: the release latest: nothing within 5m")


async def test_a_stale_release_is_never_a_tick_and_says_what_it_is(yard: Yard, github: GitHub) -> None:
    old = github.release(
        "latest", Asset("widget-v0.7.0.tar.gz", b"old", created=OLD), body="Version: 0.7.0", published=OLD
    )
    tagged = github.head()
    await ship(yard)
    check = await confirm(yard, seldom(with_settings(CONFIRM, rounds=0)))
    assert check.status is CheckStatus.FAILED
    assert check.summary.startswith("not seen")
    assert f"version 0.7.0, widget-v0.7.0.tar.gz, of {OLD}, at {str(tagged)[:7]}" in check.summary
    assert fact(check, "id") == str(old.id)
    assert "MISMATCH" in yard.text("distribution-manifest.md")


async def test_a_tarball_from_before_the_push_is_not_ours(yard: Yard, github: GitHub) -> None:
    sha = await ship(yard)
    github.release("latest", Asset(NAME, b"x", created=OLD), body=f"Built from {sha}")
    check = await confirm(yard, seldom(with_settings(CONFIRM, rounds=0)))
    assert check.status is CheckStatus.FAILED
    assert check.summary.startswith("triggered")
    assert "before the push" in check.summary


@pytest.mark.parametrize("words", ["Built from {sha}", "of {short}, by CI", "**Version:** v0.8.0", "Version: 0.8.0\n"])
async def test_by_what_a_release_names_us(yard: Yard, github: GitHub, words: str) -> None:
    first = str(github.head())
    sha = await ship(yard)
    github.release("latest", Asset(NAME, b"x"), target=first, body=words.format(sha=sha, short=sha[:8]))
    assert (await confirm(yard, CONFIRM)).passed


@pytest.mark.parametrize("words", ["", "Version: 0.8.01", "Version: 0.8.0-rc.1", "Built from deadbeef", "0.8.0"])
async def test_by_what_it_does_not(yard: Yard, github: GitHub, words: str) -> None:
    first = str(github.head())
    await ship(yard)
    github.release("latest", Asset(NAME, b"x"), target=first, body=words)
    check = await confirm(yard, seldom(with_settings(CONFIRM, rounds=0)))
    assert check.summary.startswith("not seen")


async def test_the_digest_is_compared_when_asked(yard: Yard, github: GitHub) -> None:
    github.release_on_push("latest", after=0)
    await ship(yard)
    check = await confirm(yard, with_settings(CONFIRM, verify=True))
    assert check.passed
    assert fact(check, "verified").endswith("as in GitHub, checksums.txt")
    release = only(github, "latest")
    release.assets[1].content = f"{'0' * 64}  {NAME}\n".encode()
    check = await confirm(yard, with_settings(CONFIRM, verify=True))
    assert check.status is CheckStatus.FAILED
    assert "checksums.txt has 000000000000" in check.summary
    assert (await confirm(yard, CONFIRM)).passed  # without asking, nothing is fetched


async def test_an_empty_tarball_is_none(yard: Yard, github: GitHub) -> None:
    github.release_on_push("latest", after=0, content=b"")
    await ship(yard)
    assert "is empty" in (await confirm(yard, CONFIRM)).summary


async def test_trouble_on_the_way_passes_and_a_refusal_does_not(yard: Yard, github: GitHub) -> None:
    github.release_on_push("latest", after=0)
    await ship(yard)
    github.fail("releases/tags", bad_gateway(), times=2)
    github.fail("releases/tags", retry_later(7))
    assert (await confirm(yard, CONFIRM)).passed
    github.fail("releases/tags", forbidden())
    check = await confirm(yard, CONFIRM)
    assert check.status is CheckStatus.FAILED
    assert "not accessible" in check.summary


@pytest.mark.parametrize("settings", [{"mode": "guess"}, {"verify": "yes"}, {"tag": 5}])
async def test_wrong_settings_are_told(yard: Yard, settings: dict[str, object]) -> None:
    await ship(yard)
    assert "an invalid setting" in (await confirm(yard, with_settings(CONFIRM, **settings))).summary


# --- made here ------------------------------------------------------------------------------------------------------


async def test_a_versioned_release_is_made(yard: Yard, github: GitHub) -> None:
    sha = await ship(yard, packed=False)
    commits = "| Commit |\n| --- |\n| `a` | feat | minor | feat: b | c |"
    scope = f"# Scope\n\n## Commits\n\n{commits}\n\n## Uncommitted files\n\nx\n"
    yard.write(".loop/distribution-loop/release-scope.md", scope)
    check = await confirm(yard, with_settings(VERSIONED, verify=True))
    assert check.passed, check.summary
    release = only(github, "v0.8.0")
    assert release.body == f"Version: 0.8.0  \nCommit: {sha}\n\n## Changes\n\n- feat: b (`a`)\n"
    assert github.bare.refs("refs/tags/v0.8.0") == {"refs/tags/v0.8.0": sha}
    digest = hashlib.sha256(content(release)).hexdigest()
    assert content(release, "checksums.txt") == f"{digest}  {NAME}\n".encode()
    with tarfile.open(fileobj=io.BytesIO(content(release)), mode="r:gz") as archive:
        assert set(archive.getnames()) == {"package/package.json", "package/dist/out.js"}
    assert fact(check, "verified").endswith("as in GitHub, the local tarball, checksums.txt")
    assert github.changes() == [
        "POST /repos/acme/widget/git/refs",
        "POST /repos/acme/widget/releases",
        f"POST /repos/acme/widget/releases/{release.id}/assets",
        f"POST /repos/acme/widget/releases/{release.id}/assets",
        f"PATCH /repos/acme/widget/releases/{release.id}",
    ]
    assert "release v0.8.0 | 0.8.0 | yes" in yard.text("distribution-manifest.md")


async def test_a_rolling_release_is_deleted_and_made_anew(yard: Yard, github: GitHub) -> None:
    old = github.release("latest", Asset("widget-v0.7.0.tar.gz", b"old"))
    sha = await ship(yard)
    check = await confirm(yard, LATEST)
    assert check.passed, check.summary
    release = only(github, "latest")
    assert release.id != old.id
    assert github.bare.refs("refs/tags/latest") == {"refs/tags/latest": sha}
    changes = github.changes()
    # what stood there is taken away only when all of the new one is there
    assert changes.index(f"DELETE /repos/acme/widget/releases/{old.id}") > changes.index(
        f"POST /repos/acme/widget/releases/{release.id}/assets"
    )
    again = len(changes)
    assert (await confirm(yard, LATEST)).passed
    assert len(github.changes()) == again


async def test_a_project_without_a_package_is_archived(yard: Yard, github: GitHub) -> None:
    await ship(yard)
    yard.write("package.json", '{"version": "0.8.0"}\n')
    yard.git("commit", "-qam", "chore: no name")
    yard.git("push", "-q", "origin", "main")
    sha = yard.git("rev-parse", "HEAD")
    effect = yard.state.effects[-1]
    yard.state = yard.state.model_copy(
        update={"effects": (effect.model_copy(update={"proof": {**(effect.proof or {}), "sha": sha}}),)}
    )
    assert (await confirm(yard, VERSIONED)).passed
    with tarfile.open(fileobj=io.BytesIO(content(only(github, "v0.8.0"))), mode="r:gz") as archive:
        assert "widget-v0.8.0/server.js" in archive.getnames()


# After the act is when each step has to find what it did by itself; the other instants are the driver's own
# (tests/driver/test_kill_everywhere.py), and are tried with one step.
@pytest.mark.parametrize(
    ("target", "step", "instant"),
    [
        *((LATEST, step, "act") for step in STEPS),
        (LATEST, "asset", "proof"),
        (VERSIONED, "draft", "act"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.settings["tag"]),
)
@pytest.mark.sampled(5)
async def test_killed_at_any_instant_there_is_one_release(
    yard: Yard, github: GitHub, target: TargetDefinition, step: str, instant: str
) -> None:
    github.release("latest", Asset("widget-v0.7.0.tar.gz", b"old"))
    sha = await ship(yard)
    yard.kill.add(f"release-{step}:{instant}")
    with pytest.raises(Killed):
        await confirm(yard, target)
    check = await confirm(yard, target)
    assert check.passed, check.summary
    tag = "latest" if target is LATEST else "v0.8.0"
    release = only(github, tag)
    assert sorted(asset.name for asset in release.assets) == ["checksums.txt", NAME]
    assert github.bare.refs(f"refs/tags/{tag}") == {f"refs/tags/{tag}": sha}
    assert not [release for release in github.model.releases if release.draft]
    changes = github.changes()
    assert changes.count("POST /repos/acme/widget/releases") == 1
    assert changes.count("POST /repos/acme/widget/git/refs") == 1


# Lost after it was done is when it could be done twice; lost before and halfway are tried with the largest of them.
@pytest.mark.parametrize(
    ("match", "when"),
    [
        ("POST .*/git/refs", "after"),
        ("POST .*/releases$", "after"),
        ("POST .*/assets", "after"),
        ("POST .*/assets", "middle"),
        ("DELETE .*/releases", "after"),
        ("DELETE .*/refs/tags", "after"),
        ("PATCH .*/releases", "after"),
    ],
)
@pytest.mark.sampled(4)
async def test_a_lost_answer_makes_nothing_twice(yard: Yard, github: GitHub, match: str, when: str) -> None:
    github.release("latest", Asset("widget-v0.7.0.tar.gz", b"old"))
    sha = await ship(yard)
    github.drop(match, when)
    check = await confirm(yard, LATEST)
    assert check.passed, check.summary
    release = only(github, "latest")
    assert sorted(asset.name for asset in release.assets) == ["checksums.txt", NAME]
    assert github.bare.refs("refs/tags/latest") == {"refs/tags/latest": sha}
    assert not [release for release in github.model.releases if release.draft]


async def test_half_an_upload_is_replaced(yard: Yard, github: GitHub) -> None:
    await ship(yard)
    yard.kill.add("release-draft:proof")
    with pytest.raises(Killed):
        await confirm(yard, VERSIONED)
    (draft,) = github.model.releases
    draft.assets.append(Asset(NAME, b"hal", starting=1_000_000))
    draft.assets.append(Asset("checksums.txt", b"of something else\n"))
    assert (await confirm(yard, VERSIONED)).passed
    release = only(github, "v0.8.0")
    assert sorted(asset.name for asset in release.assets) == ["checksums.txt", NAME]
    assert len(content(release)) > 3


async def test_half_an_upload_of_a_public_release_is_replaced_too(yard: Yard, github: GitHub) -> None:
    sha = await ship(yard)
    github.release("v0.8.0", Asset(NAME, b"hal", starting=1_000_000), target=sha, body="made by a workflow")
    assert (await confirm(yard, VERSIONED)).passed
    assert len(content(only(github, "v0.8.0"))) > 3
    assert "POST /repos/acme/widget/releases" not in github.changes()


async def test_a_tag_at_another_commit_is_never_moved(yard: Yard, github: GitHub) -> None:
    github.bare.git("update-ref", "refs/tags/v0.8.0", str(github.head()))
    await ship(yard)
    check = await confirm(yard, VERSIONED)
    assert check.status is CheckStatus.FAILED
    assert "never moved" in check.summary
    assert github.model.releases == []
    assert github.changes() == []


async def test_a_draft_of_an_earlier_try_does_not_stay(yard: Yard, github: GitHub) -> None:
    github.release("latest", draft=True, body=f"Version: 0.7.5  \nCommit: {'a' * 40}")
    mine = github.release("latest", draft=True, body="somebody's own notes")
    await ship(yard)
    assert (await confirm(yard, LATEST)).passed
    drafts = [release for release in github.model.releases if release.draft]
    assert drafts == [mine]


async def test_a_changed_working_tree_is_not_released(yard: Yard, github: GitHub) -> None:
    await ship(yard, packed=False)
    yard.write("server.js", "// later\n")
    check = await confirm(yard, VERSIONED)
    assert "the working tree differs from what was shipped: server.js changed" in check.summary
    assert github.changes() == []


async def test_nothing_is_made_when_nothing_was_pushed(yard: Yard, github: GitHub) -> None:
    assert (await confirm(yard, LATEST)).summary == "skipped: nothing was pushed in this run"
    assert github.changes() == []


async def test_it_has_the_bytes_of_target_tarball(yard: Yard, github: GitHub) -> None:
    await ship(yard, packed=False)
    await here.confirm(yard, TargetDefinition(id="tarball", kind="tarball"))
    assert (await confirm(yard, VERSIONED)).passed
    packed = (yard.run_dir / "artifacts/widget-0.8.0.tgz").read_bytes()
    assert content(only(github, "v0.8.0")) == packed


def test_names_and_checksum_lines() -> None:
    digest = "Ab" * 32
    assert tarball_name("widget", "1.2.3") == "widget-v1.2.3.tar.gz"
    for line in (f"{digest}  a.tgz", f"{digest} *a.tgz", f"{digest}  ./a.tgz\r"):
        assert digest_in(f"x\n{line}\n", "a.tgz") == digest.lower()
    assert digest_in(f"{digest}  b.tgz\n{digest[:-1]}  a.tgz\n", "a.tgz") == ""


async def test_the_annotated_tag_of_the_run_is_the_one_of_the_release(yard: Yard, github: GitHub) -> None:
    """One tag, not two; and both say what the section of the changelog says."""
    yard.write("CHANGELOG.md", "## [Unreleased]\n\n## [0.8.0]\n\n### Added\n\n- mine\n")
    yard.git("add", "CHANGELOG.md")
    sha = await ship(yard)
    yard.git("tag", "-a", "-m", "v0.8.0", "v0.8.0")
    yard.git("push", "-q", "origin", "v0.8.0")
    made = yard.git("rev-parse", "refs/tags/v0.8.0")
    assert (await confirm(yard, VERSIONED)).passed
    assert github.bare.refs("refs/tags/") == {"refs/tags/v0.8.0": made}
    assert "POST /repos/acme/widget/git/refs" not in github.changes()
    assert only(github, "v0.8.0").body == f"Version: 0.8.0  \nCommit: {sha}\n\n## Changes\n\n### Added\n\n- mine\n"
