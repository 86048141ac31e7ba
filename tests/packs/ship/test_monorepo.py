"""A package in a folder of a repository: checks, evidence and commit cover its own files, and no others."""

import json
from pathlib import Path

import pytest

from loop_tui.model.evidence import Effect
from loop_tui.packs.ship import PACK
from loop_tui.packs.ship.commit import git_workflow
from loop_tui.packs.ship.effects import VERSION
from loop_tui.packs.ship.evidence import tree_now
from loop_tui.packs.ship.verify import code_verification
from loop_tui.packs.ship.verify.outside import depended_upon
from loop_tui.runners.context import Asked, EvidenceVoid, SkillFailed
from loop_tui.runners.packs import Packs
from loop_tui.services.git.git import ChangedPath, Status
from loop_tui.services.git.scope import WHOLE, PackageScope, scope_of

from .shipyard import Yard, new_yard


def package(name: str, **more: object) -> str:
    return json.dumps({"name": name, "version": "1.0.0", "scripts": {"test": "node index.js"}, **more}, indent=2) + "\n"


FILES = {
    "package.json": json.dumps({"name": "root", "private": True, "workspaces": ["packages/*"]}) + "\n",
    "package-lock.json": json.dumps({"name": "root", "lockfileVersion": 3, "packages": {}}) + "\n",
    "tsconfig.base.json": "{}\n",
    "README.md": "root\n",
    "shared/util.js": "module.exports = 1;\n",
    "packages/a/package.json": package("a", dependencies={"c": "^1.0.0"}),
    "packages/a/index.js": "require('../../shared/util');\n",
    "packages/b/package.json": package("b"),
    "packages/b/index.js": "process.exit(0);\n",
    "packages/c/package.json": package("c", dependencies={"d": "file:../d"}),
    "packages/c/index.js": "1;\n",
    "packages/d/package.json": package("d"),
    "packages/d/index.js": "1;\n",
}


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    """A run of packages/a, and four packages whose commit the remote has."""
    made = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    for name, text in FILES.items():
        made.write(name, text)
    made.git("add", "--", *FILES)
    made.git("commit", "-qm", "chore: workspaces")
    made.git("push", "-q")
    made.project = made.project / "packages/a"
    made.write("distribution-state.json", "{}\n")
    return made


def root(yard: Yard) -> Path:
    return yard.project.parents[1]


def change(yard: Yard, name: str, text: str = "BROKEN(\n") -> None:
    path = root(yard) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def committed(yard: Yard) -> list[str]:
    return yard.git("show", "--format=", "--name-only", "HEAD", cwd=root(yard)).splitlines()


def lock(yard: Yard) -> None:
    change(yard, "package-lock.json", json.dumps({"name": "root", "lockfileVersion": 3, "packages": {"x": {}}}))


OTHERS = {
    "changed": (("packages/b/index.js",), ()),
    "staged": (("packages/b/index.js",), ("packages/b/index.js",)),
    "staged and new": (("packages/b/new.js",), ("packages/b/new.js",)),
    "untracked": (("packages/b/new.js",), ()),
    "a string above": (("README.md", "LICENSE"), ()),
    "in a package of its own, with odd names": (
        ("packages/é [x]*/ü.js", "packages/é [x]*/package.json"),
        ("packages/é [x]*/ü.js", "packages/é [x]*/package.json"),
    ),
}


@pytest.mark.parametrize(("paths", "staged"), OTHERS.values(), ids=OTHERS.keys())
async def test_changes_elsewhere_stay_and_are_named(
    yard: Yard, paths: tuple[str, ...], staged: tuple[str, ...]
) -> None:
    yard.write("index.js", "2;\n")
    lock(yard)
    for path in paths:
        change(yard, path, '{"name": "odd"}' if path.endswith("package.json") else "BROKEN(\n")
    if staged:
        yard.git("add", "--", *staged, cwd=root(yard))
    before = yard.git("status", "--porcelain", "--untracked-files=all", *paths, cwd=root(yard))
    await yard.run(code_verification.run, "code-verification")
    assert yard.asked == []
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    assert committed(yard) == ["package-lock.json", "packages/a/index.js"]
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert yard.git("status", "--porcelain", "--untracked-files=all", *paths, cwd=root(yard)) == before
    for path in paths:
        assert f"Outside a, not included: {'?' if not staged and path not in FILES else ''}" in yard.log
        assert path in yard.log
    assert "outside the package" in yard.text("git-summary.md")


