"""The steps of a log: what a skill says before its first command, and each command with what it printed.

Told by the lines that stand in every output log (heads, commands, verdicts); a log without them has a step a skill.
Steps know lines by their number among all that ever came, so that old ones may be dropped. Lines of a program are not
looked at here one by one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

StepState = Literal["plain", "open", "passed", "failed"]

_VERDICT = re.compile(r"(\w[\w. -]{0,60}): (.+)$")
_ERROR = re.compile(r"\berror\b|\bnot ok\b|\bFAIL|\bfailed\b|✖|✗|\bpanicked\b|Traceback", re.IGNORECASE)
_SCANNED = 5_000
"""Lines of a program that failed which are looked through for its first error, from the end."""
_BEFORE_END = 20
_RECENT = 8


@dataclass(eq=False)
class Step:
    """Lines from `start` to the next step; `shown_from` is where a failed one is opened.

    `began` is where it started when lines of it were dropped since.
    """

    start: int
    skill: str
    title: str
    at_ms: int
    state: StepState = "open"
    commands: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    took_ms: int = 0
    warnings: int = 0
    shown_from: int | None = None
    unfolded: bool | None = None
    """What the person chose; None as long as they did not."""
    began: int = 0

    def __post_init__(self) -> None:
        self.began = self.start

    @property
    def hides(self) -> bool:
        """True when not all of its lines are shown."""
        if self.unfolded is not None:
            return not self.unfolded
        return self.state == "passed" or (self.state == "failed" and self.shown_from is not None)


class Steps:
    """The steps in their order. `line` gives a line by its number. `version` changes when their rows may have."""

    def __init__(self, line: Callable[[int], str]) -> None:
        self._line = line
        self.all: list[Step] = []
        self.version = 0

    def clear(self) -> None:
        """Forget them."""
        self.all.clear()
        self.version += 1

    def dropped(self, first: int) -> None:
        """Lines before that one are gone: the steps of which nothing is left go with them."""
        starts = [step.start for step in self.all]
        del self.all[: max(0, bisect_right(starts, first) - 1)]
        if self.all and self.all[0].start < first:
            self.all[0].start = first
        self.version += 1

    def of(self, number: int) -> Step | None:
        """The step that holds a line."""
        place = bisect_right(self.all, number, key=lambda step: step.start) - 1
        return self.all[place] if place >= 0 else None

    def begin(self, number: int, skill: str) -> None:
        """Another skill speaks from that line on."""
        self._add(Step(number, skill, skill, 0, "open" if skill else "plain"))

    def take(self, number: int, raw: str) -> None:
        """A line that no program printed."""
        parts = raw.split("\t", 3)
        if len(parts) != 4 or not (parts[0].isascii() and parts[0].isdigit()):
            return
        at_ms, skill, level, text = int(parts[0][:15]), *parts[1:]
        last = self.all[-1] if self.all else None
        if level == "head" or last is None or last.skill != skill:
            if last is None or last.start != number or level == "head":
                self._add(Step(number, skill, text if level == "head" else skill, at_ms, "open" if skill else "plain"))
            last = self.all[-1]
            if level == "head":
                return
        last.at_ms = last.at_ms or at_ms
        if level == "cmd":
            self._command(last, number, skill, text, at_ms)
        elif level in ("ok", "error"):
            self._verdict(number, skill, level, text, at_ms)
        elif level in ("info", "warn"):
            self._aside(number, skill)
            self.all[-1].warnings += level == "warn"

    def _command(self, last: Step, number: int, skill: str, text: str, at_ms: int) -> None:
        # Two that begin beside each other print into one another: they are one step.
        if last.commands and not last.verdicts and last.start + len(last.commands) == number:
            last.commands.append(text)
            last.title = " · ".join(last.commands)
            return
        self._add(Step(number, skill, text, at_ms, commands=[text]))

    def _verdict(self, number: int, skill: str, level: str, text: str, at_ms: int) -> None:
        last = self.all[-1]
        if level == "ok" and text.startswith(f"{skill} complete in "):
            self._aside(number, skill)
            self._over(skill, "passed", at_ms, text.removeprefix(f"{skill} complete in ").partition(" ")[2])
        elif level == "error" and text.startswith(f"{skill} failed: "):
            self._over(skill, "failed", at_ms, "")
            self._fail(self.all[-1], number)
        elif level == "error" and last.state == "failed" and text.lstrip().startswith("✖"):
            self._named(number)
        elif match := _VERDICT.match(text):
            self._settle(match, number, skill, level, at_ms)
        else:
            self._aside(number, skill)

    def _aside(self, number: int, skill: str) -> None:
        """A word of the skill after a command that is over: it is not folded away with that."""
        if self.all[-1].state == "passed":
            self._add(Step(number, skill, skill, 0, "plain"))

    def _settle(self, told: re.Match[str], number: int, skill: str, level: str, at_ms: int) -> None:
        """A verdict on the newest command of that name; without one it is a word among others."""
        name, said = told[1], told[2]
        found = next((s for s in reversed(self.all[-_RECENT:]) if name in map(_name, s.commands)), None)
        if found is None:
            self._aside(number, skill)
            return
        found.verdicts.append(f"{name}  {said}")
        found.took_ms = max(0, at_ms - found.at_ms)
        if level == "error":
            self._fail(found, number)
        elif found.state == "open" and len(found.verdicts) >= len(found.commands):
            found.state = "passed"
        self.version += 1

    def _fail(self, step: Step, number: int) -> None:
        if step.state == "plain":
            return
        if step.commands and step.shown_from is None:
            step.shown_from = self._first_error(step, number)
        step.state = "failed"
        self.version += 1

    def _first_error(self, step: Step, number: int) -> int:
        place = bisect_right(self.all, step.start, key=lambda each: each.start) - 1
        end = self.all[place + 1].start if place + 1 < len(self.all) else number
        first = max(step.start + 1, end - _SCANNED)
        for at in range(first, end):
            parts = self._line(at).split("\t", 3)
            if parts[2:3] == ["error"] or _ERROR.search(parts[-1]):
                return at
        return max(step.start + 1, end - _BEFORE_END)

    def _named(self, number: int) -> None:
        """The tests that failed are named from here on: they come first, what was printed stays folded."""
        step = self.all[-1]
        if step.commands and step.shown_from is not None and self._line(number - 1).split("\t", 3)[2:3] == ["error"]:
            if not self._line(number - 1).split("\t", 3)[3].lstrip().startswith("✖"):
                step.shown_from = number
            self.version += 1

    def _over(self, skill: str, state: StepState, at_ms: int, said: str) -> None:
        """A skill is over: what of it had no verdict of its own has this one."""
        mine: list[Step] = []
        for step in reversed(self.all):
            if step.skill != skill:
                break
            mine.append(step)
            if not step.commands and step.state != "plain":
                break
        for step in mine:
            if step.state == "open" and (state == "passed" or step is not mine[0]):
                step.state = "passed"
                step.took_ms = step.took_ms or max(0, at_ms - step.at_ms)
        if mine and not mine[-1].commands and said and state == "passed":
            mine[-1].verdicts = [said]
        self.version += 1

    def _add(self, step: Step) -> None:
        self.all.append(step)
        self.version += 1


def _name(command: str) -> str:
    """`npm run build` is `build`."""
    return command.split()[-1] if command.split() else ""
