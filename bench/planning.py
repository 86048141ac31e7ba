"""Planning a release: what many commits cost, and that the cost grows with their number and not with its square."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.measure import Budget, NotAvailable, Row, Setting, medians

_PLAN = (sys.executable, "-m", "loop_tui", "run", "distribution-loop", "--dry-run")
_MANY = 10_000
_HALF, _WHOLE = 2_000, 4_000
_ALLOWED = 3.0
_PACKAGE = '{"name": "many", "version": "1.0.0", "scripts": {"test": "node -e 0"}}\n'


def plan(where: Setting) -> Iterator[Row]:
    """The processor time of a dry run over many commits, beyond that over one. Budget: PERF "Found on 2026-11-27"."""
    folders = {count: _repository(where, count) for count in (1, _HALF, _WHOLE, _MANY)}
    times = where.times(5, 1)
    one, half, whole, many = medians([partial(_planned, where, folder) for folder in folders.values()], times)
    (git,) = medians([lambda: _logged(where, folders[_MANY])], times)
    yield Row(f"plan {_MANY:,} commits, beyond one: processor", "ms", many - one, git, None, "git log of them")
    budget = Budget(_ALLOWED)
    yield Row(f"plan {_WHOLE:,} commits: processor", "ms", whole - one, half - one, budget, f"{_HALF:,} commits")


def _repository(where: Setting, count: int) -> Path:
    """A repository with so many commits since the one that set the version."""
    folder = where.place(f"plan-{count}")

    def git(*argv: str, text: str = "") -> str:
        done = subprocess.run(["git", *argv], cwd=folder, env=where.env, input=text, text=True, capture_output=True)
        if done.returncode != 0:
            raise NotAvailable(f"git {argv[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    (folder / "package.json").write_text(_PACKAGE, "utf-8")
    git("add", "package.json")
    git("commit", "--quiet", "-m", "chore: first")
    first = git("rev-parse", "HEAD")
    git("fast-import", "--quiet", "--force", text="".join(_commits(first, count)))
    git("reset", "--quiet", "--hard")
    return folder


def _commits(first: str, count: int) -> Iterator[str]:
    for number in range(1, count + 1):
        subject = f"fix: number {number} of many"
        yield f"commit refs/heads/main\ncommitter B <b@example.org> {1_700_000_000 + number} +0000\n"
        yield f"data {len(subject)}\n{subject}\n" + (f"from {first}\n" if number == 1 else "")
        yield f"M 100644 inline a.js\ndata {len(str(number))}\n{number}\n"


def _planned(where: Setting, folder: Path) -> float:
    said, ms = processor_ms(where, folder, _PLAN)
    if "1.0.0 -> 1.0.1" not in said:
        raise NotAvailable(f"the dry run planned no 1.0.1: {(said.strip().splitlines() or ['no output'])[-1]}")
    return ms


def _logged(where: Setting, folder: Path) -> float:
    return processor_ms(where, folder, ("git", "log", "-z", "--format=%H%x00%P%x00%an%x00%aI%x00%B"))[1]


def processor_ms(where: Setting, folder: Path, argv: tuple[str, ...]) -> tuple[str, float]:
    """What a command printed, and the processor time of it and all its children in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        argv, cwd=folder, env=where.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout + done.stderr, spent * 1000
