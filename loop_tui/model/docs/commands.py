"""Commands that documents tell a reader to run, as far as the project itself has them: others are never judged."""

import posixpath
import shlex
from collections.abc import Iterator

from loop_tui.model.regex import regex

from .known import MADE, KnownReferents

_PROMPT = regex(r"\s*(?:[$%>] )?")
_NEXT = regex(r"\s*(?:&&|\|\||[;|])\s*")
_SETTING = regex(r"[A-Za-z_]\w*=.*")
_WORD = regex(r"[a-z][a-z0-9-]*")
_TARGET = regex(r"[A-Za-z0-9][\w.-]*")
_SCRIPT = regex(r"[a-z][\w:.-]*")
_MODULE = regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_LONGEST = 2000
_MANAGERS = frozenset({"npm", "pnpm", "yarn"})
_ELSEWHERE = frozenset({"-C", "-f", "--directory", "--file", "--prefix", "-w", "--workspace", "--cwd", "--dir"})
_SHELLS = frozenset({"bash", "sh", "zsh", "source", "."})


def stale_command(text: str, document: str, known: KnownReferents, *, is_fence: bool) -> str | None:
    """Why a command does not work any more; None where that is not known. `document` is the path of its document.

    In running text (`is_fence` false) only short commands count: "make it so" is no list of targets.
    """
    for words in _commands(text):
        if any(word.partition("=")[0] in _ELSEWHERE or word.endswith(":") for word in words):
            continue  # About another folder; or a sentence, as programs print them.
        why = _stale(words, document, known, is_fence=is_fence)
        if why is not None:
            return why
    return None


def _commands(text: str) -> Iterator[list[str]]:
    """The words of each command of a line, without settings before it."""
    if len(text) > _LONGEST:
        return
    start = _PROMPT.match(text)
    for part in _NEXT.split(text[start.end() :] if start is not None else text):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue
        while words and (words[0] == "sudo" or _SETTING.fullmatch(words[0])):
            words = words[1:]
        if words:
            yield words


def _stale(words: list[str], document: str, known: KnownReferents, *, is_fence: bool) -> str | None:
    program, rest = words[0], words[1:]
    if program == "make":
        return _make(rest, known, is_fence=is_fence)
    if program in _MANAGERS and rest[:1] == ["run"]:
        return _script(rest[1:], known)
    if program in ("python", "python3") and rest[:1] == ["-m"]:
        return _module(rest[1:], known)
    if program == "loop-tui":
        return _own(rest, known)
    if program in _SHELLS and rest:
        return _program(rest[0], document, known)
    return _program(program, document, known) if program.startswith("./") else None


def _make(words: list[str], known: KnownReferents, *, is_fence: bool) -> str | None:
    targets = [word for word in words if not word.startswith("-") and "=" not in word]
    if known.make is None or (not is_fence and len(words) > 1):
        return None
    gone = next((word for word in targets if _TARGET.fullmatch(word) and word not in known.make), None)
    return f"the Makefile has no target {gone}" if gone is not None and not gone.isupper() else None


def _script(words: list[str], known: KnownReferents) -> str | None:
    name = next((word for word in words if not word.startswith("-")), "")
    if known.scripts is None or not _SCRIPT.fullmatch(name) or name in known.scripts:
        return None
    return f"package.json has no script {name}"


def _module(words: list[str], known: KnownReferents) -> str | None:
    """A module of a package that the project has, at its top or below src."""
    name = words[0] if words else ""
    if not _MODULE.fullmatch(name):
        return None
    path = name.replace(".", "/")
    package = path.partition("/")[0]
    for base in ("", "src/"):
        if known.is_folder(f"{base}{package}"):
            places = (f"{base}{path}.py", f"{base}{path}/__main__.py", f"{base}{path}/__init__.py")
            return None if any(map(known.is_there, places)) else f"no module {name}"
    return None


def _own(words: list[str], known: KnownReferents) -> str | None:
    name = words[0] if words else ""
    if known.commands is None or not _WORD.fullmatch(name) or name in known.commands:
        return None
    return f"loop-tui has no command {name}"


def _program(word: str, document: str, known: KnownReferents) -> str | None:
    """A program by its path, in a folder that exists and that nothing makes."""
    path = posixpath.normpath(word)
    first, slash, _ = path.partition("/")
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(document), path))
    if not slash or not _TARGET.match(first) or first in MADE or not known.is_folder(first):
        return None
    if known.is_there(path) or (not beside.startswith("..") and known.is_there(beside)):
        return None
    return f"no file {path}"
