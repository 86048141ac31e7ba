"""What the gate panel says of what was shipped: after a run, and again whenever its project is opened."""

from textual.content import Content

from loop_tui.control.shipped import Reached, Shipped
from loop_tui.model.clock import words
from loop_tui.model.text import one_line
from loop_tui.tui.projection.checks import NOT_CONFIGURED, not_configured
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.words import MUTED, STRONG, text_of

from .panel_lines import field, note, section

_SHA, _SHORT = 7, 100


def shipped_fields(shipped: Shipped) -> list[Content]:
    """What, when, which tag and commit, and how long it worked and waited: a line each that is known."""
    lines: list[Content] = []
    if shipped.version:
        before = (
            f"  was {shipped.before}" if shipped.before and shipped.is_new else "" if shipped.is_new else "  unchanged"
        )
        lines.append(field("version", (shipped.version, STRONG), (before, MUTED)))
    lines += [field("at", shipped.when)] if shipped.when else []
    lines += [field("tag", shipped.tag)] if shipped.tag else []
    lines += [field("commit", shipped.commit[:_SHA])] if shipped.commit else []
    return [*lines, *times_fields(shipped.working_ms, shipped.waiting_ms)]


def times_fields(working_ms: int | None, waiting_ms: int | None) -> list[Content]:
    """How long it worked; what it waited for people stands apart."""
    waited = f"  and waited {words(waiting_ms)}" if waiting_ms else ""
    if working_ms is None:
        return [field("waited", words(waiting_ms))] if waiting_ms else []
    return [field("worked", words(working_ms), (waited, MUTED))]


def where_it_is(shipped: Shipped) -> list[Content]:
    """How far each target got, and the address or the proof that it named; what was skipped is no trouble."""
    lines = section("Where it is") if shipped.places else []
    for place in shipped.places:
        lines += _place(place) if glyphs.level(place.level) != NOT_CONFIGURED else []
    left = (place.name for place in shipped.places if glyphs.level(place.level) == NOT_CONFIGURED)
    return [*lines, *not_configured(left)]


def _place(place: Reached) -> list[Content]:
    look = glyphs.level(place.level)
    lines = [text_of((f"{look.glyph} {place.level or look.word:<10}", f"${look.tone}"), (f" {place.name}", "bold"))]
    return [*lines, note(f"  {place.proof}")] if place.proof else lines


def last_time(shipped: Shipped | None) -> list[Content]:
    """Before a run: what the last one shipped."""
    if shipped is None:
        return []
    worked = f"worked {words(shipped.working_ms)}" if shipped.working_ms is not None else ""
    waited = f"waited {words(shipped.waiting_ms)}" if shipped.waiting_ms else ""
    facts = (shipped.when, shipped.tag, shipped.commit[:_SHA], worked, waited)
    lines = section(f"Last shipped: {shipped.what}" if shipped.version else "Last run")
    lines.append(note(", ".join(fact for fact in facts if fact)))
    for place in shipped.places:
        look = glyphs.level(place.level)
        if look.tone != "status-skipped":
            proof = (f"  {one_line(place.proof, _SHORT)}", MUTED)
            lines.append(text_of((f"{look.glyph} ", f"${look.tone}"), place.name, proof))
    return lines
