"""CHANGELOG.md of the package: what is unreleased becomes the version, shown as a diff and asked about, written once.

Written are edits that are recorded with their intent, so that an undo, or a version that is planned anew, can take
exactly these back.
"""

import difflib
import hashlib
from datetime import date
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.atomic import write_over
from loop_tui.fs.limits import DELIVERABLE
from loop_tui.fs.paths import name_below
from loop_tui.fs.plain import read_text
from loop_tui.model.answers import chosen
from loop_tui.model.clock import parse_stamp
from loop_tui.model.evidence import Effect, Question, QuestionKind
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean, count_of, one_line
from loop_tui.packs.ship.effects import CHANGELOG, CHANGELOG_DRAFT, PUSH
from loop_tui.packs.ship.versions.changelog_entries import proposed_entries
from loop_tui.packs.ship.versions.changelog_file import NAME, found_changelog
from loop_tui.packs.ship.versions.keep_a_changelog import read_changelog
from loop_tui.packs.ship.versions.text_edits import TextEdit, apply_edits, as_facts, from_facts, taken_back
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.services.toolchains.version_write import file_bytes

from .scope_report import Scope

_YES, _NO, _EDITED = "y", "n", "edited"
_MOST_LINES = 60


class ChangelogWrite(Struct, frozen=True):
    """What is to be written: from one text to another, by these edits, for a version of that day."""

    path: Path
    name: str
    current: str
    version: str
    day: date
    before: str
    edits: tuple[TextEdit, ...]

    @property
    def after(self) -> str:
        """The text with the version in it."""
        return apply_edits(self.before, self.edits)

    @property
    def intent(self) -> Proof:
        """What is recorded before anything is written."""
        return {
            "from": self.current,
            "to": self.version,
            "file": self.name,
            "files": [self.name],
            "day": self.day.isoformat(),
            "before": digest_of(self.before),
            "after": digest_of(self.after),
            "edits": as_facts(self.edits),
        }


async def ask_about_changelog(ctx: Context, root: Path, scope: Scope, version: str) -> ChangelogWrite | None:
    """The write that a person agreed to; None where the file stays as it is, which is said with its reason.

    Raises Asked while the question is open.
    """
    look = await found_changelog(ctx, root)
    if look.changelog is None:
        if look.why_not:
            ctx.do.say(f"{NAME} is not changed: {look.why_not}", LogLevel.WARN)
        return None
    changelog = read_changelog(_without_ours(ctx, look.changelog.text, scope.current).encode(), str(look.path))
    if changelog.has(version):
        ctx.do.say(f"{NAME} already has a section {version}, and is not changed")
        return None
    notes = None
    if changelog.is_empty:
        notes = changelog.entries(proposed_entries(scope.proposal.verdicts))
        if not notes and version == scope.current:
            return None  # The version stays, and there is nothing to say of it.
    day = _day(ctx, version)
    name = name_below(look.path, root)
    while True:
        edits = changelog.raised(version, day, notes)
        write = ChangelogWrite(look.path, name, scope.current, version, day, changelog.text, edits)
        if write.after == look.changelog.text:
            return write  # Written before, and asked about then.
        draft = _draft(ctx, write, changelog.notes if notes is None else notes)
        question = _question(ctx, write, draft, proposed=changelog.is_empty)
        known = ctx.state.question(question.id)
        if known is None or known.answer is None:
            # Also for whoever answers beforehand, or reads the log.
            ctx.do.say(question.detail)
        answer = chosen(question, await ctx.do.ask(question))
        if answer == _NO:
            ctx.do.say(f"{NAME} is not changed, as answered")
            return None
        edited = _text_of(draft) if answer == _EDITED else ""
        if not edited or edited == (changelog.notes if notes is None else notes):
            return write
        notes = edited


async def write_changelog(ctx: Context, write: ChangelogWrite) -> None:
    """Write it, as an effect. Raises SkillFailed when the file is not what was asked about any more, and Problem."""

    async def observe() -> Proof | None:
        found = file_bytes(write.path)
        if found is None or found != write.after.encode():
            return None
        return {"version": write.version, "file": write.name, "files": [write.name]}

    async def act() -> None:
        found = file_bytes(write.path)
        text = (found or b"").decode("utf-8", "replace")
        if _without_ours(ctx, text, write.current) != write.before:
            what, todo = "changed while you were asked", "run loop-tui go to check it again"
            raise SkillFailed(what, str(write.path), todo, code=Code.TREE_CHANGED)
        write_over(write.path, write.after.encode())
        ctx.do.say(f"{write.name}: unreleased -> {write.version}")

    await ctx.do.effect(_effect_id(ctx, write), CHANGELOG, write.intent, observe, act)


