"""What would stop a publish is said before the push."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.packs.ship.packaging import making
from loop_tui.packs.ship.preflight.findings import Finding
from loop_tui.packs.ship.preflight.package_checks import package_findings
from loop_tui.packs.ship.preflight.registry_checks import registry_findings
from loop_tui.packs.ship.publish.plan import OtherContents
from loop_tui.packs.ship.publish.taken import RegistryLooks
from loop_tui.process import shell
from loop_tui.services.toolchains import managers, npm
from tests.registry import Door, Registry, integrity, pack

from .shipyard import PACKAGE, Yard, definition


@pytest.fixture
def publisher(start: Yard, registry: Registry) -> Yard:
    """A project that publishes from here."""
    target = TargetDefinition(id="npm-registry", kind="npm-registry", settings={"publish": "here"})
    start.definition = definition(target)
    return start


async def found(yard: Yard, *, offline: bool = False) -> list[Finding]:
    return await registry_findings(yard.context("release-planner"), offline=offline)


def named(yard: Yard, name: str, **more: object) -> None:
    yard.write("package.json", json.dumps(PACKAGE | {"name": name, **more}))


async def test_who_is_signed_in_and_what_is_there(publisher: Yard, registry: Registry) -> None:
    named(publisher, "preflight-free", scripts={"postpublish": "notify.sh"})
    lines = [finding.words for finding in await found(publisher)]
    assert lines == [
        "postpublish is not run, because a verified tarball is published: notify.sh",
        f"signed in as ann at {registry.url}",
    ]
    assert not any(finding.fatal for finding in await found(publisher))


async def test_npm_is_not_started_once_more_to_see_that_it_starts(
    publisher: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says its settings and who is signed in; only what it checks before a script it has to be asked about."""
    started: list[str] = []

    async def note(argv: Sequence[str], **how: object) -> shell.Captured:
        started.append(" ".join(argv))
        return await capture(argv, **how)  # type: ignore[arg-type]

    capture = shell.capture
    monkeypatch.setattr(managers.shell, "capture", note)
    ctx = publisher.context("release-planner")

    async def asked(**more: object) -> bool:
        started.clear()
        named(publisher, "preflight-starts", **more)
        package = npm.read_package(publisher.project)
        assert package is not None
        await package_findings(ctx, publisher.project, package)
        return "npm run" in started

    assert not await asked()
    assert await asked(devEngines={"runtime": {"name": "node"}})
    assert await asked(private=True), "it is not published, so npm is not asked for its settings"


async def test_signed_out_stops_and_trouble_is_external(publisher: Yard, registry: Registry) -> None:
    named(publisher, "preflight-out")
    registry.door = Door(signed_out=True)
    (out,) = [finding for finding in await found(publisher) if finding.fatal]
    assert (out.fix, out.external) == (f"npm login --registry {registry.url}", False)
    registry.door = Door(fails=[503, 503])
    (trouble,) = [finding for finding in await found(publisher) if finding.fatal]
    assert trouble.external


async def test_a_registry_that_is_not_there_is_not_called_signed_out(publisher: Yard, registry: Registry) -> None:
    """Without a token npm says so before it asks anybody."""
    named(publisher, "preflight-nowhere")
    settings = {"publish": "here", "registry": "http://127.0.0.1:9/"}
    publisher.definition = definition(TargetDefinition(id="npm-registry", kind="npm-registry", settings=settings))
    (trouble,) = [finding for finding in await found(publisher) if finding.fatal]
    assert trouble.words.startswith("http://127.0.0.1:9/ does not answer: ")
    assert (trouble.fix, trouble.external) == ("npm ping --registry http://127.0.0.1:9/", True)


async def test_what_yarn_calls_its_registry_is_asked_about(publisher: Yard, registry: Registry) -> None:
    named(publisher, "preflight-yarn", packageManager="yarn@4.9.2")
    publisher.write(".yarnrc.yml", f"npmPublishRegistry: {registry.url}\n")
    assert not any(finding.fatal for finding in await found(publisher))
    publisher.write(".yarnrc.yml", "npmPublishRegistry: https://ann:pw@corp.example/npm\n")
    (stops,) = [finding for finding in await found(publisher) if finding.fatal]
    assert "corp.example/npm" in stops.words
    assert "pw" not in stops.words
    assert "`registry` of the target" in stops.fix
    settings = {"publish": "here", "registry": registry.url}
    publisher.definition = definition(TargetDefinition(id="npm-registry", kind="npm-registry", settings=settings))
    assert not any(finding.fatal for finding in await found(publisher))


async def test_what_yarn_calls_the_access_of_a_scoped_package_is_asked_about(
    publisher: Yard, registry: Registry
) -> None:
    named(publisher, "@acme/preflight-yarn", packageManager="yarn@4.9.2")
    publisher.write(".yarnrc.yml", "npmPublishAccess: public\n")
    (stops,) = [finding for finding in await found(publisher) if finding.fatal]
    assert "the access public" in stops.words
    assert "`access` of the target" in stops.fix
    named(publisher, "@acme/preflight-yarn", packageManager="yarn@4.9.2", publishConfig={"access": "restricted"})
    assert not any(finding.fatal for finding in await found(publisher))


