"""A screen that lives: changes from outside, a chatty log, a thousand runs (issue rows beside PERF's)."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.lines import moment_of, settle
from bench.measure import Budget, NotAvailable, Row, Setting, percentile
from bench.saving import write_state
from bench.screen import Terminal, terminal
from bench.watching import inotify

_LOOP = "distribution-loop"
_SAID = "paused"
_TO_PAINT_MS = 40.0
_KEY_MS = 50.0
_RUNS = 1000
_CHANGES_S = 100
_MOST_CPU = 50.0


def outside(where: Setting) -> Iterator[Row]:
    """From the replacement of a state file by somebody else to the screen. Budget: PERF "Watching"."""
    bare = inotify(where.place("outside-bare"), where.times(60, 5))
    for size, limit in ((20_000, _TO_PAINT_MS), (2_000_000, None)):
        ours = _ms_to_paint(where, size, where.times(40, 5))
        words = "20 KB" if size < 1_000_000 else "2 MB"
        note = f"inotify alone; p95 {percentile(ours, 95):.0f}"
        budget = Budget(limit, "ours") if limit else None
        yield Row(
            f"outside change to screen, {words}, p50", "ms", percentile(ours, 50), percentile(bare, 50), budget, note
        )


def _ms_to_paint(where: Setting, size: int, times: int) -> list[float]:
    project = where.place("outside")
    write_state(project, size)
    path = project / f"{_LOOP.removesuffix('-loop')}-state.json"
    document = json.loads(path.read_text("utf-8"))
    took = []
    with terminal([sys.executable, "-m", "loop_tui", str(project)], project, where.env) as screen:
        settle(screen)
        for number in range(times):
            document["context"]["system"] = f"seen-{number:05d}"
            data = json.dumps(document, indent=2).encode()
            temporary = path.with_suffix(".tmp")
            temporary.write_bytes(data)
            start = time.perf_counter()
            temporary.rename(path)
            took.append((moment_of(screen, f"{number:05d}", start) - start) * 1000)
            _settle_briefly(screen)
    return took


def _settle_briefly(screen: Terminal) -> None:
    while screen.read(0.05):
        pass


def keys(where: Setting) -> Iterator[Row]:
    """A letter typed into the search of the log while coloured lines come in as fast as the log takes them."""
    count = 100_000 if where.quick else 1_000_000
    project = where.place("keys")
    write_state(project, 20_000)
    argv = [sys.executable, "-m", "loop_tui", str(project)]
    with terminal(argv, project, where.env) as screen:
        settle(screen)
        for key in "2/":
            screen.type(key)
            settle(screen)
        quiet = [_ms_of_letter(screen) for _ in range(where.times(40, 5))]
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(project), str(count)], env=where.env)
        took = []
        while writer.poll() is None:
            took.append(_ms_of_letter(screen))
        if writer.returncode or not took:
            raise NotAvailable(f"the writer ended with {writer.returncode} after {len(took)} keys")
    note = f"the same without a log; {len(took)} keys, p50 {percentile(took, 50):.0f}, worst {max(took):.0f}"
    name = f"key during {count:,} log lines, p99"
    yield Row(name, "ms", percentile(took, 99), percentile(quiet, 99), Budget(_KEY_MS, "ours"), note)


_LETTER = "ж"
"""Stands nowhere else on the screen."""

_WRITER = """
import sys, time
from pathlib import Path
from loop_tui.driver.output import Output
from loop_tui.cli.wiring import SystemClock
from loop_tui.storage.log.output_log import OUTPUT_NAME, OutputLog
from loop_tui.fs.paths import ensure_run_folder
from loop_tui.process.output_lines import Lines
log = OutputLog(ensure_run_folder(Path(sys.argv[1]), "distribution-loop") / OUTPUT_NAME)
output = Output(log, (), None, SystemClock())
count, at = int(sys.argv[2]), 0
while at < count:
    output.printed("code-verification", Lines([f"\x1b[32mok\x1b[0m {n} of {count}" for n in range(at, at + 1000)]))
    output.flush()
    at += 1000
    time.sleep(0.01)
