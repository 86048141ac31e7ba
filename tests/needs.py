"""The programs that the tests need: `make tools` installs or names what is missing, and tests skip without them.

Nothing but the standard library is imported here, because it also runs before the development tools are installed.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence

REQUIRED = ("git", "make", "node", "npm")
"""Without these hardly any test can run."""
WANTED = ("gh", "tmux", "chromium")
"""Without one of these some tests are skipped. Debian and Homebrew call the packages the same."""
_NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")}


def found(tool: str) -> str | None:
    """The path of a program under any of its names, or None."""
    return next((path for name in _NAMES.get(tool, (tool,)) if (path := shutil.which(name))), None)


def missing(tools: Iterable[str]) -> list[str]:
    """Those of the programs that are not on the PATH."""
    return [tool for tool in tools if found(tool) is None]


def skip_without(*tools: str) -> None:
    """Skip the test that runs now unless all of these programs are here; the reason names those that are not.

    For fixtures and helpers. A test says the same with `@pytest.mark.needs("tmux")`.
    """
    if lacking := missing(tools):
        import pytest

        pytest.skip(f"needs {' and '.join(lacking)}")


def command_for(tools: Sequence[str]) -> str:
    """What a person types to get these programs on this machine."""
    if shutil.which("apt-get"):
        return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install {' '.join(tools)}"
    if shutil.which("brew"):
        return f"brew install {' '.join(tools)}"
    return f"get {' '.join(tools)} from your package manager"


def may_install() -> bool:
    """True where installing changes nobody's machine: in CI, as root, on a system with apt."""
    return os.environ.get("CI") == "true" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(tools: Iterable[str]) -> None:
    """Install what apt has of these. What failed is on stderr in the words of apt; nothing is raised for it."""
    _apt_get("update")
    # One by one: a system that has no package of one name still gets the others.
    for tool in tools:
        _apt_get("install", "--yes", "--no-install-recommends", tool)


def _apt_get(*words: str) -> None:
    done = subprocess.run(
        ["apt-get", "-qq", *words],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    # What it says about a success (no terminal, no apt-utils) is of no use to anybody.
    if done.returncode:
        _say(done.stderr.rstrip() or f"apt-get {' '.join(words)} failed with exit code {done.returncode}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Exit code 2 when the tests cannot run at all."""
    if lacking := missing(REQUIRED):
        _say(f"make test needs {', '.join(lacking)}: install git, make and Node.js 18 or newer with npm first")
        return 2
    lacking = missing(WANTED)
    if lacking and may_install():
        _say(f"make test: installing {', '.join(lacking)}")
        install(lacking)
        lacking = missing(lacking)
    if lacking:
        _say(f"make test: no {', '.join(lacking)} here, what needs them is skipped: {command_for(lacking)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
