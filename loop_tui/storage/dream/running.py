"""One row in Active Loops while a run goes on (SPEC section 7): added, kept at its phase, and taken away again.

Only a section with a table or a list gets a row, so that what is left behind is, byte for byte, what was there before.
"""

from collections.abc import Iterator

from loop_tui.model.dream.told import RunningLoop
from loop_tui.model.dream.tree import Tier
from loop_tui.model.regex import regex

from .dream_state import read_dream_state
from .markdown import MarkdownList, MarkdownTable, Section, parse
from .rows import columns_of, comment, quoted, row_line
from .splices import Splice, added_line, spliced
from .vocabulary import Column, Topic
from .words import topic_of

_BULLET = regex(r"[ ]{0,3}[-*+][ \t]{1,4}")


def running_mark(run: str) -> str:
    """The comment by which the row of a run that goes on is known."""
    return comment("running", run)


def enter(text: str, tier: Tier, loop: RunningLoop) -> str:
    """The text with the row of a run that goes on; the row that is there says the phase that it is in now."""
    if running_mark(loop.id) in text:
        return spliced(text, _phase(text, loop))
    added = next((_added(text, block, loop) for section in _sections(text) for block in _blocks(section)), None)
    if added is None:
        return text
    made = spliced(text, [added])
    # Where nothing is read, as behind a fence that never ends, nothing is written.
    before, after = (len(read_dream_state(each, tier, "").loops) for each in (text, made))
    return made if after == before + 1 and leave(made, loop.id) == text else text


def leave(text: str, run: str) -> str:
    """The text without the row of a run."""
    line = _line_of(text, run)
    if line is None:
        return text
    start, end = line
    if end < len(text):
        end += 2 if text[end : end + 2] == "\r\n" else 1
    elif start:  # It is the last line and has no end: that of the line before came with it.
        start -= 2 if text[start - 2 : start] == "\r\n" else 1
    return text[:start] + text[end:]


def _sections(text: str) -> Iterator[Section]:
    return (each for each in parse(text).whole() if topic_of(each.title) is Topic.LOOPS)


def _blocks(section: Section) -> Iterator[MarkdownTable | MarkdownList]:
    return (block for block in section.blocks if isinstance(block, MarkdownTable | MarkdownList))


def _line_of(text: str, run: str) -> tuple[int, int] | None:
    """Where the line with the row of a run begins and ends, its line end not counted; only in Active Loops."""
    mark = running_mark(run)
    if mark not in text:
        return None
    for section in _sections(text):
        at = text.find(mark, section.body, section.end)
        if at >= 0:
            start = max(text.rfind(end, 0, at) for end in "\r\n") + 1
            return start, min((end for each in "\r\n" if (end := text.find(each, at)) >= 0), default=len(text))
    return None


def _phase(text: str, loop: RunningLoop) -> list[Splice]:
    """What makes the row say the phase: nothing where it says it, and where the row is not as it was written."""
    line, mark = _line_of(text, loop.id), running_mark(loop.id)
    if line is None:
        return []
    start, end = line
    for block in (block for section in _sections(text) for block in _blocks(section)):
        if isinstance(block, MarkdownTable):
            at = columns_of(block).get(Column.PHASE)
            for row in block.rows:
                if row.start == start and at is not None and at < len(row.cells):
                    place = row.cells[at]
                    # A phase in the last cell has the mark behind it.
                    now = f"{quoted(loop.phase)} {mark}" if mark in place.text else quoted(loop.phase)
                    return [] if place.text == now else [Splice(place.start, place.end, now)]
        elif block.start <= start < block.end and (bullet := _BULLET.match(text, start)) is not None:
            now = f"{_words(loop)} {mark}"
            return [] if text[bullet.end() : end] == now else [Splice(bullet.end(), end, now)]
    return []


def _added(text: str, block: MarkdownTable | MarkdownList, loop: RunningLoop) -> Splice:
    mark = running_mark(loop.id)
    if isinstance(block, MarkdownList):
        bullet = _BULLET.match(text, block.start)
        return added_line(text, block.end, f"{bullet[0] if bullet is not None else '- '}{_words(loop)} {mark}")
    known = {
        Column.LOOP: loop.loop,
        Column.PHASE: loop.phase,
        Column.STARTED: loop.started,
        Column.DATE: loop.started,
        Column.NAME: loop.module,
        Column.SCOPE: loop.module,
    }
    cells = [""] * len(block.header.cells)
    for column, at in columns_of(block).items():
        cells[at] = known.get(column, "")
    return added_line(text, block.end, row_line(cells, mark))


def _words(loop: RunningLoop) -> str:
    return quoted(" — ".join(filter(None, (loop.loop, loop.module, loop.phase, loop.started))))
