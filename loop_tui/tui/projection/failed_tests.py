"""The tests that failed, as the panel lists them: name, place and message, with a cursor on one of them."""

from collections.abc import Sequence

from textual.content import Content

from loop_tui.control.attention import AttentionKind
from loop_tui.control.gate_facts import checks_shown, failed_checks
from loop_tui.control.snapshot import Snapshot
from loop_tui.model.failed_tests import FailedTest, failed_tests
from loop_tui.model.text import count_of, one_line
from loop_tui.tui.widgets.words import MUTED, text_of

MOST_SHOWN = 5
"""What can be done stands below: more at a time would move the keys out of sight on a small screen."""
_NAME, _MESSAGE = 160, 200


def tests_of(snapshot: Snapshot) -> tuple[FailedTest, ...]:
    """The named tests behind a failed gate, a failed skill or a run that is blocked; none for anything else."""
    need, state = snapshot.attention, snapshot.state
    if state is None or need.kind not in (AttentionKind.FAILED, AttentionKind.GATE, AttentionKind.BLOCKED):
        return ()
    return failed_tests(failed_checks(state) if need.kind is AttentionKind.BLOCKED else checks_shown(snapshot))


def failures_text(tests: Sequence[FailedTest], selected: int = 0, keys: str = "") -> list[Content]:
    """The tests around the selected one below a heading; `keys` says how it is opened. Nothing for no tests."""
    if not tests:
        return []
    selected = max(0, min(selected, len(tests) - 1))
    first = max(0, min(selected - MOST_SHOWN // 2, len(tests) - MOST_SHOWN))
    last = min(len(tests), first + MOST_SHOWN)
    count = count_of(len(tests), "failed test")
    lines = [Content(), text_of((count, "bold $status-muted"), (f"  {keys}" if keys else "", MUTED))]
    lines += [text_of((f"  … {first} above", MUTED))] if first else []
    for number in range(first, last):
        lines += _test(tests[number], is_selected=number == selected)
    return [*lines, text_of((f"  … {len(tests) - last} more", MUTED))] if last < len(tests) else lines


def _test(test: FailedTest, *, is_selected: bool) -> list[Content]:
    mark = ("▸ ", "bold $status-running") if is_selected else ("  ", "")
    lines = [text_of(mark, ("✗ ", "$status-failed"), (one_line(test.name, _NAME), "bold"))]
    lines += [text_of(f"    {one_line(test.message, _MESSAGE)}")] if test.message else []
    return [*lines, text_of((f"    {one_line(test.place, _NAME)}", MUTED))] if test.file else lines
