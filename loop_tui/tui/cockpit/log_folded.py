"""What one line says of a folded step: `test  11/11 passing  2.4s  142 lines`."""

from loop_tui.model.clock import words
from loop_tui.model.text import one_line

from .log_steps import Step


def folded_text(step: Step, lines: int) -> tuple[str, str, str]:
    """Its name, what came of it, and how long it was: in time and in lines."""
    title = step.name if step.said else step.title
    rest = [words(step.took_ms)] if step.took_ms else []
    rest += [f"{step.warnings} warning{'s' if step.warnings != 1 else ''}"] if step.warnings else []
    rest += [f"{lines:,} line{'s' if lines != 1 else ''}"]
    return one_line(title), one_line(step.said), "  ".join(rest)
