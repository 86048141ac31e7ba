"""What the screen can look like: runs at each point that matters, the same every time."""

import json
import os
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import OptionList

from loop_tui.control.attention import AttentionKind
from loop_tui.engine import changes
from loop_tui.fs.homes import claude_home
from loop_tui.fs.paths import run_folder
from loop_tui.model.clock import stamp
from loop_tui.model.evidence import Check, Deliverable, Question, QuestionKind
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.log import LogLevel
from loop_tui.model.panel import PanelLine
from loop_tui.model.state import Blocked
from loop_tui.model.status import CheckStatus
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive
from loop_tui.storage.definitions.catalog import builtin
from loop_tui.storage.dream.checks import read_checks
from loop_tui.storage.dream.proofs import FunctionProof, key_of_check, write_proofs
from loop_tui.storage.log.output_log import OUTPUT_NAME
from loop_tui.storage.state.leases import LEASE_NAME
from loop_tui.storage.state.store import Store
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.home.run_list import RunList
from loop_tui.tui.home.screen import HomeScreen
from loop_tui.tui.viewer.screen import ViewerScreen
from loop_tui.tui.widgets.choose import ChooseScreen
from tests.control.elsewhere import execution_file, infra_file

from .launching import Started
from .past import archive
from .runs import (
    DISTRIBUTION,
    INFRA,
    NOW,
    PLAN,
    Run,
    Watch,
    asking,
    check,
    human_gate,
    new_run,
    red_gate,
    through_init,
    until,
)

Pilots = Pilot[int]
WHY = Blocked(
    reason="the same failure three times",
    last_error="npm test: 1 of 14 failed",
    attempts=3,
    tried=("retry", "retry"),
    action="fix the test, then resume",
    resume="code-verification",
)


def _just_now() -> float:
    """When a driver of another machine was heard of last, so that it counts as alive."""
    return time.time()


@dataclass(frozen=True)
class Scene:
    """A project brought to a point, the loop shown, and the keys that lead from there to the picture."""

    make: Callable[[Path], object]
    loop: str
    kind: AttentionKind
    keys: tuple[str, ...] = ()
    then: Callable[[LoopApp], object] = lambda app: None
    """What happens once the run has been seen."""
    ready: Callable[[LoopApp], bool] = lambda app: True
    changes: tuple[str, ...] = ("2 commits", "new deploy/zones.tf", "changed README.md")
    """What changed in the tree since a moment."""
    lines: tuple[PanelLine, ...] = ()
    """What packs say that starting a run would do."""


def nothing(project: Path) -> None:
    """A folder where no run is."""
    project.mkdir(parents=True, exist_ok=True)


def driven(run: Run) -> None:
    """Somebody drives the run, on another machine: nothing here depends on a process of ours."""
    lease = LeaseRecord(
        pid=4242, host="build-1", heartbeat=_just_now(), name="ada", token="t", since="2026-01-02T03:04:06Z"
    )
    (run.store.run_dir / LEASE_NAME).write_text(json.dumps(lease.model_dump(mode="json")))


def running(project: Path) -> None:
    """The code is being verified."""
    run = new_run(project)
    through_init(run)
    run.say(
        ("release-planner", LogLevel.COMMAND, "git log v0.7.0..HEAD"),
        ("release-planner", LogLevel.OK, "0.8.0: one feature, two fixes"),
        ("code-verification", LogLevel.COMMAND, "npm run build"),
        ("code-verification", LogLevel.OUT, "built dist/gauge.js in 0.4 s"),
        ("code-verification", LogLevel.COMMAND, "npm test"),
        *(("code-verification", LogLevel.OUT, f"ok {n} - gauge case {n}") for n in range(1, 23)),
        ("code-verification", LogLevel.WARN, "two warnings"),
    )
    driven(run)


