"""Runs: how soon the first skill speaks, and what a whole headless run costs over a shell script that does the same."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Budget, NotAvailable, Row, Setting, medians, ms_of
from loop_tui.packs.ship.sample import SampleProject
from tests.own_sample import own_sample

RUN = (sys.executable, "-m", "loop_tui", "run", "distribution-loop", "--yes")
_FIRST_SKILL = "release-planner"
_LONGEST_S = 60.0
_ALLOWED_RATIO = 1.10
_ALLOWED_START_MS = 150.0

# What the distribution loop does to the sample, command by command, without anything that loop-tui adds.
_SCRIPT = """
set -euo pipefail
quietly() { "$@" >/dev/null 2>&1 </dev/null; }
export CI=1
quietly git fetch origin
quietly git log --format=%H%x00%B v0.7.0..HEAD
quietly git push --dry-run origin HEAD:refs/heads/main
quietly npm version 0.8.0 --no-git-tag-version --ignore-scripts --allow-same-version --workspaces-update=false
VERIFY
quietly git add -- package.json package-lock.json
quietly git commit -m "chore(release): 0.8.0"
quietly git fetch origin
quietly git push origin HEAD:refs/heads/main
[ "$(git ls-remote origin refs/heads/main | cut -f1)" = "$(git rev-parse HEAD)" ]
quietly git tag -a -m "v0.8.0" v0.8.0
quietly git push origin refs/tags/v0.8.0
[ "$(git ls-remote origin 'refs/tags/v0.8.0^{}' | cut -f1)" = "$(git rev-parse HEAD)" ]
set -m
PORT=$FREE_PORT HOST=127.0.0.1 npm start >/dev/null 2>&1 </dev/null &
server=$!
until { exec 3<>/dev/tcp/127.0.0.1/$FREE_PORT; } 2>/dev/null; do sleep 0.01; done
printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3
grep -q '"version":"0.8.0"' <&3
kill -TERM -- -$server
wait $server 2>/dev/null || true
mkdir -p "$OUT"
quietly npm pack --pack-destination "$OUT"
sha256sum "$OUT"/*.tgz > "$OUT/checksums.txt"
cp commands/*-loop.md "$OUT"
"""
_SEQUENTIAL = "quietly npm run build; quietly npm test; quietly npm run lint"
_PARALLEL = "quietly npm run lint & lint=$!; quietly npm run build; quietly npm test; wait $lint"


def first_line(where: Setting) -> Iterator[Row]:
    """From exec of the run to the first line of its first skill; PERF has no budget for it."""
    ours, bare = medians(
        [lambda: _ms_to_first_line(where), lambda: ms_of(lambda: subprocess.run([sys.executable, "-c", "pass"]))],
        where.times(7, 2),
    )
    yield Row("go to the first line of the first skill", "ms", ours, bare, None, "python -c pass")


def whole_run(where: Setting) -> Iterator[Row]:
    """A whole run from the sample to the archive. Budget: PERF "Ship"."""
    ours, parallel, sequential = medians(
        [
            lambda: _ms_of_ours(where),
            lambda: _ms_of_script(where, _PARALLEL),
            lambda: _ms_of_script(where, _SEQUENTIAL),
        ],
        where.times(7, 1),
    )
    allowed = _ALLOWED_RATIO + _ALLOWED_START_MS / parallel
    note = f"bash, lint beside build and test; budget {_ALLOWED_RATIO:g}x and {_ALLOWED_START_MS:g} ms of start"
    yield Row("whole headless run", "ms", ours, parallel, Budget(round(allowed, 2)), note)
    yield Row("whole headless run", "ms", ours, sequential, None, "bash, one after the other")


def _fresh(where: Setting) -> SampleProject:
    return own_sample(where.place("ship"))


def _ms_to_first_line(where: Setting) -> float:
    sample = _fresh(where)
    log = sample.project / ".loop" / "distribution-loop" / "output.log"
    wanted = f"\t{_FIRST_SKILL}\t".encode()
    start = time.perf_counter()
    process = subprocess.Popen(
        RUN,
        cwd=sample.project,
        env=where.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        while not (log.exists() and wanted in log.read_bytes()):
            if process.poll() is not None:
                raise NotAvailable(f"the run ended before its first line: {_last_line(process)}")
            if time.perf_counter() - start > _LONGEST_S:
                raise NotAvailable(f"no line of {_FIRST_SKILL} in {log.name} within {_LONGEST_S:g} s")
            time.sleep(0.001)
        return (time.perf_counter() - start) * 1000
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _last_line(process: subprocess.Popen[bytes]) -> str:
    text = process.stdout.read().decode("utf-8", "replace") if process.stdout else ""
    return (text.strip().splitlines() or ["no output"])[-1]


def _ms_of_ours(where: Setting) -> float:
    sample = _fresh(where)
    shutil.rmtree(Path(where.env["LOOP_TUI_HOME"]), ignore_errors=True)
    return _ms_of_shipping(list(RUN), sample, where.env)


def _ms_of_script(where: Setting, verify: str) -> float:
    sample = _fresh(where)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = where.env | {"FREE_PORT": str(port), "OUT": str(where.place("out"))}
    return _ms_of_shipping(["bash", "-c", _SCRIPT.replace("VERIFY", verify)], sample, env)


def _ms_of_shipping(argv: list[str], sample: SampleProject, env: dict[str, str]) -> float:
    """Milliseconds that a command takes to ship the sample; raises NotAvailable when it did not."""
    start = time.perf_counter()
    done = subprocess.run(
        argv,
        cwd=sample.project,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=_LONGEST_S,
    )
    ms = (time.perf_counter() - start) * 1000
    if done.returncode != 0:
        said = (done.stderr + done.stdout).decode("utf-8", "replace").strip().splitlines() or ["no output"]
        raise NotAvailable(f"{argv[0]} ended with exit code {done.returncode}: {said[-1]}")
    _check_shipped(sample)
    return ms


def _check_shipped(sample: SampleProject) -> None:
    def sha(folder: Path) -> bytes:
        return subprocess.run(["git", "rev-parse", "main"], cwd=folder, capture_output=True, check=True).stdout

    if sha(sample.project) != sha(sample.remote):
        raise NotAvailable("what was shipped is not at the remote")
    if '"version": "0.8.0"' not in (sample.project / "package.json").read_text("utf-8"):
        raise NotAvailable("the version was not written")
