"""What a check found is listed where a person decides: from the run's own record, folded, and safe to look at."""

from pathlib import Path

import pytest

from loop_tui.engine import changes
from loop_tui.model.status import CheckStatus
from loop_tui.tui.viewer.screen import ViewerScreen

from .runs import NARROW, WIDE, Run, Screen, check, new_run, on_screen, through_init
from .scenes import INTEGRITY, did, packed, public, public_secret, published

HOSTILE = "! \x1b[2J\x1b]0;title\x07dist/[bold]x[/]\u202e.js looks like a secret: its name"


def found(project: Path, *lines: str, shows: str = "public files") -> Run:
    """A check left these lines, and the phase goes on."""
    run = new_run(project)
    through_init(run)
    did(run, "VERIFY", "code-verification", (check("package", excerpt="\n".join(lines), shows=shows),))
    return run


async def test_a_question_stands_before_the_files_and_the_rest_is_folded(tmp_path: Path) -> None:
    public(tmp_path)

    async def use(screen: Screen) -> None:
        shown = screen.text()
        for part in ("Commit 2 files", "Public files", "1 new file, 1 gone", "tree 99f00ba", "+ dist/turning.js"):
            assert part in shown, part
        assert shown.index("Commit 2 files") < shown.index("Public files")
        assert "… 10 more: open package in the phase" in shown

    await on_screen(use, tmp_path, size=WIDE)


async def test_at_a_failed_gate_the_keys_come_first_and_e_shows_all(tmp_path: Path) -> None:
    public_secret(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        shown = screen.text()
        assert shown.index("a  approve") < shown.index("! config/prod.env looks like a secret") < len(shown)
        await screen.press("e")
        assert isinstance(screen.app.screen, ViewerScreen)
        await screen.press("enter")
        await screen.until(lambda: "Check package" in screen.text(), "its page")
        await screen.press("G")
        assert "dist/gauge-21.js" in screen.text()

    await on_screen(use, tmp_path, size=NARROW)


async def test_only_what_the_newest_check_of_a_name_found_is_listed(tmp_path: Path) -> None:
    run = packed(tmp_path)
    run.tell(changes.gate_failed("readiness-gate", "no", "no", run.state.skill_log[-1].checks))
    run.tell(changes.phase_retried("VERIFY", "ada"))
    did(run, "VERIFY", "code-verification", (check("package", CheckStatus.FAILED, summary="npm pack failed"),))

    async def use(screen: Screen) -> None:
        assert "Public files" not in screen.text()

    await on_screen(use, tmp_path, size=WIDE)


@pytest.mark.parametrize(("shows", "there"), [("public files", True), ("", False)])
async def test_names_from_outside_are_only_text(tmp_path: Path, shows: str, there: bool) -> None:
    found(tmp_path, HOSTILE, "  a\tb", "", "  c" * 500, shows=shows)

    async def use(screen: Screen) -> None:
        shown, sent = screen.text(), screen.raw()
        assert ("! dist/[bold]x[/].js looks" in shown) is there
        assert "title" not in shown
        assert "\x1b[2J" not in sent
        assert "\u202e" not in sent

    await on_screen(use, tmp_path, size=WIDE)


async def test_the_proof_is_shown_once_all_is_over(tmp_path: Path) -> None:
    published(tmp_path)

    async def use(screen: Screen) -> None:
        (tmp_path / "distribution-state.json").unlink()
        await screen.until(lambda: "is done" in screen.text(), "the summary")
        shown = "".join(line[line.rfind("││") + 2 : -1].strip() for line in screen.text().splitlines())
        assert "✓ confirmed  npm registry" in shown
        assert f"integrity:{INTEGRITY}" in shown.replace(" ", "")
        await screen.press("3", "e")
        assert isinstance(screen.app.screen, ViewerScreen)

    await on_screen(use, tmp_path, size=WIDE)
