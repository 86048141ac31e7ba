"""An agent as it works outside of us, in a process of its own: `agent_script.py STATE GATE PHASE KIND ROUNDS SEED`.

It knows nothing of loop-tui. Its state file is one JSON document that it writes whole, again and again, with its own
keys, its own log and the time; at a gate it reads the file until the gate says something else than pending. KIND says
how it writes and waits:

    lock    under the lock file, by a new file that takes the place of the old one
    wait    into the file itself, without a lock, while `loop-tui wait` tells it the answers
    blind   into the file itself, without a lock; in every other round what it read before the answer came

It prints a line of JSON for whatever happens: `asking`, `heard`, `lost` when it gave up after so many reads (then it
goes on reading once a line comes from standard input), `foreign` for a key of its own that somebody else has changed.
"""

import contextlib
import io
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Document = dict[str, Any]

READS = int(os.environ.get("AGENT_READS", "1000"))
READ_S = 0.01
ANSWER_KEYS = (
    "status", "decision", "feedback", "feedbackAt", "feedbackBy", "approvedBy", "approvedAt", "approvalReason",
    "approvalOf",
)  # fmt: skip


class Agent:
    """Works, asks at the gate, and hears."""

    def __init__(self, path: Path, gate: str, phase: str, kind: str, seed: int) -> None:
        self.path, self.gate, self.phase, self.kind = path, gate, phase, kind
        self.random = random.Random(seed)
        self.written: Document = {}
        self.count = 0
        self.turn = threading.Lock()
        self.known = ""

    # --- the file

    def read(self) -> Document:
        while True:
            try:
                found: Document = json.loads(self.path.read_text("utf-8"))
                return found
            except ValueError:
                time.sleep(0.001)  # We are just writing it, in another thread.

    def write(self, document: Document) -> None:
        text = json.dumps(document, indent=2) + "\n"
        if self.kind == "lock":
            temp = self.path.with_name("agent.swp")
            temp.write_text(text, "utf-8")
            temp.replace(self.path)
            return
        with self.path.open("w", encoding="utf-8") as file:
            file.write(text[: len(text) // 2])
            file.flush()
            file.write(text[len(text) // 2 :])

    def rewrite(self, change: Callable[[Document], object] = lambda document: None) -> None:
        """Read all, change what is ours, and write all: without a lock, what others wrote in between is gone."""
        with self.turn, self.locked():
            document = self.checked(self.read())
            if self.kind != "lock":
                time.sleep(self.random.random() * 0.01)
            self.noted(document)
            change(document)
            self.write(document)
            self.written = document

    def locked(self) -> contextlib.AbstractContextManager[object]:
        if self.kind != "lock":
            return contextlib.nullcontext()
        from filelock import FileLock

        folder = self.path.parent / ".loop" / "infra-loop"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / "state.lock", poll_interval=0.002)

    def noted(self, document: Document) -> None:
        self.count += 1
        document["agent"]["count"] = self.count
        document["agentLog"].append(f"step {self.count}")
        document["last_updated"] = now()

    def checked(self, document: Document) -> Document:
        """Complain of what is not as we wrote it."""
        if self.written and (ours := self.own(document)) != (wrote := self.own(self.written)):
            changed = [key for key in {*ours, *wrote} if ours.get(key) != wrote.get(key)]
            tell("foreign", keys=changed, ours=[wrote.get(k) for k in changed], found=[ours.get(k) for k in changed])
        return document

    def own(self, document: Document) -> Document:
        """All but what an answer is about."""
        copy: Document = json.loads(json.dumps(document))
        copy.pop("gateHistory", None)
        for key in ANSWER_KEYS:
            copy["gates"][self.gate].pop(key, None)
        return copy

    # --- the work

    def round(self, number: int) -> None:
        self.rewrite(self.work)
        self.rewrite(lambda document: None)
        if self.kind == "wait":
            self.ask_and_wait(number)
            return
        before = self.ask(number)
        if self.kind == "blind" and number % 2 == 0:
            self.erase(before)
        self.hear(number)

    def work(self, document: Document) -> None:
        document["phases"][self.phase]["status"] = "active"
        document["phases"][self.phase].pop("completed_at", None)
        document["gates"][self.gate] = {"status": "pending", "required": True, "approvalType": "human"}

    def ask(self, number: int) -> str:
        def complete(document: Document) -> None:
            document["phases"][self.phase] |= {"status": "complete", "completed_at": now()}

        self.rewrite(complete)
        before = self.path.read_text("utf-8")
        tell("asking", round=number)
        return before

    def erase(self, before: str) -> None:
        """Write what was read before the answer, once it is there."""
        while self.path.read_text("utf-8") in (before, ""):
            time.sleep(0.001)
        with self.path.open("w", encoding="utf-8") as file:
            file.write(before)

    def hear(self, number: int) -> None:
        while True:
            for reads in range(READS):
                gate = self.checked(self.read())["gates"][self.gate]
                if gate["status"] != "pending":
                    said = {key: gate.get(key, "") for key in ("status", "decision", "feedback", "approvalReason")}
                    tell("heard", round=number, reads=reads, **said)
                    return
                if self.random.random() < 0.2:
                    self.rewrite()
                time.sleep(READ_S)
            tell("lost", round=number)
            sys.stdin.readline()

    def ask_and_wait(self, number: int) -> None:
        """Ask, and let `loop-tui wait` tell the answer while we go on writing."""
        from loop_tui.__main__ import main

        over = threading.Event()

        def scribble() -> None:
            while not over.wait(self.random.random() * 0.05):
                self.rewrite()

        self.ask(number)
        writer = threading.Thread(target=scribble)
        writer.start()
        place = ["--project", str(self.path.parent), "--loop", "infra-loop"]
        try:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                after = ["--after", self.known] if self.known else []
                code = main(["wait", self.gate, *after, "--timeout", "60", "--json", *place])
        finally:
            over.set()
            writer.join()
        said = json.loads(out.getvalue())
        self.known = said.get("at", self.known)
        tell("heard", round=number, reads=0, code=code, **said)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def tell(event: str, **more: object) -> None:
    # Not `sys.stdout`: while another thread waits, that is for what `loop-tui wait` says.
    print(json.dumps({"event": event, **more}), file=sys.__stdout__, flush=True)


def work(path: str, gate: str, phase: str, kind: str, rounds: str, seed: str) -> None:
    agent = Agent(Path(path), gate, phase, kind, int(seed))
    for number in range(int(rounds)):
        agent.round(number)
    tell("end", count=agent.count)


if __name__ == "__main__":
    work(*sys.argv[1:])
