"""What is gathered while files are read: the statements about a service, or about the project, by topic."""

from collections.abc import Iterator

from loop_tui.services.toolchains.toolchain import Language, Toolchain

from .files import is_template
from .values import DetectedService, FilePlace, FindingTopic, InfraFinding, Statement, settled

MANY = frozenset(
    {
        *(FindingTopic.VARIABLE, FindingTopic.DATABASE, FindingTopic.CLIENT, FindingTopic.DOCKERFILE),
        *(FindingTopic.COMPOSE, FindingTopic.WORKFLOW, FindingTopic.DEVCONTAINER, FindingTopic.VERSION_FILE),
        *(FindingTopic.WORKSPACE, FindingTopic.ENTRY),
    }
)
"""Topics that may have several values: each is a finding of its own, and they do not contradict each other."""


class Statements:
    """The statements about one folder, by topic; those about the project as a whole have the folder ``."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self._by_topic: dict[FindingTopic, list[Statement]] = {}

    def say(
        self, topic: FindingTopic, value: str, place: FilePlace, why: str = "", *, rank: int = 0, sure: bool = True
    ) -> None:
        """Take a statement; what a generator still has to fill in says nothing."""
        if value and not is_template(value):
            self._by_topic.setdefault(topic, []).append(Statement(value, place, why, rank, sure))

    def about(self, topic: FindingTopic) -> list[Statement]:
        """The statements on a topic so far."""
        return self._by_topic.get(topic, [])

    def drop(self, topic: FindingTopic, value: str) -> None:
        """Forget what was said with that value."""
        self._by_topic[topic] = [statement for statement in self.about(topic) if statement.value != value]

    def findings(self) -> Iterator[InfraFinding]:
        """What follows from them, topic by topic."""
        name = self.folder or ""
        for topic in FindingTopic:
            statements = self.about(topic)
            if topic not in MANY:
                found = settled(topic, name, statements)
                yield from (found,) if found else ()
                continue
            by_value: dict[str, list[Statement]] = {}
            for statement in statements:
                by_value.setdefault(statement.value, []).append(statement)
            for each in by_value.values():
                found = settled(topic, name, each)
                yield from (found,) if found else ()


class ServiceStatements(Statements):
    """The statements about something that is started, and what its language knows of it."""

    def __init__(self, folder: str, language: Language, manifest: FilePlace) -> None:
        super().__init__(folder)
        self.language = language
        self.manifest = manifest
        self.framework = ""
        self.toolchain: Toolchain | None = None
        self.say(FindingTopic.LANGUAGE, language.value, manifest)

    def holds(self, path: str) -> bool:
        """True for a file of this service's folder."""
        return not self.folder or path.startswith(f"{self.folder}/")

    def service(self) -> DetectedService:
        """The finished value."""
        return DetectedService(self.folder or ".", tuple(self.findings()))
