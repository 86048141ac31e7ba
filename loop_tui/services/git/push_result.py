"""What `git push --porcelain` says came of it."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from loop_tui.model.excerpt import both_ends
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line
from loop_tui.process import shell


class PushOutcome(StrEnum):
    """How a push ended."""

    PUSHED = "pushed"
    UP_TO_DATE = "up-to-date"
    BEHIND = "behind"
    PROTECTED = "protected"
    LEAK = "leak"
    SUBMODULE = "submodule"
    DENIED = "denied"
    NETWORK = "network"
    REFUSED = "refused"
    FAILED = "failed"


class Push(Struct, frozen=True):
    """What came of a push. `detail` is what git said, cleaned and masked.

    `answered` says that git has a row of refusal for what was pushed: without one it may all be what a hook said.
    `broke_off` says that git itself gave up, as it does when a line breaks: a hook that fails does not make it.
    """

    outcome: PushOutcome
    detail: str = ""
    answered: bool = False
    broke_off: bool = False

    @property
    def ok(self) -> bool:
        """True when the remote has the commit, or would take it."""
        return self.outcome in (PushOutcome.PUSHED, PushOutcome.UP_TO_DATE)


_MOST_WORDS = 4000
_FATAL = 128
"""What git ends with when it dies of something; refused by a remote or a hook it ends with 1."""
_REMOTE = "remote:"
# GitHub's scan of what is pushed, whichever code it comes with: no other way to the branch would let it through.
_LEAK = ("cannot contain secrets", "PUSH PROTECTION", "push declined due to a detected secret")
_SUBMODULE = ("submodule paths contain changes that can",)
_PROTECTED = (
    "GH006",
    "GH013",
    "protected branch",
    "Protected branch",
    "rule violations",
    "not allowed to push code to",
)
_BEHIND = (
    "(non-fast-forward)",
    "(fetch first)",
    "(stale info)",
    # Somebody was faster between the remote's first word and our commits.
    "but expected",
    "incorrect old value provided",
)
_DENIED = ("Permission denied", "Authentication failed", "could not read Username", "could not read Password", "403")
# What the person's settings want of the remote; git breaks off for it, as it does for a line that broke.
_UNABLE = ("receiving end does not support",)
_UNREACHED = (
    "Could not resolve host",
    "Could not resolve hostname",
    "Connection refused",
    "Connection timed out",
    "Connection reset",
    "Operation timed out",
    "Network is unreachable",
    "Failed to connect",
    "Couldn't connect to server",
    "unable to access",
    "does not appear to be a git repository",
    "Repository not found",
    "Could not read from remote repository",
    "the remote end hung up",
)


def read_push(done: shell.Captured, spec: str = "") -> Push:
    """What `git push --porcelain` says came of it.

    `spec` is what was pushed: rows about anything else are a hook's, which may print what it likes.
    """
    rows = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 2]
    target = f":{spec.rpartition(':')[2]}"
    rows = [row for row in rows if row[1].endswith(target)] if spec else rows
    detail = both_ends(_said(done), _MOST_WORDS)
    if done.exit_code == 0:
        flag = rows[0][0] if rows else " "
        return Push(PushOutcome.UP_TO_DATE if flag == "=" else PushOutcome.PUSHED, detail)
    rejected, broke_off = any(row[0] == "!" for row in rows), done.exit_code == _FATAL
    words = _of_refusal(rows, done) if rejected else f"{done.stdout}\n{done.stderr}"
    for outcome, signs in (
        (PushOutcome.LEAK, _LEAK),
        (PushOutcome.SUBMODULE, () if rejected else _SUBMODULE),
        (PushOutcome.PROTECTED, _PROTECTED),
        (PushOutcome.BEHIND, _BEHIND),
        (PushOutcome.DENIED, () if rejected else _DENIED),
        (PushOutcome.FAILED, () if rejected else _UNABLE),
        (PushOutcome.NETWORK, () if rejected else _UNREACHED),
    ):
        if any(sign in words for sign in signs):
            return Push(outcome, detail, rejected, broke_off)
    return Push(PushOutcome.REFUSED if rejected else PushOutcome.FAILED, detail, rejected, broke_off)


def _of_refusal(rows: Sequence[Sequence[str]], done: shell.Captured) -> str:
    """The reasons in git's rows, and what the remote said: a pre-push hook that let it pass may have talked as well."""
    told = (line for line in done.stderr.splitlines() if line.lstrip().lower().startswith(_REMOTE))
    return "\n".join((*(row[-1] for row in rows), *told))


def _said(done: shell.Captured) -> str:
    """What was said for people: by a pre-push hook on stdout, too, which git leaves as it is."""
    told = [line for line in clean(done.stdout).splitlines() if line.count("\t") != 2 and not line.startswith("To ")]
    by_hooks = "\n".join(line for line in told if line != "Done").strip()
    return mask("\n".join(filter(None, (by_hooks, clean(done.stderr).strip()))) or one_line(done.stdout))
