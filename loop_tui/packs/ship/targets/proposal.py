"""Writing a project's `.loops/targets.toml`: only where there is none yet, so that nobody's comments are lost."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import tomli_w
from pydantic import JsonValue

from loop_tui.fs.atomic import write_atomic, write_new
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .project_file import PROPOSAL, TargetEntry, targets_file

_HEAD = "# The targets of a run, and the level each has to reach. See docs/targets.md of loop-tui.\n"


def text_of(entries: Iterable[TargetEntry], release: Mapping[str, JsonValue], commented: str = "") -> str:
    """The file that says this; `commented` are lines that say nothing yet."""
    blocks = [_HEAD]
    for entry in entries:
        table = {"id": entry.id, "kind": entry.kind, "title": entry.title}
        said = {key: value for key, value in table.items() if value}
        blocks.append(f"[[targets]]\n{tomli_w.dumps({**said, **entry.settings})}")
    if commented:
        blocks.append(commented)
    if release:
        blocks.append(f"[release]\n{tomli_w.dumps(dict(release))}")
    return "\n".join(blocks)


def write(project: Path, text: str) -> Path:
    """Put a proposal where it belongs and give the path: the file itself, or beside it when there is one already.

    An earlier proposal is replaced, the file never. Raises Problem when nothing can be written there.
    """
    path = targets_file(project)
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise Problem(
            f"the folder cannot be made: {error.strerror}", str(path.parent), code=Code.NOT_WRITABLE
        ) from None
    if write_new(path, text.encode()):
        return path
    beside = path.with_name(PROPOSAL)
    write_atomic(beside, text.encode())
    return beside
