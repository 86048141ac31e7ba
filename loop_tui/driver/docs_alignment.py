"""The documents of a project at the end of a run: their indexes written, what is stale said (SPEC section 7).

Nothing of it keeps a run from its end, and nothing is removed.
"""

from typing import TYPE_CHECKING

from loop_tui.fs.os_problem import os_problem
from loop_tui.model.docs.aligned import Alignment, DocEdit
from loop_tui.model.docs.document import DocFinding
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.text import count_of, one_line

from .dream_states import shipped

if TYPE_CHECKING:
    from .conductor import Conductor

DELIVERABLE = "docs-alignment.md"
_MOST_SAID = 20
_MOST_LISTED = 1000


async def align_docs(conductor: "Conductor") -> None:
    """Write the indexes that are behind, and list what is stale in the log and in a document of the run."""
    try:
        for edit in await conductor.ports.docs.behind():
            await _write(conductor, edit)
        found = await conductor.ports.docs.stale(conductor.ports.clock.now().date())
        _say(conductor, found)
        if found.findings:
            conductor.services("").deliver(DELIVERABLE, _page(found))
    except (Problem, OSError) as error:
        problem = os_problem(error) if isinstance(error, OSError) else error
        conductor.output.say("", f"documents are not checked: {problem}", LogLevel.WARN)


async def _write(conductor: "Conductor", edit: DocEdit) -> None:
    """Write an index; one that is part of what the run brought out stays as it is out."""
    name, path = one_line(edit.path, 200), conductor.ports.docs.top / edit.path
    try:
        if shipped(conductor, conductor.read()) and await conductor.ports.workspace.tracked([path]):
            words = f"{name} is part of what was shipped, so it stays: `loop-tui docs index` writes its index"
            conductor.output.say("", words, LogLevel.INFO)
            return
        conductor.ports.docs.write(edit)
    except (Problem, OSError) as error:
        problem = os_problem(error) if isinstance(error, OSError) else error
        conductor.output.say("", f"the index of {name} is not written: {problem}", LogLevel.WARN)
        return
    conductor.output.say("", f"wrote the index of {name}", LogLevel.OK)


def _say(conductor: "Conductor", found: Alignment) -> None:
    if not found.findings:
        return
    count = count_of(len(found.findings), "finding")
    conductor.output.say("", f"documents: {count}, `loop-tui docs` lists them", LogLevel.WARN)
    for each in found.findings[:_MOST_SAID]:
        conductor.output.say("", f"  {_words(each)}", LogLevel.INFO)


def _words(each: DocFinding) -> str:
    return one_line(f"{each.path}:{each.line}: {each.kind.value} {each.reference}: {each.why}", 300)


def _page(found: Alignment) -> str:
    """The findings as a document of the run, one a line, as code: what they quote is from outside."""
    lines = [f"- `{_words(each).replace('`', chr(39))}`" for each in found.findings[:_MOST_LISTED]]
    more = len(found.findings) - len(lines)
    rest = [f"- and {count_of(more, 'more finding')}"] if more else []
    return "\n".join(("# Documents", "", f"{count_of(found.documents, 'document')} checked.", "", *lines, *rest, ""))
