"""Archiving a run that is over: one JSON, and beside it a folder with everything else (SPEC section 7)."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from pydantic import JsonValue

from loop_tui.fs.atomic import TEMP_SUFFIX, clear_temps, revision, sync_folder, write_atomic, write_problem
from loop_tui.fs.limits import ARCHIVE, LINE, PACKED, RECORD
from loop_tui.fs.plain import (
    RUNS,
    digest_of,
    open_new,
    open_plain,
    parse_json,
    read_json,
    read_plain,
    read_start,
    read_text,
)
from loop_tui.model.chosen_move import LEVERAGE, dump_choice
from loop_tui.model.clock import ms_between, parse_stamp, stamp
from loop_tui.model.dream.told import ChecklistItem
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunOutcome
from loop_tui.model.secret_places import mask_blocks
from loop_tui.model.secrets import known, mask, masked, secrets_in
from loop_tui.model.state import GateState, RunState
from loop_tui.model.status import GateStatus, PhaseStatus, RunStatus, SkillStatus
from loop_tui.model.text import shown
from loop_tui.model.working_time import times_of
from loop_tui.storage.definitions.validation import is_plain_name

from .named import MARKER as MARKER
from .named import runs_folder as runs_folder
from .named import safe_name as safe_name

ARCHIVE_VERSION = "1.0.0"

Body = dict[str, JsonValue]
_HEAD = 4096
"""How much of an archive holds its `meta`, which we write first."""
_CHUNK = 1 << 20
_MS_A_MINUTE = 60_000
_MOST_ITEMS = 1000
"""So many items of a checklist are archived."""


def archive_path(home: Path, system: str, loop: str, moment: datetime) -> Path:
    """Where a run that ends at this moment is archived; nothing is made.

    The time is UTC. When the name is taken, by a file or by a folder beside it, it gets `-2`, `-3` and so on.
    """
    when = moment.astimezone(UTC)
    folder = runs_folder(home) / when.strftime("%Y-%m")
    stem = f"{safe_name(system)}-{safe_name(canonical_id(loop))}-{when.strftime('%dT%H-%M-%S')}"
    for number in count(1):
        name = stem if number == 1 else f"{stem}-{number}"
        if not os.path.lexists(folder / f"{name}.json") and not os.path.lexists(folder / name):
            return folder / f"{name}.json"
    raise AssertionError("unreachable")


def archived_as(home: Path, run: str, loop: str) -> str:
    """The path of the archive of that run of a loop; empty when there is none. Only the beginning of each is read."""
    mark, quoted = f"-{safe_name(canonical_id(loop))}-", json.dumps(run).encode()
    try:
        months = sorted((month for month in runs_folder(home).iterdir() if month.is_dir()), reverse=True)
        paths = [path for month in months for path in month.glob("*.json") if mark in path.name]
    except OSError:
        return ""
    for path in paths:
        with contextlib.suppress(OSError, ValueError, RecursionError):
            if quoted in read_start(path, _HEAD) and _run_in(path) == run:
                return str(path)
    return ""


def folder_of(path: Path) -> Path:
    """The folder that stands beside an archive's JSON."""
    return path.with_suffix("")