async def test_a_broken_sibling_is_not_part_of_the_evidence(yard: Yard) -> None:
    yard.write("index.js", "2;\n")
    change(yard, "packages/b/index.js")
    tree = await yard.verify()
    assert yard.git("show", f"{tree}:packages/b/index.js", cwd=root(yard)) == "process.exit(0);"
    await yard.run(git_workflow.run, "git-workflow")
    assert yard.git("rev-parse", "HEAD^{tree}") == tree


async def test_what_changes_elsewhere_after_the_checks_voids_nothing(yard: Yard) -> None:
    yard.write("index.js", "2;\n")
    await yard.verify()
    change(yard, "packages/b/index.js")
    yard.git("add", "packages/b/index.js", cwd=root(yard))
    await yard.run(git_workflow.run, "git-workflow")
    assert committed(yard) == ["packages/a/index.js"]


@pytest.mark.parametrize("path", ["packages/a/index.js", "package-lock.json", "packages/a/package.json"])
async def test_what_changes_in_it_after_the_checks_voids_them(yard: Yard, path: str) -> None:
    yard.write("index.js", "2;\n")
    await yard.verify()
    change(yard, path, "{}\n")
    with pytest.raises(EvidenceVoid):
        await yard.run(git_workflow.run, "git-workflow")


DEPENDS = {
    "a package by its name": "packages/c/index.js",
    "a package through another": "packages/d/index.js",
    "settings above": "tsconfig.base.json",
    "the root's package.json": "package.json",
    "a file by its path": "shared/util.js",
    "a new file of a package": "packages/c/new.js",
    "new settings above": ".eslintrc.json",
    "a file in no package's folder": "libs/shared/x.js",
    "what a script may read": "tools/check.mjs",
    "a folder that only says its kind": "libs/esm/x.js",
}


@pytest.mark.parametrize("path", DEPENDS.values(), ids=DEPENDS.keys())
async def test_what_it_depends_on(yard: Yard, path: str) -> None:
    change(yard, "libs/esm/package.json", '{"type": "module"}')
    yard.git("add", "libs", cwd=root(yard))
    (found,) = await depended_upon(yard.project, root(yard), [path])
    assert found.path == path
    assert found.why


NAMES = {
    "a name that package.json does not list": ("{}", "import 'b';", True),
    "a part of it": ("{}", 'require("b/lib/x")', True),
    "another name that begins so": ("{}", "import 'bb';", False),
    "an alias": ('{"compilerOptions": {"paths": {"@shared/*": ["packages/b/*"]}}}', "import '@shared/index';", True),
    "an alias of one file": ('{"paths": {"@b": ["./packages/b/main.js"]}} // so', 'import "@b";', True),
    "an alias below a base": ('{"baseUrl": "packages", "paths": {"~/*": ["*"]}}', "import '~/b/index';", True),
    "an alias that it does not use": ('{"paths": {"@shared/*": ["packages/b/*"]}}', "import '@other/index';", False),
    "an alias of something else": ('{"paths": {"@shared/*": ["packages/c/*"]}}', "import '@shared/index';", False),
}


@pytest.mark.parametrize(("settings", "code", "depends"), NAMES.values(), ids=NAMES.keys())
async def test_another_package_that_its_code_names(yard: Yard, settings: str, code: str, depends: bool) -> None:
    change(yard, "tsconfig.base.json", settings)
    yard.write("index.js", code)
    assert bool(await depended_upon(yard.project, root(yard), ["packages/b/index.js"])) is depends


async def test_where_it_depends_on_them_it_is_asked(yard: Yard) -> None:
    path = "packages/d/index.js"
    yard.write("index.js", "require('../../shared/util'); 2;\n")
    change(yard, path)
    with pytest.raises(Asked) as asked:
        await yard.run(code_verification.run, "code-verification")
    question = asked.value.question
    assert question.id.startswith("outside-")
    assert question.default is None, "nobody who takes every default said so"
    assert path in question.text
    yard.answers["outside-"] = "n"
    with pytest.raises(SkillFailed, match="depends on it"):
        await yard.run(code_verification.run, "code-verification")
    yard.state = yard.state.model_copy(update={"questions": ()})
    yard.answers["outside-"] = "y"
    await yard.run(code_verification.run, "code-verification")
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    assert committed(yard) == ["packages/a/index.js"]


NOT_DEPENDED = ("packages/b/index.js", "README.md", "docs/x.md", ".github/workflows/ci.yml", "packages/b/lib/new.js")


@pytest.mark.parametrize("path", NOT_DEPENDED)
async def test_where_it_does_not_depend_nothing_is_asked(yard: Yard, path: str) -> None:
    assert await depended_upon(yard.project, root(yard), [path]) == ()


