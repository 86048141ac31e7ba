"""One check with all of its evidence, as a page."""

from loop_tui.model.clock import words
from loop_tui.model.evidence import Check
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line
from loop_tui.tui.widgets import glyphs

from .page import Page

_LONGEST_LINE = 2000


def check_page(check: Check, where: str = "") -> Page:
    """What was run, how it ended, on what, when, and what it said. `where` is the skill or the gate."""
    look = glyphs.check(check.status, ran_here=check.ran_here)
    name = one_line(check.name, 120)
    facts = [
        ("reported", f"by {one_line(check.reported_by, 60)}: did not run here" if check.reported_by else ""),
        ("summary", mask(one_line(check.summary, _LONGEST_LINE))),
        ("command", mask(one_line(check.command, _LONGEST_LINE))),
        ("exit code", "" if check.exit_code is None else str(check.exit_code)),
        ("took", "" if check.duration_ms is None else words(check.duration_ms)),
        ("commit", one_line(check.commit, 80)),
        ("tree", one_line(check.tree, 80)),
        ("at", one_line(check.at, 40)),
    ]
    lines = [f"{look.glyph} {look.word}  {name}", ""]
    lines += [f"{what:<10} {said}" for what, said in facts if said]
    missing = [what for what, said in facts[1:] if not said]
    if missing:
        lines += ["", f"not recorded: {', '.join(missing)}"]
    excerpt = mask(clean(check.excerpt)).rstrip()
    lines += ["", "the end of its output:", "", *excerpt.split("\n")] if excerpt else ["", "no output"]
    return Page(f"Check {name}", "\n".join(lines), note=one_line(where, 60))