def build_body(
    state: RunState,
    document: JsonValue,
    *,
    archived_at: datetime,
    project: str = "",
    folder: str = "",
    completed_at: str = "",
    outcome: RunOutcome | None = None,
    checklist: Sequence[ChecklistItem] = (),
    told: Mapping[str, JsonValue] = MappingProxyType({}),
) -> Body:
    """The JSON of an archived run: `meta`, `summary` in the nested form, `state` as the state file was.

    `document` is the parsed state file, `project` the system's name where the state has none, as command v1 (which has
    no `context`), `folder` is that of the project, `completed_at` a timestamp (`archived_at` when empty), `checklist`
    what the Dream State says. Beyond the form of unified-loop-architecture section 4 the summary has `run`, `project`,
    `version`, `duration_ms`, `working_ms` (without waiting), `durations` (milliseconds a skill), `skipped_skills`,
    `decisions` and `evidence` (both a gate), the proven `effects`, the `leverage_decision` that it began with, and what
    packs have `told` of it.
    """
    completed = completed_at if parse_stamp(completed_at) else stamp(archived_at)
    started = _started(state)
    duration_ms = ms_between(started, completed)
    if duration_ms is not None:
        duration_ms = max(duration_ms, 0)
    summary: Body = {
        "loop": canonical_id(state.loop),
        "system": state.system or project,
        "module": state.module,
        "started_at": started or None,
        "completed_at": completed,
        "duration_minutes": None if duration_ms is None else _minutes(duration_ms),
        "outcome": (outcome or outcome_of(state)).value,
        "phases": {
            "completed": [p.id for p in state.phases if p.status is PhaseStatus.COMPLETE],
            "skipped": [p.id for p in state.phases if p.status is PhaseStatus.SKIPPED],
        },
        "gates": {
            "passed": _gates(state, GateStatus.APPROVED),
            "failed": _gates(state, GateStatus.REJECTED),
            "skipped": _gates(state, GateStatus.SKIPPED),
        },
        "deliverables": list(_deliverables(state)),
        "checklist": _checklist(checklist),
        "run": state.run,
        "project": folder,
        "version": state.version,
        "duration_ms": duration_ms,
        "working_ms": times_of(state, completed).working_ms,
        "durations": dict(_durations(state)),
        "skipped_skills": _skipped_skills(state),
        "decisions": {g.id: _decision(g) for g in state.gates if g.by or g.feedback},
        "evidence": {g.id: [c.model_dump(mode="json") for c in g.checks] for g in state.gates if g.checks},
        "effects": [e.model_dump(mode="json") for e in state.effects if e.proven],
    }
    if state.leverage_decision is not None:
        summary[LEVERAGE] = dump_choice(state.leverage_decision)
    summary = {**told, **summary}
    meta: Body = {"archived_at": stamp(archived_at), "archive_version": ARCHIVE_VERSION, "run": state.run}
    return {"meta": meta, "summary": summary, "state": document}


def _checklist(items: Sequence[ChecklistItem]) -> Body:
    """What the Dream States ask for, in the form of unified-loop-architecture section 4; counts are of all items."""
    return {
        "items_completed": sum(item.is_done for item in items),
        "items_total": len(items),
        "items": [{"item": item.name, "completed": item.is_done} for item in items[:_MOST_ITEMS]],
    }


def outcome_of(state: RunState) -> RunOutcome:
    """How a run ended, going by its state."""
    if state.aborted is not None:
        return RunOutcome.ABANDONED
    if state.status in (RunStatus.FAILED, RunStatus.BLOCKED):
        return RunOutcome.FAILED
    whole = bool(state.phases) and all(p.status is PhaseStatus.COMPLETE for p in state.phases)
    return RunOutcome.SUCCESS if whole else RunOutcome.PARTIAL


def write_archive(
    path: Path, body: Body, files: Mapping[str, Path | bytes], *, secrets: Iterable[str] | None = None
) -> Body:
    """Write an archive: first the folder with `files` (name -> source), then the JSON, all durable. Gives its proof.

    Everything is masked; `secrets` are values to mask besides whatever is shaped like a token (those of the
    environment when None). Writing the same run to the same path again completes what an interrupted attempt left.
    Raises Problem when the path belongs to something else, a name is no plain file name, or the disk says no.
    """
    values = secrets_in(os.environ) if secrets is None else known(secrets)
    run = _run_of(body)
    folder = folder_of(path)
    for name in files:
        if not is_plain_name(name) or name == MARKER:
            raise Problem(f"{shown(name)} cannot be archived under that name", str(folder), code=Code.PATH_UNSAFE)
    try:
        _claim(path, folder, run)
        written: Body = {name: _put(folder / name, source, values) for name, source in files.items()}
        for made in {(folder / name).parent for name in files} | {folder}:
            sync_folder(made)
        meta = body.get("meta")
        whole = {**body, "meta": {**(meta if isinstance(meta, dict) else {}), "files": written}}
        data = _json(whole, values, path)
        write_atomic(path, data)
        (folder / MARKER).unlink(missing_ok=True)
        sync_folder(folder)
    except OSError as error:
        raise write_problem(error, Path(error.filename) if isinstance(error.filename, str) else path) from error
    return {"path": str(path), "folder": str(folder), "sha256": revision(data), "files": len(files)}


