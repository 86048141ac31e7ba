"""What one line says of a folded step: `test  11/11 passing  2.4s  142 lines`."""

from loop_tui.model.clock import words
from loop_tui.model.text import count_of, one_line

from .log_steps import Step


def folded_text(step: Step, lines: int) -> tuple[str, str, str]:
    """Its name, what came of it, and how long it was: in time and in lines."""
    title = step.name if step.said else step.title
    rest = [words(step.took_ms)] if step.took_ms else []
    rest += [count_of(step.warnings, "warning")] if step.warnings else []
    rest += [count_of(lines, "line")]
    return one_line(title), one_line(step.said), "  ".join(rest)
