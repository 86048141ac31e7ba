"""What a check found, listed in the panel where a person decides: folded, what matters first."""

from textual.content import Content

from loop_tui.control.attention import AttentionKind
from loop_tui.control.gate_facts import listed_checks
from loop_tui.control.snapshot import Snapshot
from loop_tui.model.evidence import Check
from loop_tui.model.text import one_line
from loop_tui.tui.actions import with_keys

from .panel_lines import marked, note, section

_MOST_LINES = 14
_LONGEST = 300
_WITH_CHECKS = (AttentionKind.GATE, AttentionKind.FAILED)
"""Where the checks stand in the panel, too, each with its summary."""


def listed(snapshot: Snapshot) -> list[Content]:
    """The lists of the checks that have one, each below its heading."""
    targets = {target.id for target in snapshot.definition.targets} if snapshot.definition is not None else set()
    lines: list[Content] = []
    for check in listed_checks(snapshot):
        is_said = snapshot.attention.kind in _WITH_CHECKS or check.name in targets
        lines += _list(check, "" if is_said else one_line(check.summary, _LONGEST), _where_all(snapshot, check))
    return lines


def _where_all(snapshot: Snapshot, check: Check) -> str:
    """Where all lines are shown; where a text is typed, no key of the panel does it."""
    if snapshot.attention.kind is AttentionKind.QUESTION:
        return with_keys(f"open {one_line(check.name, 40)} in the phase tree ({{pane-tree}})")
    return with_keys("{evidence} shows all")


def _list(check: Check, summary: str, all_of_it: str) -> list[Content]:
    title, tree = one_line(check.shows, 40), one_line(check.tree)[:7]
    lines = section(f"{title[:1].upper()}{title[1:]}")
    facts = [fact for fact in (summary, f"tree {tree}" if tree else "") if fact]
    lines += [note(", ".join(facts))] if facts else []
    found = [line for line in check.excerpt.splitlines() if line.strip()]
    lines += [marked(f"{line[:2]}{one_line(line[2:], _LONGEST)}") for line in found[:_MOST_LINES]]
    more = len(found) - _MOST_LINES
    return [*lines, note(f"… {more} more: {all_of_it}")] if more > 0 else lines
