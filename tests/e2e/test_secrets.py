"""Tokens in what programs print, in what GitHub says and in our own failures reach no file and no screen (SPEC 8)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.case import GO
from tests.crash.matrix import prepare
from tests.crash.worlds import World, wait_for
from tests.github.faults import says

from .test_crash_sample import shared as shared

pytestmark = pytest.mark.usefixtures("quick_npm")

VALUE = "s3cr3t-value-that-nobody-may-see"
"""The value of a variable that is named like a secret."""
TOKEN = "ghp_" + "a1B2" * 9
"""Shaped like a token of GitHub; no variable holds it."""
MASKED = "masked"
"""What stands in its place, with brackets that Markdown escapes."""

_LEAK = "console.log('leak', process.env.WIDGET_TOKEN, 'ghp_' + 'a1B2'.repeat(9));\n"
_CRASH = """\
import os
import loop_tui.packs.ship.retrospective as skill

async def run(ctx):
    raise RuntimeError("leak " + os.environ["WIDGET_TOKEN"] + " ghp_" + "a1B2" * 9)

skill.run = run
"""


@pytest.fixture
def place(shared: Path, tmp_path: Path) -> Iterator[World]:
    """The project on GitHub, whose build prints secrets."""
    with prepare("github", shared / "github").make(tmp_path / "w") as made:
        made.env = {**made.env, "WIDGET_TOKEN": VALUE}
        with (made.folder / "build.js").open("a") as script:
            script.write(_LEAK)
        made.git("commit", "--quiet", "-am", "test: print more")
        yield made


def leaks(world: World) -> list[str]:
    """The files below the world's folder (what was printed is among them) in which a secret stands."""
    assert world.github
    found = []
    for path in world.root.rglob("*"):
        if path.is_file() and not {".git", "node_modules"} & set(path.parts):
            data = path.read_bytes()
            if any(secret.encode() in data for secret in (VALUE, TOKEN, world.github.model.token)):
                found.append(str(path.relative_to(world.root)))
    return found


def is_masked(path: Path, words: str) -> bool:
    """The line with these words is there, and its secret is not."""
    lines = [line for line in path.read_text().splitlines() if words in line]
    return bool(lines) and all(MASKED in line for line in lines)


def test_in_output_in_an_error_of_the_api_and_in_a_failure_of_our_own(place: World, tmp_path: Path) -> None:
    """Log, journal, state file, manifest, crash file and archive of one run that meets both, and what it printed."""
    assert place.github
    (place.folder / "left.txt").write_text(f"x {TOKEN}\n")
    assert leaks(place) == ["widget/left.txt"], "the check finds a leak"
    (place.folder / "left.txt").unlink()

    words = f"Resource not accessible: leak {TOKEN} {VALUE}"
    refused = place.github.fail(r"GET .*/deployments\?sha", says(403, words), times=None)
    assert place.run(*GO) == 1, place.said[-1]
    log, manifest = place.run_dir / "output.log", place.run_dir / "deliverables/distribution-manifest.md"
    assert is_masked(log, "leak")
    assert is_masked(manifest, "Resource not accessible")
    assert is_masked(place.run_dir / "journey-log.jsonl", "Resource not accessible")
    assert is_masked(place.state_file, "Resource not accessible")
    assert is_masked(place.root / "said-0", "leak")
    assert not leaks(place)

    refused.stop()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(_CRASH)
    whole = place.env
    place.env = {**whole, "PYTHONPATH": str(broken)}
    assert place.run(*GO) == 70, place.said[-1]
    files = list((place.root / "home").rglob("crashes/*"))
    assert len(files) == 1
    assert is_masked(files[0], "RuntimeError: leak")
    assert str(files[0]) in place.said[-1]
    assert b"the driver failed: RuntimeError" in place.log()
    assert not leaks(place)

    place.env = whole
    assert place.run(*GO) == 0, place.said[-1]
    (archive,) = place.archives()
    names = {path.name for path in archive.with_suffix("").rglob("*")}
    assert {"output.log", "journey-log.jsonl", "distribution-manifest.md", "distribution-state.json"} <= names
    assert not leaks(place)


def test_in_the_reason_of_an_abort(place: World) -> None:
    assert place.run("run") == 3, place.said[-1]
    assert place.run("abort", "--reason", f"leak {TOKEN} {VALUE}") == 0, place.said[-1]
    lease = place.run_dir / "lease.json"
    wait_for(lambda: place.archives() and not place.state_file.exists() and not lease.exists(), "the run has ended")
    (archive,) = place.archives()
    assert json.loads(archive.read_text())["summary"]["outcome"] == "abandoned"
    assert MASKED in archive.read_text()
    assert not leaks(place)
