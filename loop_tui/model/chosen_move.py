"""The move that a person chose: kept as `leverage_decision` in the state of the run that it began (SPEC section 3)."""

from collections.abc import Mapping

from pydantic import Field, JsonValue, ValidationError

from loop_tui.model.base import Model
from loop_tui.model.text import one_line

LEVERAGE = "leverage_decision"
"""Its key in state files, journals and archives."""
_LONGEST = 200


class ChosenInput(Model):
    """One input of the score as it was then, 1 to 10, and what it was measured by, or who stated it."""

    value: float = Field(allow_inf_nan=False)
    by: str = ""


class MoveChoice(Model):
    """Why a run was begun: the move, its score (1 to 10, None where an input was not known), and what it rested on.

    `rank` counts from 1 among the `of` moves that were open then. `evidence` are places as people read them:
    `ROADMAP.md:12`, `run 1a2b3c4d`. `chosen_at` is a timestamp.
    """

    kind: str = ""
    loop: str
    target: str = ""
    module: str = ""
    what: str = ""
    score: float | None = Field(None, allow_inf_nan=False)
    inputs: dict[str, ChosenInput] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    unblocks: tuple[str, ...] = ()
    rank: int = 1
    of: int = 1
    chosen_by: str = ""
    chosen_at: str = ""

    @property
    def words(self) -> str:
        """It on one line, clean: `next move 1 of 4, chosen by anna: ovens: 2 functions open, score 6.3`."""
        by = f", chosen by {one_line(self.chosen_by, 60)}" if self.chosen_by else ""
        about = ": ".join(one_line(part, _LONGEST) for part in (self.target, self.what) if part)
        score = f", score {self.score:g}" if self.score is not None else ""
        return f"next move {self.rank} of {self.of}{by}{f': {about}' if about else ''}{score}"


def read_choice(value: object) -> MoveChoice | None:
    """The choice that a document has; None for what is none: other programs keep what they like under that key."""
    if not isinstance(value, Mapping):
        return None
    try:
        return MoveChoice.model_validate({key: each for key, each in value.items() if key in MoveChoice.model_fields})
    except (ValidationError, RecursionError):
        return None


def dump_choice(choice: MoveChoice) -> dict[str, JsonValue]:
    """It as state files, journals and archives have it."""
    always: dict[str, JsonValue] = {"score": choice.score, "rank": choice.rank, "of": choice.of}
    return choice.model_dump(mode="json", exclude_defaults=True) | always
