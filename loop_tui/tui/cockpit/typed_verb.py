"""A command that the screen leaves to the command line: its words, and what becomes of what it prints."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line
from loop_tui.tui.type_ahead import COMMAND

from .typed_run import begins_run, watch_run

if TYPE_CHECKING:
    from loop_tui.model.verbs import CommandOutput, Verb

    from .run_actions import RunActions

_MOST_EFFECTS = 12
_YES = "--yes"
_LOOK = "--dry-run"
"""The option with which a command says what it would do, and does nothing."""
_WAITS = 3
"""The exit code of a command that waits for a person."""


class TypedVerb(Struct, frozen=True):
    """A command of the command line, and the words that were typed after it."""

    verb: Verb
    words: tuple[str, ...] = ()

    @property
    def may_agree(self) -> bool:
        """True where `--yes` says yes to what the command shows, and was not said."""
        # That of `run` takes the defaults of all questions.
        return _YES in self.verb.options and self.verb.name != "run" and not {_YES, "-y"} & set(self.words)

    def argv(self, project: Path, loop: str) -> list[str]:
        """The words for the command line: about this run, unless they name another."""
        words = list(self.words)
        if self.verb.words.split()[-1:] == ["TEXT"]:
            words = _with_one_text(words)
        options = [
            f"{option}={value}"
            for option, value in (("--project", str(project)), ("--loop", loop))
            if option in self.verb.options and not _names(words, option)
        ]
        if self.verb.name == "run" and (not words or words[0].startswith("-")):
            words.insert(0, loop)
        return [*self.verb.name.split(), *options, *words]


def _names(words: Iterable[str], option: str) -> bool:
    short = {"--project": "-C", "--loop": "-l"}[option]
    return any(word in (option, short) or word.startswith(f"{option}=") for word in words)


def _with_one_text(words: Sequence[str]) -> list[str]:
    """Words up to the first option are one text: on a line that no shell reads, nobody quotes them."""
    end = next((at for at, word in enumerate(words) if word.startswith("--")), len(words))
    return [" ".join(words[:end]), *words[end:]] if end else list(words)


def verb_in(words: Sequence[str], verbs: Iterable[Verb]) -> TypedVerb | None:
    """The command that the words begin with, the longest name first, and the words after it."""
    for verb in sorted(verbs, key=lambda verb: -len(verb.name.split())):
        name = verb.name.split()
        if list(words[: len(name)]) == name:
            return TypedVerb(verb, tuple(words[len(name) :]))
    return None


def no_such_command(word: str, known: Iterable[str]) -> str:
    """What is said of a word that is no command: the one that looks most like it."""
    near = difflib.get_close_matches(word, sorted(set(known)), 1)
    meant = f"did you mean {near[0]}?" if near else "ctrl+p lists what can be done"
    return f"there is no command {one_line(word, 40)!r}: {meant}"


def do_verb(cockpit: RunActions, typed: TypedVerb) -> None:
    """Do what was typed; first ask where it takes work back."""
    from loop_tui.tui.actions import READ_ONLY

    if cockpit.app.read_only and not typed.verb.looks:
        cockpit.refuse(READ_ONLY)
        return
    if not typed.verb.asks or {"--help", _LOOK} & set(typed.words):
        cockpit.run_worker(_done(cockpit, typed), group="verb")
    elif _LOOK in typed.verb.options:
        # What is typed meanwhile is for the question that comes.
        cockpit.run_worker(_look_first(cockpit, typed), group=COMMAND)
    else:
        _ask_first(cockpit, typed, [typed.verb.text, *_recorded(cockpit)])


async def _look_first(cockpit: RunActions, typed: TypedVerb) -> None:
    """What it would do, as the command itself says; what it refuses is not asked for."""
    from loop_tui.model.problem import Problem

    words = TypedVerb(typed.verb, (*typed.words, _LOOK)).argv(cockpit.snapshot.project, cockpit.snapshot.loop)
    try:
        told = await cockpit.app.launcher.command(cockpit.snapshot.project, words, looks=True)
    except Problem as problem:
        told = _failed(str(problem))
    if told.code:
        show_output(cockpit, typed.verb.name, told)
    else:
        _ask_first(cockpit, typed, output_text(told).split("\n"))


def _ask_first(cockpit: RunActions, typed: TypedVerb, lines: Sequence[str]) -> None:
    from loop_tui.tui.widgets.choose import ChooseScreen

    def sure(choice: str | None) -> None:
        if choice == "yes":
            cockpit.run_worker(_done(cockpit, typed), group="verb")

    options = (("no", "no, do not change it"), ("yes", f"yes, {typed.verb.name}"))
    title = one_line(f"{typed.verb.name}: sure?", 60)
    cockpit.app.push_screen(ChooseScreen(title, options, lines=lines), sure)


def _recorded(cockpit: RunActions) -> list[str]:
    """What the run has done to the world so far, a line each, the last first."""
    state = cockpit.snapshot.state
    done = [effect for effect in state.effects if effect.proven] if state is not None else []
    if not done:
        return ["", "this run has not changed anything yet"]
    lines = []
    for effect in reversed(done[-_MOST_EFFECTS:]):
        told = ", ".join(f"{name} {value}" for name, value in (effect.proof or {}).items() if isinstance(value, str))
        lines.append(one_line(mask(f"{effect.kind}: {told}" if told else effect.kind), 100))
    return ["", "What this run did so far:", *lines]


async def _done(cockpit: RunActions, typed: TypedVerb) -> None:
    """Run it and show what it printed: a page of what only looks, at once; of the rest a page or a line at its end."""
    from loop_tui.model.problem import Problem
    from loop_tui.tui.widgets.output_page import OutputPage, page_columns

    words = typed.argv(cockpit.snapshot.project, cockpit.snapshot.loop)
    title = " ".join((typed.verb.name, *typed.words))
    if begins_run(typed):
        try:
            refused = await watch_run(cockpit, typed)
        except Problem as problem:
            refused = _failed(str(problem))
        if refused is not None:
            show_output(cockpit, title, refused)
        return
    page = OutputPage(title) if typed.verb.looks else None
    if page is not None:
        await cockpit.app.push_screen(page)
    columns = page_columns(cockpit.app.size.width)
    try:
        told = await cockpit.app.launcher.command(
            cockpit.snapshot.project, words, looks=typed.verb.looks, columns=columns
        )
    except Problem as problem:
        told = _failed(str(problem))
    cockpit.source.refresh()
    if told.code == _WAITS and typed.may_agree:
        _show_and_ask(cockpit, typed, told)
    else:
        show_output(cockpit, title, told, page)


def _show_and_ask(cockpit: RunActions, typed: TypedVerb, told: CommandOutput) -> None:
    """What it would do was shown and not done: done on a yes, as at a terminal."""
    from loop_tui.tui.widgets.choose import ChooseScreen

    agreed = TypedVerb(typed.verb, (*typed.words, _YES))

    def sure(choice: str | None) -> None:
        if choice == "yes":
            cockpit.run_worker(_done(cockpit, agreed), group="verb")

    options = (("no", "no, do nothing"), ("yes", "yes, do it"))
    lines = output_text(told).split("\n")
    # What is typed while it works is for what is shown then.
    asking = ChooseScreen(one_line(typed.verb.name, 60), options, lines=lines, by_itself=True)
    cockpit.app.push_screen(asking, sure)


def _failed(said: str) -> CommandOutput:
    from loop_tui.model.verbs import CommandOutput

    return CommandOutput(2, "", said)


def output_text(told: CommandOutput) -> str:
    """What a program printed, cleaned and masked, with what went wrong below it."""
    parts = [part for text in (told.output, told.errors) if (part := mask(clean(text)).strip("\n"))]
    return "\n".join(parts)


def show_output(cockpit: RunActions, title: str, told: CommandOutput, page: object = None) -> None:
    """Show what a program printed: on its page, in a line where it is one, else on a page of its own."""
    from loop_tui.tui.widgets.output_page import OutputPage

    text = output_text(told)
    if isinstance(page, OutputPage):
        page.show(text or "no output")
        return
    if "\n" in text:
        cockpit.app.push_screen(OutputPage(title, text))
        return
    ended = f"{one_line(title, 60)}: " + ("done" if told.code == 0 else f"exit code {told.code}")
    (cockpit.say if told.code == 0 else cockpit.refuse)(text.removeprefix("loop-tui: ") or ended)
