"""`loop-tui runs prune`: removes archived runs by a rule, after a yes. Nothing else ever removes one."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from loop_tui.fs.homes import claude_home
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.status import word_of
from loop_tui.model.text import count_of, shown, size_words
from loop_tui.storage.archive.filters import Filters, read_filters
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.archive.named import runs_folder

from .arguments import Json
from .runs_progress import ShownProgress
from .screen import interactive
from .show import agreed, aside, complain, say, say_json, short_time
from .tables import table

if TYPE_CHECKING:
    from loop_tui.storage.archive.prune import PrunePlan

OF_PRUNE = ("loop", "system", "module", "outcome")
WAITING = 3
_NAMED = 20
_DAY_S = 86_400.0
_AGE = regex(r"(\d{1,5})([hdwy])")
_SECONDS = {"h": 3600.0, "d": _DAY_S, "w": 7 * _DAY_S, "y": 365 * _DAY_S}


def prune(
    filters: Filters,
    keep: Annotated[
        int | None, typer.Option("--keep", min=0, metavar="N", help="Keep the newest N runs of each system and loop.")
    ] = None,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="Only runs completed longer ago: 36h, 90d, 12w, 2y.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove them without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Remove archived runs, after a yes. This cannot be undone; nothing removes them by itself.

    Never removed: runs that the next one rests on (the last run, the last that is done and the last release of a
    system and loop, the last release at each target, what was aborted since), runs whose state file is still there,
    links, and files that cannot be read.
    """
    from loop_tui.storage.archive.prune import PruneRule, prune_plan

    if keep is None and not older_than:
        raise Problem("nothing says which runs to remove", todo="use --keep N or --older-than 90d", code=Code.USAGE)
    rule = PruneRule(keep, time.time() - _age_s(older_than) if older_than else None)
    home, wanted = claude_home(), read_filters(filters)
    with ShownProgress("reading the archive") as progress:
        listed = list_runs(home, None, None, most=None, progress=progress)
    plan = prune_plan(listed.runs, wanted, rule)
    if not plan.going:
        if as_json:
            aside("no archived runs to remove")
            return
        _show_needed(plan)
        say("no archived runs to remove")
        return
    sizes = _sizes(plan.going)
    total = f"{count_of(len(plan.going), 'archived run')} ({size_words(sum(sizes.values()))})"
    if as_json and dry_run:
        _say_records(plan.going, sizes, "would remove")
    elif not as_json:
        _show(plan, sizes)
    if dry_run:
        aside(f"would remove {total}; nothing was removed")
        return
    _ask(f"Remove {total}? This cannot be undone.", yes=yes)
    removed = _remove(plan.going)
    if as_json:
        _say_records(removed, sizes, "removed")
    else:
        say(f"removed {count_of(len(removed), 'archived run')} ({size_words(sum(sizes[r.where] for r in removed))})")
    if len(removed) < len(plan.going):
        raise typer.Exit(1)


def _age_s(text: str) -> float:
    """Seconds. Raises Problem for what is no age."""
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise Problem(f"{shown(text)} is not an age", todo="write it like 36h, 90d, 12w or 2y", code=Code.USAGE)
    return int(found[1]) * _SECONDS[found[2]]


def _sizes(runs: Sequence[ArchivedRun]) -> dict[str, int]:
    from loop_tui.storage.archive.removal import size_of

    with ShownProgress("measuring") as progress:
        sizes = {}
        for number, run in enumerate(runs):
            sizes[run.where] = size_of(run)
            if progress is not None:
                progress(number, len(runs))
        return sizes


def _show(plan: "PrunePlan", sizes: dict[str, int]) -> None:
    rows = [(*_named(run), size_words(sizes[run.where])) for run in plan.going[:_NAMED]]
    say(
        table(("Completed", "System", "Version", "Loop", "Outcome", "Archive", "Size"), rows, least=("Archive", "Loop"))
    )
    if (more := len(plan.going) - _NAMED) > 0:
        last = short_time(plan.going[-1].completed_at)
        say(f"and {more:,} more, back to {last}; `--dry-run --json` lists all")
    _show_needed(plan)


def _show_needed(plan: "PrunePlan") -> None:
    """Which of the runs that the rule names stay, and why."""
    reasons = [why for _, why in plan.needed]
    for why in dict.fromkeys(reasons):
        say(f"kept: {count_of(reasons.count(why), 'run')} ({why})")


def _named(run: ArchivedRun) -> tuple[str, ...]:
    name = run.where.rpartition("/")[2]
    return short_time(run.completed_at), run.system, run.release, run.loop, word_of(run.outcome), name


def _ask(question: str, *, yes: bool) -> None:
    """Raises Exit 3 without a yes."""
    if yes:
        return
    if not interactive():
        aside(f"{question} Use --yes to answer yes.")
        raise typer.Exit(WAITING)
    if not agreed(question):
        raise typer.Exit(WAITING)


def _remove(runs: Sequence[ArchivedRun]) -> list[ArchivedRun]:
    """Remove the runs, the oldest first; gives those that are gone. What stays is named."""
    from loop_tui.storage.archive.removal import finish_removals, remove_run

    archive = runs_folder(claude_home())
    finish_removals(archive)
    removed: list[ArchivedRun] = []
    with ShownProgress("removing") as progress:
        for number, run in enumerate(reversed(runs)):
            try:
                remove_run(archive, run)
            except Problem as problem:
                complain(problem)
            else:
                removed.append(run)
            if progress is not None:
                progress(number, len(runs))
    return removed


def _say_records(runs: Sequence[ArchivedRun], sizes: dict[str, int], word: str) -> None:
    for run in runs:
        say_json(
            {
                "action": word,
                "path": run.path,
                "folder": run.folder,
                "run": run.run,
                "system": run.system,
                "loop": run.loop,
                "completed_at": run.completed_at,
                "release": run.release,
                "bytes": sizes[run.where],
            }
        )
