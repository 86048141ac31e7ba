"""The toolchains that loop-tui knows, as values: what tells them, which files name their version, and their commands.

How the checks of one project are found in its files is in `known_checks`; what npm, pnpm, yarn and bun share in `npm`.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from .locks import BUN_BINARY_LOCK, BUN_LOCK, LOCKS_OF_NPM, PNPM_LOCK, YARN_LOCK

Argv = tuple[str, ...]


class Language(StrEnum):
    """What a project is written in; TypeScript is node's."""

    NODE = "node"
    PYTHON = "python"
    RUST = "rust"
    GO = "go"


class Toolchain(Struct, frozen=True):
    """One package manager with its language. Commands are words for a program, run in the project's folder.

    `manifest` is the file that makes a folder a project of it, `locks` are those that only it writes. `install` is for
    a project with a lock, which it leaves as it is; `install_unlocked` for one without. `within` stands before a
    program of the project's environment (`uv run`). A command that is empty follows from the project alone: its scripts
    (node), or its module (Python).
    """

    id: str
    language: Language
    manifest: str
    locks: tuple[str, ...] = ()
    install: Argv = ()
    install_unlocked: Argv = ()
    build: Argv = ()
    test: Argv = ()
    lint: Argv = ()
    start: Argv = ()
    within: Argv = ()


_PYTEST, _RUFF = ("pytest",), ("ruff", "check", ".")

TOOLCHAINS: Mapping[str, Toolchain] = {
    each.id: each
    for each in (
        Toolchain("npm", Language.NODE, "package.json", LOCKS_OF_NPM, ("npm", "ci"), ("npm", "install")),
        Toolchain(
            "pnpm",
            Language.NODE,
            "package.json",
            (PNPM_LOCK,),
            ("pnpm", "install", "--frozen-lockfile"),
            ("pnpm", "install"),
        ),
        Toolchain(
            "yarn", Language.NODE, "package.json", (YARN_LOCK,), ("yarn", "install", "--immutable"), ("yarn", "install")
        ),
        Toolchain(
            "bun",
            Language.NODE,
            "package.json",
            (BUN_LOCK, BUN_BINARY_LOCK),
            ("bun", "install", "--frozen-lockfile"),
            ("bun", "install"),
        ),
        Toolchain(
            "pip",
            Language.PYTHON,
            "requirements.txt",
            install_unlocked=("pip", "install", "-r", "requirements.txt"),
            test=_PYTEST,
            lint=_RUFF,
        ),
        Toolchain(
            "uv",
            Language.PYTHON,
            "pyproject.toml",
            ("uv.lock",),
            ("uv", "sync", "--frozen"),
            ("uv", "sync"),
            ("uv", "build"),
            ("uv", "run", *_PYTEST),
            ("uv", "run", *_RUFF),
            within=("uv", "run"),
        ),
        Toolchain(
            "poetry",
            Language.PYTHON,
            "pyproject.toml",
            ("poetry.lock",),
            ("poetry", "install", "--sync"),
            ("poetry", "install"),
            ("poetry", "build"),
            ("poetry", "run", *_PYTEST),
            ("poetry", "run", *_RUFF),
            within=("poetry", "run"),
        ),
        Toolchain(
            "cargo",
            Language.RUST,
            "Cargo.toml",
            ("Cargo.lock",),
            ("cargo", "fetch", "--locked"),
            ("cargo", "fetch"),
            ("cargo", "build"),
            ("cargo", "test"),
            ("cargo", "clippy", "--", "-D", "warnings"),
            ("cargo", "run", "--release"),
        ),
        Toolchain(
            "go",
            Language.GO,
            "go.mod",
            ("go.sum",),
            ("go", "mod", "download"),
            ("go", "mod", "download"),
            ("go", "build", "./..."),
            ("go", "test", "./..."),
            ("go", "vet", "./..."),
            ("go", "run", "."),
        ),
    )
}
"""All of them by id. Where two share a manifest, their locks tell them apart."""


def locked_by(names: frozenset[str], language: Language) -> tuple[Toolchain, ...]:
    """The toolchains of a language whose lock files are among these names of a folder, those that go first first.

    More than one means that a lock was left behind: which of them is used, only a person knows.
    """
    order = ("pnpm", "bun", "yarn", "npm", "uv", "poetry", "cargo", "go")
    known = (TOOLCHAINS[name] for name in order)
    return tuple(each for each in known if each.language is language and not names.isdisjoint(each.locks))
