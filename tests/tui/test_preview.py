"""The newest deliverable below the log, on large screens (SCREEN "Layout")."""

from pathlib import Path

from loop_tui.engine import changes
from loop_tui.model.evidence import Deliverable

from .runs import NARROW, WIDE, Run, Screen, new_run, on_screen

HUGE = (200, 60)


def deliver(run: Run, skill: str, phase: str, *files: tuple[str, bytes]) -> None:
    """A skill leaves files."""
    for name, data in files:
        (run.store.run_dir / name).write_bytes(data)
    left = [Deliverable(name=name, skill=skill, path=name, size_bytes=len(data)) for name, data in files]
    run.tell(changes.skill_completed(phase, skill, deliverables=left))


async def test_it_shows_the_newest_text_and_follows(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"))

    async def use(screen: Screen) -> None:
        assert "d shows all" not in screen.text()
        log = screen.log.region.height
        hostile = b"# Scope\n\x1b]52;c;AAAA\x07[/red] minor\n" + b"x" * 5000 + b"\nlast"
        deliver(run, "release-planner", "INIT", ("release-scope.md", hostile))
        await screen.until(lambda: "[/red] minor" in screen.text(), "the scope")
        assert "release-scope.md" in screen.text()
        assert "d shows all of it" in screen.text()
        assert "\x1b]52" not in screen.raw()
        assert 0 < screen.log.region.height < log
        run.tell(changes.phase_completed("INIT"), changes.phase_entered("VERIFY"))
        deliver(run, "code-verification", "VERIFY", ("report.md", b"all green"), ("a.tgz", b"\0\1"))
        await screen.until(lambda: "all green" in screen.text(), "the report, and not what is no text")
        assert "minor" not in screen.text()
        # It is only looked at: it cannot have the focus, and one pane alone is one pane alone.
        await screen.press("2", "z")
        assert "all green" not in screen.text()
        assert screen.log.region.width > 150
        await screen.press("z")
        assert "all green" in screen.text()

    await on_screen(use, tmp_path, size=HUGE)


async def test_it_comes_with_the_room_for_it(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"))
    deliver(run, "release-planner", "INIT", ("release-scope.md", b"# Scope"))

    async def use(screen: Screen) -> None:
        assert " Scope " not in screen.text()
        await screen.pilot.resize_terminal(*HUGE)
        await screen.until(lambda: " Scope " in screen.text(), "the scope")
        await screen.pilot.resize_terminal(*NARROW)
        await screen.until(lambda: " Scope " not in screen.text(), "no room")

    await on_screen(use, tmp_path, size=WIDE)
