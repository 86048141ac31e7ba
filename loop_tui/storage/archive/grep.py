"""Searching the deliverables, journals and logs of archived runs for a text (SPEC section 7).

The index says which texts can hold it; these are read, and what they say counts. Where there is no index every text is.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line

from .documents import RunText, document, documents
from .filters import Filters, ended_at, read_filters
from .listing import asked, list_runs
from .named import runs_folder

if TYPE_CHECKING:
    import sqlite3

    from .index_refresh import Progress
    from .text_rows import Texts

LONGEST = 200
"""The most characters of a text that is searched for, and of an excerpt."""
_BEFORE = 60
_NEAR = 4_000
_FEW = 3_000
"""Runs are asked for one by one up to here; of more the whole list is taken."""


class Hit(NamedTuple):
    """A line that holds the text: the file in the run's folder, the number of the line, and what stands there."""

    run: ArchivedRun
    file: str
    line: int
    excerpt: str


class Grepped(NamedTuple):
    """Lines, those of the newest run first. `has_more` when there are more than were asked for.

    `without_index` where SQLite cannot have one, and every text was read.
    """

    hits: Sequence[Hit]
    has_more: bool
    without_index: bool
    problems: Sequence[Problem]


def grep_runs(
    home: Path,
    text: str,
    filters: Filters | None = None,
    limit: int = 50,
    *,
    ignore_case: bool = False,
    of_each: int | None = None,
    most: int | None = None,
    progress: "Progress | None" = None,
) -> Grepped:
    """The first lines with a text in the runs that are wanted, `of_each` at most so many.

    `most` and `progress` are as `list_runs` has them.

    Lines are cleaned and masked before they are searched. Raises Problem for an empty text, or as `list_runs`.
    """
    needle = clean(text).replace("\n", " ")
    if not needle.strip() or len(needle) > LONGEST:
        what = f"a text of at most {LONGEST} characters is searched for"
        raise Problem(what, todo="loop-tui runs grep TEXT", code=Code.USAGE)
    known = _texts_with(runs_folder(home), needle, most, progress)
    found, problems = _runs_with(home, known, filters or Filters(), most, progress)
    hits: list[Hit] = []
    without_index = _is_without_index(known)
    for run in found:
        for hit in islice(_hits(run, known, needle, ignore_case=ignore_case), of_each):
            if len(hits) == limit:
                return Grepped(hits, True, without_index, problems)
            hits.append(hit)
    return Grepped(hits, False, without_index, problems)


def _texts_with(runs: Path, text: str, most: int | None, progress: "Progress | None") -> "Texts | None":
    """The texts that can hold it, by run; None where the index cannot say."""

    def question(index: "sqlite3.Connection") -> "Texts":
        from .text_rows import texts_with

        return texts_with(index, text)

    return asked(runs, question, most, progress, of_texts=True) if runs.is_dir() else {}


def _runs_with(
    home: Path, known: "Texts | None", filters: Filters, most: int | None, progress: "Progress | None"
) -> tuple[Sequence[ArchivedRun], list[Problem]]:
    """The wanted runs that have such texts, newest first."""
    wanted = read_filters(filters)
    if known is not None and len(known) <= _FEW:
        places, runs = [*known], runs_folder(home)

        def question(index: "sqlite3.Connection") -> list[ArchivedRun]:
            from .index_rows import runs_at

            return runs_at(index, runs, places)

        found = asked(runs, question, most, progress) if places else []
        if found is not None:
            chosen = [run for run in found if wanted.holds(run)]
            return sorted(chosen, key=lambda run: (ended_at(run.completed_at), run.where), reverse=True), []
    listed = list_runs(home, filters, None, most=most, progress=progress)
    return [run for run in listed.runs if known is None or _place(run) in known], listed.problems


def _hits(run: ArchivedRun, known: "Texts | None", needle: str, *, ignore_case: bool) -> Iterator[Hit]:
    folded = needle.casefold() if ignore_case else needle
    for each in _documents(run, known):
        for number, line in enumerate(each.lines, 1):
            at = (line.casefold() if ignore_case else line).find(folded)
            if at >= 0:
                yield Hit(run, each.name, number, _excerpt(line, at))


def _documents(run: ArchivedRun, known: "Mapping[tuple[str, bytes], list[str]] | None") -> Iterator[RunText]:
    if not run.folder:
        return
    if known is None:
        yield from documents(Path(run.folder))
        return
    for name in sorted(known.get(_place(run), ())):
        if found := document(Path(run.folder), name):
            yield found


def _place(run: ArchivedRun) -> tuple[str, bytes]:
    path = Path(run.where)
    return path.parent.name, os.fsencode(path.name)


def _excerpt(line: str, at: int) -> str:
    """The line around a place, on one line and masked again: what is cut off may have been half of a secret."""
    start = max(0, at - _NEAR)
    near = mask(line[start : at + _NEAR])
    at = min(at - start, len(near))
    begin = 0 if at <= LONGEST // 2 else at - _BEFORE
    return ("…" if begin or start else "") + one_line(near[begin:], LONGEST)


def _is_without_index(known: "Texts | None") -> bool:
    if known is not None:
        return False
    try:
        from .text_rows import can_index_texts
    except ImportError:
        return True  # A Python without SQLite.
    return not can_index_texts()
