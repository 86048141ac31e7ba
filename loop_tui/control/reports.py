"""What an agent or a script reports of its work: files, checks, references, questions, lines of the log."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Check, Deliverable, Question, QuestionKind
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import mask, secrets_in
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import clean, one_line
from loop_tui.storage.log.output_log import OUTPUT_NAME, OutputLog
from loop_tui.storage.state.deliverables import project_file
from loop_tui.storage.state.store import Store

from .said import MOST_CHOICE, MOST_CHOICES, MOST_QUESTION, said

_NAME, _NOTE, _REFERENCE = 100, 500, 500
_SLUG = regex(r"[^a-z0-9]+")
_LONGEST_SLUG = 40


def files_of(project: Path, definition: LoopDefinition, paths: Sequence[str]) -> tuple[Deliverable, ...]:
    """The files that were left behind, by their plain name; by their path where the loop calls them by it.

    Raises Problem for a path that is none, leads out of the project, or names nothing.
    """
    called = {name for phase in definition.phases for skill in phase.skills for name in skill.deliverables}
    found = tuple(project_file(project, path) for path in paths)
    return tuple(each.model_copy(update={"name": each.path}) if each.path in called else each for each in found)


def checks_of(texts: Sequence[str]) -> tuple[Check, ...]:
    """Checks from `NAME=passed` or `NAME=failed`, each with `:NOTE` behind it where there is more to say.

    Raises Problem for any other word.
    """
    return tuple(_check(text) for text in texts)


def _check(text: str) -> Check:
    name, _, rest = text.partition("=")
    word, _, note = rest.partition(":")
    if not one_line(name) or word not in (CheckStatus.PASSED, CheckStatus.FAILED):
        what = f"--check {one_line(text, 60)} is neither passed nor failed"
        raise Problem(what, todo="use --check NAME=passed or NAME=failed, optionally with :NOTE", code=Code.USAGE)
    return Check(name=one_line(name, _NAME), status=CheckStatus(word), summary=one_line(note, _NOTE))


def references_of(texts: Sequence[str]) -> tuple[str, ...]:
    """What somebody went by, a line each; secrets in addresses are masked."""
    secrets = secrets_in(os.environ)
    return tuple(said for text in texts if (said := mask(one_line(text, _REFERENCE), secrets)))


def question_of(text: str, choices: Sequence[str], default: str | None, by: str) -> Question:
    """A question of somebody who works on the run: the same text is the same question. Raises Problem."""
    text = said(text, "the question", MOST_QUESTION).strip()
    options = tuple(one_line(said(choice, "a choice", MOST_CHOICE)) for choice in choices)
    if len(options) > MOST_CHOICES:
        raise Problem(
            f"a question may have at most {MOST_CHOICES} choices, not {len(options)}",
            todo="offer fewer choices",
            code=Code.USAGE,
        )
    if options and (len(options) < 2 or not all(options) or len({o.casefold() for o in options}) < len(options)):
        raise Problem("a choice needs at least two different answers", todo="--choices A B", code=Code.USAGE)
    known = hashlib.sha256("\n".join((text, *options)).encode("utf-8", "replace")).hexdigest()[:6]
    slug = _SLUG.sub("-", text.lower())[:_LONGEST_SLUG].strip("-") or "question"
    return Question(
        id=f"{slug}-{known}",
        kind=QuestionKind.CHOICE if options else QuestionKind.TEXT,
        text=text,
        options=options,
        default=said(default, "the default") if default is not None else None,
        detail=f"asked by {by}",
    )


def note_in_log(store: Store, state: RunState, by: str, text: str, level: LogLevel) -> None:
    """Put what somebody says into the output log, under the skill that they have claimed. Raises Problem."""
    secrets = secrets_in(os.environ)
    skill = next((claim.skill for claim in state.claims if claim.by == by and claim.skill), "")
    words = [f"{by}: {line}" for line in mask(clean(text), secrets).splitlines()]
    log, at_ms = OutputLog(store.run_dir / OUTPUT_NAME), round(time.time() * 1000)
    log.add([LogLine(at_ms=at_ms, skill=skill, level=level, text=line) for line in words])
    log.flush()
