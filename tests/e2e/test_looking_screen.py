"""Screens before the first `go`, in a real terminal, on a project that lays many attacks at once: none is sprung."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks import ATTACKS, Lab, canary, lab
from tests.cli.test_completion import offered
from tests.conftest import World
from tests.projects import Project, wait_for
from tests.services.test_looking import lab_copy, picture

from .test_screen import Terminal

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.usefixtures("quick_npm")]

TOGETHER = (
    "clean filter",
    "fsmonitor",
    "hook after the index was written",
    "pager",
    "external diff",
    "text conversion",
    "program that verifies signatures",
    "alias",
    "credential helper",
    "variable that the project's .npmrc sends",
)


@pytest.fixture
def place(world: World, tmp_path: Path) -> Iterator[Lab]:
    """Each of them is laid, and shown to be sprung by what `plain` says."""
    with canary() as served:
        made = lab(tmp_path / "project", tmp_path / "marks", served)
        chosen = [attack for attack in ATTACKS if attack.name in TOGETHER]
        assert len(chosen) == len(TOGETHER)
        for attack in chosen:
            attack.lay(made)
        made.write(".gitattributes", "* filter=evil diff=evil\n")
        made.touched()
        proof = lab_copy(made, tmp_path / "proof")
        for attack in chosen:
            proof.spring(attack.plain)
        assert {"clean", "fsmonitor", "index-hook", "external", "textconv", "gpg", "credential"} <= set(made.sprung)
        assert any("sent-away" in headers for headers in served.headers)
        made.clear()
        yield made


@pytest.fixture
def terminal(place: Lab, world: World) -> Iterator[Terminal]:
    opened = Terminal(Project(place.folder, place.folder, world), 120, 40)
    yield opened
    opened.close()


def quiet(place: Lab, before: dict[str, str]) -> None:
    assert place.sprung == []
    assert place.canary.lines == []
    after = picture(place.folder)
    assert {name for name in after if after[name] != before.get(name)} <= {".git/info/exclude"}


def test_the_cockpit_and_its_dry_run(place: Lab, terminal: Terminal) -> None:
    before = picture(place.folder)
    terminal.open()
    terminal.sees("space start", "not running")
    terminal.sees("Last release", "To commit")
    terminal.keys("D")
    terminal.sees("which was not run, finds it changed")
    terminal.keys("Escape")
    wait_for(lambda: "Dry run of" not in terminal.text, "the dry run is closed")
    terminal.keys("q")
    terminal.sees("ended=0")
    quiet(place, before)


def test_the_list_of_runs(place: Lab, terminal: Terminal) -> None:
    before = picture(place.folder)
    terminal.open("watch", ".")
    terminal.sees("loop-tui")
    terminal.keys("q")
    terminal.sees("ended=0")
    quiet(place, before)


@pytest.mark.needs("bash")
def test_completion(place: Lab) -> None:
    before = picture(place.folder)
    assert "distribution-loop" in offered(place.folder, "loops", "show", "")
    for words in (("diff", ""), ("approve", ""), ("show", ""), ("doctor", "--loop", ""), ("targets", "--")):
        offered(place.folder, *words)
    quiet(place, before)
