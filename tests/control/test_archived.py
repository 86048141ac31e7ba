"""What the screen shows of a run that is over."""

from datetime import UTC, datetime
from pathlib import Path

from loop_tui.control.archived import ended_of
from loop_tui.engine.begin import fresh_state
from loop_tui.fs.jsonedit.document import parse
from loop_tui.model.status import PhaseStatus, RunStatus
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive
from loop_tui.storage.definitions.catalog import builtin
from loop_tui.storage.state.dialects import new_text

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_state_in_the_archive_counts_over_the_last_one_that_was_seen(tmp_path: Path) -> None:
    """The last gate, the last phase and the end are written and taken away faster than anybody looks."""
    definition = builtin("distribution-loop")
    assert definition is not None
    seen = fresh_state(definition, run="r1", system="s", at="2026-01-02T03:04:00.000Z")
    phases = tuple(phase.model_copy(update={"status": PhaseStatus.COMPLETE}) for phase in seen.phases)
    over = seen.model_copy(update={"phases": phases, "status": RunStatus.COMPLETE})
    env = {"LOOP_TUI_HOME": str(tmp_path)}
    assert ended_of(seen, definition, env).state is seen
    path = archive_path(tmp_path, "s", definition.id, NOW)
    write_archive(path, build_body(over, parse(new_text(over, definition)), archived_at=NOW), {})
    ended = ended_of(seen, definition, env)
    assert (ended.archive, ended.word, ended.state.status) == (str(path), "done", RunStatus.COMPLETE)
    assert {phase.status for phase in ended.state.phases} == {PhaseStatus.COMPLETE}
