"""Checks as text: what was run, how it ended, on which commit, and what it said when it failed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from rich.cells import cell_len
from textual.content import Content

from loop_tui.control.gate_facts import failing
from loop_tui.control.snapshot import Snapshot
from loop_tui.model.clock import words
from loop_tui.model.evidence import Check
from loop_tui.model.excerpt import telling
from loop_tui.model.failed_tests import split_excerpt
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import count_of, one_line
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.words import MUTED, look, text_of

from .targets import elapsed, targets_of

EXCERPT_LINES = 14
QUOTE = "  │ "
_SHORT_SHA = 8
_LONGEST_LINE = 500


def counted(checks: Sequence[Check]) -> str:
    """How many of the checks that ran here passed; what was skipped, and what others report, is told apart."""
    here = [check for check in checks if check.ran_here]
    ran = [check for check in here if check.status is not CheckStatus.SKIPPED]
    passed = sum(1 for check in ran if check.passed)
    skipped, told = len(here) - len(ran), len(checks) - len(here)
    more = f", {skipped} skipped" if skipped else ""
    return f"{passed} of {count_of(len(ran), 'check')} passed{more}" + (f", {told} reported" if told else "")


def checks_text(
    checks: Sequence[Check], missing: Sequence[str] = (), names: Mapping[str, str] = MappingProxyType({})
) -> list[Content]:
    """Every check with its evidence, the failed ones first and with the tail of their output.

    `names` are those of targets, by the id that their checks have.
    """
    ordered = [*failing(checks), *[c for c in checks if c.status is not CheckStatus.FAILED]]
    lines: list[Content] = []
    for check in ordered:
        lines += _check(check, names)
    return lines + [text_of(("○ not run ", MUTED), one_line(names.get(name, name), 60)) for name in missing]


def _check(check: Check, names: Mapping[str, str]) -> list[Content]:
    name = one_line(names.get(check.name, check.name), 60)
    if check.status is CheckStatus.SKIPPED and check.ran_here:
        reason = f" ({one_line(check.summary, 120)})" if check.summary else ""
        return [text_of(("– ", "$status-skipped"), (f"{name}: ", "bold"), (f"skipped{reason}", "$status-skipped"))]
    lines = [text_of(look(glyphs.check(check.status, ran_here=check.ran_here)), (f" {name}", "bold"), _tail(check))]
    if check.command:
        lines.append(text_of(("  $ ", MUTED), one_line(check.command, 300)))
    if check.reported_by:
        lines.append(text_of((f"  reported by {one_line(check.reported_by, 60)}; did not run here", MUTED)))
    facts = _facts(check)
    if facts:
        lines.append(text_of((f"  {facts}", MUTED)))
    output = split_excerpt(check.excerpt)[1]
    if check.status is CheckStatus.FAILED and output and not check.shows:
        lines += excerpt_text(output)
    return lines


def _tail(check: Check) -> tuple[str, str]:
    """What it says in short; the first failed test is left out where all of them are listed."""
    said = one_line(check.summary, 400)
    for test in split_excerpt(check.excerpt)[0][:1] if check.status is CheckStatus.FAILED else ():
        said = said.partition(f": {test.name}")[0]
    return (f"  {one_line(said, 200)}" if said else "", MUTED)


def _facts(check: Check) -> str:
    facts = []
    if check.exit_code is not None:
        facts.append(f"exit {check.exit_code}")
    if check.duration_ms is not None:
        facts.append(words(check.duration_ms))
    if check.commit:
        facts.append(f"commit {one_line(check.commit)[:_SHORT_SHA]}")
    return " · ".join(facts)


def targets_text(snapshot: Snapshot, now: datetime | None) -> list[Content]:
    """How far each target got, what it waits for and for how long, with a heading; nothing when none is known.

    Those that are not configured are named in one line at the end.
    """
    state = snapshot.state or (snapshot.ended.state if snapshot.ended is not None else None)
    found = targets_of(state, snapshot.definition, watched=snapshot.driven) if state is not None else ()
    if not found:
        return []
    lines = [Content(), text_of(("Targets", "bold $status-muted"))]
    for target in found:
        if target.look == NOT_CONFIGURED:
            continue
        took = elapsed(target, now)
        level = (f"{target.look.glyph} {target.look.word:<10}", f"${target.look.tone}")
        lines.append(text_of(level, (f" {target.title}", "bold"), (f"  {took}" if took else "", MUTED)))
        said = target.note or target.found
        lines += [text_of((f"  {said}", MUTED))] if said else []
    return [*lines, *not_configured(target.title for target in found if target.look == NOT_CONFIGURED)]


NOT_CONFIGURED = glyphs.level("not configured")


def not_configured(names: Iterable[str]) -> list[Content]:
    """The targets that are none of this project's, in one line."""
    named = ", ".join(names)
    look = (f"{NOT_CONFIGURED.glyph} {NOT_CONFIGURED.word}", f"${NOT_CONFIGURED.tone}")
    return [text_of(look, (f"  {named}", MUTED))] if named else []


def excerpt_text(excerpt: str, most: int = EXCERPT_LINES) -> list[Content]:
    """The lines of some output that tell why it failed, marked as a quotation."""
    lines = excerpt.rstrip().split("\n")
    above, shown = telling(lines, most)
    below = len(lines) - above - len(shown)
    head = [text_of((f"  │ … {count_of(above, 'line')} above", MUTED))] if above else []
    foot = [text_of((f"  │ … {count_of(below, 'line')} below", MUTED))] if below else []
    return [*head, *(text_of((QUOTE, "$status-failed"), line.expandtabs(4)[:_LONGEST_LINE]) for line in shown), *foot]


def folded_quote(line: Content, width: int) -> list[Content]:
    """A quoted line that is too wide as several, each with the mark; any other line as it is."""
    if not line.plain.startswith(QUOTE) or line.cell_length <= width or width < 2 * len(QUOTE):
        return [line]
    parts: list[Content] = []
    part, used = "", 0
    for character in line.plain[len(QUOTE) :]:
        cells = cell_len(character)
        if used + cells > width - len(QUOTE):
            parts.append(text_of((QUOTE, "$status-failed"), part))
            part, used = "", 0
        part, used = part + character, used + cells
    return [*parts, text_of((QUOTE, "$status-failed"), part)]
