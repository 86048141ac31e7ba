"""The score of a move in words: every input with what it was measured by, or who stated it (SPEC section 7)."""

from collections.abc import Iterator

from loop_tui.model.moves.scoring import WEIGHTS, missing_in
from loop_tui.model.moves.values import Move


def score_lines(move: Move) -> Iterator[str]:
    """The score with its inputs; without one the inputs that there are, and which are missing."""
    known = [(name, weight, value) for name, weight in WEIGHTS if (value := getattr(move.inputs, name)) is not None]
    if not known:
        return
    terms = ", ".join(f"{name} {value.value:g} x {weight:g} ({value.by})" for name, weight, value in known)
    if move.score is not None:
        yield f"   score {move.score:g}/10: {terms}"
    else:
        yield f"   no score, not measured: {', '.join(missing_in(move.inputs))}; {terms}"
