"""The documents of a project at the end of a run: indexes written, what is stale said, and the run ends (SPEC 7)."""

import pytest

from loop_tui.driver import Exit
from loop_tui.driver.docs_alignment import DELIVERABLE
from loop_tui.engine import commands
from loop_tui.model.definition import LoopDefinition, PhaseDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.pack_api import EffectSpec, Pack
from loop_tui.runners.packs import Packs
from loop_tui.storage.docs.index import BEGIN, END

from .driven import SHIPPING, Driven, skill

LOOP = LoopDefinition(id="craft-loop", phases=(PhaseDefinition(id="MAKE", skills=(skill("make"),)),))
GUIDE = "# Guide\n\n[\x1b[31mold](gone.md) `x\n"
INDEX = f"# Docs\n\n{BEGIN}\n{END}\n"


def library(**documents: str) -> Driven:
    """A run that is about to begin, with documents."""
    driven = Driven(LOOP)
    driven.run.docs.documents = {f"docs/{name}.md": text for name, text in documents.items()}
    return driven


def archived(driven: Driven) -> str:
    """The output log, as it is archived."""
    (body,) = driven.archives.values()
    return "\n".join(line.text for line in body["log"])  # type: ignore[attr-defined]


def test_an_index_is_written_and_what_is_stale_is_in_the_archive() -> None:
    driven = library(guide=GUIDE, README=INDEX)
    assert driven.go().code is Exit.COMPLETE
    assert driven.run.docs.written == ["docs/README.md"]
    assert "- [Guide](guide.md)" in driven.run.docs.documents["docs/README.md"]
    said = archived(driven)
    assert "wrote the index of docs/README.md" in said
    assert "docs/guide.md:3: link gone.md: no such file" in said
    (body,) = driven.archives.values()
    page = body["documents"][DELIVERABLE].decode()  # type: ignore[index]
    assert "docs/guide.md:3: link gone.md: no such file" in page
    assert driven.run.docs.documents["docs/guide.md"] == GUIDE


def test_nothing_is_said_where_nothing_is_stale_or_behind() -> None:
    driven = library(guide="# Guide\n")
    assert driven.go().code is Exit.COMPLETE
    assert driven.run.docs.written == []
    assert "documents" not in archived(driven)


def test_an_aborted_run_leaves_documents_alone() -> None:
    driven = library(README=INDEX, guide=GUIDE)

    async def make(ctx: Context) -> SkillResult:
        driven.tell(lambda state: commands.abort(state, "ann", "wrong oven"))
        return SkillResult()

    driven.stubs.work["make"] = make
    driven.go()
    assert driven.run.docs.written == []


@pytest.mark.parametrize("irreversible", [True, False])
def test_an_index_that_was_shipped_stays_as_it_is_out(irreversible: bool) -> None:
    driven = Driven(SHIPPING)
    driven.run.docs.documents = {"docs/README.md": INDEX, "docs/guide.md": "# Guide\n"}
    driven.run.workspace.files = {"a.txt": "one", "docs/README.md": INDEX}
    driven.run.workspace.commit_all()
    effects = {"push": EffectSpec("the push", irreversible=irreversible), "commit": EffectSpec("the commit")}
    driven.packs = Packs((Pack(id="test", effects=effects),))
    driven.go()
    driven.tell(lambda state: commands.approve(state, SHIPPING, "ann"))
    assert driven.go().code is Exit.COMPLETE
    assert driven.run.docs.written == ([] if irreversible else ["docs/README.md"])
    assert ("`loop-tui docs index` writes its index" in archived(driven)) is irreversible


def test_an_index_that_cannot_be_written_keeps_no_run_from_its_end() -> None:
    driven = library(README=INDEX, guide=GUIDE)
    driven.run.docs.problem = Problem("cannot be written", "docs/README.md", code=Code.NOT_WRITABLE)
    assert driven.go().code is Exit.COMPLETE
    assert "the index of docs/README.md is not written: docs/README.md cannot be written" in archived(driven)
    assert "gone.md: no such file" in archived(driven)
