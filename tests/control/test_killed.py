"""Killed between any two writes of an answer, an adoption, a claim or its end, and said again: the same final state.

A child process says it and is killed by the signal that nobody can catch, once before each of its calls that change a
file; then a new process says it again. What is there in the end is what an undisturbed run leaves (SPEC sections 3, 4).
"""

import contextlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loop_tui.control.adoption import adopt, adopt_definition
from loop_tui.control.answers import AnswerKeeper
from loop_tui.control.client import RunClient
from loop_tui.control.run_definition import definition_of
from loop_tui.control.trust import agree, trust_needed
from loop_tui.engine import changes
from loop_tui.fs import atomic
from loop_tui.fs.shipped import shipped_folder
from loop_tui.model.problem import Problem
from loop_tui.storage.state.claims import CLAIMS_NAME
from loop_tui.storage.state.store import Store
from tests.tui.launching import Started
from tests.tui.runs import asking, human_gate, new_run

LEAST = 60
"""How many instants there have to be in all."""
_CALLS = ("write", "rename", "replace", "link", "unlink", "fsync")
_PASSING = frozenset(
    {
        "at",
        "feedbackAt",
        "approvedAt",
        "answeredAt",
        "askedAt",
        "started_at",
        "startedAt",
        "last_updated",
        "mac",
        "durationMs",
        "timestamp",
        "completedAt",
        "completed_at",
    }
)


def store_of(project: Path, loop: str = "infra-loop") -> Store:
    return Store(project, loop, definition=definition_of(project, loop).definition)


def client_of(project: Path, loop: str = "infra-loop", by: str = "ann") -> RunClient:
    return RunClient(store_of(project, loop), Started(), by)


def _gate(project: Path) -> None:
    human_gate(project)


def _question(project: Path) -> None:
    asking(project)


def _elsewhere(project: Path) -> None:
    run = human_gate(project)
    run.tell(changes.gate_approved("infra-gate", "bob"))
    (run.store.run_dir / "owner.json").unlink()


def _other_definition(project: Path) -> None:
    human_gate(project)
    folder = project / ".loops"
    folder.mkdir()
    text = (shipped_folder("loops") / "infra-loop.toml").read_text()
    more = text.replace('{ id = "infra-docker"', '{ id = "x" }, { id = "infra-docker"')
    (folder / "infra-loop.toml").write_text(more)
    found = definition_of(project, "infra-loop").found
    assert found is not None
    ask = trust_needed(project, found)
    assert ask is not None
    agree(project, ask)


def _manual(project: Path) -> None:
    new_run(project, "infra-loop").tell(changes.phase_entered("INIT"))


def _claimed(project: Path) -> None:
    _manual(project)
    client_of(project, by="agent").claim("requirements")


def _lapsed(project: Path) -> None:
    _claimed(project)
    path = store_of(project).run_dir / CLAIMS_NAME
    path.write_text(json.dumps([{**claim, "beat": 0} for claim in json.loads(path.read_text())]))


def _erased(project: Path) -> None:
    run = human_gate(project)
    before = run.store.path.read_bytes()
    client_of(project).approve("infra-gate")
    run.store.path.write_bytes(before)


Do = Callable[[Path], object]
SAID: dict[str, tuple[Do, Do]] = {
    "approve": (_gate, lambda p: client_of(p).approve("infra-gate")),
    "changes": (_gate, lambda p: client_of(p).request_changes("more", "infra-gate")),
    "reject": (_gate, lambda p: client_of(p).reject("infra-gate")),
    "answer": (_question, lambda p: client_of(p, "distribution-loop").answer("bump-1", "Y")),
    "answer-again": (_erased, lambda p: AnswerKeeper(store_of(p)).keep()),
    "adopt": (_elsewhere, lambda p: adopt(store_of(p), "ann")),
    "adopt-definition": (_other_definition, lambda p: adopt_definition(store_of(p), "ann")),
    "claim": (_manual, lambda p: client_of(p, by="agent").claim("requirements")),
    "claim-run": (_manual, lambda p: client_of(p, by="agent").claim()),
    "release": (_claimed, lambda p: client_of(p, by="agent").release("requirements")),
    "done": (_claimed, lambda p: client_of(p, by="agent").complete("requirements", "done")),
    "expiry": (_lapsed, lambda p: client_of(p).go()),
}


def killed_at(place: int, do: Do, project: Path) -> bool:
    """Do it in a process that dies before its call of that number; False when it came to its end before."""
    child = os.fork()
    if child == 0:
        _die_before(place)
        try:
            do(project)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _die_before(place: int) -> None:
    left = [place]

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        return call

    for name in _CALLS:
        setattr(os, name, dying(getattr(os, name)))
    atomic.exchange = dying(atomic.exchange)


def found(project: Path) -> dict[str, object]:
    """What is there, but for times, codes and how often it was tried."""
    (path,) = project.glob("*-state.json")
    document = json.loads(path.read_text())
    loop = str(document["loop"])
    store = store_of(project, loop)
    loaded = store.load()
    assert loaded is not None
    claims = [(claim.by, claim.skill) for claim in loaded.state.claims]
    owner = store.owner()
    kept = owner.record.definition if owner.record else ""
    ours = owner.of(loaded.state.run)
    return {"document": _plain(document), "claims": claims, "ours": ours, "definition": kept, "erased": _lost(store)}


def _lost(store: Store) -> int:
    return len(AnswerKeeper(store).erased())


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k not in _PASSING}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def again(do: Do, project: Path) -> None:
    """Say it once more; that it stands already is no news."""
    with contextlib.suppress(Problem):
        do(project)


INSTANTS: dict[str, int] = {}


@pytest.mark.xdist_group("killed")
@pytest.mark.parametrize("name", SAID)
@pytest.mark.sampled(5)
def test_killed_anywhere_and_said_again(tmp_path: Path, name: str) -> None:
    prepare, do = SAID[name]
    whole = tmp_path / "whole"
    prepare(whole)
    do(whole)
    wanted = found(whole)
    place = 0
    while True:
        project = tmp_path / f"at-{place}"
        prepare(project)
        if not killed_at(place, do, project):
            break
        again(do, project)
        assert found(project) == wanted, f"killed before call {place}"
        place += 1
    INSTANTS[name] = place
    assert place > 3


@pytest.mark.xdist_group("killed")
def test_there_were_enough_instants() -> None:
    if len(INSTANTS) == len(SAID):
        assert sum(INSTANTS.values()) >= LEAST, INSTANTS
