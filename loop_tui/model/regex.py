"""Regular expressions that are compiled at their first use.

A module that is imported needs few of its expressions at once, often none: of about 390 in a run, 140 were compiled
before it began (docs/decisions/0006-values.md).
"""

import re
from typing import Any, AnyStr, cast


class _Lazy:
    """Stands for a pattern, and becomes it attribute by attribute."""

    def __init__(self, text: Any, flags: int) -> None:
        self._given = (text, flags)

    def __getattr__(self, name: str) -> Any:
        # Once found it stands in the instance, so that the next call finds it as fast as in a pattern.
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, done when a method is first called; an expression that is wrong raises `re.error` then.

    For module level. The functions of `re` do not take it as their pattern: call its methods.
    """
    return cast("re.Pattern[AnyStr]", _Lazy(text, flags))
