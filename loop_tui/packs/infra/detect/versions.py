"""Which version of its language a service wants: version files, then manifests, then images, then CI."""

import re
from collections.abc import Iterator

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.toolchain import Language
from loop_tui.services.toolchains.version_files import VERSION_FILES, plain_version, version_in

from . import go, node, python, rust
from .documents import ManifestReader
from .files import above, joined, line_of
from .statements import ServiceStatements, Statements
from .values import FilePlace, FindingTopic, Statement

_CI = {
    Language.NODE: regex(r"^[ \t]*-?[ \t]*node-version:\s*(.+)$", re.MULTILINE),
    Language.PYTHON: regex(r"^[ \t]*-?[ \t]*python-version:\s*(.+)$", re.MULTILINE),
    Language.GO: regex(r"^[ \t]*-?[ \t]*go-version:\s*(.+)$", re.MULTILINE),
    Language.RUST: regex(r"^[ \t]*-?[ \t]*toolchain:\s*(.+)$", re.MULTILINE),
}
_NUMBER = regex(r"\d+(?:\.\d+)*(?:\.x)?")
WANTED = {
    Language.NODE: node.engine,
    Language.PYTHON: python.wanted_versions,
    Language.RUST: rust.wanted_versions,
    Language.GO: go.wanted_versions,
}
PINNED, ASKED, IMAGE, TESTED = range(4)
"""The ranks of what names a version."""


def say_versions(docs: ManifestReader, service: ServiceStatements, whole: Statements, workflows: list[str]) -> None:
    """Say which versions the files name. Pins that only differ in how exact they are do not contradict each other."""
    topic = FindingTopic.VERSION
    pins = list(_pins(docs, service, whole))
    for value, place, key in WANTED[service.language](docs, service.folder):
        rank = PINNED if key in ("volta", "toolchain") else ASKED
        if rank is PINNED:
            pins.append(Statement(value, place, key))
        # The nearest manifest that asks for one is meant; a directive of Go stands for less than its toolchain.
        elif not any(statement.rank == ASKED for statement in service.about(topic)):
            service.say(topic, value, place, key, rank=ASKED)
    for statement in pins:
        first = next((known for known in pins if _agree(known.value, statement.value)), statement)
        service.say(topic, first.value, statement.place, statement.why, rank=PINNED)
    for path in workflows:
        _tested(docs, service, path)


def _pins(docs: ManifestReader, service: ServiceStatements, whole: Statements) -> Iterator[Statement]:
    """The version files of the nearest folder that has any."""
    for folder in above(service.folder):
        found = []
        for name in VERSION_FILES[service.language]:
            path = joined(folder, name)
            named = (
                version_in(name, docs.files.text(path) or "", service.language)
                if docs.files.has(folder, name)
                else None
            )
            if named:
                place = FilePlace(path, named.line)
                found.append(Statement(named.value, place, "version file"))
                whole.say(FindingTopic.VERSION_FILE, path, place, f"{service.language.value} {named.value}")
        if found:
            yield from found
            return


def _agree(one: str, other: str) -> bool:
    """True where one version is the other, or the other put less exactly: 3.12 and 3.12.1."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _tested(docs: ManifestReader, service: ServiceStatements, path: str) -> None:
    """What a workflow tests with is what may be meant, never what is."""
    text = docs.files.text(path) or ""
    for match in _CI[service.language].finditer(text):
        for number in _NUMBER.findall(match[1]) if "{" not in match[1] and "/" not in match[1] else ():
            place = FilePlace(path, line_of(text, match.start()))
            service.say(FindingTopic.VERSION, plain_version(number), place, "tested in CI", rank=TESTED, sure=False)
