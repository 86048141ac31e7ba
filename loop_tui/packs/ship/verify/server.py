"""The project's server, started, asked for its health, and stopped: before the push as after it."""

import asyncio
import time
from collections.abc import Sequence
from secrets import token_hex

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.model.clock import words
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import command_line
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few
from loop_tui.process import shell
from loop_tui.process.cleanup import end_marked, to_the_end
from loop_tui.process.listening import listener_on, ports_of
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services import health

from .server_settings import KIND, ServerSettings

HOST = "127.0.0.1"
_PORT = "{port}"
_MARK = "LOOP_TUI_SERVER"
"""A variable of the server's environment: whoever left its session is known by it."""
_EXCERPT_LINES = 40


class ServerUp(Struct, frozen=True):
    """A server that answered. `summary` says what and when, `command` is how it was started."""

    found: health.Health
    summary: str
    command: str
    duration_ms: int
    tail: str


class NoServer(Struct, frozen=True):
    """A start command that ended with 0: what it is, it is no server."""

    command: str
    tail: str
    ended: tuple[str, ...] = ()
    """What it left running, which was ended."""


async def see_it_up(ctx: Context, argv: Sequence[str], settings: ServerSettings) -> ServerUp | NoServer:
    """Start the server, wait for its answer, and stop it again in every case.

    A command that ends with 0 before it answered is no server, unless the project told of one. Raises SkillFailed
    (kind check) with the end of its output when it does not come up, and before it is started for what it lacks.
    """
    _refuse_unready(settings)
    mark = token_hex(8)
    try:
        up = await _started(ctx, argv, settings, mark)
    finally:
        # A thread cannot be stopped, and what it is to end must not stay.
        ended = await to_the_end(asyncio.to_thread(end_marked, _MARK, mark))
        if ended:
            ctx.do.say(f"the server left background programs running, which were stopped: {few(ended)}", LogLevel.WARN)
    return replace(up, ended=tuple(ended)) if isinstance(up, NoServer) else up


async def _started(ctx: Context, argv: Sequence[str], settings: ServerSettings, mark: str) -> ServerUp | NoServer:
    port = settings.port or health.free_port()
    env = {
        "PORT": str(port),
        "HOST": HOST,
        _MARK: mark,
        **{k: v.replace(_PORT, str(port)) for k, v in settings.env.items()},
    }
    shown = "" if settings.port else f"PORT={port} HOST={HOST} "
    command = one_line(f"{shown}{command_line(argv)}")
    spoke = asyncio.Event()
    began = time.monotonic()
    with ctx.do.program(command, "server") as printed:

        def on_lines(lines: shell.Lines) -> None:
            spoke.set()
            printed("\n".join(lines))

        async with await shell.start(argv, cwd=ctx.project, env=env, on_lines=on_lines) as service:
            try:
                found = await health.wait_healthy(
                    port,
                    settings.health,
                    timeout_s=settings.timeout_s,
                    is_alive=lambda: service.exit_code is None,
                    spoke=spoke,
                    elsewhere=lambda: ports_of(service.pid),
                )
            except Problem as problem:
                await service.stop()
                tail = "\n".join(service.tail[-_EXCERPT_LINES:])
                ended = "ended" in problem.what
                if ended and service.exit_code == 0 and not settings.is_declared:
                    return NoServer(command, tail)
                raise _not_up(
                    problem, command, settings, f" (exit {service.exit_code})" if ended else "", tail
                ) from problem
    duration_ms = round((time.monotonic() - began) * 1000)
    answer = f"{settings.health} answered {found.status}" if found.kind == "health" else "the port is open"
    summary = f"{answer} after {words(duration_ms)}"
    if found.port != port:
        summary += f", on port {found.port}: it ignores PORT"
    return ServerUp(found, summary, command, duration_ms, "\n".join(service.tail[-_EXCERPT_LINES:]))


def _refuse_unready(settings: ServerSettings) -> None:
    """Raise SkillFailed for variables that are not set, and for a port that somebody else listens on."""
    if missing := settings.missing_variables():
        names = ", ".join(missing)
        todo = f"export {missing[0]}=..., {THEN_GO}; see `needs` of the target local"
        raise SkillFailed(f"the server needs {names}, not set here", KIND, todo, kind="check", code=Code.CHECK_FAILED)
    if settings.port and (by := listener_on(settings.port) or _taken(settings.port)):
        what = f"port {settings.port} is used by {one_line(by)}, and the server needs it"
        todo = f"stop that program, {THEN_GO}; or let the server listen on $PORT"
        raise SkillFailed(what, KIND, todo, kind="check", code=Code.CHECK_FAILED)


def _taken(port: int) -> str:
    return "" if health.is_free(port) else "another program"


def _not_up(problem: Problem, command: str, settings: ServerSettings, how: str, tail: str) -> SkillFailed:
    return SkillFailed(
        f"the server did not start: {problem.what}{how}\n{tail}".rstrip(),
        command,
        f"check that it starts with that command, listens on $PORT and answers {settings.health}; start, port, health, "
        'env, needs and timeout_s can be set for the target local, start = "none" if it is not a server; '
        "or skip it in this run: loop-tui skip deploy --reason TEXT",
        kind="check",
        code=Code.CHECK_FAILED,
    )
