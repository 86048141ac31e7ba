"""Lines a second from a child: through `process.shell`, and on into the pane, against `cat`."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from bench.measure import Budget, NotAvailable, Row, Setting, medians, ms_of
from bench.saving import write_state
from bench.screen import Terminal, terminal

_BUDGET = Budget(0.15, "ratio", "at least")
_SETTLED_S = 1.0
_LONGEST_S = 60.0

_CHILD = "import sys; w = sys.stdout.write\nfor i in range({count}): w(f'line {{i}} of what a build prints\\n')"


def shell(where: Setting) -> Iterator[Row]:
    """A million lines from a child to the callback of `process.shell.run`. Budget: PERF "Running programs"."""
    count = where.times(1_000_000, 100_000)
    ours, bare = medians(
        [lambda: ms_of(lambda: _through_shell(where, count, _nowhere)), lambda: ms_of(lambda: _through_cat(count))],
        where.times(5, 2),
    )
    name = f"{count:,} lines through tools.shell"
    yield Row(name, "lines/ms", count / ours, count / bare, _BUDGET, "the child | cat")


def pane(where: Setting) -> Iterator[Row]:
    """The same lines on through the output log until the screen shows the last of them. Budget as for `shell`."""
    count = where.times(1_000_000, 100_000)
    ours, bare = medians(
        [lambda: _ms_to_pane(where, count), lambda: ms_of(lambda: _through_cat(count))], where.times(3, 1), warm=0
    )
    name = f"{count:,} lines from the child to the pane"
    yield Row(name, "lines/ms", count / ours, count / bare, _BUDGET, "the child | cat")


def _argv(count: int) -> list[str]:
    # -I: PYTHONUNBUFFERED in the environment would make the child itself the slow part.
    return [sys.executable, "-I", "-c", _CHILD.format(count=count)]


def _through_cat(count: int) -> None:
    child = subprocess.Popen(_argv(count), stdout=subprocess.PIPE)
    subprocess.run(["cat"], stdin=child.stdout, stdout=subprocess.DEVNULL, check=True)
    if child.stdout:
        child.stdout.close()
    child.wait()


def _nowhere(texts: Sequence[str]) -> None:
    """Takes lines and does nothing with them."""


def _through_shell(where: Setting, count: int, take: Callable[[Sequence[str]], None]) -> None:
    from loop_tui.process.shell import Lines, run

    seen = 0

    def pass_on(lines: Lines) -> None:
        nonlocal seen
        seen += len(lines)
        take(lines.texts)

    result = asyncio.run(run(_argv(count), cwd=where.folder, on_lines=pass_on, max_lines=2 * count))
    if not result.ok or seen != count:
        raise NotAvailable(f"{seen} of {count} lines arrived, exit code {result.exit_code}")


def _ms_to_pane(where: Setting, count: int) -> float:
    """Milliseconds from the start of the child until its last line stands on the screen of `loop-tui`."""
    from loop_tui.cli.wiring import SystemClock
    from loop_tui.driver.output import Output
    from loop_tui.fs.paths import ensure_run_folder
    from loop_tui.model.log import LogLevel
    from loop_tui.storage.log.output_log import OUTPUT_NAME, OutputLog

    project = where.place("pane")
    write_state(project, 20_000)
    output = Output(OutputLog(ensure_run_folder(project, "distribution-loop") / OUTPUT_NAME), (), None, SystemClock())

    def work() -> None:
        _through_shell(where, count, lambda texts: output.lines("code-verification", texts, LogLevel.OUT))
        output.flush()

    with terminal([sys.executable, "-m", "loop_tui", str(project)], project, where.env) as screen:
        settle(screen)
        start = time.perf_counter()
        worker = threading.Thread(target=work)
        worker.start()
        try:
            return (moment_of(screen, f"line {count - 1} of", start) - start) * 1000
        finally:
            worker.join()


def settle(screen: Terminal) -> None:
    """Waits until the screen is silent, or for a while when something on it moves."""
    deadline = time.perf_counter() + 3 * _SETTLED_S
    while screen.read(_SETTLED_S) and time.perf_counter() < deadline:
        pass


def moment_of(screen: Terminal, wanted: str, start: float) -> float:
    """The moment at which a text was painted; raises NotAvailable when it never is."""
    before = ""
    while time.perf_counter() - start < _LONGEST_S and not screen.closed:
        chunk = screen.read(_SETTLED_S)
        if chunk:
            moment, output = chunk
            before = before[-len(wanted) :] + output
            if wanted in before:
                return moment
    raise NotAvailable(f"the screen never showed {wanted!r}")
