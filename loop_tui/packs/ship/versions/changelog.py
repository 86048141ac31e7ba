"""What a release or a pull request says of itself: version, commit, and the changelog that release-scope.md holds."""

import re
from pathlib import Path

from loop_tui.fs.limits import DELIVERABLE
from loop_tui.fs.plain import read_text
from loop_tui.packs.ship import markdown as md
from loop_tui.runners.context import Context

SCOPE = "release-scope.md"
"""The deliverable of release-planner that holds the commits of a release."""

COMMIT = "Commit: "
VERSION = "Version: "
_LARGEST = 60_000
_COMMITS = re.compile(r"^## Commits\n+(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def body(ctx: Context, version: str, sha: str, *more: str) -> str:
    """The text: `Version: X.Y.Z` and `Commit: SHA`, each on a line of its own, then the changelog when there is one."""
    facts = [f"{VERSION}{md.escape(version)}"] if version else []
    facts.append(f"{COMMIT}{sha}")
    # Two spaces at the end: a line break, where Markdown would run the lines together.
    parts = ["  \n".join(facts), *more]
    if table := changelog(ctx):
        parts += ["## Changes", table]
    return "\n\n".join(parts)[:_LARGEST] + "\n"


def changelog(ctx: Context) -> str:
    """The commits of the release, as release-planner recorded them (escaped and masked); empty without a record."""
    known = next((d for d in reversed(ctx.state.deliverables) if d.name == SCOPE), None)
    place = Path(known.path) if known and known.path else Path(SCOPE)
    path = (ctx.run_dir / place).resolve()
    try:
        if not path.is_relative_to(ctx.run_dir.resolve()):
            return ""
        text = read_text(path, DELIVERABLE)
    except (OSError, ValueError):
        return ""
    found = _COMMITS.search(text)
    return found[1].strip() if found else ""
