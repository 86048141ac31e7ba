"""The cockpit of a run that somebody else drives: what it says, what may be answered, and how it is made ours."""

import json
import os
import time
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.control.adoption import adopt
from loop_tui.control.attention import AttentionKind
from loop_tui.control.client import RunClient
from loop_tui.control.run_definition import definition_of
from loop_tui.engine import changes
from loop_tui.model.owner import Claim
from loop_tui.storage.state.owner import OWNER_NAME
from loop_tui.storage.state.store import Store
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.cockpit.tree_rows import rows_of
from loop_tui.tui.projection.checks import checks_text, counted
from loop_tui.tui.viewer.check_page import check_page
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.choose import ChooseScreen
from tests.control.elsewhere import infra_file

from .launching import Started
from .runs import INFRA, NOW, PLAN, Screen, Watch, check, human_gate, new_run, on_screen

AT_WORK, LONG_AGO = NOW.timestamp() - 30, NOW.timestamp() - 3600
SCAFFOLDED: JsonValue = {"INIT": {"status": "complete"}, "SCAFFOLD": {"status": "complete"}}

OTHER = """
id = "infra-loop"
[[phases]]
id = "INIT"
skills = ["requirements", "more"]
"""


def body(screen: Screen) -> str:
    panel = screen.panel._panel
    assert panel is not None
    return panel.body.plain


def dialog(screen: Screen) -> str:
    assert isinstance(screen.app.screen, ChooseScreen)
    return screen.text()


async def to_dialog(screen: Screen, *keys: str) -> None:
    await screen.press(*keys)
    await screen.until(lambda: isinstance(screen.app.screen, ChooseScreen), "the dialog")


async def yes(screen: Screen) -> None:
    before = screen.app.screen
    await screen.press("j", "enter")
    await screen.until(lambda: screen.app.screen is not before, "that it closes")


async def test_a_run_at_work_elsewhere_is_shown_calmly_with_who_and_what_may_be_done(tmp_path: Path) -> None:
    infra_file(tmp_path, written=AT_WORK)

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.attention.kind is AttentionKind.ELSEWHERE
        assert "▹ elsewhere" in screen.text()
        assert "working elsewhere" in screen.text()
        text = body(screen)
        assert "it has no owner record" in text
        assert "answer its gates and questions" in text
        assert "space  take it over" in text

    screen = await on_screen(use, tmp_path, INFRA)
    assert (screen.bells, screen.spawned) == ([], [])


async def test_a_quiet_run_says_since_when_and_falls_quiet_by_time_alone(tmp_path: Path) -> None:
    infra_file(tmp_path, written=LONG_AGO)

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.attention.kind is AttentionKind.QUIET
        assert "quiet since 02:10" in screen.text()

    await on_screen(use, tmp_path, INFRA)


async def test_go_asks_with_the_table_and_what_comes_along_and_no_leaves_everything(tmp_path: Path) -> None:
    gates: JsonValue = {"infra-gate": {"status": "approved", "approvedBy": "ada"}}
    path = infra_file(tmp_path, written=LONG_AGO, phases=SCAFFOLDED, gates=gates)
    before = path.read_bytes()

    async def use(screen: Screen) -> None:
        await to_dialog(screen, "space")
        text = dialog(screen)
        assert "Take over this run?" in text
        assert "SCAFFOLD" in text
        assert "quiet since 02:10" in text
        assert "approvals stated, not verified: infra-gate by ada" in text
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, CockpitScreen), "the cockpit")
        await screen.idle()

    screen = await on_screen(use, tmp_path, INFRA)
    assert screen.spawned == []
    assert path.read_bytes() == before
    assert not (tmp_path / ".loop").exists()


async def test_yes_makes_a_quiet_run_ours_and_then_a_driver_starts(tmp_path: Path) -> None:
    infra_file(tmp_path, written=LONG_AGO, phases=SCAFFOLDED)

    async def use(screen: Screen) -> None:
        await to_dialog(screen, "space")
        await yes(screen)
        await screen.until(lambda: screen.app.snapshot.presence and screen.app.snapshot.presence.ours, "ours")
        await screen.idle()

    await on_screen(use, tmp_path, INFRA)
    assert (tmp_path / ".loop/infra-loop" / OWNER_NAME).exists()


async def test_a_run_that_somebody_works_on_is_taken_only_after_a_second_yes(tmp_path: Path) -> None:
    infra_file(tmp_path, written=AT_WORK)
    record = tmp_path / ".loop/infra-loop" / OWNER_NAME

    async def use(screen: Screen) -> None:
        os.utime(tmp_path / "infra-state.json", (time.time(), time.time()))
        await to_dialog(screen, "space")
        await yes(screen)
        assert "someone is working on this run. Take it over anyway?" in dialog(screen)
        assert not record.exists()
        await screen.press("escape")
        await screen.idle()
        assert not record.exists()
        await to_dialog(screen, "colon", *"adopt", "enter")
        await yes(screen)
        await yes(screen)
        await screen.until(record.exists, "the record")
        await screen.idle()

    await on_screen(use, tmp_path, INFRA)


