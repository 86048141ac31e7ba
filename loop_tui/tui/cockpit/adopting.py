"""Making the run that is shown ours, and letting it go by a newer definition: asked first, with what that means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.choose import ChooseScreen
from loop_tui.tui.widgets.words import whole

if TYPE_CHECKING:
    from loop_tui.control.adoption import Adoption
    from loop_tui.control.client import RunClient
    from loop_tui.control.snapshot import TrustAsk
    from loop_tui.ports import Committed
    from loop_tui.tui.cockpit.run_actions import RunActions

Then = Callable[[], object]
NO = ("no", "no, do not change it")


def ask_adopt(cockpit: RunActions) -> None:
    """Say what making this run ours means, and do it when the person says so; the next driver starts then."""
    if cockpit.person is not None:
        cockpit.run_worker(_ask_adopt(cockpit, cockpit.person), group="person")


async def _ask_adopt(cockpit: RunActions, person: RunClient) -> None:
    from loop_tui.control.adoption import adoption_of

    try:
        asked = await asyncio.to_thread(adoption_of, person.store)
    except Problem as problem:
        cockpit.refuse(str(problem))
        return
    if asked is None:
        cockpit.refuse("this run is already yours")
        return

    def take() -> None:
        cockpit.source.seen()
        cockpit.tell(lambda person: _adopted(person, asked), "you have taken over the run")

    def sure() -> None:
        if asked.presence.working:
            who = one_line(asked.presence.by, 60) or "someone"
            lines = [f"{who} was last active at {asked.presence.since}, and may write to it again."]
            _ask(cockpit, f"{who} is working on this run. Take it over anyway?", "yes, switch", lines, take)
        else:
            take()

    def wanted() -> None:
        _ask(cockpit, "Take over this run?", "yes, continue it here", _meaning(asked), sure)

    _trusted(cockpit, asked.trust, wanted)


def _adopted(person: RunClient, seen: Adoption) -> Committed:
    """Make the run ours as the person saw it. Raises Problem when somebody began to work on it meanwhile."""
    from loop_tui.control.adoption import adopt, adoption_of

    now = adoption_of(person.store)
    if now is not None and now.presence.working and not seen.presence.working:
        raise Problem("it is being worked on now: nothing was changed, check it again", code=Code.ELSEWHERE)
    if seen.trust is not None:
        person.trust(seen.trust)
    return adopt(person.store, person.by)


def _meaning(asked: Adoption) -> list[str]:
    """What is read before the yes: where the run stands, and what comes along."""
    from loop_tui.engine.progress import table

    rows = table(asked.state)
    width = max((len(one_line(row.phase, 20)) for row in rows), default=0)
    looks = [glyphs.phase(row.status) for row in rows]
    lines = [
        f"{one_line(row.phase, 20):<{width}}  {look.glyph} {look.word:<8} {row.skills}"
        for row, look in zip(rows, looks, strict=True)
    ]
    told = [one_line(line, 400) for line in asked.lines()]
    return [*lines, "", asked.presence.word, *told, "Its results count as stated only: the checks run again here."]


def ask_adopt_definition(cockpit: RunActions) -> None:
    """Say what the definition as it is now has more and fewer, and take it over when the person says so."""
    if cockpit.person is not None:
        cockpit.run_worker(_ask_definition(cockpit), group="person")


async def _ask_definition(cockpit: RunActions) -> None:
    from loop_tui.control.run_definition import definition_of
    from loop_tui.control.trust import trust_needed

    shown = cockpit.snapshot

    def needed() -> tuple[str, TrustAsk | None]:
        known = definition_of(shown.project, shown.loop)
        return known.newer, trust_needed(shown.project, known.found) if known.found is not None else None

    try:
        newer, trust = await asyncio.to_thread(needed)
    except Problem as problem:
        cockpit.refuse(str(problem))
        return
    if not newer:
        cockpit.refuse("it already uses that definition")
        return

    def take() -> None:
        cockpit.tell(lambda person: _taken_over(person, trust), f"adopted: {newer}", start=False)

    def wanted() -> None:
        lines = [one_line(newer, 400), "Waiting gates and gates approved by a person are kept."]
        _ask(cockpit, "Switch this run to the current definition?", "yes, switch", lines, take)

    _trusted(cockpit, trust, wanted)


def _taken_over(person: RunClient, trust: TrustAsk | None) -> Committed | None:
    from loop_tui.control.adoption import adopt_definition

    if trust is not None:
        person.trust(trust)
    return adopt_definition(person.store, person.by)


def _trusted(cockpit: RunActions, trust: TrustAsk | None, then: Then) -> None:
    """Ask first whether a file of the repository may run here, where nobody knows; nothing is kept before the end."""
    if trust is None:
        then()
        return
    lines: list[str | Content] = [f"{trust.words[:1].upper()}{trust.words[1:]}.", one_line(trust.path, 300)]
    lines.append(f"sha256 {trust.sha256[:16]}…")
    lines += map(whole, [*trust.changed, "", *trust.does] if trust.changed else trust.does)
    _ask(cockpit, trust.question, "yes, trust it until it changes", lines, then)


def _ask(cockpit: RunActions, title: str, yes: str, lines: Sequence[str | Content], then: Then) -> None:
    def chosen(choice: str | None) -> None:
        if choice == "yes":
            then()

    cockpit.app.push_screen(ChooseScreen(title, (NO, ("yes", yes)), lines=lines), chosen)
