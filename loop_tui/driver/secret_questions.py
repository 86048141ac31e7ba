"""Asking for a secret: the driver stays, and takes it through a pipe from whoever types it (`fs.secret_pipe`).

The state says that it is asked, and then that it was answered, by whom and when: never what.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path

from loop_tui.engine import changes
from loop_tui.engine.transaction import Wish, always
from loop_tui.fs.os_problem import os_problem
from loop_tui.fs.secret_pipe import SecretPipe, understood
from loop_tui.model.answers import secret_complaint
from loop_tui.model.events import Change
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import typed
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus
from loop_tui.model.text import one_line
from loop_tui.ports import RunStore
from loop_tui.runners.context import Asked

_LOOK_S = 0.2
_LONGEST_NAME = 60


def asked_anew(state: RunState, question: Question) -> tuple[Change, ...]:
    """What brings a question for a secret into a state that may have an earlier one, or what somebody made of it."""
    gone = () if state.question(question.id) is None else (changes.withdrawn(question.id, "the driver"),)
    return (*gone, changes.asked(question))


class SecretAsker:
    """Asks for one secret until somebody types it. `told` lets a person know who is away."""

    def __init__(
        self,
        question: Question,
        run_dir: Path,
        *,
        store: RunStore,
        read: Callable[[], RunState],
        write: Callable[[Wish], RunState],
        say: Callable[[str], None],
        told: Callable[[RunState], Coroutine[None, None, None]],
    ) -> None:
        self._question = question
        self._run_dir = run_dir
        self._store = store
        self._read = read
        self._write = write
        self._say = say
        self._told = told

    async def secret(self) -> str:
        """What somebody types; from then on it is masked wherever it is said.

        Raises Asked when the run is paused meanwhile, and Problem where there can be no pipe.
        """
        try:
            with SecretPipe(self._run_dir, self._question.id) as pipe:
                # Whoever reads that it is asked finds the pipe.
                state = self._ask()
                self._say(f"? {self._question.text}")
                telling = asyncio.create_task(self._told(state))
                try:
                    return await self._taken(pipe)
                finally:
                    telling.cancel()
                    await asyncio.gather(telling, return_exceptions=True)
        except OSError as error:
            raise os_problem(error) from error

    def _ask(self) -> RunState:
        return self._write(lambda state: asked_anew(state, self._question))

    async def _taken(self, pipe: SecretPipe) -> str:
        seen = self._store.mark()
        while True:
            try:
                async with asyncio.timeout(_LOOK_S):
                    frame = await pipe.line()
            except TimeoutError:
                if self._store.mark() != seen:
                    self._look()
                    seen = self._store.mark()
                continue
            by, text = understood(frame) or ("", "")
            typed(text)
            if wrong := secret_complaint(text):
                self._say(f"{self._question.text} {wrong}, so it is asked again")
                continue
            name = one_line(by, _LONGEST_NAME) or "someone"
            self._write(always(changes.answered(self._question.id, "", name)))
            return text

    def _look(self) -> None:
        """Ask again where somebody wrote over the question; stop asking when the run is paused."""
        with contextlib.suppress(Problem):
            state = self._read()
            if state.status is RunStatus.PAUSED:
                self._write(always(changes.withdrawn(self._question.id, "the driver")))
                raise Asked(self._question)
            known = state.question(self._question.id)
            if known is None or known.kind is not QuestionKind.SECRET or known.answer is not None:
                self._ask()