async def test_a_loop_of_the_repository_is_trusted_first_and_nothing_is_kept_before_the_last_yes(
    tmp_path: Path,
) -> None:
    path = infra_file(tmp_path, written=LONG_AGO, phase="INIT", phases={"INIT": {"status": "active"}}, gates={})
    before = path.read_bytes()
    folder = tmp_path / ".loops"
    folder.mkdir()
    (folder / "infra-loop.toml").write_text(OTHER)

    async def use(screen: Screen) -> None:
        await to_dialog(screen, "space")
        assert "Trust this definition file?" in dialog(screen)
        await yes(screen)
        assert "Take over this run?" in dialog(screen)
        await screen.press("escape")
        await screen.idle()
        assert definition_of(tmp_path, INFRA).trust is not None
        assert path.read_bytes() == before
        await to_dialog(screen, "space")
        await yes(screen)
        await yes(screen)
        await screen.until(lambda: screen.app.snapshot.presence and screen.app.snapshot.presence.ours, "ours")
        await screen.idle()

    await on_screen(use, tmp_path, INFRA)


async def test_an_answer_is_written_and_no_driver_starts(tmp_path: Path) -> None:
    path = infra_file(tmp_path, written=LONG_AGO, phases=SCAFFOLDED)
    (tmp_path / PLAN).write_text("# Plan\n")

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.attention.kind is AttentionKind.GATE
        await screen.press("3", "a")
        assert "its own driver" in screen.text().replace("\n", " ")
        await screen.press("enter")
        await screen.idle()
        await screen.until(lambda: screen.app.snapshot.attention.kind is not AttentionKind.GATE, "the answer")

    screen = await on_screen(use, tmp_path, INFRA)
    assert screen.spawned == []
    document = json.loads(path.read_text())
    assert document["gates"]["infra-gate"]["status"] == "approved"
    assert document["phases"] == SCAFFOLDED


@pytest.mark.parametrize("key", ["s", "J"])
async def test_what_is_theirs_to_do_is_refused_and_says_what_would_help(tmp_path: Path, key: str) -> None:
    infra_file(tmp_path, written=AT_WORK)

    async def use(screen: Screen) -> None:
        await screen.press(key)
        assert "this run is driven elsewhere: space takes it over" in screen.toasts()[-1]

    await on_screen(use, tmp_path, INFRA)


def claim(run_dir: Path, skill: str, beat: float) -> None:
    made = Claim(phase="INIT", skill=skill, by="agent-7", at="", beat=beat)
    (run_dir / "claims.json").write_text(json.dumps([made.model_dump(mode="json", exclude={"lapsed"})]))


async def test_a_claimed_skill_names_its_claimant_and_is_taken_back(tmp_path: Path) -> None:
    run = new_run(tmp_path, INFRA)
    run.tell(changes.phase_entered("INIT"))
    skill = run.definition.phases[0].skills[0].id
    claim(run.store.run_dir, skill, AT_WORK)

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.attention.kind is AttentionKind.ELSEWHERE
        text = body(screen)
        assert f"agent-7 works on {skill}" in text
        assert f"agent-7 on {skill}" in text
        keys = [{" ": "space", "-": "minus"}.get(letter, letter) for letter in f"release {skill}"]
        await screen.press("colon", *keys, "enter")
        await screen.until(lambda: screen.app.snapshot.attention.kind is AttentionKind.MANUAL, "the question has gone")

    await on_screen(use, tmp_path, INFRA)


