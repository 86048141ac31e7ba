"""Frozen histories of releases, and what the release planner makes of them (frozen.toml says what is in it).

`python -m tests.histories` prints the table: the level that was proposed against the level that was released.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter
from semver import Version

from loop_tui.model.base import Model
from loop_tui.packs.ship.versions import next_version

FROZEN = Path(__file__).with_name("frozen.toml")
ASKED, ASKED_OTHERWISE = "asked", "asked, not shown"
PROPOSED = ("none", "patch", "minor", "major", "prerelease", "promotion", ASKED, ASKED_OTHERWISE)
RELEASED = ("none", "patch", "minor", "major", "prerelease", "promotion", "choice")


class Made(Model):
    """One commit of a history."""

    sha: str
    subject: str
    body: str = ""
    parents: tuple[str, ...] = ()
    bot: bool = False
    outside: bool = False


class History(Model):
    """What there was when a version was chosen, and the version that it became (see the head of frozen.toml)."""

    id: str
    kind: str
    repository: str = ""
    tool: str = ""
    tag: str = ""
    base: str = ""
    head: str = ""
    package: str
    tags: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    folder: str = ""
    branch: str = ""
    edge: tuple[str, ...] = ()
    since: str = ""
    released: str
    asks: bool = False
    commits: tuple[Made, ...]

    @property
    def before(self) -> str:
        """The version that was released last: that of the highest tag, else what package.json says."""
        return self.tags[0].rpartition("@")[2].rpartition("v")[2] if self.tags else self.package

    @property
    def level(self) -> str:
        """How far the version moved, in one word of `RELEASED`."""
        if self.asks and not self.released:
            return "choice"
        return level_between(self.before, self.released) if self.released else "none"


@dataclass(frozen=True)
class Judged:
    """What the planner proposes for a history: a word of `PROPOSED`, the version, and the values of a question."""

    history: History
    proposed: str
    version: str = ""
    shown: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """True when it is the version that was released, or when a question shows it among its values.

        A version that tools derive from the commits has to be proposed as it is; where package.json says nothing true
        of the releases, or the table says to ask, a question has to be asked.
        """
        if self.proposed == ASKED:
            return self.history.asks or self.history.package != self.history.before
        return not self.history.asks and self.proposed != ASKED_OTHERWISE and self.version == self.history.released


def level_between(before: str, after: str) -> str:
    """The part of a version that moved; `promotion` when it only lost its pre-release."""
    old, new = Version.parse(before), Version.parse(after)
    if new.prerelease:
        return "prerelease"
    if old.prerelease and old.finalize_version() == new:
        return "promotion"
    return "major" if old.major != new.major else "minor" if old.minor != new.minor else "patch"


def histories() -> tuple[History, ...]:
    """All of them, in the order of the file."""
    return TypeAdapter(tuple[History, ...]).validate_python(tomllib.loads(FROZEN.read_text("utf-8"))["history"])


def judge(history: History) -> Judged:
    """What the planner makes of it, given the base and the tags as they are recorded."""
    commits = [
        next_version.parse(
            made.sha, f"{made.subject}\n\n{made.body}".strip(), made.parents, "renovate[bot]" if made.bot else ""
        )
        for made in history.commits
        if not made.outside
    ]
    tag = history.tags[0] if history.tags else ""
    facts = next_version.ReleaseFacts(
        tag=tag,
        tag_version=history.before if tag else "",
        taken={name.rpartition("@")[2].rpartition("v")[2]: name for name in (*history.tags, *history.elsewhere)},
        branch=history.branch or "main",
        cut_off="" if history.since != "edge" else history.edge[0][:7],
    )
    proposal = next_version.propose(history.package, commits, None, facts)
    if proposal.question:
        shown = tuple(each.version for each in proposal.alternatives)
        said = ASKED if history.released in ("", *shown) else ASKED_OTHERWISE
        return Judged(history, said, shown=shown)
    if proposal.version is None:
        return Judged(history, "none", history.package if history.released == history.package else "")
    return Judged(history, level_between(history.before, proposal.version), proposal.version)


def confusion(judged: Iterable[Judged]) -> dict[tuple[str, str], int]:
    """How often each level was proposed for each that was released: `(released, proposed)`."""
    return dict(Counter((one.history.level, one.proposed) for one in judged))


def misses(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    """Those where the planner is not right."""
    return tuple(one for one in judged if not one.right)


def table(judged: Sequence[Judged]) -> str:
    """The confusion as text columns: a row for each released level, a column for each proposed one."""
    counted = confusion(judged)
    columns = [name for name in PROPOSED if any(proposed == name for _, proposed in counted)]
    rows = [("released \\ proposed", *columns)]
    for level in RELEASED:
        if any(released == level for released, _ in counted):
            rows.append((level, *(str(counted.get((level, name), "")) or "." for name in columns)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)
