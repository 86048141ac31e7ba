"""What npm itself would refuse after the push is said before it; npm is asked, too, whether it does."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.publish.old_npm import overruled
from loop_tui.packs.ship.publish.unpublishable import unpublishable
from loop_tui.services.registry.place import RegistryPlace, place_of
from tests.registry import pack

HERE = "http://127.0.0.1:9/"
"""Nobody answers there: whoever gets as far was not refused by npm."""
ON_CI = {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/token"}


def why(document: dict[str, object], place: RegistryPlace, ci: bool = False, **settings: str) -> str:
    target = TargetDefinition(id="npm-registry", kind="npm-registry", settings={"publish": "here", **settings})
    problem = unpublishable(target, place, document, ON_CI if ci else {})  # type: ignore[arg-type]
    return problem.what if problem else ""


@pytest.mark.parametrize("tag", ["1.x", "v2", "1.2.3", "^1.2", "*", "x", ">=1", "1.2.3-beta.1"])
def test_a_dist_tag_that_reads_as_versions(tag: str) -> None:
    assert "reads as a range" in why({"name": "w"}, RegistryPlace(HERE, tag=tag))
    assert "reads as a range" in why({"name": "w"}, RegistryPlace(HERE), tag=tag)


@pytest.mark.parametrize("tag", ["next", "release-1.x", "2fa", "xmas", "beta.1", "v", "latest-2", ""])
def test_a_dist_tag_that_does_not(tag: str) -> None:
    assert why({"name": "w"}, RegistryPlace(HERE, tag=tag)) == ""


@pytest.mark.parametrize("tag", ["a b", "next/1", "b@1", "\u00fcber", "50%"])
def test_a_dist_tag_with_what_npm_takes_in_none(tag: str) -> None:
    assert "other characters" in why({"name": "w"}, RegistryPlace(HERE, tag=tag))


def test_restricted_is_for_scopes() -> None:
    assert "its access is private" in why({"name": "w"}, RegistryPlace(HERE, access="private"))
    assert "has no scope" in why({"name": "w"}, RegistryPlace(HERE), access="restricted")
    assert "has no scope" in why({"name": "w"}, RegistryPlace(HERE, access="restricted"))
    assert why({"name": "w"}, RegistryPlace(HERE, access="restricted"), access="public") == ""
    assert why({"name": "@a/w"}, RegistryPlace(HERE, "@a", access="restricted")) == ""


def test_provenance_is_for_jobs_that_may_ask() -> None:
    place = RegistryPlace(HERE, provenance=True)
    assert "asks for provenance" in why({"name": "w"}, place)
    assert why({"name": "w"}, place, ci=True) == ""


def test_what_a_pack_script_made_private() -> None:
    assert "is private in what was packed" in why({"name": "w", "private": True}, RegistryPlace(HERE))
    assert "is private in what was packed" in why({"name": "w", "private": "false"}, RegistryPlace(HERE)), "as for npm"
    assert why({"name": "w", "private": False}, RegistryPlace(HERE)) == ""


@pytest.mark.needs("npm")
@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"publishConfig": {"tag": "1.x"}}, "SemVer range"),
        ({"publishConfig": {"tag": "a b"}}, "Invalid tag name"),
        ({"publishConfig": {"access": "restricted"}}, "EUNSCOPED"),
        ({"publishConfig": {"access": "private"}}, "EUNSCOPED"),
        ({"publishConfig": {"provenance": True}}, "provenance"),
        ({"private": True}, "EPRIVATE"),
        ({"private": "false"}, "EPRIVATE"),
    ],
)
def test_npm_says_the_same(
    said: dict[str, object], refusal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPM_CONFIG_OFFLINE", "false")  # The place where nobody answers is on this machine.
    tarball = pack(tmp_path / "project", "unpublishable", "1.0.0", **said)
    project = tmp_path / "project"
    document = json.loads((project / "package.json").read_text("utf-8"))
    place = asyncio.run(place_of(project, document, HERE))
    assert why(document, place)
    tag = place.tag or "latest"
    (project / ".npmrc").write_text(f"{HERE.removeprefix('http:')}:_authToken=made-up\n")
    argv = ["npm", "publish", str(tarball), f"--registry={HERE}", "--json", "--fetch-retries=0", f"--tag={tag}"]
    done = subprocess.run(argv, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert refusal in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"registry": "http://127.0.0.1:8/"}, "registry"),
        ({"registry": HERE.rstrip("/")}, ""),
        ({"tag": "latest"}, "tag"),
        ({"tag": "next"}, ""),
        ({"access": "restricted"}, "access"),
        ({"access": "public"}, ""),
        ({"provenance": True}, ""),
    ],
)
def test_what_an_old_npm_takes_of_the_package_whatever_it_is_told(own: dict[str, JsonValue], told: str) -> None:
    def found(npm: str) -> str:
        problem = overruled(RegistryPlace(HERE, npm=npm), {"publishConfig": own}, "next", "public")
        return problem.what if problem else ""

    assert (f"npm 10.5.1 publishes with {told} " in found("10.5.1")) is bool(told)
    assert found("10.5.2") == found("11.19.1") == found("") == ""


def test_an_old_npm_takes_the_registry_of_a_scope_where_the_package_names_one_for_the_scope() -> None:
    place = RegistryPlace(HERE, "@a", npm="9.9.4")
    assert overruled(place, {"publishConfig": {"registry": "http://127.0.0.1:8/"}}, "latest", "") is None
    assert overruled(place, {"publishConfig": {"@a:registry": "http://127.0.0.1:8/"}}, "latest", "")
    assert overruled(place, {}, "latest", "") is None
