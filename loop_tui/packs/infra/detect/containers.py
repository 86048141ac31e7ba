"""What exists of containers, pipelines and hosting, and what it says of the services: Dockerfile, compose, Procfile."""

import re
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.toolchain import Language

from . import databases, dockerfiles, ports
from .documents import ManifestReader, table
from .files import inside, joined, line_of
from .sources import is_test
from .statements import ServiceStatements, Statements
from .values import FilePlace, FindingTopic
from .versions import IMAGE

_COMPOSE = regex(r"^(?:docker-)?compose(?:\.[\w.-]+)?\.ya?ml$")
_COMPOSE_MAIN = regex(r"^(?:docker-)?compose\.ya?ml$")
_WORKFLOWS = ".github/workflows"
_DEVCONTAINER = regex(r"^(?:\.devcontainer\.json|\.devcontainer/(?:[^/]+/)?devcontainer\.json)$")
_PROCFILE = regex(r"^web:\s*(\S.*)$", re.MULTILINE)
_RECIPE = regex(r"^\t[@-]*(\S.*\b(?:uvicorn|gunicorn|hypercorn|fastapi|flask|manage\.py runserver)\b.*)$", re.MULTILINE)
_PIP = regex(r"\bpip3?\s+install\s+([^&|;\n]+)")
_HOSTING = frozenset(
    {"app.yaml", "spec.yaml", ".do/app.yaml", "render.yaml", "fly.toml", "railway.toml", "railway.json", "app.json"}
)
_HOSTED_PATH = regex(r"\b(?:http_path|healthCheckPath|healthcheckPath)\"?\s*[:=]\s*[\"']?(/[^\s\"',]*)")
_HOSTED_PORT = regex(r"\b(?:http_port|internal_port)\"?\s*[:=]\s*[\"']?(\d+)")
_ENV_EXAMPLE = regex(r"^\.env\.(?:example|sample|template|dist|defaults)$|^\.?env[.-]example(?:[.-]\w+)*$")
_IMAGES = {
    Language.NODE: ("node",),
    Language.PYTHON: ("python",),
    Language.RUST: ("rust",),
    Language.GO: ("golang", "go"),
}


def listed(docs: ManifestReader, whole: Statements) -> list[str]:
    """Say what exists; gives the paths of the workflows."""
    for folder, names in docs.files.folders.items():
        is_dev = folder in ("", ".devcontainer") or folder.startswith(".devcontainer/")
        for name in names:
            path, topic = joined(folder, name), _topic_of(name)
            if topic is not None:
                whole.say(topic, path, FilePlace(path))
            elif is_dev and _DEVCONTAINER.match(path):
                whole.say(FindingTopic.DEVCONTAINER, path, FilePlace(path))
    workflows = [
        joined(_WORKFLOWS, name) for name in docs.files.folders.get(_WORKFLOWS, ()) if name.endswith((".yml", ".yaml"))
    ]
    for path in workflows:
        whole.say(FindingTopic.WORKFLOW, path, FilePlace(path))
    return workflows


def _topic_of(name: str) -> FindingTopic | None:
    """What a file is by its name alone."""
    if dockerfiles.is_dockerfile(name):
        return FindingTopic.DOCKERFILE
    return FindingTopic.COMPOSE if "compose" in name and _COMPOSE.match(name) else None


def say_containers(docs: ManifestReader, services: Sequence[ServiceStatements], whole: Statements) -> None:
    """Say what the files of containers and hosting say of the services."""
    built: dict[str, ServiceStatements] = {}
    for statement in whole.about(FindingTopic.COMPOSE):
        if _COMPOSE_MAIN.match(statement.value.rpartition("/")[2]) and not is_test(statement.value):
            _compose(docs, services, whole, statement.value, built)
    for statement in whole.about(FindingTopic.DOCKERFILE):
        # Least deep first: a service has one, and what is built only for tests or by another name is not it.
        folder, _, name = statement.value.rpartition("/")
        service = _of_folder(services, folder) if name == "Dockerfile" and not is_test(statement.value) else None
        if service is not None and service not in built.values():
            built[statement.value] = service
    for path, service in built.items():
        _dockerfile(docs, service, whole, path)
    for service in services:
        _procfile(docs, service, services)
        _makefile(docs, service)
        _examples(docs, service, services)
    for path in sorted(_HOSTING):
        if docs.files.has(path.rpartition("/")[0], path.rpartition("/")[2]):
            _hosting(docs, services, path)


def _of_folder(services: Sequence[ServiceStatements], folder: str) -> ServiceStatements | None:
    """The service that a file of a folder is about: that of the folder, or the only one above or below it."""
    own = next((service for service in services if service.folder == folder), None)
    if own is not None or len(services) != 1:
        return own
    is_near = not folder or services[0].holds(joined(folder, "x")) or services[0].folder.startswith(f"{folder}/")
    return services[0] if is_near else None