def verify_archive(path: Path, run: str, sha256: str = "") -> Body:
    """Read an archive back and give its proof, as `write_archive` does.

    Raises Problem when it is missing, damaged, of another run, not the content of that hash, or lacks one of its files.
    """
    try:
        data = read_plain(path, ARCHIVE)
        body = parse_json(data)
    except OSError as error:
        raise Problem(
            f"the archive cannot be read: {error.strerror}", str(path), code=Code.ARCHIVE_UNREADABLE
        ) from None
    except ValueError:
        raise Problem("the archive is damaged", str(path), code=Code.ARCHIVE_UNREADABLE) from None
    if not isinstance(body, dict) or _run_of(body) != run:
        raise Problem(f"the archive belongs to a run other than {shown(run)}", str(path), code=Code.ARCHIVE_UNREADABLE)
    if sha256 and revision(data) != sha256:
        raise Problem("the archive differs from what was written", str(path), code=Code.ARCHIVE_UNREADABLE)
    meta = body["meta"]
    files = meta.get("files") if isinstance(meta, dict) else None
    if not isinstance(files, dict) or "summary" not in body or "state" not in body:
        raise Problem("the archive is incomplete", str(path), code=Code.ARCHIVE_UNREADABLE)
    folder = folder_of(path)
    for name, facts in files.items():
        wanted = facts.get("sha256") if isinstance(facts, dict) else None
        if not is_plain_name(name) or wanted != _hash(folder / name):
            raise Problem(
                f"the archive's file {shown(name)} is missing or changed", str(folder), code=Code.ARCHIVE_UNREADABLE
            )
    return {"path": str(path), "folder": str(folder), "sha256": revision(data), "files": len(files)}


def tidy_archive(path: Path) -> None:
    """Take away what an attempt left beside an archive that is whole. Raises Problem."""
    try:
        (folder_of(path) / MARKER).unlink(missing_ok=True)
        clear_temps(path, path.stat().st_mtime)
    except OSError as error:
        raise write_problem(error, path) from error


def _json(body: Body, secrets: tuple[str, ...], path: Path) -> bytes:
    try:
        return (json.dumps(masked(body, secrets), indent=2) + "\n").encode()
    except RecursionError:
        raise Problem("the state is nested too deeply to be archived", str(path), code=Code.STATE_DAMAGED) from None


def _started(state: RunState) -> str:
    """When the run began: what the file says, or the earliest time in it when that is a placeholder."""
    if parse_stamp(state.started_at):
        return state.started_at
    times = [p.started_at for p in state.phases] + [e.started_at for e in state.skill_log]
    known = [(moment, text) for text in times if (moment := parse_stamp(text))]
    return min(known)[1] if known else ""


def _minutes(duration_ms: int) -> float:
    minutes = round(duration_ms / _MS_A_MINUTE, 2)
    return int(minutes) if minutes == int(minutes) else minutes


def _gates(state: RunState, status: GateStatus) -> list[JsonValue]:
    return [g.id for g in state.gates if g.status is status]


def _deliverables(state: RunState) -> dict[str, None]:
    names = [d.name for d in state.deliverables] + [n for e in state.skill_log for n in e.deliverables]
    return dict.fromkeys(names)


