"""A version that is taken: what the run says helps does, before the push and after it."""

import re
import shlex
from pathlib import Path

import pytest

from tests.projects import Project
from tests.registry import Registry, integrity, pack

from .test_publish import publishing


def advised(said: str) -> list[str]:
    """The arguments of the command that sets another version, as the run named it."""
    found = re.search(r"loop-tui (run (?:--[a-z]+ (?:[A-Z]+ )?)*--version) X\.Y\.Z", said)
    assert found is not None, said
    return [*shlex.split(found[1]), "0.8.1", "--yes"]


def test_another_version_where_the_first_is_taken(feature: Project, registry: Registry, tmp_path: Path) -> None:
    name = "e2e-another"
    publishing(feature, name)
    registry.put(pack(tmp_path / "theirs", name, "0.8.0", description="another"))
    said = feature.cli("run", "--yes", code=1)
    assert "readiness-gate FAILED" in said
    assert "--resume --skip-target npm-registry --reason TEXT" in said
    said = feature.cli(*advised(said))
    assert "INIT is done again for it" in said
    assert list(registry.versions(name)) == ["0.8.0", "0.8.1"]
    assert feature.package()["version"] == "0.8.1"
    assert "0.8.0" not in feature.git("log", "-p", "origin/main"), "the other version was never committed"


@pytest.mark.long
def test_another_version_where_the_first_was_taken_after_the_push(
    feature: Project, registry: Registry, tmp_path: Path
) -> None:
    name = "e2e-another-later"
    publishing(feature, name)
    theirs = pack(tmp_path / "theirs", name, "0.8.0", description="another")
    registry.door.on_publish = lambda _: registry.put(theirs)
    said = feature.cli("run", "--yes", code=1)
    registry.door.on_publish = lambda _: None
    pushed = feature.git("rev-parse", "origin/main")
    # What only fits before the push is refused, and says what fits.
    refused = feature.cli("run", "--resume", "--yes", "--version", "0.8.1", code=2)
    assert "too late for that, the push was made" in refused
    assert "add --phase INIT" in refused
    feature.cli(*advised(said))
    assert feature.git("merge-base", pushed, "origin/main") == pushed, "nothing that was pushed is rewritten"
    assert set(registry.versions(name)) == {"0.8.0", "0.8.1"}
    assert registry.versions(name)["0.8.0"] == integrity(theirs)
