"""What the viewer shows: a page of text, and the things that a person can choose to see as one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from loop_tui.model.problem import Problem, whole
from loop_tui.model.secrets import mask

if TYPE_CHECKING:
    from loop_tui.model.runs import RunSummary
    from loop_tui.model.state import RunState


class Form(StrEnum):
    """How the text of a page is meant."""

    MARKDOWN = "markdown"
    PLAIN = "plain"
    DIFF = "diff"


class Page(Struct, frozen=True):
    """A text that was cleaned and masked. `note` is said beside the title.

    `file` is the file that an editor may open, None when there is none, and then `no_file` says why. `source_only` says
    why Markdown is shown as it is written, and is empty when it can be rendered.
    """

    title: str
    text: str
    form: Form = Form.PLAIN
    note: str = ""
    file: Path | None = None
    no_file: str = "this is not a file"
    source_only: str = ""


class Item(Struct, frozen=True):
    """One thing to be seen: its name, a word about it, how it is read, and how it is compared with an earlier one.

    Both raise Problem; `compare` is None where there is nothing that it could be compared with. `about_change` is what
    it means when an editor changed it.
    """

    name: str
    about: str
    read: Callable[[], Awaitable[Page]]
    compare: Callable[[], Awaitable[Page]] | None = None
    about_change: str = ""


class ViewedRun(Struct, frozen=True):
    """A run as the person sees it. `folders` are where its deliverables may lie, `kept` is the one that is an archive,
    of which nothing is edited; `archive` is the file of the run's archive, and `archived` what that tells when a run
    that is over is watched again.
    """

    state: RunState
    project: Path
    loop: str
    folders: tuple[Path, ...]
    kept: Path | None = None
    archive: str = ""
    archived: RunSummary | None = None


def failed(title: str, problem: Problem, *, file: Path | None = None) -> Page:
    """The page that says why there is nothing to see."""
    what, where = mask(whole(problem.what, problem.where)), mask(problem.where)
    lines = [f"✗ {what}", "", f"where  {where}" if where else ""]
    lines += [f"fix    {mask(problem.todo)}"] if problem.todo else []
    return Page(title, "\n".join(lines).rstrip(), file=file)
