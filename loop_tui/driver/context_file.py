"""The context of a run, loaded beside its start: nothing waits for it but what is given it (SPEC section 7)."""

import asyncio
from typing import TYPE_CHECKING

from loop_tui.fs.os_problem import os_problem
from loop_tui.model.context.values import CONTEXT_NAME
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState

if TYPE_CHECKING:
    from .conductor import Conductor


class ContextAside:
    """The work of loading the context of one run. Nothing fails for want of it: what went wrong is said in the log."""

    def __init__(self, conductor: "Conductor") -> None:
        self._conductor = conductor
        self._loading: asyncio.Task[None] | None = None

    def begin(self, state: RunState) -> None:
        """Load it, unless the run has one, or has done something already: then it is no start."""
        settled = any(skill.settled for phase in state.phases for skill in phase.skills)
        if not settled and self._conductor.ports.context.known() is None:
            self._loading = asyncio.get_running_loop().create_task(self._load(state.module or ""))

    async def written(self) -> None:
        """Wait until it is written, or cannot be."""
        if self._loading is not None:
            await asyncio.wait({self._loading})

    async def _load(self, module: str) -> None:
        say = self._conductor.output.say
        try:
            words = await self._conductor.ports.context.load(module)
        except Problem as problem:
            say("", f"the context was not loaded: {problem}", LogLevel.WARN)
        except OSError as error:
            say("", f"the context was not loaded: {os_problem(error)}", LogLevel.WARN)
        except Exception as error:
            # Documents of all sorts are read: a run that has work to do does not end for one that is read wrong.
            say("", f"the context was not loaded: {type(error).__name__}", LogLevel.WARN)
        else:
            if words:
                say("", f"{CONTEXT_NAME}: {words}", LogLevel.INFO)
