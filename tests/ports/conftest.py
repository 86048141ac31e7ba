"""Each contract test runs in both worlds."""

from pathlib import Path

import pytest

from tests.memory import MemoryClock

from .worlds import FilesWorld, MemoryWorld, PortsWorld


@pytest.fixture(params=["files", "memory"])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> PortsWorld:
    """A world in which nothing has happened yet."""
    if request.param == "memory":
        return MemoryWorld()
    project = tmp_path / "project"
    project.mkdir()
    return FilesWorld(project, tmp_path / "home-of-archives", MemoryClock())
