"""Starting a driver that outlives us."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from loop_tui.fs.paths import DRIVER_LOG, run_folder
from loop_tui.model.problem import Problem
from loop_tui.process import launch
from loop_tui.process.launch import driver_argv, read_plan, spawn_driver
from loop_tui.storage.state.leases import process_started

PATIENCE_S = 60.0


def wait_for(path: Path) -> str:
    """The text of a file, once a whole line is there."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return text
        time.sleep(0.01)
    raise AssertionError(f"{path} never came")


def wait_gone(pid: int) -> None:
    """Wait until there is no process of that id, not even a zombie."""
    deadline = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists() if Path("/proc/self").exists() else process_started(pid) is not None:
        assert time.monotonic() < deadline, f"{pid} never went"
        time.sleep(0.01)


def instead(monkeypatch: pytest.MonkeyPatch, script: str, *arguments: object) -> None:
    """Let this script be the driver."""
    argv = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]

    def fake(project: Path, loop: str, *, options: Sequence[str] = ()) -> list[str]:
        return [*argv, *options]

    monkeypatch.setattr(launch, "driver_argv", fake)


def test_the_command_line(tmp_path: Path) -> None:
    assert driver_argv(tmp_path, "distribution-loop", options=["--approve", "g"]) == [
        sys.executable,
        "-P",
        "-m",
        "loop_tui",
        "drive",
        "distribution-loop",
        "--project",
        str(tmp_path),
        "--approve",
        "g",
    ]


def test_modules_in_the_project_are_never_imported(tmp_path: Path) -> None:
    (tmp_path / "loop_tui.py").write_text("raise SystemExit('imported from the project')\n")
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the project')\n")
    done = subprocess.run(driver_argv(tmp_path, "x"), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "imported from the project" not in done.stdout + done.stderr


@pytest.mark.parametrize("named", ["", ":", ".", ":{here}", "{here}:", "lib:{here}"])
async def test_modules_in_the_project_are_no_modules_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """An empty entry of PYTHONPATH is the folder that Python starts in; many a profile leaves one."""
    here, project = tmp_path / "here", tmp_path / "project"
    for place in (here / "lib", project / "lib"):
        place.mkdir(parents=True)
    for place in (project, project / "lib"):
        (place / "sitecustomize.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w').close()\n")
    monkeypatch.chdir(here)
    monkeypatch.setenv("PYTHONPATH", named.format(here=here))
    with pytest.raises(Problem):
        await read_plan(project, "no-such-loop")
    wait_gone(spawn_driver(project, "no-such-loop"))
    assert not (tmp_path / "mark").exists()


def test_a_driver_is_detached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    secret = tmp_path / "open"
    secret.write_text("")
    instead(
        monkeypatch,
        """
        import os, sys
        from pathlib import Path
        print("to the log", flush=True)
        print("errors too", file=sys.stderr, flush=True)
        fds = sorted(os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if int(n) > 2 and
                     os.path.exists(f"/proc/self/fd/{n}")) if os.path.exists("/proc/self/fd") else []
        facts = [os.getsid(0) == os.getpid(), sys.stdin.read() == "", os.getcwd(), fds, sys.argv[2:]]
        Path(sys.argv[1]).write_text(repr(facts) + "\\n")
        """,
        out,
    )
    with secret.open() as file:
        os.set_inheritable(file.fileno(), True)
        pid = spawn_driver(tmp_path, "distribution-loop", options=["--x"])
        facts = eval(wait_for(out))
    assert facts == [True, True, str(tmp_path), [], ["--x"]]
    wait_gone(pid)
    log = run_folder(tmp_path, "distribution-loop") / DRIVER_LOG
    assert log.read_text() == "to the log\nerrors too\n"


def test_a_driver_that_ends_is_no_zombie_and_the_log_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "print('ended')")
    for _ in range(3):
        wait_gone(spawn_driver(tmp_path, "distribution-loop"))
    assert (run_folder(tmp_path, "distribution-loop") / DRIVER_LOG).read_text() == "ended\n" * 3


def test_a_driver_outlives_the_terminal_that_started_it(tmp_path: Path) -> None:
    """The starter leads a session on a terminal of its own, which is then closed: its whole group is hung up."""
    starter = textwrap.dedent("""
        import sys
        from pathlib import Path
        from loop_tui.process import launch
        driver = '''
        import sys, time
        from pathlib import Path
        folder = Path(sys.argv[1])
        (folder / "began").write_text(chr(10))
        while not (folder / "closed").exists():
            time.sleep(0.01)
        (folder / "alive").write_text(chr(10))
        '''
        launch.driver_argv = lambda *_, **__: [sys.executable, "-c", driver, sys.argv[1]]
        print("pid", launch.spawn_driver(Path(sys.argv[1]), "distribution-loop"), flush=True)
        sys.stdin.read()
    """)
    shell, terminal = os.forkpty()
    if shell == 0:
        os.execv(sys.executable, [sys.executable, "-c", starter, str(tmp_path)])
    said = b""
    while b"\n" not in said:
        said += os.read(terminal, 1000)
    wait_for(tmp_path / "began")
    os.close(terminal)
    os.waitpid(shell, 0)
    (tmp_path / "closed").write_text("")
    wait_for(tmp_path / "alive")
    wait_gone(int(said.split()[1]))


def test_a_starter_that_is_killed_with_its_group_leaves_the_driver(tmp_path: Path) -> None:
    starter = textwrap.dedent("""
        import sys
        from pathlib import Path
        from loop_tui.process import launch
        launch.driver_argv = lambda *_, **__: ["sleep", "600"]
        print(launch.spawn_driver(Path(sys.argv[1]), "distribution-loop"), flush=True)
        sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    try:
        assert process_started(pid) is not None
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_driver_that_cannot_be_started_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "driver_argv", lambda *_, **__: [str(tmp_path / "no-such-program")])
    with pytest.raises(Problem, match="cannot be started"):
        spawn_driver(tmp_path, "distribution-loop")
    with pytest.raises(Problem, match="no such folder"):
        spawn_driver(tmp_path / "gone", "distribution-loop")


def test_a_log_that_cannot_be_written_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(Problem, match="read-only"):
        spawn_driver(tmp_path, "distribution-loop")