async def test_the_feedback_is_shown_to_whoever_has_to_act(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    run.tell(changes.gate_rejected("infra-gate", "ada", "use the database of the team"))

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.attention.kind is not AttentionKind.GATE
        text = body(screen)
        assert "Changes requested at infra-gate" in text
        assert "use the database of the team" in text
        assert "by ada" in text

    await on_screen(use, tmp_path, INFRA)


async def test_an_approval_that_somebody_wrote_into_our_file_is_shown_as_a_request(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    document = json.loads(run.store.path.read_text())
    document["gates"]["infra-gate"] |= {"status": "approved", "approvedBy": "agent-7"}
    run.store.path.write_text(json.dumps(document))

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.attention.kind is AttentionKind.GATE
        assert "approved by agent-7, written into the file: it still waits for you" in body(screen)

    await on_screen(use, tmp_path, INFRA)


async def test_a_newer_definition_is_one_line_and_is_taken_over_after_a_yes(tmp_path: Path) -> None:
    run = new_run(tmp_path, INFRA)
    folder = tmp_path / ".loops"
    folder.mkdir()
    (folder / "infra-loop.toml").write_text(OTHER)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.snapshot.newer, "what is new")
        assert "the definition changed:" in body(screen)
        assert ":adopt-definition switches to it" in body(screen)
        await to_dialog(screen, "colon", *"adopt", "minus", *"definition", "enter")
        assert "Trust this definition file?" in dialog(screen)
        await yes(screen)
        assert "Switch this run to the current definition?" in dialog(screen)
        await yes(screen)
        await screen.until(lambda: not screen.app.snapshot.newer, "the same definition")
        await screen.idle()

    screen = await on_screen(use, tmp_path, INFRA)
    assert screen.spawned == []
    assert run.store.owner().definition is not None


def test_a_reported_check_never_looks_like_one_that_passed_here() -> None:
    told = checks_text([check("build", reported_by="agent-7"), check("test")])
    lines = [line.plain for line in told]
    assert lines[0].startswith("» reported passed build")
    assert "  reported by agent-7; did not run here" in lines
    assert sum("✓" in line for line in lines) == 1
    assert counted([check("build", reported_by="agent-7"), check("test")]) == "1 of 1 check passed, 1 reported"
    assert "reported   by agent-7" in check_page(check("build", reported_by="agent-7")).text


async def test_a_reported_check_and_a_stated_approval_are_told_as_such(tmp_path: Path) -> None:
    infra_file(
        tmp_path, written=LONG_AGO, phases=SCAFFOLDED, gates={"infra-gate": {"status": "approved", "approvedBy": "ada"}}
    )
    log: JsonValue = [
        {
            "skill": "scaffold",
            "phase": "SCAFFOLD",
            "status": "complete",
            "checks": [{"name": "build", "status": "passed"}],
        }
    ]
    infra_file(
        tmp_path,
        written=LONG_AGO,
        phases=SCAFFOLDED,
        skillsLog=log,
        gates={"infra-gate": {"status": "approved", "approvedBy": "ada"}},
    )
    store = Store(tmp_path, INFRA, definition=definition_of(tmp_path, INFRA).definition)
    adopt(store, "ben")

    async def use(screen: Screen) -> None:
        assert "Stated, not verified" in body(screen)
        rows = {row.id: row for row in rows_of(screen.app.snapshot)}
        assert rows["gate:infra-gate"].look == glyphs.STATED
        (found,) = [row for row in rows.values() if row.kind == "check"]
        assert found.look.glyph == "»"
        assert "reported by the state file" in found.name

    await on_screen(use, tmp_path, INFRA)


@pytest.mark.parametrize("read_only", [False, True])
async def test_an_answer_that_another_program_erases_stands_again_unless_the_screen_only_looks(
    tmp_path: Path, read_only: bool
) -> None:
    path = infra_file(tmp_path, phases=SCAFFOLDED)
    (tmp_path / PLAN).write_text("# Plan\n")
    before = path.read_bytes()
    store = Store(tmp_path, INFRA, definition=definition_of(tmp_path, INFRA).definition)
    RunClient(store, Started()).approve("infra-gate")
    app = LoopApp(tmp_path, INFRA, clock=Watch(), now=lambda: NOW, launcher=Started(), read_only=read_only)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = Screen(app, pilot, Watch())
        await screen.until(lambda: app.snapshot.opened, "the first look")
        path.write_bytes(before)
        if read_only:
            await screen.until(lambda: app.snapshot.attention.kind is AttentionKind.GATE, "that it waits again")
            assert path.read_bytes() == before
            return
        await screen.until(lambda: path.read_bytes() != before, "that it is written")
        await screen.until(screen.toasts, "the notice")
        assert screen.toasts()[0].endswith("it is restored")
        await screen.until(lambda: app.snapshot.attention.kind is not AttentionKind.GATE, "that it stands")


async def test_what_failed_elsewhere_offers_no_retry_of_ours(tmp_path: Path) -> None:
    infra_file(tmp_path, written=LONG_AGO, status="failed")

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.attention.kind is AttentionKind.FAILED
        assert "retry" not in body(screen)
        assert "take it over" in body(screen)

    await on_screen(use, tmp_path, INFRA)


async def test_what_is_complete_elsewhere_says_so(tmp_path: Path) -> None:
    infra_file(tmp_path, written=LONG_AGO, status="complete")

    async def use(screen: Screen) -> None:
        assert "done, elsewhere" in body(screen)

    await on_screen(use, tmp_path, INFRA)
