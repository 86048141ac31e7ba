"""Random filters over a generated archive, answered by the index and by a naive scan of all files (SPEC section 7).

`python -m tests.archive_answers` asks 1,000 of them at 100,000 runs: cold, warm, and with an index that was removed,
truncated, of an older version, and built by two processes at once. The suite has a short form.
"""

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from loop_tui.fs.homes import cache_dir
from loop_tui.model.clock import parse_stamp
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.runs import RunSummary
from loop_tui.model.status import word_of
from loop_tui.storage.archive.filters import Filters, read_filters
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.archive.scan import scan
from tests.many_runs import GATES, LOOPS, MODULES, RARE, SKILLS, SYSTEMS, TARGETS, write_runs

EVERYTHING = read_filters(Filters())
_ANSWERS = (
    "import sys; from pathlib import Path; from loop_tui.storage.archive.listing import list_runs; "
    "print(*(run.where for run in list_runs(Path(sys.argv[1]), None, None, most=None).runs), sep='\\n')"
)


def naive(home: Path) -> list[RunSummary]:
    return scan(home / "runs", EVERYTHING, None)[0]


def at(moment: str) -> float:
    found = parse_stamp(moment)
    return found.timestamp() if found else 0.0


class Facts(NamedTuple):
    """What the filters are about, taken from the whole run."""

    run: RunSummary
    ended: float
    names: frozenset[str]
    gates: frozenset[str]
    skills: frozenset[str]
    targets: frozenset[str]
    release: str
    text: str


def facts(run: RunSummary) -> Facts:
    decided = [("passed", run.gates_passed), ("failed", run.gates_failed), ("skipped", run.gates_skipped)]
    gates = {f"{gate}:{word}" for word, found in decided for gate in found}
    told: dict[str, Any] = run.told
    outcome = f"{word_of(run.outcome)} {run.outcome.value}"
    return Facts(
        run,
        at(run.completed_at),
        frozenset({run.system} | ({"V \u00fc"} if not run.path and run.system == "V-\u00fc" else set())),
        frozenset(gates | {gate.rpartition(":")[0] for gate in gates}),
        frozenset({*run.durations, *(skill.skill for skill in run.skipped_skills)}),
        frozenset(each["id"] for each in told.get("targets", ())),
        told.get("release", {}).get("to", ""),
        f"{run.loop} {run.system} {run.module} {outcome} {run.completed_at} {run.run} {run.project}".casefold(),
    )


def is_wanted(each: Facts, told: Filters) -> bool:
    """The rules once more, without an index."""
    return (
        (not told.loop or each.run.loop == {"infrastructure-loop": "infra-loop"}.get(told.loop, told.loop))
        and (not told.system or told.system in each.names)
        and (not told.module or each.run.module == told.module)
        and (not told.outcome or each.run.outcome == told.outcome)
        and (not told.since or each.ended >= at(str(told.since)))
        and (not told.until or each.ended <= at(str(told.until)))
        and (not told.gate or told.gate in each.gates)
        and (not told.skill or told.skill in each.skills)
        and (not told.target or told.target in each.targets)
        and (not told.version or each.release == told.version)
        and (not told.text or all(word in each.text for word in told.text.casefold().split()))
    )


def some_filters(chance: random.Random) -> Filters:
    moments = [f"2026-0{chance.randint(5, 6)}-{chance.randint(10, 28)}T{chance.randint(10, 20)}:00:00Z" for _ in "ab"]
    every: dict[str, Callable[[], str | None]] = {
        "loop": lambda: chance.choice((*LOOPS, "no-loop")),
        "system": lambda: chance.choice((*SYSTEMS, RARE, "V-\u00fc")),
        "module": lambda: chance.choice(MODULES),
        "outcome": lambda: chance.choice([*RunOutcome]).value,
        "since": lambda: min(moments),
        "until": lambda: max(moments),
        "gate": lambda: chance.choice(GATES) + chance.choice(("", "", ":failed", ":passed", ":skipped")),
        "skill": lambda: chance.choice((*SKILLS, "no-skill")),
        "target": lambda: chance.choice(TARGETS),
        "version": lambda: f"1.{chance.randint(0, 41)}.0",
        "text": lambda: chance.choice(("Widget", "audit failed", "2026-06-1 hub", "/srv/a", "aborted", "\u00dc")),
    }
    return Filters(**{name: every[name]() for name in chance.sample(sorted(every), chance.randint(0, 3))})


