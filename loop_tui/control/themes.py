"""The names of the themes that there are: what the shell completes and the palette offers."""

from pathlib import Path

from loop_tui.fs.homes import config_dir
from loop_tui.fs.shipped import shipped_folder

BUILTIN = (
    "ansi-dark", "ansi-light", "atom-one-dark", "atom-one-light", "catppuccin-frappe", "catppuccin-latte",
    "catppuccin-macchiato", "catppuccin-mocha", "dracula", "flexoki", "gruvbox", "monokai", "nord", "rose-pine",
    "rose-pine-dawn", "rose-pine-moon", "solarized-dark", "solarized-light", "textual-dark", "textual-light",
    "tokyo-night",
)  # fmt: skip
"""What Textual brings (`textual.theme.BUILTIN_THEMES`), written down: the shell completes without loading a screen."""


def own_themes_path() -> Path:
    """The folder of the person's own themes. It need not exist."""
    return config_dir() / "themes"


def theme_names() -> tuple[str, ...]:
    """The names that a theme may be asked for by: ours and the person's own, then those that Textual brings."""
    folders = [folder for folder in (shipped_folder("themes"), own_themes_path()) if folder.is_dir()]
    names = {entry.name for folder in folders for entry in folder.iterdir()}
    files = sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))
    return (*files, *(name for name in BUILTIN if name not in files))
