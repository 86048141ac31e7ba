"""Dream States as a tree: organization, systems, modules, functions, each rolled up (SCREEN "Other screens")."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.model.dream.tree import key_of
from loop_tui.model.text import clean, count_of
from loop_tui.tui.actions import APP, DREAM, UserAction, bindings
from loop_tui.tui.dream.rows import DreamRow, about, first_closed, row_text, rows_of
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.foot import Foot
from loop_tui.tui.widgets.read_list import ReadList
from loop_tui.tui.widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from loop_tui.control.dream_checks import CheckedHierarchy
    from loop_tui.model.dream.tree import DreamState
    from loop_tui.tui.app import LoopApp

_SIDES = 4
_NONE = "no Dream State here: `loop-tui dream init` creates one"


def _hierarchy(project: Path) -> CheckedHierarchy:
    from loop_tui.control.dream import read_hierarchy
    from loop_tui.control.dream_checks import with_checks

    return with_checks(read_hierarchy(project))


def _is_of(document: DreamState, row: DreamRow) -> bool:
    node, root = row.rolled.node, document.root
    return node.tier is root.tier and key_of(node.name) == key_of(root.name)


class DreamScreen(ReadList):
    """What is done, and why the rest is not. Nothing here can be changed, and nothing runs."""

    CSS_PATH = "screen.tcss"
    PLACES = (DREAM, APP)
    SUBJECT = "dream states"
    NO_COMMANDS = "commands are typed in a run: go back first"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DREAM, APP)]
    app: LoopApp

    def __init__(self, project: Path) -> None:
        super().__init__()
        self._project = project
        self._read_: CheckedHierarchy | None = None
        self._folded: set[tuple[int, ...]] = set()
        self._rows: list[DreamRow] = []

    def compose(self) -> ComposeResult:
        """The row on top, the tree, what is known of the selected row, the keys."""
        yield Static(id="dream-status", markup=False)
        yield Choices(id="dream-tree", markup=False)
        yield Static(id="dream-about", markup=False)
        yield Foot(id="dream-keys")

    async def read_again(self) -> None:
        """Read the documents."""
        read = await asyncio.to_thread(_hierarchy, self._project)
        if not self.query(OptionList):
            return  # It was left while the documents were read.
        is_first, self._read_ = self._read_ is None, read
        if read.problems:
            said = f"{count_of(len(read.problems), 'document')} cannot be read: {read.problems[0]}"
            self.notify(clean(said), severity="warning", markup=False)
        if is_first and read.found.root is not None:
            self._folded = first_closed(read.found.root)
        self._fill(self._at or 0)

    def _fill(self, highlighted: int) -> None:
        read, listed = self._read_, self.query_one(OptionList)
        if read is None:
            return
        root, width = read.found.root, self.size.width - _SIDES
        self._rows = list(rows_of(root, self._folded, read.verdicts)) if root is not None else []
        listed.clear_options()
        listed.add_options(
            [Option(row_text(row, is_open=row.path not in self._folded, width=width)) for row in self._rows]
        )
        listed.highlighted = min(highlighted, len(self._rows) - 1) if self._rows else None
        self._say(f"{root.done}/{root.total} functions operational" if root is not None else _NONE)
        self._about()

    @property
    def _at(self) -> int | None:
        return self.query_one(OptionList).highlighted

    @property
    def selected(self) -> DreamRow | None:
        """The row under the cursor."""
        at = self._at
        return self._rows[at] if at is not None and at < len(self._rows) else None

    def foot_word(self, entry: UserAction) -> str:
        """A key that leads nowhere is dim."""
        row = self.selected
        if entry.id == "dream-toggle":
            if row is None or not row.is_branch:
                return ""
            return "expand" if row.path in self._folded else "collapse"
        return entry.bar

    @on(OptionList.OptionHighlighted)
    def _about(self) -> None:
        self.query_one(Foot).renew()
        row = self.selected
        nothing = text_of(("docs/dream-states.md explains the documents", MUTED))
        self.query_one("#dream-about", Static).update(about(row, self._document(row)) if row is not None else nothing)

    def _document(self, row: DreamRow) -> DreamState | None:
        """The document of the selected organization or system; None for what has none here."""
        documents = self._read_.found.documents if self._read_ is not None else None
        known = (documents.organization, documents.system) if documents is not None else ()
        return next((each for each in known if each is not None and _is_of(each, row)), None)

    def on_resize(self) -> None:
        """The columns follow the width."""
        self._fill(self._at or 0)

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_open_close()

    def action_open_close(self) -> None:
        """Expand or collapse."""
        row = self.selected
        if row is not None and row.is_branch:
            self._folded ^= {row.path}
            self._fill(self._at or 0)

    def action_unfold(self) -> None:
        """Expand, or go to the first child."""
        row = self.selected
        if row is not None and row.path in self._folded:
            self.action_open_close()
        elif row is not None and row.is_branch:
            self.action_move(1)

    def action_fold(self) -> None:
        """Collapse, or go to the parent."""
        row = self.selected
        if row is None:
            return
        if row.is_branch and row.path not in self._folded:
            self.action_open_close()
        elif row.path:
            paths = [each.path for each in self._rows]
            self.query_one(OptionList).highlighted = paths.index(row.path[:-1])

    def action_refresh_documents(self) -> None:
        """Read again."""
        self.run_worker(self.read_again(), group="read", exclusive=True)
