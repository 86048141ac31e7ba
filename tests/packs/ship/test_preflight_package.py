"""Preflight of the package: what would stop a ship there is said before anything is changed, also by a look."""

import json
from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.preflight.findings import Finding, Prospect
from loop_tui.packs.ship.preflight.preflight import preflight
from loop_tui.packs.ship.release_planner.skill import run
from loop_tui.runners.context import SkillFailed
from loop_tui.runners.pack_api import RunChoice, with_choices
from loop_tui.services.git.read_only import looking

from .shipyard import PACKAGE, Yard
from .test_version_writing import release


async def findings(yard: Yard) -> list[Finding]:
    """What a look finds; it reaches no remote."""
    place = yard.run_.place
    with looking():
        prospect = Prospect(place.project, place.state_file, yard.definition, yard.state, place.home)
        return list((await preflight(prospect, offline=True)).findings)


def named(found: list[Finding], name: str) -> list[Finding]:
    return [finding for finding in found if finding.name == name]


def package(yard: Yard, **more: object) -> None:
    yard.write("package.json", json.dumps(PACKAGE | more, indent=2) + "\n")


async def test_a_good_project_has_nothing_to_fix(start: Yard) -> None:
    assert not [finding for finding in await findings(start) if finding.fatal]


async def test_node_that_does_not_start_stops_a_ship(start: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--require /gone/bootloader.js")
    fatal = [finding for finding in await findings(start) if finding.fatal]
    assert [finding.name for finding in fatal] == ["npm"]
    assert "does not start" in fatal[0].words
    with pytest.raises(SkillFailed, match="npm does not start"):
        await start.run(run, "release-planner")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.99999999999999999999.0", "is not a semantic version: npm allows numbers up to 9007199254740991"),
        ("9007199254740992.0.0", "npm allows numbers up to 9007199254740991"),
        ("1.2", "package.json: 1.2 is not a semantic version"),
        ("latest", "package.json: latest is not a semantic version"),
    ],
)
async def test_a_version_that_npm_reads_as_none_is_not_shipped(start: Yard, version: str, words: str) -> None:
    package(start, version=version)
    (found,) = [each for each in await findings(start) if each.fatal]
    assert (found.name, words in found.words) == ("version", True)
    assert "--version X.Y.Z" in found.fix
    with pytest.raises(SkillFailed, match="is not a semantic version"):
        await start.run(run, "release-planner")
    chosen = RunChoice("choice-version", {"version": "2.0.0"}, "")
    start.state = with_choices(start.state, (chosen,))
    assert not [each for each in await findings(start) if each.fatal]


@pytest.mark.parametrize("version", ["9007199254740991.0.0", "1.0.0-rc.99999999999999999999", "v1.2.3", "1.2.3 "])
async def test_a_version_that_npm_reads_is_taken(start: Yard, version: str) -> None:
    package(start, version=version)
    assert not [each for each in await findings(start) if each.fatal]


@pytest.mark.parametrize(
    ("scripts", "words"),
    [
        ({"preversion": "npm test", "version": "x"}, ["preversion and version run around the version write"]),
        ({"postversion": "git push"}, ["postversion is not run (it commonly pushes): git push"]),
        ({"version": "x"}, ["version run around the version write"]),
        ({}, []),
    ],
)
async def test_the_scripts_around_the_version_are_named(start: Yard, scripts: dict[str, str], words: list[str]) -> None:
    package(start, scripts=scripts)
    assert [finding.words for finding in named(await findings(start), "version scripts")] == words


async def test_scripts_that_a_setting_leaves_out_are_named(start: Yard) -> None:
    package(start, scripts={"version": "x"})
    start.definition = release(start.definition, version_scripts=[])
    (finding,) = named(await findings(start), "version scripts")
    assert finding.words == "version is not run (version_scripts disables it): x"


@pytest.mark.parametrize("more", [{"private": True}, {"name": ""}])
async def test_that_nothing_is_packed_is_said_and_is_no_fault(start: Yard, more: dict[str, object]) -> None:
    package(start, **more)
    targets = (TargetDefinition(id="tarball", kind="tarball"),)
    start.definition = start.definition.model_copy(update={"targets": targets})
    (finding,) = named(await findings(start), "tarball")
    assert finding.good


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"needs": ["NO_SUCH_VARIABLE"]}, "it needs NO_SUCH_VARIABLE, which is not set"),
        ({"start": "serve"}, "start names serve, but there is no such script"),
        ({"port": "x"}, "port is not the number of a port"),
        ({"env": {"A": 7}}, "env is not a table of variables"),
        ({"needs": "A"}, "needs is not a list of variables"),
    ],
)
async def test_what_the_server_lacks_stops_a_ship(start: Yard, settings: dict[str, object], words: str) -> None:
    target = TargetDefinition(id="local", kind="local", settings=settings)  # type: ignore[arg-type]
    start.definition = start.definition.model_copy(update={"targets": (target,)})
    (finding,) = named(await findings(start), "server")
    assert finding.fatal
    assert words in finding.words


async def test_a_named_file_without_the_version_stops_a_ship(start: Yard) -> None:
    start.definition = release(start.definition, version_files=["src/gone.ts"])
    (finding,) = named(await findings(start), "version")
    assert finding.fatal
    assert "gone.ts" in finding.words


@pytest.mark.parametrize("kind", ["file", "link to nowhere"])
async def test_an_archive_that_cannot_be_written_stops_a_ship(start: Yard, kind: str) -> None:
    runs = start.home / "runs"
    if kind == "file":
        runs.write_text("in the way")
    else:
        runs.symlink_to("/nowhere/at/all")
    (finding,) = named(await findings(start), "archive")
    assert finding.fatal
    assert "LOOP_TUI_HOME" in finding.fix
    assert not Path("/nowhere").exists()


async def test_what_npm_would_take_along_by_hand_is_said_with_the_line_that_keeps_it_out(start: Yard) -> None:
    assert not named(await findings(start), "npm pack"), "its `files` say what belongs to it"
    start.write("package.json", json.dumps({key: PACKAGE[key] for key in ("name", "version")}) + "\n")
    (said,) = named(await findings(start), "npm pack")
    assert "distribution-state.json" in said.words
    start.write(said.fix.partition(">> ")[2].split()[0], "/distribution-state.json\n")
    assert not named(await findings(start), "npm pack")
    start.write(".npmignore", "docs\n")
    (said,) = named(await findings(start), "npm pack")
    assert ">> .npmignore" in said.fix, "npm reads .gitignore no more where this is"
    start.write("package.json", json.dumps({"name": "x", "version": "1.0.0", "private": True}) + "\n")
    assert not named(await findings(start), "npm pack")
