"""One row in Recent Completions for a run that is over (SPEC section 7): written once, whatever form the section has.

A comment with the run's id, which no reader shows, stands in the row: by it the row is found again.
"""

from collections.abc import Sequence

from loop_tui.model.dream.told import CompletedRun
from loop_tui.model.dream.tree import Tier
from loop_tui.model.regex import regex

from .dream_state import read_dream_state
from .markdown import MarkdownList, MarkdownTable, Section, parse
from .rows import cell, columns_of, comment, quoted, row_line
from .splices import Splice, added_line, line_end_of, spliced
from .vocabulary import Column, Topic
from .words import plain, topic_of

_DATE = regex(r"\d{4}-\d{2}-\d{2}")
_BULLET = regex(r"[ ]{0,3}[-*+][ \t]{1,4}")
_HEADER = ("Date", "Loop", "Module", "Outcome", "Deliverables")
_TITLE = "## Recent Completions"


def marker_of(run: CompletedRun) -> str:
    """The comment by which the row of a run is known."""
    return comment("run", run.id)


def record(text: str, tier: Tier, run: CompletedRun) -> str:
    """The text with one row for a run; unchanged where it has it, and where a row would not be read as one.

    A document without the section gets it at its end. Every other byte stays.
    """
    if marker_of(run) in text:
        return text
    section = next((each for each in parse(text).whole() if topic_of(each.title) is Topic.COMPLETIONS), None)
    added = spliced(text, [_row(text, section, run) if section is not None else _new_section(text, run)])
    # Behind a comment or a fence that never ends nothing is read: what would not be seen is not written.
    before, after = (len(read_dream_state(each, tier, "").completions) for each in (text, added))
    return added if after == before + 1 else text


def _row(text: str, section: Section, run: CompletedRun) -> Splice:
    for block in section.blocks:
        if isinstance(block, MarkdownTable):
            return _in_table(text, block, run)
        if isinstance(block, MarkdownList):
            return _in_list(text, block, run)
    return _new_table(text, section, run)


def _in_table(text: str, table: MarkdownTable, run: CompletedRun) -> Splice:
    columns = columns_of(table)
    known = {
        Column.DATE: run.date,
        Column.LOOP: run.loop,
        Column.NAME: run.module,
        Column.SCOPE: run.module,
        Column.OUTCOME: run.outcome,
        Column.STATUS: run.outcome,
    }
    cells = [""] * len(table.header.cells)
    for column, at in columns.items():
        cells[at] = known.get(column, "")
    other = next((at for at in range(len(cells)) if at not in columns.values()), None)
    if other is not None:
        missing = (text for column, text in _always(run) if column not in columns)
        cells[other] = " ".join(filter(None, (*missing, run.more)))
    dates = [plain(cell(row, columns.get(Column.DATE, 0))) for row in table.rows]
    return added_line(text, table.body if _is_newest_first(dates) else table.end, row_line(cells, marker_of(run)))


def _always(run: CompletedRun) -> tuple[tuple[Column, str], ...]:
    """What a row says even where its table has no column for it."""
    return (Column.DATE, run.date), (Column.LOOP, run.loop), (Column.OUTCOME, run.outcome)


def _in_list(text: str, listing: MarkdownList, run: CompletedRun) -> Splice:
    bullet = _BULLET.match(text, listing.start)
    words = " — ".join(filter(None, (run.date, run.loop, run.module, run.outcome, run.more)))
    line = f"{bullet[0] if bullet is not None else '- '}{quoted(words)} {marker_of(run)}"
    newest_first = _is_newest_first([plain(item.text) for item in listing.items])
    return added_line(text, listing.start if newest_first else listing.end, line)


def _is_newest_first(texts: Sequence[str]) -> bool:
    """True for at least two dates, each before the one above it."""
    found = [date[0] for text in texts if (date := _DATE.match(text)) is not None]
    return len(found) > 1 and found == sorted(found, reverse=True) and found[0] != found[-1]


def _new_table(text: str, section: Section, run: CompletedRun) -> Splice:
    """A table behind what the section has."""
    end = line_end_of(text, section.body)
    table = end.join(_table(run))
    kept = text[section.body : section.end].rstrip()
    at = section.body + len(kept)
    if kept or text[at - 1] not in "\r\n":
        return Splice(at, at, f"{end}{end}{table}")
    return Splice(at, at, f"{end}{table}{end}")


def _new_section(text: str, run: CompletedRun) -> Splice:
    end = line_end_of(text)
    lead = "" if not text.strip() else end if text[-1] in "\r\n" else end + end
    return Splice(len(text), len(text), lead + end.join((_TITLE, "", *_table(run), "")))


def _table(run: CompletedRun) -> tuple[str, ...]:
    cells = (run.date, run.loop, run.module, run.outcome, run.more)
    rule = "|".join("-" * (len(name) + 2) for name in _HEADER)
    return f"| {' | '.join(_HEADER)} |", f"|{rule}|", row_line(cells, marker_of(run))
