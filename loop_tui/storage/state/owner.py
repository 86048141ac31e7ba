"""Whether a run is ours: its owner record, and the run's own copy of its definition (SPEC sections 2 and 3).

A run is ours when its folder holds a record that our key signed for this very place, and the copy of the definition
that the record names. Whatever else lies there (a clone, a folder that was moved, the run of another user, or of a
version that kept no record) is a run elsewhere: it is shown, answered and adopted, but never driven.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import ValidationError

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.limits import COPY, RECORD
from loop_tui.fs.plain import read_plain
from loop_tui.model.binding import definition_hash
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.names import canonical_id
from loop_tui.model.owner import OwnerRecord
from loop_tui.storage.user.key import key_id, known_key, own_key

from .signing import Signer

OWNER_NAME = "owner.json"
DEFINITION_NAME = "definition.json"
NO_RECORD = "it has no owner record"


class Ownership(Struct, frozen=True):
    """What the run folder says: the record and the definition of a run of ours, or `found`, what speaks against it."""

    record: OwnerRecord | None = None
    definition: LoopDefinition | None = None
    signer: Signer | None = None
    found: str = NO_RECORD

    def of(self, run: str) -> bool:
        """True when that run is ours."""
        return self.record is not None and self.record.run == run


def read_owner(run_dir: Path, project: Path, loop: str, env: Mapping[str, str] | None = None) -> Ownership:
    """Whose the run of that folder is. Never raises: what cannot be read is not ours."""
    try:
        record = OwnerRecord.model_validate_json(read_plain(run_dir / OWNER_NAME, RECORD))
    except FileNotFoundError:
        return Ownership()
    except (OSError, ValidationError):
        return Ownership(found=f"its {OWNER_NAME} cannot be read")
    key = known_key(env)
    if key is None or record.key != key_id(key):
        return Ownership(found=f"its {OWNER_NAME} was written with the key of another user or machine")
    if not hmac.compare_digest(_mac(key, record, project, loop).encode(), record.mac.encode("utf-8", "replace")):
        return Ownership(found=f"its {OWNER_NAME} is invalid: it was changed, or belongs to another folder or loop")
    definition = own_copy(run_dir, record.definition)
    if definition is None:
        return Ownership(found="its copy of the definition is not the one the run was started with")
    return Ownership(record, definition, Signer(key, record.run, record.nonce), "")


def new_record(
    project: Path, loop: str, *, run: str, by: str, at: str, definition: LoopDefinition, env: Mapping[str, str] | None
) -> tuple[OwnerRecord, Signer]:
    """A record for a run that is to be ours, and who signs for it from then on. Raises Problem when no key is kept."""
    key = own_key(env)
    record = OwnerRecord(
        run=run,
        by=by,
        at=at,
        definition=definition_hash(definition),
        nonce=secrets.token_hex(16),
        key=key_id(key),
    )
    record = record.model_copy(update={"mac": _mac(key, record, project, loop)})
    return record, Signer(key, run, record.nonce)


def renewed(record: OwnerRecord, project: Path, loop: str, definition: LoopDefinition, signer: Signer) -> OwnerRecord:
    """The record of the same owner with another definition."""
    record = record.model_copy(update={"definition": definition_hash(definition)})
    return record.model_copy(update={"mac": _mac(signer.key, record, project, loop)})


def write_copy(run_dir: Path, definition: LoopDefinition) -> None:
    """Leave the run's copy of its definition. A copy that a record names stays beside it. Raises Problem."""
    sha256 = definition_hash(definition)
    if own_copy(run_dir, sha256) is not None:
        return
    first = run_dir / DEFINITION_NAME
    path = first if not os.path.lexists(run_dir / OWNER_NAME) else _copy_path(run_dir, sha256)
    write_atomic(path, definition.model_dump_json(indent=2).encode() + b"\n")


def write_record(run_dir: Path, record: OwnerRecord) -> None:
    """Make the run ours from now on. Raises Problem."""
    write_atomic(run_dir / OWNER_NAME, record.model_dump_json(indent=2).encode() + b"\n")


def _copy_path(run_dir: Path, sha256: str) -> Path:
    return run_dir / f"definition-{sha256[:16]}.json"


def own_copy(run_dir: Path, sha256: str) -> LoopDefinition | None:
    """The run's copy of the definition with that hash; None where there is none that has it."""
    for path in (run_dir / DEFINITION_NAME, _copy_path(run_dir, sha256)):
        try:
            found = LoopDefinition.model_validate_json(read_plain(path, COPY))
        except (OSError, ValueError):
            continue
        if definition_hash(found) == sha256:
            return found
    return None


def _mac(key: bytes, record: OwnerRecord, project: Path, loop: str) -> str:
    told = record.model_dump(mode="json", exclude={"mac"})
    text = json.dumps([told, os.path.realpath(project), canonical_id(loop)], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