def folded(project: Path) -> None:
    """The code is being verified: what passed is folded, the tests run."""
    run = new_run(project)
    through_init(run)
    skill = "code-verification"
    run.say(
        ("release-planner", LogLevel.HEAD, "release-planner"),
        ("release-planner", LogLevel.INFO, "package.json: 0.7.0 -> 0.8.0"),
        ("release-planner", LogLevel.OK, "release-planner complete in 2.7s version 0.7.0 -> 0.8.0; 1 feature, 2 fixes"),
        (skill, LogLevel.HEAD, skill),
        (skill, LogLevel.INFO, "npm project, npm: build, test, lint"),
        (skill, LogLevel.COMMAND, "npm run build"),
        *((skill, LogLevel.OUT, f"dist/gauge-{n:02}.js") for n in range(1, 23)),
        (skill, LogLevel.OK, "build: exit 0"),
        (skill, LogLevel.COMMAND, "npm run lint"),
        (
            skill,
            LogLevel.OUT,
            "src/gauge.js:12: a long line that says more than a row of the pane can hold, and goes on",
        ),
        (skill, LogLevel.OUT, "2 errors"),
        (skill, LogLevel.ERROR, "lint: 2 errors (exit 1)"),
        (skill, LogLevel.COMMAND, "npm test"),
        *((skill, LogLevel.OUT, f"ok {n} - gauge case {n}") for n in range(1, 5)),
    )
    driven(run)


def secret(project: Path) -> Run:
    """A driver asks for a secret."""
    run = new_run(project)
    asked = Question(id="otp-1", skill="publish", kind=QuestionKind.SECRET, text="One-time password for ada?")
    run.tell(changes.phase_entered("INIT"), changes.asked(asked))
    driven(run)
    return run


LISTING = (
    "+ dist/turning.js",
    "- dist/old.js",
    *(f"  dist/gauge-{n:02}.js  {n}.1 KB" for n in range(1, 22)),
    "  package.json  412 B",
)
SUMMARY = "widget-gauge-0.8.0.tgz packs: 22 files, 9.1 KB (231.4 KB unpacked); 0.7.0 was 8.0 KB, 1 new file, 1 gone"
INTEGRITY = f"sha512-{'Ab3/' * 21}Zw=="


def did(run: Run, phase: str, skill: str, checks: tuple[Check, ...] = ()) -> None:
    """A skill is done, and left what it has to."""
    known = next(s for p in run.definition.phases for s in p.skills if s.id == skill)
    left = [Deliverable(name=n, skill=skill, path=n, size_bytes=4321) for n in known.deliverables]
    run.tell(changes.skill_completed(phase, skill, checks=checks, deliverables=left, duration_ms=1500))


def packed(project: Path, *, secret: bool = False) -> Run:
    """VERIFY is over: the package was packed and looked through, and others will get it."""
    run = new_run(project)
    through_init(run)
    fields = {
        "command": "npm pack",
        "exit_code": None,
        "duration_ms": None,
        "shows": "public files",
        "tree": "99f00ba",
    }
    package = check("package", summary=SUMMARY, excerpt="\n".join(LISTING), **fields)
    if secret:
        what = "would become public and looks like a secret: config/prod.env (its name)"
        fix = "Fix: exclude it with `files` in package.json, or, if it is not a secret, list it: harmless in [release]"
        lines = ("! config/prod.env looks like a secret: its name", *LISTING)
        package = check("package", CheckStatus.FAILED, summary=f"{what} {fix}", excerpt="\n".join(lines), **fields)
    found = (check("build"), check("test", summary="14 of 14 passed"), package)
    did(run, "VERIFY", "code-verification", found)
    run.tell(changes.phase_completed("VERIFY"))
    if secret:
        run.tell(changes.gate_failed("readiness-gate", what, what, found))
    return run


def public(project: Path) -> None:
    """A person is asked before what was packed is pushed."""
    run = packed(project)
    asked = Question(
        id="commit-1",
        skill="git-workflow",
        kind=QuestionKind.CONFIRM,
        text="Commit 2 files and push to origin/main? [Y/n]",
        default="Y",
    )
    run.tell(changes.gate_approved("readiness-gate", "ada", (), "seen"))
    run.tell(changes.phase_entered("SHIP"), changes.asked(asked))


