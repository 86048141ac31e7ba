"""The panel before a run: what starting it would do, looked at without running or changing anything of the project."""

import json

import pytest

from tests.projects import Project

pytestmark = pytest.mark.usefixtures("quick_npm")


def lines(project: Project, loop: str = "distribution-loop") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in project.here("panel", loop).splitlines():
        told = json.loads(line)
        found.setdefault(told["about"], []).append(told["text"])
    return found


def test_before_the_first_run_and_after_it(feature: Project) -> None:
    before = feature.git("status", "--porcelain", "--ignored")
    told = lines(feature)
    assert "to ship" not in told
    assert told["last release"] == ["none in the archive"]
    assert told["version"][0].startswith("0.7.0 -> 0.8.0: ")
    assert told["version"][1] == "tag v0.8.0"
    assert any("feat" in line for line in told["commits"])
    assert "package.json" in told["to commit"][0]
    assert any(line.startswith("Package tarball: to be confirmed") for line in told["targets"])
    assert any("Railway: not configured" in line for line in told["targets"])
    assert told["preflight"][0].startswith("no problems found")
    assert feature.git("status", "--porcelain", "--ignored") == before
    feature.here("run", "--yes")
    told = lines(feature)
    head = feature.git("rev-parse", "HEAD")[:7]
    assert told["last release"][0].startswith(f"0.7.0 -> 0.8.0, {head}, ")
    assert "tarball" in told["last release"][1]
    assert told["version"][0].startswith("stays at 0.8.0: ")
    assert told["time"][0].startswith("usually ")
    nothing = f"nothing is left to ship: no commits since {head} (the last distribution of "
    assert told["to ship"][0].startswith(f"! {nothing}")
    assert nothing in feature.here("run", "--dry-run")
    # An archive of an earlier version does not say what was released; its effects do.
    (archive,) = feature.archives()
    body = json.loads(archive.read_text())
    del body["summary"]["release"], body["summary"]["targets"]
    archive.write_text(json.dumps(body))
    assert lines(feature)["last release"][0].startswith(f"0.7.0 -> 0.8.0, {head}, ")


def test_that_it_publishes_is_said_with_where_and_how(feature: Project) -> None:
    (feature.folder / ".loops").mkdir(exist_ok=True)
    target = '[[targets]]\nid = "npm-registry"\npublish = "here"\nregistry = "https://registry.example.invalid"\n'
    (feature.folder / ".loops/targets.toml").write_text(target + 'tag = "next"\n')
    feature.git("add", "--all")
    feature.git("commit", "-qm", "chore: publish")
    told = lines(feature)
    what, command = told["publishes"]
    assert what.startswith("widget@0.8.0 at ")
    assert "dist-tag next, access as the registry sets it: this cannot be undone" in what
    assert command.startswith("npm publish widget-0.8.0.tgz ")
    assert "the remote, GitHub and the registry are checked at the start" in told["preflight"][0]


def test_what_would_stop_it_is_said_with_what_fixes_it(feature: Project) -> None:
    feature.git("checkout", "-q", "--detach")
    (stops, *_) = lines(feature)["preflight"]
    assert stops.startswith("! branch: HEAD is detached")
    assert "git switch" in stops


@pytest.mark.parametrize("loop", ["infra-loop", "engineering-loop"])
def test_a_loop_that_ships_nothing_says_nothing(feature: Project, loop: str) -> None:
    assert lines(feature, loop) == {}
