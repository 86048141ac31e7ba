"""The app: it opens screens, rings, and leaves the terminal as it found it."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen
from textual.theme import Theme

from loop_tui.control.preferences import keep_setting, load_settings
from loop_tui.control.snapshot import Snapshot
from loop_tui.fs.present import is_file
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean

from .actions import READ_ONLY, use_keys, use_own
from .cockpit.panes import WIDE
from .cockpit.run_answers import AnswersRun
from .cockpit.screen import CockpitScreen
from .cockpit.source import LiveRun, ServerRun
from .terminal_app import TerminalApp
from .theme import DEFAULT, FALLBACK, load, place_of_theme

if TYPE_CHECKING:
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode
    from textual.notifications import SeverityLevel

    from loop_tui.model.verbs import Verb
    from loop_tui.ports import Launcher

    from .actions import UserAction
    from .farewell import Left, LeftList
    from .hints import Hints
    from .home.screen import HomeScreen
    from .indexing import Indexing
    from .widgets.foot import FootNote

AnyScreen = TypeVar("AnyScreen", bound=Screen[None])

BREAKPOINTS_ACROSS = [(0, "-tiny"), (60, "-narrow"), (WIDE, "-wide"), (180, "-huge")]
BREAKPOINTS_DOWN = [(0, "-flat"), (15, "-tall"), (50, "-high")]
"""The sizes that are designed (SCREEN "Layout"), as style classes of the screen."""
_OPENED_S = 1.0
"""How long after the first paint what is read and imported for the first screen is there."""
_INDEXED_S = 2.0
"""How long after the first paint it is looked whether the archive has an index: after all that is shown first."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class LoopApp(TerminalApp, inherit_bindings=False):
    """What is on the screen.

    Raises Problem for a wrong theme, and for an own command that cannot be used.

    `read_only` refuses every action that writes; `folders` are watched for runs, `depth` folders deep (None: as deep
    as usual); `history` and `welcome` open with those screens, `execution` with the run of the orchestrator server that
    has that file; `clock` and `now` are the times it goes by, `launcher` starts commands of ours.
    """

    TITLE = "loop-tui"
    ENABLE_COMMAND_PALETTE = False
    # Selecting with the mouse would lead nowhere, as ctrl+c quits (y and Y copy); and Textual 8.2 fails when what was
    # selected goes away meanwhile. The terminal's own selection (shift and the mouse) works as ever.
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = []
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS_ACROSS
    VERTICAL_BREAKPOINTS = BREAKPOINTS_DOWN

    def __init__(
        self,
        project: Path,
        loop: str,
        *,
        launcher: Launcher,
        theme: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        read_only: bool = False,
        folders: Sequence[Path] = (),
        depth: int | None = None,
        history: bool = False,
        welcome: bool = False,
        execution: Path | None = None,
    ) -> None:
        super().__init__()
        self.project = project
        self.loop = loop
        self.clock = clock
        self.now = now
        self.read_only = read_only
        self.folders = tuple(folders)
        self.depth = depth
        self._history_first = history
        self._welcome = welcome
        self._execution = execution
        self.shows_source = False
        """Markdown is shown as it is written: what the person chose last."""
        self.launcher = launcher
        self.left: Left | LeftList | None = None
        """What was shown when the person quit."""
        self._verbs: Sequence[Verb] = ()
        self.settings, self.complaints = load_settings()
        self._use_theme(theme)
        self._use_keys()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast: cleaned, masked, and never read as markup."""
        said = mask(clean(message))
        super().notify(said, title=title, severity=severity, timeout=timeout, markup=False)

    def copy_to_clipboard(self, text: str) -> None:
        """Give a text to the terminal's clipboard, masked."""
        super().copy_to_clipboard(mask(text))

    @cached_property
    def hints(self) -> Hints:
        """What the person has not found out yet."""
        from .hints import Hints

        return Hints(wanted=self.settings.hints, keep=not self.read_only)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """As ever, and the hint at what was done goes away. Once the app ends a screen that opens has no widgets."""
        done = not self.leaving and await super().run_action(action, default_namespace, namespaces)
        if done and isinstance(action, str) and self.hints.used(action):
            from .widgets.hint_row import HintRow

            for screen in self.screen_stack:
                for row in screen.query(HintRow):
                    row.renew()
        return done

    @cached_property
    def foot(self) -> FootNote:
        """Where it is said why a key did nothing."""
        from .widgets.foot import FootNote

        return FootNote(self)

    @cached_property
    def indexing(self) -> Indexing:
        """The index of the archive, built in the background where much of it is missing."""
        from .indexing import Indexing

        return Indexing(self)

    def key_begins(self) -> None:
        """What was said of the key before is over."""
        if "foot" in self.__dict__:
            self.foot.clear()

    def keys_are_through(self) -> None:
        """The footer says what the keys do now."""
        self.renew_foot()

    def renew_foot(self) -> None:
        """The footer belongs to the moment: what is selected, armed or typed may be something else now."""
        from .widgets.foot import Foot

        if not self.leaving and self.screen_stack:
            for foot in self.screen.query(Foot):
                foot.renew()

    def nothing_done(self, why: str) -> None:
        """A key did nothing: say why, in the footer's place."""
        if not self.leaving:
            self.foot.say(why)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """As ever; a key that means nothing where it was pressed says so."""
        done = await super()._check_bindings(key, priority)
        screen = self.screen
        if not (done or priority or getattr(screen, "is_leaving", False)) and screen.is_mounted:
            from .widgets.foot import nothing_here

            self.nothing_done(nothing_here(self, key))
        return done

    def _use_theme(self, name: str | None) -> None:
        """What was asked for, else what the settings say, else the shipped one. Raises Problem for the first alone."""
        said = name or os.environ.get("LOOP_TUI_THEME")
        try:
            wanted = load(said or self.settings.theme or DEFAULT)
        except Problem as problem:
            if said:
                raise
            where = problem.where or place_of_theme(self.settings.path)
            self.complaints.append(Problem(problem.what, where, problem.todo, code=problem.code))
            wanted = load(DEFAULT)
        self.register_theme(wanted)
        # Setting the reactive would have Textual read all styles again, twice, though nothing is shown yet.
        self.set_reactive(App.theme, wanted.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_class(wanted.dark, "-dark-mode", update=False)
        self.set_class(not wanted.dark, "-light-mode", update=False)
        self._refresh_truecolor_filter(self.ansi_theme)

    def show_theme(self, theme: Theme) -> None:
        """Show everything in the colours of a theme."""
        self.register_theme(theme)
        self.theme = theme.name

    def _use_keys(self) -> None:
        keymap: dict[str, str] = {}
        if self.settings.keys:
            from .keymap import checked

            keymap, problems = checked(self.settings.keys, self.settings.lines, str(self.settings.path))
            self.complaints += problems
        use_keys(keymap)
        self.set_keymap(keymap)
        own: list[UserAction] = []
        if self.settings.commands or any(problem.what.startswith("commands") for problem in self.complaints):
            from .keymap import own_commands_of

            own = own_commands_of(self.settings, self.complaints, keymap)
        use_own(own)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Every status has a colour, whatever the theme says."""
        return FALLBACK

    @property
    def snapshot(self) -> Snapshot:
        """What the topmost cockpit shows."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, CockpitScreen):
                return screen.snapshot
        return Snapshot(project=self.project, loop=self.loop)

    def get_default_screen(self) -> Screen[None]:
        """The screen that the app opens with, and the lowest one: an empty one below would be mounted and painted."""
        screen = self._fitting(self._first_screen())
        for path in screen.css_path:
            # With all the others, before they are parsed.
            self.stylesheet.read(path)
        # Textual 8.2 gives one only to screens that are pushed, and fails without when another takes the place.
        screen._push_result_callback(screen, None)
        return screen

    def _fitting(self, screen: AnyScreen) -> AnyScreen:
        # Textual would tell it how large it is only after it was laid out and painted for another size.
        width, height = self.size
        screen.add_class(_class_for(width, BREAKPOINTS_ACROSS), _class_for(height, BREAKPOINTS_DOWN))
        return screen

    def _first_screen(self) -> Screen[None]:
        if self._history_first:
            from .history.screen import HistoryScreen

            return HistoryScreen(self.project)
        if self.folders:
            return self._home()
        if self._welcome:
            from .welcome.screen import WelcomeScreen

            return WelcomeScreen(self.project)
        return self._cockpit(self._execution or self.project, self.loop)

    def on_mount(self) -> None:
        """Paint first; everything else is imported and read after that."""
        self.call_after_refresh(self._begin)

    def open_run(self, place: Path, loop: str, *, go: bool = False, begins: Sequence[str] = ()) -> None:
        """Show the cockpit of a run, over what is shown now.

        `place` is the project folder of the loop, or the state file of a run of the orchestrator server. With `go` the
        run goes on, or is started, as soon as it has been read; `begins` are options for one that is started, as
        `Launcher.start` takes them.
        """
        cockpit = self._cockpit(place, loop)
        cockpit.goes, cockpit.begins = go, begins
        self.push_screen(self._fitting(cockpit))

    def _cockpit(self, place: Path, loop: str) -> CockpitScreen:
        project = place.parent if is_file(place) else place
        return CockpitScreen(self.source_of(place, loop), project, loop, place)

    def source_of(self, place: Path, loop: str, *, log: bool = True) -> LiveRun | ServerRun:
        """Where the news of a run come from; with `log` also what its log says. `place` is as for `open_run`."""
        if is_file(place):
            return ServerRun(place, self.now)
        return LiveRun(place, loop, self.launcher, self.now, keeps=not self.read_only, log=log)

    def open_home(self, came_from: tuple[Path, str] | None = None) -> None:
        """Show all runs below the watched folders, or below this project's folder, in place of what is shown now.

        `came_from` is the place and loop that the person can go back to.
        """
        self.switch_screen(self._fitting(self._home(came_from)))

    def _home(self, came_from: tuple[Path, str] | None = None) -> HomeScreen:
        from .home.screen import HomeScreen

        return HomeScreen(self.folders or (self.project,), self.depth, came_from)

    def watch_folder(self, folder: Path) -> None:
        """Show all runs below a folder in place of all that is shown now."""
        self.folders = (folder,)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        lowest = self.screen
        self.open_home(came_from=(lowest.place, lowest.snapshot.loop) if isinstance(lowest, CockpitScreen) else None)

    def action_themes(self) -> None:
        """Choose a theme; each is shown as it is selected, and escape brings the first one back."""
        from .widgets.theme_choice import themes_to_choose

        before = self.get_theme(self.theme)
        screen, found = themes_to_choose(self.theme, self.show_theme)

        def chosen(name: str | None) -> None:
            if name is not None:
                self.show_theme(found(name))
                self._keep("theme", name)
            elif before is not None:
                self.show_theme(before)

        self.push_screen(screen, chosen)

    def use_theme(self, name: str) -> bool:
        """Show a theme and keep it; False when there is none of that name."""
        try:
            self.show_theme(load(name))
        except Problem:
            return False
        self._keep("theme", name)
        return True

    def _keep(self, name: str, value: str | bool) -> None:
        """Write a setting; what cannot or may not be written holds until the screen is left."""
        if self.read_only:
            return
        try:
            keep_setting(name, value)
        except Problem as problem:
            self.notify(clean(f"not saved: {problem}"), severity="warning", markup=False)

    def action_history(self) -> None:
        """Show the runs that are over."""
        from .history.screen import HistoryScreen

        if not isinstance(self.screen, HistoryScreen):
            self.push_screen(HistoryScreen(self.project))

    def action_dream(self) -> None:
        """Show the Dream States of the project and its organization."""
        from .dream.screen import DreamScreen

        if not isinstance(self.screen, DreamScreen):
            self.push_screen(DreamScreen(self.snapshot.project))

    def action_stats(self) -> None:
        """Show what usually happens, from the archive."""
        from .stats.screen import StatsScreen

        if not isinstance(self.screen, StatsScreen):
            self.push_screen(StatsScreen(self.snapshot.project))

    def action_settings(self) -> None:
        """Show the settings, and change them."""
        from .settings.screen import SettingsScreen

        self.push_screen(SettingsScreen())

    async def verbs(self) -> Sequence[Verb]:
        """The commands of the command line, read once when they are first asked for; none where that fails."""
        if not self._verbs:
            with contextlib.suppress(Problem):
                self._verbs = await self.launcher.verbs(self.project)
        return self._verbs

    def why_not(self, action: UserAction) -> str:
        """Why an action is refused wherever it is done, or nothing."""
        return READ_ONLY if action.writes and self.read_only else ""

    def _begin(self) -> None:
        self.set_timer(_OPENED_S, _collect_garbage)
        if not self.read_only:
            self.set_timer(_INDEXED_S, lambda: self.indexing.start())
        for problem in self.complaints:
            self.notify(clean(str(problem)), severity="error", timeout=15, markup=False)

    def ring(self, snapshot: Snapshot) -> None:
        """The bell; and a notification of the desktop, for eyes that are on another window."""
        if self.settings.bell:
            self.bell()
        if self.app_focus or not self.settings.desktop:
            return
        from .desktop import sequence, text_of_need

        ships = snapshot.definition is not None and bool(snapshot.definition.targets)
        shown = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
        where = (shown.system if shown else "") or snapshot.project.name
        self.to_terminal(sequence(text_of_need(snapshot.attention, where, ships=ships), os.environ))

    def on_app_focus(self) -> None:
        """The key or click that brought the window back decides nothing."""
        if isinstance(self.screen, AnswersRun):
            self.screen.guard()


def _collect_garbage() -> None:
    # What was imported and made until now lives as long as the app does.
    gc.freeze()
    gc.enable()


def _class_for(cells: int, breakpoints: Sequence[tuple[int, str]]) -> str:
    return max(each for each in breakpoints if each[0] <= cells)[1]
