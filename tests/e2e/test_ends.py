"""Ends that are not ours: a reader that goes away, a disk or a home that says no. One line, and a run that goes on."""

import errno
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loop_tui import __main__ as program
from tests.conftest import World
from tests.projects import DEADLINE_S, Project, shipped

pytestmark = pytest.mark.usefixtures("quick_npm")

Output = Callable[[], int]


def gone() -> int:
    """A pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def full() -> int:
    """A disk that is full."""
    return os.open("/dev/full", os.O_WRONLY)


def printed_to(project: Project, output: Output, *argv: str) -> tuple[int, str]:
    """Run a command whose output goes there; gives the exit code and what it said on standard error."""
    descriptor = output()
    try:
        done = subprocess.run(
            project.argv(*argv),
            cwd=project.folder,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.PIPE,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
    finally:
        os.close(descriptor)
    return done.returncode, done.stderr


def no_crash(project: Project) -> None:
    assert not list(project.world.root.rglob("crashes/*"))


# --- a reader that goes away ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("output", "words"), [(full, ()), (gone, ("--json",))])
def test_a_run_that_nobody_reads_stops_and_goes_on(feature: Project, output: Output, words: tuple[str, ...]) -> None:
    code, said = printed_to(feature, output, "run", "--yes", *words)
    assert code == 130
    (line,) = said.splitlines()
    assert "so the run was stopped" in line
    assert "`loop-tui run --resume` continues" in line
    no_crash(feature)
    feature.here("run", "--resume", "--yes")
    shipped(feature)


def test_the_first_line_is_enough_for_some(feature: Project) -> None:
    """As `loop-tui run --yes | head -1`: what was begun is taken up again, once."""
    with subprocess.Popen(
        feature.argv("run", "--yes"),
        cwd=feature.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        while "Preflight" not in run.stdout.readline():
            pass
        run.stdout.close()
        said = run.stderr.read()
    assert run.returncode == 130
    assert len(said.splitlines()) == 1
    feature.here("run", "--resume", "--yes")
    shipped(feature)


LOOKS = (("status",), ("doctor", "--json"), ("targets",), ("run", "--help"))


@pytest.mark.parametrize("words", LOOKS)
def test_a_command_whose_reader_is_gone_says_nothing(feature: Project, words: tuple[str, ...]) -> None:
    code, said = printed_to(feature, gone, *words)
    assert (code in (0, 1), said) == (True, "")
    no_crash(feature)


@pytest.mark.parametrize("words", LOOKS)
def test_a_command_that_cannot_be_read_is_no_success(feature: Project, words: tuple[str, ...]) -> None:
    code, said = printed_to(feature, full, *words)
    assert code == 2
    assert len(said.splitlines()) == 1
    assert "No space left" in said or "disk is full" in said
    no_crash(feature)


# --- a home that says no ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["", "runs", "runs/{month}"])
def test_an_archive_that_cannot_be_written_is_known_before_anything_is_done(feature: Project, place: str) -> None:
    month = datetime.now(UTC).strftime("%Y-%m")
    path = feature.world.claude / place.format(month=month)
    if path.exists():
        path.rmdir()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("in the way\n")
    before = feature.git("rev-parse", "HEAD"), feature.git("ls-remote", "origin")
    said = feature.here("run", "--yes", code=2)
    assert f"the run could not be archived: it is not a folder: {path}" in said
    assert "LOOP_TUI_HOME" in said
    assert (feature.git("rev-parse", "HEAD"), feature.git("ls-remote", "origin")) == before
    assert not feature.state_file.exists()
    no_crash(feature)
    path.unlink()
    if place == "runs":
        feature.here("run", "--yes")
        shipped(feature)


@pytest.mark.parametrize("linked", [False, True])
def test_slash_commands_that_cannot_be_written_are_known_before_the_push(feature: Project, linked: bool) -> None:
    (feature.folder / "commands").mkdir()
    (feature.folder / "commands/ship-loop.md").write_text("ship\n")
    feature.commit("feat: a command")
    before = feature.git("rev-parse", "HEAD")
    place = feature.world.claude / "commands"
    if linked:
        place.symlink_to(feature.world.root / "nowhere")
    else:
        place.write_text("in the way\n")
    said = feature.here("run", "--yes", code=1)
    assert f"slash commands cannot be synchronised: {place}: it is not a folder" in said
    assert "--skip-target commands-sync --reason" in said
    assert "fail  commands" in feature.here("doctor", "--ship", code=1)
    assert feature.git("ls-remote", "origin", "main").split()[0] != before
    feature.here("run", "--resume", "--yes", "--skip-target", "commands-sync", "--reason", "no home here")
    assert feature.git("ls-remote", "origin", "main").split()[0] == feature.git("rev-parse", "HEAD")


# --- an error of the system, wherever it comes from -------------------------------------------------------------------

_ERRORS = ["ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "EROFS", "ENOSPC", "EACCES", "EIO", "ESTALE", "ENXIO", "EINVAL"]


@pytest.mark.parametrize("name", _ERRORS)
def test_any_error_of_the_system_is_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = getattr(errno, name)

    def refuses(argv: object) -> int:
        raise OSError(number, os.strerror(number), "/somewhere/file")

    monkeypatch.setattr("loop_tui.cli.entry.run", refuses)
    assert program.main(["status", "--json"]) == 2
    told = capsys.readouterr()
    assert len(told.err.splitlines()) == 1
    assert "/somewhere/file" in told.err
    assert '"code": "bug"' not in told.out


def test_a_defect_without_a_home_names_no_file_that_is_not_there(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(argv: object) -> int:
        raise ValueError("a defect")

    monkeypatch.setattr("loop_tui.cli.entry.run", fails)
    blocked = world.root / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    assert program.main(["status"]) == 70
    told = capsys.readouterr().err.strip()
    assert Path(told.rpartition(" ")[2]).is_file(), "it lies among the temporary files"
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    assert program.main(["status"]) == 70
    assert capsys.readouterr().err.startswith("loop-tui failed (ValueError in test_ends.py:")


# --- the run's own files --------------------------------------------------------------------------------------------


CLEAN = "git clean -qfdx -e node_modules"


@pytest.mark.parametrize("where", ["build", "post-commit", "pre-push"])
@pytest.mark.sampled(3)
def test_somebody_cleans_the_project_while_it_is_shipped(feature: Project, where: str) -> None:
    """What is lost and what to do is said; the next run ships what is left, once."""
    before = feature.remote_sha()
    hook = feature.folder / ".git/hooks" / where
    if where == "build":
        feature.scripts(build=CLEAN)
        feature.git("commit", "-qam", "chore: a build that cleans")
    else:
        hook.write_text(f"#!/bin/sh\n{CLEAN}\n")
        hook.chmod(0o755)
    said = feature.here("run", "--yes", code=2)
    last = said.splitlines()[-1]
    assert "the files of this run were removed while it was running: distribution-state.json and .loop/" in last
    assert "`loop-tui run` starts a new run" in last
    if where != "pre-push":  # There the push may be over before anybody sees what its hook did.
        assert feature.remote_sha() == before
    if where == "build":
        feature.git("checkout", "-q", "package.json")
        feature.git("revert", "--no-edit", "HEAD")
    else:
        hook.unlink()
    feature.here("run", "--yes")
    shipped(feature)
