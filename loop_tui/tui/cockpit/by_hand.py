"""Saying that a skill which is done by hand is done: what is checked is shown before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_tui.control.by_hand import WantedFile, waiting_by_hand, wanted_of
from loop_tui.model.text import count_of, one_line
from loop_tui.tui.widgets.choose import ChooseScreen
from loop_tui.tui.widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from textual.content import Content

    from .run_actions import RunActions


def ask_complete(cockpit: RunActions) -> None:
    """Ask whether the selected skill is done, else the one that waits."""
    waiting = waiting_by_hand(cockpit.snapshot)
    selected = cockpit.selected_skill()
    skill = selected[1] if selected is not None and selected[1] in waiting else waiting[0]
    wanted = wanted_of(cockpit.snapshot, skill)
    missing = [each.name for each in wanted if not each.size_bytes]
    no = ("no", f"not yet: {count_of(len(missing), 'file')} to write first" if missing else "no, not yet")
    options = (no,) if missing else (("yes", f"{one_line(skill, 40)} is done"), no)

    def sure(choice: str | None) -> None:
        if choice == "yes":
            cockpit.tell(lambda person: person.complete(skill), f"{skill} is done")

    title = one_line(f"Is {skill} done?", 60)
    lines: list[str | Content] = [text_of(("What is checked", "bold")), *checked(wanted)]
    if rest := [each for each in waiting if each != skill]:
        lines += ["", text_of((f"waiting after it: {one_line(', '.join(rest), 120)}", MUTED))]
    cockpit.app.push_screen(ChooseScreen(title, options, lines=lines), sure)


def checked(wanted: tuple[WantedFile, ...]) -> list[str | Content]:
    """A line for each file that a skill has to leave."""
    if not wanted:
        return [text_of(("nothing: it has no deliverables, so your word counts", MUTED))]
    return [_line(each) for each in wanted]


def _line(file: WantedFile) -> Content:
    name = one_line(file.name, 80)
    if file.size_bytes:
        return text_of(("✓ ", "$status-done"), name, (f"  {count_of(file.size_bytes, 'byte')}", MUTED))
    return text_of(("✗ ", "$status-failed"), name, "  missing or empty")
