"""The key of this person: what shows that a record was written here (SPEC section 3, "Who drives").

It lies in the data folder, for nobody else to read. Whoever has another one did not start these runs.
"""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

from loop_tui.fs.atomic import write_new, write_problem
from loop_tui.fs.homes import data_dir
from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

KEY_NAME = "owner.key"
_BYTES = 32
_PRIVATE = 0o600


def key_file(env: Mapping[str, str] | None = None) -> Path:
    """Where the key lies. It need not exist."""
    return data_dir(env) / KEY_NAME


def known_key(env: Mapping[str, str] | None = None) -> bytes | None:
    """The key of this person, or None while there is none that can be used."""
    path = key_file(env)
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(_PRIVATE)
        text = read_plain(path, SETTINGS).strip()
        key = bytes.fromhex(text.decode("ascii"))
    except (OSError, ValueError):
        return None
    return key if len(key) == _BYTES else None


def own_key(env: Mapping[str, str] | None = None) -> bytes:
    """The key of this person, made when there is none. Raises Problem when it cannot be kept."""
    path = key_file(env)
    for _ in range(2):
        known = known_key(env)
        if known is not None:
            return known
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise write_problem(error, path) from error
        write_new(path, secrets.token_hex(_BYTES).encode() + b"\n", mode=_PRIVATE)
    known = known_key(env)
    if known is not None:
        return known
    todo = "move it away: a new key is created, and runs started with the old one have to be adopted"
    raise Problem("is not a key of loop-tui", str(path), todo, code=Code.FILE_INVALID)


def key_id(key: bytes) -> str:
    """What tells one key from another without giving it away."""
    return hashlib.sha256(b"loop-tui key " + key).hexdigest()[:12]
