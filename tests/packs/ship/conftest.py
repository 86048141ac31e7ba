"""A run that stands at its beginning, for the skills of the first two phases."""

from pathlib import Path

import pytest

from loop_tui.model.state import PhaseState, SkillState
from tests.github.quick import quick_gh as quick_gh

from .shipyard import PHASES, Yard, new_yard


@pytest.fixture
def start(world: object, tmp_path: Path) -> Yard:
    """The project of the shipyard with nothing done yet; its package.json came with its first commit."""
    yard = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    phases = tuple(PhaseState(id=p, skills=tuple(SkillState(id=s) for s in skills)) for p, skills in PHASES.items())
    yard.state = yard.state.model_copy(update={"phase": "INIT", "phases": phases})
    return yard


@pytest.fixture(autouse=True)
def easily(request: pytest.FixtureRequest) -> None:
    """GitHub is asked without gh: tests/services, tests/e2e and tests/cli have the real one."""
    if "github" in request.fixturenames:
        request.getfixturevalue("quick_gh")
