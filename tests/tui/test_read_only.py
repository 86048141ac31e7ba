"""A screen that may only look: every key that would change something is refused, and says why."""

from pathlib import Path

from loop_tui.fs.paths import data_dir
from loop_tui.model.log import LogLevel
from loop_tui.storage.user.settings import settings_path
from loop_tui.tui.actions.model import READ_ONLY
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.log_area import LogInput

from .launching import Started
from .runs import NOW, WIDE, Screen, Watch, asking, human_gate


async def press_everything(project: Path, loop: str) -> list[str]:
    """Press every key that changes something; what was said."""
    clock = Watch()
    spawned: list[Path] = []

    def spawn(where: Path, what: str) -> int:
        spawned.append(where)
        return 0

    app = LoopApp(project, loop, clock=clock, now=lambda: NOW, launcher=Started(spawn), read_only=True)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        screen = Screen(app, pilot, clock)
        await screen.until(lambda: app.snapshot.opened, "the first look")
        await screen.press("space", "p", "s", "J", "3", "a", "enter", "x", "enter", "Y", "enter", "n")
        await screen.press("colon", *"skip requirements", "enter")
        await screen.idle()
        assert spawned == []
        return screen.toasts()


async def test_a_gate_stays_as_it_is(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    before = run.store.path.read_bytes()
    said = await press_everything(tmp_path, "infra-loop")
    assert run.store.path.read_bytes() == before
    assert any(text.startswith("read-only") for text in said)


async def test_a_question_stays_open(tmp_path: Path) -> None:
    run = asking(tmp_path)
    before = run.store.path.read_bytes()
    await press_everything(tmp_path, "distribution-loop")
    assert run.store.path.read_bytes() == before


async def test_no_file_is_written_at_all(tmp_path: Path) -> None:
    """Neither a saved log nor settings nor typed commands: whoever looks may be somebody else (`loop-tui serve`)."""
    run = human_gate(tmp_path)
    run.say(("", LogLevel.OUT, "said"))
    (data_dir() / "hints").unlink()
    clock = Watch()
    app = LoopApp(tmp_path, "infra-loop", launcher=Started(), clock=clock, now=lambda: NOW, read_only=True)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        screen = Screen(app, pilot, clock)
        await screen.until(lambda: app.snapshot.opened, "the first look")
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        await screen.press("2", "S")
        assert not app.screen.query_one(LogInput).has_class("-shown")
        await screen.press("T", "j", "enter")
        assert app.theme != "loop-dark"
        await screen.press("comma", "j", "enter", "escape")
        await screen.press("colon", *"settings", "enter", "escape")
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
        assert screen.toasts() == [READ_ONLY, READ_ONLY]
    assert not settings_path().exists()
    assert [path.name for path in data_dir().glob("*")] == ["owner.key"], "the run was begun with it"
