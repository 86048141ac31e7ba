"""Folding a step of the log, and unfolding it: from the key to the screen."""

import sys
from collections.abc import Iterator
from time import perf_counter

from bench.lines import moment_of, settle
from bench.measure import Budget, Row, Setting, percentile
from bench.saving import write_state
from bench.screen import terminal

_KEY_MS = 50.0
_VERDICT = "7/7 passing"
_LINE = "what a test prints"


def fold(where: Setting) -> Iterator[Row]:
    """A step of a million lines, folded and unfolded. Budget: SCREEN "Skill log", keys under 50 ms at p99."""
    count = where.times(1_000_000, 100_000)
    ours, bare = _ms_of_keys(where, count), _ms_of_keys(where, 100)
    note = f"a step of 100 lines; p50 {percentile(ours, 50):.0f}"
    name = f"key that folds {count:,} log lines, p99"
    yield Row(name, "ms", percentile(ours, 99), percentile(bare, 99), Budget(_KEY_MS, "ours"), note)


def _ms_of_keys(where: Setting, count: int) -> list[float]:
    from loop_tui.fs.paths import ensure_run_folder
    from loop_tui.storage.log.output_log import OUTPUT_NAME

    project = where.place(f"fold-{count}")
    write_state(project, 20_000)
    head = "1767323045000\tcode-verification\t"
    lines = "".join(f"{head}out\t{_LINE} {n}\n" for n in range(count))
    log = ensure_run_folder(project, "distribution-loop") / OUTPUT_NAME
    with terminal([sys.executable, "-m", "loop_tui", str(project)], project, where.env) as screen:
        settle(screen)
        screen.type("2")
        log.write_text(f"{head}cmd\tnpm test\n{lines}{head}ok\ttest: {_VERDICT}\n")
        moment_of(screen, _VERDICT, perf_counter())
        settle(screen)
        took = []
        for number in range(where.times(200, 10)):
            start = perf_counter()
            screen.type("\r")
            took.append((moment_of(screen, _VERDICT if number % 2 else _LINE, start) - start) * 1000)
            end = perf_counter() + 0.03
            while perf_counter() < end:
                screen.read(0.01)
    return took
