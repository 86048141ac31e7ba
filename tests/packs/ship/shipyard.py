"""A small npm project with a bare remote, and the driver's own services for its skills, over a run in memory.

What a skill asks, does, remembers and delivers goes through the code that a driver uses; a driver that dies at an
instant of an effect, and what a test wants to see of all this, are added around it. What a driver does around a skill,
its context and the record of its result, stands here in short (`Yard.context`, `Yard.run`): tests/driver has the real
one.
"""

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from loop_tui.driver.conductor import Refused
from loop_tui.driver.options import Options
from loop_tui.driver.output import Output
from loop_tui.driver.services import DriverServices
from loop_tui.engine import changes
from loop_tui.engine.transaction import Wish, step
from loop_tui.model.definition import (
    BUILTIN,
    GateDefinition,
    LoopDefinition,
    PhaseDefinition,
    SkillDefinition,
    TargetDefinition,
)
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Check, Question
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.state import GateState, PhaseState, RunState, SkillRun, SkillState
from loop_tui.model.status import CheckStatus, GateStatus, GateType, PhaseStatus, SkillStatus
from loop_tui.packs.ship import PACK
from loop_tui.packs.ship.evidence import tree_now
from loop_tui.packs.ship.packaging.record import put
from loop_tui.packs.ship.packaging.tarball import FOLDER
from loop_tui.ports import RunPlace, RunPorts
from loop_tui.process import shell
from loop_tui.runners.background import Asides
from loop_tui.runners.context import Act, Asked, Context, Observe, Proof, SkillFunction, SkillResult
from loop_tui.runners.packs import Packs
from loop_tui.services.git.git import repository_root as top_of
from loop_tui.storage.archive.artifacts import DELIVERABLES, RunArtifacts
from loop_tui.storage.archive.query import ArchiveFiles
from tests.memory import MemoryRun

SERVER = """\
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url)));
createServer((request, response) => {
  response.writeHead(request.url === '/health' ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ status: 'ok', version }));
}).listen(Number(process.env.PORT), process.env.HOST, () => console.log('up on', process.env.PORT));
"""
PACKAGE = {
    "name": "widget",
    "version": "0.7.0",
    "type": "module",
    "main": "dist/out.js",
    "files": ["dist"],
    "scripts": {
        "build": "node -e \"fs.mkdirSync('dist',{recursive:true});fs.writeFileSync('dist/out.js','1\\n')\"",
        "start": "node server.js",
    },
}
PHASES = {
    "INIT": ("release-planner",),
    "VERIFY": ("code-verification",),
    "SHIP": ("git-workflow", "deploy", "distribute"),
    "COMPLETE": ("retrospective",),
}


class Killed(BaseException):
    """What the death of the driver looks like to a skill."""