def public_secret(project: Path) -> None:
    """What was packed holds a secret: the gate failed before anything was pushed."""
    packed(project, secret=True)


def published(project: Path) -> None:
    """The registry shows what was packed; the archive is next."""
    run = packed(project)
    run.tell(changes.gate_approved("readiness-gate", "ada", (), "seen"), changes.phase_entered("SHIP"))
    registry = "http://127.0.0.1:4873/"
    proof = (
        f"place: registry {registry}",
        "version: 0.8.0",
        f"integrity: {INTEGRITY}",
        "dist_tag: latest",
        f"tarball: {registry}widget-gauge/-/widget-gauge-0.8.0.tgz",
    )
    said = f"confirmed: widget-gauge@0.8.0 at {registry}, {INTEGRITY:.19}, dist-tag latest"
    found = (
        check("push", summary="origin/main is 3f2a1bc"),
        check("git-remote", summary="confirmed: origin/main is 3f2a1bc"),
        check("railway", CheckStatus.SKIPPED, summary="not configured", command="", exit_code=None),
        check(
            "npm-registry",
            summary=said,
            command="npm view widget-gauge@0.8.0 dist.integrity",
            exit_code=None,
            excerpt="\n".join(proof),
            shows="proof of the publish",
        ),
    )
    for skill in ("git-workflow", "deploy"):
        did(run, "SHIP", skill)
    did(run, "SHIP", "distribute", found)
    run.tell(changes.phase_completed("SHIP"))
    run.tell(changes.gate_approved("distribution-gate", "ada", found, "confirmed"))
    run.tell(changes.phase_entered("COMPLETE"))
    did(run, "COMPLETE", "retrospective")
    run.tell(changes.phase_completed("COMPLETE"), changes.completed())


def gate_waits(project: Path) -> None:
    """The infra gate waits for a person."""
    human_gate(project)


APPROVED_PLAN = """# Infrastructure plan

One server in one zone, which is restarted by hand.

## Steps

1. Rent the server.
2. Copy the program there.
"""
PLAN_NOW = """# Infrastructure plan

Two servers in two zones, behind one address.

## Steps

1. Rent the servers.
2. Copy the program there.
3. Watch their health, and call somebody.
"""


def planned(project: Path) -> Run:
    """The infra gate waits; an earlier run passed it with another plan."""
    moment = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
    old = human_gate(project)
    old.tell(changes.gate_approved(old.definition.gates[0].id, "ada"))
    state = old.state.model_copy(update={"run": "run-0"})
    body = build_body(state, json.loads(old.store.path.read_text()), archived_at=moment)
    path = archive_path(claude_home(), old.state.system, INFRA, moment)
    write_archive(path, body, {f"deliverables/{PLAN}": APPROVED_PLAN.encode()})
    old.store.remove()
    run = human_gate(project)
    (project / PLAN).write_text(PLAN_NOW)
    return run


def _is_planned(app: LoopApp) -> bool:
    """True when the panel shows what the person decides on."""
    workers = [w for w in app.workers if w.group == "gate" and w.is_running]
    return not workers and app.screen_stack[0].query_one(GatePanel).has_read


def failed(project: Path) -> None:
    """A red test failed the readiness gate."""
    red_gate(project).say(
        ("code-verification", LogLevel.COMMAND, "npm test"),
        ("code-verification", LogLevel.ERR, "not ok 13 - gauge clamps at 100"),
        ("code-verification", LogLevel.ERROR, "npm test failed with exit code 1"),
    )


NAMED = (
    "✖ gauge > clamps at 100 (test/gauge.test.js:13): expected 100, got 112\n"
    "✖ gauge > turns back at 0 (test/gauge.test.js:31): expected 0, got -4\n"
    "✖ label shows its unit (test/label.test.js:4): Cannot read properties of undefined (reading 'unit')\n\n"
    "not ok 13 - gauge > clamps at 100\n  ---\n  expected: 100\n  actual: 112\n  ..."
)


