"""Every row of the table of secrets through every way out (SPEC section 8): one run whose skills print, return, ask and
raise all of them at once, and what is written, printed, sent and shown of it.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from loop_tui.cli import show
from loop_tui.cli.wiring import SystemClock, run_ports
from loop_tui.driver import Options, drive
from loop_tui.engine import commands
from loop_tui.engine.transaction import step
from loop_tui.fs.crash import write_crash
from loop_tui.model.definition import BUILTIN, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.evidence import Check, Question
from loop_tui.model.log import LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import MASK, know
from loop_tui.model.status import CheckStatus
from loop_tui.notifications.notify import message_of, trouble_of
from loop_tui.packs.ship.markdown import fence
from loop_tui.ports import Proof, RunPorts
from loop_tui.process import shell
from loop_tui.runners.context import Context, SkillFailed, SkillResult
from loop_tui.runners.packs import Packs
from loop_tui.storage.state.journal import encode
from loop_tui.storage.state.store import Store
from loop_tui.tui.cockpit.log_file import save
from loop_tui.tui.cockpit.log_filter import Filter
from tests.driver.driven import Stubs, Work
from tests.secret_rows import ROWS, Row, body
from tests.tui.runs import Screen, on_screen

ALL = "\n".join(row.text for row in ROWS)
HELD = Row("held by a variable", "", body("held", 24))
ENV = {"WIDGET_TOKEN": f"{HELD.needle}\n{body('held, second', 30)}"}
SECRETS = (*ROWS, HELD, Row("held, second line", "", body("held, second", 30)))
SAID = f"{ALL}\n{ENV['WIDGET_TOKEN']}"
LOOP = LoopDefinition(
    id="telling-loop",
    phases=tuple(
        PhaseDefinition(id=name.upper(), skills=(SkillDefinition(id=name, runner=BUILTIN, deliverables=files),))
        for name, files in (("tell", ("told.md",)), ("ask", ()), ("fail", ()))
    ),
)


def leaks(text: str) -> list[str]:
    """The names of the rows whose secret stands in the text, whatever wraps it."""
    flat = text + "\x00" + "".join(text.split())
    return [row.name for row in SECRETS if row.needle in flat]


def _work(rows: Path) -> Mapping[str, Work]:
    facts: Proof = {"said": SAID, "list": [row.text for row in ROWS]}

    async def tell(ctx: Context) -> SkillResult:
        async def observe() -> Proof | None:
            return facts

        async def act() -> None:
            raise AssertionError

        ctx.do.say(SAID)
        found = await ctx.do.command(["cat", str(rows)])
        ctx.do.deliver("told.md", SAID)
        assert await ctx.do.effect("effect-1", "kind", facts, observe, act)
        ctx.do.remember("facts", {"facts-1": facts})
        check = Check(name="check", status=CheckStatus.PASSED, summary=SAID, command=SAID, excerpt=found.text)
        return SkillResult(SAID, (check,))

    async def ask(ctx: Context) -> SkillResult:
        await ctx.do.ask(Question(id="q-1", text=SAID, default=SAID, detail=SAID))
        return SkillResult("asked")

    async def fail(ctx: Context) -> SkillResult:
        raise SkillFailed(SAID, SAID, SAID, code=Code.SKILL_FAILED)

    return {"tell": tell, "ask": ask, "fail": fail}


class Told:
    """The run, and the texts of all ways out by name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = root / "project"
        self.project.mkdir()
        rows = root / "rows"
        rows.write_text(SAID)
        self.environment = {**os.environ, **ENV}
        self.ports: RunPorts = run_ports(self.project, LOOP, self.environment, SystemClock())
        self.stubs = Stubs(dict(_work(rows)))
        self.events: list[Event] = []
        self.lines: list[LogLine] = []
        self.texts: dict[str, str] = {}

    async def go(self, **options: object) -> None:
        ended = await drive(
            LOOP,
            Options(by="ada", **options),  # type: ignore[arg-type]
            self.ports,
            environment=self.environment,
            runners=self.stubs.runners,
            packs=Packs(()),
            on_event=self.events.append,
            on_line=self.lines.append,
        )
        assert ended.state is not None
        message = message_of(ended.state, LOOP, self.project)
        self.texts["notification"] = self.texts.get("notification", "") + (message.text if message else "")

    def keep_files(self) -> None:
        """All that lies in the project now, a way for each file."""
        for path in self.project.rglob("*"):
            if path.is_file():
                name = f"file {path.name}"
                self.texts[name] = self.texts.get(name, "") + path.read_text("utf-8", "replace")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """One run through all of it, to its archive."""
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    know(os.environ)
    told = Told(tmp_path)
    asyncio.run(_whole(told))
    _printed(told, capsys)
    know({})
    return told


