"""Python projects: pyproject.toml, requirements files and manage.py; pip, uv and poetry; how servers are started."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.services.toolchains.toolchain import TOOLCHAINS, Language, locked_by
from loop_tui.services.toolchains.workspace_patterns import chosen

from .documents import ManifestReader, table, texts
from .files import above, inside, joined
from .statements import ServiceStatements, Statements
from .values import FilePlace, FindingTopic

PYPROJECT, MANAGE = "pyproject.toml", "manage.py"
_MANIFESTS = (PYPROJECT, "requirements.txt", "setup.py", "Pipfile", MANAGE)
FRAMEWORKS = ("django", "fastapi", "flask", "litestar", "starlette", "sanic", "aiohttp", "tornado", "quart")
_REQUIREMENT = regex(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]\n]*\])?")
_INCLUDED = regex(r"^\s*(?:-r|--requirement)[\s=]+(\S+)")
_NAME = regex(r"[-_.]+")
_DEEPEST = 10
_MOST = 300
"""Requirements of a manifest that are looked at."""


class Requirement(NamedTuple):
    """A distribution that a project asks for: its normalised name, the extras, and where."""

    name: str
    extras: str
    place: FilePlace


class PythonProject:
    """The requirements of a project's Python folders."""

    def __init__(self, docs: ManifestReader) -> None:
        self.docs = docs
        self.folders = docs.files.holding(*_MANIFESTS)

    def workspaces(self, whole: Statements) -> frozenset[str]:
        """Folders that a uv workspace leaves out; says each workspace."""
        left_out: set[str] = set()
        for folder in self.folders:
            path = joined(folder, PYPROJECT)
            if not self.docs.files.has(folder, PYPROJECT):
                continue
            workspace = table(self.docs.toml(path), "tool", "uv", "workspace")
            members = texts(workspace.get("members"))
            if not members:
                continue
            place = self.docs.toml_place(path, ("tool", "uv", "workspace"))
            whole.say(FindingTopic.WORKSPACE, "uv", place, ", ".join(members))
            below = [
                o.removeprefix(f"{folder}/")
                for o in self.folders
                if o != folder and (not folder or o.startswith(f"{folder}/"))
            ]
            try:
                out = chosen(Path(folder or "."), texts(workspace.get("exclude")), below)
            except Problem as problem:
                self.docs.files.unread[place] = problem.what
                continue
            left_out |= {joined(folder, place) for place in out}
        return frozenset(left_out)

    def requirements(self, folder: str) -> list[Requirement]:
        """What the files of a folder ask for."""
        found: list[Requirement] = []
        if self.docs.files.has(folder, PYPROJECT):
            found += self._of_pyproject(joined(folder, PYPROJECT))
        for name in self.docs.files.folders.get(folder, ()):
            if name.startswith("requirements") and name.endswith(".txt"):
                self._of_requirements(joined(folder, name), found, set())
        if self.docs.files.has(folder, "Pipfile"):
            path = joined(folder, "Pipfile")
            for name in list(table(self.docs.toml(path), "packages"))[:_MOST]:
                found.append(_required(name, self.docs.toml_place(path, ("packages", name))))
        return found

    def _of_pyproject(self, path: str) -> list[Requirement]:
        document = self.docs.toml(path)
        found = []
        for word in texts(table(document, "project").get("dependencies"))[:_MOST]:
            found.append(_required(word, self.docs.text_place(path, word)))
        poetry = ("tool", "poetry", "dependencies")
        for name in list(table(document, *poetry))[:_MOST]:
            if name != "python":
                found.append(_required(name, self.docs.toml_place(path, (*poetry, name))))
        return found

    def _of_requirements(self, path: str, found: list[Requirement], seen: set[str]) -> None:
        """One file, and those that it includes within the project."""
        if path in seen or len(seen) > _DEEPEST:
            return
        seen.add(path)
        folder = path.rpartition("/")[0]
        for number, line in enumerate((self.docs.files.text(path) or "").splitlines(), 1):
            if included := _INCLUDED.match(line):
                other = inside(folder, included[1])
                if other and self.docs.files.has(*_split(other)):
                    self._of_requirements(other, found, seen)
            elif not line.lstrip().startswith(("#", "-")) and _REQUIREMENT.match(line):
                found.append(_required(line, FilePlace(path, number)))


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _required(word: str, place: FilePlace) -> Requirement:
    match = _REQUIREMENT.match(word)
    name = _NAME.sub("-", match[1]).lower() if match else ""
    return Requirement(name, (match[2] or "") if match else "", place)


def services(docs: ManifestReader, whole: Statements) -> Iterator[ServiceStatements]:
    """The Python folders that ask for a framework of servers."""
    project = PythonProject(docs)
    left_out = project.workspaces(whole)
    for folder in project.folders:
        wanted = project.requirements(folder)
        named = {each.name: each for each in reversed(wanted)}
        framework = next((name for name in FRAMEWORKS if name in named), "")
        if not framework or folder in left_out:
            continue
        manifest = next(name for name in _MANIFESTS if docs.files.has(folder, name))
        found = ServiceStatements(folder, Language.PYTHON, FilePlace(joined(folder, manifest)))
        found.framework = framework
        found.say(FindingTopic.FRAMEWORK, framework, named[framework].place)
        _manager(docs, found)
        _tests(docs, found)
        _scripts(docs, found)
        if framework == "django":
            _django(docs, found, named)
        yield found


