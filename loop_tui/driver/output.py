"""The output log as a driver writes it: cleaned, masked, batched, and shown to whoever listens."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from loop_tui.model.clock import words
from loop_tui.model.evidence import Deliverable
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import mask
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import clean, count_of
from loop_tui.ports import Clock, LogSink
from loop_tui.process.output_lines import Lines
from loop_tui.runners.context import SkillResult

FLUSH_S = 0.04

LineListener = Callable[[LogLine], None]


class Output:
    """Takes lines of skills, programs and of the driver itself."""

    def __init__(self, log: LogSink, secrets: Sequence[str], listener: LineListener | None, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._secrets = tuple(secrets)
        self._listener = listener
        self._said: dict[str, str] = {}

    def say(self, skill: str, text: str, level: LogLevel, stream: int = 0) -> None:
        """Write our own words, or any text that nobody cleaned yet; `stream` where a program of that number begins."""
        text = mask(clean(text), self._secrets)
        if level is LogLevel.HEAD:
            self._said.clear()
        name, colon, said = text.partition(": ")
        if colon and level is not LogLevel.COMMAND:
            self._said[name] = said
        self.lines(skill, text.split("\n"), level, stream)

    def has_said(self, name: str, text: str) -> bool:
        """True when that was the last that the skill at work said of that name."""
        return self._said.get(mask(clean(name), self._secrets)) == mask(clean(text), self._secrets)

    def lines(self, skill: str, texts: Sequence[str], level: LogLevel, stream: int = 0) -> None:
        """Write lines that are clean and masked already."""
        at_ms = self._now_ms()
        self._log.add_texts(at_ms, skill, level, texts, stream)
        if self._listener is not None:
            for text in texts:
                self._listener(LogLine(at_ms=at_ms, skill=skill, level=level, text=text))

    def printed(self, skill: str, lines: Lines, stream: int = 0) -> None:
        """Write what a program printed: with its colours to the file, plain to whoever listens.

        `stream` is the program's number where several run side by side.
        """
        at_ms = self._now_ms()
        self._log.add_texts(at_ms, skill, LogLevel.OUT, lines.coloured, stream)
        if self._listener is not None:
            for text in lines.texts:
                self._listener(LogLine(at_ms=at_ms, skill=skill, level=LogLevel.OUT, text=text))

    def show(self, skill: str, text: str, level: LogLevel) -> None:
        """Say it to whoever listens, and leave the file alone."""
        if self._listener is not None:
            at_ms = self._now_ms()
            for line in mask(clean(text), self._secrets).split("\n"):
                self._listener(LogLine(at_ms=at_ms, skill=skill, level=level, text=line))

    def flush(self) -> None:
        """Bring everything to the file."""
        self._log.flush()

    def flush_if_possible(self) -> None:
        """As `flush`, for an end that is not to be hidden by a log that cannot be written."""
        with contextlib.suppress(Problem):
            self.flush()

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """While inside, lines reach the file within `FLUSH_S` seconds."""

        async def keep_flushing() -> None:
            while True:
                await self._clock.sleep(FLUSH_S)
                # What a disk refuses for a moment waits; one that goes on refusing stops whoever writes next.
                self.flush_if_possible()

        task = asyncio.create_task(keep_flushing())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self._log.flush()


def say_result(
    output: Output, skill: str, result: SkillResult, deliverables: Sequence[Deliverable], took_ms: int
) -> None:
    """Say what a skill found and left behind."""
    levels = {CheckStatus.PASSED: LogLevel.OK, CheckStatus.FAILED: LogLevel.ERROR}
    said = ", ".join(f"{check.name}: {check.summary}" for check in result.checks)
    for check in result.checks:
        # Who ran it may have told its verdict when it came.
        if check.summary and output.has_said(check.name, check.summary):
            continue
        # What was skipped had nothing to do: that is no warning.
        output.say(skill, f"{check.name}: {check.verdict}", levels.get(check.status, LogLevel.INFO))
    for deliverable in deliverables:
        output.say(skill, f"wrote {deliverable.name} {deliverable.summary}".rstrip(), LogLevel.INFO)
    summary = "" if result.summary in said else result.summary
    red = sum(check.status is CheckStatus.FAILED for check in result.checks)
    summary = "; ".join(part for part in (f"{count_of(red, 'check')} failed" if red else "", summary) if part)
    # A tick says that checks passed, and so does "done": with a failed one the skill only came to its end.
    word, level = ("ended", LogLevel.ERROR) if red else ("done", LogLevel.OK)
    output.say(skill, f"{skill} {word} in {words(took_ms)} {summary}".rstrip(), level)


def say_failure(output: Output, skill: str, problem: Problem) -> None:
    """Say why a skill failed; of a check that told its verdict not again what its program printed."""
    what, _, printed = problem.what.partition("\n")
    name, _, said = what.partition(": ")
    if printed and output.has_said(name, said):
        problem = Problem(what, problem.where, problem.todo, code=problem.code)
    output.say(skill, f"{skill} failed: {problem}", LogLevel.ERROR)
