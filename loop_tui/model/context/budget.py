"""A context within a budget of tokens: what matters least is left out first, and it is said how much.

Only the model that reads a text can count its tokens. One for each four bytes of UTF-8 is the usual estimate for
English text and code; for most other scripts it is too high rather than too low.
"""

from collections.abc import Collection

from msgspec.structs import replace

from .markdown import markdown_of
from .values import ContextSection, LoadedContext

BUDGET = 2000
"""Tokens, where nothing else is asked for."""
SMALLEST_BUDGET = 200
"""What marks, and the line about what was left out, need."""
_BYTES_A_TOKEN = 4
_Place = tuple[int, int]
"""A line by the numbers of its section and its own."""


def tokens_in(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN)


def within(context: LoadedContext, budget: int = BUDGET) -> LoadedContext:
    """The context with as many of its lines as the budget holds, those of the lowest rank first.

    Of lines of one rank the earlier goes first. The marks and the names of what could not be read always remain.
    """
    places = [(at, number) for at, section in enumerate(context.sections) for number in range(len(section.lines))]
    order = sorted(places, key=lambda place: (context.sections[place[0]].lines[place[1]].rank, place))
    low, high = 0, len(order)
    while low < high:
        middle = (low + high + 1) // 2
        if _of(context, order[:middle], budget).tokens <= budget:
            low = middle
        else:
            high = middle - 1
    return _of(context, order[:low], budget)


def _of(context: LoadedContext, kept: Collection[_Place], budget: int) -> LoadedContext:
    chosen = frozenset(kept)
    sections = tuple(_cut(section, at, chosen) for at, section in enumerate(context.sections))
    made = replace(context, sections=sections, budget=budget)
    return replace(made, tokens=tokens_in(markdown_of(made)))


def _cut(section: ContextSection, at: int, kept: frozenset[_Place]) -> ContextSection:
    lines = tuple(line for number, line in enumerate(section.lines) if (at, number) in kept)
    return replace(section, lines=lines, left_out=section.left_out + len(section.lines) - len(lines))
