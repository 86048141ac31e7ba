"""Which commands check a project, told by its files (SPEC section 4 "Hard verification")."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.services.toolchains import npm

NAMES = ("build", "test", "lint")
TYPES = "types"
_TYPE_SCRIPTS = ("typecheck", "type-check", "check-types", "types", "tsc")
_VENVS = (".venv", "venv")


class CheckCommand(Struct, frozen=True):
    """One check to run. `argv` is None when there is nothing to run, and `missing` says what is not there."""

    name: str
    argv: tuple[str, ...] | None = None
    missing: str = ""


class Stack(Struct, frozen=True):
    """How a project is checked: what kind it is, for people, and its jobs."""

    kind: str
    jobs: tuple[CheckCommand, ...]


def detect(project: Path, settings: Mapping[str, JsonValue], top: Path | None = None) -> Stack:
    """The jobs build, test and lint, and `types` where the project has such a check.

    `settings` may name the command of each as a list of words (an empty one leaves it out) or the name of a script of
    package.json. Raises Problem for a damaged package.json and for settings that are neither.
    """
    package = npm.read_package(project)
    if package is not None:
        manager = npm.detect_manager(package, top)
        found, kind, missing = _scripts(package, manager), f"npm project, {manager.value}", "no script"
    else:
        manager, missing = npm.PackageManager.NPM, "no known command for this project"
        found, kind = _other(project)
    names = (*NAMES, TYPES) if TYPES in found or TYPES in settings else NAMES
    jobs = []
    for name in names:
        argv, why = found.get(name), missing
        if name in settings:
            argv, why = _set(name, settings[name], package, manager), "disabled in the settings"
        jobs.append(CheckCommand(name, argv, "" if argv else why))
    return Stack(kind, tuple(jobs))


def _set(
    name: str, value: JsonValue, package: npm.Package | None, manager: npm.PackageManager
) -> tuple[str, ...] | None:
    if isinstance(value, str) and package is not None and value:
        return tuple(npm.script_argv(manager, value))
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(str(word) for word in value) or None
    if value is None or value is False:
        return None
    raise Problem(
        f"the setting {name} is not a command",
        "code-verification",
        f'{name} = ["program", "argument"]',
        code=Code.DEFINITION_INVALID,
    )


def _scripts(package: npm.Package, manager: npm.PackageManager) -> dict[str, tuple[str, ...]]:
    found = {name: tuple(npm.script_argv(manager, name)) for name in NAMES if package.script(name)}
    types = next((name for name in _TYPE_SCRIPTS if package.script(name)), None)
    return found | ({TYPES: tuple(npm.script_argv(manager, types))} if types else {})


def _other(project: Path) -> tuple[dict[str, tuple[str, ...]], str]:
    if (project / "Cargo.toml").is_file():
        lint = ("cargo", "clippy", "--", "-D", "warnings")
        return {"build": ("cargo", "build"), "test": ("cargo", "test"), "lint": lint}, "cargo project"
    if (project / "manage.py").is_file():
        python = _program(project, "python")
        found = {"build": (python, "manage.py", "check"), "test": (python, "manage.py", "test")}
        return found | _python(project), "Django project"
    if any((project / name).is_file() for name in ("pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", "tox.ini")):
        tested = {"test": (_program(project, "pytest"),)} if _has_pytest(project) else {}
        return tested | _python(project), "Python project"
    return {}, "no known project file"


def _python(project: Path) -> dict[str, tuple[str, ...]]:
    tools = _tools(project)
    found: dict[str, tuple[str, ...]] = {}
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
