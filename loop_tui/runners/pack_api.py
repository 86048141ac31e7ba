"""What a pack may register: skills, kinds of targets and effects, commands, and what it knows of definitions and gates.

A pack is a value of `Pack`, found in a module's `PACK`: ours below `loop_tui.packs`, those of others by the entry point
group `loop_tui.packs`. Everything that does work is named as text, "module:name", and imported when it is used.
"""

import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol

from msgspec import Struct, field
from pydantic import JsonValue

from loop_tui.model.definition import GateDefinition, LoopDefinition, TargetDefinition
from loop_tui.model.evidence import Effect
from loop_tui.model.panel import PanelLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.ports import RunPorts, Workspace

from .context import Context, TargetKinds

API = 1
"""The version of all this. A pack that was made for another one is not used."""
GROUP = "loop_tui.packs"
"""The entry point group of packs that are installed beside loop-tui."""

Ref = str
"""Where something is: "module:name"."""


class SkillSpec(Struct, frozen=True):
    """A built-in skill: the `async` function from `Context` to `SkillResult` that does it.

    An `interruptible` one mostly waits for others and loses nothing when it is stopped: a pause need not wait for it.
    """

    ref: Ref
    interruptible: bool = False


class Setting(Struct, frozen=True):
    """What the value of a setting has to be: in words, and as a test."""

    words: str
    accepts: Callable[[object], bool]


class TargetSpec(Struct, frozen=True):
    """A kind of target: the function that confirms it (`runners.targets.Confirm`).

    `settings` names a mapping from its settings to what their values may be (`Setting`); one of `needed` at least has
    to be given before a target of that kind is looked at. `level` is how far such a target has to get when nobody says
    otherwise (`runners.targets.TargetLevel`). `missing` names a function to what a project lacks for such a target
    (`Missing`), which is said before a run. `timed_by` is the skill whose usual time is that of the target.
    """

    ref: Ref
    settings: Ref = ""
    needed: tuple[str, ...] = ()
    level: str = "confirmed"
    missing: Ref = ""
    timed_by: str = ""


Missing = Callable[[Path, TargetDefinition], str]
"""What is missing in a project's folder for a target, in a line; empty when nothing is. Raises Problem."""


class EffectSpec(Struct, frozen=True):
    """A kind of effect. `words` is what it is called; an `irreversible` one is never taken back, only followed by more.

    `left_behind` names a function that tells what a run which is aborted leaves of it (`LeftBehind`). `doing` is what
    is said while it takes long, such as `pushing`; `words` are without it.
    """

    words: str
    irreversible: bool = False
    left_behind: Ref = ""
    doing: str = ""


LeftBehind = Callable[[Effect, Sequence[Effect]], str]
"""From an effect and all proven effects of the run to one line for people; empty when there is nothing to say."""


class Param(Struct, frozen=True):
    """An option of a command, `--name`. A `flag` takes no value; `short` is its one-letter form.

    A `repeated` one may be given several times: its value is a list of texts, empty without it.
    """

    name: str
    help: str
    flag: bool = False
    short: str = ""
    default: str = ""
    repeated: bool = False


CHOICE = "choice"
"""The kind under which a run keeps what was chosen for it with options of packs."""


class RunChoice(Struct, frozen=True):
    """Something that was chosen for a run. `facts` are kept under `id` in its state and journal; `words` are said.

    They are the intent of an effect of the kind `CHOICE`, so that they survive the driver and cannot be forged by hand.
    `skill` is the one that goes by it, where only one does: when it is settled already, its phase is done again.
    """

    id: str
    facts: Mapping[str, JsonValue]
    words: str
    skill: str = ""

    def is_known_to(self, state: RunState) -> bool:
        """True when the run has this very choice already."""
        known = state.effect(self.id)
        return known is not None and known.kind == CHOICE and known.intent == dict(self.facts)


class ChosenOptions(Struct, frozen=True):
    """What a person said with `run`: the values of a pack's own options by name, and the reason, when one was given.

    `project` is the folder that the run is for; None where nobody says.
    """

    options: Mapping[str, Any]
    by: str = "you"
    reason: str = ""
    project: Path | None = None


