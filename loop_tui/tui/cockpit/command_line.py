"""The line where a command is typed: completion with tab, earlier ones with the arrows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from loop_tui.model.text import clean, one_line
from loop_tui.model.verbs import Verb
from loop_tui.tui.actions import bound, with_keys
from loop_tui.tui.cockpit.typed_command import Typed, completions, history, parse, remember, verb_of
from loop_tui.tui.cockpit.typed_verb import TypedVerb
from loop_tui.tui.widgets.dismiss_once import LeftOnce
from loop_tui.tui.widgets.plain_input import PlainInput
from loop_tui.tui.widgets.words import MUTED, lines_of, text_of

_MOST = 8
AnyTyped = Typed | TypedVerb
Verbs = Callable[[], Awaitable[Sequence[Verb]]]


async def _no_verbs() -> Sequence[Verb]:
    return ()


class CommandScreen(ModalScreen[AnyTyped | None], LeftOnce[AnyTyped | None]):
    """Gives the command, or None when the person leaves with escape. What is no command stays, with the reason.

    Commands are kept for the next time, but not those of the verb `forgets`: a secret may stand in them. `verbs` gives
    the commands of the command line, which are read when this opens; `text` is what stands there then.
    """

    CSS_PATH = "../widgets/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("prompt-leave"),
        *(bound(name, priority=True) for name in ("prompt-complete", "prompt-earlier", "prompt-later")),
    ]

    def __init__(
        self, names: Mapping[str, tuple[str, ...]], forgets: str = "", verbs: Verbs = _no_verbs, text: str = ""
    ) -> None:
        super().__init__()
        self._ask_verbs = verbs
        self._verbs: Sequence[Verb] = ()
        self._text = text
        self._forgets = forgets
        self._names = dict(names)
        self._history = history()
        self._back = 0

    def compose(self) -> ComposeResult:
        """The input and what may be meant."""
        with Vertical(classes="dialog command") as dialog:
            dialog.border_title = "Command"
            dialog.border_subtitle = with_keys(
                "enter: run · {prompt-complete}: complete · {prompt-earlier}: earlier · {prompt-leave}: leave"
            )
            yield PlainInput(
                self._text,
                placeholder="approve, changes TEXT, run LOOP, undo, targets …",
                compact=True,
                select_on_focus=False,
            )
            yield Static("", id="maybe", markup=False)
            yield Static("", classes="wrong", id="wrong", markup=False)

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.query_one(Input).focus()
        self._suggest(self._text)
        self.run_worker(self._learn_verbs(), group="verbs")

    async def _learn_verbs(self) -> None:
        self._verbs = await self._ask_verbs()
        if self.is_mounted and self.query("#maybe"):
            self._suggest(self.query_one(Input).value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#wrong", Static).update("")
        self._suggest(event.value)

    def _suggest(self, text: str) -> None:
        found = completions(text, self._names, self._verbs)
        lines = [text_of((one_line(each, 68), MUTED)) for each in found[:_MOST]]
        if len(found) > _MOST:
            lines.append(text_of((f"and {len(found) - _MOST} more", MUTED)))
        self.query_one("#maybe", Static).update(lines_of(*lines) if lines else "")

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = clean(event.value).strip()
        typed = parse(text, self._verbs)
        if isinstance(typed, str) and text and not self._verbs:
            # Whoever types fast is not told that there is no such command while it is still being looked up.
            self._verbs = await self._ask_verbs()
            typed = parse(text, self._verbs)
        if isinstance(typed, str):
            self.query_one("#wrong", Static).update(text_of(f"✗ {typed}"))
            return
        if not getattr(self.app, "read_only", False) and _name_of(typed) != self._forgets:
            remember(text)
        self.dismiss(typed)

    def action_complete(self) -> None:
        """Take what all completions begin with; a verb alone when there is one."""
        field = self.query_one(Input)
        found = completions(field.value, self._names, self._verbs)
        if not found:
            return
        if " " not in field.value.lstrip():
            found = [f"{each.partition(' ')[0]} " for each in found]
        common = found[0]
        for each in found[1:]:
            while not each.startswith(common):
                common = common[:-1]
        if len(common) > len(field.value):
            field.value = common
            field.cursor_position = len(common)

    def action_earlier(self, step: int) -> None:
        """An earlier command, or a later one."""
        self._back = max(0, min(len(self._history), self._back + step))
        field = self.query_one(Input)
        field.value = self._history[-self._back] if self._back else ""
        field.cursor_position = len(field.value)

    def action_cancel(self) -> None:
        """Leave without doing anything."""
        self.dismiss(None)


def _name_of(typed: AnyTyped) -> str:
    return verb_of(typed.action) if isinstance(typed, Typed) else typed.verb.name
