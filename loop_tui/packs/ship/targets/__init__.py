"""Where a run delivers to: one small module a kind of target, imported when a definition names the kind.

A module of this package has one function, `confirm(ctx, target, shipment) -> Verdict`. A kind that is not here yet
(a definition may name those of a newer version) is reported as not configured, never as delivered.
"""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import cast

from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.evidence import Shipment
from loop_tui.packs.ship.targets.settings import configured
from loop_tui.runners.context import Context

from .verdict import TargetLevel, TargetVerdict, check_of, wanted_level

__all__ = ["KINDS", "Confirm", "TargetLevel", "TargetVerdict", "check_of", "is_configured", "load", "wanted_level"]

Confirm = Callable[[Context, TargetDefinition, Shipment], Awaitable[TargetVerdict]]

_MODULES = {
    "local": "local",
    "git-remote": "git_remote",
    "tarball": "tarball",
    "commands-sync": "commands_sync",
    "github-actions": "github_actions",
    "github-deployment": "github_deployment",
    "http-health": "http_health",
    "github-release": "github_release",
}

KINDS: frozenset[str] = frozenset(_MODULES)


def is_configured(target: TargetDefinition) -> bool:
    """False while nothing says where the target is; its kind need not even be imported then."""
    return configured(target.kind, target.settings)


def load(kind: str) -> Confirm | None:
    """The function that delivers to targets of this kind and says what it saw, or None for a kind we do not have."""
    module = _MODULES.get(kind)
    return cast(Confirm, import_module(f"loop_tui.packs.ship.targets.{module}").confirm) if module else None