Choose = Callable[[LoopDefinition, ChosenOptions, RunState | None], Sequence[RunChoice]]
"""What the options of `run` that a pack has come to, given the run that is there, if any.

Called only when one of them was given; what was chosen before stays unless it is given anew under its id. Raises
Problem for what cannot be chosen: then nothing is begun.
"""


def with_choices(state: RunState, choices: Sequence[RunChoice]) -> RunState:
    """The state as it would be with these choices, which take the place of those of the same id."""
    made = {choice.id: Effect(id=choice.id, kind=CHOICE, intent=dict(choice.facts)) for choice in choices}
    kept = (effect for effect in state.effects if effect.id not in made)
    return state.model_copy(update={"effects": (*kept, *made.values())})


def reopened_for(state: RunState, choice: RunChoice) -> str:
    """The phase that has to be done again for a choice; empty when it comes in time, or the run knows it already."""
    if not choice.skill or choice.is_known_to(state):
        return ""
    for phase in state.phases:
        skill = phase.skill(choice.skill)
        if skill is not None and skill.settled:
            return phase.id
    return ""


MayBegin = Callable[[RunPorts, LoopDefinition, RunState, TargetKinds], Awaitable[None]]
"""Looks whether a run with what was chosen for it, which the state holds, would be refused at once for what is known
now. Raises Problem then: nothing is begun. Called for a new run only, and only when an option of the pack was given."""


class CommandHost(Protocol):
    """What a pack's command is given: the project that is meant, and the only way to print."""

    @property
    def project(self) -> Path:
        """The project's folder."""

    @property
    def by(self) -> str:
        """The name of the person who gives the command."""

    def definition(self) -> LoopDefinition:
        """The loop that is meant, with the project's settings. Raises Problem."""

    def shipped(self) -> LoopDefinition | None:
        """The loop that is meant as it comes with loop-tui or a pack, whatever the project's files say."""

    def ports(self) -> RunPorts:
        """The ports of the run that is meant. Raises Problem."""

    def ports_of(self, definition: LoopDefinition) -> RunPorts:
        """The ports of the run of a loop in this project. Raises Problem."""

    def say(self, text: str) -> None:
        """Print for people: cleaned, secrets masked."""

    def say_json(self, value: JsonValue) -> None:
        """Print one JSON value on a line, secrets masked."""

    def table(
        self, header: Sequence[str], rows: Sequence[Sequence[str]], *, least: Sequence[str] = (), indent: int = 0
    ) -> str:
        """Text columns below a header that fit the terminal, rows `indent` cells in.

        The columns named in `least` are left out first where there is no room; then cells are wrapped.
        """

    async def ask(self, text: str, *, hidden: bool = False) -> str | None:
        """What the person types at the terminal, `hidden` without showing it; None where there is no terminal."""

    def preview(self, ctx: Context) -> tuple[str, ...]:
        """What the runner of a skill would do, a line each. Raises Problem."""

    @property
    def kinds(self) -> TargetKinds:
        """The kinds of targets of all packs."""


Command = Callable[[CommandHost, Mapping[str, Any]], Awaitable[int]]
"""Does what a command says, given the values of its options by name, and gives the exit code."""


class CommandSpec(Struct, frozen=True):
    """A command of the command line. `name` is `verb`, or `verb --option` for an option of one of ours, or
    `release word` for what is said of a release instead of a claim.

    Every command has --project, --loop and --json beside its `params`. With `needs_lease` nobody may drive the run
    while the command does its work; `ready` names a function that says beforehand, without the lease, why it cannot be
    done (given the host, it raises Problem). Without --loop it is about the loop that has a run here; with
    `loop="default"` about the distribution loop. `words` says what may stand behind its name; it gets them as `words`.
    """

    name: str
    help: str
    ref: Ref
    params: tuple[Param, ...] = ()
    needs_lease: bool = False
    ready: Ref = ""
    loop: Literal["", "default"] = ""
    words: str = ""


