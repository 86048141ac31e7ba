"""Which commands documents may name, those of packs among them."""


def own_commands() -> frozenset[str]:
    """The first words of loop-tui's commands."""
    from .entry import COMMANDS
    from .packs import packs

    return frozenset({name for names in COMMANDS.values() for name in names} | {*packs().commands} | {"help"})
