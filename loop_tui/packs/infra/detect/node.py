"""Node projects: package.json, the workspaces of npm, pnpm, yarn and bun, frameworks, and how they are started."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import JsonValue

from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.dependencies import dependencies_of
from loop_tui.services.toolchains.toolchain import TOOLCHAINS, Language, locked_by
from loop_tui.services.toolchains.version_write import PACKAGE
from loop_tui.services.toolchains.workspace_patterns import chosen
from loop_tui.services.toolchains.workspaces import PNPM

from .documents import ManifestReader, table, texts
from .files import above, is_template, joined
from .statements import ServiceStatements, Statements
from .values import FilePlace, FindingTopic

FRAMEWORKS = (
    *("next", "nuxt", "@remix-run/node", "@react-router/node", "@tanstack/react-start", "@sveltejs/kit", "astro"),
    *("@nestjs/core", "fastify", "express", "koa", "hono", "@hapi/hapi", "vite"),
)
"""Packages that make a project something to start, the one that goes first first: Nest runs on express or fastify."""
_NAMES = {
    "@nestjs/core": "nest",
    "@remix-run/node": "remix",
    "@react-router/node": "react-router",
    "@tanstack/react-start": "tanstack-start",
    "@sveltejs/kit": "sveltekit",
    "@hapi/hapi": "hapi",
}
FRONT_ENDS = frozenset({"vite", "astro"})
"""Built to files: nothing is started in production unless a script says so."""
_STARTS = ("start:prod", "start:production", "start")
_VITE = regex(r"(?:^|[\s;&|])vite(?:$|\s)")
_MANAGER_WORD = regex(r"(?:^|[\s;&|])(npm|pnpm|yarn|bun)(?:x|\s+(?:run|test|exec|start|install|ci)\b)")
_DELEGATES = regex(
    r"^\s*(?:turbo|lerna|nx run-many|pnpm (?:-r|--recursive|--filter|-F)|npm run .*--workspace|bun run --filter)"
)


class NodeProject:
    """The packages of a project by folder, and which of them belong together."""

    def __init__(self, docs: ManifestReader) -> None:
        self.docs = docs
        self.packages: dict[str, npm.Package] = {}
        for folder in docs.files.holding(PACKAGE):
            self._read(folder)

    def _read(self, folder: str) -> None:
        path = joined(folder, PACKAGE)
        document = self.docs.json(path)
        try:
            self.packages[folder] = npm.package_of(Path(path), dict(document))
        except Problem as problem:
            self.docs.files.unread[FilePlace(path)] = problem.what

    def workspaces(self, whole: Statements) -> dict[str, str]:
        """The folder of each workspace's top for every member's folder; says each workspace."""
        tops: dict[str, str] = {}
        for folder, package in self.packages.items():
            patterns, place = self._patterns(folder, package)
            if not patterns:
                continue
            below = [
                other.removeprefix(f"{folder}/") for other in self.packages if other != folder and _below(other, folder)
            ]
            try:
                members = chosen(Path(folder or "."), patterns, below)
            except Problem as problem:
                self.docs.files.unread[place] = problem.what
                continue
            tops |= {joined(folder, member): folder for member in members}
            toolchain = next(iter(self.managers(folder, Statements())), None)
            name = "pnpm" if place.path.endswith(PNPM) else toolchain or "npm"
            whole.say(FindingTopic.WORKSPACE, name, place, ", ".join(patterns))
        return tops

    def _patterns(self, folder: str, package: npm.Package) -> tuple[tuple[str, ...], FilePlace]:
        if self.docs.files.has(folder, PNPM):
            path = joined(folder, PNPM)
            return texts(self.docs.yaml(path).get("packages")), self.docs.text_place(path, "packages")
        path = joined(folder, PACKAGE)
        value = package.document.get("workspaces")
        named = value.get("packages") if isinstance(value, dict) else value
        return texts(named), self.docs.json_place(path, "workspaces")

    def managers(self, folder: str, statements: Statements) -> tuple[str, ...]:
        """The managers that the files from a folder upwards name, the best first, said in the statements.

        packageManager and devEngines go before lock files, these before what scripts call; of several locks in one
        folder one was left behind, and which of them is asked.
        """
        topic = FindingTopic.MANAGER
        for place in above(folder):
            package = self.packages.get(place)
            path = joined(place, PACKAGE)
            if named := npm.named_manager(package):
                key = "packageManager" if package and "packageManager" in package.document else "devEngines"
                statements.say(topic, named.value, self.docs.json_place(path, key), key)
                break
            locked = locked_by(frozenset(self.docs.files.folders.get(place, ())), Language.NODE)
            if locked:
                for each in locked:
                    name = next(lock for lock in each.locks if self.docs.files.has(place, lock))
                    statements.say(topic, each.id, FilePlace(joined(place, name)), "lock file")
                break
        else:
            self._called(folder, statements)
        return tuple(dict.fromkeys(statement.value for statement in statements.about(topic)))

    def _called(self, folder: str, statements: Statements) -> None:
        """The manager that scripts call, where nothing else names one."""
        for place in above(folder):
            package = self.packages.get(place)
            for name, command in package.scripts.items() if package else ():
                found = _MANAGER_WORD.search(command)
                if found and found[1] not in {known.value for known in statements.about(FindingTopic.MANAGER)}:
                    where = self.docs.json_place(joined(place, PACKAGE), "scripts", name)
                    statements.say(FindingTopic.MANAGER, found[1], where, "called by a script", rank=1)
        if not statements.about(FindingTopic.MANAGER):
            where = FilePlace(joined(folder, PACKAGE))
            statements.say(FindingTopic.MANAGER, "npm", where, "no lock file names another", rank=2, sure=False)


def _below(place: str, folder: str) -> bool:
    return not folder or place.startswith(f"{folder}/")


def services(docs: ManifestReader, whole: Statements) -> Iterator[ServiceStatements]:
    """The packages that somebody starts: those with a framework of servers, or with a script that starts them."""
    project = NodeProject(docs)
    tops = project.workspaces(whole)
    for folder, package in project.packages.items():
        wanted = {each.name for each in dependencies_of(package.document)}
        framework = next((name for name in FRAMEWORKS if name in wanted), "")
        if framework == "vite" and not any(_VITE.search(command) for command in package.scripts.values()):
            framework = ""
        script = next((name for name in _STARTS if package.script(name)), "")
        is_app = "expo" in wanted or "react-native" in wanted
        is_root = folder in tops.values()
        if is_app or not (framework or script) or (is_root and _DELEGATES.search(package.script(script) or "")):
            continue
        yield _service(project, folder, package, framework, script)


def _service(project: NodeProject, folder: str, package: npm.Package, framework: str, script: str) -> ServiceStatements:
    docs, path = project.docs, joined(folder, PACKAGE)
    found = ServiceStatements(folder, Language.NODE, FilePlace(path))
    if framework:
        key = next(each.key for each in dependencies_of(package.document) if each.name == framework)
        found.framework = _NAMES.get(framework, framework)
        found.say(FindingTopic.FRAMEWORK, found.framework, docs.json_place(path, key, framework))
    managers = project.managers(folder, found)
    found.toolchain = toolchain = TOOLCHAINS[managers[0]]
    if script and not is_template(package.scripts[script]):
        argv = npm.script_argv(npm.PackageManager(toolchain.id), script)
        found.say(FindingTopic.START, " ".join(argv), docs.json_place(path, "scripts", script), package.scripts[script])
    if package.script("test"):
        argv = npm.script_argv(npm.PackageManager(toolchain.id), "test")
        found.say(FindingTopic.TEST, " ".join(argv), docs.json_place(path, "scripts", "test"))
    main = package.document.get("main")
    if isinstance(main, str):
        found.say(FindingTopic.ENTRY, main, docs.json_place(path, "main"))
    return found


def commands_of(docs: ManifestReader, folder: str) -> Iterator[tuple[str, FilePlace, bool]]:
    """The commands of scripts that start something, with their places; False for those of development."""
    path = joined(folder, PACKAGE)
    scripts = table(docs.json(path), "scripts")
    for name in (*_STARTS, "dev", "serve", "preview"):
        command = scripts.get(name)
        if isinstance(command, str):
            yield command, docs.json_place(path, "scripts", name), name in _STARTS


def engine(docs: ManifestReader, folder: str) -> Iterator[tuple[str, FilePlace, str]]:
    """The versions of node that package.json files from a folder upwards ask for: value, place, key."""
    for place in above(folder):
        if not docs.files.has(place, PACKAGE):
            continue
        path = joined(place, PACKAGE)
        document: Mapping[str, JsonValue] = docs.json(path)
        for key in ("volta", "engines"):
            value = table(document, key).get("node")
            if isinstance(value, str):
                yield value, docs.json_place(path, key, "node"), key
