"""`python -m tests.crash`: kill drivers, resume, compare, and print how many and where."""

import argparse
import sys
import time

from tests.needs import command_for, missing
from tests.npm_tools import registry_lacks

from .case import Case
from .dreaming import ASKED
from .dreaming import NAME as DREAMS
from .matrix import WORLDS, needs_of, run_matrix
from .shop import NAME as REGISTRY
from .table import failures, summary, table


def main() -> int:
    """Exit code 1 when a run did not end in the world without a crash."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many drivers to kill at least")
    parser.add_argument("--seed", type=int, default=1, help="of the plan")
    parser.add_argument(
        "--worlds", default=",".join(WORLDS), help=f"of {', '.join((*WORLDS, REGISTRY, DREAMS, ASKED))}"
    )
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side")
    parser.add_argument("--verbose", action="store_true", help="a line a run")
    given = parser.parse_args()
    worlds = tuple(given.worlds.split(","))
    if lacking := missing({tool for world in worlds for tool in needs_of(world)}):
        parser.error(f"needs {' and '.join(lacking)}, except with --worlds local: {command_for(lacking)}")
    if REGISTRY in worlds and (lacks := registry_lacks()):
        parser.error(f"needs {lacks}")

    def tell(case: Case) -> None:
        if given.verbose or case.problems:
            words = "; ".join(case.problems)[:400] or "as without a crash"
            print(f"{case} -> {', '.join(map(str, case.landings)) or 'not hit'}: {words}", flush=True)
        else:
            print(".", end="", flush=True)

    began = time.monotonic()
    cases = run_matrix(given.kills, given.seed, worlds, given.jobs, tell)
    print(f"\n\n{table(cases)}\n")
    if text := failures(cases):
        print(text + "\n")
    print(f"seed {given.seed}: {summary(cases)} ({time.monotonic() - began:.0f} s)")
    return 1 if any(case.problems for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
