"""What is typed behind a key that opens a prompt, in a real terminal: all of it is in the prompt, none of it ran.

`python -m tests.typing_soak --keys 100000` is the long form (part of `make soak`): half of the keys at full speed, half
into an event loop that is held up. The suite has a short one.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.soak import ROOT, isolate
from tests.tui.past import archive
from tests.tui.runs import asking, human_gate, new_run, red_gate
from tests.tui.terminal import Terminal

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ?:,/&[]<>{}.;'-_=+*#!é木"
CHOOSING = "abcdefhilmnoprtuvwxyzBCDEFHILMNOPSUVWXYZ0123456789 :,/&[]<>"
"""What is typed where a list is chosen from: the list has its own keys for some of it, and q closes it."""
_PATIENCE_S = 30.0
ESCAPE = "\x1b"


@dataclass(frozen=True)
class Prompt:
    """A prompt: `first` are keys before it, `opens` the keys that open it, `leaves` how many escapes leave it.

    `lists` says that one chooses there and types nothing; `editor` that the keys behind it are an editor's.
    """

    name: str
    opens: str
    first: str = ""
    leaves: int = 1
    lists: bool = False
    editor: bool = False


PLACES: dict[str, tuple[Prompt, ...]] = {
    "gate": (
        Prompt("search", "/", "2"),
        Prompt("filter", "&", "2"),
        Prompt("save", "S", "2"),
        Prompt("command", ":", "1"),
        Prompt("skip", "s", "1"),
        Prompt("skip by its command", ":skip\r", "1"),
        Prompt("skip by the palette", "\x10skip the sel\r", "1"),
        Prompt("changes", "c", "1"),
        Prompt("changes from the log", "c", "2"),
        Prompt("jump", "J", "1", lists=True),
        Prompt("a reason to jump", "JG\r", "1"),
        Prompt("changes on several lines", "c\x0e", "1", leaves=2),
        Prompt("palette", "\x10", "1"),
        Prompt("help", "?/", "1"),
        Prompt("dry run", "D/", "1", leaves=2),
        Prompt("history", "H/", "1", leaves=2),
        Prompt("a setting", ",jjjjj\r", "1", leaves=2),
        Prompt("replay, search", "2/", "H\r", leaves=-1),
        Prompt("documents", "d", "1", lists=True, leaves=2),
        Prompt("an editor", "d\re", "1", leaves=2, editor=True),
    ),
    "red": (Prompt("a reason to approve", "a", "1"), Prompt("changes", "c", "2"), Prompt("command", ":", "3")),
    "question": (Prompt("answer", "3", "1"), Prompt("command", ":", "2")),
    "home": (Prompt("filter of the list", "/"), Prompt("palette of the list", "\x10"), Prompt("help", "?/")),
    "welcome": (Prompt("folder to watch", "w"), Prompt("help", "?/")),
}


@dataclass
class Typed:
    """What one place did: keys that were typed, and what was wrong."""

    keys: int = 0
    bursts: int = 0
    wrong: list[str] = field(default_factory=list)


class Typist:
    """An app in a terminal, and what it wrote down of the keys that it got."""

    def __init__(self, place: str, root: Path, delays: int) -> None:
        self.record = root / "record.jsonl"
        self.record.touch()
        self.project = _ground(place, root)
        self.before = _files(self.project)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "ESCDELAY": "20", "EDITOR": f"{sys.executable} -c 0"}
        argv = [sys.executable, "-m", "tests.typing_soaked", str(self.project), str(self.record), place, str(delays)]
        self.terminal = Terminal(argv, columns=120, rows=40, cwd=root, env=env)
        self.terminal.read_until(b"\x1b[?1049h")
        self.sent = 0
        self.notes: list[dict[str, Any]] = []
        self._read = 0
        while not self.type(ESCAPE)["opened"]:
            """The run is still being read: until then no prompt opens."""

    def type(self, keys: str) -> dict[str, Any]:
        """Type keys at once, and give what the app says when all of them are through."""
        self.terminal.output.clear()
        self.terminal.type(keys)
        self.sent += len(keys)
        return self.wait()

    def wait(self) -> dict[str, Any]:
        """What the app says when all that was typed is through. Raises AssertionError when it never does."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            self.terminal.read_some(0.005)
            self._look()
            last = next((note for note in reversed(self.notes) if "through" in note), None)
            if last is not None and last["through"] >= self.sent:
                return last
            if self.terminal.process.poll() is not None:
                break
        raise AssertionError(f"the keys never came through: {self.sent} sent, {self.notes[-3:]}")

    def _look(self) -> None:
        with self.record.open() as lines:
            lines.seek(self._read)
            text = lines.read()
        whole = text.rpartition("\n")[0]
        if whole:
            self._read += len(whole.encode()) + 1
            self.notes += [json.loads(line) for line in whole.splitlines()]

    def did(self, first: int, last: int) -> list[str]:
        """What the keys from one number to the one before another made the app do."""
        return [f"{n['did']} by key {n['key']}" for n in self.notes if "did" in n and first <= n["key"] < last]

    def sees(self, words: str) -> None:
        """Wait until the terminal is told some words, from the last key on."""
        self.terminal.read_until(words.encode())

    def end(self) -> list[str]:
        """End the app; what is wrong with how it leaves the world."""
        if self.terminal.process.poll() is None:
            os.kill(self.terminal.process.pid, signal.SIGTERM)
        code = self.terminal.end()
        self.terminal.close()
        self._look()
        wrong = [f"crashed: {note['crashed']}" for note in self.notes if "crashed" in note]
        if code != 128 + signal.SIGTERM:
            wrong.append(f"it ended with {code}")
        if _files(self.project) != self.before:
            wrong.append("files of the project were changed")
        return wrong


