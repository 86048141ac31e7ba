"""Reading the documents of a project: what cannot be read is named, and hides nothing of the others."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.fs.limits import DREAM_STATE
from loop_tui.fs.paths import project_name
from loop_tui.fs.plain import parse_json, read_plain
from loop_tui.model.dream.tree import DreamState, Node, Roadmap, Tier
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from .dream_state import read_dream_state
from .places import FOLDER, DreamPlaces
from .registries import read_dream_json, read_modules, read_roadmap_json
from .roadmap import read_roadmap

_Read = TypeVar("_Read")
ReadText = Callable[[Path], str]
"""What gives the text of a document: `text_of`, or what an edit has made of it."""
DREAM_JSON = "dream-state.json"


class Documents(Struct, frozen=True):
    """All documents of a project, read; None or nothing for those that do not exist.

    `registry` has the modules of registries. `problems` names what could not be read, each with its file.
    """

    organization: DreamState | None
    system: DreamState | None
    modules: tuple[DreamState, ...]
    registry: tuple[Node, ...]
    roadmap: Roadmap | None
    problems: tuple[Problem, ...]


def text_of(path: Path) -> str:
    """The text of a document; bytes that are no UTF-8 stay what they are when it is written again.

    Raises FileNotFoundError where there is none, and Problem for one that cannot be read.
    """
    try:
        data = read_plain(path, DREAM_STATE, follow=True)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(str(path)) from None
    except OSError as error:
        reason = one_line(error.strerror or str(error))
        raise Problem(f"cannot be read: {reason}", str(path), code=Code.FILE_UNREADABLE) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Problem("is UTF-16, not UTF-8", str(path), "save it as UTF-8", code=Code.FILE_INVALID)
    return data.decode("utf-8", "surrogateescape")


def read_documents(places: DreamPlaces, read_text: ReadText = text_of) -> Documents:
    """What the documents of a project say. Never raises."""
    problems: list[Problem] = []

    def read(path: Path, make: Callable[[str], _Read]) -> _Read | None:
        try:
            return make(read_text(path))
        except FileNotFoundError:
            return None
        except Problem as problem:
            problems.append(problem)
            return None

    def dream(path: Path, tier: Tier, folder: str) -> DreamState | None:
        return read(path, lambda text: read_dream_state(text, tier, folder, str(path)))

    def data(path: Path) -> object:
        return read(path, lambda text: _json(text, path))

    name = project_name(places.top)
    system = dream(places.system, Tier.SYSTEM, name) if places.system is not None else None
    registry: list[Node] = []
    for path in places.registries:
        found = data(path)
        if path.name == DREAM_JSON and system is None:
            system = read_dream_json(found, name, str(path))
        else:
            registry += read_modules(found, str(path))
    modules = (_module(places.top, path, dream) for path in places.modules)
    roadmaps = [
        *(read(path, read_roadmap) for path in places.roadmaps),
        *(read_roadmap_json(data(path)) for path in places.roadmap_json),
    ]
    return Documents(
        organization=dream(places.organization, Tier.ORGANIZATION, "personal"),
        system=system,
        modules=tuple(module for module in modules if module is not None),
        registry=tuple(registry),
        roadmap=next((roadmap for roadmap in roadmaps if roadmap is not None), None),
        problems=tuple(problems),
    )


def bytes_of(text: str) -> bytes:
    """The bytes of a text that `text_of` gave."""
    return text.encode("utf-8", "surrogateescape")


def _module(top: Path, path: Path, dream: Callable[[Path, Tier, str], DreamState | None]) -> DreamState | None:
    folder = path.parent.parent if path.parent.name == FOLDER else path.parent
    found = dream(path, Tier.MODULE, folder.name)
    return replace(found, folder=folder.relative_to(top).as_posix()) if found is not None else None


def _json(text: str, path: Path) -> object:
    try:
        return parse_json(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise Problem(f"is not JSON: {one_line(error.msg, 100)}", place, code=Code.FILE_INVALID) from None
    except ValueError as error:
        raise Problem(f"is not JSON: {one_line(str(error), 100)}", str(path), code=Code.FILE_INVALID) from None
