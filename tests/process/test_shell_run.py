"""`run`: what a program gets, what comes out of it, and how its end is told."""

import asyncio
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.process import shell
from loop_tui.process.shell import run

from .programs import Seen, hold, python, until

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


async def test_arguments_are_never_read_by_a_shell(tmp_path: Path) -> None:
    odd = ["$(touch pwned)", "`id`", "; exit 9", "a  b", "", "*", "--x=y", "'\"", "-", "é🎉", "new\nline"]
    result = await run(python("import sys; print(ascii(sys.argv[1:]))", *odd), cwd=tmp_path)
    assert result.text == ascii(odd)
    assert list(tmp_path.glob("pwned")) == []


async def test_it_works_in_the_given_folder(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    result = await run(["sh", "-c", "pwd -P; echo $PWD"], cwd=folder)
    assert result.tail == (str(folder.resolve()), str(folder))


async def test_a_program_of_the_project_is_found_from_its_folder(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "hello"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    assert (await run(["./bin/hello"], cwd=tmp_path)).text == "hello"


async def test_there_is_nothing_to_read_and_no_terminal(tmp_path: Path) -> None:
    source = """
import os, sys
print(repr(sys.stdin.read()))
print([os.isatty(n) for n in (0, 1, 2)])
try:
    os.open('/dev/tty', os.O_RDWR)
except OSError:
    print('no terminal')
print(os.getsid(0) == os.getpgrp() == os.getpid())
"""
    result = await run(python(source), cwd=tmp_path)
    assert result.tail == ("''", "[False, False, False]", "no terminal", "True")


async def test_a_program_that_asks_gets_no_answer_and_ends(tmp_path: Path) -> None:
    result = await run(python("input('Proceed? ')"), cwd=tmp_path)
    assert result.exit_code == 1
    assert "EOFError" in result.text
    result = await run(["sh", "-c", 'printf "Name: "; read name || exit 7'], cwd=tmp_path)
    assert (result.exit_code, result.text) == (7, "Name: ")


# The C library keeps two signals for its threads: no program can set them, and who started us may have left them.
OURS_TO_SET = sum(1 << (number - 1) for number in signal.valid_signals())


@on_linux
async def test_it_inherits_no_files_and_no_ignored_signals(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        result = await run(
            ["sh", "-c", "ls -1 /proc/$$/fd; exec grep -E 'Sig(Ign|Blk)' /proc/self/status"], cwd=tmp_path
        )
    finally:
        signal.signal(signal.SIGINT, before)
        os.close(reader)
        os.close(writer)
    assert result.tail[:3] == ("0", "1", "2")
    masks = dict(text.split() for text in result.tail[3:])
    assert [name for name, mask in masks.items() if int(mask, 16) & OURS_TO_SET] == []
    assert set(masks) == {"SigBlk:", "SigIgn:"}


async def test_its_environment_is_clean_with_extras_on_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("npm_config_registry", "http://elsewhere")
    script = 'echo "$CI|$GIT_DIR|$npm_config_registry|$HOME|$EXTRA|$NO_COLOR"'
    result = await run(["sh", "-c", script], cwd=tmp_path, env={"EXTRA": "more", "NO_COLOR": "0"})
    assert result.text == f"1|||{os.environ['HOME']}|more|0"


async def test_stdout_and_stderr_come_in_the_order_of_printing(tmp_path: Path) -> None:
    source = "import os\nfor i in range(2000): os.write(1 + i % 2, b'%d\\n' % i)"
    seen = Seen()
    await run(python(source), cwd=tmp_path, on_lines=seen)
    assert seen.texts == [str(i) for i in range(2000)]


async def test_a_million_lines_come_whole_in_order_and_in_batches(tmp_path: Path) -> None:
    seen = Seen()
    result = await run(["seq", "1000000"], cwd=tmp_path, on_lines=seen, max_lines=2_000_000)
    assert seen.texts == [str(i) for i in range(1, 1_000_001)]
    assert seen.batches < 10_000
    assert (result.line_count, result.dropped, result.tail[-1]) == (1_000_000, 0, "1000000")


async def test_lines_come_while_it_still_runs(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    seen = Seen()
    running = asyncio.create_task(run(["sh", "-c", f"echo one; {hold(gate)}; echo two"], cwd=tmp_path, on_lines=seen))
    assert await seen.count(1) == ["one"]
    assert not running.done()
    gate.touch()
    assert (await running).tail == ("one", "two")


async def test_the_cap_keeps_the_tail(tmp_path: Path) -> None:
    seen = Seen()
    result = await run(["seq", "5000"], cwd=tmp_path, on_lines=seen, max_lines=1000)
    assert seen.texts[:1000] == [str(i) for i in range(1, 1001)]
    assert seen.texts[1000:] == ["[… 3,800 lines omitted …]", *[str(i) for i in range(4801, 5001)]]
    assert (result.line_count, result.dropped, result.tail[-1]) == (5000, 3800, "5000")


async def test_a_line_of_100_mb_is_cut(tmp_path: Path) -> None:
    result = await run(["sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo end"], cwd=tmp_path)
    assert result.line_count == 2
    assert len(result.tail[0]) < 70_000
    assert result.tail[0].endswith(f"[{100_000_000 - 65_536:,} bytes more]")
    assert result.tail[1] == "end"


async def test_split_utf8_progress_and_control_sequences_of_a_real_program(tmp_path: Path) -> None:
    source = r"""
import os
for byte in 'grün 🎉\n'.encode(): os.write(1, bytes([byte]))
os.write(1, b'10%\r'); os.write(2, b'50%\r'); os.write(1, b'100%\n')
os.write(1, b'\x1b]52;c;eA==\x07\x1b[31mred\x1b[0m \xff [/red]\n')
"""
    result = await run(python(source), cwd=tmp_path)
    assert result.tail == ("grün 🎉", "100%", "red \ufffd [/red]")


async def test_secrets_are_masked_also_those_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "from-our-environment")
    seen = Seen()
    result = await run(
        ["sh", "-c", "echo $DEPLOY_TOKEN $MY_SECRET given-by-name"],
        cwd=tmp_path,
        env={"MY_SECRET": "from-the-extra"},
        secrets=["given-by-name"],
        on_lines=seen,
    )
    assert result.text == "[masked] [masked] [masked]"
    assert seen.texts == ["[masked] [masked] [masked]"]


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("kill -9 $$", -9), ("kill -15 $$", -15)]
)
async def test_the_exit_code_and_death_by_a_signal_are_told(tmp_path: Path, script: str, code: int) -> None:
    result = await run(["sh", "-c", f"echo x; {script}"], cwd=tmp_path)
    assert (result.exit_code, result.ok, result.text) == (code, code == 0, "x")
    assert not result.timed_out
    assert not result.cancelled


async def test_its_duration_is_told(tmp_path: Path) -> None:
    before = time.monotonic()
    result = await run(python("import time; time.sleep(0.3)"), cwd=tmp_path)
    assert 300 <= result.duration_ms <= (time.monotonic() - before) * 1000 + 1


async def test_the_command_is_shown_as_one_would_type_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "very-secret")
    result = await run(["echo", "a b", "very-secret", "\x1b[31m"], cwd=tmp_path)
    assert result.command == "echo 'a b' '[masked]' ''"
    assert result.argv == ("echo", "a b", "very-secret", "\x1b[31m")