def _effect_id(ctx: Context, write: ChangelogWrite) -> str:
    """One id for one write; another one when somebody took a proven write back by hand and wants it again."""
    name = f"changelog-{write.version}-{digest_of(write.after)[:10]}"
    if file_bytes(write.path) == write.after.encode():
        made = [e.id for e in ctx.state.effects if e.id.startswith(name)]
        return made[-1] if made else name
    proven = sum(1 for e in ctx.state.effects if e.id.startswith(name) and e.proven)
    return f"{name}-{proven + 1}" if proven else name


# --- what this run wrote before -------------------------------------------------------------------------------------


def digest_of(text: str) -> str:
    """What a text is known by."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def before_ours(text: str, effects: tuple[Effect, ...]) -> str:
    """The text as it was before these effects wrote into it, as far as it is what they left."""
    for effect in reversed(effects):
        if effect.intent.get("after") == digest_of(text):
            try:
                text = taken_back(text, from_facts(effect.intent.get("edits")))
            except ValueError:
                return text
    return text


def _without_ours(ctx: Context, text: str, current: str) -> str:
    """The text without what this run wrote for another version, or for fewer commits, that was never shipped."""
    if any(effect.kind == PUSH and effect.proven for effect in ctx.state.effects):
        return text
    ours = (e for e in ctx.state.effects if e.kind == CHANGELOG and e.intent and e.intent.get("from") == current)
    return before_ours(text, tuple(ours))


def _day(ctx: Context, version: str) -> date:
    """The day that the section gets: that of this run's first write of the version, or the local one of now."""
    for effect in ctx.state.effects:
        if effect.kind == CHANGELOG and effect.intent.get("to") == version:
            try:
                return date.fromisoformat(str(effect.intent.get("day")))
            except ValueError:
                continue
    now = parse_stamp(ctx.do.now())
    if now is None:
        raise Problem("the clock has no valid time", ctx.do.now(), code=Code.USAGE)
    return now.astimezone().date()


# --- the question ---------------------------------------------------------------------------------------------------


def _question(ctx: Context, write: ChangelogWrite, draft: Path, *, proposed: bool) -> Question:
    # Not the day: who answers tomorrow answers the same question.
    about = (digest_of(write.before), write.version, *(edit.added for edit in write.edits if edit.removed))
    facts = hashlib.sha256("\0".join((*about, _key(write))).encode("utf-8", "replace")).hexdigest()[:10]
    of = "with entries proposed from the commits" if proposed else "with its existing entries"
    return Question(
        id=f"changelog-{facts}",
        skill=ctx.skill.id,
        kind=QuestionKind.CHOICE,
        options=(_YES, _NO, _EDITED),
        default=_YES,
        text=f"{NAME}: unreleased becomes {write.version}, {of}? [Y/n/{_EDITED}]",
        document=name_below(draft, ctx.run_dir),
        detail="\n".join((*_diff(write), f"to change it: edit {one_line(str(draft))}, then answer {_EDITED}")),
    )


def _diff(write: ChangelogWrite) -> list[str]:
    before, after = (text.splitlines() for text in (write.before, write.after))
    rows = list(difflib.unified_diff(before, after, write.name, write.name, n=2, lineterm=""))
    shown = [row[:1] + one_line(row[1:], 200) for row in rows[:_MOST_LINES]]
    return [*shown, f"and {count_of(len(rows) - _MOST_LINES, 'more line')}"] if len(rows) > _MOST_LINES else shown


def _key(write: ChangelogWrite) -> str:
    """What was proposed, whatever the day is."""
    return hashlib.sha256(
        "\0".join(edit.added.replace(str(write.day), "") for edit in write.edits).encode("utf-8", "replace")
    ).hexdigest()


def _draft(ctx: Context, write: ChangelogWrite, notes: str) -> Path:
    """The file in which a person may change what the section says; one that is there already is theirs."""
    key = f"changelog-draft-{_key(write)[:10]}-{digest_of(write.before)[:10]}"
    known = ctx.do.recall(key)
    if known is None:
        made = ctx.do.deliver(f"{key}.md", f"{notes}\n", f"the text of {NAME} for {write.version}")
        known = {"path": made.path}
        ctx.do.remember(CHANGELOG_DRAFT, {key: known})
    return ctx.run_dir / str(known.get("path", ""))


def _text_of(draft: Path) -> str:
    """What the draft says now. Raises SkillFailed when it cannot be read."""
    try:
        return clean(read_text(draft, DELIVERABLE)).strip()
    except (OSError, ValueError) as error:
        todo = "write it again, or answer y or n (--answer changelog=y)"
        raise SkillFailed("the draft cannot be read", str(draft), todo, code=Code.FILE_UNREADABLE) from error