async def _whole(told: Told) -> None:
    await told.go()
    told.keep_files()
    await told.go(yes=True)
    told.keep_files()
    told.texts["saved log"] = _saved(told)
    outcome = told.ports.store.transact(step(LOOP, lambda state: commands.abort(state, SAID, "ada")))
    assert not isinstance(outcome, Refusal)
    told.keep_files()
    await told.go()
    for path in told.ports.place.home.rglob("*"):
        if path.is_file():
            told.texts[f"archived {path.suffix}{path.name[-20:]}"] = path.read_text("utf-8", "replace")
    git = await shell.capture(["sh", "-c", f"cat {told.root / 'rows'} >&2; exit 1"], cwd=told.root)
    told.texts["words of a program"] = git.stderr
    told.texts["command line"] = shell.Result(("git", SAID), 0, 1).command


def _saved(told: Told) -> str:
    target = told.root / "saved.log"
    save(told.ports.place.run_dir / "output.log", target, Filter())
    return target.read_text()


def _printed(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(SAID, SAID, SAID, code=Code.SKILL_FAILED)
    told.texts["a line of a headless run"] = "\n".join(show.line_for_people(line, colour=False) for line in told.lines)
    told.texts["an event of --json"] = "\n".join(encode(event) for event in told.events)
    told.texts["an error of --json"] = json.dumps(show.problem_json(problem))
    told.texts["trouble notified"] = trouble_of(problem, LOOP, told.project).text
    told.texts["a release's notes"] = fence(SAID)
    capsys.readouterr()
    for name, said in (
        ("say", lambda: show.say(SAID)),
        ("say_json", lambda: show.say_json({"rows": [SAID], SAID: "x"})),
        ("complain", lambda: show.complain(problem)),
        ("aside", lambda: show.aside(SAID)),
    ):
        said()
        both = capsys.readouterr()
        told.texts[f"printed by {name}"] = both.out + both.err
    try:
        raise RuntimeError(SAID)
    except RuntimeError as error:
        told.texts["crash file"] = write_crash(error).read_text()


def test_no_row_leaves_by_any_way(told: Told) -> None:
    ways = set(told.texts)
    assert {"file output.log", "file journey-log.jsonl", "file telling-state.json", "file told.md"} <= ways
    assert {"file last-good.json", "crash file", "notification", "saved log"} <= ways
    assert sum(way.startswith("archived") for way in ways) >= 4
    silent = [way for way, text in told.texts.items() if MASK not in text and "masked" not in text]
    assert {way for way in silent if not way.startswith(("file owner", "file definition", "file .git"))} <= {
        "file finished.json",
        "file state.lock",
        "file driver.lock",
        "file lease.json",
    }
    assert {way: found for way, text in told.texts.items() if (found := leaks(text))} == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_leak_would_be_seen(row: Row) -> None:
    """Wrapped as a screen wraps it, too."""
    wrapped = "\n  ".join(row.text[at : at + 37] for at in range(0, len(row.text), 37))
    assert row.name in leaks(wrapped)
    assert row.name in leaks(row.text)


async def test_no_row_is_shown_or_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen, which is also what a browser gets: every panel of a run whose state was written by somebody else."""
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "x").mkdir()
    told = Told(folder / "x")
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    know(os.environ)
    (told.project / ".loops").mkdir()
    (told.project / ".loops/telling-loop.toml").write_text(
        'id = "telling-loop"\n'
        + "".join(
            f'[[phases]]\nid = "{name}"\nskills = [{{ id = "{name.lower()}", runner = "manual" }}]\n'
            for name in ("TELL", "ASK", "FAIL")
        )
    )
    await told.go()
    store = Store(told.project, LOOP.id)
    document = json.loads(store.path.read_bytes())
    spoiled = _spoiled(document)
    store.path.write_text(json.dumps(spoiled))
    seen: list[str] = []
    copied: list[str] = []

    async def use(screen: Screen) -> None:
        monkeypatch.setattr(type(screen.app).__mro__[1], "copy_to_clipboard", lambda self, text: copied.append(text))
        seen.append(screen.text())
        for keys in ("j", "j", "enter", "escape", "question_mark", "escape", "d", "escape", "v", "enter", "escape"):
            await screen.press(keys)
            seen.append(screen.text())
        screen.app.notify(SAID)
        screen.app.copy_to_clipboard(SAID)
        await screen.pilot.pause()
        seen.append("\n".join(screen.toasts()))

    await on_screen(use, told.project, LOOP.id, size=(200, 120))
    know({})
    assert copied
    assert MASK in "".join(seen)
    assert leaks("\n".join([*seen, *copied])) == []


def _spoiled(value: object) -> object:
    """Texts of a state file with secrets in them, as another program may write them: what is masked was one."""
    if isinstance(value, dict):
        return {key: _spoiled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spoiled(item) for item in value]
    return SAID if isinstance(value, str) and MASK in value else value
