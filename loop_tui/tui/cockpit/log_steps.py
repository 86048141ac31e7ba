"""The steps of a log: what a skill says before its first command, and each command with what it printed.

Told by the lines that stand in every output log (heads, commands, verdicts); a log without them has a step a skill.
Steps know lines by their number among all that ever came, so that old ones may be dropped. Commands that run side by
side print into one another: each is a step all the same, of several spans of lines. Lines of a program are not looked
at here one by one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from loop_tui.model.regex import regex

from .log_errors import first_error

StepState = Literal["plain", "open", "passed", "failed"]
LineSpan = tuple[int, int]

_VERDICT = regex(r"(\w[\w. -]{0,60}): (.+)$")
_NAMED = regex(r" {3}# (.+?)(?: \(\d+/\d+\))?$")
_RECENT = 8
_ASKED = "? "
_LOOKED_BACK = 64
_MOST_SPANS = 4_000
"""From here on lines of programs that print into one another stay where they came: laying them out has its price."""


def _over_text(skill: str, text: str) -> str | None:
    """What the line that ends a skill says after `done in`; None for another line.

    With failed checks it is `ended in`. Older logs say `complete in`.
    """
    for word in ("done", "ended", "complete"):
        if text.startswith(start := f"{skill} {word} in "):
            return text.removeprefix(start)
    return None


class Step(Struct, eq=False):
    """Lines from `start` on; `shown_from` is where a failed one is opened, `stream` which of several programs prints.

    `said` is its verdict, `gone` how many of its lines were dropped.
    """

    start: int
    skill: str
    title: str
    at_ms: int
    state: StepState = "open"
    is_command: bool = False
    stream: int = 0
    said: str = ""
    took_ms: int = 0
    warnings: int = 0
    shown_from: int | None = None
    told_at: int | None = None
    """The line of its verdict, which its row says: where it is open at an error, that is not said again below."""
    unfolded: bool | None = None
    """What the person chose; None as long as they did not."""
    gone: int = 0

    @property
    def hides(self) -> bool:
        """True when not all of its lines are shown."""
        if self.unfolded is not None:
            return not self.unfolded
        return self.state == "passed" or (self.state == "failed" and self.shown_from is not None)

    @property
    def name(self) -> str:
        """What verdicts call a command: `npm run build` is `build`, and one with another name says it behind a #."""
        if not self.is_command:
            return self.title
        named = _NAMED.search(self.title)
        return named[1] if named else (self.title.split() or [""])[-1]