def failed_named(project: Path) -> None:
    """Three red tests failed the readiness gate, and are known by name."""
    red_gate(project, NAMED)


def blocked(project: Path) -> None:
    """The same failure came too often."""
    run = new_run(project)
    through_init(run)
    run.tell(changes.blocked(WHY))


def complete(project: Path) -> None:
    """Everything is done; the archive is next."""
    run = new_run(project)
    for phase in run.definition.phases:
        run.tell(changes.phase_entered(phase.id))
        for skill in phase.skills:
            left = [Deliverable(name=n, skill=skill.id, path=n, size_bytes=4321) for n in skill.deliverables]
            run.tell(changes.skill_completed(phase.id, skill.id, duration_ms=1500, deliverables=left))
        run.tell(changes.phase_completed(phase.id))
        for gate in run.definition.gates:
            if gate.after == phase.id:
                run.tell(changes.gate_approved(gate.id, "ada", [check(name) for name in gate.checks], "seen"))
    run.tell(changes.completed())


SCOPE = """# Release scope

**widget-gauge** goes from 0.7.0 to **{version}**: a *minor* release.

| commit | kind | what |
|---|---|---|
| `3f2a1bc` | feat | {feature} |
| `99aa001` | fix | clamp at 100 [sic] |

- one feature
- two fixes

> Nothing breaks: see [the policy](https://semver.org).
"""


def delivered(project: Path) -> None:
    """A scope was left, and an earlier run left another one."""
    old = new_run(project)
    text = SCOPE.format(version="0.7.1", feature="a label").encode()
    state = old.state.model_copy(update={"run": "run-0"})
    moment = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
    body = build_body(state, json.loads(old.store.path.read_text()), archived_at=moment)
    path = archive_path(claude_home(), old.state.system, DISTRIBUTION, moment)
    write_archive(path, body, {"deliverables/release-scope.md": text})
    old.store.remove()
    run = new_run(project)
    (run.store.run_dir / "release-scope.md").write_text(SCOPE.format(version="0.8.0", feature="a gauge that turns"))
    through_init(run)
    driven(run)


def _is_read(app: LoopApp) -> bool:
    viewer = app.screen
    return isinstance(viewer, ViewerScreen) and viewer.is_read and viewer.text != "reading…"


def archived(app: LoopApp) -> None:
    """The state file goes, as it does when a driver has archived a run."""
    (app.project / "distribution-state.json").unlink()


TOLD = {
    "release": {"from": "0.7.0", "to": "0.8.0", "commit": "3f2a1bcd99e0", "tag": "v0.8.0"},
    "targets": [
        {"id": "git-remote", "title": "Git remote", "level": "confirmed", "proof": "origin/main is 3f2a1bc"},
        {
            "id": "npm-registry",
            "title": "npm registry",
            "level": "confirmed",
            "proof": "widget-gauge@0.8.0 at http://127.0.0.1:4873/",
        },
        {"id": "github-release", "title": "GitHub Release", "level": "not configured", "proof": ""},
    ],
}
"""What the summary of an archive says of a release."""


def put_into_archive(project: Path) -> None:
    """What a driver does at the end of a run that shipped."""
    file = project / "distribution-state.json"
    state = Store(project, DISTRIBUTION, definition=builtin(DISTRIBUTION)).load()
    assert state is not None
    body = build_body(state.state, json.loads(file.read_text()), archived_at=NOW, project=project.name, told=TOLD)
    write_archive(archive_path(claude_home(), project.name, DISTRIBUTION, NOW), body, {})
    file.unlink()


def shipped_before(project: Path) -> None:
    """A run shipped something, and is over; the project is opened again."""
    complete(project)
    put_into_archive(project)


AT_WORK, LEFT = NOW.timestamp() - 30, NOW.timestamp() - 3600
"""When a run elsewhere was written last."""


def elsewhere(project: Path) -> None:
    """An agent works on the run, and keeps its state itself."""
    infra_file(project, written=AT_WORK)