def _durations(state: RunState) -> Iterator[tuple[str, int]]:
    """Of each skill the last invocation that completed."""
    for entry in state.skill_log:
        if entry.duration_ms is not None and entry.status is SkillStatus.COMPLETE:
            yield entry.skill, entry.duration_ms


def _skipped_skills(state: RunState) -> list[JsonValue]:
    return [
        {"skill": s.id, "phase": p.id, "reason": s.reason, "at": s.at}
        for p in state.phases
        for s in p.skills
        if s.status is SkillStatus.SKIPPED
    ]


def _decision(gate: GateState) -> Body:
    return {"status": gate.status.value, "by": gate.by, "at": gate.at, "feedback": gate.feedback}


def _run_in(path: Path) -> str:
    """The run that an archive is of. Raises as `read_json`."""
    body = read_json(path, ARCHIVE)
    return _run_of(body) if isinstance(body, dict) else ""


def _run_of(body: Mapping[str, JsonValue]) -> str:
    meta = body.get("meta")
    run = meta.get("run") if isinstance(meta, dict) else None
    return run if isinstance(run, str) else ""


def _claim(path: Path, folder: Path, run: str) -> None:
    """Make the folder and mark it as this run's. Raises Problem when the place is somebody else's."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER
    if path.exists():
        try:
            ours = _run_in(path) == run
        except (ValueError, AttributeError, RecursionError):
            ours = False
    else:
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
        held = read_text(marker, RECORD, errors="replace") if marker.is_file() else None
        # A write of the marker that was cut off leaves its temporary file, and says nothing of whose the place is.
        others = (p for p in folder.iterdir() if p != marker and not p.name.endswith(TEMP_SUFFIX))
        ours = held == run if held else not any(others)
    if not ours:
        raise Problem(
            "another run is archived there", str(path), f"move that folder away, {THEN_GO}", code=Code.FILE_EXISTS
        )
    folder.mkdir(exist_ok=True)
    write_atomic(marker, run.encode("utf-8", "replace"))
    clear_temps(marker, marker.stat().st_mtime)
    sync_folder(folder.parent)


def _put(target: Path, source: Path | bytes, secrets: tuple[str, ...]) -> Body:
    """One file of the folder, masked, durable; gives its size and hash."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temp = target.with_name(f".{target.name}.tmp")
    digest, size = hashlib.sha256(), 0
    try:
        with open_new(temp) as out:
            for chunk in _masked_chunks(source, secrets):
                out.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            out.flush()
            os.fsync(out.fileno())
        temp.replace(target)
    finally:
        temp.unlink(missing_ok=True)
    return {"size_bytes": size, "sha256": digest.hexdigest()}


def _masked_chunks(source: Path | bytes, secrets: tuple[str, ...]) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield _masked_bytes(source, secrets)[0]
        return
    inside = False
    # Only a file of the project may be a link, such as the state file: what lies in the run folder is none.
    with open_plain(source, follow=RUNS not in source.parts) as file:
        for chunk in _chunks(file):
            data, inside = _masked_bytes(chunk, secrets, inside=inside)
            yield data


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file in pieces that end with a line, so that no secret is cut in two."""
    while chunk := file.read(_CHUNK):
        yield chunk + file.readline(LINE.most)


def _masked_bytes(data: bytes, secrets: tuple[str, ...], *, inside: bool = False) -> tuple[bytes, bool]:
    """The data masked, and whether it ends in the middle of a private key, as it may begin (`inside`)."""
    if b"\0" in data:
        return data, False  # No text: masking could only spoil it.
    text, inside = mask_blocks(data.decode("utf-8", "surrogateescape"), inside=inside)
    return mask(text, secrets).encode("utf-8", "surrogateescape"), inside


def _hash(path: Path) -> str | None:
    try:
        return digest_of(path, PACKED)[0]
    except OSError:
        return None
