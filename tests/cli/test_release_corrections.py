"""`release deprecate|dist-tag` against a real registry: shown, asked about, done once, seen, and said when it is so."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.commands import corrections as commands
from loop_tui.runners.pack_api import CommandHost
from loop_tui.services.registry import corrections, npm_registry
from loop_tui.services.registry.answers import PublishAnswer, PublishOutcome
from loop_tui.services.registry.npm_registry import PublishRequest
from loop_tui.services.registry.place import RegistryPlace
from tests.projects import Project
from tests.registry import Door, Registry, files_with, pack
from tests.tui.terminal import Terminal

PASSWORD = "914406"


def put(registry: Registry, folder: Path, name: str, *versions: str) -> None:
    for version in versions:
        tarball = pack(folder / name / version, name, version)
        wanted = PublishRequest(tarball, RegistryPlace(registry.url), "latest")
        assert asyncio.run(npm_registry.publish(folder, wanted)).outcome is PublishOutcome.DONE
    registry.door.publishes.clear()
    registry.door.passwords.clear()


def deprecated(registry: Registry, name: str, version: str) -> str:
    """What the registry really says of a version, as npm shows it."""
    argv = ["npm", "view", f"{name}@{version}", "deprecated", "--prefer-online"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.long
def test_versions_of_a_range_are_deprecated_once(registry: Registry, project: Project, tmp_path: Path) -> None:
    put(registry, tmp_path, "corrected-bad", "1.0.0", "1.0.1", "1.1.0")
    words = ("release", "deprecate", "corrected-bad@<1.1.0", "loses data: use 1.1.0")
    assert "nothing was done; use --yes to do it" in project.here(*words, code=3)
    assert registry.door.publishes == []
    said = project.here(*words, "--yes")
    assert f"corrected-bad 1.0.0, 1.0.1 at {registry.url}: deprecated" in said
    assert "npm deprecate" in said
    assert said.rstrip().endswith("done, confirmed by the registry")
    found = [deprecated(registry, "corrected-bad", version) for version in ("1.0.0", "1.0.1", "1.1.0")]
    assert found == ["loses data: use 1.1.0", "loses data: use 1.1.0", ""]
    assert registry.door.publishes == ["corrected-bad"]
    assert "already so" in project.here(*words)
    told = json.loads(project.here(*words, "--json"))
    assert (told["already"], told["versions"], told["message"]) == (True, ["1.0.0", "1.0.1"], "loses data: use 1.1.0")
    assert registry.door.publishes == ["corrected-bad"]
    project.here("release", "deprecate", "corrected-bad@1.0.0", "", "--yes")
    assert deprecated(registry, "corrected-bad", "1.0.0") == ""


def test_what_the_targets_publish_elsewhere_is_corrected_there(
    registry: Registry, project: Project, tmp_path: Path
) -> None:
    """npm's settings lead to another registry, where another package may have that name."""
    put(registry, tmp_path, "corrected-there", "1.0.0")
    (Path(os.environ["HOME"]) / ".npmrc").write_text(registry.npmrc.replace(registry.url, "http://127.0.0.1:9/", 1))
    settings = project.folder / ".loops/targets.toml"
    settings.parent.mkdir()
    target = '[[targets]]\nid = "npm-registry"\npublish = "here"\n'
    settings.write_text(f'{target}registry = "{registry.url}"\n')
    project.commit("chore: publish", package__json=json.dumps(project.package() | {"name": "corrected-there"}))
    words = ("release", "dist-tag", "corrected-there@1.0.0", "stable", "--yes")
    assert f"corrected-there at {registry.url}: stable none -> 1.0.0" in project.here(*words)
    assert registry.dist_tags("corrected-there")["stable"] == "1.0.0"
    another = target.replace('id = "npm-registry"', 'id = "second"\nkind = "npm-registry"')
    settings.write_text(f"{settings.read_text()}\n{another}")
    assert "published at more than one registry" in project.here(*words, code=2)
    assert "already so" in project.here(*words, "--registry", registry.url)


