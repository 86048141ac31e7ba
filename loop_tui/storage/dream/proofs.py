"""What the checks of functions found when they last ran: kept with the person's own data, never in the project.

A repository cannot bring proofs along. One counts for the very command that ran, and says at which commit.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.atomic import write_atomic, write_problem
from loop_tui.fs.limits import RECORD
from loop_tui.fs.paths import data_dir
from loop_tui.fs.plain import read_json

from .checks import FunctionCheck

_FOLDER = "dream-checks"
_LONGEST = 200


class FunctionProof(Struct, frozen=True):
    """The last result of a check; `commit` says at which commit, and whether files differed from it."""

    passed: bool
    commit: str


def read_proofs(
    top: Path, checks: Iterable[FunctionCheck], env: Mapping[str, str] | None = None
) -> dict[str, FunctionProof]:
    """The last results of these checks, by `key_of_check`; those that never ran, or cannot be read, are left out."""
    try:
        found = read_json(_path(top, env), RECORD)
    except (OSError, ValueError):
        return {}
    proofs: dict[str, FunctionProof] = {}
    for check in checks:
        entry = found.get(key_of_check(check)) if isinstance(found, dict) else None
        if isinstance(entry, dict) and isinstance(entry.get("passed"), bool) and isinstance(entry.get("commit"), str):
            proofs[key_of_check(check)] = FunctionProof(entry["passed"], entry["commit"][:_LONGEST])
    return proofs


def write_proofs(top: Path, proofs: Mapping[str, FunctionProof], env: Mapping[str, str] | None = None) -> None:
    """Keep these results in place of all earlier ones of the project. Raises Problem."""
    path = _path(top, env)
    told = {key: {"passed": proof.passed, "commit": proof.commit} for key, proof in proofs.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise write_problem(error, path.parent) from error
    write_atomic(path, json.dumps(told, indent=2).encode() + b"\n")


def key_of_check(check: FunctionCheck) -> str:
    """What makes two checks the same: the function, and every argument of the command."""
    return json.dumps([check.module, check.function, *check.run])


def _path(top: Path, env: Mapping[str, str] | None) -> Path:
    import hashlib

    name = hashlib.sha256(os.fsencode(os.path.realpath(top))).hexdigest()[:32]
    return data_dir(env) / _FOLDER / f"{name}.json"
