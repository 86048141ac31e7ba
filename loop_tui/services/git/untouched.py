"""Looking without leaving a trace: while inside, git takes no lock, refreshes no index and reaches no remote."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Of a partial clone git would fetch what is missing behind our back: no protocol is allowed, so it cannot.
_SETTINGS = {"GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
_CONFIG = {"core.fsmonitor": "false", "core.untrackedCache": "keep", "gc.auto": "0", "maintenance.auto": "false"}


@contextmanager
def untouched() -> Iterator[None]:
    """Set the environment of this process so, and put it back as it was."""
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(count) if count.isdigit() else 0
    wanted = dict(_SETTINGS)
    for number, (key, value) in enumerate(_CONFIG.items(), first):
        wanted |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    wanted["GIT_CONFIG_COUNT"] = str(first + len(_CONFIG))
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value_before in before.items():
            if value_before is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value_before
