"""The documents of a project for screen and commands: what is stale, their index, the state of one (SPEC section 7)."""

from pathlib import Path

from loop_tui.fs.paths import claude_home as claude_home
from loop_tui.model.docs.aligned import DocEdit
from loop_tui.model.docs.document import LifeCycle
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.storage.docs.alignment import ProjectDocuments as ProjectDocuments
from loop_tui.storage.docs.alignment import Unread, read_text
from loop_tui.storage.docs.alignment import align as align
from loop_tui.storage.docs.alignment import read_documents as read_documents
from loop_tui.storage.docs.front_matter import read_front_matter, with_state
from loop_tui.storage.docs.index import BEGIN as BEGIN
from loop_tui.storage.docs.index import END as END
from loop_tui.storage.docs.index import IndexEdits as IndexEdits
from loop_tui.storage.docs.index import index_edits as index_edits
from loop_tui.storage.docs.index import write_edit as write_edit
from loop_tui.storage.docs.places import is_ours
from loop_tui.storage.dream.places import top_of as top_of


def state_edit(top: Path, path: Path, state: LifeCycle) -> DocEdit:
    """What becomes of a document whose state is set. Nothing is written. Raises Problem where it is none of ours."""
    real = path if path.is_absolute() else Path.cwd() / path
    try:
        name = real.resolve().relative_to(top.resolve()).as_posix()
    except (ValueError, OSError, RuntimeError):
        raise Problem("is not a file of this project", str(path), code=Code.NAME_UNKNOWN) from None
    if not is_ours(name):
        todo = "name a Markdown file at the top of the project, below docs/ or below .claude/docs/"
        raise Problem("is not a document", name, todo, code=Code.NAME_UNKNOWN)
    try:
        before = read_text(top / name)
    except FileNotFoundError:
        raise Problem("does not exist", name, code=Code.NAME_UNKNOWN) from None
    except Unread as why:
        raise Problem(one_line(str(why), 200), name, code=Code.FILE_UNREADABLE) from None
    after = before if read_front_matter(before).get("state")[0].lower() == state else with_state(before, state)
    return DocEdit(name, before, after)