async def test_nothing_is_asked_where_nothing_is_published(publisher: Yard, registry: Registry) -> None:
    assert len(await found(publisher, offline=True)) == 0
    named(publisher, "preflight-private", private=True)
    assert [finding.words for finding in await found(publisher)] == ["the package is private: nothing is published"]
    publisher.definition = definition(TargetDefinition(id="npm-registry", kind="npm-registry"))
    named(publisher, "preflight-none")
    assert await found(publisher) == []
    assert registry.door.asked == []


async def test_a_version_that_is_taken_by_other_contents_is_found_before_the_push(
    publisher: Yard, registry: Registry, tmp_path: Path
) -> None:
    named(publisher, "preflight-taken")
    ours = pack(tmp_path / "ours/project", "preflight-taken", "0.7.0")
    ctx = publisher.context("code-verification")

    async def versions_taken(tarball: Path) -> Problem | None:
        looks = RegistryLooks(ctx, npm.read_package(ctx.project))
        try:
            return await looks.taken(tarball)
        finally:
            await looks.close()

    registry.door.asked.clear()
    assert await versions_taken(ours) is None
    asked = ["GET /-/package/preflight-taken/dist-tags", "GET /preflight-taken", "GET /preflight-taken/0.7.0"]
    assert sorted(registry.door.asked) == asked, "what is free is asked about once, by npm where strangers see nothing"
    theirs = pack(tmp_path / "theirs/project", "preflight-taken", "0.7.0", description="another")
    registry.put(theirs)
    problem = await versions_taken(ours)
    assert problem is not None
    assert isinstance(problem, OtherContents)
    for whole in (integrity(theirs), integrity(ours)):
        assert whole[:19] in problem.what
        assert whole[:20] not in str(problem), "short, as git names a commit"
        assert whole in problem.lines
    assert await versions_taken(theirs) is None


async def would_stop(yard: Yard, tarball: Path) -> Problem | None:
    """What is said of publishing it before the push."""
    looks = RegistryLooks(yard.context("code-verification"), npm.read_package(yard.project))
    try:
        return await looks.taken(tarball)
    finally:
        await looks.close()


async def test_a_dist_tag_never_moves_back_unless_somebody_says_so(
    publisher: Yard, registry: Registry, tmp_path: Path
) -> None:
    name = "preflight-backwards"
    named(publisher, name)
    registry.put(pack(tmp_path / "2/project", name, "2.0.0"), "latest")
    ours = pack(tmp_path / "ours/project", name, "0.8.0")
    problem = await would_stop(publisher, ours)
    assert problem is not None
    assert f"latest of {name} is 2.0.0" in problem.what
    assert "publishing 0.8.0 would move it back" in problem.what
    assert 'tag = "release-0.x"' in problem.todo
    higher = pack(tmp_path / "higher/project", name, "2.0.1")
    other_tag = pack(tmp_path / "other/project", name, "1.0.0-beta.1")
    assert [await would_stop(publisher, each) for each in (higher, other_tag)] == [None, None]
    publisher.git("switch", "-q", "-c", "0.x")
    assert await would_stop(publisher, ours) is None, "a maintenance branch has a dist-tag of its own"
    publisher.git("switch", "-q", "-")
    for tag in ("release-0.x", "latest"):
        settings = {"publish": "here", "tag": tag}
        publisher.definition = definition(TargetDefinition(id="npm-registry", kind="npm-registry", settings=settings))
        assert await would_stop(publisher, ours) is None, "that is said"


async def test_what_is_packed_counts_and_not_what_the_project_said_before(
    publisher: Yard, registry: Registry, tmp_path: Path
) -> None:
    named(publisher, "preflight-said")
    registry.put(pack(tmp_path / "theirs/project", "preflight-packed", "0.7.0", description="another"))
    looks = RegistryLooks(publisher.context("code-verification"), npm.read_package(publisher.project))
    problem = await looks.taken(pack(tmp_path / "ours/project", "preflight-packed", "0.7.0"))
    await looks.close()
    assert problem is not None
    assert "preflight-packed@0.7.0 is at" in problem.what


def test_what_is_published_runs_prepublish_only_whatever_the_tarball_says(publisher: Yard) -> None:
    tarball = TargetDefinition(id="tarball", kind="tarball", settings={"prepublish": False})
    publisher.definition = definition(tarball)
    assert not making._is_guarded(publisher.context("code-verification"))
    registry_target = TargetDefinition(id="npm-registry", kind="npm-registry", settings={"publish": "here"})
    publisher.definition = definition(tarball, registry_target)
    assert making._is_guarded(publisher.context("code-verification"))