def wrong_answers(home: Path, runs: Sequence[Facts], asked: int, seed: int) -> list[Filters]:
    """The filters that are not answered as the naive way does it; `runs` are all runs, newest first."""
    chance = random.Random(seed)
    wrong = []
    for _ in range(asked):
        filters, limit = some_filters(chance), chance.choice((1, 10, 10, 50, None))
        wanted = (each.run.path or each.run.folder for each in runs if is_wanted(each, filters))
        if [run.where for run in list_runs(home, filters, limit).runs] != [*islice(wanted, limit)]:
            wrong.append(filters)
    return wrong


def empty_file(file: Path) -> None:
    file.write_bytes(b"")


def half_file(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def first_page_file(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:4096])


def garbage_file(file: Path) -> None:
    file.write_bytes(os.urandom(50_000))


def zeros_file(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:4096] + bytes(len(data) - 4096))


def other_version_file(file: Path) -> None:
    with closing(sqlite3.connect(file)) as index:
        index.execute("PRAGMA user_version = 999")


def _two_at_once(home: Path, runs: Sequence[Facts]) -> bool:
    """Two processes that build the index at the same time both give all runs."""
    argv = [sys.executable, "-c", _ANSWERS, str(home)]
    asking = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    expected = [each.run.path or each.run.folder for each in runs]
    answers = [process.communicate()[0].splitlines() for process in asking]
    return answers == [expected] * len(asking)


def main(argv: Sequence[str] | None = None) -> int:
    """Prints a line a case; 1 when an answer is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.archive_answers", description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--bad", type=int, default=100)
    parser.add_argument("--filters", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args(argv)
    disk = Path("/var/tmp")
    with (
        tempfile.TemporaryDirectory(prefix="loop-tui-archive-", dir=disk if disk.is_dir() else None) as folder,
        patch.dict(os.environ, {"XDG_CACHE_HOME": f"{folder}/cache"}),
    ):
        home = Path(folder, "home")
        write_runs(home, options.runs, options.bad)
        return _ask(home, options.filters, options.seed)


def _ask(home: Path, filters: int, seed: int) -> int:
    found, problems = scan(home / "runs", EVERYTHING, None)
    runs = [facts(run) for run in found]
    print(f"{len(runs):,} runs and {len(problems)} bad files", flush=True)
    good = True
    for name, harm, asked in _cases(filters):
        start = time.process_time()
        for file in cache_dir().glob("archive/*/runs-*.sqlite"):
            if harm is not None:
                harm(file)
        told_same = name != "two processes" or _two_at_once(home, runs)
        listed = list_runs(home, None, 10, most=None)
        every = list_runs(home, None, None).problems
        wrong = wrong_answers(home, runs, asked, seed)
        holds = told_same and not wrong and len(listed.runs) == 10 and len(every) == len(problems)
        good &= holds
        said = f"{asked - len(wrong)} of {asked} right, {len(every)} bad files named"
        print(f"{name:<16} {'pass' if holds else 'FAIL'}  {said} ({time.process_time() - start:.0f} s)", flush=True)
        for each in wrong[:5]:
            print(f"  {each}", flush=True)
    return 0 if good else 1


def _cases(filters: int) -> Iterator[tuple[str, Callable[[Path], object] | None, int]]:
    few = max(1, filters // 20)
    yield "cold", None, filters
    yield "warm", None, few
    yield "removed", Path.unlink, few
    yield "truncated", half_file, few
    yield "older version", other_version_file, few
    yield "two processes", Path.unlink, few


if __name__ == "__main__":
    sys.exit(main())
