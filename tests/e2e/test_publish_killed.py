"""60 kills from the first effect of publishing on: one version, one tag, one release, and the run says what happened.

`python -m tests.crash --worlds registry` plays as many as one likes. The suite has one kill in `test_publish`.
"""

import subprocess
from itertools import islice
from pathlib import Path

import pytest

from tests.crash.case import GO
from tests.crash.final import differences, picture
from tests.crash.kills import Script
from tests.crash.kills_registry import publish_plan
from tests.crash.matrix import prepare
from tests.crash.shop import NAME
from tests.crash.table import failures

from .test_crash_sample import shared as shared

pytestmark = [pytest.mark.crash, pytest.mark.long]

SEED = 1
KILLS = 60


@pytest.mark.parametrize(
    ("number", "script"), [pytest.param(n, s, id=str(n)) for n, s in enumerate(islice(publish_plan(SEED), KILLS))]
)
def test_published_once_whenever_it_is_killed(shared: Path, number: int, script: Script) -> None:
    ground = prepare(NAME, shared / NAME)
    case = ground.play(number, script)
    assert not case.problems, failures([case])
    assert len(case.landings) + case.missed == len(script)


def test_the_comparison_sees_a_second_publish(shared: Path, tmp_path: Path) -> None:
    """What these kills rest on: one that the registry refuses counts, too, and so does a version that is not ours."""
    ground = prepare(NAME, shared / NAME)
    with ground.make(tmp_path / "w") as world:
        assert world.run(*GO) == 0, world.said[-1]
        assert not differences(ground.wanted, picture(world))
        (tarball,) = (path for archive in world.archives() for path in archive.with_suffix("").rglob("*.tgz"))
        assert world.registry
        # npm looks by itself: it sends what it does not see.
        world.registry.door.hidden = 100
        again = ["npm", "publish", str(tarball)]
        assert subprocess.run(again, cwd=world.root, env=dict(world.env), capture_output=True).returncode == 1
        world.registry.door.hidden = 0
        world.git("tag", "v0.8.1", where=world.folder)
        world.git("push", "--quiet", "--no-verify", "origin", "v0.8.1")
        more = ["npm", "version", "0.8.1", "--no-git-tag-version"]
        subprocess.run(more, cwd=world.folder, env=dict(world.env), capture_output=True, check=True)
        publish = ["npm", "publish", "--ignore-scripts"]
        subprocess.run(publish, cwd=world.folder, env=dict(world.env), capture_output=True, check=True)
        places = {line.partition(":")[0].partition("/")[0] for line in differences(ground.wanted, picture(world))}
        wanted = {"versions out", "dist-tags", "publishes taken", "publishes of what was taken", "remote refs"}
        assert wanted | {"not the checked tarballs", "not as the runs prove it"} <= places, places
