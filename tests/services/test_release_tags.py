"""Which tags are the releases of a package, in a repository of one and in one of many."""

import json
from pathlib import Path

import pytest

from loop_tui.services.git import history
from loop_tui.services.git.release_tags import Tag, release_tags
from tests.packs.ship.shipyard import git


@pytest.fixture
def repo(world: object, tmp_path: Path) -> Path:
    """A repository with one commit on main."""
    made = tmp_path / "repo"
    made.mkdir()
    git("init", "-q", "-b", "main", cwd=made)
    save(made, "README.md", "chore: first")
    return made


def save(repo: Path, path: str, message: str, text: str = "") -> str:
    file = repo / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text or f"{message}\n")
    git("add", path, cwd=repo)
    git("commit", "-q", "-m", message, cwd=repo)
    return git("rev-parse", "HEAD", cwd=repo)


def tag(repo: Path, *names: str) -> None:
    for name in names:
        git("tag", name, cwd=repo)


async def highest(repo: Path, name: str = "", folder: str = "") -> str:
    found = (await release_tags(repo, name, folder)).highest
    return found.name if found else ""


async def test_plain_tags_that_head_contains_count_and_rolling_or_foreign_ones_do_not(repo: Path) -> None:
    tag(repo, "v0.9.0", "0.10.0")
    head = save(repo, "b.txt", "feat: b")
    tag(repo, "latest", "skill/x@1.0.0", "v2", "release-4.0.0", "v1.2.3+build", "v01.2.3", "other@9.0.0")
    git("tag", "-a", "-m", "annotated", "v0.10.1", cwd=repo)
    git("switch", "-q", "-c", "side", cwd=repo)
    save(repo, "c.txt", "feat: c")
    tag(repo, "v5.0.0")
    git("switch", "-q", "main", cwd=repo)
    found = await release_tags(repo, "widget")
    assert found.highest == Tag("v0.10.1", "0.10.1", head)
    assert [each.name for each in found.elsewhere] == ["v5.0.0"]
    assert set(found.taken()) == {"0.9.0", "0.10.0", "0.10.1", "5.0.0"}


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        (["v2.0.0-beta.2", "v2.0.0-beta.11", "v1.9.0"], "v2.0.0-beta.11"),
        (["v2.0.0-rc.1", "v2.0.0"], "v2.0.0"),
        (["1.9.0", "v1.10.0"], "v1.10.0"),
        (["widget-v3.0.0", "v2.0.0"], "widget-v3.0.0"),
    ],
)
async def test_the_highest_is_so_by_the_order_of_versions(repo: Path, tags: list[str], wanted: str) -> None:
    tag(repo, *tags)
    assert await highest(repo, "widget") == wanted


@pytest.mark.parametrize(
    ("name", "folder", "tags", "wanted"),
    [
        ("demo", "packages/demo", ["demo@1.0.0", "v9.0.0", "other@2.0.0"], "demo@1.0.0"),
        ("@acme/demo", "packages/demo", ["@acme/demo@1.1.0", "demo@1.0.0", "@acme/other@2.0.0"], "@acme/demo@1.1.0"),
        ("@acme/demo", "packages/demo", ["demo-v1.2.0", "other-v3.0.0"], "demo-v1.2.0"),
        ("@acme/lib", "tools/demo", ["demo/v1.2.0", "other/v3.0.0"], "demo/v1.2.0"),
        ("demo", "packages/demo", ["other@2.0.0"], ""),
        ("demo", "packages/demo", ["mydemo@2.0.0", "demo-extra-v2.0.0"], ""),
    ],
)
async def test_a_package_in_a_folder_has_the_tags_with_its_name(
    repo: Path, name: str, folder: str, tags: list[str], wanted: str
) -> None:
    tag(repo, *tags)
    assert await highest(repo, name, folder) == wanted


