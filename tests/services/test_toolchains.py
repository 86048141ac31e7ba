"""The toolchains as values: locks tell them apart, version files are read, checks are the usual ones."""

import shutil
from pathlib import Path

import pytest

from loop_tui.services.toolchains.known_checks import known_checks
from loop_tui.services.toolchains.npm import PackageManager
from loop_tui.services.toolchains.toolchain import TOOLCHAINS, Language, locked_by
from loop_tui.services.toolchains.version_files import VERSION_FILES, NamedVersion, version_in
from loop_tui.services.toolchains.workspace_patterns import chosen, places


def test_every_toolchain_installs_and_no_two_share_a_lock() -> None:
    locks = [lock for each in TOOLCHAINS.values() for lock in each.locks]
    assert len(locks) == len(set(locks))
    assert [each.id for each in TOOLCHAINS.values() if not each.install_unlocked] == []
    assert {each.language for each in TOOLCHAINS.values()} == set(Language)
    assert {manager.value for manager in PackageManager} <= set(TOOLCHAINS)


@pytest.mark.parametrize(
    ("names", "language", "ids"),
    [
        ({"package-lock.json"}, Language.NODE, ["npm"]),
        ({"npm-shrinkwrap.json", "a"}, Language.NODE, ["npm"]),
        ({"bun.lock", "package-lock.json"}, Language.NODE, ["bun", "npm"]),
        ({"uv.lock", "yarn.lock"}, Language.PYTHON, ["uv"]),
        ({"Cargo.lock"}, Language.NODE, []),
    ],
)
def test_locks_tell_the_toolchain(names: set[str], language: Language, ids: list[str]) -> None:
    assert [each.id for each in locked_by(frozenset(names), language)] == ids


@pytest.mark.parametrize(
    ("name", "text", "language", "found"),
    [
        (".nvmrc", "v20.11.1\n", Language.NODE, NamedVersion("20.11.1", 1)),
        (".nvmrc", "# which\n\nlts/iron # long\n", Language.NODE, NamedVersion("lts/iron", 3)),
        (".tool-versions", "python 3.12.1\nnodejs 22.4.0 20.0.0\n", Language.NODE, NamedVersion("22.4.0", 2)),
        (".tool-versions", "ruby 3.3\n", Language.NODE, None),
        ("runtime.txt", "python-3.12.1", Language.PYTHON, NamedVersion("3.12.1", 1)),
        (
            "rust-toolchain.toml",
            '[toolchain]\nprofile = "minimal"\nchannel = "1.82"\n',
            Language.RUST,
            NamedVersion("1.82", 3),
        ),
        ("rust-toolchain", "stable\n", Language.RUST, NamedVersion("stable", 1)),
        ("rust-toolchain.toml", "[toolchain]\nchannel = \n", Language.RUST, None),
        (".go-version", "go1.23.4\n", Language.GO, NamedVersion("1.23.4", 1)),
        (".nvmrc", "{{ node }}\n", Language.NODE, None),
        (".nvmrc", "", Language.NODE, None),
    ],
)
def test_version_files(name: str, text: str, language: Language, found: NamedVersion | None) -> None:
    assert name in VERSION_FILES[language]
    assert version_in(name, text, language) == found


def test_the_checks_of_go(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/a\n")
    found = known_checks(tmp_path, None, PackageManager.NPM)
    assert (found.kind, found.commands) == (
        "go project",
        {"build": ("go", "build", "./..."), "test": ("go", "test", "./..."), "lint": ("go", "vet", "./...")},
    )


@pytest.mark.parametrize(
    "patterns", [["*/a", "b"], ["**"], ["{a,c}/*", "!c/d"], ["a/*", "!a/*", "a/a"], ["./a/", "c/"]]
)
def test_known_folders_are_chosen_as_those_on_disk(tmp_path: Path, patterns: list[str]) -> None:
    known = ["a", "a/a", "b", "c/d", "c/a"]
    for place in known:
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / place / "package.json").write_text("{}")
    assert set(chosen(tmp_path, patterns, known)) == set(places(tmp_path, patterns))
    shutil.rmtree(tmp_path / "a")
    assert set(chosen(tmp_path, patterns, known)) >= set(places(tmp_path, patterns)), "it reads nothing"
