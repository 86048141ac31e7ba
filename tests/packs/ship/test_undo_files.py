"""What undo writes back: every file that the version was written into, byte by byte; and what it refuses."""

import json

import pytest

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.effects import VERSION
from loop_tui.packs.ship.release_planner.skill import run
from loop_tui.packs.ship.undo.version_files import files_before, written_by
from loop_tui.packs.ship.versions.places import sites_of
from loop_tui.services.toolchains import npm

from .shipyard import Yard
from .test_version_writing import commit, link_out, monorepo, release

pytestmark = pytest.mark.usefixtures("quick_npm")

__all__ = ["monorepo"]
SKILL = "release-planner"


async def before(yard: Yard) -> dict[str, bytes]:
    """What undo would write back, from HEAD."""
    root = yard.project.parents[1] if yard.project.parent.name == "packages" else yard.project
    package = npm.read_package(yard.project)
    written = written_by([effect for effect in yard.state.effects if effect.kind == VERSION])
    assert package is not None
    assert written is not None
    return await files_before(root, "HEAD", written, sites_of(yard.context(SKILL), package, root))


async def test_a_workspace_goes_back_as_a_whole(monorepo: Yard) -> None:
    top = monorepo.project.parents[1]
    names = ("package-lock.json", "packages/a/package.json", "packages/b/package.json")
    old = {name: (top / name).read_bytes() for name in names}
    await monorepo.run(run, SKILL)
    assert await before(monorepo) == old


@pytest.mark.parametrize("text", ["export default '0.7.0';\r\n", "'0.7.0'", "\t// 0.7.0 \n\n"])
async def test_a_named_file_goes_back_to_its_bytes(start: Yard, text: str) -> None:
    (start.project / "src").mkdir()
    (start.project / "src/v.ts").write_bytes(text.encode())
    commit(start, "feat: a")
    start.definition = release(start.definition, version_files=["src/v.ts"])
    await start.run(run, SKILL)
    found = await before(start)
    assert found["src/v.ts"] == text.encode()
    assert sorted(found) == ["package.json", "src/v.ts"]


async def test_what_was_uncommitted_before_the_write_stays(start: Yard) -> None:
    commit(start, "feat: a")
    document = json.loads((start.project / "package.json").read_text())
    text = json.dumps({**document, "description": "not committed yet"}, indent=4)
    start.write("package.json", text)
    await start.run(run, SKILL)
    assert await before(start) == {"package.json": text.encode()}


async def test_what_somebody_changed_since_is_refused(start: Yard) -> None:
    commit(start, "feat: a")
    await start.run(run, SKILL)
    path = start.project / "package.json"
    path.write_text(path.read_text().replace("0.8.0", "0.9.0"))
    with pytest.raises(Problem, match=r"changed since 0\.8\.0 was written to it"):
        await before(start)


async def test_what_became_a_link_out_of_the_repository_is_refused(start: Yard) -> None:
    commit(start, "feat: a")
    await start.run(run, SKILL)
    link_out(start, "package.json")
    with pytest.raises(Problem, match="a link that leads out") as refused:
        await before(start)
    assert refused.value.code is Code.PATH_UNSAFE
