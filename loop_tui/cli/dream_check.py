"""`loop-tui dream check`: run the checks of functions, once their commands are trusted (SPEC sections 2 and 7)."""

from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct

from loop_tui.control.dream import module_named, read_hierarchy
from loop_tui.control.dream_checks import (
    CHECKS,
    CheckedFunction,
    FunctionProof,
    FunctionVerdict,
    checked_functions,
    checks_trust,
    key_of_check,
    read_checks,
    read_proofs,
    write_proofs,
)
from loop_tui.control.trust import agree
from loop_tui.model.problem import Problem
from loop_tui.model.text import count_of

from .arguments import Folder, Json, Trust
from .interrupts import INTERRUPTED, interruptible
from .place import project_folder
from .show import say, say_json
from .tables import table
from .trusting import confirm_trust

ModuleOfChecks = Annotated[str, typer.Option("--module", "-m", help="Only the checks of this module.")]
_SHORT = 7


class _Result(Struct, frozen=True):
    """What came of a check: whether it passed, and why not."""

    passed: bool
    reason: str = ""
    duration_ms: int = 0


def check(module: ModuleOfChecks = "", project: Folder = None, as_json: Json = False, trust: Trust = False) -> None:
    """Run the checks in .claude/checks.toml: which functions are proven at this commit, claimed, or broken.

    Exit code 1 when a function is broken. Without trust in the commands nothing runs.
    """
    found = read_hierarchy(project_folder(project))
    top = found.places.top
    file = read_checks(top)
    if file is None:
        say_json({"checks": None}) if as_json else say("no checks here; docs/dream-states.md says how they are written")
        return
    functions = checked_functions(found, file)
    if module:
        known = module_named(found.places.top, module)
        functions = tuple(each for each in functions if each.module == known)
    if (ask := checks_trust(found, file)) is not None:
        confirm_trust(CHECKS, ask, trust)
        agree(top, ask)
    done = interruptible(_run_all(top, functions))
    if done is None:
        raise typer.Exit(INTERRUPTED)
    commit, results = done
    ran = [(each.check, result) for each, result in results if each.check is not None and result is not None]
    others = read_proofs(top, file.checks) if module else {}
    proofs = {key_of_check(check): FunctionProof(result.passed, commit) for check, result in ran}
    write_proofs(top, {**others, **proofs})
    rows = [(each, each.verdict(result.passed if result else None), result) for each, result in results]
    broken = sum(verdict is FunctionVerdict.BROKEN for _, verdict, _ in rows)
    if as_json:
        for each, verdict, result in rows:
            say_json(
                {
                    "module": each.module,
                    "function": each.node.name,
                    "verdict": verdict.value,
                    "commit": commit,
                    "reason": result.reason if result is not None else "",
                    "duration_ms": result.duration_ms if result is not None else None,
                }
            )
    else:
        _show(rows, commit)
    if broken:
        raise typer.Exit(1)


def _show(rows: list[tuple[CheckedFunction, FunctionVerdict, _Result | None]], commit: str) -> None:
    cells = []
    for each, verdict, result in rows:
        proven = f"at {commit}" if verdict is FunctionVerdict.PROVEN else ""
        cells.append((each.module, each.node.name, verdict.value, proven or (result.reason if result else "")))
    say(table(("Module", "Function", "Verdict", ""), cells))
    counts = {verdict: sum(found is verdict for _, found, _ in rows) for verdict in FunctionVerdict}
    said = ", ".join(f"{number:,} {verdict.value}" for verdict, number in counts.items() if number)
    say(f"{count_of(len(rows), 'function')}: {said}" if rows else "no functions are listed")


async def _run_all(
    top: Path, functions: tuple[CheckedFunction, ...]
) -> tuple[str, list[tuple[CheckedFunction, _Result | None]]]:
    """The commit that was checked, and the result of each function; one after the other, as a person would."""
    results = [(each, await _run(top, each) if each.check is not None else None) for each in functions]
    return await _commit(top), results


async def _run(top: Path, function: CheckedFunction) -> _Result:
    from loop_tui.process import shell
    from loop_tui.process.capture import why_it_ended

    assert function.check is not None
    try:
        done = await shell.capture(function.check.run, cwd=top, timeout_s=function.check.timeout_s)
    except Problem as problem:  # It is missing, or did not end in time: nothing is proven.
        return _Result(False, problem.what)
    return _Result(done.ok, "" if done.ok else why_it_ended(done), done.duration_ms)


async def _commit(top: Path) -> str:
    """The commit that is checked out, and that files differ from it; what git does not tell is unknown."""
    from loop_tui.services.git.git import status

    try:
        tree = await status(top)
    except Problem:
        return "an unknown commit"
    if not tree.head:
        return "no commit"
    return tree.head[:_SHORT] if tree.clean else f"{tree.head[:_SHORT]} with uncommitted changes"
