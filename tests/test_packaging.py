"""The wheel holds what it needs, and works from an environment and a folder that know nothing of this checkout."""

import json
import os
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import loop_tui

from .installed import ROOT, Installed, run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


def names_below(folder: Path, prefix: str) -> set[str]:
    """The files of a folder, as they have to be named in the wheel."""
    files = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {prefix + p.relative_to(folder).as_posix() for p in files}


def test_the_wheel_holds_the_loops_the_themes_the_sample_and_the_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names_below(ROOT / "loops", "loop_tui/_data/loops/") <= names
    assert names_below(ROOT / "themes", "loop_tui/_data/themes/") <= names
    sample = names_below(
        ROOT / "loop_tui" / "packs" / "ship" / "sample" / "history", "loop_tui/packs/ship/sample/history/"
    )
    assert "loop_tui/packs/ship/sample/history/1-base/dot-gitignore" in sample
    assert sample <= names
    assert "loop_tui/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_holds_all_of_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {name for name in names_below(ROOT / "loop_tui", "loop_tui/") if not name.startswith("loop_tui/_data/")}
    assert package <= names
    strangers = {
        name for name in names if not name.startswith(("loop_tui/", f"loop_tui-{loop_tui.__version__}.dist-info/"))
    }
    assert strangers == set()
    assert not {name for name in names if name.endswith((".pyc", ".orig", ".rej"))}


def test_the_wheel_gives_the_command_and_names_no_path_of_this_machine(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = f"loop_tui-{loop_tui.__version__}.dist-info"
    assert "loop-tui = loop_tui.__main__:program" in archive.read(f"{info}/entry_points.txt").decode()
    metadata = archive.read(f"{info}/METADATA").decode()
    assert "Requires-Python: >=3.11" in metadata
    assert str(ROOT) not in metadata
    assert "Requires-Dist: pytest" not in metadata


def test_the_installed_package_is_not_this_checkout(installed: Installed) -> None:
    where = installed.python("import loop_tui; print(loop_tui.__file__)")
    assert str(ROOT / "loop_tui") not in where


def test_the_installed_package_finds_its_sample(installed: Installed, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from loop_tui.packs.ship.sample import make_sample\n"
        f"make_sample(Path({str(tmp_path / 'd')!r}), say=print)"
    )
    assert "widget 0.7.0" in installed.python(code)
    assert json.loads((tmp_path / "d" / "widget" / "package.json").read_text())["version"] == "0.7.0"


def test_the_installed_package_finds_its_loops(installed: Installed) -> None:
    code = (
        "from loop_tui.storage.definitions.catalog import catalog; from pathlib import Path; import os\n"
        "found, problems = catalog(Path.cwd(), os.environ)\n"
        "assert not problems, problems\n"
        "print(*sorted(f.definition.id for f in found if f.origin == 'builtin'))"
    )
    assert {"distribution-loop", "engineering-loop", "infra-loop"} <= set(installed.python(code).split())


def test_the_installed_command_ships_the_sample(installed: Installed, tmp_path: Path) -> None:
    command = installed.bin / "loop-tui"
    assert loop_tui.__version__ in run(command, "--version", cwd=installed.elsewhere)
    run(command, "demo", tmp_path / "demo", cwd=installed.elsewhere)
    project = tmp_path / "demo" / "widget"
    assert json.loads((project / "package.json").read_text())["version"] == "0.8.0"
    head = run("git", "rev-parse", "HEAD", cwd=project).strip()
    assert run("git", "ls-remote", "origin", "refs/heads/main", cwd=project).split()[0] == head
    assert len(list((tmp_path / "demo/home/claude/runs").glob("*/*.json"))) == 1
    assert not list(project.glob("*-state.json"))


def test_every_dependency_has_an_exact_pin_that_fits_and_none_an_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    pins = {canonicalize_name(r.name): r for r in map(Requirement, lines)}
    assert all(r.url is None and [s.operator for s in r.specifier] == ["=="] for r in pins.values())
    wanted = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    for requirement in map(Requirement, wanted):
        (pin,) = pins[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version), requirement


def test_make_without_a_python_says_so_in_one_line(tmp_path: Path) -> None:
    make, bash = shutil.which("make"), shutil.which("bash")
    assert make is not None
    assert bash is not None
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "bash").symlink_to(bash)
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    done = subprocess.run(
        [make, "run", f"VENV={tmp_path / 'venv'}", f"SHELL={bash}"],
        cwd=ROOT,
        env=os.environ | {"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode != 0
    assert len(said) == 1
    assert "Python 3.11 or newer" in said[0]
    assert not (tmp_path / "venv").exists()


TARGETS = "run test tools lint bench crash services mutants screenshots recording fmt clean"


@pytest.mark.parametrize("target", TARGETS.split())
def test_make_knows_its_targets(target: str) -> None:
    run("make", "--dry-run", "--no-print-directory", target, cwd=ROOT)


def test_what_ci_runs_is_a_script_that_parses() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    run("bash", "-n", script, cwd=ROOT)


def test_the_demo_in_a_checkout_is_ignored_and_cleaned_away() -> None:
    """What `loop-tui demo` makes without a folder of one's own."""
    done = run("make", "--dry-run", "--no-print-directory", "clean", cwd=ROOT)
    assert "loop-tui-demo" in done.split()
    assert "/loop-tui-demo/" in (ROOT / ".gitignore").read_text().splitlines()
