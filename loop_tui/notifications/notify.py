"""Telling a person who is away how a run ended: what to say, and sending it (issue 3, SPEC section 8).

Nothing is sent unless `LOOP_TUI_NOTIFY` holds apprise URLs and apprise is installed. The URLs are secrets: they are
read from the environment, handed to apprise, and written nowhere.
"""

import asyncio
import contextlib
import importlib.util
import json
import logging
import shlex
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from loop_tui.engine.changes import BY_CHECKS
from loop_tui.engine.decide import decide
from loop_tui.engine.gates import gate_state
from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.limits import RECORD
from loop_tui.fs.paths import NOTIFIED
from loop_tui.fs.plain import read_json
from loop_tui.model.actions import Retry, Wait
from loop_tui.model.answers import answer_word
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.model.secrets import NOTIFY_VARIABLE, mask
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus
from loop_tui.model.text import clean, count_of, one_line

VARIABLE = NOTIFY_VARIABLE
"""The environment variable with the apprise URLs, separated by spaces or commas."""
TIMEOUT_S = 10.0
"""How long all sending together may take, in seconds."""

_NAME, _LINE, _COMMAND = 60, 300, 2000
_BETWEEN = regex(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")
_SCHEMA = regex(r"[A-Za-z][A-Za-z0-9+.-]{0,30}(?=://)")


class News(StrEnum):
    """What a message is about; the word stands at the beginning of its title."""

    NEEDS_YOU = "needs you"
    FAILED = "failed"
    BLOCKED = "blocked"
    SHIPPED = "shipped"
    COMPLETE = "done"


_TYPES = {
    News.NEEDS_YOU: "warning",
    News.FAILED: "failure",
    News.BLOCKED: "failure",
    News.SHIPPED: "success",
    News.COMPLETE: "success",
}


class Message(Struct, frozen=True):
    """What is told. `key` tells one occasion from the next; title and text are clean and masked."""

    news: News
    title: str
    text: str
    key: str


# --- what to say ----------------------------------------------------------------------------------------------------


def message_of(
    state: RunState,
    definition: LoopDefinition,
    project: Path,
    *,
    archived: bool = False,
    secrets: Iterable[str] = (),
) -> Message | None:
    """What there is to tell about a run that nobody drives any more, or None.

    `archived` says that the run came to its end. What a person did on purpose (a pause, an abort) is no news.
    """
    said = _Words(state.loop or definition.id, state.system, state.run, project, tuple(secrets))
    if archived:
        return None if state.aborted is not None else _ended(state, definition, said)
    action = decide(state, definition)
    if isinstance(action, Retry):
        return _failed(state, action, said)
    if not isinstance(action, Wait) or action.on == "paused":
        return None
    if action.on == "blocked":
        return _blocked(state, action, said)
    return _waiting(state, definition, action, said)


def trouble_of(
    problem: Exception, definition: LoopDefinition, project: Path, *, secrets: Iterable[str] = ()
) -> Message:
    """What there is to tell when the driver itself stopped: a damaged state file, a folder that cannot be written."""
    said = _Words(definition.id, one_line(project.name), "", project, tuple(secrets))
    what = str(problem) if isinstance(problem, Problem) else f"{type(problem).__name__}; the crash file has the details"
    return said.message(
        News.FAILED, "the driver", f"the driver stopped: {what}", (said.command("status"),), f"stopped/{what}"
    )


class _Words(Struct, frozen=True):
    """How a run is spoken of in a message."""

    loop: str
    system: str
    run: str
    project: Path
    secrets: tuple[str, ...]

    def command(self, name: str, *arguments: str) -> str:
        """The command as it is typed in any folder."""
        options = ["-C", str(self.project.absolute()), "-l", self.loop]
        dashes = ["--"] if any(argument.startswith("-") for argument in arguments) else []
        return shlex.join(["loop-tui", name, *options, *dashes, *arguments])

    def message(self, news: News, step: str, what: str, commands: Sequence[str], key: str) -> Message:
        """The message: title, one line that says what happened, and the commands that answer it."""
        where = f"{self._short(self.loop)} of {self._short(self.system) or 'this project'}"
        run = f", run {self._short(self.run)}" if self.run else ""
        lines = [self._clean(f"{where}{run}: {what}", _LINE + 2 * _NAME)]
        lines += [self._clean(command, _COMMAND) for command in commands]
        title = f"loop-tui {news.value}: {self._short(step) or self._short(self.loop)} ({self._short(self.system)})"
        return Message(news, self._clean(title.removesuffix(" ()"), 200), "\n".join(lines), f"{self.run}/{news}/{key}")

    def _short(self, text: str) -> str:
        return self._clean(text, _NAME)

    def _clean(self, text: str, limit: int) -> str:
        return one_line(mask(clean(text), self.secrets), limit)


def _ended(state: RunState, definition: LoopDefinition, said: _Words) -> Message:
    # A loop without targets delivers nothing anywhere: it is complete, not shipped.
    news = News.SHIPPED if definition.targets else News.COMPLETE
    done = sum(1 for gate in state.gates if not gate.open)
    what = f"every phase is done, {done} of {count_of(len(state.gates), 'gate')} passed, the run is archived"
    return said.message(news, said.loop, what, (shlex.join(["loop-tui", "runs", "-l", said.loop]),), "archived")


def _failed(state: RunState, action: Retry, said: _Words) -> Message:
    last = state.failures[-1] if state.failures else None
    rejected = next((g.id for g in state.gates if g.status is GateStatus.REJECTED and g.by == BY_CHECKS), "")
    step = rejected or action.skill or (last.skill or last.stage if last else "") or action.phase
    error = one_line(last.error, _LINE) if last is not None else "no reason given"
    key = f"{step}/{len(state.failures)}/{last.at if last else ''}"
    return said.message(News.FAILED, step, f"{step} failed: {error}", (said.command("go"),), key)


def _blocked(state: RunState, action: Wait, said: _Words) -> Message:
    why = state.blocked
    todo = f" ({why.action})" if why is not None and why.action else ""
    key = f"{why.at}/{why.attempts}" if why is not None else ""
    return said.message(
        News.BLOCKED, state.phase, f"{state.phase} is BLOCKED: {action.reason}{todo}", (said.command("resume"),), key
    )


def _waiting(state: RunState, definition: LoopDefinition, action: Wait, said: _Words) -> Message:
    subject = action.subject or state.phase
    commands = _answers(state, action, said)
    phase = state.phase_state(state.phase)
    stamps = [phase.started_at, phase.completed_at] if phase is not None else []
    gate = definition.gate(action.subject) if action.on == "gate" else None
    if gate is not None:
        known, after = gate_state(state, gate), state.phase_state(gate.after)
        stamps = [known.status.value, known.at, after.completed_at if after is not None else ""]
    what = action.reason
    if action.on == "question":
        asked = state.question(action.subject)
        subject = (asked.skill if asked is not None else "") or state.phase
        what = f"{subject} asks: {action.reason}{_choices(state, action.subject)}"
    key = "/".join([action.on, action.subject, *stamps])
    return said.message(News.NEEDS_YOU, subject, what, commands, key)


def _choices(state: RunState, question: str) -> str:
    asked = state.question(question)
    if asked is None or not asked.options:
        return ""
    return f" ({' / '.join(one_line(option, _NAME) for option in asked.options[:9])})"


def _answers(state: RunState, action: Wait, said: _Words) -> tuple[str, ...]:
    """The commands that answer a wait, the one most meant first."""
    subject = action.subject
    match action.on:
        case "gate":
            return (said.command("approve", subject), said.command("changes", "TEXT"))
        case "question":
            asked = state.question(subject)
            default = asked.default if asked is not None else None
            word = answer_word(asked) if asked is not None else "TEXT"
            return (said.command("answer", subject, word if default is None else default),)
        case "manual":
            return (said.command("complete", subject), said.command("skip", subject) + " --reason TEXT")
        case "boundary" | "deliverable":
            return (said.command("go"),)
        case _:
            return (said.command("status"),)


# --- sending --------------------------------------------------------------------------------------------------------


def urls_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The apprise URLs of the environment, in order; none when notifications are off."""
    text = environment.get(VARIABLE, "").strip().strip(",").strip()
    return tuple(url for url in _BETWEEN.split(text) if url) if text else ()


def why_not(environment: Mapping[str, str]) -> str:
    """Why nothing can be sent although the person asked for it; empty when it can, or nobody asked."""
    if not urls_in(environment) or importlib.util.find_spec("apprise") is not None:
        return ""
    return f"{VARIABLE} is set, but notifications need apprise (`pip install 'loop-tui[notify]'`)"


async def tell(
    message: Message,
    run_dir: Path,
    environment: Mapping[str, str],
    warn: Callable[[str], None],
    *,
    timeout_s: float = TIMEOUT_S,
) -> bool:
    """Send a message once; True when it went out now. Never raises: what goes wrong is one line for `warn`.

    It counts as told when it went out somewhere. Told the same thing before, in this run folder: nothing is sent.
    """
    urls = urls_in(environment)
    if not urls or why_not(environment) or message.key == last_told(run_dir):
        return False
    try:
        missed = await send(urls, message, timeout_s=timeout_s)
        if missed:
            warn(f"not notified: {', '.join(missed)} did not accept the message")
        if len(missed) == len(urls):
            return False
        await asyncio.to_thread(_remember, run_dir, message)
    except Problem as problem:
        warn(f"notified, but this cannot be recorded: {problem}")
    except Exception as error:
        # A notification is a courtesy: whatever it trips over, the run is not hurt.
        warn(f"not notified: {type(error).__name__}")
        return False
    return True


def last_told(run_dir: Path) -> str:
    """The key of the message that was sent last from this run folder; empty when there is none."""
    try:
        found = read_json(run_dir / NOTIFIED, RECORD)
    except (OSError, ValueError):
        return ""
    key = found.get("key") if isinstance(found, dict) else None
    return key if isinstance(key, str) else ""


def _remember(run_dir: Path, message: Message) -> None:
    document = {"key": message.key, "news": message.news.value, "title": message.title}
    write_atomic(run_dir / NOTIFIED, json.dumps(document).encode())


async def send(urls: Sequence[str], message: Message, *, timeout_s: float = TIMEOUT_S) -> tuple[str, ...]:
    """Send to every URL side by side, and give the schemas (never the URLs) of those that did not take it in time."""
    work = {_in_thread(url, message): url for url in urls}
    done, _ = await asyncio.wait(work, timeout=timeout_s)
    return tuple(_schema(url) for future, url in work.items() if future not in done or not future.result())


def _schema(url: str) -> str:
    found = _SCHEMA.match(url)
    return found.group().lower() if found else "a URL"


def _in_thread(url: str, message: Message) -> "asyncio.Future[bool]":
    """Deliver in a thread that nothing waits for at exit: a service that never answers must not hold the driver."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[bool] = loop.create_future()

    def settle(delivered: bool) -> None:
        if not future.done():
            future.set_result(delivered)

    def work() -> None:
        try:
            delivered = _deliver(url, message)
        except Exception:
            # What it says may hold the URL: the schema alone is told.
            delivered = False
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(settle, delivered)

    threading.Thread(target=work, name="notify", daemon=True).start()
    return future


def _deliver(url: str, message: Message) -> bool:
    """Hand a message to apprise; True when the service took it. Blocking."""
    import apprise

    # Both would print URLs on our stderr, which is a file in the run folder.
    for name in ("apprise", "urllib3"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
    asset = apprise.AppriseAsset(app_id="loop-tui", app_desc="loop-tui", async_mode=False)
    service = apprise.Apprise(asset=asset)
    if not service.add(url):
        return False
    return bool(
        service.notify(
            body=message.text,
            title=message.title,
            notify_type=apprise.NotifyType(_TYPES[message.news]),
            body_format=apprise.NotifyFormat.TEXT,
        )
    )
