"""The row of a release in the Dream States that its repository holds: part of the commit that ships (SPEC section 7).

What is committed has to be written before it is checked; after the ship the tree stays clean. All else is told when
the run is over (`driver.dream_states`).
"""

import difflib
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.paths import name_below
from loop_tui.model.answers import confirmed
from loop_tui.model.diff_lines import diff_lines
from loop_tui.model.dream.told import CompletedRun, DocumentEdit
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.effects import CHANGELOG, DREAM_STATE, PUSH
from loop_tui.packs.ship.evidence import scope
from loop_tui.packs.ship.versions.text_edits import TextEdit, as_facts
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.services.git.git import Status
from loop_tui.services.toolchains.version_write import file_bytes

from .changelog_writing import before_ours, digest_of

_DATE = len("2026-03-02")


class _Write(Struct, frozen=True):
    """One document that is to be written: `now` is what it says, `before` that without what this run wrote earlier."""

    path: Path
    name: str
    now: str
    before: str
    after: str

    @property
    def effect_id(self) -> str:
        """What makes two writes the same."""
        return f"{DREAM_STATE}-{digest_of(self.name + self.after)[:12]}"


async def write_dream_states(ctx: Context, root: Path, current: str, version: str) -> None:
    """Write the row of this run into the documents that are committed; nothing where there is none.

    Raises Asked where the person wants to be asked, and SkillFailed for a document that changes all the time.
    """
    writes = await _writes(ctx, root, version)
    if not writes or not await _agreed(ctx, writes):
        return
    for write in writes:
        await _bring_about(ctx, write, current, version)


def is_committed_with(ctx: Context, root: Path, status: Status, version: str | None) -> bool:
    """True where the run will commit something for the row to go along with: a version, a changelog, or changed files.

    A commit that is shipped as it is gets no second one for the row alone.
    """
    if version is not None or any(effect.kind == CHANGELOG and effect.proven for effect in ctx.state.effects):
        return True
    own, _ = scope(ctx, root).split(status)
    return bool(own.staged or own.unstaged)


async def recorded_in(ctx: Context, root: Path, version: str) -> tuple[str, ...]:
    """The documents that would get the row, from the top of the repository. Nothing is written."""
    return tuple(write.name for write in await _writes(ctx, root, version))


async def _writes(ctx: Context, root: Path, version: str) -> tuple[_Write, ...]:
    run = CompletedRun(
        id=ctx.state.run,
        date=_day(ctx),
        loop=ctx.definition.id,
        outcome="shipped",
        module=ctx.state.module or "",
        more=version,
    )
    first = ctx.dreams.completed(run)
    for problem in first.problems:
        ctx.do.say(f"not changed: {problem}", LogLevel.WARN)
    texts = _without_ours(ctx, root)
    found = ctx.dreams.completed(run, None, texts).inside
    tracked = await ctx.workspace.tracked([edit.path for edit in found])
    return tuple(
        write
        for edit in found
        if edit.path in tracked and (write := _write(edit, root)) is not None and _is_missing(ctx, write)
    )


def _is_missing(ctx: Context, write: _Write) -> bool:
    """True where the row is not there, or is there and nobody has noted it: who wrote it was killed."""
    known = ctx.state.effect(write.effect_id)
    return write.after != write.now or (known is not None and not known.proven)


def _write(edit: DocumentEdit, root: Path) -> _Write | None:
    data = file_bytes(edit.path)
    try:
        now = (data or b"").decode()
    except UnicodeDecodeError:
        return None  # What is recorded of an edit is text.
    return _Write(edit.path, name_below(edit.path, root), now, edit.before, edit.after)


def _without_ours(ctx: Context, root: Path) -> dict[Path, str]:
    """The documents that this run wrote before, for another version or for fewer commits, as they were before."""
    if any(effect.kind == PUSH and effect.proven for effect in ctx.state.effects):
        return {}
    ours = tuple(effect for effect in ctx.state.effects if effect.kind == DREAM_STATE and effect.intent.get("file"))
    found: dict[Path, str] = {}
    for name in dict.fromkeys(str(effect.intent["file"]) for effect in ours):
        path = root / name
        data = file_bytes(path) if path.resolve().is_relative_to(root.resolve()) else None
        if data is not None:
            of_file = tuple(effect for effect in ours if effect.intent["file"] == name)
            found[path] = before_ours(data.decode("utf-8", "surrogateescape"), of_file)
    return found


def _day(ctx: Context) -> str:
    """The day of the row: that of this run's first write, or today."""
    written = (str(e.intent.get("day", "")) for e in ctx.state.effects if e.kind == DREAM_STATE)
    return next((day for day in written if day), ctx.do.now()[:_DATE])


async def _agreed(ctx: Context, writes: Sequence[_Write]) -> bool:
    if not ctx.dreams.asks:
        return True
    lines = [line for write in writes for line in diff_lines(write.before, write.after, write.name)]
    question = Question(
        id=f"ship-{DREAM_STATE}-{digest_of(chr(10).join(lines))[:10]}",
        skill=ctx.skill.id,
        text="Record this release in the Dream State that is committed with it? [Y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        default="y",
        detail="\n".join(lines),
    )
    return confirmed(question, await ctx.do.ask(question))


async def _bring_about(ctx: Context, write: _Write, current: str, version: str) -> None:
    async def observe() -> Proof | None:
        found = file_bytes(write.path)
        return {"file": write.name, "files": [write.name]} if found == write.after.encode() else None

    async def act() -> None:
        if not ctx.dreams.write(DocumentEdit(write.path, write.now, write.after)):
            what, todo = "changed while the release was planned", "run loop-tui go to check it again"
            raise SkillFailed(what, str(write.path), todo, code=Code.TREE_CHANGED)
        ctx.do.say(f"recorded in {write.name}", LogLevel.OK)
        for line in diff_lines(write.now, write.after, write.name):
            ctx.do.say(f"  {line}")

    intent: Proof = {
        "from": current,
        "to": version,
        "file": write.name,
        "files": [write.name],
        "day": _day(ctx),
        "before": digest_of(write.before),
        "after": digest_of(write.after),
        "edits": as_facts(edits_between(write.before, write.after)),
    }
    await ctx.do.effect(write.effect_id, DREAM_STATE, intent, observe, act)
    ctx.dreams.settle([write.path])


def edits_between(before: str, after: str) -> tuple[TextEdit, ...]:
    """What makes one text of the other, by lines."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    offsets = list(accumulate(map(len, old), initial=0))
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(
        TextEdit(offsets[a], "".join(old[a:b]), "".join(new[c:d])) for word, a, b, c, d in blocks if word != "equal"
    )
