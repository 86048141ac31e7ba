"""The dry run: what a run would do, found out by the skills' own looking and none of their doing (SPEC section 5).

It asks no remote, needs no token and no clean tree, and writes nothing: neither in the project nor in `.git`.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from loop_tui.engine.begin import fresh_state
from loop_tui.engine.decide import decide
from loop_tui.engine.gates import gate_state
from loop_tui.engine.rewrite import with_reopened
from loop_tui.model.actions import (
    Action,
    CheckCondition,
    CompletePhase,
    EnterPhase,
    EvaluateGate,
    ExecuteSkill,
    Finish,
    PassGate,
    Retry,
    SkipGate,
    Wait,
)
from loop_tui.model.definition import LoopDefinition, SkillDefinition
from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.secret_files import looks_secret
from loop_tui.model.state import RunState
from loop_tui.model.status import SkillStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import RESYNC, choose, is_chosen, skipped_targets
from loop_tui.packs.ship.commit.committing import included, letters_of
from loop_tui.packs.ship.commit.message import proposed
from loop_tui.packs.ship.effects import COMMIT, PUSH, VERSION
from loop_tui.packs.ship.evidence import few, newest, prefix, scope
from loop_tui.packs.ship.preflight.preflight import PreflightResult, preflight
from loop_tui.packs.ship.release_planner import planner, which_version
from loop_tui.packs.ship.release_planner.dream_writing import is_committed_with, recorded_in
from loop_tui.packs.ship.run_durations import earlier_runs, usual_targets
from loop_tui.packs.ship.versions import next_version
from loop_tui.ports import ArchiveQuery, RunPorts
from loop_tui.runners.context import Context, TargetKinds
from loop_tui.runners.pack_api import ChosenOptions, reopened_for, with_choices
from loop_tui.services.git import git, history, remotes
from loop_tui.services.git.read_only import looking

from .changelog import changelog_outlook, tag_outlook
from .commands import Outlook, commands_of, range_notes, tracked_version_files
from .looks import Looks
from .model import Bump, DryRunPlan, FileChange, PlanFinding, PlannedCommit, PlannedGate, PlannedSkill, Shipping
from .public import public_lines
from .publishing import planned_publishes, unasked
from .questions import question_findings
from .resync import resync_findings
from .targets import planned_targets

RunnerPreview = Callable[[Context], tuple[str, ...]]
"""What the runner of a skill would do. Raises Problem."""
_PLANS, _SHIPS = "release-planner", "git-workflow"
_NOT_ASKED = (
    "whether the remote can be reached, accepts a push, and has new commits",
    "whether gh is signed in, and what GitHub says about workflows, protection and deployments",
)


async def plan_of(
    ports: RunPorts,
    definition: LoopDefinition,
    state: RunState | None,
    kinds: TargetKinds,
    preview: RunnerPreview,
    *,
    said: ChosenOptions | None = None,
) -> DryRunPlan:
    """What the next run would do, or the one that is there (`state`) from where it stands; with what was `said`.

    Raises Problem for a package.json or settings that cannot be read, and for what cannot be chosen.
    """
    with looking():
        return await _plan(ports, definition, state, kinds, preview, said=said)


async def _plan(
    ports: RunPorts,
    definition: LoopDefinition,
    known: RunState | None,
    kinds: TargetKinds,
    preview: RunnerPreview,
    *,
    said: ChosenOptions | None,
) -> DryRunPlan:
    project, archive = ports.place.project, ports.archive
    system = one_line(project.resolve().name) or "project"
    state = known or fresh_state(definition, run="", system=system, at="")
    if said is not None:
        state = _with_said(state, definition, said)
    looks = Looks(ports, definition, state, kinds)
    ground = await preflight(looks.context(_PLANS), offline=True)
    usual, of_targets = await asyncio.gather(
        asyncio.to_thread(_usual, archive, state), asyncio.to_thread(_of_targets, archive, state)
    )
    bump = None if is_chosen(looks.state, RESYNC) else await _bump(looks, ground)
    shipping = await _shipping(looks, ground, bump)
    public, publishes = await asyncio.gather(
        public_lines(looks.context(_PLANS), ground.package), planned_publishes(looks.context(_PLANS), ground, bump)
    )
    refused = await resync_findings(looks.context(_PLANS), ground)
    asked = await question_findings(looks, ground)
    outlook = Outlook(ground, bump, shipping, publishes)
    skills = tuple(
        [
            PlannedSkill(
                phase=phase.id,
                skill=skill.id,
                status=looks.status(phase.id, skill.id).value,
                reason=looks.reason(phase.id, skill.id),
                runs=_runs(looks, phase.id, skill, outlook, preview),
                usual_ms=usual.get(skill.id),
            )
            for phase in definition.phases
            for skill in phase.skills
        ]
    )
    left = [s.usual_ms for s in skills if s.status not in ("complete", "skipped")]
    took = [ms for ms in left if ms is not None]
    return DryRunPlan(
        loop=definition.id,
        project=str(project),
        system=state.system,
        run=known.status.value if known else "",
        phase=known.phase if known else "",
        next=_next(decide(state, definition)),
        findings=tuple(
            PlanFinding(name=f.name, words=f.words, fix=f.fix, fatal=f.fatal)
            for f in ((*refused, *ground.findings, *asked) if _is_release(definition) else ())
        ),
        bump=bump,
        shipping=shipping,
        skills=skills,
        gates=_gates(definition, state),
        targets=planned_targets(
            project,
            definition,
            took=of_targets,
            usual=usual,
            kinds=kinds.targets,
            left_out=skipped_targets(looks.state),
        ),
        publishes=publishes,
        public=public,
        usual_ms=sum(took) if took else None,
        not_asked=(*_NOT_ASKED, *unasked(publishes)) if _is_release(definition) else (),
    )


def _with_said(state: RunState, definition: LoopDefinition, said: ChosenOptions) -> RunState:
    """The state as a run would have it that is given these options. Raises Problem for what cannot be chosen."""
    chosen = choose(definition, said, state)
    again = [phase for choice in chosen if (phase := reopened_for(state, choice))]
    for phase in again:
        state = with_reopened(state, definition, phase)
    return with_choices(state, chosen)


def _is_release(definition: LoopDefinition) -> bool:
    return any(skill.id in (_PLANS, _SHIPS) for phase in definition.phases for skill in phase.skills)


# --- the version ----------------------------------------------------------------------------------------------------


async def _bump(looks: Looks, ground: PreflightResult) -> Bump | None:
    """The version as it would become, or as this run has it already; None where no version is raised."""
    if not looks.has(_PLANS) or ground.root is None or not ground.status.head or ground.package is None:
        return None
    ctx, now = looks.context(_PLANS), ground.package.version
    written = next((e for e in reversed(looks.state.effects) if e.kind == VERSION), None)
    if looks.done(_PLANS):
        before = str(written.intent.get("from", "")) if written else now
        why = "written by this run" if written else "not changed by this run"
        tag, untagged = await tag_outlook(looks.context(_SHIPS), ground, now, raised=written is not None)
        after = one_line(now)
        return Bump(before=one_line(before), after=after, tag=tag, untagged=untagged, why=why, decided=True)
    scope = await planner.read_scope(ctx, ground, ground.root)
    decided, chosen = which_version.answered_already(looks.state, scope)
    proposal = scope.proposal
    wanted = chosen if decided else proposal.version
    why = "as answered in this run" if decided else proposal.reason
    tag, untagged = await tag_outlook(looks.context(_SHIPS), ground, wanted or scope.current, raised=bool(wanted))
    words, raises = await changelog_outlook(ctx, ground.root, scope, wanted)
    goes_along = raises or is_committed_with(ctx, ground.root, ground.status, wanted)
    recorded = await recorded_in(ctx, ground.root, wanted or scope.current) if goes_along else ()
    return Bump(
        changelog=words,
        raises_changelog=raises,
        recorded_in=tuple(map(one_line, recorded)),
        before=one_line(scope.current),
        after=one_line(wanted or scope.current),
        tag=tag,
        untagged=untagged,
        why=one_line(why),
        level=proposal.level.value,
        decided=decided,
        base=scope.base.sha,
        base_why=one_line(scope.base.why),
        base_released=scope.base.released,
        counted=next_version.describe(proposal.verdicts),
        question="" if decided else one_line(proposal.question),
        values=tuple(one_line(each.words) for each in proposal.alternatives),
        notes=tuple(map(one_line, (*proposal.notes, *scope.notes))),
        commits=tuple(
            PlannedCommit(sha=v.commit.sha, subject=v.commit.subject, level=v.level.value, reason=one_line(v.reason))
            for v in proposal.verdicts
        ),
    )


# --- the commit -----------------------------------------------------------------------------------------------------


async def _shipping(looks: Looks, ground: PreflightResult, bump: Bump | None) -> Shipping | None:
    if not looks.has(_SHIPS) or ground.root is None or not ground.status.head:
        return None
    ctx, root = looks.context(_SHIPS), ground.root
    status, outside = scope(ctx, root).split(ground.status)
    remote = ground.target.remote if ground.target else ""
    branch = ground.target.branch if ground.target and ground.branch else ground.branch
    pushed = newest(ctx, PUSH)
    made = await _made(root, looks.state)
    if looks.done(_SHIPS) or pushed is not None or made is not None:
        sha = str((pushed.proof or {}).get("sha", "")) if pushed else ""
        sha = sha or (str((made.proof or {}).get("sha", "")) if made else "") or status.head
        words = (await git.ask(root, "log", "-1", "--format=%s", git.END_OF_OPTIONS, sha, "--")).strip()
        return Shipping(made=sha, message=one_line(words), branch=branch, remote=remote, pushed=pushed is not None)
    added = included(ctx, root, status.untracked)
    letters = letters_of(status, added)
    changes = {path: FileChange(letter=letter, path=path) for path, letter in letters.items()}
    for entry in status.unknown:
        note = f"if its filter {one_line(entry.original, 40)}, which was not run, finds it changed"
        changes.setdefault(entry.path, FileChange(letter=entry.code, path=entry.path, note=note))
    if bump is not None and (bump.before != bump.after or bump.raises_changelog):
        ranges = range_notes(ctx, ground, bump)
        for path in await tracked_version_files(ctx, ground, bump):
            known, note = changes.get(path), ranges.get(path, f"version {bump.after}")
            changes[path] = FileChange(letter=known.letter if known else "M", path=path, note=note)
    for path in bump.recorded_in if bump is not None else ():
        known = changes.get(path)
        changes[path] = FileChange(letter=known.letter if known else "M", path=path, note="row of this run")
    files = tuple(change for _, change in sorted(changes.items()))
    untracked = tuple(path for path in status.untracked if path not in added)
    secret = tuple(path for path in (*changes, *untracked) if looks_secret(path))
    message = await _message(ctx, root, bump, tuple(changes))
    note = "" if files else await _unchanged(root, status.head, remotes.tracking(remote, branch))
    if outside:
        names = few([_shown(entry.path) for entry in outside])
        note = f"{note}; " * bool(note) + f"changed outside the package, not included: {names}"
    return Shipping(
        message=message,
        files=tuple(c.model_copy(update={"path": _shown(c.path)}) for c in files),
        untracked=tuple(map(_shown, untracked)),
        secret_looking=tuple(map(_shown, secret)),
        branch=branch,
        remote=remote,
        note=note,
    )


async def _unchanged(root: Path, head: str, there: str) -> str:
    """What is said where nothing is to be committed; `there` is the branch of the remote, as it was fetched last."""
    asked = "" if await history.is_ancestor(root, head, there) else ", once you say yes to it"
    return f"nothing to commit: {head[:7]} is shipped unchanged{asked}"


def _shown(path: str) -> str:
    return one_line(path)


async def _made(root: Path, state: RunState) -> Effect | None:
    """This run's commit effect whose commit is on the branch, or None."""
    for effect in reversed(state.effects):
        sha = str((effect.proof or {}).get("sha", "")) if effect.kind == COMMIT else ""
        if sha and await history.is_ancestor(root, sha):
            return effect
    return None


