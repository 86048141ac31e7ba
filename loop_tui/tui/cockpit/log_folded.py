"""What one line says of a folded step: `test  11/11 passing  2.4s  142 lines`."""

from rich.cells import cell_len

from loop_tui.model.clock import words
from loop_tui.model.text import count_of, one_line

from .log_steps import Step


def folded_text(step: Step, lines: int, width: int) -> tuple[str, str, str]:
    """Its name, what came of it, and how long it was: in time and in lines.

    Where the three do not fit in so many cells, what came of it tells more than how long it was.
    """
    title, said = one_line(step.name if step.said else step.title), one_line(step.said)
    took = words(step.took_ms) if step.took_ms else ""
    warned = count_of(step.warnings, "warning") if step.warnings else ""
    for facts in ((took, warned, count_of(lines, "line")), (took, warned)):
        rest = "  ".join(filter(None, facts))
        if cell_len(title) + cell_len(said) + cell_len(rest) + 4 <= width:
            return title, said, rest
    return title, said, warned
