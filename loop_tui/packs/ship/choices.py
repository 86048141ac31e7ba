"""What a person chose for a run beforehand, with options of `run`: targets, version, and what kind of run it is.

Kept in the run's own state (`runners.pack_api.RunChoice`), so that a driver that takes the run up goes by it, too.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.definition import LoopDefinition, TargetDefinition
from loop_tui.model.going_on import ENDS, RESUMES
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.packs.ship import TARGETS
from loop_tui.packs.ship.configured import lacking
from loop_tui.runners.context import Context
from loop_tui.runners.pack_api import CHOICE, ChosenOptions, RunChoice
from loop_tui.services.toolchains.semantic_version import no_version

ONLY, SKIP, VERSION = "only", "skip-target", "version"
RESYNC, HOTFIX = "resync", "hotfix"
_WORDS = {
    RESYNC: "Resync: what was shipped is built and confirmed again; nothing is committed",
    HOTFIX: "Hotfix: tests and lint that passed on exactly this tree in an earlier run are reused",
}
DISTRIBUTES = "distribute"
"""The skill that publishes, and confirms the targets."""
PUSHES = "git-workflow"
"""The skill that commits and pushes; the settings of `[release]` are its settings."""
_PLANS = "release-planner"
_TARGETS, _VERSION = "choice-targets", "choice-version"
_PROOF_OF_PUSH = "git-remote"
"""The kind that only looks whether the push arrived: every other one rests on it, so that it is never left out."""


class SkippedTarget(Struct, frozen=True):
    """Why a target is left out of a run, and who said so; `unnamed` where `--only` named others, and nothing else."""

    reason: str
    by: str = ""
    unnamed: bool = False

    @property
    def words(self) -> str:
        """For people, on one line."""
        return one_line(f"{self.reason} (chosen by {self.by})" if self.by else self.reason, 300)


def skipped_targets(state: RunState) -> Mapping[str, SkippedTarget]:
    """The targets that are left out of a run, by id. They count as skipped, never as confirmed."""
    known = state.effect(_TARGETS)
    facts = known.intent.get("skipped") if known is not None and known.kind == CHOICE else None
    found = {}
    for target, why in facts.items() if isinstance(facts, dict) else ():
        if isinstance(why, dict):
            reason, by = str(why.get("reason") or "no reason given"), str(why.get("by") or "")
            found[target] = SkippedTarget(reason, by, why.get("unnamed") is True)
    return found


def said_version(state: RunState) -> str:
    """The version that was said for a run with `--version`; empty when none was."""
    known = state.effect(_VERSION)
    return str(known.intent.get("version") or "") if known is not None and known.kind == CHOICE else ""


def will_do(definition: LoopDefinition, state: RunState, skill_id: str) -> bool:
    """True when this skill belongs to the run, and nobody skipped it."""
    for phase in definition.phases:
        known = state.phase_state(phase.id)
        for skill in phase.skills:
            found = known.skill(skill.id) if known else None
            if skill.id == skill_id and not (found and found.settled and found.reason):
                return True
    return False


def how_to_set_version(state: RunState, phase: str = "") -> str:
    """The command that sets the version of this run, or of a new one where it has not begun.

    `phase` is the one of the planner where the run has pushed: then it has to be named.
    """
    words = ["--resume"] * bool(state.run) + ([f"--phase {phase}"] if phase else [])
    return " ".join(("loop-tui run", *words, f"--{VERSION} X.Y.Z"))


def how_to_skip(state: RunState, target: str) -> str:
    """The command that leaves a target out of this run."""
    return " ".join(("loop-tui run", *["--resume"] * bool(state.run), f"--{SKIP} {target} --reason TEXT"))


def served(ctx: Context, kind: str) -> tuple[TargetDefinition, ...]:
    """The targets of a kind that the run serves: those that nobody left out."""
    left_out = skipped_targets(ctx.state)
    return tuple(t for t in ctx.definition.targets if t.kind == kind and t.id not in left_out)


def taken_out(state: RunState, definition: LoopDefinition, kind: str) -> str:
    """Why all targets of a kind are left out by name, which takes their checks out as well; empty where one is not.

    `--only` takes no check out: whoever names a target says nothing of what is verified.
    """
    left_out = skipped_targets(state)
    targets = [target.id for target in definition.targets if target.kind == kind]
    if not targets or not all(name in left_out and not left_out[name].unnamed for name in targets):
        return ""
    return one_line(f"{targets[0]} is skipped: {left_out[targets[0]].words}", 300)


def is_chosen(state: RunState, option: str) -> bool:
    """True when the run was started with this option: `RESYNC` or `HOTFIX`."""
    known = state.effect(f"choice-{option}")
    return known is not None and known.kind == CHOICE and known.intent.get(option) is True


def choose(definition: LoopDefinition, said: ChosenOptions, state: RunState | None) -> tuple[RunChoice, ...]:
    """The choices that the options come to, for `Pack.choose`. Raises Problem for a version that is none.

    `--only` says anew which targets are served; `--skip-target` adds to those that are left out. Raises Problem for a
    target that the loop does not have, one that cannot be left out, and for one that is left out without a reason.
    """
    version = _version(said)
    if version and not _has(definition, _PLANS):
        raise Problem(f"{definition.id} plans no version", todo=f"remove --{VERSION}", code=Code.USAGE)
    only, skip = _names(said, ONLY), _names(said, SKIP)
    modes = [option for option in (RESYNC, HOTFIX) if said.options.get(option)]
    if version and RESYNC in modes:
        what = f"a resync does not change the version, but --{VERSION} is given"
        raise Problem(what, todo=f"use either --{RESYNC} or --{VERSION}", code=Code.USAGE)
    _refuse_modes(definition, modes, state)
    chosen = tuple(RunChoice(f"choice-{option}", {option: True}, _WORDS[option]) for option in modes)
    chosen = (*version, *chosen)
    return chosen + (_targets(definition, said, state) if only or skip else ())


def _refuse_modes(definition: LoopDefinition, modes: list[str], state: RunState | None) -> None:
    """Raise Problem for options that exclude each other, and for one that comes too late to say what a run is."""
    if len(modes) > 1:
        what = "a resync commits nothing, but a hotfix has to be committed"
        raise Problem(what, todo=f"use either --{RESYNC} or --{HOTFIX}", code=Code.USAGE)
    if modes and not _has(definition, PUSHES):
        raise Problem(f"{definition.id} ships nothing", todo=f"remove --{modes[0]}", code=Code.USAGE)
    if modes and state is not None and state.run and not is_chosen(state, modes[0]):
        what = f"a run exists already, and it was not started with --{modes[0]}"
        todo = f"{RESUMES}, {ENDS}"
        raise Problem(what, todo=todo, code=Code.RUN_EXISTS)


def _has(definition: LoopDefinition, skill_id: str) -> bool:
    return any(skill.id == skill_id for phase in definition.phases for skill in phase.skills)


def _targets(definition: LoopDefinition, said: ChosenOptions, state: RunState | None) -> tuple[RunChoice, ...]:
    only, skip = _names(said, ONLY), _names(said, SKIP)
    _refuse_unknown(definition, (*only, *skip))
    _refuse_both(only, skip)
    _refuse_the_push(definition, skip)
    _refuse_unconfigured(definition, only, said.project)
    reason = said.reason.strip()
    if skip and not reason:
        what = f"skipping a target needs a reason: {', '.join(skip)}"
        raise Problem(what, todo=f"--{SKIP} {skip[0]} --reason TEXT", code=Code.USAGE)
    earlier = skipped_targets(state) if state is not None else {}
    found = {} if only else dict(earlier)
    for target in definition.targets:
        if target.id in skip:
            found[target.id] = SkippedTarget(reason, said.by)
        elif only and target.id not in only and target.kind != _PROOF_OF_PUSH:
            found[target.id] = SkippedTarget(reason or f"not among --only {', '.join(only)}", said.by, unnamed=True)
    # Who says again what was said keeps the name of whoever said it first.
    found |= {name: why for name, why in earlier.items() if name in found and found[name].reason == why.reason}
    facts: dict[str, JsonValue] = {
        name: {"reason": why.reason, "by": why.by, **({"unnamed": True} if why.unnamed else {})}
        for name, why in found.items()
    }
    return (RunChoice(_TARGETS, {"skipped": facts}, _words(definition.targets, found)),)


def _version(said: ChosenOptions) -> tuple[RunChoice, ...]:
    text = str(said.options.get(VERSION) or "").strip().removeprefix("v")
    if not text:
        return ()
    if "+" in text or no_version(text):
        why = no_version(text) or f"{one_line(text, 60)} is not a version"
        raise Problem(why, todo=f"--{VERSION} 1.2.3", code=Code.USAGE)
    return (RunChoice(_VERSION, {"version": text}, f"Version {text}, as given", _PLANS),)


def _names(said: ChosenOptions, option: str) -> tuple[str, ...]:
    values = said.options.get(option) or ()
    return tuple(dict.fromkeys(str(value) for value in values))


def _refuse_unknown(definition: LoopDefinition, names: Iterable[str]) -> None:
    known = [target.id for target in definition.targets]
    unknown = [name for name in names if name not in known]
    if not unknown:
        return
    if not known:
        what = f"{definition.id} has no targets to choose from"
        raise Problem(what, todo="remove the option", code=Code.NAME_UNKNOWN)
    words = ", ".join(one_line(name, 60) for name in unknown)
    what = f"{definition.id} has no target {words}"
    raise Problem(what, todo=f"the targets are: {', '.join(known)}", code=Code.NAME_UNKNOWN)


def _refuse_both(only: tuple[str, ...], skip: tuple[str, ...]) -> None:
    both = [name for name in only if name in skip]
    if both:
        what = f"{', '.join(both)} cannot be both the only target and skipped"
        raise Problem(what, todo=f"use either --{ONLY} or --{SKIP}", code=Code.USAGE)


def _refuse_the_push(definition: LoopDefinition, skip: tuple[str, ...]) -> None:
    for target in definition.targets:
        if target.id in skip and target.kind == _PROOF_OF_PUSH:
            what = f"{target.id} proves that the push arrived, and every other target depends on it"
            raise Problem(what, todo="`loop-tui run --dry-run` shows a run that pushes nothing", code=Code.USAGE)


def _refuse_unconfigured(definition: LoopDefinition, only: tuple[str, ...], project: Path | None) -> None:
    """A run that serves nothing but what is not configured would serve nothing, and look like a success.

    `project` is where what a target needs is looked for; without it only the settings are. Raises Problem.
    """
    for target in definition.targets:
        if target.id not in only or target.kind not in TARGETS:
            continue
        needed = TARGETS[target.kind].needed
        if needed and not any(target.settings.get(key) for key in needed):
            todo = f"set {' or '.join(needed)} for it in .loops/targets.toml; `loop-tui targets --detect` proposes it"
            raise Problem(f"{target.id} is not configured", todo=todo, code=Code.TARGET_INVALID)
        if project is not None and (lacks := lacking(project, target)):
            what, todo = f"{target.id} is not configured: {lacks}", "choose another target with --only"
            raise Problem(what, str(project), todo, code=Code.TARGET_INVALID)


def _words(targets: Iterable[TargetDefinition], found: Mapping[str, SkippedTarget]) -> str:
    if not found:
        return "All targets are included"
    titles = {target.id: target.title or target.id for target in targets}
    return "\n".join(f"{titles.get(name, name)} is skipped: {why.words}" for name, why in found.items())
