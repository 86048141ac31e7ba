"""The commands that the screen takes after `:`, as data: the screen imports no command line."""

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from loop_tui.model.verbs import Verb

from .entry import COMMANDS, PACKS
from .show import say_json

_LOOKS = frozenset(
    {
        *("status", "show", "runs", "runs show", "runs diff", "runs export", "runs grep", "history", "compare", "diff"),
        *("loops", "doctor", "config show", "dream status", "context", "next", "next list", "docs stale"),
    }
)
"""Nothing is changed by these, whatever their options."""
_NOT_TYPED = frozenset({"serve", "watch", "wait", "demo"})
"""What opens a screen of its own, or waits for what the person at this one does."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verbs", hidden=True)(verbs)


def verbs() -> None:
    """Print the commands, one JSON object a line (started by the screen)."""
    for verb in typed_verbs():
        say_json(
            {
                "name": verb.name,
                "words": verb.words,
                "text": verb.text,
                "options": list(verb.options),
                "looks": verb.looks,
                "asks": verb.asks,
            }
        )


def typed_verbs() -> list[Verb]:
    """The commands that may be typed on the screen, those of packs among them, in the order of `--help`."""
    from .app import build

    return _in_group(typer.main.get_command(build([*COMMANDS, PACKS])), "")


def _in_group(group: object, before: str) -> list[Verb]:
    found: list[Verb] = []
    for name, command in group.commands.items() if isinstance(group, TyperGroup) else ():
        whole = f"{before}{name}"
        if command.hidden or whole in _NOT_TYPED:
            continue
        if isinstance(command, TyperGroup):
            found += _in_group(command, f"{whole} ")
            if not command.invoke_without_command:
                continue
        arguments = [p for p in command.params if isinstance(p, TyperArgument)]
        options = [p for p in command.params if isinstance(p, TyperOption) and not p.hidden]
        found.append(
            Verb(
                name=whole,
                words=" ".join(argument_word(each) for each in arguments),
                text=(command.help or "").partition("\n")[0],
                options=tuple(word for option in options for word in option.opts if word.startswith("--")),
                looks=whole in _LOOKS,
                asks=_asks(whole),
            )
        )
    return found


def argument_word(argument: TyperArgument) -> str:
    """An argument as usage texts show it: `SKILL`, `[GATE]`, `FILES...`."""
    name = str(argument.metavar or argument.name).upper()
    return (name if argument.required else f"[{name}]") + "..." * (argument.nargs < 0)


def _asks(name: str) -> bool:
    """True for what a pack does to a run that nobody may drive meanwhile."""
    from .packs import packs

    spec = packs().commands.get(name)
    return spec is not None and spec.needs_lease
