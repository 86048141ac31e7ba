"""What detection finds: a value for each topic, always with the file and line that say so.

What files do not say, or say differently, is a question with its candidates: it is asked, never guessed.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct


class FindingTopic(StrEnum):
    """What a finding is about."""

    LANGUAGE = "language"
    VERSION = "version"
    MANAGER = "manager"
    FRAMEWORK = "framework"
    ENTRY = "entry point"
    PORT = "port"
    START = "start"
    HEALTH = "health"
    TEST = "test"
    VARIABLE = "variable"
    DATABASE = "database"
    CLIENT = "client"
    DOCKERFILE = "Dockerfile"
    COMPOSE = "compose"
    WORKFLOW = "workflow"
    DEVCONTAINER = "devcontainer"
    VERSION_FILE = "version file"
    WORKSPACE = "workspace"
    UNREAD = "not read"


class FilePlace(Struct, frozen=True, order=True):
    """Where something is said: a path from the project's folder, and a line from 1 (0: the file as a whole)."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        """`src/server.ts:12`, or the path alone."""
        return f"{self.path}:{self.line}" if self.line else self.path


class Statement(Struct, frozen=True):
    """One file's word on a topic. The lowest `rank` goes first; `is_sure` is False for what may not be meant so."""

    value: str
    place: FilePlace
    why: str = ""
    rank: int = 0
    is_sure: bool = True


class InfraFinding(Struct, frozen=True):
    """What was found on a topic. `folder` is the service that it is about; empty for the project as a whole.

    A sure one has one statement, its value. Otherwise the statements are the candidates of a question.
    """

    topic: FindingTopic
    folder: str
    statements: tuple[Statement, ...]
    is_sure: bool = True

    @property
    def value(self) -> str:
        """The value; empty where it has to be asked."""
        return self.statements[0].value if self.is_sure else ""

    @property
    def candidates(self) -> tuple[str, ...]:
        """The values that could be meant, each once."""
        return tuple(dict.fromkeys(statement.value for statement in self.statements))


class DetectedService(Struct, frozen=True):
    """Something that somebody starts: its folder from the project's, `.` for the project itself."""

    folder: str
    findings: tuple[InfraFinding, ...]

    def about(self, topic: FindingTopic) -> InfraFinding | None:
        """What was found on a topic."""
        return next((each for each in self.findings if each.topic is topic), None)


class DetectedProject(Struct, frozen=True):
    """All that the files of a project say: its services, and what is about the project as a whole."""

    services: tuple[DetectedService, ...]
    findings: tuple[InfraFinding, ...]

    def about(self, topic: FindingTopic) -> tuple[InfraFinding, ...]:
        """What was found on a topic for the project as a whole."""
        return tuple(each for each in self.findings if each.topic is topic)

    @property
    def questions(self) -> tuple[InfraFinding, ...]:
        """What has to be asked."""
        everything = [*(each for service in self.services for each in service.findings), *self.findings]
        return tuple(each for each in everything if not each.is_sure and each.topic is not FindingTopic.UNREAD)


def settled(topic: FindingTopic, folder: str, statements: Iterable[Statement]) -> InfraFinding | None:
    """One finding from what is said on a topic: sure where the best rank agrees, else a question; None without any.

    What is not sure is never more than a candidate, and does not contradict what is sure and of a better rank.
    """
    ordered = sorted(statements, key=lambda statement: statement.rank)
    if not ordered:
        return None
    best = [statement for statement in ordered if statement.rank == ordered[0].rank]
    if len({statement.value for statement in best}) == 1 and any(statement.is_sure for statement in best):
        return InfraFinding(topic, folder, (next(statement for statement in best if statement.is_sure),))
    return InfraFinding(topic, folder, _each_once(ordered), is_sure=False)


def _each_once(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    kept: dict[str, Statement] = {}
    for statement in statements:
        kept.setdefault(statement.value, statement)
    return tuple(kept.values())
