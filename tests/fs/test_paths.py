"""Where things lie."""

from pathlib import Path

import pytest

from loop_tui.fs.paths import (
    claude_home,
    config_dir,
    data_dir,
    ensure_run_folder,
    find_state_files,
    project_state_path,
    run_folder,
)
from loop_tui.model.problem import Problem


@pytest.mark.parametrize(
    ("loop", "name"),
    [
        ("distribution-loop", "distribution-state.json"),
        ("infra-loop", "infra-state.json"),
        ("infrastructure-loop", "infra-state.json"),
        ("loop-composer", "meta-state.json"),
        ("engineering-loop", "loop-state.json"),
        ("audit", "audit-state.json"),
    ],
)
def test_the_name_of_a_state_file(loop: str, name: str) -> None:
    assert project_state_path(Path("/p"), loop) == Path("/p") / name


def test_a_run_folder_goes_by_the_canonical_id_of_its_loop() -> None:
    assert run_folder(Path("/p"), "infrastructure-loop") == Path("/p/.loop/infra-loop")


@pytest.mark.parametrize("loop", ["", "..", "../x", "a/b", "/etc", ".hidden", "a\nb", "a\x00b"])
def test_an_id_never_leads_out_of_the_project(loop: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be the id of a loop"):
        project_state_path(tmp_path, loop)
    with pytest.raises(Problem):
        ensure_run_folder(tmp_path, loop)


def test_the_run_folder_hides_itself_from_git(tmp_path: Path) -> None:
    folder = ensure_run_folder(tmp_path, "distribution-loop")
    assert folder.is_dir()
    assert (tmp_path / ".loop" / ".gitignore").read_text() == "*\n"
    assert ensure_run_folder(tmp_path, "distribution-loop") == folder


def test_a_run_folder_is_never_made_in_a_project_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such folder"):
        ensure_run_folder(tmp_path / "gone", "distribution-loop")
    assert not (tmp_path / "gone").exists()


def test_a_file_in_the_way_of_the_run_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".loop").write_text("not a folder")
    with pytest.raises(Problem, match="is a file where a run folder is expected"):
        ensure_run_folder(tmp_path, "distribution-loop")


def test_state_files_are_found_by_name_and_only_in_the_project_itself(tmp_path: Path) -> None:
    for name in ("b-state.json", "a-state.json", "state.json", "package.json", ".c-state.json", "state.json.bak"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "d-state.json").write_text("{}")
    (tmp_path / "folder-state.json").mkdir()
    assert [p.name for p in find_state_files(tmp_path)] == ["a-state.json", "b-state.json", "state.json"]
    assert find_state_files(tmp_path / "gone") == []


def test_homes_follow_the_environment(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    assert claude_home(env) == tmp_path / ".claude"
    assert claude_home(env | {"LOOP_TUI_HOME": "/elsewhere"}) == Path("/elsewhere")
    assert claude_home(env | {"LOOP_TUI_HOME": "~/moved"}) == tmp_path / "moved"
    assert config_dir({"XDG_CONFIG_HOME": "/c"}) == Path("/c/loop-tui")
    assert data_dir({"XDG_STATE_HOME": "/s"}) == Path("/s/loop-tui")


def test_without_xdg_the_platform_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config_dir().is_relative_to(tmp_path)
    assert data_dir().is_relative_to(tmp_path)
    assert config_dir() != data_dir()


@pytest.mark.parametrize("lost", [b"", b"\0\0"], ids=["empty", "zeros"])
def test_a_run_folder_that_a_power_cut_uncovered_hides_itself_again(tmp_path: Path, lost: bytes) -> None:
    ensure_run_folder(tmp_path, "infra-loop")
    ignore = tmp_path / ".loop" / ".gitignore"
    ignore.write_bytes(lost)
    ensure_run_folder(tmp_path, "infra-loop")
    assert ignore.read_text() == "*\n"
    ignore.write_text("# mine\n")
    ensure_run_folder(tmp_path, "infra-loop")
    assert ignore.read_text() == "# mine\n", "what a person wrote there stays"