@pytest.mark.parametrize("name", ["git", "gh", "npm", "node"])
async def test_a_missing_program_says_how_to_get_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=f"{name} is not installed") as caught:
        await run([name, "--version"], cwd=tmp_path)
    assert "install" in caught.value.todo


async def test_what_cannot_be_started_is_a_problem(tmp_path: Path) -> None:
    def program(name: str, content: bytes, mode: int) -> list[str]:
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(mode)
        return [str(path)]

    cases: list[tuple[list[str], Path, str]] = [
        (program("plain", b"#!/bin/sh\n", 0o644), tmp_path, "not executable"),
        (program("binary", b"\x00\x01\x02", 0o755), tmp_path, "could not be started"),
        (program("lost", b"#!/nowhere/interpreter\n", 0o755), tmp_path, "could not be started"),
        (["./missing"], tmp_path, "no such program"),
        (["echo", "a\0b"], tmp_path, "NUL"),
        (["echo"], tmp_path / "nowhere", "does not exist"),
        (["echo"], tmp_path / "plain", "is not a folder"),
        ([], tmp_path, "no program"),
    ]
    for argv, cwd, message in cases:
        for start in (shell.run, shell.capture):
            with pytest.raises(Problem, match=message):
                await start(argv, cwd=cwd)


async def test_silence_is_told_once_until_something_is_printed(tmp_path: Path) -> None:
    gates = [tmp_path / "first", tmp_path / "second"]
    told: list[float] = []
    seen = Seen()
    loop = asyncio.get_running_loop()

    def stalled(silent_s: float) -> None:
        told.append(silent_s)
        # Four more silences long it stays silent: that must not be told again.
        loop.call_later(0.8, gates[len(told) - 1].touch)

    script = f"printf 'Proceed? '; {hold(gates[0])}; echo; echo one; {hold(gates[1])}; echo two"
    result = await run(["sh", "-c", script], cwd=tmp_path, stall_s=0.2, on_stall=stalled, on_lines=seen)
    assert len(told) == 2
    assert min(told) >= 0.2
    assert seen.texts == ["Proceed? ", "", "one", "two"]
    assert result.ok


@pytest.mark.long
async def test_many_short_calls_never_stall_for_a_second(tmp_path: Path) -> None:
    durations = [(await run(["echo", "x"], cwd=tmp_path)).duration_ms for _ in range(60)]
    # A second here and there is what `await` of sh costs in one of ten calls; a busy machine may cost one once.
    assert sum(ms >= 900 for ms in durations) <= 1


async def test_programs_that_run_long_do_not_hold_up_others(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    seen = Seen()
    long = [
        asyncio.create_task(run(["sh", "-c", f"echo on; {hold(gate)}"], cwd=tmp_path, on_lines=seen)) for _ in range(20)
    ]
    await seen.count(20)
    assert (await run(["echo", "short"], cwd=tmp_path, timeout_s=60)).text == "short"
    gate.touch()
    assert all([(await task).ok for task in long])


@on_linux
async def test_nothing_is_left_open(tmp_path: Path) -> None:
    async def all_kinds() -> None:
        await run(["echo", "x"], cwd=tmp_path)
        await run(["sleep", "60"], cwd=tmp_path, timeout_s=0.01)
        await shell.capture(["cat"], cwd=tmp_path, input=b"x")
        for start in (shell.run, shell.capture):
            with pytest.raises(Problem):
                await start(["./missing"], cwd=tmp_path)

    def left() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), len(threading.enumerate())

    await all_kinds()
    before = left()
    for _ in range(5):
        await all_kinds()
    await until(lambda: left()[1] <= before[1])
    assert left()[0] <= before[0]


async def test_lines_are_lines(tmp_path: Path) -> None:
    batches: list[list[str]] = []
    await run(["sh", "-c", "echo out; echo err >&2"], cwd=tmp_path, on_lines=lambda lines: batches.append(list(lines)))
    assert [line for batch in batches for line in batch] == ["out", "err"]
