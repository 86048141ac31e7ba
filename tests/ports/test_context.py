"""What every context of a run does (`ports.RunContext`)."""

import asyncio

from .test_artifacts import begun
from .worlds import PortsWorld


def test_nothing_is_written_where_nothing_is_known(there: PortsWorld) -> None:
    begun(there)
    context = there.ports().context
    assert asyncio.run(context.load("")) == ""
    assert context.known() is None


def test_it_is_written_once(there: PortsWorld) -> None:
    begun(there)
    there.know("Bread at six.")
    assert there.ports().context.known() is None
    assert asyncio.run(there.ports().context.load("")) != ""
    known = there.ports().context.known()
    assert known is not None
    assert known.name == "context.md"
    there.know("Bread at seven.")
    assert asyncio.run(there.ports().context.load("")) == ""
    assert there.ports().context.known() == known
