"""What skills and agents know before a run, on a page: the command line reads it, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .run_actions import RunActions

_TITLE = "context"


async def show_context(cockpit: RunActions) -> None:
    """The context of the run that is there, else that of a run which starts now."""
    from loop_tui.model.problem import Problem
    from loop_tui.tui.widgets.output_page import OutputPage

    from .typed_verb import output_text

    snapshot = cockpit.snapshot
    words = [_TITLE, f"--project={snapshot.project}", f"--loop={snapshot.loop}"]
    page = OutputPage(_TITLE)
    await cockpit.app.push_screen(page)
    page.content.words = True
    try:
        told = await cockpit.app.launcher.command(
            snapshot.project, [*words, *(["--run"] if snapshot.state is not None else [])], looks=True
        )
    except Problem as problem:
        page.show(str(problem))
        return
    page.show(output_text(told) or "no output")