class Steps:
    """The steps in their order. `line` gives a line by its number. `version` changes when their rows may have."""

    def __init__(self, line: Callable[[int], str]) -> None:
        self._line = line
        self.all: list[Step] = []
        self.version = 0
        self._starts: list[int] = []
        self._owners: list[Step] = []

    def clear(self) -> None:
        """Forget them."""
        for known in (self.all, self._starts, self._owners):
            known.clear()
        self.version += 1

    def dropped(self, first: int) -> None:
        """Lines before that one are gone: the steps of which nothing is left go with them."""
        starts, owners = self._starts, self._owners
        place = max(0, bisect_right(starts, first) - 1)
        for at in range(place):
            owners[at].gone += starts[at + 1] - starts[at]
        if starts and starts[place] < first:
            owners[place].gone += first - starts[place]
            starts[place] = first
        del starts[:place], owners[:place]
        for start, owner in zip(reversed(starts), reversed(owners), strict=True):
            owner.start = start
        left = set(owners)
        self.all = [step for step in self.all if step in left]
        self.version += 1

    def of(self, number: int) -> Step | None:
        """The step that holds a line."""
        place = bisect_right(self._starts, number) - 1
        return self._owners[place] if place >= 0 else None

    def spans(self, total: int) -> dict[Step, list[LineSpan]]:
        """Which lines each step has, of so many that ever came."""
        found: dict[Step, list[LineSpan]] = {step: [] for step in self.all}
        for start, end, owner in zip(self._starts, (*self._starts[1:], total), self._owners, strict=False):
            found[owner].append((start, end))
        return found

    @property
    def last(self) -> Step | None:
        """The step that the newest line belongs to."""
        return self._owners[-1] if self._owners else None

    def failed(self) -> Step | None:
        """The first command that failed of the skill at the end of the log; none while one of its commands runs."""
        found, skill = None, None
        for step in reversed(self.all[-_LOOKED_BACK:]):
            if step.state == "plain":
                continue
            skill = step.skill if skill is None else skill
            if not step.is_command or step.skill != skill:
                break
            if step.state == "open":
                return None
            found = step if step.shown_from is not None else found
        return found

    def begin(self, number: int, skill: str) -> bool:
        """Another skill speaks from that line on; False where it is the one that a word of the run interrupted."""
        before = self._interrupted(skill)
        if before is not None:
            self._go_on(number, before)
            return False
        self._add(Step(number, skill, skill, 0, "open" if skill else "plain"))
        return True

    def take(self, number: int, raw: str) -> None:
        """A line that no program printed, or the first of several that one program did."""
        parts = raw.split("\t", 3)
        if len(parts) != 4 or not (parts[0].isascii() and parts[0].isdigit()):
            return
        at_ms, skill, text = int(parts[0][:15]), parts[1], parts[3]
        level, _, told = parts[2].partition(".")
        stream = int(told[:4]) if told.isascii() and told.isdigit() else 0
        last = self.last
        if level == "head" or last is None or last.skill != skill:
            if level == "head" and skill:
                self._again(skill, number)
            if last is None or last.start != number or level == "head":
                self._add(Step(number, skill, text if level == "head" else skill, at_ms, "open" if skill else "plain"))
            last = self._owners[-1]
            if level == "head":
                return
        last.at_ms = last.at_ms or at_ms
        if level == "cmd":
            self._add(Step(number, skill, text, at_ms, is_command=True, stream=stream))
        elif level in ("out", "err"):
            self._printed(number, skill, stream)
        elif level in ("ok", "error"):
            self._verdict(number, skill, level, text, at_ms)
        elif level in ("info", "warn"):
            self._aside(number, skill)
            self._owners[-1].warnings += level == "warn" and not text.startswith(_ASKED)

    def _interrupted(self, skill: str) -> Step | None:
        """The step that a word of the run itself came between, where the skill that it is of speaks on."""
        last = self.last
        if not skill or last is None or last.skill or last.title or len(self.all) < 2:
            return None
        before = self.all[-2]
        return before if before.skill == skill and before.state == "open" else None

    def _again(self, skill: str, number: int) -> None:
        """A skill begins anew: where it had asked, all up to there was said for the question, and is said once more."""
        asked = self._line(number - 1).split("\t", 3)[-1] if number else ""
        step = next((each for each in reversed(self.all[-_RECENT:]) if each.state != "plain"), None)
        if asked.startswith(_ASKED) and step is not None and step.skill == skill and not step.is_command:
            step.state, step.said = "passed", f"asked {asked.removeprefix(_ASKED)}"
            self.version += 1

    def _printed(self, number: int, skill: str, stream: int) -> None:
        """A program goes on printing: the newest of that stream that runs, else the newest that there was."""
        if len(self.all) < 2 or len(self._starts) >= _MOST_SPANS:
            return
        mine = [s for s in reversed(self.all[-_RECENT:]) if s.skill == skill and s.stream == stream]
        running = next((s for s in mine if s.is_command and s.state == "open"), mine[0] if mine else None)
        if running is not None:
            self._go_on(number, running)

    def _go_on(self, number: int, step: Step) -> None:
        if self._owners[-1] is not step:
            self._starts.append(number)
            self._owners.append(step)
            self.version += 1

    def _verdict(self, number: int, skill: str, level: str, text: str, at_ms: int) -> None:
        last = self._owners[-1]
        over = _over_text(skill, text) if level in ("ok", "error") else None
        if over is not None:
            head = self._head(skill)
            if head is None or level == "error":
                self._aside(number, skill)
            else:
                self._go_on(number, head)  # Its row says that it is done, and in what time: once is enough.
            self._over(skill, "passed", at_ms, over.partition(" ")[2])
            if level == "error" and head is not None:
                head.state = "failed"  # It ran to its end, and checks of it did not pass: not folded to a tick.
        elif level == "error" and text.startswith(f"{skill} failed: "):
            self._aside(number, skill)
            self._over(skill, "failed", at_ms, "")
            self._fail(self._owners[-1], number)
        elif level == "error" and last.state == "failed" and text.lstrip().startswith("✖"):
            self._list_tests(number, last)
        elif match := _VERDICT.match(text):
            self._settle(match, number, skill, level, at_ms)
        else:
            self._aside(number, skill)

    def _head(self, skill: str) -> Step | None:
        """The step that a skill began with, the last time that it began."""
        mine = (step for step in reversed(self.all) if step.skill == skill and step.state != "plain")
        return next((step for step in mine if not step.is_command), None)

    def _aside(self, number: int, skill: str) -> None:
        """A word of the skill after a command that is over: it is not folded away with that."""
        if self._owners[-1].state == "passed":
            self._add(Step(number, skill, skill, 0, "plain"))

    def _settle(self, told: re.Match[str], number: int, skill: str, level: str, at_ms: int) -> None:
        """A verdict on the newest command of that name; without one it is a word among others."""
        name, said = told[1], told[2]
        recent = reversed(self.all[-_RECENT:])
        found = next((s for s in recent if s.is_command and s.skill == skill and s.name == name), None)
        if found is None:
            self._aside(number, skill)
            return
        self._go_on(number, found)
        found.said = said
        found.took_ms = max(0, at_ms - found.at_ms)
        if level == "error":
            found.told_at = number
            self._fail(found, number)
        elif found.state == "open":
            found.state = "passed"
        self.version += 1

    def _fail(self, step: Step, number: int) -> None:
        if step.state == "plain":
            return
        if step.is_command and step.shown_from is None:
            spans = self.spans(number)[step]
            step.shown_from = first_error(self._line, [(max(start, step.start + 1), end) for start, end in spans])
        step.state = "failed"
        self.version += 1

    def _list_tests(self, number: int, step: Step) -> None:
        """The tests that failed are named from here on: they come first, what was printed stays folded."""
        before = self._line(number - 1).split("\t", 3)
        if step.is_command and before[2:3] == ["error"] and not before[3].lstrip().startswith("✖"):
            step.shown_from = number
            self.version += 1

    def _over(self, skill: str, state: StepState, at_ms: int, said: str) -> None:
        """A skill is over: what of it had no verdict of its own has this one."""
        mine: list[Step] = []
        for step in reversed(self.all):
            if not (step.skill or step.title):
                continue  # A word of the run itself, in between.
            if step.skill != skill:
                break
            mine.append(step)
            if not step.is_command and step.state != "plain":
                break
        ended: set[int] = set()
        for step in mine:
            if step.state == "open" and (step.is_command or state == "passed"):
                # Where a program was followed by another it did not fail; the newest may have, or was ended.
                step.state = "failed" if state == "failed" and step.stream not in ended else "passed"
                step.took_ms = step.took_ms or max(0, at_ms - step.at_ms)
            ended.add(step.stream)
        if mine and not mine[-1].is_command and said and state == "passed":
            mine[-1].said = said
        self.version += 1

    def _add(self, step: Step) -> None:
        self.all.append(step)
        self._starts.append(step.start)
        self._owners.append(step)
        self.version += 1
