"""Measures every row, or those whose names hold one of the words given, and prints them as a table."""

import argparse
import compileall
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from bench import (
    answers,
    archive,
    detecting,
    folding,
    idle,
    lines,
    living,
    planning,
    publishing,
    saving,
    shipping,
    starting,
    watching,
)
from bench.measure import ROOT, Row, Setting, setting

Bench = Callable[[Setting], Iterator[Row]]

BENCHES: dict[str, Bench] = {
    "start": starting.first_paint,
    "status": starting.status,
    "journal": saving.journal,
    "state": saving.state,
    "lines": lines.shell,
    "pane": lines.pane,
    "watch": watching.watch,
    "answers": answers.overwritten,
    "outside": living.outside,
    "keys": living.keys,
    "fold": folding.fold,
    "memory": living.memory,
    "home": living.home,
    "idle": idle.idle,
    "plan": planning.plan,
    "detect": detecting.detect,
    "archive": archive.archive,
    "go": shipping.first_line,
    "ship": shipping.whole_run,
    "publish": publishing.published,
}

_LAYOUT = "{:<44} {:>11} {:>11} {:>8}  {:<10} {:<5} {}"


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the rows. 0 when all were measured within their budgets, or when nobody asked to be `--strict`."""
    options = _options(argv)
    # The figures are those of a normal installation, which keeps its compiled modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    for folder in ("loop_tui", "bench"):
        compileall.compile_dir(ROOT / folder, quiet=2)
    chosen = {n: b for n, b in BENCHES.items() if not options.only or any(w in n for w in options.only)}
    if not options.json:
        print(_LAYOUT.format("what", "ours", "bare", "ratio", "budget", "", "bare is"))
    good = True
    with setting(quick=options.quick) as where:
        for name, bench in chosen.items():
            good &= _show(name, bench, where, as_json=options.json)
    return 0 if good or not options.strict else 1


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="WORD", help=f"of: {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="few samples, to see that it works")
    parser.add_argument("--json", action="store_true", help="one row a line, as JSON")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a budget is exceeded or a row is missing")
    return parser.parse_args(argv)


def _show(name: str, bench: Bench, where: Setting, *, as_json: bool) -> bool:
    """Prints the rows of one bench; what goes wrong in it is its own line, and never hides the others."""
    good = True
    try:
        for row in bench(where):
            print(_as_json(row) if as_json else _as_line(row), flush=True)
            good &= row.verdict != "FAIL"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        print(json.dumps({"name": name, "error": reason}) if as_json else f"{name:<44} not available ({reason})")
        return False
    return good


def _as_json(row: Row) -> str:
    return json.dumps(asdict(row) | {"ratio": row.ours / row.bare, "verdict": row.verdict})


def _as_line(row: Row) -> str:
    def figure(value: float) -> str:
        return f"{value:,.{0 if value >= 1000 else 2 if value < 10 else 1}f} {row.unit}"

    budget = row.budget.words(row.unit) if row.budget else "-"
    ratio = f"{row.ours / row.bare:.2f}x"
    return _LAYOUT.format(row.name, figure(row.ours), figure(row.bare), ratio, budget, row.verdict, row.note).rstrip()


if __name__ == "__main__":
    sys.exit(main())
