"""The checklist that a run is archived with: what counts of its module or system (SPEC section 7)."""

import os
import subprocess
from pathlib import Path

import pytest

from loop_tui.model.dream.told import ChecklistItem
from loop_tui.storage.dream.checks import read_checks
from loop_tui.storage.dream.proofs import FunctionProof, key_of_check, write_proofs
from loop_tui.storage.dream.states import DreamFiles
from tests.conftest import World

SYSTEM = """\
# System Dream State: shop

## Modules
| Module | Path | Status | Functions |
|--------|------|--------|-----------|
| auth | src/auth/ | in-progress | 1/2 |
| cart | | complete | 3/3 |
| later | | deferred | |

### auth
- [x] login
- [ ] logout
  - [x] a part of it
- [-] single sign-on
"""


@pytest.fixture
def shop(world: World) -> Path:
    folder = world.root / "shop"
    (folder / ".claude").mkdir(parents=True)
    (folder / ".claude/DREAM-STATE.md").write_text(SYSTEM)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def said(folder: Path, module: str = "") -> list[tuple[str, bool]]:
    return [(each.name, each.is_done) for each in DreamFiles(folder, os.environ).checklist(module)]


def test_it_has_what_counts_and_a_module_of_which_nothing_is_listed(shop: Path) -> None:
    assert said(shop) == [("login", True), ("logout", False), ("cart", True)]


@pytest.mark.parametrize("name", ["auth", "Auth", "src/auth"])
def test_of_a_module_it_has_the_functions(shop: Path, name: str) -> None:
    assert said(shop, name) == [("login", True), ("logout", False)]


def test_what_is_unknown_or_deferred_has_none(shop: Path) -> None:
    assert said(shop, "nothing") == said(shop, "later") == []


def test_what_the_organization_asks_of_the_system_is_asked(shop: Path, world: World) -> None:
    text = "# Organization Dream State: mill\n\n## Master Checklist\n### shop\n- [ ] Login\n- [ ] open on Sundays\n"
    (world.claude / "DREAM-STATE.md").write_text(text)
    assert said(shop)[-1] == ("open on Sundays", False)
    assert len(said(shop)) == 4


def test_a_function_whose_check_failed_is_not_done(shop: Path) -> None:
    (shop / ".claude/checks.toml").write_text('[[checks]]\nmodule = "auth"\nfunction = "login"\nrun = ["true"]\n')
    file = read_checks(shop)
    assert file is not None
    write_proofs(shop, {key_of_check(file.checks[0]): FunctionProof(False, "3f2a1bc")}, os.environ)
    assert said(shop, "auth") == [("login", False), ("logout", False)]


def test_without_documents_there_is_none(tmp_path: Path, world: World) -> None:
    assert DreamFiles(tmp_path).checklist("") == ()
    assert ChecklistItem("login", True) not in DreamFiles(tmp_path).checklist("auth")
