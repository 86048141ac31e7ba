"""The `commands` runner: does the named steps of a definition in their order, one check a step."""

from loop_tui.model.context.values import CONTEXT_VARIABLE
from loop_tui.model.definition import COMMANDS, CommandStep, LoopDefinition, SkillDefinition
from loop_tui.model.evidence import Check, Deliverable
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import command_line, mask
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import count_of, one_line
from loop_tui.process.shell import Result

from .context import Context, SkillFailed, SkillResult
from .manual import has_uses

_EXCERPT_LINES = 40


class CommandsRunner:
    """Runs the steps one after the other. Implements `runners.protocol.Runner`."""

    id = COMMANDS

    def check(self, skill: SkillDefinition) -> Problem | None:
        """There have to be steps."""
        if skill.steps:
            return has_uses(skill)
        todo = 'add steps = [{ name = "build", run = ["npm", "run", "build"] }]'
        return Problem("runs commands but has no steps", todo=todo, code=Code.DEFINITION_INVALID)

    def can_run(self, skill: SkillDefinition) -> bool:
        """Always."""
        return True

    def unattended(self, skill: SkillDefinition) -> bool:
        """Always."""
        return True

    def interruptible(self, skill: SkillDefinition) -> bool:
        """Never: nobody knows what half a command leaves."""
        return False

    def preview(self, ctx: Context) -> tuple[str, ...]:
        """The command lines, each with the name of its step."""
        return tuple(f"{one_line(command_line(s.run))}   # {one_line(s.name)}" for s in ctx.skill.steps)

    def preload(self, definition: LoopDefinition) -> None:
        """Nothing to import."""

    async def run(self, ctx: Context) -> SkillResult:
        """Run the steps; stop at the first that fails.

        Raises SkillFailed (kind check) naming the step, its exit code and the tail of its output.
        """
        if not ctx.skill.steps:
            raise SkillFailed(
                f"{ctx.skill.id} has no steps to run",
                ctx.definition.source,
                "name its commands under steps, or give it the runner manual",
                code=Code.DEFINITION_INVALID,
            )
        checks = []
        told = {CONTEXT_VARIABLE: str(ctx.loaded)} if ctx.loaded is not None else None
        for number, step in enumerate(ctx.skill.steps, 1):
            tree, commit = await _ground(ctx)
            name = f"{step.name} ({number}/{len(ctx.skill.steps)})"
            result = await ctx.do.command(step.run, timeout_s=step.timeout_s, name=name, env=told)
            check = check_of(step, result, tree, commit, ctx.do.now())
            ctx.do.say(f"{check.name}: {check.summary}", LogLevel.OK if check.passed else LogLevel.ERROR)
            if not result.ok:
                raise SkillFailed(
                    f"{step.name}: {check.summary}\n{check.excerpt}".rstrip(),
                    check.command,
                    f"fix it and run it again: {ctx.skill.id} restarts at its first step",
                    kind="check",
                    code=Code.CHECK_FAILED,
                )
            checks.append(check)
        return SkillResult(
            summary=f"{count_of(len(checks), 'step')} done",
            checks=tuple(checks),
            deliverables=_left_behind(ctx),
        )


def check_of(step: CommandStep, result: Result, tree: str, commit: str, at: str) -> Check:
    """The check that one step amounts to."""
    if result.timed_out:
        summary = f"ended after {step.timeout_s:g} s, its time limit"
    elif result.cancelled:
        summary = "cancelled"
    else:
        summary = f"exit {result.exit_code}"
    return Check(
        name=step.name,
        status=CheckStatus.PASSED if result.ok else CheckStatus.FAILED,
        summary=summary,
        command=result.command,
        exit_code=result.exit_code,
        duration_ms=result.duration_ms,
        commit=commit,
        tree=tree,
        excerpt="\n".join(result.tail[-_EXCERPT_LINES:]),
        at=at,
    )


async def _ground(ctx: Context) -> tuple[str, str]:
    """The tree and the commit that a step runs on; both empty where there is no repository."""
    try:
        return await ctx.workspace.tree() or "", await ctx.workspace.commit() or ""
    except Problem as problem:
        ctx.do.say(f"no tree to record as evidence: {problem.what}", LogLevel.WARN)
        return "", ""


def _left_behind(ctx: Context) -> tuple[Deliverable, ...]:
    """The deliverables of the definition that the steps left in the run folder or in the project."""
    found = []
    for name in ctx.skill.deliverables:
        for base in (ctx.run_dir, ctx.project):
            path = (base / name).resolve()
            if path.is_relative_to(base.resolve()) and path.is_file() and path.stat().st_size:
                size = path.stat().st_size
                found.append(Deliverable(name=name, skill=ctx.skill.id, path=name, size_bytes=size))
                break
        else:
            ctx.do.say(f"no step wrote {mask(one_line(name))}", LogLevel.WARN)
    return tuple(found)
