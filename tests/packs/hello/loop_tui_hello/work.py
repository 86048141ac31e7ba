"""What the pack does: a skill that greets by a file, and a target that looks whether the greeting lies there."""

from collections.abc import Mapping, Sequence

from loop_tui.model.definition import GateDefinition, LoopDefinition, TargetDefinition
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus
from loop_tui.ports import Proof, Workspace
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.pack_api import ChosenOptions, CommandHost, RunChoice, Setting
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict

FILE = "greeting.txt"
SETTINGS = {"mat": Setting("the name of a file", lambda value: isinstance(value, str) and bool(value))}


async def greet(ctx: Context) -> SkillResult:
    """Write the greeting, exactly once."""
    file = ctx.project / FILE

    async def observe() -> Proof | None:
        return {"file": FILE} if file.exists() else None

    async def act() -> None:
        loudly = ctx.state.effect("choice-loudly") is not None
        file.write_text("HELLO\n" if loudly else "hello\n")

    await ctx.do.effect("greeting-1", "greeting", {"file": FILE}, observe, act)
    return SkillResult("greeted", (Check(name="greeted", status=CheckStatus.PASSED, summary="it is there"),))


async def deliver(ctx: Context) -> SkillResult:
    """Confirm the targets of the loop, of whichever pack."""
    checks = []
    for target in ctx.definition.targets:
        confirm = ctx.kinds.confirm_of(target.kind) if ctx.kinds.is_configured(target) else None
        if confirm is not None:
            verdict = await confirm(ctx, target, Shipment())
            passed = verdict.level is TargetLevel.CONFIRMED
            status = CheckStatus.PASSED if passed else CheckStatus.FAILED
            checks.append(Check(name=target.id, status=status, summary=verdict.summary))
    return SkillResult(f"{len(checks)} targets", tuple(checks))


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """The greeting lies on the mat, or it does not."""
    mat = ctx.project / str(target.settings["mat"])
    level = TargetLevel.CONFIRMED if mat.exists() else TargetLevel.FAILED
    return TargetVerdict(target=target.id, level=level, summary=f"{mat.name} was seen")


def left_behind(effect: Effect, effects: Sequence[Effect]) -> str:
    """What an abort leaves."""
    return f"{effect.intent['file']} stays"


def choose(definition: LoopDefinition, said: ChosenOptions, state: RunState | None) -> Sequence[RunChoice]:
    """Greet loudly."""
    return (RunChoice("choice-loudly", {"loudly": True}, f"{said.by} wants it loudly"),)


async def evidence_void(state: RunState, gate: GateDefinition, workspace: Workspace) -> str:
    """Nothing makes a greeting void."""
    return ""


def panel(state: RunState, definition: LoopDefinition) -> tuple[str, ...]:
    """One line, once somebody was greeted."""
    return tuple(f"greeted by {effect.intent['file']}" for effect in state.effects if effect.kind == "greeting")


async def hello(host: CommandHost, options: Mapping[str, object]) -> int:
    """Say hello."""
    if options["json"]:
        host.say_json({"hello": str(options["name"])})
    else:
        host.say(f"hello {options['name']}, from {host.project.name}")
    return 0
