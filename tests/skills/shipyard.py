"""A small npm project with a bare remote, and a stand-in for the driver that can die at any instant of an effect."""

import asyncio
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loop_tui.model.definition import (
    GateDefinition,
    LoopDefinition,
    PhaseDefinition,
    Runner,
    SkillDefinition,
    TargetDefinition,
)
from loop_tui.model.evidence import Check, Deliverable, Effect, Question
from loop_tui.model.log import Level
from loop_tui.model.state import GateState, PhaseState, RunState, SkillRun, SkillState
from loop_tui.model.status import CheckStatus, GateStatus, GateType, PhaseStatus, SkillStatus
from loop_tui.skills.aside import Asides
from loop_tui.skills.context import Act, Asked, Context, Observe, Proof, SkillFailed, SkillFunction, SkillResult
from loop_tui.tools import shell, trees

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
    """One run of one project. `kill` names the instants at which the driver dies: `commit:intent`, `push:act`, ..."""

    project: Path
    origin: Path
    home: Path
    state: RunState
    definition: LoopDefinition
    answers: dict[str, str] = field(default_factory=dict)
    unanswered: bool = False
    kill: set[str] = field(default_factory=set)
    said: list[tuple[Level, str]] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)
    remembered: list[tuple[str, Proof]] = field(default_factory=list)
    listening: list[tuple[str, asyncio.Event]] = field(default_factory=list)
    asides: Asides = field(default_factory=Asides)
    clock: int = 0

    # --- the world ---

    @property
    def run_dir(self) -> Path:
        return self.project / ".loop" / "distribution-loop"

    def git(self, *args: str, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *args], cwd=cwd or self.project, check=True, capture_output=True, text=True)
        return done.stdout.strip()

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
        return (self.run_dir / name).read_text()

    @property
    def log(self) -> str:
        return "\n".join(f"{level.value}: {text}" for level, text in self.said)

    # --- the run ---

    async def verify(self) -> str:
        """What code-verification and the gate would leave behind for the tree as it is now."""
        tree = await trees.tracked_tree(self.project, ("distribution-state.json", ".loop"))
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
        self.state = self.state.model_copy(
            update={
                "skill_log": (*self.state.skill_log, entry),
                "deliverables": (*self.state.deliverables, *result.deliverables),
            }
        )

    def context(self, skill: str, settings: Mapping[str, object] | None = None) -> Context:
        phase = next(p for p, skills in PHASES.items() if skill in skills)
        return Context(
            project=self.project,
            run_dir=self.run_dir,
            home=self.home,
            state_file=self.project / "distribution-state.json",
            definition=self.definition,
            skill=SkillDefinition(id=skill, runner=Runner.BUILTIN, settings=dict(settings or {})),
            phase=phase,
            state=self.state,
            do=self,
        )

    async def run(
        self, function: SkillFunction, skill: str, settings: Mapping[str, object] | None = None
    ) -> SkillResult:
        context = self.context(skill, settings)
        result = await function(context)
        self.log_skill(skill, context.phase, result)
        return result

    # --- what the driver does for a skill ---

    def now(self) -> str:
        self.clock += 1
        return f"2026-01-02T03:{self.clock // 60 % 60:02d}:{self.clock % 60:02d}.000Z"

    def say(self, text: str, level: Level = Level.INFO) -> None:
        self.said.append((level, text))
        for words, event in self.listening:
            if level is Level.OUT and words in text:
                event.set()

    async def heard(self, words: str) -> None:
        """Wait until a program printed this."""
        event = asyncio.Event()
        self.listening.append((words, event))
        await event.wait()

    async def ask(self, question: Question) -> str:
        self.asked.append(question)
        known = self.state.question(question.id)
        if known is not None and known.answer is not None:
            return known.answer
        answer = self.answers.get(question.id)
        if answer is None:
            answer = next(
                (a for start, a in self.answers.items() if start.endswith("-") and question.id.startswith(start)), None
            )
        if self.unanswered and answer is None:
            raise Asked(question)
        answer = answer if answer is not None else question.default or ""
        done = question.model_copy(update={"answer": answer})
        self.state = self.state.model_copy(update={"questions": (*self.state.questions, done)})
        return answer

    async def effect(self, effect_id: str, kind: str, intent: Proof, observe: Observe, act: Act) -> Proof:
        known = self.state.effect(effect_id)
        if known is not None and known.proof is not None:
            return known.proof
        if known is None:
            self._keep(Effect(id=effect_id, kind=kind, intent=intent, intended_at=self.now()))
        self._die(f"{kind}:intent")
        proof = await observe()
        if proof is None:
            self.acted.append(kind)
            await act()
            self._die(f"{kind}:act")
            proof = await observe()
        if proof is None:
            raise SkillFailed(f"{effect_id} was done and cannot be seen")
        self._die(f"{kind}:observe")
        effect = Effect(id=effect_id, kind=kind, intent=intent, proof=json.loads(json.dumps(proof)))
        self._keep(effect.model_copy(update={"proven_at": self.now()}))
        self._die(f"{kind}:proof")
        return proof

    def remember(self, kind: str, facts: Mapping[str, Proof]) -> None:
        for key, value in facts.items():
            if self.recall(key) != value:
                self.remembered.append((key, value))
                self._keep(Effect(id=key, kind=kind, proof=json.loads(json.dumps(value)), proven_at=self.now()))

    def recall(self, key: str) -> Proof | None:
        known = self.state.effect(key)
        return known.proof if known else None

    def _keep(self, effect: Effect) -> None:
        known = {e.id: e for e in self.state.effects} | {effect.id: effect}
        self.state = self.state.model_copy(update={"effects": tuple(known.values())})

    def _die(self, instant: str) -> None:
        if instant in self.kill:
            self.kill.discard(instant)
            raise Killed(instant)

    async def command(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float = 1800,
        cwd: Path | None = None,
        quiet: bool = False,
        colourful: bool = False,
    ) -> shell.Result:
        self.commands.append(tuple(argv))

        def on_lines(lines: Sequence[shell.Line]) -> None:
            for line in lines:
                self.say(line.text, Level.OUT)

        return await shell.run(argv, cwd=cwd or self.project, timeout_s=timeout_s, on_lines=on_lines)

    def deliver(self, name: str, text: str, summary: str = "") -> Deliverable:
        path = self.run_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return Deliverable(name=name, path=name, summary=summary, size_bytes=len(text))


