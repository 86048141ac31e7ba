"""Where the person's own things lie: archives, configuration, what we remember. Nothing heavy is imported here."""

import os
from collections.abc import Mapping
from pathlib import Path

APP = "loop-tui"
DEMO_VARIABLE = "LOOP_TUI_DEMO"
"""The folder of a demo: all that a person would have in their home lies in its `home` (`demo.demo_environment`)."""


def claude_home(env: Mapping[str, str] | None = None) -> Path:
    """The home of archives and Dream States: `LOOP_TUI_HOME`, or `~/.claude` (SPEC section 7)."""
    env = os.environ if env is None else env
    if demo := demo_home(env):
        return demo / "claude"
    moved = env.get("LOOP_TUI_HOME")
    return _expand(moved, env) if moved else _home(env) / ".claude"


def config_dir(env: Mapping[str, str] | None = None) -> Path:
    """The folder of the user's configuration and loops; `XDG_CONFIG_HOME` moves it. It need not exist."""
    env = os.environ if env is None else env
    if demo := demo_home(env):
        return demo / "config"
    if root := _xdg(env, "XDG_CONFIG_HOME"):
        return root / APP
    from platformdirs import user_config_path

    return user_config_path(APP, appauthor=False)


def data_dir(env: Mapping[str, str] | None = None) -> Path:
    """The folder of what we remember (trust, crash files); `XDG_STATE_HOME` moves it. It need not exist."""
    env = os.environ if env is None else env
    if demo := demo_home(env):
        return demo / "state"
    if root := _xdg(env, "XDG_STATE_HOME"):
        return root / APP
    from platformdirs import user_state_path

    return user_state_path(APP, appauthor=False)


def cache_dir(env: Mapping[str, str] | None = None) -> Path:
    """The folder of what can be made again at any time; `XDG_CACHE_HOME` moves it. It need not exist."""
    env = os.environ if env is None else env
    if demo := demo_home(env):
        return demo / "cache"
    if root := _xdg(env, "XDG_CACHE_HOME"):
        return root / APP
    from platformdirs import user_cache_path

    return user_cache_path(APP, appauthor=False)


def demo_home(env: Mapping[str, str]) -> Path | None:
    """The home of the demo that this process is about, or None in a person's own life.

    The environment alone says so, never a file: what lies in a folder must not say where keys and trust come from.
    """
    folder = Path(env.get(DEMO_VARIABLE, ""))
    return folder / "home" if folder.is_absolute() else None


def _home(env: Mapping[str, str]) -> Path:
    home = env.get("HOME")
    return Path(home) if home else Path.home()


def _expand(text: str, env: Mapping[str, str]) -> Path:
    if text == "~" or text.startswith("~/"):
        return _home(env) / text[2:]
    return Path(text)


def _xdg(env: Mapping[str, str], name: str) -> Path | None:
    # The XDG specification says that a relative path is to be ignored.
    root = Path(env.get(name, ""))
    return root if root.is_absolute() else None
