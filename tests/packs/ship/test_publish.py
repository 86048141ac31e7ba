"""Target npm-registry: one version of the verified tarball at a real registry, whatever happens on the way."""

import json
import os
import re
import shutil
import tarfile
from pathlib import Path
from unittest import mock

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.commit import git_workflow
from loop_tui.packs.ship.packaging import verified
from loop_tui.packs.ship.packaging.record import put
from loop_tui.packs.ship.publish import publishing, taken
from loop_tui.packs.ship.targets import distribute, polling
from loop_tui.runners.context import Asked
from loop_tui.services.registry.answers import PublishAnswer
from loop_tui.services.registry.npm_registry import PublishRequest
from tests.registry import Door, Registry, files_with, integrity, pack

from .shipyard import PACKAGE, Killed, Yard, definition, new_yard


class Shop:
    """A yard whose 0.8.0 was verified and pushed, and the registry that it goes to."""

    def __init__(self, yard: Yard, registry: Registry, name: str, tarball: Path) -> None:
        self.yard, self.registry, self.name, self.tarball = yard, registry, name, tarball

    async def publish(self, **settings: object) -> Check:
        given = {"publish": "here", "interval_s": 0.1, "longest_interval_s": 0.2, "cap_s": 60, "rounds": 0, **settings}
        target = TargetDefinition(id="npm", kind="npm-registry", title="npm", settings=given)
        self.yard.definition = definition(target)
        (found,) = (await self.yard.run(distribute.run, "distribute")).checks
        return found

    @property
    def there(self) -> dict[str, str]:
        return self.registry.versions(self.name)

    @property
    def published(self) -> int:
        """How many publishes of it the registry took."""
        return self.registry.door.publishes.count(self.name)

    def is_out_once(self) -> bool:
        return self.there == {"0.8.0": integrity(self.tarball)}