def quiet(project: Path) -> None:
    """Nobody has written the run of somebody else for an hour."""
    infra_file(project, written=LEFT)


def asks_elsewhere(project: Path) -> None:
    """A run of somebody else waits at its gate."""
    infra_file(project, written=AT_WORK, status="waiting_for_approval")
    (project / PLAN).write_text("# Plan\n")


def _is_told(app: LoopApp) -> bool:
    """True when packs said what a run would do, or when nobody could see it."""
    told = app.snapshot.ready
    return told.is_told if told is not None else not app.screen_stack[0].query_one(GatePanel).is_shown


def _knows_last(app: LoopApp) -> bool:
    """True when the archive told of the last run, too."""
    return app.snapshot.last is not None and _is_told(app)


READY = tuple(
    PanelLine(*line)
    for line in (
        ("last release", "0.6.0 -> 0.7.0, 99aa001, tag v0.7.0, 2025-12-20 09:00"),
        ("last release", "it reached Git remote, Package tarball, npm registry"),
        ("version", "0.7.0 -> 0.8.0: minor: new feature (3f2a1bc)"),
        ("version", "tag v0.8.0"),
        ("commits", "2 commits, 1 feature, 1 fix since 99aa001 (the last release in the archive)"),
        ("commits", "minor 3f2a1bc feat: a gauge that turns"),
        ("commits", "patch 4b5c6d7 fix: clamp at 100"),
        ("to commit", "2 to commit: package-lock.json, package.json; to origin/main"),
        ("public files", "as of now, before the build: 3 files, 1.1 KB (2.0 KB unpacked); 0.7.0 was 0.9 KB"),
        ("public files", "! config/prod.env looks like a secret: its name"),
        ("public files", "+ dist/turning.js"),
        ("public files", "- dist/old.js"),
        ("public files", "config/prod.env 40 B"),
        ("public files", "dist/turning.js 1.5 KB"),
        ("public files", "package.json 412 B"),
        (
            "publishes",
            "widget@0.8.0 at https://registry.npmjs.org/, dist-tag latest, access public: this cannot be undone",
        ),
        ("publishes", "npm publish widget-0.8.0.tgz --json --tag latest --access public"),
        ("targets", "Git remote: to be confirmed, usually 1.2 s"),
        ("targets", "npm registry: to be confirmed, usually 3.4 s"),
        ("targets", "Railway: not configured: set environment or app in .loops/targets.toml"),
        ("preflight", "no problems found; the remote, GitHub and the registry are checked at the start"),
        ("time", "usually 41 s"),
    )
)
STOPPED = (PanelLine("preflight", "! branch: HEAD is detached (git switch main)"), *READY)

