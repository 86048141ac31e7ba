"""Whether the loop of a project may run here, and the person's yes to that: one rule for all faces (SPEC section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.storage.definitions.catalog import FoundLoop
from loop_tui.storage.definitions.trust import may_run, remember

from .snapshot import TrustAsk


def trust_needed(project: Path, found: FoundLoop, env: Mapping[str, str] | None = None) -> TrustAsk | None:
    """What a person has to agree to before this loop may run, or None when it may."""
    return None if may_run(project, found, env) else TrustAsk(found.path, found.sha256)


def agree(project: Path, ask: TrustAsk) -> None:
    """Remember that this very file may run here. Raises Problem when that cannot be written."""
    remember(project, ask.path, ask.sha256, datetime.now(UTC))
