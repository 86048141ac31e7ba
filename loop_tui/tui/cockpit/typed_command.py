"""Commands that are typed after `:`, the same as the command line's; what they mean stands in the actions."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from loop_tui.fs.homes import data_dir
from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_text
from loop_tui.model.text import one_line
from loop_tui.tui.actions import ACTIONS, UserAction, action
from loop_tui.tui.cockpit.typed_verb import TypedVerb, no_such_command, verb_in

if TYPE_CHECKING:
    from loop_tui.model.verbs import Verb

HISTORY_NAME = "commands"
MOST_KEPT = 200
_ALIASES = {"approved": "approve", "q": "quit", "jump": "phase", "home": "runs"}

_DECIDED_IN_PANEL = ("approve", "changes", "reject", "answer")
"""What is decided is decided in the panel, not by a command line; and no secret becomes an argument."""


class Typed(Struct, frozen=True):
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


def parse(text: str, verbs: Sequence[Verb] = ()) -> Typed | TypedVerb | str:
    """The command that was typed, or why it is none.

    What the screen does itself it does; where it has no such command, or not with these words, the command line has
    it: `verbs` are its commands, and it parses their words itself.
    """
    try:
        words = shlex.split(text.strip().removeprefix(":"))
    except ValueError:
        # A quote that is not closed is an apostrophe: "the plan isn't complete".
        words = text.strip().removeprefix(":").split()
    if not words:
        return "nothing typed"
    said = words[0].removesuffix(":")
    verb = _ALIASES.get(said, said)
    found = next((a for a in ACTIONS if a.command and verb_of(a) == verb), None)
    typed = _of_screen(found, words[0], words[1:]) if found is not None else None
    if isinstance(typed, Typed) or (found is not None and found.id in _DECIDED_IN_PANEL):
        return typed or no_such_command(said, ())
    return verb_in([said, *words[1:]], verbs) or typed or no_such_command(said, _known(verbs))


def _known(verbs: Sequence[Verb]) -> list[str]:
    return [*(verb_of(a) for a in ACTIONS if a.command), *_ALIASES, *(verb.name for verb in verbs)]


def _of_screen(found: UserAction, word: str, words: Sequence[str]) -> Typed | str:
    """A command that the screen does itself, or why it does not."""
    rest, reason, gate = list(words), "", ""
    if verb_of(found) == "run" and not rest:
        return Typed(action("go"))
    if verb_of(found) == "watch" and not rest:
        return Typed(action("back"))
    if "--gate" in rest[:-1]:
        at = rest.index("--gate")
        gate = rest.pop(at + 1)
        rest.pop(at)
    for option in ("--reason", "-r", "--summary"):
        if option in rest:
            at = rest.index(option)
            rest, reason = rest[:at], " ".join(rest[at + 1 :])
    if verb_of(found) == "release" and len(rest) > 1:
        return f"{word} takes one skill: nothing was done"
    if other := next((each for each in rest if each.startswith("--")), ""):
        return f"{word} takes no {one_line(other, 40)} here: nothing was done"
    if (rest or reason or gate) and " " not in found.command:
        return f"{word} takes no arguments: nothing was done"
    return Typed(found, tuple(rest), reason, gate)


def completions(text: str, names: Mapping[str, tuple[str, ...]], verbs: Sequence[Verb] = ()) -> list[str]:
    """What a text may become: a verb with its usage, or a verb with a name or an option for its last word.

    `names` are those a verb may be given.
    """
    verb, gap, rest = text.lstrip().partition(" ")
    if not gap:
        ours = {verb_of(a): a.command for a in ACTIONS if a.command}
        usages = {**{each.name: each.usage for each in verbs}, **ours}
        if not verb:
            # The order of the command line's own help: what people need most stands first.
            return [usages[name] for name in dict.fromkeys([*(each.name for each in verbs), *usages])]
        return sorted(usage for name, usage in usages.items() if name.startswith(verb))
    before, gap, last = rest.rpartition(" ")
    head = f"{verb} {before}{gap}"
    if last.startswith("-"):
        typed = verb_in(text.split(), verbs)
        options = typed.verb.options if typed is not None else ()
        return [f"{head}{option}" for option in options if option.startswith(last) and option != last]
    known = names.get(_ALIASES.get(verb, verb), ()) if not before.strip() else ()
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

    kept = [line for line in history() if line != text]
    path: Path = data_dir() / HISTORY_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [*kept, mask(one_line(text, 500))][-MOST_KEPT:]
        write_atomic(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"), durable=False)
    except (OSError, Problem):
        return
