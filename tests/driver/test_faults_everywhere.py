"""A disk that says no at any call of a whole run, for every call there is: one Problem, and the same end later.

The driver, the store, the journal, the lease, the log and the archive are the real ones, on real files; skills and the
world that they change are stubs. `tests/e2e/test_disk_faults.py` does it to a release with git and npm.
"""

import asyncio
import contextlib
import errno
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from msgspec.structs import replace

from loop_tui.cli.wiring import run_ports
from loop_tui.driver import DriveResult, Exit, Options, drive
from loop_tui.model.problem import Problem
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.packs import Packs
from loop_tui.storage.archive.writer import runs_folder

from .disk_faults import ERRORS, DiskFaults
from .driven import SHIPPING, Driven
from .test_kill_everywhere import new_run

REASONS = {
    "ENOSPC": ("disk is full", "No space left"),
    "EIO": ("Input/output error",),
    "EROFS": ("read-only", "Read-only"),
    "EACCES": ("no permission", "Permission denied"),
}
_SAID = Options(by="ann", approve=("ship-gate",), answers={"version": "0.8.0"})


class OnFiles:
    """The run of `Driven`, but on real files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "widget"
        self.project.mkdir(parents=True)
        self.home = folder / "claude"
        self.env = {"LOOP_TUI_HOME": str(self.home), "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
        self.driven: Driven = new_run()

    def drive(self, faults: DiskFaults) -> DriveResult:
        """Drive once, on a disk like that."""
        ports = replace(run_ports(self.project, SHIPPING, self.env), workspace=self.driven.run.workspace)
        work = drive(
            SHIPPING,
            _SAID,
            ports,
            environment=self.env,
            runners=self.driven.stubs.runners,
            packs=Packs(()),
        )
        with faults.at_work():
            return asyncio.run(work)

    @property
    def is_over(self) -> bool:
        """The state file is gone and an archive is there."""
        return not list(self.project.glob("*-state.json")) and bool(self.archives())

    def archives(self) -> list[Path]:
        """The archived runs."""
        return sorted(runs_folder(self.home).glob("*/*.json"))

    def same_end(self) -> None:
        """Each effect once, one archive that is whole, nothing of the run left but the note about it."""
        assert self.driven.world.acted == ["commit-1", "push-1"]
        (path,) = self.archives()
        body = json.loads(path.read_text())
        assert body["summary"]["outcome"] == "success"
        assert body["summary"]["phases"]["completed"] == ["PLAN", "VERIFY", "SHIP"]
        assert body["summary"]["gates"]["passed"] == ["readiness-gate", "ship-gate"]
        assert (path.with_suffix("") / "deliverables/plan.md").read_text() == "the plan"
        assert not list(self.home.rglob("*.tmp")) + list(self.project.rglob("*.tmp"))
        left = {p.name for p in (self.project / ".loop/shipping-loop").iterdir()}
        # A lease that could not be taken away names a process that is no driver any more.
        assert left <= {"finished.json", "driver.lock", "state.lock", "lease.json"}, left
        assert not list(self.project.glob("*.json"))


@cache
def calls_of_a_whole_run() -> int:
    with TemporaryDirectory() as folder:
        run, faults = OnFiles(Path(folder)), DiskFaults()
        assert run.drive(faults).code is Exit.COMPLETE
        run.same_end()
        return faults.count


def meet(folder: Path, at: int, error: str, *, lasting: bool) -> None:
    """Meet one fault, look at what is said, go on with a disk that is well."""
    run, faults = OnFiles(folder), DiskFaults(at, error, lasting=lasting)
    said = ""
    try:
        outcome = run.drive(faults)
        said = "" if outcome.code is Exit.COMPLETE else outcome.reason
    except Problem as problem:
        said = str(problem)
    if said and faults.met:
        assert any(word in said for word in REASONS[error]), said
        assert "\n" not in said
    for _ in range(3):
        if run.is_over and not (run.project / ".loop/shipping-loop/journey-log.jsonl").exists():
            break
        if run.is_over:
            # Everything is done but the tidying, which the next run of this folder does before it begins.
            with contextlib.suppress(Problem):
                run_ports(run.project, SHIPPING, run.env).artifacts.make_room()
            break
        assert run.drive(DiskFaults()).code is Exit.COMPLETE
    run.same_end()


def test_there_are_enough_calls() -> None:
    assert calls_of_a_whole_run() > 150


def test_a_skill_that_meets_a_full_disk_fails_and_is_done_again() -> None:
    """A folder for its work cannot be made: one line with the reason, no crash, and `go` does it again."""
    driven = new_run()
    plain, full = driven.stubs.work["verify"], [True]

    async def verify(ctx: Context) -> SkillResult:
        if full.pop() if full else False:
            raise OSError(errno.ENOSPC, "No space left on device", "/tmp/loop-tui-x")
        return await plain(ctx)

    driven.stubs.work["verify"] = verify
    outcome = driven.go(approve=("ship-gate",), answers={"version": "0.8.0"})
    assert outcome.code is Exit.FAILED
    assert (
        outcome.reason
        == "loop-tui-x cannot be written: the disk is full: /tmp/loop-tui-x (free some space, then try again)"
    )
    assert driven.go().code is Exit.COMPLETE
    assert driven.world.acted == ["commit-1", "push-1"]


STRIDE = 23
"""The suite tries every so many calls, with each error in turn; the long form every call with every error."""


def not_as_without(folder: Path, calls: range, errors: tuple[str, ...], *, lasting: bool) -> list[str]:
    """What went wrong at which call, one line each."""
    wrong = []
    for at in calls:
        for error in errors if len(errors) == 1 else (errors[at % len(errors)],):
            try:
                meet(folder / str(at), at, error, lasting=lasting)
            except Exception as problem:
                wrong.append(f"{error} at call {at}: {type(problem).__name__}: {str(problem)[:300]}")
    return wrong


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from there on"])
def test_some_calls_fail(tmp_path: Path, lasting: bool) -> None:
    calls = range(1 + 11 * lasting, calls_of_a_whole_run() + 1, STRIDE)
    assert not (wrong := not_as_without(tmp_path, calls, ERRORS, lasting=lasting)), "\n".join(wrong)


@pytest.mark.long
@pytest.mark.crash
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from there on"])
@pytest.mark.parametrize("error", ERRORS)
def test_every_call_fails(tmp_path: Path, error: str, lasting: bool) -> None:
    calls = range(1, calls_of_a_whole_run() + 1)
    assert not (wrong := not_as_without(tmp_path, calls, (error,), lasting=lasting)), "\n".join(wrong[:40])
