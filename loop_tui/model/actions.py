"""Actions: what `decide` says comes next (SPEC section 4)."""

from typing import Literal

from .base import Model
from .state import Blocked


class ExecuteSkill(Model):
    """Run this skill now."""

    kind: Literal["execute-skill"] = "execute-skill"
    phase: str
    skill: str


class RepeatSkill(Model):
    """Somebody marked this skill as done, but what it has to leave behind is not there: do it."""

    kind: Literal["repeat-skill"] = "repeat-skill"
    phase: str
    skill: str
    reason: str


class EnterPhase(Model):
    """The way into this phase is free."""

    kind: Literal["enter-phase"] = "enter-phase"
    phase: str


class CompletePhase(Model):
    """Every skill of this phase is settled and what it had to deliver is there."""

    kind: Literal["complete-phase"] = "complete-phase"
    phase: str


class EvaluateGate(Model):
    """Decide this gate by its checks."""

    kind: Literal["evaluate-gate"] = "evaluate-gate"
    gate: str


class CheckCondition(Model):
    """See whether the condition of this gate holds."""

    kind: Literal["check-condition"] = "check-condition"
    gate: str


class SkipGate(Model):
    """Nobody has to be asked at this gate, for the reason given."""

    kind: Literal["skip-gate"] = "skip-gate"
    gate: str
    reason: str


class PassGate(Model):
    """A person named this gate for the run beforehand."""

    kind: Literal["pass-gate"] = "pass-gate"
    gate: str
    by: str


class Retry(Model):
    """Try the failed phase again. `automatic` retries go on by themselves after `delay_s` seconds."""

    kind: Literal["retry"] = "retry"
    phase: str
    skill: str = ""
    automatic: bool = False
    delay_s: float = 0
    attempt: int = 1


class Escalate(Model):
    """Retries are used up or make no sense: block the run for a person."""

    kind: Literal["escalate"] = "escalate"
    blocked: Blocked


class Wait(Model):
    """Only a person can go on. `on` says what for; `subject` is the gate, question, phase or skill."""

    kind: Literal["wait"] = "wait"
    on: Literal["gate", "question", "paused", "blocked", "boundary", "manual", "deliverable", "unreadable", "claimed"]
    subject: str = ""
    reason: str


class Finish(Model):
    """Every phase is over: archive and clean up."""

    kind: Literal["finish"] = "finish"
    outcome: Literal["success", "abandoned"] = "success"


class Done(Model):
    """There is nothing left to do."""

    kind: Literal["done"] = "done"


Action = (
    ExecuteSkill
    | RepeatSkill
    | EnterPhase
    | CompletePhase
    | EvaluateGate
    | CheckCondition
    | SkipGate
    | PassGate
    | Retry
    | Escalate
    | Wait
    | Finish
    | Done
)
