"""All moves in their order: the first is the one that is proposed (SPEC section 7)."""

from collections.abc import Iterator

from loop_tui.model.context.values import Source
from loop_tui.model.dream.tree import key_of
from loop_tui.model.text import count_of

from .queue import below, build_moves, under_way_in
from .values import RELEASE_LOOP, LastRun, Move, MoveFacts, MoveKind

_MOST_EVIDENCE = 3


def moves_of(facts: MoveFacts) -> tuple[Move, ...]:
    """What could be done next, the most worthwhile first; empty where nothing is open.

    By kind, then by score; moves without a score come after those with one, what unblocks more first, then what was
    begun already, then as the documents have it.
    """
    found = [*_releases(facts), *_runs(facts), *_repairs(facts), *build_moves(facts), *_documents(facts)]
    return tuple(sorted(found, key=_order))


def _order(move: Move) -> tuple[int, bool, float, int, bool]:
    return (move.kind, move.score is None, -(move.score or 0.0), -len(move.unblocks), not move.is_begun)


def _releases(facts: MoveFacts) -> Iterator[Move]:
    """The release, unless one is under way here."""
    if any(run.loop == RELEASE_LOOP for run in facts.runs):
        return
    last = facts.last
    changed = _changed(facts, last) if last is not None and last.succeeded else ""
    if last is not None and last.loop != RELEASE_LOOP and changed:
        what = f"{last.loop} changed code: {changed}"
        yield Move(MoveKind.RELEASE_AFTER_LOOP, RELEASE_LOOP, "", what, evidence=(last.source,))
    elif facts.unreleased:
        known = (facts.released,) if facts.released is not None else ()
        yield Move(MoveKind.RELEASE, RELEASE_LOOP, "", facts.unreleased, evidence=known)


def _changed(facts: MoveFacts, last: LastRun) -> str:
    """What says that the last run changed code: empty where nothing does."""
    made = f"{count_of(last.commits, 'commit')} while it was running" if last.commits else ""
    return facts.unreleased or ", ".join(last.changed[:3]) or made


def _runs(facts: MoveFacts) -> Iterator[Move]:
    """Runs that wait for a person, and those that stand still."""
    for run in facts.runs:
        if run.needs_answer or run.stands:
            kind = MoveKind.ANSWER if run.needs_answer else MoveKind.CONTINUE
            yield Move(kind, run.loop, "", run.headline, evidence=(Source(run.file),), is_begun=True)


def _repairs(facts: MoveFacts) -> Iterator[Move]:
    """Functions whose check failed, whatever their boxes say; not those that a run here is about already."""
    under_way = under_way_in(facts)
    for module, each in below(facts.system.children) if facts.system is not None else ():
        node = each.node
        if (node.document, node.line) in facts.broken and under_way.isdisjoint(map(key_of, (module, node.name))):
            source = Source(node.document, node.line)
            yield Move(MoveKind.REPAIR, facts.repair_loop, node.name, "its check fails", module, evidence=(source,))


def _documents(facts: MoveFacts) -> Iterator[Move]:
    """What is stale in documents, all of it as one move: it holds nothing up."""
    if facts.stale:
        what = count_of(len(facts.stale), "stale reference")
        yield Move(MoveKind.DOCUMENTS, "", "documents", what, evidence=facts.stale[:_MOST_EVIDENCE])
