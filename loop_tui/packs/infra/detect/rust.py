"""Rust projects: Cargo.toml, cargo workspaces, web frameworks, and how their servers are started."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import JsonValue

from loop_tui.model.problem import Problem
from loop_tui.services.toolchains.toolchain import TOOLCHAINS, Language
from loop_tui.services.toolchains.workspace_patterns import chosen

from .documents import ManifestReader, table, texts
from .files import above, joined
from .statements import ServiceStatements, Statements
from .values import FilePlace, FindingTopic

MANIFEST = "Cargo.toml"
FRAMEWORKS = ("axum", "actix-web", "rocket", "warp", "poem", "salvo", "tide", "hyper")
CARGO = TOOLCHAINS["cargo"]


def services(docs: ManifestReader, whole: Statements) -> Iterator[ServiceStatements]:
    """The packages with a program that ask for a web framework."""
    folders = docs.files.holding(MANIFEST)
    members = _members(docs, folders, whole)
    for folder in folders:
        path = joined(folder, MANIFEST)
        document = docs.toml(path)
        wanted = table(document, "dependencies")
        framework = next((name for name in FRAMEWORKS if name in wanted), "")
        programs = _programs(docs, folder, document)
        if not framework or not programs:
            continue
        found = ServiceStatements(folder, Language.RUST, FilePlace(path))
        found.framework, found.toolchain = framework, CARGO
        found.say(FindingTopic.FRAMEWORK, framework, docs.toml_place(path, ("dependencies", framework)))
        found.say(FindingTopic.MANAGER, CARGO.id, FilePlace(path))
        found.say(FindingTopic.TEST, " ".join(CARGO.test), FilePlace(path))
        for name, place in programs.items():
            which = ("-p", str(table(document, "package").get("name"))) if folder in members else ()
            which = (*which, "--bin", name) if len(programs) > 1 else which
            found.say(FindingTopic.START, " ".join((*CARGO.start, *which)), place, "a program of the package", rank=6)
            found.say(FindingTopic.ENTRY, place.path, place)
        yield found


def _members(docs: ManifestReader, folders: list[str], whole: Statements) -> frozenset[str]:
    """The folders that are members of a workspace of another folder; says each workspace."""
    found: set[str] = set()
    for folder in folders:
        path = joined(folder, MANIFEST)
        workspace = docs.toml(path).get("workspace")
        if not isinstance(workspace, dict):
            continue
        patterns = texts(workspace.get("members"))
        place = docs.toml_place(path, ("workspace",))
        whole.say(FindingTopic.WORKSPACE, "cargo", place, ", ".join(patterns))
        below = [
            o.removeprefix(f"{folder}/") for o in folders if o != folder and (not folder or o.startswith(f"{folder}/"))
        ]
        try:
            found |= {joined(folder, member) for member in chosen(Path(folder or "."), patterns, below)}
        except Problem as problem:
            docs.files.unread[place] = problem.what
    return frozenset(found)


def _programs(docs: ManifestReader, folder: str, document: Mapping[str, JsonValue]) -> dict[str, FilePlace]:
    """The programs of a package by name, each with the file that it starts in."""
    name = table(document, "package").get("name")
    if not isinstance(name, str):
        return {}
    path, found = joined(folder, MANIFEST), {}
    named = document.get("bin")
    for each in named if isinstance(named, list) else []:
        own = each.get("name", name) if isinstance(each, dict) else name
        main = each.get("path", "src/main.rs") if isinstance(each, dict) else ""
        if isinstance(own, str) and isinstance(main, str):
            found[own] = FilePlace(joined(folder, main)) if main else FilePlace(path)
    if not found and docs.files.has(joined(folder, "src"), "main.rs"):
        found[name] = FilePlace(joined(folder, "src/main.rs"))
    for file in docs.files.folders.get(joined(folder, "src/bin"), ()):
        if file.endswith(".rs"):
            found.setdefault(file.removesuffix(".rs"), FilePlace(joined(folder, f"src/bin/{file}")))
    return found


def wanted_versions(docs: ManifestReader, folder: str) -> Iterator[tuple[str, FilePlace, str]]:
    """The versions of Rust that manifests from a folder upwards ask for: value, place, key."""
    for place in above(folder):
        path = joined(place, MANIFEST)
        for keys in (("package",), ("workspace", "package")) if docs.files.has(place, MANIFEST) else ():
            value = table(docs.toml(path), *keys).get("rust-version")
            if isinstance(value, str):
                yield value, docs.toml_place(path, (*keys, "rust-version")), "rust-version"


def features(docs: ManifestReader, folder: str, name: str) -> tuple[str, ...]:
    """The features that a package asks of a dependency, those of its workspace with them."""
    asked: list[str] = []
    for place in above(folder):
        if not docs.files.has(place, MANIFEST):
            continue
        document = docs.toml(joined(place, MANIFEST))
        for keys in (("dependencies", name), ("workspace", "dependencies", name)):
            asked += texts(table(document, *keys).get("features"))
    return tuple(asked)


def optional_features(docs: ManifestReader) -> Iterator[tuple[str, str, FilePlace]]:
    """The features of dependencies that features of a package turn on: manifest, feature, place."""
    for folder in docs.files.holding(MANIFEST):
        yield from _features_of(docs, joined(folder, MANIFEST))


def _features_of(docs: ManifestReader, path: str) -> Iterator[tuple[str, str, FilePlace]]:
    for own, turned_on in table(docs.toml(path), "features").items():
        for each in texts(turned_on):
            if "/" in each:
                yield path, each.partition("/")[2], docs.toml_place(path, ("features", own))