@pytest.mark.long
def test_a_range_takes_its_pre_releases_and_what_is_shown_is_what_is_done(
    registry: Registry, project: Project, tmp_path: Path
) -> None:
    """As `npm deprecate` does; `npm view` leaves them out, and would say that nothing of them is to be done."""
    put(registry, tmp_path, "corrected-early", "1.0.0-rc.1", "1.0.0", "1.1.0-beta.1", "2.0.0-0")
    words = ("release", "deprecate", "corrected-early@1.x", "use 2")
    said = project.here(*words, "--yes")
    assert "corrected-early 1.0.0-rc.1, 1.0.0, 1.1.0-beta.1 at" in said
    assert "'corrected-early@1.0.0-rc.1||1.0.0||1.1.0-beta.1'" in said
    there = ("1.0.0-rc.1", "1.0.0", "1.1.0-beta.1", "2.0.0-0")
    assert [deprecated(registry, "corrected-early", version) for version in there] == ["use 2"] * 3 + [""]
    assert "already so" in project.here(*words)
    assert "corrected-early 2.0.0-0 at" in project.here("release", "deprecate", "corrected-early@latest", "no", code=3)
    assert "has no version" in project.here("release", "deprecate", "corrected-early@3.x", "no", "-y", code=2)


def test_a_dist_tag_names_another_version_once(registry: Registry, project: Project, tmp_path: Path) -> None:
    put(registry, tmp_path, "corrected-moved", "1.0.0")
    words = ("release", "dist-tag", "corrected-moved@1.0.0", "stable")
    said = project.here(*words, "-y")
    assert f"corrected-moved at {registry.url}: stable none -> 1.0.0" in said
    assert registry.dist_tags("corrected-moved") == {"latest": "1.0.0", "stable": "1.0.0"}
    registry.door.asked.clear()
    assert "already so" in project.here(*words)
    assert not [line for line in registry.door.asked if line.startswith("PUT")]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("deprecate", "corrected-bad@1.0.0"), "two arguments are needed"),
        (("deprecate", "bad", "why"), "bad is not NAME@VERSION"),
        (("deprecate", "corrected-bad@--otp=1", "why"), "is not NAME@VERSION"),
        (("deprecate", "../x@1.0.0", "why"), "is not NAME@VERSION"),
        (("deprecate", "corrected-bad@file:.", "why"), "is not NAME@VERSION"),
        (("deprecate", "corrected-bad@../there", "why"), "is not NAME@VERSION"),
        (("dist-tag", "corrected-bad@1.0.0", "x" * 215), "cannot be a dist-tag"),
        (("dist-tag", "corrected-bad@1.x", "latest"), "1.x is not a version"),
        (("dist-tag", "corrected-bad@1.0.0", "v2"), "v2 cannot be a dist-tag"),
        (("dist-tag", "corrected-bad@1.0.0", "--otp"), "No such option"),
    ],
)
def test_what_can_be_none_is_refused(project: Project, words: tuple[str, ...], says: str) -> None:
    assert says in project.here("release", *words, "--yes", code=2)


def test_what_is_not_there_is_told(registry: Registry, project: Project) -> None:
    assert "has no version nowhere@1.0.0" in project.here("release", "deprecate", "nowhere@1.0.0", "x", "-y", code=2)
    registry.door.fails += [500]
    said = project.here("release", "dist-tag", "nowhere@1.0.0", "next", "-y", code=2)
    assert "500" in said


@pytest.mark.long
def test_what_was_lost_on_the_way_and_arrived_is_done(registry: Registry, project: Project, tmp_path: Path) -> None:
    put(registry, tmp_path, "corrected-cut", "1.0.0")
    registry.door.cut = 1
    project.here("release", "deprecate", "corrected-cut@1.0.0", "why", "--yes")
    assert deprecated(registry, "corrected-cut", "1.0.0") == "why"
    assert registry.door.publishes == ["corrected-cut"]


@pytest.mark.long
def test_what_is_refused_is_told(registry: Registry, project: Project, tmp_path: Path) -> None:
    put(registry, tmp_path, "corrected-refused", "1.0.0")
    registry.door.refuses = (403, "you may not")
    assert "you may not" in project.here("release", "deprecate", "corrected-refused@1.0.0", "why", "--yes", code=2)
    assert deprecated(registry, "corrected-refused", "1.0.0") == ""


def test_where_to_confirm_in_a_browser_is_said(registry: Registry, project: Project, tmp_path: Path) -> None:
    put(registry, tmp_path, "corrected-browser", "1.0.0")
    registry.door = Door(otp=PASSWORD, browser=("https://r.example/auth/1", "https://r.example/done/1"))
    said = project.here("release", "dist-tag", "corrected-browser@1.0.0", "stable", "--yes", code=3)
    lines = ["https://r.example/auth/1", "then enter the token that this page shows:", "https://r.example/done/1"]
    assert "\n".join(lines) in said


