"""A one-time password that is typed in the cockpit is looked for everywhere, while npm has it and afterwards."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projects import Project, press_until, wait_for
from tests.registry import Registry
from tests.tui.terminal import Terminal
from tests.where_shown import command_of, processes, where_shown

from .test_publish import is_out, publishing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks through /proc")

PASSWORD = "Zq7X-vK9_jW"
"""Letters, digits and signs as a registry may want them, and as nothing else has them."""
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x1b\\|\x07)|[@-Z\\-_])", re.DOTALL)


def printed(screen: Terminal) -> bytes:
    """All that was ever written to the terminal, without what moves the cursor and sets colours."""
    return _SEQUENCE.sub(b"", bytes(screen.output))


@pytest.fixture
def screen(feature: Project, registry: Registry) -> Iterator[Terminal]:
    """The cockpit of a run that waits for a one-time password."""
    publishing(feature, "e2e-nowhere")
    registry.door.otp = PASSWORD
    assert "One-time password" in feature.cli("run", "--yes", code=3)
    feature.cli("go")  # In the background: that driver asks again, and waits.
    opened = Terminal(feature.argv(), cwd=feature.folder, columns=120, rows=40)
    yield opened
    opened.process.kill()
    opened.process.wait()
    if not feature.archives():
        feature.cli("abort", "--reason", "the test is over", code=None)


def type_it(screen: Terminal, project: Project) -> None:
    """As a person does: to the question, one key after the other, and enter until it is taken."""
    screen.read_until(b"One-time password to publish")
    screen.type("3")
    screen.read_until(b"not shown, not stored")

    def first() -> bool:
        # What comes in the first moment is swallowed.
        since = len(screen.output)
        screen.type(f"\x7f{PASSWORD[0]}")
        screen.read_some(0.1)
        return "•".encode() in screen.output[since:]

    wait_for(first, "a key is taken")
    screen.type(PASSWORD[1:])
    screen.read_until(("•" * len(PASSWORD)).encode())
    over = lambda: screen.read_some(0.1) or project.archives()  # noqa: E731
    press_until(lambda: screen.type("\r"), over, "the run is over")


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    assert where_shown(PASSWORD, tmp_path) == []
    (tmp_path / "leak").write_text(f"otp={PASSWORD}\n")
    (tmp_path / PASSWORD).touch()
    with subprocess.Popen(["sleep", "600"], env={"PATH": "/usr/bin:/bin", "OTP": PASSWORD}) as child:
        argument = subprocess.Popen([sys.executable, "-c", "input()", PASSWORD], stdin=subprocess.PIPE)
        try:
            places = [f"/proc/{child.pid}/environ", f"/proc/{argument.pid}/cmdline"]
            wait_for(lambda: set(places) <= set(where_shown(PASSWORD)), "both processes show it")
            assert {str(tmp_path / "leak"), str(tmp_path / PASSWORD)} <= set(where_shown(PASSWORD, tmp_path))
        finally:
            child.kill()
            argument.kill()
            argument.communicate()


def test_typed_in_the_cockpit_it_is_nowhere(screen: Terminal, feature: Project, registry: Registry) -> None:
    """Home, archive, temporary files and project are below one folder; the registry's own are not looked at."""
    while_sent: list[list[str]] = []
    running: list[str] = []

    def sample(_: str) -> None:
        # The registry has it, and npm, its parents and all that these wrote are still there.
        running.extend(map(command_of, processes()))
        while_sent.append(where_shown(PASSWORD, feature.world.root, feature.folder))

    registry.door.on_publish = sample
    type_it(screen, feature)
    registry.door.on_publish = lambda _: None
    assert registry.door.passwords == ["", PASSWORD], "it was sent, once"
    assert any("npm" in line and "publish" in line for line in running), "npm was there to be looked at"
    assert while_sent == [[]]
    screen.read_until(b"npm registry")
    screen.process.terminate()
    screen.end()
    is_out(feature, registry, "e2e-nowhere")
    assert where_shown(PASSWORD, feature.world.root, feature.folder) == []
    (log,) = feature.world.root.rglob("output.log")
    assert "npm registry: confirmed" in log.read_text(), "what was searched is the log of this run"
    pieces = [PASSWORD[at : at + 3].encode() for at in range(len(PASSWORD) - 2)]
    assert [piece for piece in pieces if piece in printed(screen) or piece in screen.output] == []
