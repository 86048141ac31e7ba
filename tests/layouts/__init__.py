"""The labelled layouts of repositories (`tests/samples/layouts`): made as files, detected, and compared with the truth.

`python -m tests.layouts` prints the table and each miss; docs/infra.md discusses them.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import Struct

from loop_tui.packs.infra.detect.project import detect
from loop_tui.packs.infra.detect.values import DetectedProject, DetectedService, FindingTopic, InfraFinding

FOLDER = Path(__file__).parent.parent / "samples/layouts"

OF_SERVICE = {
    "language": FindingTopic.LANGUAGE,
    "version": FindingTopic.VERSION,
    "manager": FindingTopic.MANAGER,
    "framework": FindingTopic.FRAMEWORK,
    "port": FindingTopic.PORT,
    "start": FindingTopic.START,
    "health": FindingTopic.HEALTH,
}
OF_PROJECT = {
    "databases": FindingTopic.DATABASE,
    "env": FindingTopic.VARIABLE,
    "dockerfiles": FindingTopic.DOCKERFILE,
    "compose": FindingTopic.COMPOSE,
    "workflows": FindingTopic.WORKFLOW,
    "workspace": FindingTopic.WORKSPACE,
}


class Outcome(StrEnum):
    """How a finding compares with the truth. `ASKED` shows the truth among its candidates: right, and a question."""

    RIGHT = "right"
    ASKED = "asked"
    MISSED = "missed"
    WRONG = "wrong"


class Compared(Struct, frozen=True):
    """One row: what was found and what is true, as text, for a topic of a service or of the project."""

    layout: str
    is_public: bool
    folder: str
    topic: str
    found: str
    true: str
    outcome: Outcome


def layouts() -> list[dict[str, Any]]:
    """The labels, by name."""
    return [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))]


def build(label: Mapping[str, Any], folder: Path) -> Path:
    """The layout as files: those without content are empty."""
    for name in label["files"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(label["content"].get(name, ""), "utf-8")
    return folder


def compared(label: Mapping[str, Any], folder: Path) -> list[Compared]:
    """A layout, detected in that folder, and compared topic by topic."""
    return list(_compared(label, detect(build(label, folder))))


def _compared(label: Mapping[str, Any], found: DetectedProject) -> Iterator[Compared]:
    name, is_public = label["name"], "repository" in label
    known = {service.folder: service for service in found.services}
    true = {service["folder"]: service for service in label["services"]}
    yield _sets(name, is_public, "services", set(known), set(true))
    for folder, service in true.items():
        for key, topic in OF_SERVICE.items():
            yield _of_service(name, is_public, service, key, _about(known.get(folder), topic))
    for key, topic in OF_PROJECT.items():
        wanted = label["truth"][key]
        values = {each.value for each in found.about(topic) if each.is_sure}
        truth = set(wanted) if isinstance(wanted, list) else {each for each in wanted.split(", ") if each}
        yield _sets(name, is_public, key, values, truth)


def _about(service: DetectedService | None, topic: FindingTopic) -> InfraFinding | None:
    return service.about(topic) if service is not None else None


def _of_service(
    name: str, is_public: bool, service: Mapping[str, Any], key: str, finding: InfraFinding | None
) -> Compared:
    value = service[key]
    truth = tuple(value) if isinstance(value, list) else tuple(filter(None, (value,)))
    said = "" if finding is None else finding.value if finding.is_sure else f"? {' or '.join(finding.candidates)}"
    outcome = _outcome(truth, finding, several_are_right=key == "start")
    return Compared(name, is_public, service["folder"], key, said, " or ".join(truth), outcome)


def _outcome(truth: tuple[str, ...], finding: InfraFinding | None, *, several_are_right: bool) -> Outcome:
    if finding is None:
        return Outcome.MISSED if truth else Outcome.RIGHT
    if not finding.is_sure:
        # A question where the files say nothing, or several things, is all that is right.
        if not truth or (len(truth) > 1 and not several_are_right and set(truth) <= set(finding.candidates)):
            return Outcome.RIGHT
        return Outcome.ASKED if set(truth) & set(finding.candidates) else Outcome.WRONG
    is_one = several_are_right or len(truth) == 1
    return Outcome.RIGHT if is_one and finding.value in truth else Outcome.WRONG


def _sets(name: str, is_public: bool, topic: str, found: set[str], true: set[str]) -> Compared:
    extra, missing = found - true, true - found
    said = " ".join([f"{len(found & true)} of {len(true)}", *(f"-{each}" for each in sorted(missing))])
    said = " ".join([said, *(f"+{each}" for each in sorted(extra))])
    outcome = Outcome.WRONG if extra else Outcome.MISSED if missing else Outcome.RIGHT
    return Compared(name, is_public, "", topic, said, " ".join(sorted(true)), outcome)


def table(rows: list[Compared]) -> list[str]:
    """How many are right, asked, missed and wrong, by topic."""
    counts = Counter((row.topic, row.outcome) for row in rows)
    lines = [f"{'':12}{''.join(f'{outcome:>8}' for outcome in Outcome)}"]
    for topic in (*OF_SERVICE, "services", *OF_PROJECT):
        lines.append(f"{topic:12}{''.join(f'{counts[topic, outcome]:8}' for outcome in Outcome)}")
    everything = Counter(row.outcome for row in rows)
    return [*lines, f"{'all':12}{''.join(f'{everything[outcome]:8}' for outcome in Outcome)}"]
