"""Projects brought to the points that are worth a picture, by real drivers: the sample under other names."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from loop_tui.process.shell import capture
from tests.own_sample import own_sample

_SLOW_TEST = """
import { existsSync } from 'node:fs';
const cases = ['shows a value', 'clamps at 100', 'turns back', 'shows its unit', 'keeps its width'];
const say = (name, at) => console.log(`ok ${at + 1} - gauge ${name}`);
cases.forEach((name, at) => setTimeout(say, 60 * at, name, at));
setInterval(() => { if (existsSync('dist/go')) process.exit(0); }, 20);
"""
_PLAN_BEFORE = """# Infrastructure plan

One server in one zone, which is restarted by hand.

## Steps

1. Rent the server.
2. Copy the program there.
"""
_PLAN = """# Infrastructure plan

Two servers in two zones, behind one address.

## Steps

1. Rent the servers.
2. Copy the program there.
3. Watch their health, and call somebody.
"""
_REQUIREMENTS = "# Requirements\n\nOne service, one database, three environments.\n"


async def cli(project: Path, *argv: str) -> str:
    """Run a command of loop-tui in the project."""
    done = await capture([sys.executable, "-P", "-m", "loop_tui", *argv], cwd=project, timeout_s=180)
    return done.stdout


async def git(project: Path, *argv: str) -> None:
    """Run git in the project."""
    await capture(["git", *argv], cwd=project, timeout_s=60)


async def named(folder: Path, name: str) -> Path:
    """The sample project as somebody's own, called by that name, with all of it at its remote."""
    project = own_sample(folder / f".{name}").project.rename(folder / name)
    for file in ("package.json", "package-lock.json"):
        text = (project / file).read_text().replace('"name": "widget"', f'"name": "{name}"')
        (project / file).write_text(text)
    await commit(project, f"chore: call it {name}")
    return project


async def commit(project: Path, message: str) -> None:
    """Commit everything, and push it."""
    await git(project, "commit", "--quiet", "--no-verify", "--all", "--message", message)
    await git(project, "push", "--quiet", "--no-verify", "origin", "main")


async def with_plan(project: Path) -> Path:
    """Do the skills before infra-gate by hand, twice: the first time another plan was approved."""
    for plan in (_PLAN_BEFORE, _PLAN):
        await _to_gate(project, plan)
        if plan is _PLAN_BEFORE:
            await cli(project, "approve", "infra-gate", "--loop", "infra-loop")
            await cli(project, "abort", "--loop", "infra-loop", "--reason", "planned anew")
    (project / "deploy").mkdir(exist_ok=True)
    (project / "deploy" / "zones.tf").write_text('zones = ["a", "b"]\n')
    return project


async def _to_gate(project: Path, plan: str) -> None:
    await cli(project, "go", "--loop", "infra-loop")
    for name, text in (("REQUIREMENTS.md", _REQUIREMENTS), ("INFRASTRUCTURE-PLAN.md", plan), ("INFRA-PLAN.md", plan)):
        (project / name).write_text(text)
    for skill in ("requirements", "scaffold", "infra-devenv"):
        for _ in range(200):  # The driver of the last word may not be in the next phase yet.
            if "completed" in await cli(project, "complete", skill, "--loop", "infra-loop"):
                break
            await asyncio.sleep(0.05)


async def failing(project: Path) -> Path:
    """Break the sample's code, so that its tests are red, and ship."""
    source = next((project / "src").glob("gauge.js"))
    source.write_text(source.read_text().replace("shown * width", "shown * widht"))
    await cli(project, "run", "--yes")
    return project


async def testing(project: Path) -> Path:
    """Its tests go on until `let_go`."""
    (project / "scripts" / "slow-test.js").write_text(_SLOW_TEST)
    text = (project / "package.json").read_text().replace('"node --test"', '"node scripts/slow-test.js"')
    (project / "package.json").write_text(text)
    await git(project, "add", "--all")
    await commit(project, "test: one case after the other")
    await asked(project)
    await cli(project, "answer", "y")
    return project


async def asked(project: Path) -> None:
    """Begin a run, and wait for its first question."""
    await cli(project, "go")
    for _ in range(300):
        status = json.loads(await cli(project, "status", "--json") or "{}")
        if status.get("questions"):
            return
        await asyncio.sleep(0.1)


def let_go(project: Path) -> None:
    """Let its tests end."""
    (project / "dist").mkdir(exist_ok=True)
    (project / "dist" / "go").touch()


def elsewhere(project: Path, *, waits: bool = False, quiet: bool = False) -> Path:
    """The state of an infra run as an agent keeps it by itself, in a folder of its own."""
    project.mkdir(parents=True, exist_ok=True)
    phase = {"status": "waiting_for_approval" if waits else "active", "completed_skills": ["scaffold"]}
    state = {
        "loop": "infra-loop",
        "phase": "SCAFFOLD",
        "status": "active",
        "context": {"system": project.name},
        "phases": {"INIT": {"status": "complete"}, "SCAFFOLD": phase},
        "gates": {"infra-gate": {"status": "pending"}},
    }
    path = project / "infra-state.json"
    path.write_text(json.dumps(state, indent=2))
    (project / "INFRASTRUCTURE-PLAN.md").write_text("# Plan\n\n- a container for the service\n")
    if quiet:
        then = time.time() - 3600
        os.utime(path, (then, then))
    return project


ELEVEN = (
    "atlas", "billing", "gauges", "harbor", "ledger", "mailer", "notes", "pixels", "search", "tokens", "weather",
)  # fmt: skip


async def eleven(work: Path) -> tuple[Path, ...]:
    """Eleven projects, in every state; gives those that have to be let go at the end."""
    made = {name: await named(work, name) for name in ELEVEN if name not in ("mailer", "search")}
    elsewhere(work / "search", quiet=True)
    await _to_gate(made["atlas"], _PLAN)
    await asked(made["billing"])
    await failing(made["gauges"])
    await asked(made["harbor"])
    await cli(made["harbor"], "answer", "y")
    await failing(made["ledger"])
    for _ in range(2):  # The same failure again and again.
        await cli(made["ledger"], "run", "--resume", "--yes")
    await testing(made["pixels"])
    await asked(made["notes"])
    await cli(made["notes"], "pause")
    for name in ("tokens", "weather"):
        await cli(made[name], "run", "--yes")
    elsewhere(work / "mailer")  # The last: it counts as at work for two minutes.
    return (made["pixels"],)