SCENES = {
    "idle": Scene(nothing, DISTRIBUTION, AttentionKind.IDLE, ready=_is_told),
    "ready": Scene(nothing, DISTRIBUTION, AttentionKind.IDLE, ("3",), ready=_is_told, lines=READY),
    "ready-stopped": Scene(nothing, DISTRIBUTION, AttentionKind.IDLE, ("3",), ready=_is_told, lines=STOPPED),
    "running": Scene(running, DISTRIBUTION, AttentionKind.RUNNING),
    "folded": Scene(folded, DISTRIBUTION, AttentionKind.RUNNING),
    "gate-waits": Scene(gate_waits, INFRA, AttentionKind.GATE),
    "gate-open": Scene(gate_waits, INFRA, AttentionKind.GATE, ("3", "a")),
    "gate-plan": Scene(planned, INFRA, AttentionKind.GATE, ("3", "j", "j"), ready=_is_planned),
    "secret": Scene(secret, DISTRIBUTION, AttentionKind.QUESTION, ("3", "x", "y", "z")),
    "public": Scene(public, DISTRIBUTION, AttentionKind.QUESTION, ("3",)),
    "public-secret": Scene(public_secret, DISTRIBUTION, AttentionKind.FAILED, ("3",)),
    "published": Scene(published, DISTRIBUTION, AttentionKind.COMPLETE, ("3",), then=archived),
    "failed-named": Scene(failed_named, DISTRIBUTION, AttentionKind.FAILED, ("3",)),
    "failed": Scene(failed, DISTRIBUTION, AttentionKind.FAILED, ("3",)),
    "blocked": Scene(blocked, DISTRIBUTION, AttentionKind.BLOCKED),
    "complete": Scene(complete, DISTRIBUTION, AttentionKind.COMPLETE, then=archived),
    "shipped": Scene(
        complete, DISTRIBUTION, AttentionKind.COMPLETE, ("3",), then=lambda app: put_into_archive(app.project)
    ),
    "shipped-before": Scene(shipped_before, DISTRIBUTION, AttentionKind.IDLE, ("3",), ready=_knows_last, lines=READY),
    "elsewhere": Scene(elsewhere, INFRA, AttentionKind.ELSEWHERE, ("3",)),
    "quiet": Scene(quiet, INFRA, AttentionKind.QUIET),
    "elsewhere-gate": Scene(asks_elsewhere, INFRA, AttentionKind.GATE, ("3", "a")),
    "adopt": Scene(
        quiet, INFRA, AttentionKind.QUIET, ("space",), ready=lambda app: isinstance(app.screen, ChooseScreen)
    ),
    "viewer": Scene(delivered, DISTRIBUTION, AttentionKind.RUNNING, ("d",), ready=_is_read),
    "viewer-source": Scene(delivered, DISTRIBUTION, AttentionKind.RUNNING, ("d", "m", "n"), ready=_is_read),
    "viewer-diff": Scene(delivered, DISTRIBUTION, AttentionKind.RUNNING, ("d", "d"), ready=_is_read),
    "viewer-check": Scene(failed, DISTRIBUTION, AttentionKind.FAILED, ("3", "e", "enter"), ready=_is_read),
    "palette": Scene(gate_waits, INFRA, AttentionKind.GATE, ("ctrl+p", "w", "r", "a", "p")),
    "command": Scene(gate_waits, INFRA, AttentionKind.GATE, ("colon", "s")),
    "settings": Scene(nothing, DISTRIBUTION, AttentionKind.IDLE, ("comma",)),
    "help": Scene(gate_waits, INFRA, AttentionKind.GATE, ("question_mark",)),
}


def many(folder: Path) -> None:
    """Runs at every point, in folders of their own."""
    for name, make in (("gate", gate_waits), ("red", failed), ("live", running), ("stuck", blocked)):
        make(folder / name)
    asking(folder / "asks")
    new_run(folder / "idle")
    elsewhere(folder / "theirs")
    quiet(folder / "left")
    execution_file(folder / "executions" / "e-1", written=AT_WORK)


def _called(project: Path, minutes: int = 5) -> None:
    """The run of a project goes by the name of its folder, and was written so many minutes ago."""
    ago = stamp(NOW - timedelta(minutes=minutes))
    for path in (*project.glob("*-state.json"), *project.glob(".loop/**/last-good.json")):
        written = path.stat().st_mtime
        text = re.sub(
            r'("last_updated": ?)"[^"]*"', rf'\1"{ago}"', path.read_text().replace("widget-gauge", project.name)
        )
        path.write_text(text)
        os.utime(path, (written, written))


ELEVEN: tuple[tuple[str, Callable[[Path], object], int], ...] = (
    ("atlas-zones", planned, 2),
    ("billing-api", asking, 4),
    ("gauge-ui", failed_named, 7),
    ("ledger-sync", blocked, 26),
    ("pixel-cache", running, 0),
    ("mail-relay", elsewhere, 1),
    ("notes-app", new_run, 190),
    ("search-index", quiet, 60),
)


def eleven(folder: Path) -> None:
    """Eleven projects, each of another name, in every state."""
    for name, make, minutes in ELEVEN:
        make(folder / name)
        _called(folder / name, minutes)
    execution_file(folder / "executions" / "e-1", written=AT_WORK, project="/srv/route-planner")
    for name in ("token-store", "weather-kit"):
        archive(folder / name, day=2, system=name)