Configure = Callable[[LoopDefinition, Path, Sequence[TargetDefinition], Mapping[str, TargetSpec]], LoopDefinition]
"""A definition with a project's own settings; also given: the targets of other loops, and the kinds of all packs."""
EvidenceVoidCheck = Callable[[RunState, GateDefinition, Workspace], Awaitable[str]]
"""Why what a gate passed on does not hold any more; empty when it does."""
SampleMaker = Callable[[Path, bool, Callable[[str], None]], Path]
"""Makes a sample project in a folder, or when told so below it, in one that is free or has it already; says what it
does, and gives the project. Raises Problem."""
WrittenFiles = Callable[[Sequence[Effect]], Sequence[str]]
"""The files that a run wrote wherever they lie, from the repository's top, as its effects tell: they are its own, too,
where they lie beside the folder of its package."""
SampleExtra = Callable[[Path, Callable[[str], None]], AbstractContextManager[Mapping[str, str]]]
"""What goes on beside a demo, for its project: gives what has to be in the environment. Raises Problem."""
SampleNeeds = Callable[[Path], bool]
"""True for the project of a demo that would reach outside of its folder without what the option starts."""
PackPanel = Callable[[RunState, LoopDefinition], Sequence[str]]
"""Lines about a run for the panel of the screen, each plain text."""


Ready = Callable[[CommandHost], Awaitable[Sequence[PanelLine]]]
"""What would happen when a run is started now. Looks only: it runs nothing of the project, and reaches no network."""
PackSummary = Callable[[RunState, LoopDefinition], Mapping[str, JsonValue]]
"""What a run that is over brought about, by key, for the summary of its archive; our own keys there stay ours."""


class SummarySection(Struct, frozen=True):
    """A part of what is printed of a run that is over: a heading, and plain lines below it."""

    heading: str
    lines: tuple[str, ...]


class ToldByPacks(Struct, frozen=True):
    """What the summary of an archive says in the words of packs: `facts` by key for programs, and for people."""

    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    sections: tuple[SummarySection, ...] = ()


ReadSummary = Callable[[Mapping[str, JsonValue]], ToldByPacks]
"""Reads what `PackSummary` wrote, by whomever and in whichever version: each of its facts is there, if only empty."""


class DemoOption(Struct, frozen=True):
    """An option of `demo`: a flag, and what goes on beside the demo where it is given (`SampleExtra`).

    `needed` names a function that tells of a project whether a demo was made with the option (`SampleNeeds`): then only
    looking at it goes without.
    """

    name: str
    help: str
    ref: Ref
    needed: Ref = ""


class Pack(Struct, frozen=True):
    """All that a pack brings. `loops` names a folder of definitions as "module:folder".

    `run_options` are options of `run` and `run --dry-run`; `choose` names what makes choices of them (`Choose`).
    """

    id: str
    api: int = API
    loops: Ref = ""
    skills: Mapping[str, SkillSpec] = field(default_factory=dict)
    targets: Mapping[str, TargetSpec] = field(default_factory=dict)
    effects: Mapping[str, EffectSpec] = field(default_factory=dict)
    commands: tuple[CommandSpec, ...] = ()
    run_options: tuple[Param, ...] = ()
    choose: Ref = ""
    may_begin: Ref = ""
    settings_files: tuple[str, ...] = ()
    configure: Ref = ""
    evidence_void: Ref = ""
    written: Ref = ""
    panel: Ref = ""
    ready: Ref = ""
    summary: Ref = ""
    read_summary: Ref = ""
    sample: Ref = ""
    demo_options: tuple[DemoOption, ...] = ()


@contextmanager
def aside_of_output() -> Iterator[None]:
    """While code of packs is imported, what it prints goes to standard error: a program may read our output."""
    with redirect_stdout(sys.stderr):
        yield


def load(ref: Ref) -> Any:
    """What a ref names. Raises Problem when there is no such thing."""
    module, _, name = ref.partition(":")
    try:
        if module in sys.modules:
            return getattr(sys.modules[module], name)
        with aside_of_output():
            return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise Problem(
            f"{ref} cannot be loaded: {error}",
            todo="update the pack that names it, or remove it",
            code=Code.PACK_INVALID,
        ) from error
