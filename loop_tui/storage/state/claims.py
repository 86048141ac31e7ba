"""Who works on parts of a run of ours, and when they were heard of last (SPEC section 3, "Who drives")."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.limits import RECORD
from loop_tui.fs.plain import read_json, read_plain
from loop_tui.model.owner import Claim
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

CLAIMS_NAME = "claims.json"
FOREIGN_NAME = "foreign-write.json"
QUIET_AFTER_S = 120.0
"""How long after its last sign of life a claim is quiet, and so is a run that somebody else drives."""

_AHEAD_S = 30.0
"""How far the clock of whoever writes may be ahead of ours."""

_CLAIMS = TypeAdapter(tuple[Claim, ...], config=ConfigDict(defer_build=True))


def read_claims(run_dir: Path, now: float, heard: float = 0.0) -> tuple[Claim, ...]:
    """The claims on the run of that folder at a time (seconds since 1970).

    Raises Problem where they cannot be read: nobody then knows that a driver may work.

    `heard` is when somebody who is not us wrote the state last: that is a sign of life of whoever has a claim.
    """
    path = run_dir / CLAIMS_NAME
    try:
        claims = _CLAIMS.validate_json(read_plain(path, RECORD))
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        todo = "remove it, which clears all claims"
        raise Problem("the claims cannot be read", str(path), todo, code=Code.FILE_INVALID) from error
    return tuple(c.model_copy(update={"lapsed": is_quiet(max(c.beat, heard), now)}) for c in claims)


def is_quiet(heard: float, now: float) -> bool:
    """True after too long without a sign of life; one from the future is none."""
    return not -_AHEAD_S <= now - heard <= QUIET_AFTER_S


def write_claims(run_dir: Path, claims: Sequence[Claim]) -> None:
    """Keep the claims. Raises Problem."""
    path = run_dir / CLAIMS_NAME
    if not claims and not path.exists():
        return
    kept = [claim.model_dump(mode="json", exclude={"lapsed"}) for claim in claims]
    write_atomic(path, json.dumps(kept).encode())


def read_foreign(run_dir: Path) -> float:
    """When somebody else wrote the state before our last write of it, in seconds since 1970; 0 when nobody did."""
    try:
        found = read_json(run_dir / FOREIGN_NAME, RECORD)
        at = float(found["at"]) if isinstance(found, dict) else 0.0
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return 0.0
    return at if math.isfinite(at) else 0.0


def write_foreign(run_dir: Path, at: float) -> None:
    """Remember when somebody else wrote the state, before we write over it. Raises Problem."""
    write_atomic(run_dir / FOREIGN_NAME, json.dumps({"at": at}).encode(), durable=False)
