"""Which commands check a project, told by its files (SPEC section 4 "Hard verification").

Here is what is known of each toolchain; what the settings of a definition change, their readers know.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from . import npm
from .toolchain import TOOLCHAINS, Argv, Toolchain

CHECKS = ("build", "test", "lint")
TYPES = "types"
"""A check that only some projects have."""
_TYPE_SCRIPTS = ("typecheck", "type-check", "check-types", "types", "tsc")
_VENVS = (".venv", "venv")


class KnownChecks(Struct, frozen=True):
    """What kind a project is, for people, and the command of each check that it has; `missing` says why others lack."""

    kind: str
    commands: Mapping[str, Argv]
    missing: str


def known_checks(project: Path, package: npm.Package | None, manager: npm.PackageManager) -> KnownChecks:
    """The checks of a project: the scripts of its package.json, or the usual commands of its toolchain.

    Raises Problem for a damaged pyproject.toml.
    """
    if package is not None:
        return KnownChecks(f"npm project, {manager.value}", _scripts(package, manager), "no script")
    commands, kind = _other(project)
    return KnownChecks(kind, commands, "no known command for this project")


def _scripts(package: npm.Package, manager: npm.PackageManager) -> dict[str, Argv]:
    found = {name: tuple(npm.script_argv(manager, name)) for name in CHECKS if package.script(name)}
    types = next((name for name in _TYPE_SCRIPTS if package.script(name)), None)
    return found | ({TYPES: tuple(npm.script_argv(manager, types))} if types else {})


def _other(project: Path) -> tuple[dict[str, Argv], str]:
    for name in ("cargo", "go"):
        if (project / TOOLCHAINS[name].manifest).is_file():
            return _usual(TOOLCHAINS[name]), f"{name} project"
    if (project / "manage.py").is_file():
        python = _program(project, "python")
        found = {"build": (python, "manage.py", "check"), "test": (python, "manage.py", "test")}
        return found | _python(project), "Django project"
    if any((project / name).is_file() for name in ("pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", "tox.ini")):
        tested = {"test": (_program(project, "pytest"),)} if _has_pytest(project) else {}
        return tested | _python(project), "Python project"
    return {}, "no known project file"


def _usual(toolchain: Toolchain) -> dict[str, Argv]:
    return {"build": toolchain.build, "test": toolchain.test, "lint": toolchain.lint}


def _python(project: Path) -> dict[str, Argv]:
    tools = _tools(project)
    found: dict[str, Argv] = {}
    if "ruff" in tools or (project / "ruff.toml").is_file() or (project / ".ruff.toml").is_file():
        found["lint"] = (_program(project, "ruff"), "check", ".")
    elif (project / ".flake8").is_file() or _has_section(project, "flake8"):
        found["lint"] = (_program(project, "flake8"),)
    if "mypy" in tools or (project / "mypy.ini").is_file() or _has_section(project, "mypy"):
        configured = isinstance(mypy := tools.get("mypy"), dict) and ("files" in mypy or "packages" in mypy)
        found[TYPES] = (_program(project, "mypy"),) if configured else (_program(project, "mypy"), ".")
    return found


def _has_pytest(project: Path) -> bool:
    files = ("pytest.ini", "conftest.py", "tests/conftest.py")
    return (
        "pytest" in _tools(project)
        or any((project / name).is_file() for name in files)
        or any((project / "tests").glob("test_*.py"))
        or _has_section(project, "tool:pytest")
    )


def _tools(project: Path) -> Mapping[str, object]:
    """The `[tool]` tables of pyproject.toml; none when it is missing. Raises Problem when it is damaged."""
    path = project / "pyproject.toml"
    try:
        document = tomllib.loads(read_text(path, MANIFEST, follow=True))
    except OSError:
        return {}
    except (ValueError, RecursionError) as error:
        raise Problem(
            f"is not TOML: {one_line(str(error), 200)}", str(path), "fix it", code=Code.FILE_INVALID
        ) from None
    tools = document.get("tool")
    return tools if isinstance(tools, dict) else {}


def _has_section(project: Path, name: str) -> bool:
    try:
        lines = read_text(project / "setup.cfg", MANIFEST, follow=True, errors="replace").splitlines()
    except OSError:
        return False
    return any(line.strip() == f"[{name}]" for line in lines)


def _program(project: Path, name: str) -> str:
    """The program of the project's own virtual environment, or the one on the PATH."""
    local = (project / venv / "bin" / name for venv in _VENVS)
    return next((f"{path.relative_to(project)}" for path in local if path.is_file()), name)
