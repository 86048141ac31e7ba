"""What a run released and how far each target got, for the summary of its archive: written, and read again.

Other programs read it, too: `release` {from, to, commit, tag} and `targets` [{id, title, level, proof}]. A `release` in
which nothing was new (no commit, push, tag or publish of this run) has `new` = "no" besides: it says what stands.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import ConfigDict, JsonValue, TypeAdapter, ValidationError

from loop_tui.model.base import Model
from loop_tui.model.definition import LoopDefinition, TargetDefinition
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.runs import RunSummary
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.packs.ship.effects import (
    BRANCH,
    CHANGELOG,
    COMMIT,
    MERGE,
    PUBLISH_ATTEMPT,
    PUSH,
    RELEASE,
    RELEASE_ASSET,
    RELEASE_PUBLISH,
    TAG,
    VERSION,
    WORKFLOW_AGAIN,
)
from loop_tui.runners.pack_api import SummarySection, ToldByPacks
from loop_tui.runners.targets import TargetLevel

_DELIVERS = "distribute"
_RELEASE, _TARGETS = "release", "targets"
_NEW, _NO = "new", "no"
_CHANGES = (VERSION, CHANGELOG, COMMIT, TAG, BRANCH, MERGE, RELEASE_PUBLISH, RELEASE_ASSET, WORKFLOW_AGAIN)
_Shape = TypeVar("_Shape")


class ReachedTarget(Model):
    """How far a target got, in the words of whoever confirmed it, and what shows it."""

    id: str
    title: str = ""
    level: str = ""
    proof: str = ""

    @property
    def name(self) -> str:
        """What the loop calls it; its id in archives that do not say."""
        return self.title or self.id


_READS_RELEASE = TypeAdapter(dict[str, str], config=ConfigDict(defer_build=True))
_READS_TARGETS = TypeAdapter(tuple[ReachedTarget, ...], config=ConfigDict(defer_build=True))


def summary(state: RunState, definition: LoopDefinition) -> dict[str, JsonValue]:
    """`release` once the push was proven, and `targets` once confirmed, as the module describes them.

    Nothing for a run that did neither: what was not shipped is no release.
    """
    found: dict[str, JsonValue] = {}
    if release := _release(state.effects):
        found[_RELEASE] = {**release} if _is_new(state) else {**release, _NEW: _NO}
    if targets := _targets(state, definition):
        found[_TARGETS] = targets
    return found


def is_new(release: Mapping[str, str]) -> bool:
    """False for what an archived run says of a release that stood before it."""
    return release.get(_NEW) != _NO


def _is_new(state: RunState) -> bool:
    """True where this run changed what others get: by a commit of its own, one that it pushed, a tag, a publish."""
    if any(effect.proven and effect.kind in _CHANGES for effect in state.effects):
        return True
    if any(effect.kind == PUBLISH_ATTEMPT and (effect.proof or {}).get("answer") for effect in state.effects):
        return True
    return any(q.id.startswith("push-unchanged-") and q.answer for q in state.questions)


def read_summary(told: Mapping[str, JsonValue]) -> ToldByPacks:
    """What `summary` wrote, for `Pack.read_summary`; of another shape, as others may write it, it counts as nothing."""
    release, targets = _read(_READS_RELEASE, told.get(_RELEASE), {}), reached_targets(told)
    words = release_words(release)
    if release.get(_NEW) == _NO:
        words = f"nothing was released, because nothing is new; what stands is {words}"
    sections = [SummarySection("Release", (words,))] if release else []
    if targets:
        sections.append(SummarySection("Targets", tuple(_target_words(target) for target in targets)))
    facts: dict[str, JsonValue] = {_RELEASE: {**release}, _TARGETS: [t.model_dump(mode="json") for t in targets]}
    return ToldByPacks(facts, tuple(sections))


def release_in(run: RunSummary) -> dict[str, str]:
    """The release (from, to, commit, tag) of an archived run, empty when it made none.

    Where it was archived by a version that did not say so yet, its effects do.
    """
    return _read(_READS_RELEASE, run.told.get(_RELEASE), {}) or _release(run.effects)


def reached_targets(told: Mapping[str, JsonValue]) -> tuple[ReachedTarget, ...]:
    """How far each target got, from what packs told of a run (`RunSummary.told`)."""
    return _read(_READS_TARGETS, told.get(_TARGETS), ())


def release_words(release: Mapping[str, str]) -> str:
    """`0.7.0 -> 0.8.0, abc1234, tag v0.8.0`: a release (from, to, commit, tag) on one line."""
    before, to, commit, tag = (release.get(key, "") for key in ("from", "to", "commit", "tag"))
    version = f"{before} -> {to}" if before and before != to else to or "no version"
    parts = [version, commit[:7], f"tag {tag}" if tag else ""]
    return one_line(", ".join(part for part in parts if part))


def _target_words(target: ReachedTarget) -> str:
    return f"{target.name}: {target.level}{f', {target.proof}' if target.proof else ''}"


def _read(adapter: TypeAdapter[_Shape], value: JsonValue, otherwise: _Shape) -> _Shape:
    try:
        return adapter.validate_python(value) if value is not None else otherwise
    except ValidationError:
        return otherwise


def _release(effects: Sequence[Effect]) -> dict[str, str]:
    """The first version that a run raised, the last that it shipped, the commit that a remote was seen to hold."""
    pushed = _newest(effects, PUSH)
    if "sha" not in pushed:
        return {}
    written = [effect for effect in effects if effect.kind == VERSION and effect.proven]
    shipped = _newest(effects, RELEASE)
    to = str(shipped.get("version") or (written[-1].intent.get("to") if written else "") or "")
    before = str(written[0].intent.get("from") or "") if written else "" if _is_first(effects, to) else to
    tags = [effect for effect in effects if effect.kind == TAG and effect.proven]
    tag = str(tags[-1].intent.get("tag") or "") if tags else ""
    return {"from": before, "to": to, "commit": str(pushed["sha"]), "tag": tag}


def _is_first(effects: Sequence[Effect], version: str) -> bool:
    """True where a version that stayed was released for the first time: by its section, or by a publish."""
    told = (e for e in effects if e.kind == CHANGELOG and e.proven and e.intent.get("from") == version)
    done = (e for e in effects if e.kind == PUBLISH_ATTEMPT and (e.proof or {}).get("answer") == "done")
    return any(effect.intent.get("to") == version for effect in told) or any(done)


def _newest(effects: Sequence[Effect], kind: str) -> dict[str, JsonValue]:
    """The proof of the effect of that kind that was proven last."""
    proven = [effect for effect in effects if effect.kind == kind and effect.proven]
    return dict(max(proven, key=lambda effect: effect.proven_at).proof or {}) if proven else {}


def _targets(state: RunState, definition: LoopDefinition) -> list[JsonValue]:
    entries = [entry for entry in state.skill_log if entry.skill == _DELIVERS and entry.checks]
    checks = {check.name: check for check in entries[-1].checks if check.ran_here} if entries else {}
    return [_target(target, checks[target.id]) for target in definition.targets if target.id in checks]


def _target(target: TargetDefinition, check: Check) -> JsonValue:
    """The level that a check names first, as `targets.verdict` writes it, and the rest of what it says."""
    level = next((each for each in TargetLevel if _says(check.summary, each)), None)
    proof = check.summary.removeprefix(level.value).removeprefix(":").strip() if level else check.summary
    named = {"id": target.id, "title": target.title or target.id}
    return {**named, "level": level.value if level else check.status.value, "proof": proof}


def _says(summary: str, level: TargetLevel) -> bool:
    rest = summary.removeprefix(level.value)
    return rest != summary and (not rest or rest.startswith((":", " (")))
