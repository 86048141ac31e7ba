"""Rows that come and go, and documents that others write: what is not ours stays, byte for byte (SPEC section 7)."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from loop_tui.fs.folder_lock import lock_folder
from loop_tui.model.dream.told import CompletedRun, ItemsDone, RunningLoop
from loop_tui.model.dream.tree import Tier
from loop_tui.model.problem import Problem
from loop_tui.storage.dream.checks import read_checks
from loop_tui.storage.dream.dream_state import read_dream_state
from loop_tui.storage.dream.noting import note
from loop_tui.storage.dream.proofs import FunctionProof, key_of_check, write_proofs
from loop_tui.storage.dream.running import enter, leave, running_mark
from loop_tui.storage.dream.states import DreamFiles
from tests.conftest import World

from .dream_documents import documents
from .test_dream_edits import is_one_piece

RUN = CompletedRun("3f2a1bc0", "2026-03-02", "distribution-loop", "success", "", "0.8.0")
LOOP = RunningLoop("3f2a1bc0", "engineering-loop", "INIT", "2026-03-02", "auth")
TIERS = st.sampled_from((Tier.ORGANIZATION, Tier.SYSTEM, Tier.MODULE))
TABLE = "## Active Loops\n\n| Loop | Phase | Started |\n|------|-------|---------|\n"
LIST = "## Active Loops\r\n\r\n* audit-loop, since Monday\r\n\r\n## Notes\r\n"


@given(documents() | st.sampled_from((TABLE, LIST, "\ufeff" + TABLE, TABLE.rstrip())), TIERS)
@example("## Active Loops\n- a", Tier.SYSTEM)
@example("## Active Loops\r\n- a\r\n  - b\r\n", Tier.SYSTEM)
@example("## Active Loops\n\n| Loop | `a|b` |\n|--|--|\n| x | `y|z` |", Tier.MODULE)
@example("<!--\n## Active Loops\n- a\n", Tier.SYSTEM)
def test_a_row_that_goes_leaves_what_was_there(text: str, tier: Tier) -> None:
    inside = enter(text, tier, LOOP)
    assert enter(inside, tier, LOOP) == inside
    later = enter(inside, tier, replace(LOOP, phase="SHIP"))
    assert (later != inside) <= (inside != text)
    assert leave(inside, LOOP.id) == text
    assert leave(later, LOOP.id) == text
    before, after = (read_dream_state(each, tier, "shop") for each in (text, later))
    assert len(after.loops) == len(before.loops) + (inside != text)
    assert [node.name for node in after.root.children] == [node.name for node in before.root.children]
    assert before.completions == after.completions or inside != text


@pytest.mark.parametrize("text", [TABLE, LIST, TABLE.rstrip()])
def test_a_row_says_the_phase_that_the_run_is_in(text: str) -> None:
    row = enter(text, Tier.SYSTEM, LOOP)
    assert "INIT" in row
    later = enter(row, Tier.SYSTEM, replace(LOOP, phase="SHIP"))
    assert later == row.replace("INIT", "SHIP")
    assert later.count(running_mark(LOOP.id)) == 1


def test_a_phase_in_the_last_column_keeps_its_mark() -> None:
    row = enter("## Active Loops\n| Loop | Phase |\n|--|--|\n", Tier.SYSTEM, LOOP)
    assert enter(row, Tier.SYSTEM, replace(LOOP, phase="A|B")) == row.replace("INIT", r"A\|B")


def test_without_a_table_or_list_nothing_is_added() -> None:
    for text in ("", "## Active Loops\n\nNone.\n", "## Notes\n- a\n"):
        assert enter(text, Tier.SYSTEM, LOOP) == text


# --- the status note ------------------------------------------------------------------------------------------------


@given(
    documents()
    | st.sampled_from(("## Deployments\n\n- by hand\n", "## Deployment Status", "## Deployments\n\nOn fly.\n"))
)
def test_a_note_is_one_line_that_the_next_run_writes_over(text: str) -> None:
    noted = note(text, RUN)
    assert note(noted, RUN) == noted
    later = note(noted, replace(RUN, id="77aa", date="2026-03-03", more="0.9.0"))
    if noted == text:
        assert later == text
        return
    assert "0.9.0" in later
    assert is_one_piece(text, noted)
    assert later == noted.replace("2026-03-02", "2026-03-03").replace("0.8.0", "0.9.0").replace("3f2a1bc0", "77aa")


def test_a_loop_that_deploys_nothing_leaves_no_note() -> None:
    assert note("## Deployments\n- a\n", replace(RUN, loop="engineering-loop")) == "## Deployments\n- a\n"
    infra = note("## Infrastructure\n", replace(RUN, loop="infra-loop"))
    assert infra.startswith(
        "## Infrastructure\n\n- 2026-03-02 — infra-loop — success — 0.8.0 <!-- status infra-loop -->"
    )


# --- on files -------------------------------------------------------------------------------------------------------

SYSTEM = "# System Dream State: shop\n\n## Modules\n\n### auth\n- [ ] login\n- [ ] logout\n\n## Recent Completions\n"


@pytest.fixture
def shop(world: World) -> Path:
    folder = world.root / "shop"
    (folder / ".claude").mkdir(parents=True)
    (folder / ".claude/DREAM-STATE.md").write_text(SYSTEM)
    (world.claude / "DREAM-STATE.md").write_text("# Organization Dream State: mill\n\n## Recent Completions\n")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def test_two_who_write_at_once_lose_nothing(shop: Path) -> None:
    one, other = DreamFiles(shop), DreamFiles(shop)
    (edit,) = one.completed(RUN).inside
    (late,) = other.completed(replace(RUN, id="77aa")).inside
    assert one.write(edit)
    assert not other.write(late), "it was made of an older text"
    (again,) = other.completed(replace(RUN, id="77aa")).inside
    assert other.write(again)
    text = edit.path.read_text()
    assert "<!-- run 3f2a1bc0 -->" in text
    assert "<!-- run 77aa -->" in text
    assert one.completed(RUN).inside == ()


def test_whoever_holds_the_folder_is_waited_for(shop: Path) -> None:
    states = DreamFiles(shop)
    (edit,) = states.completed(RUN).inside
    unlock = lock_folder(edit.path.parent)
    assert unlock is not None
    assert not states.write(edit)
    unlock()
    assert states.write(edit)


def test_what_a_killed_writer_left_is_removed(shop: Path) -> None:
    left = shop / ".claude/.DREAM-STATE.md.tmp"
    left.write_text("half")
    (shop / "auth/.claude").mkdir(parents=True)
    other = shop / "auth/.claude/.DREAM-STATE.md.tmp"
    other.write_text("half")
    DreamFiles(shop).settle()
    assert (left.exists(), other.exists()) == (False, True)
    DreamFiles(shop).settle([Path("auth/.claude/DREAM-STATE.md")])
    assert not other.exists()


def test_a_document_that_cannot_be_read_hides_no_other(shop: Path, world: World) -> None:
    (shop / ".claude/DREAM-STATE.md").write_bytes("# System".encode("utf-16"))
    found = DreamFiles(shop).completed(RUN)
    assert found.inside == ()
    assert [edit.path for edit in found.outside] == [world.claude / "DREAM-STATE.md"]
    assert [problem.what for problem in found.problems] == ["is UTF-16, not UTF-8"]


def test_a_link_out_of_the_project_is_not_written_through(shop: Path, tmp_path: Path) -> None:
    document = shop / ".claude/DREAM-STATE.md"
    outside = tmp_path / "outside.md"
    document.rename(outside)
    document.symlink_to(outside)
    (edit,) = DreamFiles(shop).completed(RUN).inside
    with pytest.raises(Problem):
        DreamFiles(shop).write(edit)
    assert outside.read_text() == SYSTEM


@pytest.mark.parametrize(
    ("passed", "commit", "box"),
    [
        (True, "3f2a1bc", "x"),
        (False, "3f2a1bc", " "),
        (True, "7777777", " "),
        (True, "3f2a1bc with uncommitted changes", " "),
    ],
)
def test_an_item_is_ticked_by_its_check_only_if_it_passed_on_this_commit(
    shop: Path, passed: bool, commit: str, box: str
) -> None:
    (shop / ".claude/checks.toml").write_text('[[checks]]\nmodule = "auth"\nfunction = "login"\nrun = ["true"]\n')
    file = read_checks(shop)
    assert file is not None
    write_proofs(shop, {key_of_check(file.checks[0]): FunctionProof(passed, commit)}, os.environ)
    (edit,) = DreamFiles(shop, os.environ).completed(RUN, ItemsDone(commit="3f2a1bc0000")).inside
    assert f"- [{box}] login\n- [ ] logout" in edit.after


def test_an_item_is_ticked_only_if_a_run_names_it_exactly(shop: Path) -> None:
    (edit,) = DreamFiles(shop).completed(RUN, ItemsDone(names=("login", "Logout", "log"))).inside
    assert "- [x] login\n- [ ] logout" in edit.after


def test_nothing_is_made_where_nothing_is(tmp_path: Path, world: World) -> None:
    found = DreamFiles(tmp_path)
    assert found.completed(RUN).all == found.running(LOOP).all == found.left(RUN.id).all == ()
    assert not list(tmp_path.rglob("DREAM-STATE.md"))
