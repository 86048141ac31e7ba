"""The context of a run in its folder: loaded beside its start, written once. Implements `ports.RunContext`."""

import asyncio
from pathlib import Path

from loop_tui.fs.atomic import write_new
from loop_tui.fs.present import is_there
from loop_tui.model.context.values import CONTEXT_NAME
from loop_tui.model.definition import LoopDefinition
from loop_tui.ports import RunPlace


class ContextFile:
    """The context of the run of a loop in one place."""

    def __init__(self, place: RunPlace, definition: LoopDefinition) -> None:
        self._place = place
        self._definition = definition

    def known(self) -> Path | None:
        """The file, where the run has one (see `RunContext.known`)."""
        path = self._place.run_dir / CONTEXT_NAME
        return path if is_there(path) else None

    async def load(self, module: str) -> str:
        """Load and write it in a thread (see `RunContext.load`)."""
        return await asyncio.to_thread(self._load, module)

    def _load(self, module: str) -> str:
        from loop_tui.model.context.markdown import markdown_of, words_of

        from .loading import load_context

        place = self._place
        context, _ = load_context(place.project, self._definition, home=place.home, module=module)
        if not context:
            return ""
        wrote = write_new(place.run_dir / CONTEXT_NAME, markdown_of(context).encode("utf-8", "replace"))
        return words_of(context) if wrote else ""
