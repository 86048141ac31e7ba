"""`release deprecate|dist-tag`, killed at any instant and given again: done once, and what is said of it is true."""

from pathlib import Path

import psutil
import pytest

from tests.projects import Project, wait_for
from tests.registry import Hold, Registry

from .test_release_corrections import put

WHY = "loses data"
_WORDS = {"deprecate": WHY, "dist-tag": "stable"}
_REQUESTS = {"deprecate": 4, "dist-tag": 5}
"""How many requests such a command makes when nothing goes wrong."""


class Correction:
    """A correction of a package that is out."""

    def __init__(self, registry: Registry, project: Project, folder: Path, command: str, name: str) -> None:
        self.registry, self.project, self.command, self.name = registry, project, command, name
        put(registry, folder, name, "1.0.0")
        self.argv = ("release", command, f"{name}@1.0.0", _WORDS[command], "--yes")

    @property
    def is_said(self) -> bool:
        """What the registry has, asked behind the door."""
        if self.command == "deprecate":
            return self.registry.deprecated(self.name, "1.0.0") == WHY
        return self.registry.dist_tags(self.name).get("stable") == "1.0.0"

    def killed_at(self, hold: Hold, victim: str, *, lost: bool = False) -> None:
        """Start it, kill it when somebody waits at the door, and let what it leaves behind come to its end."""
        run = self.project.start(*self.argv)
        wait_for(lambda: hold.arrived.is_set() or run.poll() is not None, "it is at the door")
        assert run.poll() is None, "it was over before"
        left = psutil.Process(run.pid).children(recursive=True)
        run.kill()
        if victim == "all":
            for process in left:
                process.kill()
        run.wait()
        door = self.registry.door
        door.lost = int(lost and victim == "all")
        hold.released.set()
        psutil.wait_procs(left, timeout=60)
        wait_for(lambda: door.open_ == 0, "nothing is on its way any more")
        door.lost = 0

    def given_again(self) -> None:
        """It is done now, by whom it says, and the registry was made to change it once in all."""
        was_said = self.is_said
        before = len(self.registry.door.publishes)
        said = self.project.here(*self.argv)
        assert self.is_said
        assert said.rstrip().endswith("already so" if was_said else "done, confirmed by the registry")
        assert len(self.registry.door.publishes) - before == (0 if was_said else 1)
        assert len(self.registry.door.publishes) == 1


@pytest.mark.parametrize(
    ("command", "number", "victim"),
    [
        pytest.param(command, number, victim, marks=[pytest.mark.long])
        for command, requests in _REQUESTS.items()
        for number in range(1, requests + 1)
        for victim in ("it", "all")
    ],
)
def test_killed_before_a_request_is_answered(
    registry: Registry, project: Project, tmp_path: Path, command: str, number: int, victim: str
) -> None:
    """With npm, what it asked is lost; npm that is left alone does what it was told."""
    wanted = Correction(registry, project, tmp_path, command, f"killed-{command}-{number}-{victim}")
    hold, asked = Hold(), []

    def asks(line: str) -> None:
        asked.append(line)
        if len(asked) == number:
            hold()

    registry.door.on_ask = asks
    wanted.killed_at(hold, victim, lost=True)
    registry.door.on_ask = lambda line: None
    wanted.given_again()


@pytest.mark.parametrize(
    ("command", "victim"),
    [
        ("deprecate", "all"),
        *(pytest.param(*each, marks=pytest.mark.long) for each in (("deprecate", "it"), ("dist-tag", "it"))),
        pytest.param("dist-tag", "all", marks=pytest.mark.long),
    ],
)
def test_killed_when_the_registry_has_taken_it(
    registry: Registry, project: Project, tmp_path: Path, command: str, victim: str
) -> None:
    wanted = Correction(registry, project, tmp_path, command, f"killed-{command}-taken-{victim}")
    hold = registry.door.on_done = Hold()
    wanted.killed_at(hold, victim)
    registry.door.on_done = lambda: None
    assert wanted.is_said
    wanted.given_again()


@pytest.mark.long
@pytest.mark.parametrize("command", list(_WORDS))
def test_one_that_another_one_overtook_is_done(
    registry: Registry, project: Project, tmp_path: Path, command: str
) -> None:
    """The npm of a killed command may do its work while the next command does the same: the registry refuses one."""
    wanted = Correction(registry, project, tmp_path, command, f"overtaken-{command}")
    registry.door.conflicts = 1
    assert "done, confirmed by the registry" in project.here(*wanted.argv)
    assert wanted.is_said
    assert len(registry.door.publishes) == 1
