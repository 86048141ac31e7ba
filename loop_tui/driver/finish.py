"""The end of a run: archive it, read the archive back, then take the live files away (SPEC section 7)."""

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from loop_tui.engine import changes
from loop_tui.engine.steps import always
from loop_tui.files.archive import archive_path, build_body, settle_archive, write_archive
from loop_tui.files.atomic import write_atomic
from loop_tui.files.jsontext import parse
from loop_tui.files.loopcheck import is_plain_name
from loop_tui.files.paths import claude_home
from loop_tui.model.clock import stamp
from loop_tui.model.evidence import Effect
from loop_tui.model.log import Level
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus
from loop_tui.notify import NOTIFIED
from loop_tui.skills.context import Proof

from .leftovers import FINISHED, clear_run_folder
from .services import DELIVERABLES

if TYPE_CHECKING:
    from .conductor import Conductor

EFFECT = "archive"
_LARGEST_BYTES = 5_000_000
"""Of a deliverable in the project: what is larger is no text to compare."""
_NOT_ARCHIVED = frozenset(
    {"driver.lock", "state.lock", "lease.json", "last-good.json", "definition.json", "driver.log", FINISHED, NOTIFIED}
)


async def finish(conductor: "Conductor", outcome: Literal["success", "abandoned"]) -> Path:
    """Archive the run and remove its live files; gives the archive's path.

    May be interrupted and called again at any instant: the place of the archive is fixed before it is written, and
    the state file goes only after the archive was read back.
    """
    state = conductor.read()
    known = state.effect(EFFECT)
    place = str(known.intent.get("path") or "") if known is not None else ""
    path = Path(place) if place else _place(conductor, state)
    wanted = [] if place else [changes.effect_intended(Effect(id=EFFECT, kind=EFFECT, intent={"path": str(path)}))]
    if outcome == "success" and state.status is not RunStatus.COMPLETE:
        wanted.insert(0, changes.completed())
    if wanted:
        state = conductor.write(always(*wanted))
    path = await _archived(conductor, state, path)
    write_atomic(
        conductor.store.run_dir / FINISHED,
        json.dumps({"run": state.run, "archive": str(path), "outcome": outcome, "at": stamp(conductor.now())}).encode(),
    )
    conductor.output.say("", f"archived to {path}", Level.OK)
    conductor.output.say("", "the next run starts fresh", Level.INFO)
    conductor.output.flush()
    conductor.store.remove()
    clear_run_folder(conductor.store.run_dir)
    return path


async def _archived(conductor: "Conductor", state: RunState, path: Path) -> Path:
    """The archive as an effect. Its place is the intent; that it reads back whole is the proof."""
    services = conductor.services("")

    async def observe() -> Proof | None:
        try:
            return settle_archive(path, state.run) if path.exists() else None
        except Problem:
            return None

    async def act() -> None:
        conductor.output.flush()
        loaded = conductor.store.load()
        if loaded is None:
            raise Problem("the state file is gone", str(conductor.store.path))
        moment = conductor.now()
        body = build_body(loaded.state, parse(loaded.text), archived_at=moment)
        files = _files(conductor.store.run_dir)
        files |= _left_in_project(conductor.store.project, loaded.state, files)
        files[conductor.store.path.name] = conductor.store.path
        write_archive(path, body, files, secrets=conductor.secrets)

    proof = await services.effect(EFFECT, EFFECT, {"path": str(path)}, observe, act)
    return Path(str(proof["path"]))


def _place(conductor: "Conductor", state: RunState) -> Path:
    system = state.system or conductor.store.project.resolve().name or "project"
    return archive_path(claude_home(conductor.environment), system, state.loop, conductor.now())


def _files(run_dir: Path) -> dict[str, Path | bytes]:
    """What goes into the archive's folder: documents, artifacts, journal, output log."""
    found: dict[str, Path | bytes] = {}
    for path in sorted(p for p in run_dir.rglob("*") if p.is_file() and not p.is_symlink()):
        inner = path.relative_to(run_dir)
        # What begins with a dot is somebody's unfinished work: of a packing that was killed, of a write.
        unfinished = any(part.startswith(".") for part in inner.parts)
        if inner.parts[0] not in _NOT_ARCHIVED and inner.parts[0] != "abandoned" and not unfinished:
            found[inner.as_posix()] = path
    return found


def _left_in_project(project: Path, state: RunState, known: Mapping[str, Path | bytes]) -> dict[str, Path | bytes]:
    """The deliverables that lie in the project itself: the next run writes over them, and is compared with them."""
    found: dict[str, Path | bytes] = {}
    root = project.resolve()
    for entry in state.deliverables:
        name = entry.path or entry.name
        target = f"{DELIVERABLES}/{entry.name}"
        hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
        if name in known or target in known or hidden or not (is_plain_name(name) and is_plain_name(entry.name)):
            continue
        try:
            path = (root / name).resolve()
            inside = path.is_relative_to(root) and path.is_file() and os.access(path, os.R_OK)
            if inside and path.stat().st_size <= _LARGEST_BYTES:
                found[target] = path
        except OSError:
            continue  # It cannot be looked at: the archive of a run does not fail for that.
    return found
