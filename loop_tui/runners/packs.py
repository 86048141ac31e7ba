"""The packs of a program, and what all of them bring, by name."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import TypeVar, cast

from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.fs.plain import read_packed
from loop_tui.model.definition import GateDefinition, LoopDefinition, TargetDefinition
from loop_tui.model.evidence import Effect
from loop_tui.model.panel import PanelLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.ports import RunPorts, Workspace

from .pack_api import (
    API,
    Choose,
    ChosenOptions,
    CommandHost,
    CommandSpec,
    Configure,
    DemoOption,
    EffectSpec,
    EvidenceVoidCheck,
    LeftBehind,
    MayBegin,
    Pack,
    PackPanel,
    PackSummary,
    Param,
    ReadSummary,
    Ready,
    RunChoice,
    SampleMaker,
    SkillSpec,
    TargetSpec,
    ToldByPacks,
    WrittenFiles,
    load,
    with_choices,
)
from .targets import Confirm

_Spec = TypeVar("_Spec")
_COMMAND_NAME = regex(r"[a-z][a-z0-9-]*( --[a-z][a-z0-9-]*)?|release [a-z][a-z0-9-]*")
_OPTION_NAME = regex(r"[a-z][a-z0-9-]*")
_SHARED = ("project", "loop", "json", "help")
"""Options that every command has."""


class Packs:
    """What some packs bring together. Of two packs that register one name the first has it (`problems` says so)."""

    def __init__(self, packs: Iterable[Pack], problems: Iterable[Problem] = ()) -> None:
        self.problems: list[Problem] = list(problems)
        self.packs: list[Pack] = []
        for pack in packs:
            if wrong := _wrong_with(pack):
                what = f"the pack {pack.id} is not used: {wrong}"
                self.problems.append(Problem(what, todo="update it, or remove it", code=Code.PACK_INVALID))
            elif pack.api == API:
                self.packs.append(pack)
            else:
                what = f"the pack {pack.id} is made for version {pack.api} of the pack interface, this is {API}"
                self.problems.append(Problem(what, todo="update it", code=Code.PACK_INVALID))
        self.skills: Mapping[str, SkillSpec] = self._all("skill", lambda pack: pack.skills)
        self.targets: Mapping[str, TargetSpec] = self._all("kind of target", lambda pack: pack.targets)
        self.effects: Mapping[str, EffectSpec] = self._all("kind of effect", lambda pack: pack.effects)
        self.commands: Mapping[str, CommandSpec] = self._all(
            "command", lambda pack: {command.name: command for command in pack.commands}
        )
        self.run_options: Mapping[str, Param] = self._all(
            "option of run", lambda pack: {option.name: option for option in pack.run_options}
        )
        self.demo_options: Mapping[str, DemoOption] = self._all(
            "option of demo", lambda pack: {option.name: option for option in pack.demo_options}
        )
        self.settings_files = frozenset(name for pack in self.packs for name in pack.settings_files)

    def _all(self, noun: str, named: Callable[[Pack], Mapping[str, _Spec]]) -> Mapping[str, _Spec]:
        found: dict[str, _Spec] = {}
        owners: dict[str, str] = {}
        for pack in self.packs:
            for name, spec in named(pack).items():
                if name in found:
                    what = f"the {noun} {name!r} of the pack {pack.id} is not used: {owners[name]} has it already"
                    self.problems.append(Problem(what, todo="remove one of the packs", code=Code.PACK_INVALID))
                else:
                    found[name], owners[name] = spec, pack.id
        return found

    def loops(self) -> Iterator[tuple[str, bytes]]:
        """The definitions that packs bring along: where each lies, and its bytes."""
        for pack in self.packs:
            module, _, folder = pack.loops.partition(":")
            if not module:
                continue
            try:
                entries = sorted(resources.files(module).joinpath(folder).iterdir(), key=lambda entry: entry.name)
                yield from ((str(e), read_packed(e)) for e in entries if e.name.endswith(".toml"))
            except (OSError, ImportError) as error:
                self.problems.append(
                    Problem(
                        f"the loops of the pack {pack.id} cannot be read: {error}", pack.loops, code=Code.PACK_INVALID
                    )
                )

    def configure(
        self, definition: LoopDefinition, project: Path, elsewhere: Sequence[TargetDefinition]
    ) -> LoopDefinition:
        """The loop with a project's own settings, as each pack knows them. Raises Problem for wrong ones."""
        for pack in self.packs:
            if pack.configure:
                with _blaming(pack):
                    change = cast(Configure, load(pack.configure))
                    definition = change(definition, project, elsewhere, self.targets)
        return definition

    def chosen(self, definition: LoopDefinition, said: ChosenOptions, state: RunState | None) -> tuple[RunChoice, ...]:
        """What the options of packs that were given with `run` come to. Raises Problem for what cannot be chosen."""
        found: list[RunChoice] = []
        for pack in self.packs:
            given = {option.name: value for option in pack.run_options if (value := said.options.get(option.name))}
            if pack.choose and given:
                with _blaming(pack):
                    choose = cast(Choose, load(pack.choose))
                    found += choose(definition, replace(said, options=given), state)
        return tuple(found)

    async def may_begin(
        self, ports: RunPorts, definition: LoopDefinition, said: ChosenOptions, fresh: RunState
    ) -> None:
        """Raises Problem where a pack whose options were given sees now that such a run would be refused at once."""
        chosen = with_choices(fresh, self.chosen(definition, said, None))
        for pack in self.packs:
            if pack.may_begin and any(said.options.get(option.name) for option in pack.run_options):
                with _blaming(pack):
                    await cast(MayBegin, load(pack.may_begin))(ports, definition, chosen, self)

    async def evidence_void(self, state: RunState, gate: GateDefinition, workspace: Workspace) -> str:
        """Why what a gate passed on does not hold any more, as some pack knows; empty when it does. Raises Problem."""
        for pack in self.packs:
            if pack.evidence_void:
                with _blaming(pack):
                    why = await cast(EvidenceVoidCheck, load(pack.evidence_void))(state, gate, workspace)
                if why:
                    return why
        return ""

    def written(self, effects: Sequence[Effect]) -> tuple[str, ...]:
        """The files that a run with these effects wrote, from the repository's top. Raises Problem."""
        found: list[str] = []
        for pack in self.packs:
            if pack.written:
                with _blaming(pack):
                    found += cast(WrittenFiles, load(pack.written))(effects)
        return tuple(dict.fromkeys(found))

    def panel(self, state: RunState, definition: LoopDefinition) -> tuple[str, ...]:
        """What packs have to say of a run on the screen."""
        found: list[str] = []
        for pack in self.packs:
            if pack.panel:
                try:
                    with _blaming(pack):
                        found += [str(line) for line in cast(PackPanel, load(pack.panel))(state, definition)]
                except Problem as problem:
                    # The lines of the others are shown all the same.
                    found.append(problem.what)
        return tuple(found)

    async def ready(self, host: CommandHost) -> tuple[PanelLine, ...]:
        """What packs say would happen when a run is started now. Raises Problem for what cannot be read."""
        found: list[PanelLine] = []
        for pack in self.packs:
            if pack.ready:
                with _blaming(pack):
                    found += await cast(Ready, load(pack.ready))(host)
        return tuple(found)

    def summary(self, state: RunState, definition: LoopDefinition) -> dict[str, JsonValue]:
        """What packs say of a run that is over, for its archive; a pack that fails keeps no run from being archived."""
        found: dict[str, JsonValue] = {}
        for pack in self.packs:
            if pack.summary:
                with suppress(Problem), _blaming(pack):
                    found |= cast(PackSummary, load(pack.summary))(state, definition)
        return found

    def read_summary(self, told: Mapping[str, JsonValue]) -> ToldByPacks:
        """What packs make of what they told of a run (`RunSummary.told`); one that fails keeps nobody from the rest."""
        found = ToldByPacks()
        for pack in self.packs:
            if pack.read_summary:
                with suppress(Problem), _blaming(pack):
                    read = cast(ReadSummary, load(pack.read_summary))(told)
                    found = ToldByPacks({**read.facts, **found.facts}, (*found.sections, *read.sections))
        return found

    def make_sample(self, folder: Path, say: Callable[[str], None], *, below: bool = False) -> Path:
        """Make the sample project of the first pack that has one, and give it (see `Sample`). Raises Problem."""
        for pack in self.packs:
            if pack.sample:
                return cast(SampleMaker, load(pack.sample))(folder, below, say)
        raise Problem(
            "no installed pack has a sample project", todo="install loop-tui again", code=Code.INSTALL_DAMAGED
        )

    def left_behind(self, effects: Sequence[Effect]) -> tuple[str, ...]:
        """What a run that is aborted leaves in the world, a line each; `effects` are the proven ones."""
        found = []
        for effect in effects:
            spec = self.effects.get(effect.kind)
            if spec is not None and spec.left_behind:
                found.append(cast(LeftBehind, load(spec.left_behind))(effect, effects))
        return tuple(line for line in found if line)

    def title_of(self, kind: str) -> str:
        """What a kind of effect is called while it goes on; the kind itself where no pack says it."""
        spec = self.effects.get(kind)
        return (spec.doing or spec.words) if spec is not None else kind

    def done_for_good(self, effects: Sequence[Effect]) -> str:
        """What a run has done that is never taken back, in words: the first of its effects that is; empty for none."""
        specs = ((effect.proven, self.effects.get(effect.kind)) for effect in effects)
        return next((spec.words for proven, spec in specs if proven and spec is not None and spec.irreversible), "")

    def is_configured(self, target: TargetDefinition) -> bool:
        """False while nothing says where a target is, and for a kind that no pack has."""
        spec = self.targets.get(target.kind)
        return spec is not None and (not spec.needed or any(target.settings.get(key) for key in spec.needed))

    def confirm_of(self, kind: str) -> Confirm | None:
        """The function that confirms targets of a kind, or None when no pack has it. Raises Problem."""
        spec = self.targets.get(kind)
        return cast(Confirm, load(spec.ref)) if spec is not None else None


