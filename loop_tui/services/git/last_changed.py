"""When files were last changed, as git knows it: the times of files are those of a checkout."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.services.git.git import ask, fields, repository_root

_MOST_COMMITS = 5000
_MOST_PATHS = 2000
_ASK = ("log", "-z", f"--max-count={_MOST_COMMITS}", "--format=%x01%ct", "--name-only", "--no-renames", "--no-ext-diff")
_DIFFERS = ("diff", "-z", "--name-only", "--no-ext-diff", "HEAD")


async def last_changed(top: Path, paths: Iterable[str], today: date, fresh: int = -1) -> Mapping[str, date]:
    """The days on which files below a repository's top were last committed; today for those that differ from it.

    Whether a file differs is asked only where its commit is more than `fresh` days old. Files that are not
    committed, and those beyond 5,000 commits, are not named. Outside a repository, and where git does not tell, none
    is. Never raises Problem.
    """
    wanted = [path for path in paths if not path.startswith(":")][:_MOST_PATHS]
    try:
        if not wanted or await repository_root(top) != top.resolve():
            return {}
        found = _days(await ask(top, *_ASK, "HEAD", "--", *wanted))
        old = [path for path, day in found.items() if (today - day).days > fresh]
        differs = fields(await ask(top, *_DIFFERS, "--", *old)) if old else []
    except Problem:
        return {}
    return {**found, **dict.fromkeys(differs, today)}


def _days(output: str) -> dict[str, date]:
    """The newest commit comes first: what comes again was changed before. Each begins with a sign and its time."""
    found: dict[str, date] = {}
    day: date | None = None
    for part in output.split("\0"):
        text = part.lstrip("\n")
        if text.startswith("\x01"):
            day = _day(text[1:])
        elif text and day is not None:
            found.setdefault(text, day)
    return found


def _day(seconds: str) -> date | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    except (OSError, OverflowError, ValueError):
        return None
