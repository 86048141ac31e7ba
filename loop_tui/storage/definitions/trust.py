"""Which definitions of a repository the user said may run (SPEC section 2).

A definition can carry commands. One that comes with a repository runs only after the user agreed to that file as it
is: the answer is remembered with the file's hash, so a changed file asks again.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from loop_tui.fs.atomic import write_atomic, write_new, write_problem
from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.paths import data_dir
from loop_tui.fs.plain import read_plain
from loop_tui.model.base import Model
from loop_tui.model.clock import stamp
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .catalog import FoundLoop

_LOCK_TIMEOUT_S = 10
_PRIVATE = 0o600


class Trusted(Model):
    """One file of one repository that the user agreed to, as it was then."""

    project: str
    path: str
    sha256: str
    at: str = ""


_Entries = TypeAdapter(list[Trusted], config=ConfigDict(defer_build=True))


def trust_file(env: Mapping[str, str] | None = None) -> Path:
    """Where the answers are kept. It need not exist."""
    return data_dir(env) / "trust.json"


def needs_trust(found: FoundLoop) -> bool:
    """True when this definition may not run before the user agreed: it comes from a repository."""
    return found.origin == "repository"


def read_trust(env: Mapping[str, str] | None = None) -> tuple[list[Trusted], Problem | None]:
    """What is trusted. A damaged file trusts nothing, and the Problem says so."""
    path = trust_file(env)
    try:
        return _Entries.validate_python(json.loads(read_plain(path, SETTINGS))["trusted"]), None
    except FileNotFoundError:
        return [], None
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, KeyError, TypeError, RecursionError):
        # ValidationError, JSONDecodeError and UnicodeDecodeError are ValueErrors.
        reason = "it is damaged"
    return [], Problem(
        f"what you trusted cannot be read: {reason}", str(path), "you will be asked again", code=Code.FILE_INVALID
    )


def is_trusted(project: Path, path: str | Path, sha256: str, env: Mapping[str, str] | None = None) -> bool:
    """True when the user agreed to this file of this project with exactly this content."""
    entries, _ = read_trust(env)
    wanted = (_same(project), _same(path), sha256)
    return bool(sha256) and any((e.project, e.path, e.sha256) == wanted for e in entries)


def may_run(project: Path, found: FoundLoop, env: Mapping[str, str] | None = None) -> bool:
    """True when this definition may run in this project now."""
    return not needs_trust(found) or is_trusted(project, found.path, found.sha256, env)


def remember(
    project: Path, path: str | Path, sha256: str, moment: datetime, env: Mapping[str, str] | None = None
) -> None:
    """Record that the user agreed to this content of this file. An earlier answer about the file is replaced.

    A damaged record is set aside as `trust.json.damaged`. Raises Problem when it cannot be written.
    """
    from filelock import FileLock, Timeout

    target = trust_file(env)
    entry = Trusted(project=_same(project), path=_same(path), sha256=sha256, at=stamp(moment))
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(target.with_suffix(".lock"), timeout=_LOCK_TIMEOUT_S):
            entries, damaged = read_trust(env)
            if damaged:
                target.replace(target.with_name(f"{target.name}.damaged"))
            kept = [e for e in entries if (e.project, e.path) != (entry.project, entry.path)]
            _write(target, [*kept, entry])
    except Timeout:
        raise Problem("somebody else keeps it locked", str(target), "try again", code=Code.STATE_BUSY) from None
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