@pytest.fixture
async def shop(
    registry: Registry, world: object, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    monkeypatch.setattr(publishing, "UNSURE_S", 0.5)
    monkeypatch.setattr(publishing, "PATIENCE_S", 3.0)
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    yard = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    yard.write("package.json", json.dumps(PACKAGE | {"name": name, "version": "0.8.0"}, indent=2) + "\n")
    tree = await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    made = pack(tmp_path / "made", name, "0.8.0")
    folder = yard.run_dir / verified.FOLDER / ".verified"
    folder.mkdir(parents=True)
    kept = shutil.copy(made, tmp_path / "kept.tgz")
    await put(made, folder, tree)
    return Shop(yard, registry, name, Path(kept))


async def test_published_once_and_proven_by_its_integrity(shop: Shop) -> None:
    found = await shop.publish()
    assert found.status is CheckStatus.PASSED, found.summary
    assert found.summary.startswith(f"confirmed: {shop.name}@0.8.0 at {shop.registry.url}")
    assert integrity(shop.tarball) in found.excerpt
    assert shop.is_out_once()
    assert shop.registry.dist_tags(shop.name) == {"latest": "0.8.0"}
    (effect,) = [each for each in shop.yard.state.effects if each.kind == "publish"]
    assert effect.intent["integrity"] == integrity(shop.tarball) == (effect.proof or {})["integrity"]
    again = await shop.publish()
    assert (again.status, shop.published) == (CheckStatus.PASSED, 1)


async def test_nothing_is_published_that_was_not_pushed(shop: Shop) -> None:
    state = shop.yard.state
    left = tuple(effect for effect in state.effects if effect.kind != "push")
    shop.yard.state = state.model_copy(update={"effects": left})
    assert (await shop.publish()).status is CheckStatus.SKIPPED
    assert shop.there == {}


async def test_a_password_is_asked_for_and_kept_nowhere(shop: Shop, tmp_path: Path) -> None:
    shop.registry.door.otp = "914406"
    with pytest.raises(Asked) as asked:
        await shop.publish()
    assert asked.value.question.id == f"otp-{shop.name}@0.8.0-1"
    shop.yard.secrets = ["000111"]
    with pytest.raises(Asked) as asked:
        await shop.publish()
    assert asked.value.question.id == f"otp-{shop.name}@0.8.0-2"
    # Who was asked answers: nothing is sent without a password first.
    sent = len(shop.registry.door.passwords)
    shop.yard.secrets = ["914406"]
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert shop.registry.door.passwords[sent:] == ["914406"]
    assert shop.is_out_once()
    assert files_with("914406", tmp_path) == files_with("000111", tmp_path) == []


async def test_two_registries_ask_under_names_of_their_own(shop: Shop) -> None:
    """The very registry by two names of its host; what is typed for one of them never gets to the other."""
    shop.registry.door.otp = "914406"
    settings = {"publish": "here", "interval_s": 0.1, "cap_s": 60, "rounds": 0}
    hosts = {"one": shop.registry.url, "two": shop.registry.url.replace("127.0.0.1", "localhost")}
    token = f"//{hosts['two'].partition('//')[2]}:_authToken={shop.registry.token}\n"
    (Path(os.environ["HOME"]) / ".npmrc").write_text(shop.registry.npmrc + token)
    shop.yard.definition = definition(
        *(
            TargetDefinition(id=name, kind="npm-registry", title=name, settings={**settings, "registry": url})
            for name, url in hosts.items()
        )
    )
    with pytest.raises(Asked):
        await shop.yard.run(distribute.run, "distribute")
    shop.yard.secrets = ["914406", "914406"]
    await shop.yard.run(distribute.run, "distribute")
    asked = {question.id: question.text for question in shop.yard.asked}
    for name, url in hosts.items():
        assert f"at {url}?" in asked[f"otp-{shop.name}@0.8.0-{name}-1"]


async def test_the_browser_addresses_are_in_the_question_and_of_the_try_that_it_is_about(shop: Shop) -> None:
    site = "https://registry.example"
    shop.registry.door = Door(otp="npm_a-token", browser=(f"{site}/auth/cli/6b1d", f"{site}/-/v1/done?authId=6b1d"))
    with pytest.raises(Asked) as asked:
        await shop.publish()
    lines = asked.value.question.detail.splitlines()
    assert lines[-3:] == [f"{site}/auth/cli/6b1d", mock.ANY, f"{site}/-/v1/done?authId=6b1d"]
    shop.registry.door.browser = (f"{site}/auth/cli/77aa", f"{site}/-/v1/done?authId=77aa")
    shop.yard.secrets = ["npm_a-token"]
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert "https://registry.example/auth/cli/77aa" in shop.yard.asked[-1].detail.splitlines()
    assert shop.registry.door.passwords == ["", "", "npm_a-token"]


async def test_who_signed_in_anew_is_asked_for_no_password_that_is_not_needed(shop: Shop) -> None:
    shop.registry.door.otp = "914406"
    with pytest.raises(Asked):
        await shop.publish()
    shop.registry.door.otp = ""
    (Path(os.environ["HOME"]) / ".npmrc").write_text(shop.registry.npmrc + "# another token\n")
    asked = len(shop.yard.asked)
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert len(shop.yard.asked) == asked


async def test_no_password_is_asked_for_where_the_version_is_out(shop: Shop) -> None:
    shop.registry.door.otp = "914406"
    with pytest.raises(Asked):
        await shop.publish()
    shop.registry.put(shop.tarball)
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert shop.registry.door.passwords == [""]


async def test_what_is_no_password_is_asked_for_again_and_not_counted(shop: Shop) -> None:
    """Authenticator apps show it with a blank in the middle."""
    shop.registry.door.otp = "914406"
    shop.yard.secrets = ["9144\u00fc6", "914.406", "", "914406"]
    found = await shop.publish()
    assert "it may only have letters, digits, '-' and '_'" in found.summary, "whoever gives the same for ever is told"
    shop.yard.secrets = ["9144/6", "", " 914 406\t"]
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert shop.registry.door.passwords == ["", "914406"]
    assert not any("does not take" in text for _, text in shop.yard.said)


@pytest.mark.long
async def test_three_refused_passwords_are_enough(shop: Shop) -> None:
    shop.registry.door.otp = "914406"
    shop.yard.secrets = ["1", "2", "3", "914406"]
    found = await shop.publish()
    assert found.status is CheckStatus.FAILED
    assert "3 one-time passwords were rejected" in found.summary
    assert shop.yard.secrets == ["914406"]
    assert (await shop.publish()).status is CheckStatus.PASSED, "and then it is asked anew"


async def test_the_answer_to_a_publish_is_lost(shop: Shop) -> None:
    shop.registry.door.cut = 1
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert shop.published == 1
    assert shop.is_out_once()


@pytest.mark.long
async def test_a_registry_that_shows_it_later_gets_no_second_publish(shop: Shop) -> None:
    shop.registry.door.hidden = 2
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert (shop.published, shop.registry.door.hidden) == (1, 0)


@pytest.mark.long
async def test_one_that_stays_hidden_is_waited_for_and_never_published_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "PATIENCE_S", 0.1)
    shop.registry.door.hidden = 1000
    found = await shop.publish(cap_s=2)
    assert found.status is CheckStatus.FAILED
    assert "not visible" in found.summary
    shop.registry.door.hidden = 1
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert len(shop.registry.door.passwords) == 1, "one publish was ever sent"


