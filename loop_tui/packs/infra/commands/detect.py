"""`loop-tui infra detect`: what a project is made of, as tables for people and as one JSON object for programs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, one_line, shown
from loop_tui.packs.infra.detect.project import detect
from loop_tui.packs.infra.detect.values import DetectedProject, DetectedService, FindingTopic, InfraFinding, Statement
from loop_tui.runners.pack_api import CommandHost

_WIDTH = 200
"""The most characters of a value that are shown: a start command may be a page long."""
_VERB = "detect"
_FILES = frozenset({FindingTopic.DOCKERFILE, FindingTopic.COMPOSE, FindingTopic.WORKFLOW, FindingTopic.DEVCONTAINER})
"""Topics whose findings are files, and stand where they are."""


async def run(host: CommandHost, options: Mapping[str, object]) -> int:
    """Show what the files of a project say, and what has to be asked. Raises Problem for a wrong word or folder."""
    words = options.get("words")
    project = _project(host.project, words if isinstance(words, tuple) else ())
    found = detect(project)
    if options["json"]:
        host.say_json(as_json(found))
    else:
        _show(host, found)
    return 0


def _project(given: Path, words: Sequence[str]) -> Path:
    if not words or words[0] != _VERB or len(words) > 2:
        what = f"{shown(' '.join(words))} is not something that `infra` does" if words else "`infra` needs a word"
        raise Problem(what, todo="loop-tui infra detect [PATH]", code=Code.USAGE)
    return Path(words[1]) if len(words) > 1 else given


# --- for people -----------------------------------------------------------------------------------------------------


def _show(host: CommandHost, found: DetectedProject) -> None:
    for service in found.services:
        host.say(f"{_heading(service)}\n")
        host.say(host.table(("Topic", "Found", "Where"), list(_rows(service.findings)), indent=2) + "\n")
    rest = [each for each in found.findings if each.topic is not FindingTopic.UNREAD]
    if rest:
        host.say("Project\n")
        host.say(host.table(("Topic", "Found", "Where"), list(_rows(rest)), indent=2) + "\n")
    if not found.services and not rest:
        host.say("Found no language, service or container that is known.")
    if unread := found.about(FindingTopic.UNREAD):
        host.say("Not read\n")
        rows = [
            (one_line(each.statements[0].value, _WIDTH), one_line(each.statements[0].why, _WIDTH)) for each in unread
        ]
        host.say(host.table(("File", "Why"), rows, indent=2) + "\n")
    questions = found.questions
    if questions:
        host.say(f"{count_of(len(questions), 'question')}: the files do not say it for certain\n")
        host.say(host.table(("Topic", "Service", "Could be", "Where"), list(_asked(questions)), indent=2))


def _heading(service: DetectedService) -> str:
    return f"Service {one_line(service.folder, _WIDTH)}"


def _rows(findings: Sequence[InfraFinding]) -> Iterator[tuple[str, str, str]]:
    """A row for each sure finding; files that exist are together by topic, variables by the file that reads them."""
    together: dict[tuple[str, str], list[str]] = {}
    for each in (each for each in findings if each.is_sure):
        statement, topic = each.statements[0], each.topic.value
        if each.topic is FindingTopic.VARIABLE:
            together.setdefault((topic, statement.place.path), []).append(statement.value)
        elif each.topic in _FILES:
            together.setdefault((topic, ""), []).append(statement.value)
        else:
            yield topic, one_line(statement.value, _WIDTH), _where(statement)
    for (topic, path), values in together.items():
        yield topic, one_line(", ".join(values), 10 * _WIDTH), one_line(path, _WIDTH)


def _where(statement: Statement) -> str:
    place = one_line(str(statement.place), _WIDTH)
    return f"{place} ({one_line(statement.why, _WIDTH)})" if statement.why else place


def _asked(questions: Sequence[InfraFinding]) -> Iterator[tuple[str, str, str, str]]:
    """A row for each candidate, the topic and the service with the first."""
    for each in questions:
        for number, statement in enumerate(each.statements):
            head = (each.topic.value, one_line(each.folder, _WIDTH) or "-") if number == 0 else ("", "")
            yield (*head, one_line(statement.value, _WIDTH), _where(statement))


# --- for programs ---------------------------------------------------------------------------------------------------


def as_json(found: DetectedProject) -> dict[str, JsonValue]:
    """All of it: what is sure has a `value`, what has to be asked has `candidates`; each with file, line and why."""
    unread = [each.statements[0] for each in found.about(FindingTopic.UNREAD)]
    return {
        "services": [
            {"folder": one_line(service.folder), "findings": [_finding(each) for each in service.findings]}
            for service in found.services
        ],
        "findings": [_finding(each) for each in found.findings if each.topic is not FindingTopic.UNREAD],
        "not_read": [
            {"file": one_line(statement.place.path), "line": statement.place.line, "why": one_line(statement.why)}
            for statement in unread
        ],
    }


def _finding(finding: InfraFinding) -> dict[str, JsonValue]:
    topic: JsonValue = finding.topic.value
    if finding.is_sure:
        return {"topic": topic, "sure": True, **_statement(finding.statements[0])}
    return {"topic": topic, "sure": False, "candidates": [_statement(statement) for statement in finding.statements]}


def _statement(statement: Statement) -> dict[str, JsonValue]:
    return {
        "value": one_line(statement.value),
        "file": one_line(statement.place.path),
        "line": statement.place.line,
        "why": one_line(statement.why),
    }
