"""release-scope.md: what a release holds, what it is compared with, and why its version is what it is."""

from collections.abc import Sequence

from msgspec import Struct

from loop_tui.model.text import one_line
from loop_tui.packs.ship import markdown as md
from loop_tui.packs.ship.preflight.preflight import Finding, PreflightResult
from loop_tui.packs.ship.versions import next_version
from loop_tui.packs.ship.versions.base import Base

_SHOWN = 50


class Scope(Struct, frozen=True):
    """What would be released. `current` is the version before this run raised it, `file` package.json's path."""

    base: Base
    head: str
    file: str
    current: str
    proposal: next_version.Proposal
    notes: tuple[str, ...] = ()
    """What else is said of it: commits that do not count for this package."""


class Decision(Struct, frozen=True):
    """The version before and after. `asked` is false when there was nothing to ask."""

    before: str
    after: str
    asked: bool = False

    @property
    def words(self) -> str:
        """For people: `0.7.0 -> 0.8.0`, or why it stays."""
        if self.before != self.after:
            return f"version {self.before} -> {self.after}"
        if not self.after:
            return "no version"
        return f"version stays {self.after}" + (", as answered" if self.asked else "")


def report(project: str, ground: PreflightResult, scope: Scope, decision: Decision) -> str:
    """The document as Markdown, everything from outside escaped."""
    proposal = scope.proposal
    facts = [
        ("Version", decision.words),
        ("Proposed", _proposed(proposal)),
        ("Compared with", md.join(md.code(scope.base.sha[:12]), f" {scope.base.why}")),
        ("HEAD", md.join(md.code(scope.head[:12]), f" on {ground.branch}")),
        ("Commits", next_version.describe(proposal.verdicts)),
    ]
    if decision.before != decision.after:
        facts.append(("Dist-tag", proposal.dist_tag(decision.after)))
    facts += [("Note", note) for note in (*proposal.notes, *scope.notes)]
    facts += [("Value", each.words) for each in proposal.alternatives]
    if ground.target is not None:
        facts.append(("Destination", f"{ground.target}"))
    blocks = [md.table(("What", "Value"), facts), md.heading("Commits"), _commits(proposal.verdicts)]
    blocks += [md.heading("Uncommitted files"), _files(ground)]
    warnings = [_warning(finding) for finding in ground.findings if finding.fix]
    if warnings:
        blocks += [md.heading("Warnings"), md.bullets(warnings)]
    return md.document(f"Release scope: {one_line(project)} {decision.after}".rstrip(), *blocks)


def _proposed(proposal: next_version.Proposal) -> str:
    if proposal.question:
        return f"a choice: {proposal.question}"
    if proposal.version is None:
        return f"no bump: {proposal.reason}"
    return f"{proposal.current} -> {proposal.version} ({proposal.reason})"


def _commits(verdicts: Sequence[next_version.CommitVerdict]) -> str:
    if not verdicts:
        return "None since the base."
    rows = (
        (
            md.code(v.commit.sha[:7]),
            "reverted" if v.cancelled_by else v.kind,
            v.level.value,
            v.commit.subject,
            v.reason,
        )
        for v in verdicts
    )
    return md.table(("Commit", "Type", "Bump", "Subject", "Reason"), rows)


def _files(ground: PreflightResult) -> str:
    groups = (
        ("staged", [entry.path for entry in ground.status.staged]),
        ("changed", [entry.path for entry in ground.status.unstaged]),
        ("untracked", list(ground.status.untracked)),
    )
    rows = [(word, path) for word, paths in groups for path in paths]
    if not rows:
        return "None before the version was written."
    lines = [md.join(f"{word}: ", md.code(path)) for word, path in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        lines.append(md.escape(f"and {len(rows) - _SHOWN} more"))
    return md.bullets(lines)


def _warning(finding: Finding) -> md.Markup:
    return md.join(f"{finding.name}: {finding.words}; fix with ", md.code(finding.fix))
