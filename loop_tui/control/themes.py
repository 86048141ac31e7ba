"""The names of the themes that there are: what the shell completes and the palette offers."""

from pathlib import Path

from loop_tui.fs.homes import config_dir
from loop_tui.fs.shipped import shipped_folder


def own_themes_path() -> Path:
    """The folder of the person's own themes. It need not exist."""
    return config_dir() / "themes"


def theme_names() -> tuple[str, ...]:
    """The names that a theme may be asked for by, in order."""
    folders = [folder for folder in (shipped_folder("themes"), own_themes_path()) if folder.is_dir()]
    names = {entry.name for folder in folders for entry in folder.iterdir()}
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))
