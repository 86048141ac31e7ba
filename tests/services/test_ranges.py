"""Ranges against npm's own semver: every pair of many ranges and versions gets the same answer."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from semver import Version

from loop_tui.services.toolchains.ranges import accepts, raised

_SIGNS = ("", "=", "^", "~", ">", ">=", "<", "<=", "~>", "v")
_BASES = ("0", "0.0", "0.0.3", "0.2", "0.2.3", "1", "1.x", "1.2", "1.2.x", "1.2.3", "1.2.3-beta.1", "2.0.0-0", "*", "x")
_MORE = (
    "",
    "1.2.3 - 2.3.4",
    "1.2 - 2",
    "1 - 1.4",
    ">=1.2.3 <2.0.0",
    ">=1 <3 || 4.x",
    "^0.2.3 || ^1.2.0",
    ">= 1.2.3",
    "1.2.3 || 2.x ||",
    "<1.2.3 >=1.2.1",
    ">=1.2.3-alpha <1.2.3",
    "latest",
    "file:../a",
    "npm:other@^1.0.0",
    "github:a/b#semver:^1",
    "^1.2.3.4",
    "01.2.3",
)
_VERSIONS = (
    *("0.0.0", "0.0.3", "0.0.4", "0.1.9", "0.2.3", "0.2.9", "0.3.0", "1.0.0", "1.1.9", "1.2.0", "1.2.3", "1.2.4"),
    *("1.3.0", "2.0.0", "2.3.4", "2.4.0", "4.1.0", "1.2.3-beta.1", "1.2.3-beta.2", "1.2.3-0", "1.3.0-rc.1", "2.0.0-0"),
    *("2.0.0-alpha", "1.2.3+build", "0.0.0-0", "0.2.0-a", "1.0.0-0", "1.2.0-0", "2.3.5-0", "3.0.0-b"),
)
_ASK = """
const semver = require(process.argv[1]);
const {ranges, versions, options} = JSON.parse(require('fs').readFileSync(0));
const said = ranges.map(r =>
  semver.validRange(r) === null ? null : versions.map(v => semver.satisfies(v, r, options)));
console.log(JSON.stringify(said));
"""


_SAME_BOUNDS = Version(7, 8)


def _version(semver: Path) -> Version:
    return Version.parse(json.loads((semver / "package.json").read_text())["version"])


def _semver() -> Path:
    """The semver that npm has with it."""
    npm = Path(shutil.which("npm") or "").resolve()
    found = [folder / "node_modules/semver" for folder in npm.parents if (folder / "node_modules/semver").is_dir()]
    if not found:
        pytest.skip("npm has no semver beside it")
    return found[0]


@pytest.mark.parametrize("prereleases", [False, True])
def test_every_range_accepts_what_npm_says(prereleases: bool) -> None:
    """With `prereleases` as npm deprecates, which takes those of a range for versions like any other."""
    if prereleases and _version(_semver()) < _SAME_BOUNDS:
        pytest.skip("needs an npm whose semver draws the lower bounds of ~ and ^ with pre-releases as it does now")
    ranges = [f"{sign}{base}" for sign in _SIGNS for base in _BASES] + list(_MORE)
    options = {"includePrerelease": prereleases}
    asked = json.dumps({"ranges": ranges, "versions": _VERSIONS, "options": options})
    done = subprocess.run(["node", "-e", _ASK, str(_semver())], input=asked, text=True, capture_output=True, check=True)
    said = json.loads(done.stdout)
    ours = [[accepts(text, version, prereleases=prereleases) for version in _VERSIONS] for text in ranges]
    wrong = [
        (text, version, mine, theirs)
        for text, row, told in zip(ranges, ours, said, strict=True)
        for version, mine, theirs in zip(_VERSIONS, row, told or [None] * len(_VERSIONS), strict=True)
        if mine != theirs
    ]
    assert wrong == []
    assert sum(row is None for row in said) >= 5, "texts that are no ranges are among them"


@pytest.mark.parametrize(
    ("spec", "version", "after"),
    [
        ("1.0.0", "1.1.0", "1.1.0"),
        ("^1.0.0", "2.0.0", "^2.0.0"),
        ("~1.0.0", "1.1.0-beta.1", "~1.1.0-beta.1"),
        ("workspace:^1.0.0", "2.0.0", "workspace:^2.0.0"),
        ("workspace:1.0.0", "1.0.1", "workspace:1.0.1"),
        (">=1.0.0 <2.0.0", "2.0.0", None),
        ("1.x", "2.0.0", None),
        ("^1.0.0 || ^2.0.0", "3.0.0", None),
    ],
)
def test_a_range_is_raised_in_its_own_form_or_not_at_all(spec: str, version: str, after: str | None) -> None:
    assert accepts(spec, version) is False
    assert raised(spec, version) == after
    assert after is None or accepts(after, version)


@pytest.mark.parametrize("spec", ["workspace:*", "workspace:^", "workspace:~", "workspace:"])
def test_what_follows_the_workspace_accepts_every_version_of_it(spec: str) -> None:
    assert accepts(spec, "7.0.0-rc.1")
