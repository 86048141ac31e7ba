"""`python -m tests.crash.injected`: what a disk, a power cut and an aimed kill do to a release, each or some of them.

python -m tests.crash.injected --every 1     # all of them: hours. An odd number meets every mode.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from .aimed import NAME, aims, play_aim
from .faults import ERRORS, Fault, NoCompiler, few, library, places, play
from .matrix import Ground, prepare
from .torn import cuts, play_cut
from .worlds import short_folder


@dataclass(frozen=True)
class Line:
    """What came of one injection, in the words of the table."""

    kind: str
    name: str
    hit: bool
    clear: bool
    same: bool
    words: str = ""


Job = Callable[[Path], Line]


@dataclass(frozen=True)
class _Fault:
    ground: Ground
    fault: Fault

    def __call__(self, folder: Path) -> Line:
        """Meet it."""
        found = play(self.ground, folder, self.fault)
        kind = f"{self.fault.error}{' from there on' if self.fault.lasting else ' once'}"
        same = found.clear and not found.problems
        return Line(kind, str(self.fault), found.hit, found.clear, same, _words(found.problems, found.story))


@dataclass(frozen=True)
class _Cut:
    ground: Ground
    number: int

    def __call__(self, folder: Path) -> Line:
        """Spoil the file."""
        cut = cuts()[self.number]
        found = play_cut(self.ground, folder, cut)
        unclear = any("exit code" in problem or "crash file" in problem for problem in found.problems)
        words = _words(found.problems, found.story)
        return Line(f"power cut: {cut.mode}", str(cut), found.hit, not unclear, not found.problems, words)


@dataclass(frozen=True)
class _Aim:
    ground: Ground
    number: int

    def __call__(self, folder: Path) -> Line:
        """Kill."""
        aim = aims()[self.number]
        found = play_aim(self.ground.make, folder, aim, self.ground.wanted)
        unclear = any("clear line" in problem or "exit code" in problem for problem in found.problems)
        words = _words(found.problems, found.story)
        return Line(f"kill aimed at {aim.victim}", str(aim), found.hit, not unclear, not found.problems, words)


def _words(problems: Sequence[str], story: str) -> str:
    return "; ".join(problems)[:1500] + (f"\n{story}" if problems else "")


def jobs(what: Sequence[str], every: int, offset: int, base: Path) -> list[Job]:
    """The injections of these sorts, each `every`-th of them. Raises NoCompiler."""
    found: list[Job] = []
    if "aims" in what:
        aimed = prepare(NAME, base / NAME)
        found += [_Aim(aimed, number) for number in range(offset, len(aims()), every)]
    local = prepare("local", base / "local")
    if "cuts" in what:
        found += [_Cut(local, number) for number in range(offset, len(cuts()), every)]
    if "faults" in what:
        library()
        kinds = few(places(local, base / "counted"))
        # Each place meets each error once; from there on what a full disk and a broken one do.
        every_one = [Fault(place, error) for place in kinds for error in ERRORS]
        every_one += [Fault(place, error, lasting=True) for place in kinds for error in ("ENOSPC", "EIO")]
        found += [_Fault(local, fault) for fault in every_one[offset::every]]
    return found


def table(lines: Sequence[Line]) -> str:
    """A row a kind: how many there were, how many were met, ended in the same world, and said it in one clear line."""
    rows = [f"{'what':28}{'points':>8}{'met':>8}{'same world':>12}{'one clear line':>16}"]
    for kind in dict.fromkeys(line.kind for line in lines):
        of = [line for line in lines if line.kind == kind]
        met = [line for line in of if line.hit]
        rows.append(
            f"{kind:28}{len(of):8}{len(met):8}{sum(line.same for line in met):12}{sum(line.clear for line in met):16}"
        )
    return "\n".join(rows)


def main() -> int:
    """Exit code 1 when something did not end as without it."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.injected", description=__doc__)
    parser.add_argument("--what", default="aims,cuts,faults", help="which sorts")
    parser.add_argument("--every", type=int, default=1, help="take each so manieth of them")
    parser.add_argument("--offset", type=int, default=0, help="from which on")
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side")
    given = parser.parse_args()
    base, began, lines = short_folder(), time.monotonic(), list[Line]()
    try:
        work = jobs(given.what.split(","), given.every, given.offset, base)
    except NoCompiler as error:
        parser.error(f"{error}; --what aims,cuts does without")
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(job, base / f"i{number}") for number, job in enumerate(work)]
        for future in as_completed(futures):
            try:
                line = future.result()
            except Exception as error:
                line = Line("could not be played", type(error).__name__, True, False, False, str(error))
            lines.append(line)
            print("." if line.same or not line.hit else f"\nFAILED {line.name}: {line.words}", end="", flush=True)
    wrong = [line for line in lines if line.hit and not (line.same and line.clear)]
    print(f"\n\n{table(lines)}\n{len(lines)} injected, {len(wrong)} not as without ({time.monotonic() - began:.0f} s)")
    if not wrong:
        shutil.rmtree(base, ignore_errors=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
