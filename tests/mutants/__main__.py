"""`python -m tests.mutants`: break one line at a time, and see that the tests notice."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence

from .running import BROKEN, KILLED, STALE, SURVIVED, Result, run_all
from .table import ROOT, Mutant, Stale, mutated, problems, read_table


def main() -> int:
    """Exit code 1 when a mutant survived, or its entry does not fit the code; 2 for a name that the table lacks."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants side by side")
    parser.add_argument(
        "--only", nargs="+", metavar="ID", default=[], help="these mutants; `x-*` means all that begin so"
    )
    parser.add_argument("--timeout", type=float, default=300, help="seconds for the tests of one mutant")
    parser.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    parser.add_argument("--check", action="store_true", help="see that the table fits the code, and run nothing")
    given = parser.parse_args()
    mutants = read_table()
    if unknown := [name for name in given.only if not any(_is(mutant, name) for mutant in mutants)]:
        print(f"no such mutant: {', '.join(unknown)}", file=sys.stderr)
        return 2
    if given.only:
        mutants = [mutant for mutant in mutants if any(_is(mutant, name) for name in given.only)]
    if given.list:
        print(_table([(m.id, _where(m), m.why) for m in mutants], ("mutant", "where", "the rule that it breaks")))
        return 0
    if given.check:
        wrong = problems(mutants)
        print("\n".join([*wrong, f"{len(mutants)} mutants, {len(wrong)} things wrong with the table"]))
        return 1 if wrong else 0
    return _run(mutants, given.jobs, given.timeout)


def _is(mutant: Mutant, name: str) -> bool:
    return mutant.id.startswith(name[:-1]) if name.endswith("*") else mutant.id == name


def _where(mutant: Mutant) -> str:
    try:
        return f"{mutant.file}:{mutated(mutant, ROOT)[1]}"
    except Stale:
        return f"{mutant.file}:?"


def _run(mutants: Sequence[Mutant], jobs: int, timeout_s: float) -> int:
    began = time.monotonic()
    done = 0

    def tell(result: Result) -> None:
        nonlocal done
        done += 1
        words = f"[{done}/{len(mutants)}] {result.mutant.id}: {result.status}"
        print(words, result.by if result.status != SURVIVED else "", file=sys.stderr, flush=True)

    results = run_all(mutants, jobs=max(1, jobs), timeout_s=timeout_s, tell=tell)
    print(_table([_row(result) for result in results], ("mutant", "where", "result", "by", "s")))
    counts = Counter(result.status for result in results)
    words = ", ".join(f"{counts[status]} {status}" for status in (KILLED, SURVIVED, STALE, BROKEN) if counts[status])
    print(f"\n{len(results)} mutants: {words} ({(time.monotonic() - began) / 60:.1f} min)")
    return 0 if counts[KILLED] == len(results) else 1


def _row(result: Result) -> tuple[str, ...]:
    where = f"{result.mutant.file}:{result.line}"
    return result.mutant.id, where, result.status, result.by.removeprefix("tests/"), f"{result.took_s:.1f}"


def _table(rows: Sequence[tuple[str, ...]], header: tuple[str, ...]) -> str:
    """A table that is one in a terminal and in Markdown."""
    shown = [header, *rows]
    widths = [max(len(row[at]) for row in shown) for at in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in shown
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


if __name__ == "__main__":
    sys.exit(main())
