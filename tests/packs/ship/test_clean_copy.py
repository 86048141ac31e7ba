"""The copy that is packed holds what npm packs where the project lies: also what git ignores, and submodules."""

import json
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.packs.ship.packaging.clean_copy import clean_copy
from loop_tui.services.toolchains import npm

from .shipyard import PACKAGE, Yard


def project(yard: Yard, lying: dict[str, str], **document: object) -> None:
    """A project without `files` and `main` but for what is given, committed, then with these files lying there."""
    plain = {key: value for key, value in PACKAGE.items() if key not in ("files", "main")}
    yard.write("package.json", json.dumps(plain | document))
    yard.git("commit", "-q", "--all", "-m", "chore: package")
    for name, text in lying.items():
        yard.write(name, text)


async def copied(yard: Yard) -> set[str]:
    """The files of the copy, without git's own."""
    package = npm.read_package(yard.project)
    assert package is not None
    async with clean_copy(yard.context("distribute"), yard.project, package, "HEAD") as copy:
        found = (path.relative_to(copy) for path in copy.rglob("*") if path.is_file())
        return {path.as_posix() for path in found if path.parts[0] != ".git"}


def personal(yard: Yard, lines: str) -> None:
    """What only this person's git ignores."""
    with (yard.project / ".git/info/exclude").open("a") as file:
        file.write(lines)


@pytest.mark.parametrize(
    ("document", "rules", "files"),
    [
        ({"browser": "out/b.js", "files": ["lib"]}, "out/\n", ["out/b.js"]),
        ({"directories": {"bin": "out/bin"}, "files": ["lib"]}, "out/\n", ["out/bin/c"]),
        ({"main": "out/m", "files": ["lib"]}, "out/\n", ["out/m"]),
        ({"files": ["lib"]}, "README.md\nLICENSE\n", ["README.md", "LICENSE"]),
    ],
)
async def test_what_npm_packs_although_gitignore_names_it(
    start: Yard, document: dict[str, object], rules: str, files: list[str]
) -> None:
    start.write(".gitignore", f"node_modules/\n.loop/\n{rules}")
    project(start, dict.fromkeys(files, "1\n"), **document)
    assert set(files) <= await copied(start)


async def test_the_npmignore_of_a_folder_takes_the_place_of_its_gitignore(start: Yard) -> None:
    project(start, {"lib/.gitignore": "*\n", "lib/.npmignore": "x.js\n", "lib/gen.js": "1\n"})
    assert {"lib/.npmignore", "lib/gen.js"} <= await copied(start)


async def test_what_pnpm_packs_from_another_folder(start: Yard) -> None:
    project(start, {"dist/index.js": "1\n"}, publishConfig={"directory": "dist"})
    assert "dist/index.js" in await copied(start)


@pytest.mark.parametrize(("document", "more"), [({"files": ["out"]}, {}), ({}, {".npmignore": "*.md\n"}), ({}, {})])
async def test_what_only_the_persons_own_excludes_hide(
    start: Yard, document: dict[str, object], more: dict[str, str]
) -> None:
    personal(start, "out\n.npmignore\n")
    project(start, {"out/m.js": "1\n", **more}, **document)
    assert "out/m.js" in await copied(start)


async def test_what_is_no_part_of_a_package_stays_out(start: Yard) -> None:
    personal(start, ".idea\n.env\nkeys.pem\n*-state.json\nnode_modules\n")
    names = [".idea/workspace.xml", ".env", "keys.pem", "infra-state.json", "node_modules/a/index.js", "notes.txt"]
    project(start, dict.fromkeys([*names, "dist/m.js"], "1\n"))
    assert await copied(start) == {".gitignore", "package.json", "server.js"}


async def test_npm_is_asked_only_where_package_json_does_not_tell(start: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def listed(package: npm.Package, inner: str) -> tuple[str, ...]:
        asked.append(package.name)
        return ()

    monkeypatch.setattr("loop_tui.packs.ship.packaging.clean_copy.listed_by_npm", listed)
    project(start, {"dist/m.js": "1\n", "node_modules/a/index.js": "1\n"}, files=["dist"])
    assert "dist/m.js" in await copied(start)
    assert asked == []
    personal(start, "out\n")
    start.write("out/m.js", "1\n")
    await copied(start)
    assert asked == ["widget"]


def with_submodule(yard: Yard, tmp_path: Path) -> Path:
    """The project with a submodule at `vendor`; gives its folder."""
    other = tmp_path / "other"
    other.mkdir()
    yard.git("init", "-q", "-b", "main", cwd=other)
    (other / "s.js").write_text("as committed\n")
    (other / ".gitignore").write_text("built.js\n")
    yard.git("add", ".", cwd=other)
    yard.git("commit", "-q", "-m", "s", cwd=other)
    yard.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "vendor")
    yard.git("commit", "-q", "-m", "feat: vendor")
    return yard.project / "vendor"


async def test_the_files_of_a_submodule_are_there_as_they_are_recorded(start: Yard, tmp_path: Path) -> None:
    project(start, {})
    vendor = with_submodule(start, tmp_path)
    (vendor / "s.js").write_text("changed\n")
    package = npm.read_package(start.project)
    assert package is not None
    async with clean_copy(start.context("distribute"), start.project, package, "HEAD") as copy:
        assert (copy / "vendor/s.js").read_text() == "as committed\n"


async def test_what_a_submodule_has_in_no_commit_is_refused(start: Yard, tmp_path: Path) -> None:
    project(start, {})
    vendor = with_submodule(start, tmp_path)
    (vendor / "new.js").write_text("1\n")
    with pytest.raises(Problem, match=r"of a submodule that are not committed there: vendor/new\.js"):
        await copied(start)


async def test_a_submodule_that_is_not_checked_out_is_no_matter(start: Yard, tmp_path: Path) -> None:
    project(start, {})
    with_submodule(start, tmp_path)
    start.git("submodule", "--quiet", "deinit", "--force", "vendor")
    assert "vendor/s.js" not in await copied(start)