def definition(*targets: TargetDefinition) -> LoopDefinition:
    """The distribution loop, as far as these tests need it."""
    return LoopDefinition(
        id="distribution-loop",
        phases=tuple(
            PhaseDefinition(id=phase, skills=tuple(SkillDefinition(id=s, runner=Runner.BUILTIN) for s in skills))
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


def new_yard(root: Path, home: Path) -> Yard:
    """A project with one commit that its bare origin has, and a run that stands at SHIP."""
    project, origin = root / "project", root / "origin.git"
    project.mkdir(parents=True)
    phases = tuple(
        PhaseState(
            id=phase,
            status=PhaseStatus.COMPLETE if phase in ("INIT", "VERIFY") else PhaseStatus.PENDING,
            skills=tuple(SkillState(id=s, status=SkillStatus.PENDING) for s in skills),
        )
        for phase, skills in PHASES.items()
    )
    state = RunState(run="run-1", loop="distribution-loop", system="widget", phase="SHIP", phases=phases)
    yard = Yard(project, origin, home, state, definition())
    yard.git("init", "-q", "--bare", "-b", "main", str(origin), cwd=root)
    yard.git("init", "-q", "-b", "main")
    yard.bump("0.7.0")
    yard.write("server.js", SERVER)
    yard.write(".gitignore", "node_modules/\ndist/\n.loop/\n")
    yard.git("add", ".gitignore", "package.json", "server.js")
    yard.git("commit", "-qm", "feat: begin")
    yard.git("remote", "add", "origin", str(origin))
    yard.git("push", "-q", "-u", "origin", "main")
    yard.write("distribution-state.json", "{}\n")
    with (project / ".git/info/exclude").open("a") as file:
        file.write("distribution-state.json\n")
    return yard
