"""What the Dream State and the roadmap still ask for, as moves: nothing that is complete, blocked or deferred.

What waits for something that is open is blocked by it: it is no move, but counts for what it waits for.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from loop_tui.model.context.values import Source
from loop_tui.model.dream.rollup import Rolled
from loop_tui.model.dream.tree import Node, NodeStanding, Tier, key_of
from loop_tui.model.text import count_of

from .scoring import alignment, effort, likelihood, score_of, time_needed, unlock, with_stated
from .values import Move, MoveFacts, MoveInputs, MoveKind

_CLOSED = (NodeStanding.DONE, NodeStanding.DEFERRED)
_NAMED = 3


class _Open(Struct):
    """One thing that is open: a module, a function of the system itself, or an item of the roadmap."""

    name: str
    evidence: list[Source]
    functions: tuple[str, ...] = ()
    count: int = 0
    """How many functions of it are open; more than are named where only a table counts them."""
    is_blocked: bool = False
    is_begun: bool = False
    is_module: bool = False
    group: str = ""


def build_moves(facts: MoveFacts) -> tuple[Move, ...]:
    """A move for each thing that is open, waits for nothing, and that no run here is about already."""
    found = _open_things(facts)
    needs = _needs(facts, found)
    open_functions = sum(each.count for each in found.values())
    waits = _Waiting(needs)
    under_way = under_way_in(facts)
    moves = []
    for key, each in found.items():
        if each.is_blocked or needs[key] or key in under_way:
            continue
        waiting = waits.on(key)
        history = facts.history_of(facts.build_loop)
        inputs = MoveInputs(
            alignment=alignment(each.count, open_functions),
            unlock=unlock(len(waiting), len(found), known=any(needs.values())),
            likelihood=likelihood(history),
            time=time_needed(history),
            effort=effort(each.count),
        )
        inputs = with_stated(inputs, facts.stated.get(key, {}))
        unblocks = tuple(found[name].name for name in waiting)
        moves.append(
            Move(
                MoveKind.BUILD,
                facts.build_loop,
                each.name,
                _words(each),
                each.name if each.is_module else "",
                tuple(each.evidence),
                unblocks,
                inputs,
                score_of(inputs),
                each.is_begun,
            )
        )
    return tuple(moves)


def _words(each: _Open) -> str:
    if each.functions and each.functions != (each.name,):
        more = f" and {len(each.functions) - _NAMED} more" if len(each.functions) > _NAMED else ""
        return f"{count_of(len(each.functions), 'function')} open: {', '.join(each.functions[:_NAMED])}{more}"
    if each.count and not each.functions:
        return f"{count_of(each.count, 'function')} open, by its table"
    return f"planned in {each.group}" if each.group else "open"


def _open_things(facts: MoveFacts) -> dict[str, _Open]:
    """All that is open, by name; what the roadmap and the Dream State both have is one thing."""
    found: dict[str, _Open] = {}
    for child in facts.system.children if facts.system is not None else ():
        if child.standing not in _CLOSED:
            found[key_of(child.node.name)] = _of_tree(child)
    finished = _finished(facts)
    for group in facts.roadmap.groups if facts.roadmap is not None else ():
        for item in group.items:
            key = key_of(item.name)
            if item.standing in _CLOSED:
                # Deferred by the roadmap is deferred; what it says is done, while functions of it are open, is not.
                if item.standing is NodeStanding.DEFERRED:
                    found.pop(key, None)
                continue
            if key in finished:
                continue
            known = found.setdefault(key, _Open(item.name, [], group=group.title))
            known.evidence.append(Source(facts.roadmap_file, item.line))
            known.is_blocked = known.is_blocked or item.standing is NodeStanding.BLOCKED
    return found


def _of_tree(child: Rolled) -> _Open:
    functions = [child] if child.node.tier is Tier.FUNCTION else list(child.children)
    opened = [each for each in functions if each.standing not in _CLOSED]
    ready = [each for each in opened if each.node.standing is not NodeStanding.BLOCKED]
    return _Open(
        child.node.name,
        [Source(child.node.document, (ready or [child])[0].node.line)],
        tuple(each.node.name for each in ready),
        len(ready) or (0 if opened else max(child.total - child.done, 0)),
        is_blocked=_is_blocked(child.node) or (bool(opened) and not ready),
        is_begun=child.done > 0,
        is_module=child.node.tier is Tier.MODULE,
    )


def _finished(facts: MoveFacts) -> frozenset[str]:
    """The names of modules and functions that are done or deferred, whatever a roadmap says of them."""
    every = _all_below(facts.system.children) if facts.system is not None else ()
    return frozenset(key_of(each.node.name) for each in every if each.standing in _CLOSED)


def under_way_in(facts: MoveFacts) -> frozenset[str]:
    """What runs here are about already, by key."""
    return frozenset(key_of(name) for run in facts.runs for name in run.about)


def below(children: Iterable[Rolled], module: str = "") -> Iterator[tuple[str, Rolled]]:
    """Everything in these branches of a tree that is neither deferred nor blocked, nor in what is, with its module."""
    for child in children:
        if child.standing is not NodeStanding.DEFERRED and not _is_blocked(child.node):
            own = child.node.name if child.node.tier is Tier.MODULE else module
            yield own, child
            yield from below(child.children, own)


def _is_blocked(node: Node) -> bool:
    """True for what its own sign or word, or a table, says is blocked."""
    return NodeStanding.BLOCKED in (node.standing, *(each.standing for each in node.stated))


def _all_below(children: Iterable[Rolled]) -> Iterator[Rolled]:
    for child in children:
        yield child
        yield from _all_below(child.children)


def _needs(facts: MoveFacts, found: Mapping[str, _Open]) -> dict[str, frozenset[str]]:
    """Of each open thing the other open things that it depends on."""
    said: dict[str, set[str]] = {key: set() for key in found}
    for name, others in facts.depends:
        said.setdefault(key_of(name), set()).update(map(key_of, others))
    for group in facts.roadmap.groups if facts.roadmap is not None else ():
        for item in group.items:
            said.setdefault(key_of(item.name), set()).update(map(key_of, item.depends_on))
    return {key: frozenset(said[key] & found.keys()) - {key} for key in found}


class _Waiting:
    """What waits for each thing, also by way of others, in the order of the documents."""

    def __init__(self, needs: Mapping[str, frozenset[str]]) -> None:
        self._order = {name: at for at, name in enumerate(needs)}
        self._direct: dict[str, list[str]] = {}
        for name, others in needs.items():
            for other in others:
                self._direct.setdefault(other, []).append(name)
        # Many things may be waited for by the same: of thousands each is not followed anew.
        self._known: dict[tuple[str, ...], list[str]] = {}

    def on(self, key: str) -> list[str]:
        """The names of what waits for a thing."""
        direct = tuple(self._direct.get(key, ()))
        if direct not in self._known:
            self._known[direct] = self._reached(direct)
        return [name for name in self._known[direct] if name != key]

    def _reached(self, direct: tuple[str, ...]) -> list[str]:
        reached, todo = set(direct), [*direct]
        while todo:
            more = [name for name in self._direct.get(todo.pop(), ()) if name not in reached]
            reached.update(more)
            todo += more
        return sorted(reached, key=self._order.__getitem__)
