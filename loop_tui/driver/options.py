"""What a person says when a driver starts, and what the driver says when it ends."""

from collections.abc import Container, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from loop_tui.engine.retry import is_unreachable
from loop_tui.model.actions import Wait
from loop_tui.model.chosen_move import MoveChoice
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem_codes import Code
from loop_tui.model.question_ids import first_of, names_question
from loop_tui.model.state import RunState
from loop_tui.model.status import Autonomy


class GivenSecrets:
    """Secrets that a person typed before they were asked for, by the question's id or the part before its facts.

    Each counts once. They stand in no text that is made of them.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def give(self, key: str, text: str) -> None:
        """Keep a secret for the question of that id."""
        self._texts[key] = text

    def has(self, question: Question, asked: Container[str] = ()) -> bool:
        """True when one is there for that question; `asked` are questions of this run, as for `Options.answer_to`."""
        return bool(self._key(question, asked))

    def take(self, question: Question, asked: Container[str] = ()) -> str | None:
        """The secret for that question, which is gone then; None without one."""
        return self._texts.pop(self._key(question, asked), None)

    def _key(self, question: Question, asked: Container[str]) -> str:
        if question.id in self._texts:
            return question.id
        return next((k for k in self._texts if question.id.startswith(f"{k}-") and k not in asked), "")

    def __repr__(self) -> str:
        return f"GivenSecrets({', '.join(self._texts)})"


class Options(Struct, frozen=True):
    """How a run is driven.

    `module` scopes a run that begins to a module of the system, `choice` is the move that it begins with.
    `yes` takes every question's default; `answers` answer
    questions by id or by the part of the id before its facts;
    `approve` names gates that may pass without asking in this run; `phase` is where to go first. `autonomy` is how much
    the run asks, from its start or, where it is under way, from now on. `chosen` are the values of options that packs
    have for `run`, by name. `secrets` are answers to questions for a secret, the only place that one comes from besides
    the environment; with `waits_for_secrets` the driver waits until somebody types one, and does not end.
    """

    by: str = "you"
    yes: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    approve: tuple[str, ...] = ()
    autonomy: Autonomy | None = None
    phase: str = ""
    reason: str = ""
    module: str = ""
    choice: MoveChoice | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)
    go: bool = True
    secrets: GivenSecrets = field(default_factory=GivenSecrets)
    waits_for_secrets: bool = False
    spent: set[tuple[str, str]] = field(default_factory=set)
    """Which name of `answers` this driver took for which question: the ones that repeat it get it no more."""

    def asks_again(self, question: Question, asked: Container[str] = ()) -> bool:
        """True when an answer given beforehand went to the question that this one repeats, and would not do.

        Whoever said something else than the default did not mean the default: it is not taken for them.
        """
        if question.id in self.answers:
            return False
        first = first_of(question.id, asked)
        return any(
            (key in asked and question.id.startswith(f"{key}-"))
            or (first != question.id and (key, first) in self.spent)
            for key in self.answers
        )

    def answer_to(self, question: Question, asked: Container[str] = ()) -> str | None:
        """The answer that was given beforehand, or None.

        `asked` are the ids of questions of this run. An answer to one of them is for that question alone: not for the
        one that asks again because that answer would not do (`asks_again`). That one gets no default either.
        """
        if question.id not in self.answers and self.asks_again(question, asked):
            return None
        if key := self._key(question, asked):
            return self.answers[key]
        return (question.default or "") if self.yes and question.default is not None else None

    def said_anew(self, question: Question, asked: Container[str]) -> str | None:
        """What was said with this start for a question that has an answer already: it takes its place, once."""
        key = self._key(question, asked)
        return self.answers[key] if key and (key, first_of(question.id, asked)) not in self.spent else None

    def note_taken(self, question: Question, asked: Container[str]) -> None:
        """Remember that what was said for this question was taken: it answers none that repeats it."""
        if key := self._key(question, asked):
            self.spent.add((key, first_of(question.id, asked)))

    def _key(self, question: Question, asked: Container[str]) -> str:
        """Under which name something was said for a question; empty when nothing was."""
        if question.id in self.answers:
            return question.id
        return next((key for key in self.answers if key not in asked and names_question(key, question.id)), "")


def asked_in(state: RunState) -> frozenset[str]:
    """The ids of the questions of a run."""
    return frozenset(question.id for question in state.questions)


class Exit(IntEnum):
    """Exit codes (SPEC section 5)."""

    COMPLETE = 0
    FAILED = 1
    USAGE = 2
    WAITING = 3
    INTERRUPTED = 130


class DriveResult(Struct, frozen=True):
    """How a driver ended: the code, why, the last state, and the archive when the run is complete.

    `driver` is set when somebody else drives the run, and nothing was done here. `question` waits for an answer though
    no run has it: nothing was begun yet. `error` is the kind of problem that it ended with; None when it is complete,
    or waits for a person as it should.
    """

    code: Exit
    reason: str = ""
    todo: str = ""
    state: RunState | None = None
    archive: Path | None = None
    driver: LeaseRecord | None = None
    question: Question | None = None
    error: Code | None = None


def answer_flag(question: Question) -> str:
    """What answers a question from the command line."""
    if question.is_secret:
        # A name right behind the flag would be taken for the secret itself, and masked.
        return f"--secret, with the name {question.id}: the secret is read from standard input"
    answer = "TEXT"
    if question.kind in (QuestionKind.CONFIRM, QuestionKind.CHOICE) and question.options:
        first, *others = question.options
        answer = f"{first} (or {', '.join(others)})" if others else first
    return f"--answer {question.id}={answer}" + (", or --yes for its default" if question.default is not None else "")


def flag_for(action: Wait, state: RunState) -> str:
    """What answers a wait from the command line."""
    question = state.question(action.subject) if action.on == "question" else None
    if action.on == "blocked" and is_unreachable(state):
        return f"make it reachable again, {THEN_GO}"
    return (
        answer_flag(question)
        if question is not None
        else {
            "gate": f"--approve {action.subject}",
            "boundary": "go",
            "paused": "resume",
            "blocked": "fix it, then run loop-tui resume",
            "claimed": f"release {action.subject}".rstrip(),
            "manual": f"complete it, or skip {action.subject} --reason TEXT",
            "deliverable": f"write {action.subject}, {THEN_GO}",
        }.get(action.on, "")
    )
