"""What the evidence of a run tells about the files that a skill changed: which trees or commits to compare.

Nothing is known for sure of a skill but its effects and the trees that its checks ran on; what is said keeps to them.
Effects are told by their facts, not by their kinds, which belong to packs.
"""

from datetime import datetime
from posixpath import dirname, join

from msgspec import Struct

from loop_tui.model.clock import parse_stamp
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.regex import regex
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import SkillStatus
from loop_tui.model.text import one_line

WORKING_TREE = ""
"""As the later side: the files as they lie there now."""
HEAD = "HEAD"
_OBJECT = regex(r"[0-9a-f]{7,64}")
# npm writes the version into all of them.
_BESIDE = ("package-lock.json", "npm-shrinkwrap.json")
_SHORT = 7


class Span(Struct, frozen=True):
    """Two trees or commits to compare, and why these: `before` empty means that there was nothing before.

    `paths` narrows it to some files, relative to the repository.
    """

    why: str
    before: str
    after: str
    paths: tuple[str, ...] = ()


def changed_by(state: RunState, skill: str, phase: str = "") -> tuple[Span, ...]:
    """What to compare to see what a skill changed: its commits, else the version it wrote, else the trees around it.

    Empty when the run's evidence does not tell. `phase` chooses among skills of one name.
    """
    mine = [effect for effect in state.effects if effect.proven and _is_of(state, effect, skill, phase)]
    commits = [span for effect in mine if (span := _commit(effect)) is not None]
    if commits:
        return tuple(commits)
    written = [effect for effect in mine if {"file", "from", "to"} <= effect.intent.keys()]
    if written:
        return (_version(state, written[-1]),)
    between = _between(state, skill, phase)
    return (between,) if between is not None else ()


def nothing_known(state: RunState, skill: str, phase: str = "") -> str:
    """The line for a skill of which the evidence does not tell what it changed."""
    last = next((entry for entry in reversed(state.skill_log) if _entry_is(entry, skill, phase)), None)
    if last is None:
        return f"{one_line(skill, 60)} has not run yet: there is nothing to compare."
    tree = next((check.tree for check in last.checks if _OBJECT.fullmatch(check.tree)), "")
    if tree:
        return (
            f"The evidence of {one_line(skill, 60)} names "
            f"no changed files: its checks ran on the tree {tree[:_SHORT]}, and no earlier or later tree is recorded."
        )
    return (
        f"The evidence of {one_line(skill, 60)} does not say which files it changed: it recorded no commit and no tree."
    )


def _entry_is(entry: SkillRun, skill: str, phase: str) -> bool:
    return entry.skill == skill and (not phase or entry.phase in ("", phase))


def _is_of(state: RunState, effect: Effect, skill: str, phase: str) -> bool:
    """True when the skill brought the effect about: effects carry no name, and skills run one after the other.

    So it belongs to the first entry of the skill log that ended after it was proven, or to the one that has not ended.
    """
    proven = parse_stamp(effect.proven_at)
    if proven is None:
        return False
    owner = next((entry for entry in state.skill_log if _ended_after(entry, proven)), None)
    return owner is not None and _entry_is(owner, skill, phase)


def _ended_after(entry: SkillRun, moment: datetime) -> bool:
    if entry.status is SkillStatus.ACTIVE:
        return True
    ended = parse_stamp(entry.completed_at)
    return ended is not None and ended >= moment


def _text(value: object) -> str:
    """A sha from a file that anybody may have written: what is none could be an option of git."""
    return value if isinstance(value, str) and _OBJECT.fullmatch(value) else ""


def _commit(effect: Effect) -> Span | None:
    """What a commit changed: an effect that made one was meant on a parent, and its proof has a sha."""
    sha = _text((effect.proof or {}).get("sha"))
    if "parent" not in effect.intent or not sha:
        return None
    subject = (effect.proof or {}).get("subject")
    said = f" {one_line(subject, 80)}" if isinstance(subject, str) else ""
    return Span(f"its commit {sha[:_SHORT]}{said}", _text(effect.intent.get("parent")), sha)


def _version(state: RunState, effect: Effect) -> Span:
    """The files that a version was written into: no tree was recorded then, so between what is known around it."""
    file = effect.intent.get("file")
    name = file if isinstance(file, str) and file else "package.json"
    paths = (name, *(join(dirname(name), each) for each in _BESIDE))
    old, new = (one_line(str(effect.intent.get(key) or "?"), 40) for key in ("from", "to"))
    why = f"the version that it wrote, {old} -> {new}"
    after_it = next((span for e in state.effects if (span := _commit(e)) is not None), None)
    if after_it is not None:
        return Span(f"{why}, as committed in {after_it.after[:_SHORT]}", after_it.before, after_it.after, paths)
    seen = next((c for c in _checks_after(state, effect) if _text(c.commit) and _text(c.tree)), None)
    if seen is not None:
        return Span(f"{why}, as the later checks saw it", seen.commit, seen.tree, paths)
    return Span(f"{why}, compared with HEAD", HEAD, WORKING_TREE, paths)


def _checks_after(state: RunState, effect: Effect) -> list[Check]:
    proven = parse_stamp(effect.proven_at)
    return [c for e in state.skill_log if proven and _ended_after(e, proven) for c in e.checks]


def _between(state: RunState, skill: str, phase: str) -> Span | None:
    """From the tree that another skill's checks saw last to the one that its own saw last.

    A skill that ran twice is not compared with itself: what lies between its tries is somebody's fixing.
    """
    before: tuple[str, str] | None = None
    found: Span | None = None
    for entry in state.skill_log:
        trees = [check.tree for check in entry.checks if _text(check.tree)]
        if not trees:
            continue
        mine = _entry_is(entry, skill, phase)
        since, first = before if mine and before is not None else (entry.skill, trees[0])
        if mine and since == entry.skill:
            first = trees[0]
        if mine and first != trees[-1]:
            what = f"tracked files, from the last tree of {one_line(since, 40)} to its own last tree"
            found = Span(f"{what} (other changes in between are included)", first, trees[-1])
        before = entry.skill, trees[-1]
    return found
