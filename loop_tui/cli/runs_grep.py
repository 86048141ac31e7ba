"""`loop-tui runs grep`: full text over the deliverables, journals and logs of archived runs."""

from itertools import groupby
from typing import Annotated

import typer

from loop_tui.fs.homes import claude_home
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line
from loop_tui.storage.archive.filters import Filters

from .arguments import Json
from .runs_progress import ShownProgress
from .show import aside, complain, say, say_json, short_time

OF_GREP = ("loop", "system", "module", "since", "until", "outcome")
_NAMED = 5
_ID = 8


def grep(
    filters: Filters,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text, as it stands in a line.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The maximum number of lines.")] = 50,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", "-i", help="Capital letters do not matter.")] = False,
    as_json: Json = False,
) -> None:
    """Search the deliverables, journals and logs of archived runs, newest run first.

    Of each file the first 4 MB are searched, with secrets masked. Exit code 1 when no line has the text.
    """
    from loop_tui.storage.archive.grep import grep_runs

    with ShownProgress("reading the texts of the archive") as progress:
        found = grep_runs(claude_home(), text, filters, limit, ignore_case=ignore_case, progress=progress)
    if found.without_index:
        aside("SQLite here has no full-text search (FTS5 with trigram): every text was read")
    for problem in found.problems[:_NAMED]:
        complain(problem)
    if as_json:
        for hit in found.hits:
            run = hit.run
            say_json(
                {
                    "run": run.run,
                    "system": run.system,
                    "loop": run.loop,
                    "completed_at": run.completed_at,
                    "archive": run.where,
                    "folder": run.folder,
                    "file": hit.file,
                    "line": hit.line,
                    "text": hit.excerpt,
                }
            )
    else:
        for where, hits in groupby(found.hits, lambda hit: hit.run.where):
            lines = [*hits]
            say(_title(lines[0].run, where))
            for hit in lines:
                say(f"  {one_line(hit.file)}:{hit.line}: {hit.excerpt}")
        if not found.hits:
            say("no archived run has that text")
    if found.has_more:
        aside(f"more lines have it than these {limit}: --limit shows more")
    if not found.hits:
        raise typer.Exit(1)


def _title(run: ArchivedRun, where: str) -> str:
    parts = (short_time(run.completed_at), run.system, run.release, run.loop, word_of(run.outcome))
    # By the beginning of its id, or the name of its archive, `runs show` finds it.
    return "  ".join((*(part for part in parts if part), run.run[:_ID] or where.rpartition("/")[2]))
