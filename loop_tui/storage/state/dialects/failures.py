"""What failed, and why nothing goes on, as state files write it in `failures` (SPEC section 3)."""

from collections.abc import Sequence

from pydantic import JsonValue

from loop_tui.fs.jsonedit.document import JsonPath
from loop_tui.model.state import Blocked, Failure, RunState
from loop_tui.model.status import RunStatus

from .fields import JsonObject, int_at, list_at, name_of, put, table_at, tables_at, text_at

_DEFAULT_RETRIES = 3


def read_failures(document: JsonObject) -> tuple[Failure, ...]:
    """The history of failures."""
    table = table_at(document, "failures")
    return tuple(
        Failure(
            stage=text_at(item, "stage", "phase"),
            skill=text_at(item, "skill", "capability"),
            error=text_at(item, "error", "message"),
            fingerprint=text_at(item, "fingerprint"),
            kind=text_at(item, "kind") or "error",
            at=text_at(item, "timestamp", "at"),
            resolution=text_at(item, "resolution"),
            resolved_at=text_at(item, "resolvedAt"),
        )
        for item, _ in tables_at(table, "history", ("failures",))
    )


def read_limits(document: JsonObject, failures: Sequence[Failure]) -> tuple[int, int]:
    """How many failures there were, and how many retries each may have."""
    table = table_at(document, "failures")
    count, retries = int_at(table, "count"), int_at(table, "maxRetries")
    return len(failures) if count is None or count < 0 else count, _DEFAULT_RETRIES if retries is None else retries


def read_blocked(document: JsonObject, status: RunStatus) -> Blocked | None:
    """Why nothing goes on; None when the run is not blocked and the file says nothing about it."""
    failures = table_at(document, "failures")
    table = table_at(failures, "blocked", ("failures",))
    if not table:
        reason = text_at(document, "blockedReason", "blocked_reason") if status is RunStatus.BLOCKED else ""
        return Blocked(reason=reason) if reason else None
    path: JsonPath = ("failures", "blocked")
    tried = list_at(table, "tried", path)
    return Blocked(
        reason=text_at(table, "reason"),
        last_error=text_at(table, "lastError"),
        attempts=int_at(table, "attempts") or 0,
        tried=tuple(name_of(v, (*path, "tried", i), "what") for i, v in enumerate(tried)),
        action=text_at(table, "action"),
        resume=text_at(table, "resume"),
        question=text_at(table, "question"),
        at=text_at(table, "at"),
    )


def read_aborted(document: JsonObject) -> str | None:
    """Why the run was aborted, or None."""
    value = table_at(document, "failures").get("aborted")
    return value if isinstance(value, str) else "aborted" if value is True else None


def dump_failures(state: RunState) -> dict[str, JsonValue]:
    """`failures`, with why the run is blocked or was aborted."""
    dumped: dict[str, JsonValue] = {
        "count": state.failure_count,
        "maxRetries": state.max_retries,
        "history": [
            put(
                put({"stage": f.stage}, skill=f.skill) | {"error": f.error},
                fingerprint=f.fingerprint,
                kind=f.kind,
                timestamp=f.at,
                resolution=f.resolution,
                resolvedAt=f.resolved_at,
            )
            for f in state.failures
        ],
    }
    if state.blocked is not None:
        dumped["blocked"] = _dump_blocked(state.blocked)
    if state.aborted is not None:
        dumped["aborted"] = state.aborted
    return dumped


def _dump_blocked(blocked: Blocked) -> dict[str, JsonValue]:
    dumped = put(
        {"reason": blocked.reason},
        lastError=blocked.last_error,
        attempts=blocked.attempts or None,
        action=blocked.action,
        resume=blocked.resume,
        question=blocked.question,
        at=blocked.at,
    )
    if blocked.tried:
        dumped["tried"] = list(blocked.tried)
    return dumped
