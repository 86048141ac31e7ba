"""The two worlds that every port has to behave alike in: real files, and memory."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from loop_tui.cli.wiring import run_ports
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.log import LogLine
from loop_tui.ports import HeldLease, RunPorts
from loop_tui.storage.log.output_log import OUTPUT_NAME, read_from
from tests.memory import MemoryClock, MemoryRun

LOOP = LoopDefinition(
    id="contract-loop",
    phases=(
        PhaseDefinition(id="INIT", skills=(SkillDefinition(id="plan", deliverables=("plan.md",)),)),
        PhaseDefinition(id="SHIP", skills=(SkillDefinition(id="push"),)),
    ),
    gates=(GateDefinition(id="plan-gate", after="INIT"),),
)


class PortsWorld(Protocol):
    """What a test may do behind the back of the ports."""

    clock: MemoryClock

    def ports(self) -> RunPorts:
        """Ports made anew, as the next process has them."""

    def overwrite(self, text: str | None) -> None:
        """Write the state as somebody does who knows no lock; None removes it."""

    def text(self) -> str | None:
        """The state as it stands there."""

    def put_in_project(self, name: str, data: bytes) -> None:
        """A file in the project itself."""

    def know(self, vision: str) -> None:
        """A document of the project says what it is for."""

    def document(self, name: str, text: str | None = None) -> str:
        """A document in the folder docs: what it says, once it says that text."""

    def log_lines(self) -> list[LogLine]:
        """What readers of the log see."""

    def kill(self, held: HeldLease) -> None:
        """The process that holds the lease dies."""

    def put_aside(self) -> list[str]:
        """The ids of the runs that were put aside."""

    def damage(self, place: str) -> None:
        """Cut an archive short."""

    def repository(self, **files: str) -> None:
        """Make the project a repository in which these files are committed."""

    def write(self, name: str, text: str) -> None:
        """Change a file of the repository."""

    def commit(self) -> None:
        """Commit what lies there."""

    def leave_base(self) -> None:
        """Work goes on apart from the base branch from here on."""


class MemoryWorld:
    """Everything in memory."""

    def __init__(self) -> None:
        self.run = MemoryRun.of(LOOP, token="driver")
        self.clock = self.run.clock

    def ports(self) -> RunPorts:
        return self.run.reopened().ports()

    def overwrite(self, text: str | None) -> None:
        self.run.store.overwrite(text)

    def text(self) -> str | None:
        return self.run.store.text

    def put_in_project(self, name: str, data: bytes) -> None:
        self.run.artifacts.in_project[name] = data
        self.run.workspace.untracked.add(name)

    def know(self, vision: str) -> None:
        self.run.context.says = vision

    def document(self, name: str, text: str | None = None) -> str:
        documents = self.run.docs.documents
        if text is not None:
            documents[f"docs/{name}"] = text
        return documents[f"docs/{name}"]

    def log_lines(self) -> list[LogLine]:
        return self.run.log.lines

    def kill(self, held: HeldLease) -> None:
        self.run.lease.die()

    def put_aside(self) -> list[str]:
        return self.run.artifacts.put_aside

    def damage(self, place: str) -> None:
        del self.run.archive.bodies[place]["summary"]
        del self.run.archive.bodies[place]["state"]

    def repository(self, **files: str) -> None:
        self.run.workspace.files = {_name(name): text for name, text in files.items()}
        self.commit()

    def write(self, name: str, text: str) -> None:
        assert self.run.workspace.files is not None
        self.run.workspace.files[name] = text

    def commit(self) -> None:
        self.run.workspace.commit_all()

    def leave_base(self) -> None:
        self.run.workspace.left_at = dict(self.run.workspace.committed or {})


@dataclass
class FilesWorld:
    """A project folder, a home and a repository."""

    project: Path
    home: Path
    clock: MemoryClock

    def ports(self) -> RunPorts:
        return run_ports(self.project, LOOP, {"LOOP_TUI_HOME": str(self.home)}, self.clock)

    @property
    def _state(self) -> Path:
        return self.project / "contract-state.json"

    @property
    def _run_dir(self) -> Path:
        return self.project / ".loop" / LOOP.id

    def overwrite(self, text: str | None) -> None:
        if text is None:
            self._state.unlink()
        else:
            self._state.write_bytes(text.encode())

    def text(self) -> str | None:
        return self._state.read_bytes().decode() if self._state.exists() else None

    def put_in_project(self, name: str, data: bytes) -> None:
        (self.project / name).write_bytes(data)

    def know(self, vision: str) -> None:
        path = self.project / ".claude/DREAM-STATE.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# System Dream State: sample\n\n## Vision\n{vision}\n")

    def document(self, name: str, text: str | None = None) -> str:
        path = self.project / "docs" / name
        path.parent.mkdir(exist_ok=True)
        if text is not None:
            path.write_bytes(text.encode())
        return path.read_bytes().decode()

    def log_lines(self) -> list[LogLine]:
        path = self._run_dir / OUTPUT_NAME
        return read_from(path, 0)[0] if path.exists() else []

    def kill(self, held: HeldLease) -> None:
        # The system frees the lock of a process that dies, and the lease file stays.
        held._unlock()  # type: ignore[attr-defined]
        lease = self._run_dir / "lease.json"
        lease.write_text(lease.read_text().replace(f'"pid":{held.record.pid},', '"pid":4194304,'))

    def put_aside(self) -> list[str]:
        folder = self._run_dir / "abandoned"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def damage(self, place: str) -> None:
        path = Path(place)
        path.write_bytes(path.read_bytes()[:100])

    def repository(self, **files: str) -> None:
        self._git("init", "--quiet")
        for name, text in files.items():
            self.write(_name(name), text)
        self._git("add", "--", *map(_name, files))
        self.commit()

    def write(self, name: str, text: str) -> None:
        (self.project / name).write_text(text)

    def commit(self) -> None:
        self._git("commit", "--quiet", "--all", "--allow-empty", "-m", "feat: something")

    def leave_base(self) -> None:
        self._git("switch", "--quiet", "-c", "work")

    def _git(self, *argv: str) -> None:
        subprocess.run(["git", *argv], cwd=self.project, check=True, capture_output=True)


def _name(name: str) -> str:
    return name.replace("__", ".")