def _beside(app: LoopApp) -> bool:
    """True when the run under the cursor has been read, where there is room for its panel."""
    home = app.screen_stack[0]
    busy = [w for w in app.workers if w.group in ("peek", "gate") and w.is_running]
    return home.size.width < 120 or (not home.has_class("no-panel") and not busy)


def over(folder: Path) -> None:
    """Three runs in the archive."""
    for day, ms in ((2, 4000), (3, 9000), (4, 6000)):
        archive(folder / f"past-{day}", day=day, build_ms=ms)


@dataclass(frozen=True)
class Place:
    """A screen that is not the cockpit of a live run: how it is opened, the keys, and when it is ready."""

    make: Callable[[Path], object]
    history: bool
    keys: tuple[str, ...]
    ready: Callable[[LoopApp], object]
    welcome: bool = False


def _listed(app: LoopApp) -> bool:
    found = app.screen_stack[0].query(RunList)
    return bool(found) and len(found.first().rows) == 9 and _beside(app)


def _all_eleven(app: LoopApp) -> bool:
    found = app.screen_stack[0].query(RunList)
    return bool(found) and len(found.first().rows) == 11 and _beside(app)


def served(folder: Path) -> None:
    """One run of the orchestrator server, which waits at its gate."""
    execution_file(folder / "e-1", written=AT_WORK)


def _one(app: LoopApp) -> bool:
    found = app.screen_stack[0].query(RunList)
    return bool(found) and len(found.first().rows) == 1


def _logged(app: LoopApp) -> bool:
    found = app.screen.query(LogPane)
    return bool(found) and len(found.first().view) > 0


def _read(app: LoopApp) -> bool:
    found = app.screen_stack[0].query("#history-runs")
    return bool(found) and app.screen_stack[0].query_one("#history-runs", OptionList).option_count == 3


def dreams(folder: Path) -> None:
    """The documents of an organization and of a system, and what a check found."""
    (folder / ".claude").mkdir(parents=True)
    (folder / ".claude/DREAM-STATE.md").write_text(_SYSTEM_DREAM)
    (folder / ".claude/checks.toml").write_text(
        '[[checks]]\nmodule = "execution-engine"\nfunction = "advance_phase"\nrun = ["true"]\n'
    )
    home = claude_home()
    home.mkdir(parents=True, exist_ok=True)
    (home / "DREAM-STATE.md").write_text(_ORGANIZATION_DREAM)
    checks = read_checks(folder)
    assert checks is not None
    write_proofs(folder, {key_of_check(checks.checks[0]): FunctionProof(False, "3f2a1bc")})
    archive(folder / "past", day=2)


_ORGANIZATION_DREAM = """\
# Organization Dream State: mill street

## Active Systems
| System | Status | Progress |
|--------|--------|----------|
| runs | active | 50% |
| dashboard | active | 60% |
"""
_SYSTEM_DREAM = """\
# System Dream State: runs

## Modules
| Module | Status | Functions |
|--------|--------|-----------|
| skill-registry | complete | 2/2 |
| execution-engine | in-progress | 2/4 |
| memory-service | deferred | |

## Module Checklists

### skill-registry
- [x] list_skills
- [x] get_skill

### execution-engine
- [x] start_execution operational
- [x] advance_phase operational
- [ ] pause_execution operational — without losing the lease
- [ ] skip_skill operational
"""


def _opened(app: LoopApp) -> bool:
    found = app.screen_stack[0].query("#history-runs")
    return bool(found) and app.screen_stack[0].query_one("#history-runs", OptionList).option_count == 1


def _dreamed(app: LoopApp) -> bool:
    found = app.screen.query("#dream-tree")
    return bool(found) and app.screen.query_one("#dream-tree", OptionList).option_count > 5


def _replayed(app: LoopApp) -> bool:
    return app.snapshot.state is not None


