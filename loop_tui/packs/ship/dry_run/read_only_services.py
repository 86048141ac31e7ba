"""Services for skills that only look: whoever would do something through them finds that he cannot."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

from loop_tui.model.answers import complaint
from loop_tui.model.evidence import Deliverable, Question
from loop_tui.model.log import LogLevel
from loop_tui.model.state import RunState
from loop_tui.process.shell import Result
from loop_tui.runners.background import Asides
from loop_tui.runners.context import Act, Asked, Observe, Proof


class ReadOnlyServices:
    """As `Services`, for a dry run: what was remembered and answered is known, nothing is done or written."""

    def __init__(self, state: RunState) -> None:
        self._state = state

    def say(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        """Nobody listens."""

    async def ask(self, question: Question) -> str:
        """The answer that was given already; raises Asked otherwise."""
        known = self._state.question(question.id)
        if known is not None and known.answer is not None and complaint(question, known.answer) is None:
            return known.answer
        raise Asked(question)

    async def effect(self, effect_id: str, kind: str, intent: Proof, observe: Observe, act: Act) -> Proof:
        """Never."""
        self._never(kind)

    def remember(self, kind: str, facts: Mapping[str, Proof]) -> None:
        """Never."""
        self._never(kind)

    def recall(self, key: str) -> Proof | None:
        """The facts kept under that key in this run."""
        known = self._state.effect(key)
        return known.proof if known is not None else None

    async def command(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float = 1800,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        quiet: bool = False,
        colourful: bool = False,
        name: str = "",
    ) -> Result:
        """Never."""
        self._never(" ".join(argv))

    def program(self, command: str, name: str) -> AbstractContextManager[Callable[[str], None]]:
        """Never."""
        self._never(command)

    @property
    def asides(self) -> Asides:
        """Never."""
        self._never("work aside")

    def deliver(self, name: str, text: str, summary: str = "") -> Deliverable:
        """Never."""
        self._never(name)

    def now(self) -> str:
        """No time: nothing happens."""
        return ""

    @staticmethod
    def _never(what: str) -> NoReturn:
        raise AssertionError(f"a dry run does nothing: {what}")