@dataclass
class Yard:
    """One run of one project. `kill` names the instants at which the driver dies: `commit:intent`, `push:act`, ...

    `answers` are given beforehand, by id or by its part before the facts; what is not among them gets its stated
    default, unless it is to stay `unanswered`. `secrets` are typed one after the other, when they are asked for.
    """

    origin: Path
    home: Path
    definition: LoopDefinition
    run_: MemoryRun
    answers: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    unanswered: bool = False
    kill: set[str] = field(default_factory=set)
    said: list[tuple[LogLevel, str]] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)
    remembered: list[tuple[str, Proof]] = field(default_factory=list)
    listening: list[tuple[str, asyncio.Event]] = field(default_factory=list)
    asides: Asides = field(default_factory=Asides)

    # --- the world ---

    @property
    def project(self) -> Path:
        return self.run_.place.project

    @project.setter
    def project(self, project: Path) -> None:
        """Work in another folder from now on: the run goes along."""
        self.run_.place = place_of(project, self.home)

    @property
    def run_dir(self) -> Path:
        return self.run_.place.run_dir

    def git(self, *args: str, cwd: Path | None = None) -> str:
        return git(*args, cwd=cwd or self.project)

    def write(self, name: str, text: str) -> Path:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def bump(self, version: str = "0.8.0") -> None:
        self.write("package.json", json.dumps(PACKAGE | {"version": version}, indent=2) + "\n")

    def commits(self) -> list[str]:
        return self.git("log", "--format=%s").splitlines()

    def remote_head(self, branch: str = "main") -> str:
        line = self.git("ls-remote", str(self.origin), f"refs/heads/{branch}")
        return line.split("\t")[0]

    def other_clone(self) -> Path:
        folder = self.project.parent / "other"
        self.git("clone", "-q", str(self.origin), str(folder))
        return folder

    def text(self, name: str) -> str:
        """A deliverable of this run."""
        return (self.run_dir / DELIVERABLES / name).read_text()

    @property
    def log(self) -> str:
        return "\n".join(f"{level.value}: {text}" for level, text in self.said)

    # --- the run ---

    @property
    def state(self) -> RunState:
        loaded = self.run_.store.load()
        assert loaded is not None
        return loaded.state

    @state.setter
    def state(self, state: RunState) -> None:
        """Let the run stand there, as its state file keeps it."""
        self.run_.store.transact(lambda _, stamp: (state, ()))

    def now(self) -> str:
        """The time, as the files write it; a second later each time."""
        self.run_.clock.pass_by(1)
        return self.services("").now()

    async def verify(self) -> str:
        """What code-verification and the gate would leave behind for the tree as it is now."""
        top = await top_of(self.project)
        assert top is not None
        tree = await tree_now(self.context("git-workflow"), top)
        checks = tuple(
            Check(name=name, status=CheckStatus.PASSED, summary="exit 0", tree=tree, at=self.now())
            for name in ("build", "test", "lint")
        )
        self.log_skill("code-verification", "VERIFY", SkillResult("green", checks))
        gate = GateState(
            id="readiness-gate", status=GateStatus.APPROVED, type=GateType.AUTO, by="auto", checks=checks, at=self.now()
        )
        others = tuple(g for g in self.state.gates if g.id != gate.id)
        self.state = self.state.model_copy(update={"gates": (*others, gate)})
        return tree

    async def verify_as(self, found: Mapping[str, Check]) -> None:
        """What the gate would leave behind for checks that code-verification made."""
        gate = GateState(
            id="readiness-gate",
            status=GateStatus.APPROVED,
            type=GateType.AUTO,
            by="auto",
            checks=tuple(check for check in found.values() if check.passed),
            at=self.now(),
        )
        others = tuple(g for g in self.state.gates if g.id != gate.id)
        self.state = self.state.model_copy(update={"gates": (*others, gate), "phase": "SHIP"})

    def log_skill(self, skill: str, phase: str, result: SkillResult) -> None:
        entry = SkillRun(
            skill=skill,
            phase=phase,
            summary=result.summary,
            checks=result.checks,
            started_at=self.now(),
            completed_at=self.now(),
            duration_ms=1200,
            deliverables=tuple(d.name for d in result.deliverables),
        )
        state = self.state
        self.state = state.model_copy(
            update={
                "skill_log": (*state.skill_log, entry),
                "deliverables": (*state.deliverables, *result.deliverables),
            }
        )

    def services(self, skill: str) -> "YardServices":
        return YardServices(self, skill)

    @property
    def ports(self) -> RunPorts:
        place = self.run_.place
        return self.run_.ports(artifacts=RunArtifacts(place), archive=ArchiveFiles(place.home))

    def context(self, skill: str, settings: Mapping[str, object] | None = None) -> Context:
        phase = next(p for p, skills in PHASES.items() if skill in skills)
        place = self.run_.place
        return Context(
            project=place.project,
            run_dir=place.run_dir,
            home=place.home,
            state_file=place.state_file,
            archive=self.ports.archive,
            workspace=self.ports.workspace,
            dreams=self.ports.dreams,
            docs=self.ports.docs,
            definition=self.definition,
            skill=SkillDefinition(id=skill, runner=BUILTIN, settings=dict(settings or {})),
            phase=phase,
            state=self.state,
            do=self.services(skill),
            kinds=Packs((PACK,)),
        )

    async def run(
        self, function: SkillFunction, skill: str, settings: Mapping[str, object] | None = None
    ) -> SkillResult:
        """Let a skill do its work, and record it as the driver does."""
        context = self.context(skill, settings)
        result = await function(context)
        assert isinstance(context.do, YardServices)
        known = {d.name: d for d in result.deliverables} | context.do.delivered
        result = SkillResult(result.summary, result.checks, tuple(known.values()))
        self.log_skill(skill, context.phase, result)
        return result

    # --- what is heard and read of it

    def heard_line(self, line: LogLine) -> None:
        self.said.append((line.level, line.text))
        for words, event in self.listening:
            if line.level is LogLevel.OUT and words in line.text:
                event.set()

    async def heard(self, words: str) -> None:
        """Wait until a program printed this."""
        event = asyncio.Event()
        self.listening.append((words, event))
        await event.wait()

    def transact(self, wish: Wish) -> RunState:
        outcome = self.run_.store.transact(step(self.definition, wish))
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        return outcome.state

    def die(self, instant: str) -> None:
        """The driver dies here, when the test says so."""
        if instant in self.kill:
            self.kill.discard(instant)
            raise Killed(instant)


