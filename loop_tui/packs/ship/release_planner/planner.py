"""release-planner: what has changed since the last release, which version that makes, and writing it.

Seed: distribution-loop-v2 "Skill Invocation Sequence" 1 and "Version Alignment"; rules: SHIP "Planning a release".
"""

import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path

from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Effect, Question
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.packs.ship.commit.destination import ask_about_target
from loop_tui.packs.ship.effects import PUSH, UNDO, VERSION
from loop_tui.packs.ship.evidence import prefix
from loop_tui.packs.ship.preflight.findings import PUSHES, will_do
from loop_tui.packs.ship.preflight.preflight import Finding, PreflightResult, preflight, refuse
from loop_tui.packs.ship.versions import next_version
from loop_tui.packs.ship.versions.base import Base, find_base
from loop_tui.packs.ship.versions.changelog import SCOPE
from loop_tui.runners.context import Context, Proof, SkillFailed, SkillResult
from loop_tui.services.git import history
from loop_tui.services.toolchains import npm

from .scope_report import Decision, Scope, report

_TRIES = 5
_VERSION_TIMEOUT_S = 120


async def run(ctx: Context) -> SkillResult:
    """Preflight, base, commits, proposal, question, version write, `release-scope.md`.

    Raises SkillFailed listing everything that has to be fixed first; Asked while the question is open.
    """
    _say_cut_off(ctx)
    ctx.do.say("Preflight: repository, identity, branch, tree, remote, scripts")
    ground = await preflight(ctx)
    for finding in ground.findings:
        _say(ctx, finding)
    refuse(ground.findings)
    assert ground.root is not None  # refused otherwise
    if ground.target is not None and will_do(ctx, PUSHES):
        await ask_about_target(ctx, ground.target, is_there=not ground.is_new)
    scope = await read_scope(ctx, ground, ground.root)
    _say_scope(ctx, scope)
    wanted = await _decide(ctx, scope)
    if wanted is not None and ground.package is not None:
        await _write(ctx, ground.package, scope, wanted)
    decision = Decision(scope.current, wanted or scope.current, asked=scope.proposal.version is not None)
    ctx.do.say(decision.words, LogLevel.OK)
    counted = next_version.describe(scope.proposal.verdicts)
    document = ctx.do.deliver(SCOPE, report(ctx.project.name, ground, scope, decision), counted)
    return SkillResult(summary=f"{decision.words}; {counted}", deliverables=(document,))


def _say_cut_off(ctx: Context) -> None:
    """Say that an undo was begun and not ended: whoever goes on instead ships after all, and has to know it."""
    undone = next((e for e in reversed(ctx.state.effects) if e.kind == UNDO and not e.proven), None)
    if undone is None:
        return
    commits = undone.intent.get("commits")
    shas = ", ".join(one_line(str(sha), 7) for sha in commits.values()) if isinstance(commits, dict) else ""
    of = f" of {shas}" if shas else ""
    ctx.do.say(f"an undo{of} was cut off: this run goes on and releases it after all", LogLevel.WARN)
    ctx.do.say("  `loop-tui pause`, then `loop-tui undo`, takes it back to the end instead", LogLevel.WARN)


def _say(ctx: Context, finding: Finding) -> None:
    level = LogLevel.ERROR if finding.fatal else LogLevel.WARN if finding.fix else LogLevel.OK
    ctx.do.say(f"{finding.name}: {finding.words}", level)
    if finding.fix:
        ctx.do.say(f"  fix: {finding.fix}", level)


def _say_scope(ctx: Context, scope: Scope) -> None:
    ctx.do.say(f"Comparing with {scope.base.sha[:7]}: {scope.base.why}")
    for verdict in scope.proposal.verdicts:
        ctx.do.say(f"{verdict.commit.sha[:7]} {verdict.commit.subject}  [{verdict.level}: {verdict.reason}]")
    ctx.do.say(f"Current {scope.current or 'has no version'}: {next_version.describe(scope.proposal.verdicts)}")


# --- what to ship ---------------------------------------------------------------------------------------------------


async def read_scope(ctx: Context, ground: PreflightResult, root: Path) -> Scope:
    """The commits since the base and the version they ask for, the same however often this run looks."""
    file = f"{prefix(ctx, root)}package.json"
    current = ground.package.version if ground.package else ""
    base = await find_base(ctx, root, file)
    if base is None:
        raise SkillFailed("there is no commit to compare with", str(root), "commit a first time", code=Code.GIT_STATE)
    written = _written_here(ctx, current)
    if written is not None:
        base, current = await _before_our_write(root, file, base, current, written)
    entries = await history.log(root, base.sha, "HEAD", prefix(ctx, root).rstrip("/"))
    commits = [next_version.parse(entry.sha, entry.message, entry.parents) for entry in entries]
    return Scope(
        base=base,
        head=ground.status.head,
        file=file,
        current=current,
        proposal=next_version.propose(current, commits, base.version or None),
    )


