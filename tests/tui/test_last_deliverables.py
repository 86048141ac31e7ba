"""The deliverables of the last run, when its project is opened again (SCREEN "Ready": on reopening too)."""

from pathlib import Path

from loop_tui.tui.viewer.screen import ViewerScreen

from .past import archive
from .runs import DISTRIBUTION, NARROW, Screen, on_screen


async def test_after_reopening_d_shows_what_the_archived_run_left(tmp_path: Path) -> None:
    project = tmp_path / "widget-gauge"
    path = archive(project)
    kept = path.with_suffix("") / "deliverables" / "release-scope.md"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("# The scope of that release\n")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.snapshot.last is not None, "the archive")
        assert "d show" in screen.text().split("\n")[-1]
        await screen.press("d")
        await screen.idle()
        await screen.until(lambda: isinstance(screen.app.screen, ViewerScreen), "the list")
        assert "Deliverables of" in screen.text()
        assert "release-scope.md" in screen.text()
        await screen.press("enter")
        await screen.until(lambda: "The scope of that release" in screen.text(), "the text")

    await on_screen(use, project, DISTRIBUTION, size=NARROW)


async def test_an_archive_that_has_gone_says_so(tmp_path: Path) -> None:
    project = tmp_path / "widget-gauge"
    path = archive(project)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.snapshot.last is not None, "the archive")
        path.unlink()
        await screen.press("d")
        await screen.idle()
        assert any("no deliverables in the archive of" in said for said in screen.toasts())

    await on_screen(use, project, DISTRIBUTION, size=NARROW)


async def test_without_a_run_before_there_are_none_yet(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("d")
        assert any("no deliverables yet" in said for said in screen.toasts())

    await on_screen(use, tmp_path, DISTRIBUTION, size=NARROW)
