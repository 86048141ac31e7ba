"""A pack whose one skill asks for a secret, found as installed ones are, and a project with its loop."""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.crash.worlds import environment
from tests.where_shown import where_shown

LOOP = "asking-loop"
QUESTION = "otp-1"
_LOOP = f"""\
id = "{LOOP}"
name = "Asking"
version = "1.0.0"
description = "Asks for a secret."

[[phases]]
id = "LOGIN"

[[phases.skills]]
id = "login"
runner = "builtin"
"""
_PACK = f"""\
import hashlib
import sys

from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.pack_api import Pack, SkillSpec

PACK = Pack(id="asking", skills={{"login": SkillSpec("asking:login")}})


async def login(ctx: Context) -> SkillResult:
    secret = await ctx.do.ask(Question(id="{QUESTION}", kind=QuestionKind.SECRET, text="One-time password?"))
    ctx.do.say(f"got {{secret}}")
    await ctx.do.command([sys.executable, "-c", f"print('printed', {{secret[::-1]!r}}[::-1])"])
    ctx.do.deliver("told.md", f"told {{secret}}")
    (ctx.project / "digest").write_text(hashlib.sha256(secret.encode()).hexdigest())
    return SkillResult(f"signed in with {{secret}}")
"""


@dataclass(frozen=True)
class AskingWorld:
    """A project, a home and a temporary folder of their own; `root` has all of them."""

    root: Path
    env: dict[str, str]

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def run_dir(self) -> Path:
        return self.project / ".loop" / LOOP

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "loop_tui", *words]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command, with pipes for what it reads and says."""
        pipe = subprocess.PIPE
        argv = self.argv(*words)
        return subprocess.Popen(
            argv, cwd=self.project, env=self.env, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )

    def say(self, *words: str, typed: str = "") -> tuple[int, str]:
        """The exit code of a command, and what it printed."""
        started = self.start(*words)
        said, _ = started.communicate(typed, timeout=60)
        return started.returncode, said

    def got(self, secret: str) -> bool:
        """True when the skill was given that secret."""
        digest = self.project / "digest"
        return digest.exists() and digest.read_text() == hashlib.sha256(secret.encode()).hexdigest()

    def shown(self, secret: str) -> list[str]:
        """Where a secret can be read: files below the root and their names, arguments and environments of processes."""
        return where_shown(secret, self.root)


def asking_world(root: Path) -> AskingWorld:
    """A world in a new folder."""
    env = environment(root)
    packs = root / "packs"
    metadata = packs / "asking-1.dist-info"
    metadata.mkdir(parents=True)
    (packs / "asking.py").write_text(_PACK)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: asking\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[loop_tui.packs]\nasking = asking:PACK\n")
    loops = root / "home" / ".config" / "loop-tui" / "loops"
    loops.mkdir(parents=True)
    (loops / f"{LOOP}.toml").write_text(_LOOP)
    path = os.pathsep.join((str(packs), env.get("PYTHONPATH") or str(Path(__file__).parents[1])))
    made = AskingWorld(root, {**env, "PYTHONPATH": path, "TERM": "xterm-256color"})
    made.project.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=made.project, env=made.env, check=True)
    return made
