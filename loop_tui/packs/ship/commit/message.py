"""The message of the commit: proposed in Conventional Commits form, and the person's to change."""

import hashlib
import itertools
from collections import Counter
from pathlib import PurePosixPath

from loop_tui.model.answers import yes_or_no
from loop_tui.model.evidence import Question
from loop_tui.model.text import clean, count_of, one_line
from loop_tui.packs.ship.versions.headers import read_header
from loop_tui.runners.context import Context

_SUBJECT_LIMIT = 72
_TRIES = 5


def proposed(bumped: str, files: tuple[str, ...]) -> str:
    """The message we suggest: a release when the version moved, otherwise a chore that names what changed."""
    if bumped:
        return f"chore(release): v{one_line(bumped)}"
    names = [one_line(PurePosixPath(path).name) for path in files]
    if len(names) <= 2:
        summary = f"update {' and '.join(names)}"
        if len(summary) <= _SUBJECT_LIMIT - len("chore: "):
            return f"chore: {summary}"
    folders = Counter(PurePosixPath(path).parts[0] if "/" in path else "." for path in files)
    folder, count = folders.most_common(1)[0]
    place = f" in {one_line(folder, 40)}" if count == len(files) and folder != "." else ""
    return f"chore: update {count_of(len(files), 'file')}{place}"


async def ask_message(
    ctx: Context, default: str, letters: tuple[tuple[str, str], ...], facts: str, then: str = ""
) -> str:
    """The message that the person wants: `default` when they answer nothing or yes. `then` says what follows on it.

    A no, or an answer that is no message, asks once more; one that is no Conventional Commit has to be said twice. When
    that goes on and on, what was said beforehand counts no more, nor does the default: a person has to look.
    """
    key = hashlib.sha256(facts.encode()).hexdigest()[:10]
    files = [f"{letter} {one_line(path)}" for path, letter in letters]
    detail = "\n".join([then, *files] if then else files)
    text = "Commit message?"
    doubted: set[str] = set()
    for attempt in itertools.count(1):
        only_a_person = attempt > _TRIES
        name = f"which-commit-message-{key}" if only_a_person else f"commit-message-{key}"
        question = Question(
            id=name + (f"-{attempt}" if attempt > 1 else ""),
            skill=ctx.skill.id,
            text=text,
            default=None if only_a_person else default,
            detail=detail,
        )
        answer = await ctx.do.ask(question)
        message = read_message(answer, default)
        if message is not None and (message in doubted or message == default or is_conventional(message)):
            return message
        if message is not None:
            doubted.add(message)
            subject = one_line(message.splitlines()[0], 40)
            text = f"'{subject}' is not in the form `type: subject`. Enter it again to keep it. Commit message?"
            continue
        text = "Commit message?" if yes_or_no(answer) is False else "The message is empty. Commit message?"
    raise AssertionError("unreachable")


def is_conventional(message: str) -> bool:
    """True for a subject of the form `type(scope): words` (https://www.conventionalcommits.org)."""
    return read_header(message.splitlines()[0]) is not None


def read_message(answer: str, default: str) -> str | None:
    """The message that an answer gives: one line of subject, then an empty line and the body if there is one.

    None when the answer is a no, or has no subject once control characters are gone.
    """
    if not answer.strip() or yes_or_no(answer):
        return default
    if yes_or_no(answer) is False:
        return None
    lines = [line.rstrip() for line in clean(answer).strip().splitlines()]
    if not lines or not one_line(lines[0]):
        return None
    body = "\n".join(lines[1:]).strip("\n")
    subject = one_line(lines[0])
    return f"{subject}\n\n{body}" if body else subject
