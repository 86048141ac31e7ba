"""An archived run as lists show it and filters ask for it. Nothing heavy is imported here."""

from msgspec import Struct

from .outcome import RunOutcome


class ArchivedRun(Struct, frozen=True, kw_only=True):
    """One archived run, without what only its own page needs (`RunSummary`, from its file).

    `path`, `folder`, `project`, times and durations are those of `RunSummary`. `release` is the version that it
    released, `version` that of its loop's definition. `gates` are `NAME:DECISION` (passed, failed, skipped), `skills`
    those that were done or skipped, `targets` the ids of those it delivered to; `phases_count` and `gates_count` what
    was completed and passed.
    """

    path: str
    folder: str
    project: str
    run: str
    loop: str
    system: str
    module: str | None
    version: str
    release: str
    started_at: str
    completed_at: str
    duration_ms: int | None
    working_ms: int | None
    outcome: RunOutcome
    phases_count: int
    gates_count: int
    durations: dict[str, int]
    gates: tuple[str, ...]
    skills: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def where(self) -> str:
        """The path of its file, or of its folder where there is no file."""
        return self.path or self.folder
