"""The changelog as it was before a run raised it."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.packs.ship.release_planner.changelog_writing import before_ours, digest_of
from loop_tui.packs.ship.versions.keep_a_changelog import read_changelog
from loop_tui.services.toolchains.version_write import file_bytes


def texts_before(root: Path, effects: Sequence[Effect]) -> Mapping[str, bytes]:
    """What the documents that these effects wrote get back, by path from the repository's top.

    Nothing for those that somebody has changed since.
    """
    found: dict[str, bytes] = {}
    for name in dict.fromkeys(str(effect.intent.get("file", "")) for effect in effects if effect.intent):
        path = root / name
        data = file_bytes(path) if name and path.resolve().is_relative_to(root.resolve()) else None
        text = (data or b"").decode("utf-8", "surrogateescape")
        before = before_ours(text, tuple(effect for effect in effects if effect.intent.get("file") == name))
        if before != text:
            found[name] = before.encode("utf-8", "surrogateescape")
    return found


def changed_since(root: Path, effects: Sequence[Effect]) -> tuple[str, ...]:
    """The documents that these effects wrote, and that say now what neither the run left nor found: they stay."""
    changed: list[str] = []
    for name in dict.fromkeys(str(effect.intent.get("file", "")) for effect in effects if effect.intent.get("file")):
        ours = tuple(effect for effect in effects if effect.intent.get("file") == name)
        path = root / name
        data = file_bytes(path) if path.resolve().is_relative_to(root.resolve()) else None
        digest = digest_of((data or b"").decode("utf-8", "surrogateescape"))
        known = {effect.intent.get(key) for effect in ours for key in ("before", "after")}
        if data is not None and digest not in known:
            changed.append(name)
    return tuple(changed)


def changelogs_before(root: Path, effects: Sequence[Effect], scripted: Collection[str]) -> Mapping[str, bytes]:
    """What the changelogs that these effects raised get back, by path from the repository's top.

    What was uncommitted in them before the run stays. Nothing for those that hold no section of ours any more, and for
    those that the project's own script changed (`scripted`). Raises Problem when somebody changed one since.
    """
    found: dict[str, bytes] = {}
    written = [effect for effect in effects if effect.intent]
    for name in dict.fromkeys(str(effect.intent.get("file", "")) for effect in written):
        ours = tuple(effect for effect in written if effect.intent.get("file") == name)
        path = root / name
        data = file_bytes(path) if name and path.resolve().is_relative_to(root.resolve()) else None
        if data is None:
            continue
        text = data.decode("utf-8", "surrogateescape")
        before = before_ours(text, ours)
        if before != text:
            found[name] = before.encode("utf-8", "surrogateescape")
        elif name not in scripted and (version := _still_there(data, ours)):
            what = f"changed since its section {one_line(version)} was written; nothing was undone"
            todo = f"restore {one_line(name)} by hand (git diff shows the section), then undo"
            raise Problem(what, str(path), todo, code=Code.TREE_CHANGED)
    return found


def _still_there(data: bytes, effects: Sequence[Effect]) -> str:
    """The version of a section that is there, of those that these effects wrote; empty for none."""
    try:
        changelog = read_changelog(data, "")
    except Problem:
        return ""
    written = (str(effect.intent.get("to", "")) for effect in effects)
    return next((version for version in written if changelog.has(version)), "")