def _dockerfile(docs: ManifestReader, service: ServiceStatements, whole: Statements, path: str) -> None:
    text = docs.files.text(path) or ""
    found = list(dockerfiles.instructions(text))
    command, line = dockerfiles.started(found)
    service.say(FindingTopic.START, command, FilePlace(path, line), "started in the container", rank=4)
    for port, at in dockerfiles.exposed(found):
        service.say(FindingTopic.PORT, port, FilePlace(path, at), "exposed")
    for version, at in dockerfiles.image_versions(found, _IMAGES[service.language]):
        service.say(FindingTopic.VERSION, version, FilePlace(path, at), "image", rank=IMAGE)
    for each in found:
        if each.name == "HEALTHCHECK":
            _checked(service, each.rest, FilePlace(path, each.line))
        for match in _PIP.finditer(each.rest) if each.name == "RUN" else ():
            databases.say_installed(whole, match[1].split(), FilePlace(path, each.line))


def _checked(service: ServiceStatements, text: str, place: FilePlace) -> None:
    port, path = dockerfiles.checked_url(text)
    service.say(FindingTopic.HEALTH, path, place, "asked by the container")
    service.say(FindingTopic.PORT, port, place, "asked by the container")


def _compose(
    docs: ManifestReader,
    services: Sequence[ServiceStatements],
    whole: Statements,
    path: str,
    built: dict[str, ServiceStatements],
) -> None:
    folder = path.rpartition("/")[0]
    for name, value in table(docs.yaml(path), "services").items():
        if not isinstance(value, dict):
            continue
        image = value.get("image")
        if isinstance(image, str) and (database := databases.of_image(image)):
            place = docs.text_place(path, image)
            whole.say(FindingTopic.DATABASE, database, place, f"image {image}", rank=2)
        dockerfile = _built(folder, value.get("build"))
        folder_of, _, own_name = dockerfile.rpartition("/")
        service = _of_folder(services, folder_of) if dockerfile and docs.files.has(folder_of, own_name) else None
        is_other = own_name != "Dockerfile" and docs.files.has(folder_of, "Dockerfile")
        if service is None or is_other or is_test(dockerfile):
            continue
        built.setdefault(dockerfile, service)
        place = docs.text_place(path, f"{name}:")
        for port in _published(value.get("ports")):
            service.say(FindingTopic.PORT, port, place, "published by compose")
        _checked(service, str(table(value, "healthcheck").get("test", "")), place)


def _built(folder: str, build: JsonValue) -> str:
    """The Dockerfile that a service of compose is built from, from the project; empty for none in it."""
    context = build.get("context", ".") if isinstance(build, dict) else build
    if not isinstance(context, str):
        return ""
    name = build.get("dockerfile", "Dockerfile") if isinstance(build, dict) else "Dockerfile"
    place = inside(folder, context) if context not in (".", "./") else folder
    return inside(place, name) if isinstance(name, str) and (place or context in (".", "./")) else ""


def _published(listed: JsonValue) -> Iterator[str]:
    """The ports within the container that compose publishes."""
    for each in listed if isinstance(listed, list) else []:
        target = each.get("target") if isinstance(each, dict) else each
        if isinstance(target, str | int) and not isinstance(target, bool):
            # An unquoted 80:90 is a number of base 60 in YAML, far from any port that is meant.
            yield ports.port_of(str(target).partition("/")[0].rpartition(":")[2])


def _procfile(docs: ManifestReader, service: ServiceStatements, services: Sequence[ServiceStatements]) -> None:
    for folder in dict.fromkeys((service.folder, "")):
        if not docs.files.has(folder, "Procfile") or _of_folder(services, folder) is not service:
            continue
        path = joined(folder, "Procfile")
        text = docs.files.text(path) or ""
        if match := _PROCFILE.search(text):
            place = FilePlace(path, line_of(text, match.start()))
            service.say(FindingTopic.START, match[1].strip(), place, "web")


def _makefile(docs: ManifestReader, service: ServiceStatements) -> None:
    if service.language is not Language.PYTHON or not docs.files.has(service.folder, "Makefile"):
        return
    path = joined(service.folder, "Makefile")
    text = docs.files.text(path) or ""
    for match in _RECIPE.finditer(text):
        if "$(" not in match[1] and "install" not in match[1]:
            place = FilePlace(path, line_of(text, match.start(1)))
            service.say(FindingTopic.START, match[1].strip(), place, "a recipe", rank=3)


def _examples(docs: ManifestReader, service: ServiceStatements, services: Sequence[ServiceStatements]) -> None:
    """An example of an environment that sets the port: what is set there may not be meant for everybody."""
    for folder in dict.fromkeys((service.folder, "")):
        if _of_folder(services, folder) is not service:
            continue
        for name in [name for name in docs.files.folders.get(folder, ()) if _ENV_EXAMPLE.match(name)]:
            path = joined(folder, name)
            text = docs.files.text(path) or ""
            for match in ports.PORT_VARIABLE.finditer(text):
                place = FilePlace(path, line_of(text, match.start(1)))
                service.say(FindingTopic.PORT, ports.port_of(match[2]), place, f"example of {match[1]}", sure=False)


def _hosting(docs: ManifestReader, services: Sequence[ServiceStatements], path: str) -> None:
    service = _of_folder(services, path.rpartition("/")[0])
    text = docs.files.text(path) or ""
    if service is None:
        return
    if match := _HOSTED_PATH.search(text):
        place = FilePlace(path, line_of(text, match.start()))
        service.say(FindingTopic.HEALTH, match[1], place, "asked by the hosting")
    if match := _HOSTED_PORT.search(text):
        place = FilePlace(path, line_of(text, match.start()))
        service.say(FindingTopic.PORT, ports.port_of(match[1]), place, "of the hosting")