"""


def _ms_of_letter(screen: Terminal) -> float:
    """From the key to the letter on the screen; it is taken back."""
    start = time.perf_counter()
    screen.type(_LETTER)
    moment = moment_of(screen, _LETTER, start)
    screen.type("\x7f")
    end = time.perf_counter() + 0.03
    while time.perf_counter() < end:
        screen.read(0.01)
    return (moment - start) * 1000


def memory(where: Setting) -> Iterator[Row]:
    """What the screen holds after the lines of an hour, a thousand a second, against those of the first minutes.

    They come a hundred times as fast.
    """
    first, last = (20_000, 200_000) if where.quick else (400_000, 3_600_000)
    project = where.place("memory")
    write_state(project, 20_000)
    argv = [sys.executable, "-m", "loop_tui", str(project)]
    with terminal(argv, project, where.env) as screen:
        settle(screen)
        sizes = []
        for count in (first, last - first):
            writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(project), str(count)], env=where.env)
            while writer.poll() is None:
                screen.read(0.05)
            settle(screen)
            sizes.append(psutil.Process(screen.pid).memory_info().rss / 1e6)
    note = f"the same process after {first:,} lines"
    yield Row(f"memory after {last:,} log lines", "MB", sizes[1], sizes[0], Budget(1.1), note)


def home(where: Setting) -> Iterator[Row]:
    """A thousand runs on one screen, a hundred changes a second: how soon a change shows, and what it costs."""
    count = 100 if where.quick else _RUNS
    root = where.place("home-runs")
    paths = _runs(root, count)
    argv = [sys.executable, "-m", "loop_tui", "watch", str(root)]
    with terminal(argv, root, where.env) as screen:
        settle(screen)
        settle(screen)
        process = psutil.Process(screen.pid)
        idle = _cpu(process, screen, where.times(5, 1))
        stop = threading.Event()
        churn = threading.Thread(target=_churn, args=(paths[1:], stop))
        took = []
        before, began = _seconds(process), time.perf_counter()
        churn.start()
        try:
            for number in range(where.times(30, 3)):
                took.append(_ms_to_row(screen, paths[0], number))
        finally:
            stop.set()
            churn.join()
        cpu = 100 * (_seconds(process) - before) / (time.perf_counter() - began)
    note = f"one core; idle {idle:.1f} %"
    yield Row(f"{count:,} runs, {_CHANGES_S} changes/s: CPU", "%", cpu, idle or 0.01, Budget(_MOST_CPU, "ours"), note)
    note = f"p95 {percentile(took, 95):.0f}; bare is the pause between two pictures"
    yield Row(f"{count:,} runs: change to screen, p50", "ms", percentile(took, 50), 100.0, Budget(2.0), note)


def _runs(root: Path, count: int) -> list[Path]:
    model = root / "model"
    model.mkdir()
    write_state(model, 2_000)
    text = (model / "distribution-state.json").read_text("utf-8")
    (model / "distribution-state.json").unlink()
    paths = []
    for number in range(count):
        folder = root / f"g{number % 20}" / f"p{number:04d}"
        folder.mkdir(parents=True)
        path = folder / "distribution-state.json"
        path.write_text(text.replace('"bench"', f'"run-{number:04d}"'), "utf-8")
        paths.append(path)
    return paths


def _churn(paths: list[Path], stop: threading.Event) -> None:
    number = 0
    while not stop.wait(1 / _CHANGES_S):
        path = paths[number % len(paths)]
        text = path.read_text("utf-8")
        words = ('"active"', f'"{_SAID}"') if f'"status": "{_SAID}"' not in text else (f'"{_SAID}"', '"active"')
        _put(path, text.replace(f'"status": {words[0]}', f'"status": {words[1]}', 1))
        number += 1


def _put(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, "utf-8")
    temporary.rename(path)


def _ms_to_row(screen: Terminal, path: Path, number: int) -> float:
    document = json.loads(path.read_text("utf-8"))
    document["context"]["system"] = f"seen-{number:05d}"
    document["status"] = "blocked"
    document["last_updated"] = f"2030-01-02T03:04:{number % 60:02d}.000Z"
    start = time.perf_counter()
    _put(path, json.dumps(document, indent=2))
    return (moment_of(screen, f"{number:05d}", start) - start) * 1000


def _cpu(process: psutil.Process, screen: Terminal, seconds: float) -> float:
    before, end = _seconds(process), time.perf_counter() + seconds
    while time.perf_counter() < end:
        screen.read(0.1)
    return 100 * (_seconds(process) - before) / seconds


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
