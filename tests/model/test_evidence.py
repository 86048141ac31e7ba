"""Checks in words."""

import pytest

from loop_tui.model.evidence import Check
from loop_tui.model.status import CheckStatus


@pytest.mark.parametrize(
    ("status", "summary", "words"),
    [
        (CheckStatus.PASSED, "confirmed: https://example.org", "passed https://example.org"),
        (CheckStatus.PASSED, "confirmed", "confirmed"),
        (CheckStatus.PASSED, "11/11 passing", "11/11 passing"),
        (CheckStatus.PASSED, "exit 0", "passed exit 0"),
        (CheckStatus.PASSED, "", "passed"),
        (CheckStatus.FAILED, "1/2 passing, 1 failing (exit 1)", "failed 1/2 passing, 1 failing (exit 1)"),
        (CheckStatus.FAILED, "confirmed (required: healthy)", "failed confirmed (required: healthy)"),
        (CheckStatus.SKIPPED, "skipped: no script", "skipped: no script"),
    ],
)
def test_a_verdict_is_said_once(status: CheckStatus, summary: str, words: str) -> None:
    assert Check(name="test", status=status, summary=summary).verdict == words
