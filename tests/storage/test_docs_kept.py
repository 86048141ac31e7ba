"""The documents of a run are read once as long as they are the same files, and what changed is read again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from loop_tui.ports import RunPlace
from loop_tui.storage.docs import alignment, index
from loop_tui.storage.docs.kept import DocFiles

TODAY = date(2026, 6, 1)


class Asked:
    """Documents of a project, with what was parsed of them and how often git was asked."""

    def __init__(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parsed: list[str] = []
        self.dates: list[tuple[str, ...]] = []
        place = RunPlace(project, project / ".loop", project / "state.json", project / "home")
        self.docs = DocFiles(place, frozenset, self._changed)
        parse = alignment.read_document
        monkeypatch.setattr(
            alignment, "read_document", lambda text, path: (self.parsed.append(path), parse(text, path))[1]
        )

    async def _changed(self, top: Path, paths: Sequence[str], today: date) -> Mapping[str, date]:
        self.dates.append(tuple(paths))
        return {}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    (tmp_path / ".git").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("[one](gone.md)\n")
    (tmp_path / "docs/a.md").write_text(f"# A\n\n{index.BEGIN}\n{index.END}\n")
    return Asked(tmp_path, monkeypatch)


async def test_the_same_files_are_read_once(asked: Asked) -> None:
    first = await asked.docs.stale(TODAY)
    await asked.docs.behind()
    assert await asked.docs.stale(TODAY) == first
    assert [each.reference for each in first.findings] == ["gone.md"]
    assert (asked.parsed, asked.dates) == (["README.md", "docs/a.md"], [("README.md", "docs/a.md")])


async def test_what_a_document_refers_to_is_looked_for_each_time(asked: Asked) -> None:
    await asked.docs.stale(TODAY)
    (asked.docs.top / "gone.md").write_text("# Here\n")
    assert (await asked.docs.stale(TODAY)).findings == ()


async def test_a_changed_document_is_read_again(asked: Asked) -> None:
    await asked.docs.stale(TODAY)
    (asked.docs.top / "README.md").write_text("[two](away.md)\n")
    assert [each.reference for each in (await asked.docs.stale(TODAY)).findings] == ["away.md"]
    assert (asked.parsed, len(asked.dates)) == (["README.md", "docs/a.md", "README.md"], 2)


async def test_an_index_that_was_written_is_up_to_date(asked: Asked) -> None:
    (asked.docs.top / "docs/b.md").write_text("# B\n")
    (edit,) = await asked.docs.behind()
    asked.docs.write(edit)
    assert await asked.docs.behind() == ()


async def test_another_day_asks_for_dates_again(asked: Asked) -> None:
    await asked.docs.stale(TODAY)
    await asked.docs.stale(datetime(2026, 6, 2, tzinfo=UTC).date())
    assert len(asked.dates) == 2
