"""What a project is made of: every part of the detection, in the order in which they need each other."""

from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.services.toolchains.toolchain import Language
from loop_tui.services.toolchains.version_write import PACKAGE

from . import go, node, ports, python, rust
from .code import say_code
from .containers import listed, say_containers
from .databases import merge_mariadb, say_databases
from .documents import ManifestReader
from .files import MOST_NAMES, ListedFiles
from .sources import is_test_folder
from .statements import ServiceStatements, Statements
from .values import DetectedProject, FilePlace, FindingTopic, InfraFinding, Statement
from .versions import say_versions

_MANIFESTS = frozenset({PACKAGE, python.PYPROJECT, "requirements.txt", rust.MANIFEST, go.MANIFEST, "Dockerfile"})


def detect(project: Path) -> DetectedProject:
    """Read the files of a folder, and tell what they say (SPEC section 8: nothing is run, no link is followed).

    Raises Problem when there is no such folder. A file that cannot be read is a finding.
    """
    if not project.is_dir():
        raise Problem("is not a folder", str(project), "name an existing folder", code=Code.FOLDER_MISSING)
    docs, whole = ManifestReader(ListedFiles(project)), Statements()
    found = [
        *node.services(docs, whole),
        *python.services(docs, whole),
        *rust.services(docs, whole),
        *go.services(docs),
    ]
    services = [service for service in found if not is_test_folder(service.folder)]
    workflows = listed(docs, whole)
    say_containers(docs, services, whole)
    for service in services:
        say_versions(docs, service, whole, workflows)
    say_databases(docs, whole)
    say_code(docs, services, whole)
    merge_mariadb(whole)
    for service in services:
        _ports_of_commands(docs, service)
    values = tuple(service.service() for service in sorted(services, key=lambda each: each.folder))
    return DetectedProject(values, (*whole.findings(), *_unread(docs.files)))


def _ports_of_commands(docs: ManifestReader, service: ServiceStatements) -> None:
    """The port that a start command names, or that it listens on without naming one."""
    commands = [
        (statement.value, statement.place, 0) for statement in service.about(FindingTopic.START) if statement.is_sure
    ]
    if service.language is Language.NODE:
        starts = service.about(FindingTopic.START)
        for command, place, is_start in node.commands_of(docs, service.folder):
            if is_start or not starts:
                commands.append((command, place, 0 if is_start else 4))
    for command, place, rank in commands:
        if port := ports.in_command(command):
            service.say(FindingTopic.PORT, port, place, "in the command", rank=rank)
        else:
            port, why = ports.default_of(command)
            service.say(FindingTopic.PORT, port, place, why, rank=6)


def _unread(files: ListedFiles) -> list[InfraFinding]:
    """What could not be read, and links in the place of files that would be."""
    reasons = dict(files.unread)
    for path in files.links:
        if path.rpartition("/")[2] in _MANIFESTS:
            reasons[FilePlace(path)] = "it is a link, and links are not followed"
    if files.is_cut:
        reasons[FilePlace(".")] = f"more than {MOST_NAMES:,} names: the deepest were not listed"
    return [
        InfraFinding(FindingTopic.UNREAD, "", (Statement(str(place), place, why),), is_sure=False)
        for place, why in sorted(reasons.items())
    ]
