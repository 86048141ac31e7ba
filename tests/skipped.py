"""Skipped tests, listed by name at the end of a test run: by reason, then by file."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

WIDTH = 120


def listing(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """A line for each reason and below it the tests of each file; a test with several parameters stands there once."""
    reasons: dict[str, dict[str, Counter[str]]] = {}
    for report in reports:
        file, _, name = report.nodeid.partition("::")
        # Parameters go, and so does the group that pytest-xdist puts behind the name.
        name = name.partition("[")[0].partition("@")[0]
        files = reasons.setdefault(_reason(report), {})
        files.setdefault(file, Counter())[name] += 1
    for reason, files in sorted(reasons.items()):
        yield f"{reason}: {sum(map(Counter.total, files.values()))} skipped"
        for file, names in sorted(files.items()):
            text = ", ".join(
                name if count == 1 else f"{name} ({count})" for name, count in sorted(names.items()) if name
            )
            yield from textwrap.wrap(
                f"{file}: {text}" if text else file, WIDTH, initial_indent="  ", subsequent_indent="    "
            )


def _reason(report: pytest.TestReport) -> str:
    """Why a test was skipped, on one line."""
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return " ".join(why.removeprefix("Skipped: ").split()) or "no reason given"
