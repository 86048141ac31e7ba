"""verification-report.md: each check with its command, exit code, duration, commit, tree and the tail of its output."""

from collections.abc import Sequence

from msgspec import Struct

from loop_tui.model.clock import words
from loop_tui.model.evidence import Check
from loop_tui.packs.ship import markdown as md

from .failing_lines import FailingTest

DELIVERABLE = "verification-report.md"


class CheckReport(Struct, frozen=True):
    """A check, the last lines that its command printed, and the tests that failed in it."""

    check: Check
    tail: tuple[str, ...] = ()
    failing: tuple[FailingTest, ...] = ()


def report(kind: str, tree: str, commit: str, outcomes: Sequence[CheckReport], unsteady: Sequence[str]) -> str:
    """The document as Markdown, output safely fenced and everything else from outside escaped."""
    checks = [outcome.check for outcome in outcomes]
    facts = [
        ("Project", kind),
        ("Commit", md.code(commit) or "none"),
        ("Tree", md.code(tree) or "none: not a git repository"),
    ]
    rows = [(check.name, check.status.value, check.summary, md.code(check.command)) for check in checks]
    blocks: list[str] = [md.table(("What", "Value"), facts), md.table(("Check", "Status", "Result", "Command"), rows)]
    if unsteady:
        blocks += [md.heading("Changed by the checks"), md.bullets(md.code(path) for path in unsteady)]
    for outcome in outcomes:
        blocks += _section(outcome)
    return md.document("Verification report", *blocks)


def _section(outcome: CheckReport) -> list[str]:
    check = outcome.check
    title = md.heading(f"{check.name}: {check.summary}")
    if not check.command:
        return [title, "No command was run."]
    facts = [
        ("Status", check.status.value),
        ("Command", md.code(check.command)),
        ("Exit code", "none" if check.exit_code is None else str(check.exit_code)),
        ("Duration", words(check.duration_ms) or "unknown"),
        ("Commit", md.code(check.commit) or "none"),
        ("Tree", md.code(check.tree) or "none"),
        ("Time", check.at),
    ]
    output = md.fence("\n".join(outcome.tail)) if outcome.tail else "No output."
    rows = [(each.name, md.code(each.place) if each.place else "", each.message) for each in outcome.failing]
    named = [md.table(("Failed test", "Place", "Message"), rows)] if rows else []
    return [title, md.table(("What", "Value"), facts), *named, output]
