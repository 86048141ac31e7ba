"""Welcome: what can be done in a folder where there is nothing to ship and no run (SCREEN "first minute")."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.control.folder import nothing_in
from loop_tui.fs.present import is_folder
from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, one_line
from loop_tui.tui.actions import APP, WELCOME, action, bindings
from loop_tui.tui.actions.welcome import OFFERS
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.foot import Foot
from loop_tui.tui.widgets.listing import Listing
from loop_tui.tui.widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from textual.content import Content

    from loop_tui.tui.app import LoopApp

_ABOUT = "loop-tui runs, gates and watches loops: phases that take software from a plan to a proven release."
_IN_BROWSER = "the demo opens in a terminal: `loop-tui demo` there"
_SAID = {
    "welcome-start": ("Start a loop", "in this folder"),
    "welcome-demo": ("Try the demo", "a sample project, to ship"),
    "welcome-watch": ("Watch a workspace", "all runs below a folder"),
}


class WelcomeScreen(Listing[None]):
    """Three offers. Nothing is made or started before one of them is taken."""

    CSS_PATH = "screen.tcss"
    PLACES = (WELCOME, APP)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(WELCOME, APP)]
    app: LoopApp

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._making = False

    def compose(self) -> ComposeResult:
        """What this is, where one is, what can be done, the keys."""
        with Vertical(id="welcome"):
            yield Static(text_of(("loop-tui", "bold $status-running")), id="welcome-title", markup=False)
            yield Static(_ABOUT, id="welcome-about", markup=False)
            yield Static(id="welcome-where", markup=False)
            yield Choices(*[Option(self._offer(index)) for index in range(len(OFFERS))], id="offers", markup=False)
            yield Static(id="welcome-said", markup=False)
        yield Foot(id="welcome-keys")

    def _offer(self, index: int) -> Content:
        entry = OFFERS[index]
        key = entry.shown_keys.split(" ")[0]
        title, what = _SAID[entry.id]
        return text_of((f" {key} ", "bold $status-running"), (f" {title:<19}", "bold"), (what, MUTED))

    def on_mount(self) -> None:
        """The first offer is selected."""
        offers = self.query_one(OptionList)
        offers.highlighted = 0
        offers.focus()
        self.query_one(Foot).renew()

    def on_screen_resume(self) -> None:
        """Something may have begun here meanwhile."""
        said = "There is no run and no repository yet in " if nothing_in(self.folder) else "You are in "
        where = text_of((said, MUTED), (one_line(str(self.folder), 200), "bold"))
        self.query_one("#welcome-where", Static).update(where)

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take an offer."""
        event.stop()
        await self.run_action(OFFERS[event.option_index].does)

    def action_move(self, step: int) -> None:
        """Select another offer."""
        offers = self.query_one(OptionList)
        offers.action_cursor_down() if step > 0 else offers.action_cursor_up()

    def say(self, text: str) -> None:
        """A line below the offers."""
        self.query_one("#welcome-said", Static).update(text_of((clean(text), MUTED)))

    # The offers ----------------------------------------------------------------------------------------------------

    def action_start(self) -> None:
        """Choose a loop, and see what it would do; it starts when the person says so there."""
        from loop_tui.control.loops import catalog
        from loop_tui.tui.widgets.choose import ChooseScreen

        found, problems = catalog(self.folder)
        for problem in problems:
            self.notify(clean(str(problem)), severity="warning", markup=False)
        options = [(f.definition.id, f"{f.definition.id:<20} {one_line(f.definition.description, 44)}") for f in found]

        def chosen(loop: str | None) -> None:
            if loop is not None:
                self.app.open_run(self.folder, loop)

        self.app.push_screen(ChooseScreen("Which loop", options), chosen)

    def action_demo(self) -> None:
        """Make the sample project below this folder, and leave: the demo is opened with a home of its own."""
        why = self.app.why_not(action("welcome-demo")) or (_IN_BROWSER if self.app.is_web else "")
        if why or self._making:
            self.notify(why or "it is being created", severity="warning", markup=False)
            return
        self._making = True
        self.run_worker(self._make(), group="demo", exit_on_error=True)

    async def _make(self) -> None:
        try:
            project = await self.app.launcher.sample(self.folder, self.say)
        except Problem as problem:
            self.notify(clean(str(problem)), severity="error", markup=False)
            return
        finally:
            self._making = False
        self.say(f"the sample project is {project}")
        self.app.exit(0)

    def action_watch(self) -> None:
        """Ask for the folder, and show all runs below it."""
        from loop_tui.tui.widgets.ask import AskScreen

        def given(text: str | None) -> None:
            if text is None:
                return
            wanted = Path(text).expanduser()
            folder = wanted if wanted.is_absolute() else self.folder / wanted
            if is_folder(folder):
                self.app.watch_folder(folder)
            else:
                self.notify(f"no such folder: {clean(str(folder))}", severity="warning", markup=False)

        self.app.push_screen(AskScreen("Watch a workspace", "All runs below which folder?", "folder"), given)

    # Keys ----------------------------------------------------------------------------------------------------------

    def action_command(self) -> None:
        """Commands are for one run: say so."""
        self.app.nothing_done("open a run first")

    def action_leave(self) -> None:
        """Quit."""
        self.app.exit(0)
