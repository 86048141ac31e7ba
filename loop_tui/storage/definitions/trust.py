"""Which definitions of a repository the user said may run (SPEC section 2).

A definition can carry commands, and a repository's settings for targets can name addresses that a run would ask.
Either counts only after the user agreed to it as it is: the answer is remembered with its hash and with the lines that
the user read, so what changed asks again, and the difference is shown. What is hashed is what was read, once.
"""

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from loop_tui.fs.atomic import write_atomic, write_new, write_problem
from loop_tui.fs.limits import TRUST
from loop_tui.fs.paths import data_dir
from loop_tui.fs.plain import read_json
from loop_tui.model.base import Model
from loop_tui.model.clock import stamp
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .catalog import FoundLoop
from .consequences import consequences

_LOCK_TIMEOUT_S = 10
_PRIVATE = 0o600


class Trusted(Model):
    """One file of one repository that the user agreed to, as it was then."""

    project: str
    path: str
    sha256: str
    at: str = ""
    loop: str = ""
    does: tuple[str, ...] = ()
    """What the user read then, a line each (`consequences`); empty in records of earlier versions."""


_Entries = TypeAdapter(list[Trusted], config=ConfigDict(defer_build=True))


def trust_file(env: Mapping[str, str] | None = None) -> Path:
    """Where the answers are kept. It need not exist."""
    return data_dir(env) / "trust.json"


def needs_trust(found: FoundLoop) -> bool:
    """True when this may not run before the user agreed: the definition, or an address in it, is a repository's."""
    return found.origin == "repository" or bool(found.reaches)


def content_of(found: FoundLoop) -> tuple[str, str]:
    """What there is to agree to: the path that it goes by, and the hash of all of it that the repository brought."""
    if found.origin != "repository":
        return found.settings, _digest("", found.reaches)
    return found.path, _digest(found.sha256, found.reaches) if found.reaches else found.sha256


def _digest(sha256: str, reaches: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps([sha256, *reaches]).encode()).hexdigest()


def lines_of(found: FoundLoop) -> tuple[str, ...]:
    """What the user agrees to, a line each: all that the definition does, or the addresses that came into it."""
    return consequences(found.definition) if found.origin == "repository" else found.reaches


def read_trust(env: Mapping[str, str] | None = None) -> tuple[list[Trusted], Problem | None]:
    """What is trusted. A damaged file trusts nothing, and the Problem says so."""
    path = trust_file(env)
    try:
        if reason := _open_to_others(path):
            raise PermissionError(0, reason)
        return _Entries.validate_python(_trusted(read_json(path, TRUST))), None
    except FileNotFoundError:
        return [], None
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, KeyError, TypeError, RecursionError):
        # ValidationError, JSONDecodeError and UnicodeDecodeError are ValueErrors.
        reason = "it is damaged"
    return [], Problem(
        f"the record of what you trust cannot be read: {reason}",
        str(path),
        "you will be asked again",
        code=Code.FILE_INVALID,
    )


def _open_to_others(path: Path) -> str:
    """Why what is kept there may not be the user's word, or nothing. Raises OSError where nothing is kept."""
    for place, writable in ((path, 0o022), (path.parent, 0o002)):
        found = place.lstat() if place == path else place.stat()
        if found.st_uid != os.geteuid():
            return f"{place.name} belongs to another user"
        if found.st_mode & writable and not found.st_mode & stat.S_ISVTX:
            return f"other users can write {place.name}"
    return ""


def agreed_before(project: Path, found: FoundLoop, env: Mapping[str, str] | None = None) -> Trusted | None:
    """What the user agreed to earlier in the place of this, whatever it was then."""
    path, _ = content_of(found)
    wanted = (_same(project), _same(path))
    return next(
        (e for e in read_trust(env)[0] if (e.project, e.path) == wanted and e.loop in ("", found.definition.id)), None
    )


def _trusted(found: object) -> object:
    return found["trusted"] if isinstance(found, dict) else None


def is_trusted(project: Path, path: str | Path, sha256: str, env: Mapping[str, str] | None = None) -> bool:
    """True when the user agreed to this file of this project with exactly this content."""
    entries, _ = read_trust(env)
    wanted = (_same(project), _same(path), sha256)
    return bool(sha256) and any((e.project, e.path, e.sha256) == wanted for e in entries)


def may_run(project: Path, found: FoundLoop, env: Mapping[str, str] | None = None) -> bool:
    """True when this definition may run in this project now."""
    return not needs_trust(found) or is_trusted(project, *content_of(found), env)


def remember(
    project: Path,
    path: str | Path,
    sha256: str,
    moment: datetime,
    env: Mapping[str, str] | None = None,
    *,
    loop: str = "",
    does: tuple[str, ...] = (),
) -> None:
    """Record that the user agreed to this content of this file. An earlier answer about the file is replaced.

    A damaged record is set aside as `trust.json.damaged`. Raises Problem when it cannot be written, and where it would
    not count, since others may write there.
    """
    from filelock import FileLock, Timeout

    target = trust_file(env)
    entry = Trusted(project=_same(project), path=_same(path), sha256=sha256, at=stamp(moment), loop=loop, does=does)
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(target.with_suffix(".lock"), timeout=_LOCK_TIMEOUT_S):
            entries, damaged = read_trust(env)
            if damaged:
                target.replace(target.with_name(f"{target.name}.damaged"))
            kept = [
                e for e in entries if (e.project, e.path) != (entry.project, entry.path) or e.loop not in ("", loop)
            ]
            _write(target, [*kept, entry])
            if reason := _open_to_others(target):
                todo = f"chmod go-w {target.parent}"
                raise Problem(f"your trust cannot be saved: {reason}", str(target), todo, code=Code.NOT_WRITABLE)
    except Timeout:
        raise Problem("another process holds its lock", str(target), "try again", code=Code.STATE_BUSY) from None
    except OSError as error:
        raise write_problem(error, target) from error


def _write(target: Path, entries: list[Trusted]) -> None:
    body = json.dumps({"trusted": _Entries.dump_python(entries, mode="json")}, indent=2) + "\n"
    # Atomic writing keeps a file's mode: whoever may write here may run commands, so it is private from the start.
    if not write_new(target, b"", mode=_PRIVATE):
        target.chmod(_PRIVATE)
    write_atomic(target, body.encode())


def _same(path: str | Path) -> str:
    """One spelling for one place."""
    return os.path.realpath(path)
