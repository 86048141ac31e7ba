"""`loop-tui serve`: the screen in a browser."""

import asyncio
import importlib.util
import os
import re
import secrets
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop_tui.fs.paths import project_name
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex

from .place import project_folder
from .show import say
from .web.address import LOOPBACK, PORT, address_of, bracketed, in_link, listen, said_by_browsers

if TYPE_CHECKING:
    from .web.door import Door

_TOKEN_BYTES = 32
_TOKEN = regex(r"[A-Za-z0-9_-]{16,}", re.ASCII)

Where = Annotated[Path | None, typer.Argument(metavar="DIR", help="The project folder (default: the current folder).")]
HostOption = Annotated[str, typer.Option("--host", help="The address to listen on (default: this machine only).")]
PortOption = Annotated[
    str | None,
    typer.Option(
        "--port", metavar="N", help=f"The port (default: {PORT}, or a free one if it is taken; 0: a free one)."
    ),
]
AllowAnswers = Annotated[
    bool, typer.Option("--allow-answers", help="Allow answers and starting runs from the browser.")
]
LoopName = Annotated[str | None, typer.Option("--loop", "-l", help="The loop whose run to show.")]
ThemeName = Annotated[str | None, typer.Option("--theme", help="The name of the theme.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    folder: Where = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = None,
    allow_answers: AllowAnswers = False,
    loop: LoopName = None,
    theme: ThemeName = None,
) -> None:
    """Serve the screen to a browser at the printed address; read-only unless answers are allowed."""
    project = project_folder(folder)
    if importlib.util.find_spec("textual_serve") is None:
        raise Problem(
            "`serve` needs textual-serve, which is not installed",
            todo="pip install 'loop-tui[serve]'; in a checkout: .venv/bin/pip install -e '.[serve]'",
            code=Code.PROGRAM_MISSING,
        )
    if theme:
        from loop_tui.tui.theme import load

        load(theme)
    token = _token()
    with listen(host, port) as listening:
        from .web.server import WebServer

        door = _door(host, listening, token)
        # `-P` keeps Python from importing modules of the folder it is started in, which is the project's.
        argv = [sys.executable, "-P", "-m", "loop_tui", str(project)]
        argv += [] if allow_answers else ["--read-only"]
        argv += [f"--loop={loop}"] if loop else []
        argv += [f"--theme={theme}"] if theme else []
        server = WebServer(argv, project, door, f"loop-tui: {project_name(project)}")
        asyncio.run(server.run(listening, lambda: _tell(listening, door, allow_answers)))


def _token() -> str:
    """The token of `LOOP_TUI_SERVE_TOKEN`, else a new one. An option for it could be read in the list of processes."""
    from .web.tab import TOKEN_VARIABLE

    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(_TOKEN_BYTES)
    if not _TOKEN.fullmatch(token):
        raise Problem(
            "is not a valid token",
            TOKEN_VARIABLE,
            "use at least 16 letters, digits, - or _, or unset it to have one generated",
            code=Code.USAGE,
        )
    return token


def _door(host: str, listening: socket.socket, token: str) -> "Door":
    from .web.door import Door

    address, port = address_of(listening), listening.getsockname()[1]
    names = {bracketed(address)}
    if address.is_loopback:
        names |= LOOPBACK
    else:
        # The name that the person gave: their page may be asked for by it, too.
        names |= {said_by_browsers(host)}
    if address.is_unspecified:
        names |= LOOPBACK | {said_by_browsers(socket.gethostname())}
    return Door(token, port, frozenset(names), any_address=address.is_unspecified)


def _tell(listening: socket.socket, door: "Door", allow_answers: bool) -> None:
    address, port = address_of(listening), listening.getsockname()[1]
    if not address.is_loopback:
        sys.stderr.write(
            "loop-tui: warning: other machines can reach this address and nothing is encrypted (no TLS), so the token "
            "can be read on the network; `ssh -L` to a server on 127.0.0.1 is safer\n"
        )
        sys.stderr.flush()
    # The one secret that is printed: it is for whoever reads this, and ends with the server.
    sys.stdout.write(f"http://{in_link(address)}:{port}/?token={door.token}\n")
    say("answers are allowed" if allow_answers else "read-only; use --allow-answers to answer from the browser")
    say("ctrl+c stops the server; runs continue")
    sys.stdout.flush()