@pytest.mark.parametrize("words", ["", "this version already exists"])
@pytest.mark.sampled(3)
async def test_what_the_registry_does_not_have_after_all_is_published_in_a_later_try(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """It said done, or that it has it, and it has not: waiting for that would be for ever."""
    monkeypatch.setattr(publishing, "PATIENCE_S", 0.1)
    shop.registry.door.refuses = (403, words) if words else (201, "ok")
    found = await shop.publish(cap_s=2)
    assert found.status is CheckStatus.FAILED
    # What was the last to be known when the time was up: our word for it, or the registry's own.
    known = ("the registry has it already", words) if words else ("it was published",)
    assert any(each in found.summary for each in known)
    assert len(shop.registry.door.passwords) == 1, "one publish in one try"
    shop.registry.door.refuses = None
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert (shop.is_out_once(), shop.published) == (True, 1)


async def test_what_is_known_of_one_registry_says_nothing_of_another(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very registry by another name of its host."""
    monkeypatch.setattr(publishing, "PATIENCE_S", 0.1)
    shop.registry.door.refuses = (201, "ok")
    other = shop.registry.url.replace("127.0.0.1", "localhost")
    rc = Path(os.environ["HOME"]) / ".npmrc"
    rc.write_text(shop.registry.npmrc + f"//{other.partition('//')[2]}:_authToken={shop.registry.token}\n")
    assert (await shop.publish(cap_s=1)).status is CheckStatus.FAILED
    shop.registry.door.refuses = None
    monkeypatch.setattr(publishing, "PATIENCE_S", 1e9)
    assert (await shop.publish(registry=other)).status is CheckStatus.PASSED
    assert shop.published == 1


async def test_a_version_with_other_contents_is_a_failure_that_names_both(shop: Shop, tmp_path: Path) -> None:
    other = pack(tmp_path / "other", shop.name, "0.8.0", description="another one")
    shop.registry.put(other)
    found = await shop.publish()
    assert found.status is CheckStatus.FAILED
    for whole in (integrity(other), integrity(shop.tarball)):
        assert whole[:19] in found.summary
        assert whole[:20] not in found.summary, "short, as git names a commit"
        assert whole in found.excerpt, "in full in the evidence"
    assert shop.there == {"0.8.0": integrity(other)}
    assert shop.published == 0


@pytest.mark.long
async def test_the_same_contents_are_there_already(shop: Shop) -> None:
    """The dist-tags are those that the registry has, which is not the one that a publish would have set."""
    shop.registry.put(pack(shop.tarball.parent / "old/project", shop.name, "0.7.0"), "latest")
    shop.registry.put(shop.tarball)
    found = await shop.publish()
    assert (found.status, shop.published) == (CheckStatus.PASSED, 0)
    assert found.summary.endswith("dist-tag other")
    said = [text for _, text in shop.yard.said if "loop-tui release dist-tag" in text]
    assert f"loop-tui release dist-tag {shop.name}@0.8.0 latest" in said[-1]
    assert "latest points to 0.7.0" in said[-1]


@pytest.mark.parametrize(
    ("door", "words"),
    [
        (Door(signed_out=True), "npm login --registry"),
        pytest.param(Door(refuses=(403, "You may not publish that")), "npm whoami", marks=pytest.mark.long),
        pytest.param(Door(refuses=(402, "You must sign up")), "You must sign up", marks=pytest.mark.long),
        pytest.param(Door(refuses=(404, "Scope not found")), "Scope not found", marks=pytest.mark.long),
        pytest.param(Door(refuses=(400, "bad data")), "bad data", marks=pytest.mark.long),
    ],
)
async def test_what_the_registry_refuses_fails_in_its_words(shop: Shop, door: Door, words: str) -> None:
    shop.registry.door = door
    found = await shop.publish()
    assert found.status is CheckStatus.FAILED
    assert words in found.summary
    assert len(door.passwords) <= 1
    shop.registry.door = Door()
    assert (await shop.publish()).status is CheckStatus.PASSED, "what was refused is not taken for done"
    assert shop.is_out_once()


@pytest.mark.long
@pytest.mark.parametrize("fails", [[503], [500, 502, 503, 500]])
async def test_a_registry_with_trouble_of_its_own_is_tried_again(shop: Shop, fails: list[int]) -> None:
    shop.registry.door.fails = list(fails)
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert shop.is_out_once()
    assert shop.published == 1


@pytest.mark.long
async def test_a_publish_that_is_answered_with_trouble_is_tried_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "PATIENCE_S", 0.5)
    door = shop.registry.door
    door.refuses = (503, "later")
    slept = polling.sleep

    async def sleeping(seconds: float) -> None:
        door.refuses = None
        await slept(seconds)

    monkeypatch.setattr(polling, "sleep", sleeping)
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert shop.is_out_once()


async def test_a_tarball_that_was_changed_is_not_published(shop: Shop) -> None:
    (tarball,) = (shop.yard.run_dir / verified.FOLDER / ".verified").glob("*.tgz")
    tarball.write_bytes(tarball.read_bytes() + b"\0")
    found = await shop.publish()
    assert found.status is CheckStatus.FAILED
    assert "loop-tui phase VERIFY" in found.summary
    tarball.unlink()
    assert (await shop.publish()).status is CheckStatus.FAILED
    assert (shop.there, shop.registry.door.passwords) == ({}, [])


@pytest.mark.long
async def test_one_that_is_changed_while_a_password_is_asked_for_is_not_published(shop: Shop) -> None:
    """Between the plan and the publish a person may take minutes to find a telephone."""
    shop.registry.door.otp = "914406"
    (tarball,) = (shop.yard.run_dir / verified.FOLDER / ".verified").glob("*.tgz")
    shop.registry.door.on_refusal = lambda: tarball.write_bytes(b"changed")
    shop.yard.secrets = ["914406"]
    found = await shop.publish()
    assert found.status is CheckStatus.FAILED
    assert "was changed since it was verified" in found.summary
    assert shop.there == {}


async def test_one_that_is_exchanged_after_it_was_checked_is_not_what_is_published(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """npm opens it by its name, twice, after we have looked at it."""
    (tarball,) = (shop.yard.run_dir / verified.FOLDER / ".verified").glob("*.tgz")
    other = pack(tmp_path / "other", shop.name, "0.8.0", description="another one")
    real = publishing.npm_registry.publish
    seen: list[Path] = []

    async def exchanged(project: Path, wanted: PublishRequest, password: str = "") -> PublishAnswer:
        other.replace(tarball)
        seen.append(wanted.tarball)
        assert wanted.tarball.parent.stat().st_mode & 0o777 == 0o700
        return await real(project, wanted, password)

    monkeypatch.setattr(publishing.npm_registry, "publish", exchanged)
    await shop.publish()
    assert shop.is_out_once()
    assert [path.exists() for path in seen] == [False]


async def test_what_was_seen_to_be_free_long_ago_is_looked_at_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (shop.registry.url, f"{shop.name}@0.8.0", integrity(shop.tarball))
    monkeypatch.setitem(taken._seen_free, key, taken.now_s() - taken.FREE_S)
    shop.registry.put(shop.tarball)
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert not any("checking the registry for it" in text for _, text in shop.yard.said), "no publish was tried"


@pytest.mark.parametrize(("higher", "says"), [("0.9.0", "npm dist-tag ls"), ("0.7.0", "loop-tui release dist-tag")])
async def test_the_command_for_a_dist_tag_never_moves_it_back(shop: Shop, higher: str, says: str) -> None:
    shop.registry.put(shop.tarball)
    shop.registry.put(pack(shop.tarball.parent / "other/project", shop.name, higher), "latest")
    assert (await shop.publish()).status is CheckStatus.PASSED
    (said,) = [text for _, text in shop.yard.said if "The dist-tag latest points to" in text]
    assert f"points to {higher}" in said
    assert says in said


@pytest.mark.parametrize(
    "instant",
    [
        "publish:act",
        *(pytest.param(f"publish:{name}", marks=pytest.mark.long) for name in ("intent", "observe", "proof")),
    ],
)
async def test_a_driver_that_dies_publishes_once(shop: Shop, instant: str) -> None:
    shop.yard.kill.add(instant)
    with pytest.raises(Killed):
        await shop.publish()
    shop.registry.door.hidden = 1
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert shop.published == 1
    assert len(shop.registry.door.passwords) == 1
    assert shop.is_out_once()


@pytest.mark.long
async def test_a_driver_that_dies_while_npm_publishes_looks_for_a_while_first(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody saw how it ended: it is there, and the registry is late with showing it."""
    monkeypatch.setattr(publishing, "UNSURE_S", 20.0)
    real = publishing.npm_registry.publish

    async def dying(*args: object, **more: object) -> None:
        await real(*args, **more)  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr(publishing.npm_registry, "publish", dying)
    with pytest.raises(Killed):
        await shop.publish()
    monkeypatch.setattr(publishing.npm_registry, "publish", real)
    shop.registry.door.hidden = 4
    assert (await shop.publish()).status is CheckStatus.PASSED
    assert len(shop.registry.door.passwords) == 1


async def test_a_private_package_and_a_project_that_says_nothing_are_not_configured(shop: Shop) -> None:
    assert (await shop.publish(publish="")).summary == "not configured: set publish in .loops/targets.toml"
    shop.yard.write("package.json", json.dumps(PACKAGE | {"version": "0.8.0", "private": True}))
    assert (await shop.publish()).summary == "not configured: the package is private"
    assert shop.there == {}


@pytest.mark.parametrize("instant", ["publish:intent", "publish:act"])
async def test_one_that_is_made_private_after_its_publish_began_is_looked_for_and_never_published(
    shop: Shop, instant: str
) -> None:
    """The driver died before or behind it: what is out is told, what is not does not get out any more."""
    shop.yard.kill.add(instant)
    with pytest.raises(Killed):
        await shop.publish()
    out = shop.published
    shop.yard.write("package.json", json.dumps(PACKAGE | {"version": "0.8.0", "private": True}))
    found = await shop.publish()
    assert found.status is (CheckStatus.PASSED if out else CheckStatus.FAILED)
    said = "" if out else f"the package is private: {shop.name}@0.8.0 is not published, and"
    assert said in found.summary
    assert shop.published == out


async def test_what_a_workflow_published_is_compared_and_never_published_here(shop: Shop, tmp_path: Path) -> None:
    """Packed anew by somebody else, it has other bytes: then each file in it counts."""
    found = await shop.publish(publish="workflow", cap_s=0)
    assert found.status is CheckStatus.FAILED
    assert found.summary.startswith("not seen")
    assert shop.registry.door.passwords == []
    with tarfile.open(shop.tarball) as ours, tarfile.open(tmp_path / "anew.tgz", "w:gz") as anew:
        for member in ours:
            member.mtime = 1_700_000_000
            anew.addfile(member, ours.extractfile(member))
    shop.registry.put(tmp_path / "anew.tgz")
    assert shop.there["0.8.0"] != integrity(shop.tarball)
    found = await shop.publish(publish="workflow")
    assert found.status is CheckStatus.PASSED, found.summary
    assert "packed again, with the same files and contents" in found.summary


@pytest.mark.long
async def test_a_workflow_that_published_other_files_is_a_failure(shop: Shop, tmp_path: Path) -> None:
    other = pack(tmp_path / "other/project", shop.name, "0.8.0", description="another one")
    shop.registry.put(other)
    found = await shop.publish(publish="workflow")
    assert found.status is CheckStatus.FAILED
    for whole in (integrity(other), integrity(shop.tarball)):
        assert whole[:19] in found.summary
        assert whole[:20] not in found.summary, "short, as git names a commit"
        assert whole in found.excerpt, "in full in the evidence"
    assert "package.json" in found.summary


@pytest.mark.long
async def test_the_very_bytes_from_a_workflow_are_confirmed(shop: Shop) -> None:
    shop.registry.put(shop.tarball)
    found = await shop.publish(publish="workflow")
    assert found.status is CheckStatus.PASSED
    assert integrity(shop.tarball) in found.excerpt