async def _message(ctx: Context, root: Path, bump: Bump | None, files: tuple[str, ...]) -> str:
    if not files:
        return ""
    before = await history.version_at(root, "HEAD", f"{prefix(ctx, root)}package.json")
    raised = bump.after if bump is not None and (bump.after != before or bump.raises_changelog) else ""
    return proposed(raised, files)


# --- the pipeline ---------------------------------------------------------------------------------------------------


def _runs(
    looks: Looks, phase: str, skill: SkillDefinition, outlook: Outlook, preview: RunnerPreview
) -> tuple[str, ...]:
    if looks.status(phase, skill.id) in (SkillStatus.COMPLETE, SkillStatus.SKIPPED):
        return ()
    try:
        ctx = looks.context(skill.id)
        return commands_of(ctx, outlook) or preview(ctx)
    except Problem as problem:
        return (one_line(f"unknown: {problem}"),)


def _gates(definition: LoopDefinition, state: RunState) -> tuple[PlannedGate, ...]:
    return tuple(
        PlannedGate(
            gate=gate.id,
            after=gate.after,
            type=gate.type.value,
            status=gate_state(state, gate).status.value,
            checks=gate.checks,
            when=gate.when,
        )
        for gate in definition.gates
    )


def _usual(archive: ArchiveQuery, state: RunState) -> Mapping[str, int]:
    try:
        return earlier_runs(archive, state).usual.skills
    except (Problem, OSError):
        return {}


def _of_targets(archive: ArchiveQuery, state: RunState) -> Mapping[str, int]:
    try:
        return usual_targets(archive, state.loop, state.system)
    except (Problem, OSError):
        return {}


def _next(action: Action) -> str:
    """What comes next, in words."""
    match action:
        case EnterPhase():
            return f"{action.phase} starts"
        case ExecuteSkill():
            return f"{action.skill} in {action.phase}"
        case CompletePhase():
            return f"{action.phase} is done"
        case EvaluateGate():
            return f"{action.gate} is decided by its checks"
        case PassGate():
            return f"{action.gate} approved in advance by {one_line(action.by)}"
        case CheckCondition():
            return f"checks whether {action.gate} applies"
        case SkipGate():
            return f"{action.gate} is skipped: {one_line(action.reason)}"
        case Retry():
            return f"{action.skill or action.phase} is retried"
        case Wait():
            return f"waiting for you: {one_line(action.reason)}"
        case Finish():
            return "the run is archived"
        case _:
            return one_line(action.kind)