def _ground(place: str, root: Path) -> Path:
    folder = root / "project"
    if place == "gate":
        human_gate(folder)
        archive(root / "past")
    elif place == "red":
        red_gate(folder)
    elif place == "asks":
        new_run(folder)
    elif place == "question":
        asking(folder)
    elif place == "home":
        human_gate(folder / "gate")
        red_gate(folder / "red")
    else:
        folder.mkdir()
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def soak(place: str, seed: int, root: Path, *, keys: int, delays: bool, only: Sequence[str] = ()) -> Typed:
    """Type so many keys into the prompts of a place, a text at a time."""
    chance = random.Random(f"{place} {seed} {delays}")
    typist, found = Typist(place, root, seed + 1 if delays else 0), Typed()
    prompts = [prompt for prompt in PLACES[place] if not only or prompt.name in only]
    try:
        while found.keys < keys:
            for prompt in chance.sample(prompts, len(prompts)):
                _burst(typist, prompt, chance, found)
    except AssertionError as error:
        found.wrong.append(str(error))
    finally:
        found.wrong += typist.end()
    return found


def _burst(typist: Typist, prompt: Prompt, chance: random.Random, found: Typed) -> None:
    where = f"{prompt.name}, after {found.keys} keys"
    for key in prompt.first:
        typist.type(key)
    letters = CHOOSING if prompt.lists else LETTERS
    text = "".join(chance.choice(letters) for _ in range(chance.randrange(5, 60)))
    start = typist.sent + len(prompt.opens)
    told = typist.type(prompt.opens + text)
    found.keys += len(prompt.opens) + len(text)
    found.bursts += 1
    done = typist.did(start, typist.sent)
    if not prompt.lists and done:
        found.wrong.append(f"{where}: {text!r} ran {done}")
    if not (prompt.lists or prompt.editor) and not str(told["value"] or "").endswith(text):
        found.wrong.append(f"{where}: typed {text!r}, in the prompt is {told['value']!r}")
    if prompt.lists and len(told["screens"]) < 2:
        found.wrong.append(f"{where}: {text!r} closed the list")
    if told["value"] is not None:
        typist.type("\x15")
    for _ in range(prompt.leaves if prompt.leaves > 0 else 1):
        typist.type(ESCAPE)
    if prompt.leaves < 0:
        typist.type("q")
        typist.type(ESCAPE)
    lowest = typist.wait()["screens"]
    if len(lowest) > 1:
        raise AssertionError(f"{where}: left with {lowest}")


def main() -> int:
    """Exit code 1 when anything that was typed ran, or was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.typing_soak", description=__doc__)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--held-up", action="store_true", help="only with delays in the event loop")
    parser.add_argument("--place", choices=PLACES, action="append")
    parser.add_argument("--prompt", action="append", default=[])
    given = parser.parse_args()
    places = given.place or list(PLACES)
    known = sum(len(PLACES[place]) for place in places)
    total = bursts = 0
    wrong: list[str] = []
    for delays in (True,) if given.held_up else (False, True):
        for place in places:
            share = given.keys // 2 * len(PLACES[place]) // known
            with tempfile.TemporaryDirectory(prefix="loop-tui-typing-") as folder:
                isolate(Path(folder))
                done = soak(place, given.seed, Path(folder), keys=share, delays=delays, only=given.prompt)
            total, bursts = total + done.keys, bursts + done.bursts
            wrong += [f"{place}, {each}" for each in done.wrong]
            speed = "with delays" if delays else "at full speed"
            said = f"{place} {speed}: {done.keys} keys in {done.bursts} texts, {len(done.wrong)} wrong"
            print(said, *done.wrong[:10], sep="\n  ", flush=True)
    print(f"{total} keys in {bursts} texts: {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
