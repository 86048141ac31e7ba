"""Go projects: go.mod, web frameworks, main packages, and how they are started."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.toolchain import TOOLCHAINS, Language

from .documents import ManifestReader
from .files import SOURCE_LIMIT, above, joined, line_of
from .sources import is_test_folder
from .statements import ServiceStatements
from .values import FilePlace, FindingTopic

MANIFEST = "go.mod"
GO = TOOLCHAINS["go"]
FRAMEWORKS = {
    "github.com/gin-gonic/gin": "gin",
    "github.com/labstack/echo": "echo",
    "github.com/gofiber/fiber": "fiber",
    "github.com/go-chi/chi": "chi",
    "github.com/gorilla/mux": "gorilla",
}
_REQUIRED = regex(
    r"^[ \t]*(?:require[ \t]+)?([\w-]{1,80}\.[\w./~-]{1,300})[ \t]+v\S+([ \t]*//[ \t]*indirect)?", re.MULTILINE
)
_DIRECTIVE = regex(r"^(go|toolchain)\s+(?:go)?(\d[\w.]*)", re.MULTILINE)
_PACKAGE = regex(r"^package (\w+)", re.MULTILINE)
_MAIN = regex(r"^func main\(", re.MULTILINE)
_MOST_PACKAGES = 1_000
"""Folders with sources that are looked into for a main package, those that are least deep first."""
_SERVES = regex(r"\bhttp\.ListenAndServe(?:TLS)?\(")


_NO_PROGRAMS = frozenset({"internal", "tools", "scripts", "hack", "build", "ci"})
"""Folders whose main packages are the project's own tools."""


class GoModule(NamedTuple):
    """A module that go.mod asks for, and where; modules that only others need are none."""

    path: str
    place: FilePlace


def modules(docs: ManifestReader, folder: str) -> list[GoModule]:
    """What the go.mod of a folder asks for itself."""
    path = joined(folder, MANIFEST)
    text = docs.files.text(path) or ""
    return [
        GoModule(match[1], FilePlace(path, line_of(text, match.start(1))))
        for match in _REQUIRED.finditer(text)
        if not match[2]
    ]


def services(docs: ManifestReader) -> Iterator[ServiceStatements]:
    """The modules with a main package that ask for a web framework, or serve by net/http."""
    folders = docs.files.holding(MANIFEST)
    for folder in folders:
        wanted = modules(docs, folder)
        framework, place = next(
            ((FRAMEWORKS[known], each.place) for each in wanted for known in FRAMEWORKS if _is(each.path, known)),
            ("", None),
        )
        mains = _mains(docs, folder, [other for other in folders if other != folder])
        serving = [where for where, serves in mains.items() if serves]
        if not mains or not (framework or serving):
            continue
        found = ServiceStatements(folder, Language.GO, FilePlace(joined(folder, MANIFEST)))
        found.framework, found.toolchain = framework, GO
        if place:
            found.say(FindingTopic.FRAMEWORK, framework, place)
        found.say(FindingTopic.MANAGER, GO.id, FilePlace(joined(folder, MANIFEST)))
        found.say(FindingTopic.TEST, " ".join(GO.test), FilePlace(joined(folder, MANIFEST)))
        for where in mains:
            below = where.path.rpartition("/")[0].removeprefix(folder).strip("/")
            words = (*GO.start[:-1], f"./{below}" if below else ".")
            found.say(FindingTopic.START, " ".join(words), where, "a main package", rank=6)
            found.say(FindingTopic.ENTRY, where.path, where)
        yield found


def _is(path: str, known: str) -> bool:
    return path == known or path.startswith(f"{known}/")


def _mains(docs: ManifestReader, folder: str, others: list[str]) -> dict[FilePlace, bool]:
    """The main packages of a module: where each starts, and whether it serves by net/http."""
    found: dict[FilePlace, bool] = {}
    inner = [other for other in others if not folder or other.startswith(f"{folder}/")]
    read = 0
    for place, names in docs.files.folders.items():
        if not _is_below(place, folder) or any(_is_below(place, other) for other in inner):
            continue
        below = place.removeprefix(folder).strip("/")
        if is_test_folder(below) or not _NO_PROGRAMS.isdisjoint(below.split("/")):
            continue
        sources = [joined(place, name) for name in names if name.endswith(".go") and not name.endswith("_test.go")]
        if sources and read < _MOST_PACKAGES:
            read += 1
            main = _main_of(docs, sources)
            found |= {main[0]: main[1]} if main else {}
    return found


def _is_below(place: str, folder: str) -> bool:
    return not folder or place == folder or place.startswith(f"{folder}/")


def _main_of(docs: ManifestReader, sources: list[str]) -> tuple[FilePlace, bool] | None:
    """Where the package of these sources starts, and whether that file serves; None where it is no program."""
    is_program = False
    for path in sources:
        text = docs.files.text(path, SOURCE_LIMIT) or ""
        package = _PACKAGE.search(text)
        if package and package[1] != "main":
            # One file tells of which package all of a folder are.
            return None
        is_program = is_program or package is not None
        if package and (match := _MAIN.search(text)):
            return FilePlace(path, line_of(text, match.start())), bool(_SERVES.search(text))
    return (FilePlace(sources[0]), False) if is_program else None


def wanted_versions(docs: ManifestReader, folder: str) -> Iterator[tuple[str, FilePlace, str]]:
    """The versions of Go that go.mod files from a folder upwards name: value, place, directive (toolchain first)."""
    for place in above(folder):
        path = joined(place, MANIFEST)
        text = (docs.files.text(path) or "") if docs.files.has(place, MANIFEST) else ""
        named = {match[1]: match for match in _DIRECTIVE.finditer(text)}
        for key in ("toolchain", "go"):
            if key in named:
                yield named[key][2], FilePlace(path, line_of(text, named[key].start())), key
