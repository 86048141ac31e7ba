"""What a release, a tag or a pull request says of itself: version, commit, and what has changed.

That is the section of CHANGELOG.md in the commit where there is one, and else the commits that release-scope.md holds.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from loop_tui.fs.limits import DELIVERABLE
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean
from loop_tui.packs.ship import markdown as md
from loop_tui.packs.ship.evidence import prefix
from loop_tui.runners.context import Context
from loop_tui.services.git import git

from .changelog_file import NAME
from .keep_a_changelog import read_changelog

SCOPE = "release-scope.md"
"""The deliverable of release-planner that holds the commits of a release."""

COMMIT = "Commit: "
VERSION = "Version: "
_LARGEST = 60_000
_SUBJECT = 3
"""Which cell of the table of commits (`release_planner.scope_report`) holds the subject; the first has the commit."""
_COMMITS = regex(r"^## Commits\n+(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


async def body(ctx: Context, root: Path, version: str, sha: str) -> str:
    """The text: `Version: X.Y.Z` and `Commit: SHA`, each on a line of its own, then the notes when there are any."""
    facts = [f"{VERSION}{md.escape(version)}"] if version else []
    facts.append(f"{COMMIT}{sha}")
    # Two spaces at the end: a line break, where Markdown would run the lines together.
    parts = ["  \n".join(facts)]
    if notes := await release_notes(ctx, root, version, sha):
        parts += ["## Changes", notes]
    return "\n\n".join(parts)[:_LARGEST] + "\n"


async def release_notes(ctx: Context, root: Path, version: str, sha: str) -> str:
    """What has changed, as Markdown: the section of the version in CHANGELOG.md as of the commit, else its commits.

    Control characters and what looks like a secret are taken out. Empty where neither is known.
    """
    text = await git.file_at(root, sha, f"{prefix(ctx, root)}{NAME}") if version and sha else None
    section = ""
    if text is not None:
        try:
            section = read_changelog(text.encode("utf-8", "surrogateescape"), NAME).section(version)
        except Problem:
            section = ""
    return mask(clean(section)).strip() or changelog(ctx)


def changelog(ctx: Context) -> str:
    """The commits of the release as a list, as release-planner recorded them (escaped, masked); empty without any."""
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
    return "\n".join(_entries(found[1])) if found else ""


def _entries(table: str) -> Iterator[str]:
    """The commits of that table as a list: what a tag says is read as plain text."""
    for line in table.strip().splitlines()[2:]:
        # A pipe inside of a cell has a backslash before it.
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        if len(cells) > _SUBJECT:
            yield f"- {cells[_SUBJECT]} ({cells[0]})"