def _written_here(ctx: Context, current: str) -> Effect | None:
    """This run's own version write that package.json still holds, unless it was shipped already."""
    if any(effect.kind == PUSH and effect.proven for effect in ctx.state.effects):
        return None
    ours = (e for e in reversed(ctx.state.effects) if e.kind == VERSION and e.intent.get("to") == current)
    return next(ours, None)


async def _before_our_write(root: Path, file: str, base: Base, current: str, written: Effect) -> tuple[Base, str]:
    """The base and version as they were when this run asked, so that a resumed run asks nothing twice.

    Once our write is committed it is the current version: what was added since may still raise it further.
    """
    start, sha = str(written.intent.get("from", "")), str(written.intent.get("base", ""))
    if await history.is_ancestor(root, sha):
        why = str(written.intent.get("why", "")) or base.why
        base = Base(sha, why, str(written.intent.get("base_version", "")) or start)
    committed = await history.version_at(root, "HEAD", file) == current
    return base, current if committed else start


# --- the question ---------------------------------------------------------------------------------------------------


async def _decide(ctx: Context, scope: Scope) -> str | None:
    """The version that the person wants written, or None to leave package.json as it is.

    Nothing is asked when nothing is proposed. When time and again no answer is a version, what was said beforehand
    counts no more, nor does the default: a person has to look.
    """
    proposal = scope.proposal
    if proposal.version is None:
        ctx.do.say(f"No version bump: {proposal.reason}")
        return None
    error = ""
    for attempt in itertools.count(1):
        text = f"Bump version {scope.current} -> {proposal.version}? [Y/n/version]"
        question = Question(
            id=question_id(scope, attempt),
            skill=ctx.skill.id,
            text=f"{error}. {text}" if error else text,
            default="Y" if attempt <= _TRIES else None,
            detail=_detail(scope),
        )
        chosen = next_version.choose(await ctx.do.ask(question), proposal)
        if not isinstance(chosen, Refusal):
            return chosen
        error = one_line(chosen.reason)
    raise AssertionError("counting has no end")


def question_id(scope: Scope, attempt: int = 1) -> str:
    """The question about these very facts; another one each time an answer was no version."""
    facts = hashlib.sha256(f"{scope.base.sha}:{scope.head}:{scope.current}".encode()).hexdigest()[:10]
    name = f"version-{facts}" if attempt <= _TRIES else f"which-version-{facts}"
    return name + (f"-{attempt}" if attempt > 1 else "")


def answered_already(state: RunState, scope: Scope) -> tuple[bool, str | None]:
    """Whether the version was decided in this run, and for which (None: it stays)."""
    for attempt in itertools.count(1):
        known = state.question(question_id(scope, attempt))
        if known is None or known.answer is None:
            break
        chosen = next_version.choose(known.answer, scope.proposal)
        if not isinstance(chosen, Refusal):
            return True, chosen
    return False, None


def _detail(scope: Scope) -> str:
    head = f"since {scope.base.sha[:7]}, {scope.base.why}"
    rows = [f"{v.level:<5} {v.commit.sha[:7]} {v.commit.subject} ({v.reason})" for v in scope.proposal.verdicts]
    return "\n".join([head, *rows])


# --- the write ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Written:
    """What package.json and npm's lock say now."""

    version: str
    drift: tuple[str, ...]


def _look(project: Path) -> _Written:
    package = npm.read_package(project)
    if package is None:
        return _Written("", ())
    locks = (f"{lock.path.name} {lock.key}" for lock in npm.lock_versions(project) if lock.version != package.version)
    return _Written(package.version, tuple(locks))


async def _write(ctx: Context, package: npm.Package, scope: Scope, version: str) -> Proof:
    """Write the version into package.json and npm's lock as an effect, and nothing else."""

    async def observe() -> Proof | None:
        now = _look(ctx.project)
        if now.version != version or now.drift:
            return None
        return {"version": version, "file": scope.file}

    async def act() -> None:
        result = await ctx.do.command(npm.version_argv(package, version), timeout_s=_VERSION_TIMEOUT_S)
        if not result.ok:
            words = one_line(result.text, 300) or f"exit {result.exit_code}"
            raise SkillFailed(
                f"npm could not write {version}: {words}",
                str(package.path),
                "fix what npm names, then go",
                code=Code.PROGRAM_FAILED,
            )

    intent: Proof = {
        "from": scope.current,
        "to": version,
        "file": scope.file,
        "base": scope.base.sha,
        "base_version": scope.base.version,
        "why": scope.base.why,
    }
    return await ctx.do.effect(await _effect_id(ctx, scope, version), VERSION, intent, observe, act)


async def _effect_id(ctx: Context, scope: Scope, version: str) -> str:
    """One id for one write; another one when somebody took a proven write back by hand and wants it again."""
    name = f"{VERSION}-{scope.current}-{version}"
    if _look(ctx.project).version == version:
        made = [e.id for e in ctx.state.effects if e.kind == VERSION and e.intent.get("to") == version]
        return made[-1] if made else name
    taken_back = sum(1 for e in ctx.state.effects if e.id.startswith(name) and e.proven)
    return f"{name}-{taken_back + 1}" if taken_back else name
