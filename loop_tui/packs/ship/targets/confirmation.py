"""Confirming the targets of a shipment, all at once; when the time is up, asking once whether to keep watching."""

import asyncio
import re
from collections.abc import Coroutine, Sequence
from typing import TypeVar

from loop_tui.model.answers import complaint, confirmed
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import TARGET_PROGRESS, Question, QuestionKind
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus, SkillStatus
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.configured import lacking
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.targets.verdict import check_of, wanted_level
from loop_tui.runners.context import Context, Proof
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict

from .polling import ROUNDS, Observation, key_of, progress

T = TypeVar("T")

_MARKS = {CheckStatus.PASSED: LogLevel.OK, CheckStatus.FAILED: LogLevel.ERROR, CheckStatus.SKIPPED: LogLevel.INFO}
_ONE_LOOK = {"appear_s": 0, "cap_s": 0}


async def confirm_all(ctx: Context, shipped: Shipment) -> list[TargetVerdict]:
    """The verdict on each target of the definition, in its order.

    Those whose time was up are put into one question, whether to keep watching; what was answered before a driver
    died counts. Raises Asked when nobody is there to answer: nothing is lost then, the ids are in the state file.
    """
    every = ctx.definition.targets
    asking = _Asking(ctx, shipped)
    verdicts: dict[int, TargetVerdict] = {}
    waiting: Sequence[int] = range(len(every))
    while waiting:
        chosen = [every[place] if asking.patient else _one_look(every[place]) for place in waiting]
        found = await together([_confirm(ctx, target, shipped) for target in chosen])
        verdicts |= dict(zip(waiting, found, strict=True))
        open_ones = [place for place in waiting if verdicts[place].unfinished]
        _settle(ctx, [(every[place], verdicts[place]) for place in waiting if place not in open_ones], shipped)
        waiting = open_ones
        if not waiting or not await asking.keep_watching([(every[p], verdicts[p]) for p in waiting]):
            break
    _settle(ctx, [(every[place], verdicts[place]) for place in waiting], shipped)
    return [verdicts[place] for place in range(len(every))]


async def together(works: Sequence[Coroutine[None, None, T]]) -> list[T]:
    """The results of all, in their order. When one raises (a question, a bug), the others are cancelled and waited for.

    A cancel from outside ends all of them, too.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _one_look(target: TargetDefinition) -> TargetDefinition:
    return target.model_copy(update={"settings": {**target.settings, **_ONE_LOOK}})


async def _confirm(ctx: Context, target: TargetDefinition, shipped: Shipment) -> TargetVerdict:
    """The verdict on one target. What goes wrong there is the verdict; a question or a cancel is not."""
    confirm = ctx.kinds.confirm_of(target.kind) if ctx.kinds.is_configured(target) else None
    left_out = skipped_targets(ctx.state).get(target.id)
    if left_out is not None:
        return TargetVerdict(target=target.id, level=TargetLevel.SKIPPED, summary=left_out.words, at=ctx.do.now())
    if confirm is None:
        lacks = lacking(ctx.project, target, ctx.kinds.targets)
        return TargetVerdict(target=target.id, level=TargetLevel.NOT_CONFIGURED, summary=lacks, at=ctx.do.now())
    try:
        wanted_level(target, ctx.kinds.targets)
        return await confirm(ctx, target, shipped)
    except Problem as problem:
        return TargetVerdict(target=target.id, level=TargetLevel.FAILED, summary=str(problem), at=ctx.do.now())


def _settle(ctx: Context, ended: Sequence[tuple[TargetDefinition, TargetVerdict]], shipped: Shipment) -> None:
    """Say what became of targets, and remember it for whoever watches."""
    facts: dict[str, Proof] = {}
    for target, verdict in ended:
        try:
            check = check_of(verdict, target, shipped, ctx.kinds.targets)
            ctx.do.say(f"{target.title or target.id}: {check.summary}", _MARKS[check.status])
        except Problem as problem:
            ctx.do.say(f"{target.title or target.id}: {problem}", LogLevel.ERROR)
        if verdict.level is not TargetLevel.NOT_CONFIGURED:
            number, url = verdict.evidence.get("id"), verdict.evidence.get("url")
            seen = Observation(verdict.level, id=number if isinstance(number, int) else None, url=str(url or ""))
            facts[key_of(target)] = progress(ctx, target, shipped.sha, seen)
    ctx.do.remember(TARGET_PROGRESS, facts)


class _Asking:
    """The question whether to keep watching, numbered; each time that the skill runs through it begins anew."""

    def __init__(self, ctx: Context, shipped: Shipment) -> None:
        self._ctx = ctx
        done = [e for e in ctx.state.skill_log if e.skill == ctx.skill.id and e.status is SkillStatus.COMPLETE]
        self._prefix = f"keep-watching-{shipped.sha[:12]}-{len(done) + 1}"
        given = {
            int(match[1]): confirmed(question, question.answer)
            for question in ctx.state.questions
            if question.answer is not None
            and complaint(question, question.answer) is None
            and (match := re.fullmatch(rf"{re.escape(self._prefix)}\.(\d+)", question.id))
        }
        self._number = max(given, default=0)
        self._asked = 0
        self.patient = given.get(self._number, True)
        """False when a person said that it was enough: then everything is looked at once more, and that is it."""

    async def keep_watching(self, open_ones: Sequence[tuple[TargetDefinition, TargetVerdict]]) -> bool:
        """Ask about what is still open. Answers that come by themselves are no longer asked for after some rounds."""
        rounds = max(_rounds(target) for target, _ in open_ones)
        if not self.patient or self._asked >= rounds:
            return False
        self._asked += 1
        self._number += 1
        names = few([target.title or target.id for target, _ in open_ones])
        question = Question(
            id=f"{self._prefix}.{self._number}",
            kind=QuestionKind.CONFIRM,
            skill=self._ctx.skill.id,
            text=f"{names} not confirmed yet. Keep watching? [Y/n]",
            default="Y",
            detail="\n".join(f"{t.title or t.id}: {v.level.value}, {v.summary}" for t, v in open_ones),
        )
        return confirmed(question, await self._ctx.do.ask(question))


def _rounds(target: TargetDefinition) -> int:
    given = target.settings.get("rounds", ROUNDS)
    return given if isinstance(given, int) else ROUNDS