@contextmanager
def _blaming(pack: Pack) -> Iterator[None]:
    """What the code of a pack raises inside, other than what it may, is a Problem that names the pack."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        what = f"the pack {pack.id} failed: {type(error).__name__}: {one_line(str(error), 200)}"
        raise Problem(what, todo="update it, or remove it", code=Code.PACK_INVALID) from error


def _wrong_with(pack: Pack) -> str:
    """What is wrong with the value that a pack gives, or nothing. It may come from anybody."""
    parts: tuple[tuple[str, object, type], ...] = (
        ("skills", pack.skills, SkillSpec),
        ("targets", pack.targets, TargetSpec),
        ("effects", pack.effects, EffectSpec),
    )
    for name, specs, kind in parts:
        if not isinstance(specs, Mapping) or not all(isinstance(key, str) for key in specs):
            return f"its {name} are not a mapping by name"
        if not all(isinstance(spec, kind) for spec in specs.values()):
            return f"its {name} are not all {kind.__name__}"
    if not all(isinstance(command, CommandSpec) for command in pack.commands):
        return "its commands are not all CommandSpec"
    if not all(isinstance(option, Param) and _OPTION_NAME.fullmatch(option.name) for option in pack.run_options):
        return "its options of run are not all Param with a plain name"
    if not all(isinstance(option, DemoOption) and _OPTION_NAME.fullmatch(option.name) for option in pack.demo_options):
        return "its options of demo are not all DemoOption with a plain name"
    for command in pack.commands:
        if not _COMMAND_NAME.fullmatch(command.name):
            return f"{one_line(command.name, 40)!r} cannot be the name of a command"
        names = [param.name for param in command.params]
        wrong = [name for name in names if not _OPTION_NAME.fullmatch(name) or name in _SHARED]
        if wrong or len(set(names)) != len(names):
            return f"{command.name} has an option {one_line(', '.join(wrong or names), 40)!r} that it cannot have"
    return ""
