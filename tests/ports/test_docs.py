"""What every keeper of documents does (`ports.ProjectDocs`)."""

import asyncio

import pytest

from loop_tui.model.problem import Problem
from loop_tui.storage.docs.index import BEGIN, END

from .worlds import PortsWorld


def test_where_there_are_no_documents_nothing_is_stale_or_behind(there: PortsWorld) -> None:
    docs = there.ports().docs
    assert asyncio.run(docs.behind()) == ()
    assert asyncio.run(docs.stale(there.clock.now().date())).findings == ()


def test_an_index_is_written_once_and_only_where_it_is_wanted(there: PortsWorld) -> None:
    there.document("guide.md", "# Guide\n")
    assert asyncio.run(there.ports().docs.behind()) == ()
    there.document("README.md", f"# Docs\r\n{BEGIN}\r\n{END}\r\nend")
    docs = there.ports().docs
    (edit,) = asyncio.run(docs.behind())
    docs.write(edit)
    assert "\r\n- [Guide](guide.md)\r\n" in there.document("README.md")
    assert asyncio.run(there.ports().docs.behind()) == ()
    with pytest.raises(Problem, match="changed while it was edited"):
        docs.write(edit)


def test_what_is_stale_has_its_place(there: PortsWorld) -> None:
    there.document("guide.md", "# Guide\n\n[old](gone.md)\n")
    found = asyncio.run(there.ports().docs.stale(there.clock.now().date()))
    assert [(each.path, each.line, each.reference) for each in found.findings] == [("docs/guide.md", 3, "gone.md")]
    assert found.documents == 1