def test_a_conflict_is_told_as_one(
    registry: Registry, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_LOOKS_AFTER_S", (0,))
    put(registry, tmp_path, "corrected-conflict", "1.0.0")
    registry.door.refuses = (409, "Document update conflict.")
    said = project.here("release", "dist-tag", "corrected-conflict@1.0.0", "stable", "--yes", "--json", code=2)
    assert '"registry-conflict"' in said
    assert "Document update conflict" in said


@pytest.mark.long
def test_a_password_is_typed_and_never_shown(registry: Registry, project: Project, tmp_path: Path) -> None:
    """Without a terminal nobody can type it; in one it is asked for until it is right, and stays nowhere."""
    put(registry, tmp_path, "corrected-locked", "1.0.0")
    registry.door = Door(otp=PASSWORD)
    words = ("release", "deprecate", "corrected-locked@1.0.0", "why")
    assert "asks for a one-time password" in project.here(*words, "--yes", code=3)
    argv = [sys.executable, "-m", "loop_tui", *words]
    terminal = Terminal(argv, cwd=project.folder, env=dict(os.environ), columns=200)
    with closing(terminal):
        terminal.read_until(b"Do it? [y/N]")
        terminal.type("y\n")
        terminal.read_until(b"one-time password:")
        since = len(terminal.output)
        terminal.type("000111\n")
        terminal.read_until(b"one-time password:", since=since)
        terminal.type(f"{PASSWORD}\n")
        assert terminal.end() == 0, terminal.output
        assert terminal.has_its_modes
        assert PASSWORD.encode() not in terminal.output
        assert b"000111" not in terminal.output
    assert registry.door.passwords == ["", "", "000111", PASSWORD]
    assert deprecated(registry, "corrected-locked", "1.0.0") == "why"
    assert files_with(PASSWORD, tmp_path) == []


class Typing:
    """A host whose person types these texts, one at each question."""

    def __init__(self, *typed: str) -> None:
        self.project, self.said, self.asked, self._typed = Path(), [""], 0, list(typed)

    def say(self, text: str) -> None:
        self.said.append(text)

    async def ask(self, text: str, *, hidden: bool = False) -> str | None:
        assert hidden, text
        self.asked += 1
        return self._typed.pop(0)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that a registry got which rejects each of them."""
    passwords: list[str] = []

    async def correct(project: Path, place: RegistryPlace, argv: list[str], password: str = "") -> PublishAnswer:
        passwords.append(password)
        return PublishAnswer(PublishOutcome.PASSWORD, "a one-time password is required")

    monkeypatch.setattr(corrections, "correct", correct)
    return passwords


async def correct_with(host: Typing) -> int:
    async def is_said() -> bool:
        raise AssertionError("nothing was done that could be seen")

    place = RegistryPlace("https://r.example/")
    wanted = commands.Correction(cast(CommandHost, host), place, ["npm"], "words", {}, already=False, is_said=is_said)
    return await commands._asked(wanted)


async def test_no_password_is_asked_for_that_would_not_be_sent(sent: list[str]) -> None:
    host = Typing("1111", "2222", "3333", "4444")
    with pytest.raises(Problem, match="3 one-time passwords were rejected: nothing was done") as refused:
        await correct_with(host)
    assert (sent, host.asked, refused.value.code) == (["", "1111", "2222", "3333"], 3, Code.DECLINED)


async def test_what_cannot_be_a_password_uses_no_try(sent: list[str]) -> None:
    host = Typing("what?", "11 11", "2222", "no!", "3333")
    with pytest.raises(Problem, match="3 one-time passwords were rejected"):
        await correct_with(host)
    assert sent == ["", "1111", "2222", "3333"]
    assert [line for line in host.said if "that is not a one-time password" in line] == host.said[1:]
    assert len(host.said) == 3


async def test_a_person_who_types_none_is_asked_three_times(sent: list[str]) -> None:
    host = Typing("?", "?", "?", "?")
    with pytest.raises(Problem, match="that is not a one-time password"):
        await correct_with(host)
    assert (sent, host.asked) == ([""], 3)


def test_build_metadata_is_refused_before_anything_is_asked(project: Project) -> None:
    assert "which registries drop" in project.here("release", "dist-tag", "a@1.0.0+build.1", "next", code=2)


@pytest.mark.parametrize("printed", ["no JSON", "[" * 100_000])
def test_what_npm_prints_instead_of_json_is_said(printed: str) -> None:
    with pytest.raises(Problem, match="invalid JSON"):
        corrections._list(printed)
