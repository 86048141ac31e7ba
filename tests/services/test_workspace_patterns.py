"""The patterns of a workspace against npm itself: the same folders, whatever the pattern."""

import json
import subprocess
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.workspace_patterns import places
from loop_tui.services.toolchains.workspaces import workspace_of

FOLDERS = (
    "packages/a",
    "packages/b",
    "packages/ab",
    "apps/web",
    "apps/web/plugins/x",
    "libs/1",
    "libs/2",
    "tools/.own",
)
PATTERNS = {
    "braces": ["{packages,apps}/*"],
    "braces in braces": ["{packages/{a,b},apps/*}"],
    "braces around one": ["{packages}/*"],
    "numbers in braces": ["libs/{1..2}"],
    "a star within a word": ["packages/**b"],
    "all below": ["apps/**"],
    "a dot before": ["./packages/*"],
    "a slash behind": ["packages/*/"],
    "a set of letters": ["packages/[ab]"],
    "one taken out": ["packages/*", "!packages/b"],
    "one taken out before": ["!packages/b", "packages/*"],
    "some taken out in braces": ["packages/*", "!packages/{a,b}"],
    "one taken out and named again": ["packages/*", "!packages/b", "packages/b"],
    "all below taken out": ["apps/**", "!apps/web/**"],
    "taken out twice is not": ["!!packages/*"],
    "a hidden folder": ["tools/*"],
}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    for place in FOLDERS:
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / place / "package.json").write_text(
            json.dumps({"name": place.replace("/", "-"), "version": "1.0.0"})
        )
    return tmp_path


def of_npm(top: Path) -> set[str]:
    done = subprocess.run(["npm", "pkg", "get", "name", "--workspaces"], cwd=top, capture_output=True, text=True)
    if "No workspaces found" in done.stderr:
        return set()
    named = {place.replace("/", "-"): place for place in FOLDERS}
    return {named[name] for name in json.loads(done.stdout)}


@pytest.mark.parametrize("patterns", PATTERNS.values(), ids=PATTERNS.keys())
def test_they_are_read_as_npm_reads_them(top: Path, patterns: list[str]) -> None:
    (top / "package.json").write_text(json.dumps({"name": "root", "private": True, "workspaces": patterns}))
    assert set(places(top, patterns)) == of_npm(top)


def test_a_member_by_braces_belongs_to_its_workspace(top: Path) -> None:
    (top / "package.json").write_text(json.dumps({"name": "root", "workspaces": ["{packages,apps}/*"]}))
    package = npm.read_package(top / "packages/a")
    assert package is not None
    found = workspace_of(package, top)
    assert found is not None
    assert found.place_of(package) == "packages/a"


@pytest.mark.parametrize("pattern", ["packages/+(a|b)", "packages/a\0b", "{1,2}" * 20, "{1..99999}"])
def test_what_cannot_be_read_is_named(top: Path, pattern: str) -> None:
    with pytest.raises(Problem, match=r"the workspace pattern .* cannot be read"):
        places(top, [pattern])


@pytest.mark.parametrize("pattern", ["../*", "", "/", "!", "packages/[", "packages/[b-a]", "{", "}{", "{,}", "\ue000"])
def test_odd_ones_name_nothing(top: Path, pattern: str) -> None:
    assert places(top, [pattern]) == ()
