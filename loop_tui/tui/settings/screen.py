"""The settings, each with what it is for; what is chosen is written to the file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.control.preferences import DOC, NAMES, UserSettings, keep_setting, load_settings
from loop_tui.model.problem import Problem
from loop_tui.model.text import clean
from loop_tui.tui.actions import bound, with_keys
from loop_tui.tui.actions.model import READ_ONLY
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.words import MUTED, lines_of, text_of

if TYPE_CHECKING:
    from textual.content import Content

    from loop_tui.tui.app import LoopApp


class SettingsScreen(ModalScreen[None], Dialog[None]):
    """A list of settings. Enter changes the selected one: a switch is switched, anything else is typed."""

    CSS_PATH = "../widgets/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [bound("settings", "close")]
    app: LoopApp

    def __init__(self) -> None:
        super().__init__()
        self._settings, self._problems = load_settings()

    def compose(self) -> ComposeResult:
        """The settings, what is wrong with the file, and where it is."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Settings"
            dialog.border_subtitle = with_keys("enter: change · {dialog-close}: close")
            yield Choices(*[Option(_row(name, self._settings)) for name in NAMES], markup=False)
            yield Static(classes="note", markup=False)

    def on_mount(self) -> None:
        """The first setting is selected."""
        self.query_one(OptionList).focus()
        self._note()

    def _note(self) -> None:
        lines = [text_of((f"✗ {problem}", "$status-failed")) for problem in self._problems]
        lines.append(text_of((f"saved in {self._settings.path}; keys are under [keys]", MUTED)))
        self.query_one(".note", Static).update(lines_of(*lines))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Change the setting."""
        event.stop()
        name = NAMES[event.option_index]
        value = getattr(self._settings, name)
        if isinstance(value, bool):
            self._write(name, not value)
            return
        if name == "theme":
            self.app.action_themes()
            return
        from loop_tui.tui.widgets.ask import AskScreen

        prompt = f"{DOC[name]}; now: {_said(value)}"
        self.app.push_screen(AskScreen(name, prompt, "value"), lambda text: self._typed(name, text))

    def _typed(self, name: str, text: str | None) -> None:
        if text is None:
            return
        if name == "depth":
            self._write(name, int(text) if text.isdigit() else text)
        else:
            self._write(name, [part.strip() for part in text.split(",") if part.strip()])

    def _write(self, name: str, value: bool | int | str | list[str]) -> None:
        if self.app.read_only:
            self.app.notify(READ_ONLY, severity="warning", markup=False)
            return
        try:
            keep_setting(name, [*value] if isinstance(value, list) else value)
        except Problem as problem:
            self.app.notify(clean(str(problem)), severity="error", markup=False)
        self.refresh_settings()

    def on_screen_resume(self) -> None:
        """The theme may have been chosen meanwhile."""
        self.refresh_settings()

    def refresh_settings(self) -> None:
        """Read the file again and show it; what can be used at once is."""
        self._settings, self._problems = load_settings()
        self.app.settings = self._settings
        listed = self.query_one(OptionList)
        for index, name in enumerate(NAMES):
            listed.replace_option_prompt_at_index(index, _row(name, self._settings))
        self._note()


def _row(name: str, settings: UserSettings) -> Content:
    return text_of((f"{name:<12}", "bold"), f"{_said(getattr(settings, name)):<14} ", (DOC[name], MUTED))


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "as shipped"
