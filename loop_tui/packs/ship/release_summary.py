"""What a run released and how far each target got, for the summary of its archive (`Pack.summary`)."""

from pydantic import JsonValue

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.state import RunState
from loop_tui.packs.ship.effects import PUSH, RELEASE, TAG, VERSION
from loop_tui.runners.targets import TargetLevel

_DELIVERS = "distribute"


def summary(state: RunState, definition: LoopDefinition) -> dict[str, JsonValue]:
    """`release` {from, to, commit, tag} once the push was proven, and `targets` [{id, level, proof}] once confirmed.

    Nothing for a run that did neither: what was not shipped is no release.
    """
    found: dict[str, JsonValue] = {}
    if release := _release(state):
        found["release"] = release
    if targets := _targets(state, definition):
        found["targets"] = targets
    return found


def _release(state: RunState) -> dict[str, JsonValue]:
    """The first version that the run raised, the last that it shipped, the commit that a remote was seen to hold."""
    pushed = _newest(state, PUSH)
    if "sha" not in pushed:
        return {}
    written = [effect for effect in state.effects if effect.kind == VERSION and effect.proven]
    shipped = _newest(state, RELEASE)
    to = str(shipped.get("version") or (written[-1].intent.get("to") if written else "") or "")
    before = str(written[0].intent.get("from") or "") if written else to
    tags = [effect for effect in state.effects if effect.kind == TAG and effect.proven]
    tag = str(tags[-1].intent.get("tag") or "") if tags else ""
    return {"from": before, "to": to, "commit": str(pushed["sha"]), "tag": tag}


def _newest(state: RunState, kind: str) -> dict[str, JsonValue]:
    """The proof of the effect of that kind that was proven last."""
    proven = [effect for effect in state.effects if effect.kind == kind and effect.proven]
    return dict(max(proven, key=lambda effect: effect.proven_at).proof or {}) if proven else {}


def _targets(state: RunState, definition: LoopDefinition) -> list[JsonValue]:
    entries = [entry for entry in state.skill_log if entry.skill == _DELIVERS and entry.checks]
    checks = {check.name: check for check in entries[-1].checks if check.ran_here} if entries else {}
    return [_target(target.id, checks[target.id]) for target in definition.targets if target.id in checks]


def _target(target: str, check: Check) -> JsonValue:
    """The level that a check names first, as `targets.verdict` writes it, and the rest of what it says."""
    level = next((each for each in TargetLevel if _says(check.summary, each)), None)
    proof = check.summary.removeprefix(level.value).removeprefix(":").strip() if level else check.summary
    return {"id": target, "level": level.value if level else check.status.value, "proof": proof}


def _says(summary: str, level: TargetLevel) -> bool:
    rest = summary.removeprefix(level.value)
    return rest != summary and (not rest or rest.startswith((":", " (")))
