"""Commands that are typed after `:`, the same as the command line's; what they mean stands in the actions."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from loop_tui.fs.homes import data_dir
from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_text
from loop_tui.tui.actions import ACTIONS, UserAction

HISTORY_NAME = "commands"
MOST_KEPT = 200
_ALIASES = {"approved": "approve", "q": "quit", "run": "go", "jump": "phase", "home": "runs", "watch": "runs"}


@dataclass(frozen=True)
class Typed:
    """A command: its action, the words after it, the text of `--reason` or `--summary`, and the name after `--gate`."""

    action: UserAction
    words: tuple[str, ...] = ()
    reason: str = ""
    gate: str = ""

    @property
    def text(self) -> str:
        """All that was typed after the verb."""
        return " ".join((*self.words, self.reason)).strip()


def verb_of(action: UserAction) -> str:
    """The word that stands for an action, or nothing."""
    return action.command.partition(" ")[0]


def parse(text: str) -> Typed | str:
    """The command that was typed, or why it is none."""
    try:
        words = shlex.split(text.strip().removeprefix(":"))
    except ValueError:
        # A quote that is not closed is an apostrophe: "the plan isn't complete".
        words = text.strip().removeprefix(":").split()
    if not words:
        return "nothing was typed"
    said = words[0].removesuffix(":")
    verb = _ALIASES.get(said, said)
    action = next((a for a in ACTIONS if a.command and verb_of(a) == verb), None)
    if action is None:
        return f"there is no command {words[0]!r}: ctrl+p lists what can be done"
    rest, reason, gate = words[1:], "", ""
    if "--gate" in rest[:-1]:
        at = rest.index("--gate")
        gate = rest.pop(at + 1)
        rest.pop(at)
    for option in ("--reason", "-r", "--summary"):
        if option in rest:
            at = rest.index(option)
            rest, reason = rest[:at], " ".join(rest[at + 1 :])
    if (rest or reason or gate) and " " not in action.command:
        return f"{words[0]} takes no words: nothing was done"
    return Typed(action, tuple(rest), reason, gate)


def completions(text: str, names: dict[str, tuple[str, ...]]) -> list[str]:
    """What a text may become: a verb with its usage, or a verb with a name; `names` are those a verb may be given."""
    verb, gap, rest = text.lstrip().partition(" ")
    if not gap:
        return sorted(a.command for a in ACTIONS if a.command and verb_of(a).startswith(verb))
    known = names.get(_ALIASES.get(verb, verb), ())
    return [f"{verb} {name}" for name in known if name.startswith(rest) and name != rest]


def history() -> list[str]:
    """The commands that were typed, the oldest first. What cannot be read is none."""
    try:
        return read_text(data_dir() / HISTORY_NAME, SETTINGS, errors="replace").splitlines()[-MOST_KEPT:]
    except OSError:
        return []


def remember(text: str) -> None:
    """Keep a command for the next time. That it cannot be kept is no reason to stop."""
    from loop_tui.fs.atomic import write_atomic
    from loop_tui.model.problem import Problem
    from loop_tui.model.secrets import mask
    from loop_tui.model.text import one_line

    kept = [line for line in history() if line != text]
    path: Path = data_dir() / HISTORY_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [*kept, mask(one_line(text, 500))][-MOST_KEPT:]
        write_atomic(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"), durable=False)
    except (OSError, Problem):
        return
