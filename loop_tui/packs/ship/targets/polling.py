"""Watching what others do with the shipped commit: look, wait, look again, until the target is where it should be.

A kind of target gives `watch` a function that looks once and says what it saw (`Seen`); everything about time is here:
3 s, x1.5 up to 15 s, with jitter; staying away when GitHub says so; trouble on the way tried again; and an end.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct, field

from loop_tui.model.backoff import backoff
from loop_tui.model.clock import words
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import TARGET_PROGRESS
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.runners.context import Context, Proof
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.github.api import GhProblem
from loop_tui.services.github.cache import Conversation, conversation

from .verdict import reaches, wanted_level

ROUNDS = 2
_GROWTH = 1.5
_JITTER = (0.85, 1.15)

# For tests, which let hours pass in no time.
now_s = time.monotonic
sleep = asyncio.sleep


class Pace(Struct, frozen=True):
    """How often to look and how long, in seconds; `rounds` is how often more of it may follow without a person."""

    cap_s: float
    appear_s: float = 180
    interval_s: float = 3
    longest_interval_s: float = 15
    rounds: int = ROUNDS


class Observation(Struct, frozen=True):
    """What one look at a target saw.

    `waiting_for` names what has to happen yet; empty means that nothing more comes of watching. While nothing was seen
    of our commit the level is `expected`. `facts` become the verdict's evidence.
    """

    level: TargetLevel
    summary: str = ""
    waiting_for: str = ""
    facts: Proof = field(default_factory=dict)
    id: int | None = None
    url: str = ""


Poll = Callable[[], Awaitable[Observation]]


class PollProblem(Problem):
    """The target could not be asked just now; it is worth another try."""


def pace_of(target: TargetDefinition, cap_s: float) -> Pace:
    """The target's settings of time; `cap_s` where it says nothing of it.

    Raises Problem naming the one that is no number, or below zero.
    """
    standard = Pace(cap_s)

    def number(name: str, value: float) -> float:
        given = target.settings.get(name, value)
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < float("inf"):
            raise Problem(
                f"{name} of target {target.id} is not a number of seconds",
                todo=f"write {name} = {value:g}",
                code=Code.TARGET_INVALID,
            )
        return float(given)

    rounds = target.settings.get("rounds", ROUNDS)
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 0:
        raise Problem(
            f"rounds of target {target.id} is not a whole number",
            todo=f"write rounds = {ROUNDS}",
            code=Code.TARGET_INVALID,
        )
    return Pace(
        number("cap_s", cap_s),
        number("appear_s", standard.appear_s),
        number("interval_s", standard.interval_s),
        number("longest_interval_s", standard.longest_interval_s),
        rounds,
    )


def key_of(target: TargetDefinition) -> str:
    """Under which key a target's progress is remembered in the state file."""
    return f"{TARGET_PROGRESS}-{target.id}"


def followed(ctx: Context, target: TargetDefinition, sha: str) -> int | None:
    """The id that an earlier driver followed for this very commit, or None."""
    known = ctx.do.recall(key_of(target)) or {}
    found = known.get("id")
    return found if known.get("sha") == sha and isinstance(found, int) else None


def progress(
    ctx: Context, target: TargetDefinition, sha: str, seen: Observation, usually_ms: int | None = None
) -> Proof:
    """The target's progress as it is remembered (`key_of`, `TARGET_PROGRESS`). `since` is when watching began."""
    before = ctx.do.recall(key_of(target)) or {}
    same = before.get("sha") == sha
    usual = usually_ms if usually_ms is not None else before.get("usually_ms") if same else None
    return {
        "skill": ctx.skill.id,
        "sha": sha,
        "level": seen.level.value,
        "waiting_for": seen.waiting_for,
        "since": before["since"] if same and before.get("since") else ctx.do.now(),
        "usually_ms": usual,
        "id": seen.id,
        "url": seen.url,
    }


async def watch(
    ctx: Context,
    target: TargetDefinition,
    shipment: Shipment,
    look: Poll,
    *,
    cap_s: float,
    usually_ms: int | None = None,
    live: bool = False,
) -> TargetVerdict:
    """Look until the level asked for is reached or nothing more can come, and give the verdict.

    When the time is up it is `unfinished`: watching on may help. Nothing of the commit seen within `appear_s` is
    `not seen`. For a `live` endpoint only `cap_s` counts, and GitHub's limits do not concern it.
    Raises Problem when looking itself cannot work.
    """
    pace, wanted = pace_of(target, cap_s), wanted_level(target)
    with conversation() as talk:
        watcher = _Watcher(ctx, target, shipment, pace=pace, talk=talk, usually_ms=usually_ms, live=live)
        on = await watcher.allowed()
        while on:
            await watcher.look(look)
            seen = watcher.seen
            if not seen.waiting_for or reaches(TargetVerdict(target=target.id, level=seen.level), wanted):
                return watcher.verdict(seen.level, seen.summary)
            on = await watcher.wait()
        return watcher.gave_up()


