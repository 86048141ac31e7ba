"""Running mutants: each in a copy of the tree, with the tests that have to notice it."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import psutil

from .table import ROOT, Mutant, Stale, mutated

KILLED, SURVIVED, STALE, BROKEN = "killed", "survived", "stale", "broken"
_FAILED, _PASSED = 1, 0
_NAMED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
# Kept by the isolated world of the tests, so that what they start can be told by it.
_MARK = "PYTEST_MUTANT"
# Python takes a compiled file for current when time (whole seconds) and size of its source are the same. Mutants come
# faster than one a second and may be of equal size, so each version of a file gets a second of its own.
_SECONDS = itertools.count(1_000_000_000)


@dataclass(frozen=True)
class Result:
    """What became of a mutant. `by` is the test that noticed, or what is wrong with the entry."""

    mutant: Mutant
    status: str
    line: int = 0
    by: str = ""
    took_s: float = 0.0


def run_all(
    mutants: Sequence[Mutant], *, jobs: int, timeout_s: float, tell: Callable[[Result], None], root: Path = ROOT
) -> list[Result]:
    """The results in the order of the mutants. `tell` hears of each as it comes."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(min(jobs, len(mutants))):
            copies.put(copy_tree(root, Path(folder) / str(number) / "tree"))
            _expect_to_run(Path(folder) / str(number) / "tree")

        def one(mutant: Mutant) -> Result:
            copy = copies.get()
            try:
                result = run_one(mutant, copy, timeout_s)
            finally:
                copies.put(copy)
            tell(result)
            return result

        with ThreadPoolExecutor(max(1, min(jobs, len(mutants)))) as pool:
            return list(pool.map(one, mutants))


def copy_tree(root: Path, target: Path) -> Path:
    """Copy what git tracks, and what it neither tracks nor ignores; gives the copy."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(argv, cwd=root, check=True, capture_output=True).stdout
    for name in filter(None, os.fsdecode(listed).split("\0")):
        source, place = root / name, target / name
        # Deleted files stay in the index until somebody stages that.
        if os.path.lexists(source):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place, follow_symlinks=False)
    return target


def _expect_to_run(copy: Path) -> None:
    """Raise RuntimeError unless programs that the tests start import the copy: else no mutant would ever be seen."""
    argv = [sys.executable, "-P", "-c", "import loop_tui; print(loop_tui.__file__)"]
    found = subprocess.run(argv, cwd=copy.parent, env=_environment(copy), capture_output=True, text=True).stdout.strip()
    if not found or not Path(found).resolve().is_relative_to(copy.resolve()):
        raise RuntimeError(f"{found or 'nothing'} is imported instead of the copy in {copy}")


def _environment(copy: Path) -> dict[str, str]:
    """Ours, with the copy before whatever is installed; the tools of projects are in no copy."""
    tools = os.environ.get("LOOP_TUI_TEST_TOOLS", str(ROOT / ".venv/tools"))
    return {**os.environ, "PYTHONPATH": str(copy), "LOOP_TUI_TEST_TOOLS": tools}


def run_one(mutant: Mutant, copy: Path, timeout_s: float) -> Result:
    """Put the mutant into the copy, run its tests there, and take it out again."""
    began = time.monotonic()
    try:
        text, line = mutated(mutant, copy)
    except Stale as stale:
        return Result(mutant, STALE, mutant.line, str(stale))
    with _written(copy / mutant.file, text):
        code, output = _tests(mutant, copy, timeout_s)
    took_s = time.monotonic() - began
    named = _NAMED.findall(output)
    if code is None:
        return Result(mutant, KILLED, line, f"no end within {timeout_s:.0f} s", took_s)
    if code < 0:
        return Result(mutant, KILLED, line, f"pytest was ended by signal {-code}", took_s)
    if code == _FAILED and (named or "Timeout" in output):
        return Result(mutant, KILLED, line, named[0] if named else "no end within the time limit of a test", took_s)
    if code == _PASSED:
        return Result(mutant, SURVIVED, line, "", took_s)
    # No test ran (4, 5), the tests could not even be collected (2), or pytest itself failed (3): that is no kill.
    last = next(reversed(output.strip().splitlines()), "")
    return Result(mutant, BROKEN, line, f"pytest ended with {code}: {last[:120]}", took_s)


@contextmanager
def _written(path: Path, text: str) -> Iterator[None]:
    before = path.read_bytes()
    try:
        _write(path, text.encode("utf-8"))
        yield
    finally:
        _write(path, before)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    second = next(_SECONDS)
    os.utime(path, (second, second))


def _tests(mutant: Mutant, copy: Path, timeout_s: float) -> tuple[int | None, str]:
    """The exit code of pytest, None when it had to be ended, and what it printed."""
    token = f"{os.getpid()}-{mutant.id}-{time.monotonic_ns()}"
    # The seed makes random tests find the same today and tomorrow; the copy comes first, also for what tests start.
    argv = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    argv += [f"--basetemp={copy.parent / 'tmp'}", *mutant.selectors]
    process = subprocess.Popen(
        argv,
        cwd=copy,
        env={**_environment(copy), _MARK: token},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout_s)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        return None, ""
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        _end_started(token)


def _end_started(token: str) -> None:
    """End what the tests started and, because of the mutant, did not end."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(_MARK) == token:
                process.kill()
        except (psutil.Error, OSError):
            continue
