"""Targets as the screen shows them: how far each got, what it waits for, and what the gate will make of it.

The facts come from the state file: while a skill watches targets, from the effects of kind `target` that it keeps; once
it is done, from the checks that it left. Both may be written by anybody, so nothing in them is taken for granted.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.model.clock import ms_between, stamp, words
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import TARGET_PROGRESS, Check, Effect
from loop_tui.model.secrets import mask
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import one_line
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.glyphs import Appearance

_PREFIX = f"{TARGET_PROGRESS}-"
_LONGEST_MS = 7 * 24 * 3600 * 1000
_NAME, _LINE, _FOUND = 40, 120, 300
"""Cells of a name, of what stands in one row, and of what a target proved, which the panel wraps."""
EARLIER = Appearance("·", "earlier", "status-pending")
"""What an older commit reached says nothing about this one."""


class Target(Struct, frozen=True):
    """One target. `since` is the timestamp from which it is watched, empty when nobody waits for it."""

    id: str
    title: str
    look: Appearance
    waiting_for: str = ""
    since: str = ""
    usually: str = ""
    found: str = ""

    @property
    def note(self) -> str:
        """What is being waited for, and how long that usually takes; empty when nothing is."""
        waits = f"waiting for {self.waiting_for}" if self.waiting_for else ""
        usual = f"usually {self.usually}" if self.usually and self.since else ""
        return " · ".join(part for part in (waits, usual) if part)


def names_of(definition: LoopDefinition | None) -> dict[str, str]:
    """What the targets of a loop are called, by id: their checks have the id, people the name."""
    return {t.id: one_line(t.title or t.id, _NAME) for t in definition.targets} if definition is not None else {}


def targets_of(state: RunState, definition: LoopDefinition | None, *, watched: bool = True) -> tuple[Target, ...]:
    """The targets that something is known of, in the order of the definition. `watched`: a driver works on the run."""
    titles = {t.id: one_line(t.title, _NAME) for t in definition.targets} if definition is not None else {}
    effects = _progress(state)
    skill = skill_of(state, definition)
    live = _live(state, skill)
    current = _current_sha(effects)
    checks = {} if live else _checks(state, skill)
    found = [i for i in titles if i in effects or i in checks]
    found += [i for i in effects if i not in titles]
    shown = [
        _of_check(i, titles.get(i, ""), checks[i])
        if i in checks
        else _of_effect(i, titles.get(i, ""), effects[i], current, watched)
        for i in found
    ]
    # Once the skill is settled nothing waits any more, whatever was kept last.
    return tuple(shown if live else [replace(target, waiting_for="", since="") for target in shown])


def elapsed(target: Target, now: datetime | None) -> str:
    """For how long a target has been watched, in whole seconds; empty when it is not."""
    took_ms = ms_between(target.since, stamp(now)) if target.since and now is not None else None
    return words(max(0, took_ms // 1000 * 1000)) if took_ms is not None else ""


def skill_of(state: RunState, definition: LoopDefinition | None) -> str:
    """The skill that watches the targets: the one that kept their progress last, else the last that has checks of
    their names; empty while none is known.
    """
    kept = max(_progress(state).values(), key=lambda e: e.proven_at, default=None)
    if kept is not None and (skill := _text(kept.proof, "skill")):
        return skill
    ids = {t.id for t in definition.targets} if definition is not None else set()
    told = (entry.skill for entry in reversed(state.skill_log) if any(check.name in ids for check in entry.checks))
    return next(told, "")


def _progress(state: RunState) -> dict[str, Effect]:
    """What is kept of each target, by its id."""
    kept = (e for e in state.effects if e.kind == TARGET_PROGRESS and e.id.startswith(_PREFIX))
    return {e.id.removeprefix(_PREFIX): e for e in kept}


def _live(state: RunState, skill: str) -> bool:
    """True while the skill is not settled: then what it keeps is newer than what an earlier try left."""
    known = next((s for p in state.phases for s in p.skills if s.id == skill), None)
    return known is None or not known.settled


def _checks(state: RunState, skill: str) -> dict[str, Check]:
    entries = [entry for entry in state.skill_log if entry.skill == skill]
    return {check.name: check for check in entries[-1].checks} if entries else {}


def _current_sha(effects: Mapping[str, Effect]) -> str:
    """The commit of whatever was seen last: what others reached with another one is of an earlier try."""
    newest = max(effects.values(), key=lambda e: e.proven_at, default=None)
    return _text(newest.proof, "sha") if newest is not None else ""


def _of_check(target: str, title: str, check: Check) -> Target:
    known, found = glyphs.level_in(one_line(check.summary))
    tone = glyphs.check(check.status, ran_here=check.ran_here)
    look = known if check.status is CheckStatus.SKIPPED else Appearance(tone.glyph, known.word, tone.tone)
    return Target(target, title or one_line(target, _NAME), look, found=one_line(mask(found), _FOUND))


def _of_effect(target: str, title: str, effect: Effect, current: str, watched: bool) -> Target:
    facts, name = effect.proof, title or one_line(target, _NAME)
    if facts is None or _text(facts, "sha") != current:
        return Target(target, name, EARLIER if facts is not None else glyphs.PENDING)
    waiting = _text(facts, "waiting_for")
    return Target(
        id=target,
        title=name,
        look=glyphs.level(_text(facts, "level")),
        waiting_for=waiting,
        since=_text(facts, "since") if waiting and watched else "",
        usually=_duration(facts.get("usually_ms")),
        found=_text(facts, "url"),
    )


def _text(facts: Mapping[str, JsonValue] | None, key: str) -> str:
    value = (facts or {}).get(key)
    return one_line(mask(value), _LINE) if isinstance(value, str) else ""


def _duration(value: JsonValue) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_MS:
        return ""
    return words(round(value))
