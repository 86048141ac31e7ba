"""One pass over the sources: variables, databases, ports and health routes that they name, within limits."""

from collections.abc import Sequence

from loop_tui.model.text import count_of
from loop_tui.services.toolchains.toolchain import Language

from . import databases, ports, routes, variables
from .documents import ManifestReader
from .files import SOURCE_LIMIT, line_of, without_long_lines
from .sources import sources
from .statements import ServiceStatements, Statements
from .values import FilePlace, FindingTopic

MOST_SOURCES = 3_000
"""Sources that are read, those that are least deep first."""
COMPUTED = "variables with computed names"
MOST_BYTES = 8 * 1024 * 1024


def say_code(docs: ManifestReader, services: Sequence[ServiceStatements], whole: Statements) -> None:
    """Read the sources, and say what they name; how many were left out is said as well."""
    read, left_out, left_bytes = 0, 0, MOST_BYTES
    by_depth = sorted(services, key=lambda service: -len(service.folder))
    nest = _NestRoutes()
    for path, language in sources(docs.files):
        if read >= MOST_SOURCES or left_bytes <= 0:
            left_out += 1
            continue
        read += 1
        whole_text = docs.files.text(path, SOURCE_LIMIT)
        if whole_text is None:
            continue
        left_bytes -= len(whole_text)
        text = without_long_lines(whole_text)
        _variables(whole, path, text, language)
        _databases(whole, path, text)
        service = next((each for each in by_depth if each.holds(path) and each.language is language), None)
        if service is not None:
            _ports(service, path, text)
            _routes(docs, service, path, text, nest)
    nest.say()
    for path in docs.files.named(".prisma"):
        text = docs.files.text(path) or ""
        for use in variables.in_prisma(text):
            whole.say(FindingTopic.VARIABLE, use.name, FilePlace(path, line_of(text, use.at)))
    if left_out:
        why = f"{count_of(left_out, 'source file')} beyond the limit: what they name is not known"
        docs.files.unread[FilePlace(".")] = why


def _variables(whole: Statements, path: str, text: str, language: Language) -> None:
    for use in variables.variables_in(text, language):
        place = FilePlace(path, line_of(text, use.at))
        if use.name:
            whole.say(FindingTopic.VARIABLE, use.name, place)
        else:
            whole.say(FindingTopic.VARIABLE, COMPUTED, place, "the first of them", sure=False)


def _databases(whole: Statements, path: str, text: str) -> None:
    said: set[str] = set()
    for name, at in databases.named_in_code(text):
        # Once is enough: a source may name its database in every line.
        if name not in said and not variables.in_comment(text, at):
            said.add(name)
            whole.say(FindingTopic.DATABASE, name, FilePlace(path, line_of(text, at)), "named in the code", rank=1)


def _ports(service: ServiceStatements, path: str, text: str) -> None:
    name = path.rpartition("/")[2]
    for found in ports.in_source(text, service.language, name):
        service.say(FindingTopic.PORT, found.port, FilePlace(path, line_of(text, found.at)))
    default = ports.default_in_source(text, service.language, service.framework)
    if default is not None:
        service.say(FindingTopic.PORT, default.port, FilePlace(path, line_of(text, default.at)), default.why, rank=6)
    if service.framework == "flask" and "app.run(" in text and "__main__" in text:
        within = service.toolchain.within if service.toolchain else ()
        own = path.removeprefix(f"{service.folder}/") if service.folder else path
        place = FilePlace(path, line_of(text, text.index("__main__")))
        service.say(FindingTopic.START, " ".join((*within, "python", own)), place, "starts itself", rank=5)


def _routes(docs: ManifestReader, service: ServiceStatements, path: str, text: str, nest: "_NestRoutes") -> None:
    if service.framework == "nest":
        nest.read(service, path, text)
    for route in routes.routes_in(text, service.language, service.framework, path):
        place = FilePlace(path, line_of(text, route.at))
        if service.framework == "nest":
            nest.found.append((service, route, place))
            continue
        is_whole = route.is_whole
        if service.framework == "django":
            folder = path.rpartition("/")[0]
            is_whole = docs.files.has(folder, "wsgi.py") or docs.files.has(folder, "settings.py")
        service.say(FindingTopic.HEALTH, route.path, place, rank=route.rank + 1, sure=is_whole)


class _NestRoutes:
    """Routes of controllers, which get the prefix of the application once all sources are read."""

    def __init__(self) -> None:
        self.found: list[tuple[ServiceStatements, routes.HealthRoute, FilePlace]] = []
        self._prefixes: dict[str, str | None] = {}

    def read(self, service: ServiceStatements, path: str, text: str) -> None:
        """Take the prefix that a source sets; None for one that is computed."""
        if match := routes.GLOBAL_PREFIX.search(text):
            self._prefixes[service.folder] = match[1]

    def say(self) -> None:
        """Say the routes."""
        for service, route, place in self.found:
            prefix = self._prefixes.get(service.folder, "")
            path = routes.joined_route(prefix or "", route.path)
            service.say(FindingTopic.HEALTH, path, place, rank=route.rank + 1, sure=prefix is not None)