def _manager(docs: ManifestReader, found: ServiceStatements) -> None:
    topic, folder = FindingTopic.MANAGER, found.folder
    path = joined(folder, PYPROJECT)
    tools = table(docs.toml(path), "tool") if docs.files.has(folder, PYPROJECT) else {}
    for place in above(folder):
        names = frozenset(docs.files.folders.get(place, ()))
        locked = locked_by(names, Language.PYTHON)
        for each in locked:
            found.say(topic, each.id, FilePlace(joined(place, next(n for n in each.locks if n in names))), "lock file")
        if locked:
            break
    if not found.about(topic):
        for name in ("poetry", "uv"):
            if name in tools:
                found.say(topic, name, docs.toml_place(path, ("tool", name)), f"[tool.{name}]", rank=1)
    if not found.about(topic) and (name := _requirements_name(docs, folder)):
        found.say(topic, "pip", FilePlace(joined(folder, name)), "requirements file", rank=2)
    if not found.about(topic):
        found.say(topic, "pip", found.manifest, "nothing names another", rank=3, sure=False)
    found.toolchain = TOOLCHAINS[found.about(topic)[0].value]


def _requirements_name(docs: ManifestReader, folder: str) -> str:
    names = docs.files.folders.get(folder, ())
    return next((name for name in names if name.startswith("requirements") and name.endswith(".txt")), "")


def _within(found: ServiceStatements, *words: str) -> str:
    return " ".join((*(found.toolchain.within if found.toolchain else ()), *words))


def _tests(docs: ManifestReader, found: ServiceStatements) -> None:
    folder = found.folder
    for name in ("pytest.ini", "conftest.py", "tests/conftest.py"):
        place = joined(folder, name)
        if docs.files.has(*_split(place)):
            found.say(FindingTopic.TEST, _within(found, "pytest"), FilePlace(place))
            return
    tests = docs.files.folders.get(joined(folder, "tests"), ())
    if name := next((name for name in tests if re.fullmatch(r"test_\w+\.py", name)), ""):
        found.say(FindingTopic.TEST, _within(found, "pytest"), FilePlace(joined(folder, f"tests/{name}")))


def _scripts(docs: ManifestReader, found: ServiceStatements) -> None:
    """A script of the project whose module starts a server."""
    path = joined(found.folder, PYPROJECT)
    scripts = table(docs.toml(path), "project", "scripts") if docs.files.has(found.folder, PYPROJECT) else {}
    for name, target in scripts.items():
        module = target.partition(":")[0].replace(".", "/") if isinstance(target, str) else ""
        for place in (f"{module}.py", f"{module}/__init__.py", f"src/{module}.py"):
            text = (
                docs.files.text(joined(found.folder, place))
                if docs.files.has(*_split(joined(found.folder, place)))
                else ""
            )
            if text and re.search(r"\b(?:uvicorn|hypercorn|waitress|app)\.(?:run|serve)\(|\bserve\(", text):
                where = docs.toml_place(path, ("project", "scripts", name))
                found.say(FindingTopic.START, _within(found, name), where, str(target), rank=1)


def _django(docs: ManifestReader, found: ServiceStatements, named: dict[str, Requirement]) -> None:
    """Django names no server: what could start it is asked."""
    folder = found.folder
    wsgi = next(
        (
            place
            for place in docs.files.folders
            if docs.files.has(place, "wsgi.py") and found.holds(joined(place, "wsgi.py"))
        ),
        None,
    )
    if wsgi is not None and "gunicorn" in named:
        module = joined(wsgi, "wsgi").removeprefix(f"{folder}/" if folder else "").replace("/", ".")
        where = FilePlace(joined(wsgi, "wsgi.py"))
        found.say(
            FindingTopic.START, _within(found, "gunicorn", module), where, "gunicorn is required", rank=8, sure=False
        )
    if docs.files.has(folder, MANAGE):
        where = FilePlace(joined(folder, MANAGE))
        words = _within(found, "python", MANAGE, "runserver")
        found.say(FindingTopic.START, words, where, "for development", rank=8, sure=False)
        found.say(FindingTopic.PORT, "8000", where, "the default of runserver", rank=8, sure=False)
        found.say(FindingTopic.TEST, _within(found, "python", MANAGE, "test"), where, rank=1)


def wanted_versions(docs: ManifestReader, folder: str) -> Iterator[tuple[str, FilePlace, str]]:
    """The versions of Python that pyproject.toml files from a folder upwards ask for: value, place, key."""
    for place in above(folder):
        path = joined(place, PYPROJECT)
        if not docs.files.has(place, PYPROJECT):
            continue
        document = docs.toml(path)
        project, poetry = table(document, "project"), table(document, "tool", "poetry", "dependencies")
        if isinstance(value := project.get("requires-python"), str):
            yield value, docs.toml_place(path, ("project", "requires-python")), "requires-python"
        if isinstance(value := poetry.get("python"), str):
            yield value, docs.toml_place(path, ("tool", "poetry", "dependencies", "python")), "poetry"
