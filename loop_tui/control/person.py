"""Who gives a command, as the journal names them."""

import os
from collections.abc import Mapping

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

_VARIABLES = ("LOOP_TUI_USER", "USER", "LOGNAME")
_LONGEST = 60
_TAKEN = "checks"
"""Auto gates are passed by checks: no person goes by that name."""


def person(env: Mapping[str, str] | None = None) -> str:
    """The name of the person: `LOOP_TUI_USER`, the name they are logged in with, or `you`."""
    env = os.environ if env is None else env
    names = (one_line(env.get(variable, ""), _LONGEST) for variable in _VARIABLES)
    return next((name for name in names if name and name != _TAKEN), "you")


def named(name: str, env: Mapping[str, str] | None = None) -> str:
    """The name that somebody asks to go by, else that of the person. Raises Problem for one that nobody may have."""
    if not name:
        return person(env)
    meant = one_line(name)
    if len(meant) > _LONGEST:
        what = f"nobody can go by a name of {len(meant):,} characters: {_LONGEST} are the most"
        raise Problem(what, todo="--as with a shorter name", code=Code.USAGE)
    if not meant or meant.casefold() == _TAKEN:
        what = f"nobody can go by the name {meant}" if meant else "nobody can go without a name"
        raise Problem(what, todo="--as with another name", code=Code.USAGE)
    return meant
