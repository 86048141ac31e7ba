"""Looking at a hostile repository runs nothing of it, reaches nobody for it, and changes no byte of it."""

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from loop_tui.engine import changes
from loop_tui.model.evidence import Effect
from tests.attacks import ATTACKS, Attack, Canary, Lab, canary, lab
from tests.conftest import World
from tests.projects import Project
from tests.tui.runs import new_run

LOOKS: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("status", "--json"),
    ("runs",),
    ("watch", "--once"),
    ("watch", "--json"),
    ("diff", "release-planner"),
    ("show", "release-scope.md"),
    ("targets",),
    ("targets", "--detect"),
    ("doctor",),
    ("run", "--dry-run"),
    ("run", "--dry-run", "--json"),
    ("doctor", "--ship"),
)
"""Every command that looks, and `doctor --ship`, which reaches what the project names but runs nothing of it."""


@pytest.fixture
def served() -> Iterator[Canary]:
    with canary() as told:
        yield told


@pytest.fixture
def place(world: World, tmp_path: Path, served: Canary) -> Lab:
    return lab(tmp_path / "project", tmp_path / "marks", served)


def with_a_run(folder: Path) -> None:
    """A run that wrote a version: `diff` compares what lies there with HEAD."""
    run = new_run(folder)
    written = Effect(id="v", kind="version-write", intent={"from": "0.7.0", "to": "0.8.0", "file": "package.json"})
    run.tell(
        changes.phase_entered("INIT"),
        changes.skill_started("INIT", "release-planner"),
        changes.effect_intended(written),
        changes.effect_proven("v", {"version": "0.8.0", "file": "package.json"}),
    )


def picture(folder: Path) -> dict[str, str]:
    """Every file of the repository's own folder and of the project, and what is in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif not stat.S_ISDIR(mode):
            found[str(path.relative_to(folder))] = str(stat.S_IFMT(mode))
    return found


def in_turn() -> Iterator[object]:
    """All attacks; the suite has each second one, the long form the others, too."""
    for at, attack in enumerate(ATTACKS):
        yield pytest.param(attack, marks=[pytest.mark.long] if at % 2 and "npmrc" not in attack.name else [])


@pytest.mark.sampled(4)
@pytest.mark.parametrize("attack", in_turn(), ids=lambda each: each.name)
def test_no_look_springs_it(
    attack: Attack, place: Lab, world: World, tmp_path: Path, served: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack.lay(place)
    proof = lab_copy(place, tmp_path / "proof")
    proof.spring(attack.plain)
    assert place.sprung or served.count, f"this is no attack: {attack.plain} springs nothing"
    place.clear()

    with_a_run(place.folder)
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    project = Project(place.folder, place.folder, world)
    before = picture(place.folder)
    for words in LOOKS:
        said = project.here(*words, code=None)
        assert place.sprung == [], f"{words} ran {place.sprung}:\n{said}"
        assert "Traceback" not in said
        if not (attack.reached and words == ("doctor", "--ship")):
            assert served.lines == [], f"{words} reached somebody:\n{said}"
        assert picture(place.folder) == before, f"{words} changed something"


def lab_copy(place: Lab, folder: Path) -> Lab:
    """The same project elsewhere, to be sprung: what that leaves behind is not what the looks are to see."""
    import subprocess

    subprocess.run(["cp", "-a", str(place.folder), str(folder)], check=True)
    return Lab(folder, place.marks, place.canary, place.env)
