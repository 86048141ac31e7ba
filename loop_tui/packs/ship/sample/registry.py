"""A registry for the sample project, while a demo goes on: verdaccio on this machine, with all it keeps in the demo."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.demo import HOME
from loop_tui.fs.plain import open_new
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import without_own
from loop_tui.model.text import clean

from . import output

_PROGRAM = "verdaccio"
_HOST = "127.0.0.1"
_STARTS_S = 60.0
_POLL_S = 0.05
_ENDS_S = 5.0
_TARGETS = ".loops/targets.toml"
_FOLDER = "registry"
_CONFIG = """\
storage: ./storage
auth: {htpasswd: {file: ./htpasswd}}
uplinks: {}
packages: {"**": {access: $all, publish: $authenticated, unpublish: $authenticated}}
log: {type: stdout, format: json, level: warn}
"""
# It ends with us, however we end: our end of its input is closed then.
_UNTIL_CLOSED = "process.stdin.resume().on('end', () => process.exit(0)); require(process.argv[1])"
_SAYS = """\
# `loop-tui demo --publish` starts this registry, and ends it when the demo ends.
[[targets]]
id = "npm-registry"
publish = "here"

[release]
tag = true
"""


def publishes(project: Path) -> bool:
    """True for a sample that was made with `--publish`: without its registry it would publish to that of npm."""
    return (project / _TARGETS).exists() and (project.parent / HOME / _FOLDER).is_dir()


@contextlib.contextmanager
def registry_beside(project: Path, say: Callable[[str], None]) -> Iterator[Mapping[str, str]]:
    """Start a registry for a sample project, and end it; gives what has to be in the environment to publish to it.

    The project is told to publish by a commit of its own, once. Raises Problem where there is no verdaccio, and when it
    does not start.
    """
    program, node = shutil.which(_PROGRAM), shutil.which("node")
    if program is None or node is None:
        todo = "npm install --global verdaccio, then again; or `loop-tui demo` without --publish"
        raise Problem(f"{_PROGRAM} is not installed", "--publish", todo, code=Code.PROGRAM_MISSING)
    folder = project.parent / HOME / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    write_atomic(folder / "config.yaml", _CONFIG.encode(), durable=False)
    port = _free_port()
    argv = [node, "-e", _UNTIL_CLOSED, os.path.realpath(program), "--config", str(folder / "config.yaml")]
    said = folder / "registry.log"
    said.unlink(missing_ok=True)
    with open_new(said) as log:
        server = subprocess.Popen(
            [*argv, "--listen", f"{_HOST}:{port}"],
            cwd=folder,
            env=without_own(os.environ),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _until_open(server, port, said)
        token = _token(port)
        npmrc = folder / "npmrc"
        text = f"registry=http://{_HOST}:{port}/\n//{_HOST}:{port}/:_authToken={token}\n"
        write_atomic(npmrc, text.encode(), durable=False)
        npmrc.chmod(0o600)
        _configure(project)
        say(clean(f"its registry:   http://{_HOST}:{port} ({_PROGRAM}, until this demo ends; it keeps {folder})"))
        yield {"NPM_CONFIG_USERCONFIG": str(npmrc), "NPM_CONFIG_REGISTRY": f"http://{_HOST}:{port}/"}
    finally:
        _end(server)


def _configure(project: Path) -> None:
    """Let the project publish: a file that belongs to it, so it is committed and pushed before the release."""
    path = project / _TARGETS
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    write_atomic(path, _SAYS.encode(), durable=False)
    output(["git", "add", "--", _TARGETS], project)
    output(["git", "commit", "--quiet", "--no-verify", "-m", "chore: publish to the registry of the demo"], project)
    output(["git", "push", "--quiet", "--no-verify", "origin", "HEAD"], project)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        port: int = found.getsockname()[1]
        return port


def _until_open(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until it takes connections. Raises Problem when it ends before, and when it takes too long."""
    for _ in range(round(_STARTS_S / _POLL_S)):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection((_HOST, port), 1):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(_POLL_S)
    raise Problem(f"{_PROGRAM} did not start", str(log), f"read {clean(str(log))}", code=Code.PROGRAM_FAILED)


def _token(port: int) -> str:
    """A user of this registry for this demo, made now, and what npm shows of it. Raises Problem."""
    name, password = f"demo-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    request = urllib.request.Request(
        f"http://{_HOST}:{port}/-/user/org.couchdb.user:{name}",
        method="PUT",
        data=json.dumps({"name": name, "password": password}).encode(),
        headers={"content-type": "application/json"},
    )
    # No proxy of the person's stands before this machine itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_STARTS_S) as reply:
            told = json.loads(reply.read(100_000))
    except (OSError, ValueError) as error:
        raise Problem(f"{_PROGRAM} created no user: {clean(str(error))}", code=Code.PROGRAM_FAILED) from error
    return str(told.get("token")) if isinstance(told, dict) else ""


def _end(server: "subprocess.Popen[bytes]") -> None:
    if server.stdin is not None:
        server.stdin.close()
    try:
        server.wait(_ENDS_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
