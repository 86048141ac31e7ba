"""Every kind of file that is read: good samples of it, made by our own writers, and all that looks at it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import to_builtins

from loop_tui.cli.diff import _run as one_run
from loop_tui.cli.place import ChosenRun, loop_of
from loop_tui.cli.runs import _row
from loop_tui.cli.status import _status_json, _status_text
from loop_tui.control.archived import ended_of
from loop_tui.control.attention import attention_of
from loop_tui.control.board_rows import BoardRows
from loop_tui.control.folder import foreign_run
from loop_tui.control.folder import loop_of as loop_to_open
from loop_tui.control.playback import load_past
from loop_tui.control.run_definition import definition_of
from loop_tui.control.run_reader import RunReader, tail_of
from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import always, step
from loop_tui.fs.git_exclude import keep_out_of_git
from loop_tui.fs.git_head import commits_made, head_of
from loop_tui.fs.jsonedit.document import parse as parse_json
from loop_tui.fs.paths import claude_home, config_dir, data_dir, run_folder
from loop_tui.fs.shipped import shipped_folder
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Check, CheckStatus, Deliverable, Question
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.notifications.notify import last_told
from loop_tui.packs.ship.targets.project_file import read_project_targets
from loop_tui.services.toolchains.npm import read_package
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.archive.query import read_runs, usual_durations
from loop_tui.storage.archive.writer import archive_path, archived_as, build_body, write_archive
from loop_tui.storage.definitions.catalog import builtin, catalog, find, read_definition
from loop_tui.storage.definitions.trust import is_trusted, read_trust, remember
from loop_tui.storage.log.output_log import read_from
from loop_tui.storage.state.leases import acquire, current, doubtful
from loop_tui.storage.state.run_folder import finished_run
from loop_tui.storage.state.store import Store
from loop_tui.storage.user.key import known_key, own_key
from loop_tui.storage.user.settings import load_settings
from loop_tui.storage.user.settings_file import set_value
from loop_tui.tui.cockpit.typed_command import history
from loop_tui.tui.cockpit.typed_command import remember as keep_typed
from loop_tui.tui.hints import Hints
from loop_tui.tui.theme import load as load_theme

SAMPLES = Path(__file__).parent.parent / "samples"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LOOP = "infra-loop"

Look = Callable[[], object]
"""Something that reads the file; what it gives is shown to somebody."""


class Kind(NamedTuple):
    """A kind of file: where it lies, good contents, how it is changed (see `mutated`), and what looks at it."""

    name: str
    path: Path
    samples: tuple[bytes, ...]
    flavour: str
    looks: Sequence[Look]


class Yard:
    """A project with a run of ours, an archive, settings and all: each kind of file lies in it as we write it."""

    def __init__(self, root: Path) -> None:
        self.project = root / "project"
        self.project.mkdir(parents=True)
        (self.project / ".git").mkdir()
        (self.project / ".git/HEAD").write_text("ref: refs/heads/main\n")
        (self.project / ".git/packed-refs").write_text("# pack-refs\n" + "0" * 40 + " refs/heads/main\n")
        self.definition = _definition(LOOP)
        self.store = _begun(self.project, self.definition)
        self.run_dir = run_folder(self.project, LOOP)
        self.known = definition_of(self.project, LOOP)
        self.state = self.store.path.read_bytes()
        self.elsewhere = root / "elsewhere"
        self.elsewhere.mkdir()

    def kinds(self) -> Iterator[Kind]:
        """Every kind."""
        yield from self._states()
        yield from self._of_the_run()
        yield from self._definitions()
        yield from self._of_the_person()
        yield from self._archive()
        yield from self._of_the_project()

    # --- what looks at a run

    def _looks(self, project: Path, path: Path, *, known: Any = None) -> list[Look]:
        """The list of runs, the screen, `status` in both forms, and the way each finds out which run is meant."""
        rows = partial(_rows, path)
        looks: list[Look] = [rows, lambda: loop_of(project) and "", lambda: loop_to_open(project) and ""]
        looks += [partial(foreign_run, project), partial(_screen, project, LOOP)]
        if known is not None:
            looks += [partial(_status, project, known)]
        return looks

    def _states(self) -> Iterator[Kind]:
        ours = [self.state, *(p.read_bytes() for p in sorted((SAMPLES / "versions").rglob("*-state.json")))]
        looks = self._looks(self.project, self.store.path, known=self.known)
        yield Kind("state", self.store.path, tuple(ours), "json", looks)
        commands = [p.read_bytes() for p in sorted((SAMPLES / "states").glob("*.json"))]
        path = self.elsewhere / "distribution-state.json"
        known = definition_of(self.elsewhere, "distribution-loop")
        yield Kind("state-elsewhere", path, tuple(commands), "json", self._looks(self.elsewhere, path, known=known))
        path = self.elsewhere / "state.json"
        yield Kind("state-server", path, tuple(commands), "json", self._looks(self.elsewhere, path))
        path = self.elsewhere / "loop-state.json"
        yield Kind("state-controller", path, tuple(commands), "json", self._looks(self.elsewhere, path))

    def _of_the_run(self) -> Iterator[Kind]:
        looks = self._looks(self.project, self.store.path, known=self.known)
        for name, more in (
            ("lease.json", [partial(current, self.run_dir), partial(doubtful, self.run_dir)]),
            ("owner.json", [lambda: _reopened(self.store).owner().found]),
            ("definition.json", [lambda: _reopened(self.store).owner().found]),
            ("last-good.json", [lambda: _reopened(self.store).last_good(), lambda: _reopened(self.store).heard()]),
            ("claims.json", []),
            ("foreign-write.json", [lambda: _reopened(self.store).heard()]),
            ("finished.json", [lambda: finished_run(self.run_dir) and ""]),
            ("notified.json", [lambda: last_told(self.run_dir) and ""]),
        ):
            path = self.run_dir / name
            yield Kind(f"run-{name}", path, (path.read_bytes(),), "json", [*(more or looks[:1]), *looks])
        path = self.run_dir / "journey-log.jsonl"
        samples = [path.read_bytes(), *(p.read_bytes() for p in sorted((SAMPLES / "versions").rglob(path.name)))]
        events: list[Look] = [lambda: [event.model_dump_json() for event in _reopened(self.store).events()]]
        yield Kind("journal", path, tuple(samples), "lines", [*events, *looks])
        log = self.run_dir / "output.log"
        lines: list[Look] = [lambda: [line.text for line in read_from(log, 0)[0]], lambda: tail_of(log) and ""]
        yield Kind("output-log", log, (log.read_bytes(),), "text", lines)

    # --- definitions

    def _definitions(self) -> Iterator[Kind]:
        folder = self.elsewhere / ".loops"
        folder.mkdir()
        shipped = [p.read_bytes() for p in sorted((SAMPLES / "loops").glob("*.toml"))]
        entries = sorted(shipped_folder("loops").iterdir(), key=lambda entry: entry.name)
        shipped += [e.read_bytes() for e in entries if e.name.endswith(".toml")]
        path = folder / "sample.toml"
        yield Kind("definition", path, tuple(shipped), "toml", self._defined(path))
        path = self.elsewhere / "loops/sample-loop/loop.json"
        path.parent.mkdir(parents=True)
        theirs = [p.read_bytes() for p in sorted((SAMPLES / "loops").glob("*.json"))]
        yield Kind("loop.json", path, tuple(theirs), "json", self._defined(path))
        path = folder / "targets.toml"
        text = (
            '[[targets]]\nid = "github-actions"\nworkflow = "ci.yml"\n\n'
            '[[targets]]\nid = "live"\nkind = "http-health"\nurl = "https://x.example/"\nlevel = "healthy"\n\n'
            "[release]\ntag = true\nroute = 'push'\n"
        )
        read: list[Look] = [partial(_targets, self.elsewhere), partial(_found, self.elsewhere)]
        yield Kind("targets", path, (text.encode(),), "toml", read)

    def _defined(self, path: Path) -> list[Look]:
        return [partial(read_definition, path), partial(_catalog, self.elsewhere), partial(_found, self.elsewhere)]

    # --- the person's own

    def _of_the_person(self) -> Iterator[Kind]:
        for name, value in (("theme", "night"), ("hints", True), ("keys.pause", "ctrl+p")):
            path = set_value(name, value)
        samples = (path.read_bytes(), b'theme = "x"\nworkspaces = ["a", "b"]\ndepth = 3\n\n[keys]\npause = "p"\n')
        yield Kind("settings", path, samples, "toml", [_settings])
        theme = config_dir() / "themes/sample.toml"
        theme.parent.mkdir(parents=True)
        shipped = [e.read_bytes() for e in shipped_folder("themes").iterdir() if e.name.endswith(".toml")]
        yield Kind("theme", theme, tuple(shipped), "toml", [lambda: load_theme("sample").name])
        remember(self.project, self.project / ".loops/x.toml", "0" * 64, NOW)
        trust = data_dir() / "trust.json"
        asked: list[Look] = [lambda: read_trust()[1], partial(is_trusted, self.project, "x", "0" * 64)]
        yield Kind("trust", trust, (trust.read_bytes(),), "json", asked)
        own_key()
        key = data_dir() / "owner.key"
        yield Kind("key", key, (key.read_bytes(),), "text", [lambda: known_key() is None])
        keep_typed("status")
        typed = next(path for path in data_dir().iterdir() if "status" in path.read_text("utf-8", "replace"))
        yield Kind("typed", typed, (typed.read_bytes(),), "text", [lambda: len(history())])
        Hints().text("cockpit")
        hints = data_dir() / "hints"
        sample = hints.read_bytes() if hints.is_file() else b"palette 1\n"
        yield Kind("hints", hints, (sample,), "text", [lambda: Hints(keep=False).text("cockpit")])

    # --- the archive

    def _archive(self) -> Iterator[Kind]:
        loaded = _reopened(self.store).load()
        assert loaded is not None
        path = archive_path(claude_home(), "sample", LOOP, NOW)
        body = build_body(loaded.state, parse_json(loaded.text), archived_at=NOW, project="project")
        write_archive(path, body, {"journey-log.jsonl": self.run_dir / "journey-log.jsonl"}, secrets=())
        flat = {"loop": LOOP, "completed_at": "2026-01-02T03:04:05Z", "phases_completed": ["A"], "gates_passed": 2}
        samples = (path.read_bytes(), json.dumps(flat).encode(), self.state)
        run, state = loaded.state.run, loaded.state
        looks: list[Look] = [
            _archived,
            partial(usual_durations, claude_home(), LOOP),
            lambda: _as_json(one_run(str(path))),
            lambda: archived_as(claude_home(), run, LOOP) and "",
            partial(_ended, state, self.definition),
        ]
        yield Kind("archive", path, samples, "json", looks)
        bare = path.parent / "sample-infra-loop-20260102-0304"
        bare.mkdir()
        yield Kind("archived-state", bare / "infra-state.json", (self.state,), "json", [_archived])
        past = path.with_suffix("") / "journey-log.jsonl"
        path.write_bytes(samples[0])
        run_of_it = one_run(str(path))
        replay: list[Look] = [lambda: len(load_past(run_of_it, self.project).steps)]
        yield Kind("archived-journal", past, (past.read_bytes(),), "lines", replay)

    # --- what is read of the project

    def _of_the_project(self) -> Iterator[Kind]:
        path = self.project / "package.json"
        package = {"name": "x", "version": "1.0.0", "scripts": {"test": "true"}, "workspaces": ["a"], "files": ["b"]}
        yield Kind("package.json", path, (json.dumps(package).encode(),), "json", [partial(_package, self.project)])
        for name in ("HEAD", "packed-refs"):
            path = self.project / ".git" / name
            yield Kind(f"git-{name}", path, (path.read_bytes(),), "text", [partial(head_of, self.project)])
        path = self.project / ".git/logs/HEAD"
        path.parent.mkdir(exist_ok=True)
        log = b"%040x %040x Ann <a@b.c> 1767432600 +0000\tcommit: feat: more\n" % (1, 2) * 9
        yield Kind("git-log-HEAD", path, (log,), "text", [partial(commits_made, self.project, 0, 2e9)])
        path = self.elsewhere / ".gitignore"
        (self.elsewhere / ".git").mkdir()
        (self.elsewhere / ".git/HEAD").write_text("ref: refs/heads/main\n")
        ignore = b"node_modules/\n*.log\n!keep.log\n/build\n[a-z]*.tmp\ninfra-state.json\n"
        kept: list[Look] = [partial(keep_out_of_git, self.elsewhere / "infra-state.json")]
        yield Kind("gitignore", path, (ignore,), "text", kept)


def _definition(loop: str) -> LoopDefinition:
    found = builtin(loop)
    assert found is not None
    return found


def _reopened(store: Store) -> Store:
    return Store(store.project, store.loop, definition=store.definition)


def _begun(project: Path, definition: LoopDefinition) -> Store:
    """A run with something of everything in it: checks, a document, a question, a claim, a lease, notes."""
    store = Store(project, definition.id, definition=definition)
    state = fresh_state(definition, run="run-1", system="sample", at="")
    store.create(state, changes.started(definition.id, "ann"))
    first = definition.phases[0]
    skill = first.skills[0].id
    (project / "REQUIREMENTS.md").write_text("# Requirements\n")
    green = Check(name="test", status=CheckStatus.PASSED, summary="12 passed", tree="t1", command="npm test")
    for change in (
        changes.skill_checked(first.id, skill, [green]),
        changes.delivered(Deliverable(name="REQUIREMENTS.md", path="REQUIREMENTS.md", size_bytes=15)),
        changes.asked(Question(id="q1", text="Which region?", default="eu")),
        changes.skill_completed(first.id, skill),
        changes.claimed("agent"),
    ):
        store.transact(step(definition, always(change)))
    run_dir = store.run_dir
    held = acquire(run_dir, "ann (1)")
    lease = (run_dir / "lease.json").read_bytes()
    held.release()  # type: ignore[union-attr]
    (run_dir / "lease.json").write_bytes(lease.replace(os.uname().nodename.encode(), b"other.example"))
    (run_dir / "foreign-write.json").write_text(json.dumps({"at": 1767322000.5}))
    (run_dir / "finished.json").write_text(json.dumps({"run": "run-0", "archive": "x", "at": "y"}))
    (run_dir / "notified.json").write_text(json.dumps({"key": "k", "news": "gate", "title": "t"}))
    (run_dir / "output.log").write_text("1767322000123\tplan\tinfo\tit begins\n1767322000124\tplan\tok\tit ends\n")
    return store


# --- looks ----------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> list[object]:
    board = BoardRows(lambda: NOW)
    board.read(path)
    return [to_builtins(row, enc_hook=str) for row in board.rows]


def _screen(project: Path, loop: str) -> list[object]:
    reader = RunReader(project, loop)
    reader.open()
    shot = reader.look()
    need = attention_of(shot)
    return [str(shot.trouble) if shot.trouble else "", need.headline]


def _status(project: Path, known: Any) -> list[object]:
    store = Store(project, known.definition.id, definition=known.definition)
    loaded = store.load_whole()
    if loaded is None:
        return []
    where = ChosenRun(project, known, store)
    return [_status_text(where, loaded.state), json.dumps(_status_json(where, loaded.state, loaded.revision))]


def _catalog(project: Path) -> list[object]:
    found, problems = catalog(project)
    return [*problems, *(f.definition.id for f in found if f.origin == "builtin")]


def _found(project: Path) -> None:
    for name in ("sample-loop", "distribution-loop"):
        try:
            find(project, name)
        except Problem as problem:
            if problem.code.value == "bug":
                raise


def _targets(project: Path) -> int:
    return len(read_project_targets(project, _definition("distribution-loop").targets).entries)


def _settings() -> list[object]:
    settings, problems = load_settings()
    return [*problems, str(settings.theme) if settings.theme in ("dark", "light") else ""]


def _archived() -> list[object]:
    found, problems = read_runs(claude_home(), limit=None, include_state=True)
    listed = list_runs(claude_home(), Filters(), None, most=None)
    rows = [text for run in listed.runs for text in _row(run)]
    return [*problems, *listed.problems, *rows, *(_as_json(run) for run in found)]


def _as_json(run: Any) -> str:
    return json.dumps(run.model_dump(mode="json", exclude={"state"}))


def _ended(state: RunState, definition: LoopDefinition) -> str:
    return ended_of(state, definition).outcome


def _package(project: Path) -> str:
    found = read_package(project)
    return "" if found is None else json.dumps([found.name, found.version])