async def test_what_the_version_write_raised_elsewhere_goes_along(yard: Yard) -> None:
    yard.write("index.js", "2;\n")
    change(yard, "packages/b/package.json", package("b", dependencies={"a": "^2.0.0"}))
    change(yard, "packages/b/index.js")
    effect = Effect(id="version-1", kind=VERSION, intent={"files": ["packages/b/package.json"]}, proof={"version": "2"})
    yard.state = yard.state.model_copy(update={"effects": (effect,)})
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    assert committed(yard) == ["packages/a/index.js", "packages/b/package.json"]


async def test_a_file_that_is_moved_over_the_border(yard: Yard) -> None:
    yard.git("mv", "packages/b/index.js", "packages/a/from-b.js", cwd=root(yard))
    yard.git("mv", "packages/a/index.js", "packages/b/from-a.js", cwd=root(yard))
    tree = await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    assert yard.git("rev-parse", "HEAD^{tree}") == tree
    assert committed(yard) == ["packages/a/from-b.js", "packages/a/index.js"]
    assert yard.git("ls-tree", "-r", "--name-only", "HEAD", "packages", cwd=root(yard)).splitlines() == [
        "packages/a/from-b.js",
        "packages/a/package.json",
        "packages/b/index.js",
        "packages/b/package.json",
        "packages/c/index.js",
        "packages/c/package.json",
        "packages/d/index.js",
        "packages/d/package.json",
    ]


async def test_a_hook_that_adds_a_siblings_file_voids_the_evidence(yard: Yard) -> None:
    yard.write("index.js", "2;\n")
    hook = root(yard) / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'BROKEN(' > packages/b/index.js; git add packages/b/index.js\n")
    hook.chmod(0o755)
    before = yard.remote_head()
    await yard.verify()
    with pytest.raises(EvidenceVoid, match=r"packages/b/index\.js"):
        await yard.run(git_workflow.run, "git-workflow")
    assert yard.remote_head() == before


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("packages/a/x.js", True),
        ("packages/ab/x.js", False),
        ("packages/a", False),
        ("package-lock.json", True),
        ("packages/pnpm-lock.yaml", True),
        ("packages/b/package-lock.json", False),
        ("other/yarn.lock", False),
        ("named.json", True),
        ("package.json", False),
    ],
)
def test_what_it_answers_for(path: str, held: bool) -> None:
    assert PackageScope("packages/a/", frozenset({"named.json"})).holds(path) is held
    assert WHOLE.holds(path)


def test_all_of_a_status_lies_on_one_side() -> None:
    scope = PackageScope("a/")
    status = Status(
        staged=(ChangedPath("a/new", "R", "b/old"), ChangedPath("b/copy", "C", "a/x"), ChangedPath("a/y", "M")),
        unstaged=(ChangedPath("b/z", "D"),),
        untracked=("a/u", "b/u"),
        head="x",
    )
    inside, outside = scope.split(status)
    assert inside.staged == (ChangedPath("a/new", "A"), ChangedPath("a/y", "M"))
    assert inside.untracked == ("a/u",)
    assert outside == (
        ChangedPath("b/copy", "A"),
        ChangedPath("b/old", "D"),
        ChangedPath("b/u", "?"),
        ChangedPath("b/z", "D"),
    )
    assert WHOLE.split(status) == (status, ())


def test_the_whole_repository_is_one_scope(tmp_path: Path) -> None:
    assert scope_of(tmp_path, tmp_path) is WHOLE
    assert scope_of(tmp_path / "x", tmp_path / "y") is WHOLE
    raised = ("packages/b/package.json",)
    assert scope_of(tmp_path / "a", tmp_path, raised).holds(raised[0])
    assert not scope_of(tmp_path / "a", tmp_path).holds(raised[0])


def test_what_its_run_wrote_is_its_own_but_not_what_an_undo_names() -> None:
    def effect(kind: str, *files: str) -> Effect:
        return Effect(id=kind, kind=kind, intent={"files": [*files]})

    version = Effect(id="v", kind="version-write", intent={"files": ["a/x"]}, proof={"files": ["package-lock.json"]})
    known = (version, effect("version-script", "a/y"), effect("commit", "a/x", "z"), effect("undo", "package.json"))
    assert Packs((PACK,)).written(known) == ("a/x", "package-lock.json", "a/y", "z")


async def test_before_the_first_commit_only_the_package_counts(yard: Yard) -> None:
    top = root(yard)
    yard.git("update-ref", "-d", "HEAD", cwd=top)
    tree = await tree_now(yard.context("git-workflow"), top)
    names = yard.git("ls-tree", "-r", "--name-only", tree, cwd=top).splitlines()
    assert names == ["package-lock.json", "packages/a/index.js", "packages/a/package.json"]
