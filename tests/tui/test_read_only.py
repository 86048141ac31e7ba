"""A screen that may only look: every key that would change something is refused, and says why."""

from pathlib import Path

from loop_tui.tui.app import LoopApp

from .runs import NOW, WIDE, Screen, Watch, asking, human_gate


async def press_everything(project: Path, loop: str) -> list[str]:
    """Press every key that changes something; what was said."""
    clock = Watch()
    spawned: list[Path] = []

    def spawn(where: Path, what: str) -> int:
        spawned.append(where)
        return 0

    app = LoopApp(project, loop, clock=clock, now=lambda: NOW, spawn=spawn, read_only=True)
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
