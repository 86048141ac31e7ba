"""The lines that the texts of the gate panel are made of."""

from textual.content import Content

from loop_tui.control.attention import Attention
from loop_tui.control.snapshot import Snapshot
from loop_tui.engine.progress import table
from loop_tui.model.panel import GONE, NEW, WRONG
from loop_tui.model.text import one_line
from loop_tui.tui.actions import with_keys
from loop_tui.tui.projection.phase_look import phase_look
from loop_tui.tui.widgets.words import MUTED, STRONG, Part, text_of

BLANK = Content()


def heading(need: Attention, tone: str, glyph: str) -> Content:
    """What is the matter, in a line."""
    return text_of((f"{glyph} ", f"${tone}"), (need.headline, f"bold ${tone}"))


def field(name: str, *value: Part) -> Content:
    """A name and its value."""
    return text_of((f"{name:<9} ", MUTED), *value)


def key_line(action_id: str, what: str, then: str = "") -> Content:
    """A line that names the key of an action, as the person set it."""
    return text_of(
        (with_keys(f"{{{action_id}}} "), "bold $status-running"), f" {what}", (f"  {then}" if then else "", MUTED)
    )


def note(text: str) -> Content:
    """A line that only explains."""
    return text_of((text, MUTED))


def marked(line: str) -> Content:
    """A line of a pack, with what is wrong, new or gone in the colour of its mark."""
    return text_of((line, tone) if (tone := _MARKS.get(line[:2], "")) else line)


_MARKS = {WRONG: "bold $status-failed", NEW: "$status-done", GONE: "$status-waiting"}


def section(title: str) -> list[Content]:
    """A blank line and a title."""
    return [Content(), text_of((title, "bold $status-muted"))]


def phases_table(snapshot: Snapshot) -> list[Content]:
    """The table of phases: status and skills done of all."""
    shown = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    if shown is None:
        return []
    rows = table(shown)
    width = max([len(one_line(r.phase, 20)) for r in rows] + [5])
    lines = [BLANK, text_of((f"{'Phase':<{width}}  {'Status':<10} Skills", MUTED))]
    for row in rows:
        found = phase_look(shown, snapshot.definition, row.phase, row.status)
        name = f"{one_line(row.phase, 20):<{width}}  "
        style = STRONG if row.phase == shown.phase else ""
        lines.append(text_of((name, style), (f"{found.glyph} {found.word:<8}", f"${found.tone}"), f" {row.skills}"))
    return lines