class _Watcher:
    """One watch over one target."""

    def __init__(
        self,
        ctx: Context,
        target: TargetDefinition,
        shipment: Shipment,
        *,
        pace: Pace,
        talk: Conversation,
        usually_ms: int | None,
        live: bool,
    ) -> None:
        self.ctx, self.target, self.shipment, self.pace, self.talk = ctx, target, shipment, pace, talk
        self.usually_ms, self.live = usually_ms, live
        self.seen = Observation(TargetLevel.EXPECTED, waiting_for="an answer")
        self._began = now_s()
        self._pause_s = pace.interval_s
        self._trouble = ""
        self._errors = 0
        self._away_s = 0.0

    async def look(self, look: Poll) -> None:
        """Look once. Trouble that may pass is noted, and what was seen before stays."""
        self._away_s = 0.0
        try:
            seen = await look()
        except (GhProblem, PollProblem) as problem:
            if isinstance(problem, GhProblem) and not problem.external:
                raise
            self._note_trouble(problem)
            return
        self._errors, self._trouble = 0, ""
        if (seen.level, seen.waiting_for, seen.id) != (self.seen.level, self.seen.waiting_for, self.seen.id):
            self._pause_s = self.pace.interval_s
            self._say(seen)
        self.seen = seen
        facts = progress(self.ctx, self.target, self.shipment.sha, seen, self.usually_ms)
        self.ctx.do.remember(TARGET_PROGRESS, {key_of(self.target): facts})

    def _note_trouble(self, problem: Problem) -> None:
        self._errors += 1
        after = problem.retry_after_s if isinstance(problem, GhProblem) else None
        if after is not None:
            self.talk.stay_away(after, now_s())
        self._away_s = backoff(self.pace.interval_s, self._errors, longest_s=2 * self.pace.longest_interval_s)
        if str(problem) != self._trouble:
            self._trouble = str(problem)
            self.ctx.do.say(f"{self._name}: {problem.what}; retrying", LogLevel.WARN)

    @property
    def _name(self) -> str:
        return self.target.title or self.target.id

    def _say(self, seen: Observation) -> None:
        if not seen.waiting_for:
            return
        usual = f" (usually {words(self.usually_ms)})" if self.usually_ms is not None else ""
        self.ctx.do.say(f"{self._name}: {seen.level.value}, waiting for {seen.waiting_for}{usual}")

    async def wait(self) -> bool:
        """Wait until it is time for the next look; False when there is none, because the time is up."""
        left_s = self._left_s()
        if left_s <= 0:
            return False
        pause_s = self._pause_s * random.uniform(*_JITTER)  # noqa: S311  # only spreads requests
        longest_s = max(self.pace.longest_interval_s, self.pace.interval_s)
        self._pause_s = backoff(self._pause_s, longest_s=longest_s, growth=_GROWTH)
        spread_s = 0.0 if self.live else self.talk.spread_s()
        # A last look, a little early, is worth it when the time is nearly up.
        await sleep(min(max(pause_s, self._away_s, spread_s), left_s))
        return await self.allowed()

    async def allowed(self) -> bool:
        """Stay away as long as GitHub said; False when that is longer than there is time."""
        while not self.live and (quiet_s := self.talk.quiet_s(now_s())) > 0:
            left_s = max(self._left_s(), 0.0)
            await sleep(min(quiet_s, left_s))
            if quiet_s > left_s:
                return False
        return True

    def _left_s(self) -> float:
        limit_s = self.pace.cap_s
        if not self.live and self.seen.level is TargetLevel.EXPECTED:
            limit_s = min(limit_s, self.pace.appear_s)
        return limit_s - (now_s() - self._began)

    def verdict(self, level: TargetLevel, summary: str, *, unfinished: bool = False) -> TargetVerdict:
        """What was seen, as a verdict, with how long it usually takes."""
        facts: Proof = dict(self.seen.facts)
        if self.seen.id is not None:
            facts.setdefault("id", self.seen.id)
        if self.seen.url:
            facts.setdefault("url", self.seen.url)
        if self.usually_ms is not None:
            facts["usually_ms"] = self.usually_ms
        if unfinished:
            facts["waited_ms"] = round((now_s() - self._began) * 1000)
        return TargetVerdict(
            target=self.target.id,
            level=level,
            summary=summary,
            evidence=facts,
            at=self.ctx.do.now(),
            unfinished=unfinished,
        )

    def gave_up(self) -> TargetVerdict:
        """The time is up, and this is how far it got."""
        took = words(round((now_s() - self._began) * 1000))
        trouble = f"; last: {self._trouble}" if self._trouble else ""
        seen = self.seen
        if seen.level is TargetLevel.EXPECTED:
            summary = f"{seen.waiting_for}: nothing within {took}"
            return self.verdict(
                TargetLevel.NOT_SEEN,
                f"{summary}{f'; {seen.summary}' if seen.summary else ''}{trouble}",
                unfinished=True,
            )
        summary = f"still waiting for {seen.waiting_for} after {took}{trouble}"
        return self.verdict(seen.level, summary, unfinished=True)
