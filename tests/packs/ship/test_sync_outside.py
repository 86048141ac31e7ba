"""Slash commands that are brought over outside of a run: no content of a person is ever lost, and none is replaced."""

from pathlib import Path

import pytest

from loop_tui.packs.ship.targets.kinds import commands_sync
from loop_tui.packs.ship.targets.kinds.commands_sync import Synchronised, synchronise

NAME = "a-loop.md"


class Place:
    """A project with one command, and the home that it goes to."""

    def __init__(self, root: Path) -> None:
        self.project, self.home = root / "project", root / "home"
        self.source, self.place = self.project / "commands" / NAME, self.home / "commands" / NAME
        for path in (self.source, self.place):
            path.parent.mkdir(parents=True)

    def sync(self, text: str, *, replace: bool = False) -> Synchronised:
        """The project has that text now, and is brought over."""
        self.source.write_text(text)
        return synchronise(self.project, self.home, replace=replace)

    def kept(self) -> set[str]:
        """Every content that is kept."""
        return {path.read_text() for path in self.place.parent.glob(".backup/*/*.md")}


@pytest.fixture
def at(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("ours", ["", "one"])
def test_what_a_person_wrote_is_left_as_it_is_and_said(at: Place, ours: str) -> None:
    if ours:
        at.sync(ours)
    at.place.write_text("a person's")
    assert at.sync("two") == Synchronised((), (NAME,))
    assert at.place.read_text() == "a person's"
    assert at.sync("three") == Synchronised((), (NAME,)), "it is never taken for ours"
    assert at.place.read_text() == "a person's"


def test_what_was_written_last_is_replaced(at: Place) -> None:
    for text in ("one", "two", "three"):
        assert at.sync(text) == Synchronised((NAME,), ())
        assert at.place.read_text() == text
    assert at.sync("three") == Synchronised((), ())


def test_what_is_kept_already_is_replaced(at: Place) -> None:
    at.place.write_text("a person's")
    at.sync("one", replace=True)
    at.place.write_text("a person's")
    assert at.sync("two") == Synchronised((NAME,), ())
    assert "a person's" in at.kept()


def test_each_content_that_is_replaced_is_kept(at: Place) -> None:
    for number, text in enumerate(("A", "B", "C", "A")):
        at.place.write_text(text)
        at.sync(f"ours {number}", replace=True)
    assert {"A", "B", "C"} <= at.kept()
    assert (at.place.parent / ".backup/hook" / NAME).read_text() == "A", "the first one has the file's own name"


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_cut_off_at_any_write_nothing_is_lost_and_the_next_one_ends_it(
    at: Place, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    at.place.write_text("a person's")
    put, done = commands_sync.write_over, []

    def cut(place: Path, data: bytes) -> None:
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(place)
        put(place, data)

    with monkeypatch.context() as cutting:
        cutting.setattr(commands_sync, "write_over", cut)
        with pytest.raises(KeyboardInterrupt):
            at.sync("one", replace=True)
    at.sync("two", replace=True)
    assert at.place.read_text() == "two"
    assert "a person's" in at.kept()
