"""A conditional gate on the screen: undecided, asked with its reason, or gone by with its reason (SPEC section 2)."""

from pathlib import Path

from loop_tui.control.attention import AttentionKind
from loop_tui.control.run_reader import RunReader
from loop_tui.engine import changes
from loop_tui.fs.paths import config_dir
from loop_tui.tui.cockpit.panel_text import panel_of

from .runs import Run, Screen, new_run, on_screen

LOOP = """
id = "data-loop"
[[phases]]
id = "WORK"
[[phases]]
id = "SHIP"
skills = [{ id = "send", steps = [{ name = "send", run = ["true"] }] }]
[[gates]]
id = "data-gate"
after = "WORK"
type = "conditional"
when = "changed:migrations/**"
"""


def at_gate(project: Path) -> Run:
    path = config_dir() / "loops" / "data-loop.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LOOP)
    run = new_run(project, "data-loop")
    run.tell(changes.phase_entered("WORK"), changes.phase_completed("WORK"))
    return run


def panel_at(run: Run) -> tuple[AttentionKind, str]:
    """What is needed of a person who has said that the run is not resumed now, and what the panel says."""
    reader = RunReader(run.project, run.definition.id)
    reader.open()
    reader.dismiss()
    shot = reader.look()
    return shot.attention.kind, str(panel_of(shot).body)


async def test_nobody_is_asked_before_it_was_judged(tmp_path: Path) -> None:
    run = at_gate(tmp_path / "shop")
    kind, text = panel_at(run)
    assert kind is AttentionKind.STOPPED
    assert "applies when changed:migrations/**: not yet known" in text

    async def use(screen: Screen) -> None:
        await screen.press("n")
        assert "needs you" not in screen.text()
        await screen.press("space")
        await screen.until(lambda: screen.spawned, "a driver that looks")

    await on_screen(use, run.project, "data-loop")


def test_the_panel_says_why_it_applies(tmp_path: Path) -> None:
    run = at_gate(tmp_path / "shop")
    run.tell(changes.gate_applies("data-gate", "migrations/0001.sql changed since main"))
    kind, text = panel_at(run)
    assert kind is AttentionKind.GATE
    assert "applies   migrations/0001.sql changed since main" in text


def test_the_panel_says_why_nobody_was_asked(tmp_path: Path) -> None:
    run = at_gate(tmp_path / "shop")
    run.tell(changes.gate_not_applicable("data-gate", "nothing below migrations/ changed"))
    kind, text = panel_at(run)
    assert kind is AttentionKind.STOPPED
    assert "not applicable: nothing below migrations/ changed" in text