@pytest.mark.parametrize(("version", "wanted"), [("2.0.0", "v2.0.0"), ("1.0.0", "")])
async def test_plain_tags_are_those_of_a_folder_where_all_are_released_together(
    repo: Path, version: str, wanted: str
) -> None:
    save(repo, "packages/demo/package.json", "chore: all", json.dumps({"name": "demo", "version": version}))
    tag(repo, "v2.0.0")
    save(repo, "packages/demo/a.js", "feat: more")
    assert await highest(repo, "demo", "packages/demo") == wanted


@pytest.mark.parametrize(
    ("name", "folder", "tags", "wanted"),
    [
        ("widget", "", [], "v2.0.0"),
        ("widget", "", ["1.9.0"], "2.0.0"),
        ("widget", "", ["widget@1.9.0", "v1.0.0"], "widget@2.0.0"),
        ("demo", "packages/demo", ["demo@1.0.0", "v1.9.0"], "demo@2.0.0"),
        ("@acme/demo", "packages/demo", ["@acme/demo@1.1.0", "demo-v1.0.0"], "@acme/demo@2.0.0"),
        ("@acme/demo", "packages/demo", ["demo/v1.2.0", "v9.0.0"], "demo/v2.0.0"),
        ("demo", "packages/demo", ["v9.0.0", "other@1.0.0"], "demo@2.0.0"),
        ("", "packages/demo", [], "demo@2.0.0"),
    ],
)
async def test_a_new_tag_has_the_form_of_those_that_are_there(
    repo: Path, name: str, folder: str, tags: list[str], wanted: str
) -> None:
    tag(repo, *tags)
    assert (await release_tags(repo, name, folder)).name_for("2.0.0") == wanted


async def test_before_the_first_commit_there_are_none(world: object, tmp_path: Path) -> None:
    git("init", "-q", cwd=tmp_path)
    assert await release_tags(tmp_path, "widget") == await release_tags(tmp_path)
    assert (await release_tags(tmp_path)).highest is None


# --- what commits touch ---------------------------------------------------------------------------------------------


async def test_the_log_tells_what_each_commit_touched(repo: Path) -> None:
    base = git("rev-parse", "HEAD", cwd=repo)
    save(repo, "packages/a/odd\nname \u00e9.js", "feat: a\n\nBREAKING CHANGE: b\n\nmore")
    git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "", cwd=repo)
    git("mv", "README.md", "packages/LIESMICH.md", cwd=repo)
    git("commit", "-q", "-m", "docs: move", cwd=repo)
    moved, empty, odd = await history.log_with_paths(repo, base)
    assert moved.paths == ("README.md", "packages/LIESMICH.md")
    assert (empty.paths, empty.message.strip()) == ((), "")
    assert odd.paths == ("packages/a/odd\nname \u00e9.js",)
    assert odd.message.strip() == "feat: a\n\nBREAKING CHANGE: b\n\nmore"
    plain = await history.log(repo, base)
    assert [(e.sha, e.parents, e.author, e.at, e.message) for e in plain] == [
        (e.sha, e.parents, e.author, e.at, e.message) for e in (moved, empty, odd)
    ]
    assert len(await history.log_with_paths(repo, None)) == 4


async def test_a_merge_touches_what_it_brought(repo: Path) -> None:
    git("switch", "-q", "-c", "topic", cwd=repo)
    save(repo, "packages/a/x.js", "wip")
    git("switch", "-q", "main", cwd=repo)
    base = save(repo, "other.txt", "docs: meanwhile")
    git("merge", "-q", "--no-ff", "-m", "feat: a", "topic", cwd=repo)
    merge, _ = await history.log_with_paths(repo, base)
    assert merge.paths == ("packages/a/x.js",)


async def test_the_edge_of_a_shallow_clone(repo: Path, tmp_path: Path) -> None:
    second = save(repo, "b.txt", "feat: b")
    assert await history.shallow_edge(repo) == frozenset()
    git("clone", "-q", "--depth", "1", f"file://{repo}", str(tmp_path / "cut"), cwd=tmp_path)
    assert await history.shallow_edge(tmp_path / "cut") == {second}
    git("worktree", "add", "-q", str(tmp_path / "beside"), cwd=tmp_path / "cut")
    assert await history.shallow_edge(tmp_path / "beside") == {second}
