"""What is stale in documents, as a list: enter opens the editor at the line. The command line reads the documents."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.model.problem import Problem
from loop_tui.model.text import count_of, one_line
from loop_tui.tui.actions import action, bound, with_keys
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.words import MUTED, lines_of, text_of

if TYPE_CHECKING:
    from loop_tui.model.verbs import CommandOutput
    from loop_tui.tui.app import LoopApp

_MOST = 1000
_RUNNING = "running…"


class ListedFinding(Struct, frozen=True):
    """A finding as the command line tells it; `path` is that from the top of the project."""

    path: str
    line: int
    kind: str
    reference: str
    why: str


class DocsScreen(ModalScreen[None], Dialog[None]):
    """The findings of `loop-tui docs stale`; stays until it is closed."""

    CSS_PATH = "../widgets/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [bound("plan-again")]
    app: LoopApp

    def __init__(self, project: Path) -> None:
        super().__init__()
        self._project = project
        self._found: tuple[ListedFinding, ...] = ()

    def compose(self) -> ComposeResult:
        """The list, and a line below it."""
        with Vertical(classes="page") as page:
            page.border_title = "Stale in documents"
            page.border_subtitle = with_keys("enter: editor · {plan-again}: refresh · {dialog-close}: close")
            yield Choices(markup=False)
            yield Static(_RUNNING, markup=False)

    def on_mount(self) -> None:
        """Read the documents."""
        self.query_one(Choices).focus()
        self.action_again()

    def action_again(self) -> None:
        """Read them again."""
        self.run_worker(self._read(), exclusive=True, group="docs")

    async def _read(self) -> None:
        self._say(_RUNNING)
        words = ["docs", "stale", "--json", f"--project={self._project}"]
        try:
            told = await self.app.launcher.command(self._project, words, looks=True)
        except Problem as problem:
            self._say(str(problem))
            return
        if not self.is_mounted:
            return
        self._found = findings_in(told)
        listed = self.query_one(Choices)
        at = listed.highlighted or 0
        listed.clear_options()
        listed.add_options([Option(_option(each)) for each in self._found[:_MOST]])
        listed.highlighted = min(at, len(self._found[:_MOST]) - 1) if self._found else None
        self._say(_summary(told, len(self._found)))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the editor at the line."""
        event.stop()
        if event.option_index < len(self._found):
            self._open(self._found[event.option_index])

    def _open(self, found: ListedFinding) -> None:
        from loop_tui.control.docs import top_of
        from loop_tui.tui.editor import edit, editor_argv, place_in

        if why := self.app.why_not(action("viewer-edit")):
            self._say(why)
            return
        try:
            file, argv = place_in(top_of(self._project), found.path), editor_argv(os.environ)
            code = self.app.outside(partial(edit, argv, file, line=found.line))
        except SuspendNotSupported:
            self._say("an editor needs a terminal, and there is none here")
            return
        except Problem as problem:
            self._say(str(problem))
            return
        if code:
            self._say(f"the editor ended with exit code {code}")
            return
        self.action_again()

    def _say(self, text: str) -> None:
        if self.is_mounted:
            self.query_one(".page > Static", Static).update(text_of((one_line(text, 300), MUTED)))


def findings_in(told: CommandOutput) -> tuple[ListedFinding, ...]:
    """The findings that the command line printed, a JSON object a line; what is none is passed over."""
    found = []
    for line in told.output.splitlines():
        try:
            said = json.loads(line)
            found.append(
                ListedFinding(
                    str(said["path"]), int(said["line"]), str(said["kind"]), str(said["reference"]), str(said["why"])
                )
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return tuple(found)


def _option(found: ListedFinding) -> Content:
    """Two rows: the place and what is there, then why it is stale."""
    place = text_of((f"{one_line(found.path, 200)}:{found.line}", "bold"), f"  {one_line(found.reference, 200)}")
    return lines_of(place, text_of((f"  {found.kind}: {one_line(found.why, 200)}", MUTED)))


def _summary(told: CommandOutput, count: int) -> str:
    if told.code not in (0, 1):
        return told.errors.strip().removeprefix("loop-tui: ") or f"exit code {told.code}"
    more = f", the first {_MOST:,} are listed" if count > _MOST else ""
    return f"{count_of(count, 'finding')}{more}" if count else "nothing is stale"