PLACES = {
    "home": Place(many, False, (), _listed),
    "eleven": Place(eleven, False, (), _all_eleven),
    "eleven-answer": Place(eleven, False, ("j", "a"), _all_eleven),
    "server": Place(served, False, ("enter",), _one),
    "history": Place(over, True, (), _read),
    "replay": Place(over, True, ("enter",), _read),
    "compare": Place(over, True, ("c",), _read),
    "dream": Place(dreams, True, ("M",), _opened),
    "welcome": Place(lambda folder: None, False, (), lambda app: True, welcome=True),
}


def place_app(place: Place, folder: Path) -> LoopApp:
    """The app where the place is the first screen."""
    place.make(folder)
    if place.welcome:
        # The folder stands on the screen: one that is the same every time. It need not be there.
        return LoopApp(Path("/projects/new"), "", launcher=Started(), clock=Watch(), now=lambda: NOW, welcome=True)
    folders = () if place.history else (folder,)
    return LoopApp(
        folder, "", launcher=Started(), clock=Watch(), now=lambda: NOW, folders=folders, history=place.history
    )


def go_to(name: str, place: Place) -> Callable[[Pilots], Awaitable[None]]:
    """The steps to the picture of a place."""

    async def steps(pilot: Pilots) -> None:
        app = pilot.app
        assert isinstance(app, LoopApp)
        await until(pilot, lambda: len(app.screen_stack) > 0 and place.ready(app), name)
        await pilot.press(*place.keys)
        if isinstance(app.screen, HomeScreen):
            await until(pilot, lambda: _beside(app), "the panel")
        if name == "server":
            await until(pilot, lambda: _logged(app), "the log of the server")
            await pilot.press("3")
        if name == "dream":
            await until(pilot, lambda: _dreamed(app), "the tree")
            await pilot.press("j", "j", "j", "j", "j")
        if name == "replay":
            await until(pilot, lambda: _replayed(app), "the end of the run")
            await pilot.press("left", "left", "left", "left")
        await pilot.pause()

    return steps


def _log_is_shown(app: LoopApp) -> bool:
    """True when everything that the output log holds has reached the pane, and the pane has come to its end."""
    pane = app.screen_stack[0].query_one(LogPane)
    path = run_folder(app.project, app.loop) / OUTPUT_NAME
    at_end = (
        not pane.size.height or not pane.following or pane.scroll_offset.y == max(0, len(pane.view) - pane.size.height)
    )
    return at_end and (not path.exists() or pane.end == path.stat().st_size)


def app_of(scene: Scene, project: Path) -> LoopApp:
    """The app on the scene's project, with a clock that stands and nothing that starts drivers."""
    scene.make(project)
    launcher = Started(lines=scene.lines, changes=scene.changes)
    return LoopApp(project, scene.loop, clock=Watch(), now=lambda: NOW, launcher=launcher)


def bring(scene: Scene) -> Callable[[Pilots], Awaitable[None]]:
    """The steps from the first look to the picture."""

    async def steps(pilot: Pilots) -> None:
        app = pilot.app
        assert isinstance(app, LoopApp)
        await until(pilot, lambda: app.snapshot.opened, "the first look")
        scene.then(app)
        await until(pilot, lambda: app.snapshot.attention.kind is scene.kind, scene.kind)
        for key in scene.keys:
            assert isinstance(app.clock, Watch)
            app.clock.on()
            await pilot.press(key)
            await pilot.pause()
            if isinstance(app.screen, ViewerScreen) and app.screen.shown is not None:
                # A key counts for what was read.
                await until(pilot, lambda: _is_read(app), "the page")
        await until(pilot, lambda: scene.ready(app), "the picture")
        await until(pilot, lambda: _log_is_shown(app), "the log")
        read = lambda: not [w for w in app.workers if w.group in ("preview", "gate") and w.is_running]  # noqa: E731
        await until(pilot, read, "what is read")
        await pilot.wait_for_scheduled_animations()
        await pilot.pause()

    return steps