async def _nobody_is_told(state: RunState) -> None:
    """A yard has no notifications."""


class YardServices(DriverServices):
    """The services of the driver, with a note of what was asked of them."""

    def __init__(self, yard: Yard, skill: str) -> None:
        ports = yard.ports
        given = {key.rstrip("-"): text for key, text in yard.answers.items()}
        super().__init__(
            skill=skill,
            ports=ports,
            definition=yard.definition,
            options=Options(answers=given, yes=not yard.unanswered),
            output=Output(ports.log, (), yard.heard_line, ports.clock),
            secrets=(),
            environment={},
            asides=yard.asides,
            read=lambda: yard.state,
            write=yard.transact,
            told=_nobody_is_told,
        )
        self.yard = yard

    async def ask(self, question: Question) -> str:
        self.yard.asked.append(question)
        if question.is_secret:
            if not self.yard.secrets:
                raise Asked(question)
            return self.yard.secrets.pop(0)
        return await super().ask(question)

    async def effect(self, effect_id: str, kind: str, intent: Proof, observe: Observe, act: Act) -> Proof:
        looked = False

        async def looking() -> Proof | None:
            nonlocal looked
            if not looked:
                looked = True
                self.yard.die(f"{kind}:intent")
            proof = await observe()
            if proof is not None:
                self.yard.die(f"{kind}:observe")
            return proof

        async def acting() -> None:
            self.yard.acted.append(kind)
            await act()
            self.yard.die(f"{kind}:act")

        proof = await super().effect(effect_id, kind, intent, looking, acting)
        if looked:
            self.yard.die(f"{kind}:proof")
        return proof

    def remember(self, kind: str, facts: Mapping[str, Proof]) -> None:
        self.yard.remembered += [(key, value) for key, value in facts.items() if self.recall(key) != value]
        super().remember(kind, facts)

    async def command(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float = 1800,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        quiet: bool = False,
        colourful: bool = False,
        name: str = "",
    ) -> shell.Result:
        self.yard.commands.append(tuple(argv))
        return await super().command(
            argv, timeout_s=timeout_s, cwd=cwd, env=env, quiet=quiet, colourful=colourful, name=name
        )


