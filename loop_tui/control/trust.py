"""Whether the loop of a project may run here, and the person's yes to that: one rule for all faces (SPEC section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.storage.definitions.catalog import FoundLoop
from loop_tui.storage.definitions.trust import agreed_before, content_of, lines_of, may_run, read_trust, remember

from .snapshot import TrustAsk


def trust_needed(project: Path, found: FoundLoop, env: Mapping[str, str] | None = None) -> TrustAsk | None:
    """What a person has to agree to before this loop may run, or None when it may."""
    if may_run(project, found, env):
        return None
    path, sha256 = content_of(found)
    does, before = lines_of(found), agreed_before(project, found, env)
    _, trouble = read_trust(env)
    return TrustAsk(
        path,
        sha256,
        loop=found.definition.id,
        does=does,
        changed=difference(before.does, does) if before is not None and before.does else (),
        trouble=str(trouble) if trouble is not None else "",
        addresses=found.origin != "repository",
    )


def agree(project: Path, ask: TrustAsk) -> None:
    """Remember that this very content may run here. Raises Problem when that cannot be written."""
    remember(project, ask.path, ask.sha256, datetime.now(UTC), loop=ask.loop, does=ask.does)


def difference(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    """The lines that went and came, in their order; one line where only what these lines do not say changed."""
    from difflib import SequenceMatcher

    found: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind != "equal":
            found += [f"- {line}" for line in before[a:b]] + [f"+ {line}" for line in now[c:d]]
    return tuple(found) or ("no change in what it does, only in its text",)
