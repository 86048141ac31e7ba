"""The person's own commands on keys, as actions: they stand in help and palette beside the shipped ones."""

from __future__ import annotations

from collections.abc import Iterable

from .model import UserAction

OWN = "Your commands"
_own: list[UserAction] = []


def use_own(actions: Iterable[UserAction]) -> None:
    """From now on these are the person's own commands."""
    _own[:] = actions


def own_actions() -> tuple[UserAction, ...]:
    """The person's own commands, in the order of the settings."""
    return tuple(_own)