def git(*args: str, cwd: Path) -> str:
    done = subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def definition(*targets: TargetDefinition) -> LoopDefinition:
    """The distribution loop, as far as these tests need it."""
    return LoopDefinition(
        id="distribution-loop",
        phases=tuple(
            PhaseDefinition(id=phase, skills=tuple(SkillDefinition(id=s, runner=BUILTIN) for s in skills))
            for phase, skills in PHASES.items()
        ),
        gates=(
            GateDefinition(
                id="readiness-gate", after="VERIFY", type=GateType.AUTO, checks=("build", "test", "lint"), title="Ready"
            ),
            GateDefinition(id="distribution-gate", after="SHIP", type=GateType.AUTO, checks=("*",)),
        ),
        targets=targets,
        source="distribution-loop.toml",
    )


def place_of(project: Path, home: Path) -> RunPlace:
    return RunPlace(project, project / ".loop/distribution-loop", project / "distribution-state.json", home)


def new_yard(root: Path, home: Path) -> Yard:
    """A project with one commit that its bare origin has, and a run that stands at SHIP."""
    project, origin = root / "project", root / "origin.git"
    made = Path(_template().name)
    shutil.copytree(made / "project", project)
    shutil.copytree(made / "origin.git", origin)
    config = project / ".git/config"
    config.write_text(config.read_text().replace(str(made / "origin.git"), str(origin)))
    phases = tuple(
        PhaseState(
            id=phase,
            status=PhaseStatus.COMPLETE if phase in ("INIT", "VERIFY") else PhaseStatus.PENDING,
            skills=tuple(SkillState(id=s, status=SkillStatus.PENDING) for s in skills),
        )
        for phase, skills in PHASES.items()
    )
    loop = definition()
    state = RunState(run="run-1", loop=loop.id, system="widget", phase="SHIP", phases=phases)
    run = MemoryRun.of(loop, place_of(project, home))
    run.store.create(state, changes.started(loop.id, "ann"))
    yard = Yard(origin, home, loop, run)
    yard.write("distribution-state.json", "{}\n")
    return yard


async def put_packed(yard: Yard, sha: str, version: str = "0.8.0") -> None:
    """Lay the tarball of a build of the project where the commit's own would lie: packed by npm once for all tests."""
    folder = yard.run_dir / FOLDER
    made = folder / ".shared" / f"widget-{version}.tgz"
    made.parent.mkdir(parents=True)
    made.write_bytes(_packed(version))
    await put(made, folder, sha)
    made.parent.rmdir()


@cache
def _packed(version: str) -> bytes:
    """What npm packs of the project when it was built."""
    with tempfile.TemporaryDirectory(prefix="packed-") as name:
        folder = Path(name)
        (folder / "dist").mkdir()
        (folder / "dist/out.js").write_text("built\n")
        (folder / "package.json").write_text(json.dumps(PACKAGE | {"version": version}, indent=2) + "\n")
        subprocess.run(["npm", "pack", "--ignore-scripts"], cwd=folder, check=True, capture_output=True)
        (tarball,) = folder.glob("*.tgz")
        return tarball.read_bytes()


@cache
def _template() -> "tempfile.TemporaryDirectory[str]":
    """The project and its origin, made once: a copy costs no process of git."""
    made = tempfile.TemporaryDirectory(prefix="yard-")
    project, origin = Path(made.name) / "project", Path(made.name) / "origin.git"
    project.mkdir()
    git("init", "-q", "--bare", "-b", "main", str(origin), cwd=project)
    git("init", "-q", "-b", "main", cwd=project)
    (project / "package.json").write_text(json.dumps(PACKAGE, indent=2) + "\n")
    (project / "server.js").write_text(SERVER)
    (project / ".gitignore").write_text("node_modules/\ndist/\n.loop/\n")
    git("add", ".gitignore", "package.json", "server.js", cwd=project)
    git("commit", "-qm", "feat: begin", cwd=project)
    git("remote", "add", "origin", str(origin), cwd=project)
    git("push", "-q", "-u", "origin", "main", cwd=project)
    with (project / ".git/info/exclude").open("a") as file:
        file.write("distribution-state.json\n")
    return made
