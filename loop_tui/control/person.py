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
        what = f"a name may have at most {_LONGEST} characters, not {len(meant):,}"
        raise Problem(what, todo="use a shorter name with --as", code=Code.USAGE)
    if not meant or meant.casefold() == _TAKEN:
        what = f"{meant} is not a valid name" if meant else "a name is needed"
        raise Problem(what, todo="use another name with --as", code=Code.USAGE)
    return meant
