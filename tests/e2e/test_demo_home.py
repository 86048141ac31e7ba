"""A demo leaves nothing outside its folder: the person's home is compared before and after, byte by byte."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from loop_tui.fs.demo import HOME, MARKER
from tests.projects import wait_for
from tests.tui.runs import human_gate

from .test_screen import Terminal, answer_the_question

ROOT = Path(__file__).parents[2]
CACHES = (".cache/pip", ".npm/_cacache")
"""What pip and npm keep for themselves."""
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Person:
    """Somebody's home with things in it, and a temporary folder; nothing says where else anything may lie."""

    home: Path
    tmp: Path
    folder: Path

    def run(self, *words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of ours without a terminal."""
        argv = [sys.executable, "-P", "-m", "loop_tui", *map(str, words)]
        return subprocess.run(
            argv, cwd=cwd or self.folder, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False
        )

    def seen(self) -> dict[str, tuple[object, ...]]:
        """All that lies in the home, with mode, time and content; and in the temporary folder."""
        found: dict[str, tuple[object, ...]] = {}
        for top in (self.home, self.tmp):
            for path in sorted(top.rglob("*")):
                name = str(path.relative_to(top.parent))
                told = path.lstat()
                content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
                if not any(f"home/{cache}" in name for cache in CACHES):
                    found[name] = (oct(told.st_mode), told.st_mtime_ns, content)
        return found


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A home of somebody who works with all of these tools."""
    for name in tuple(os.environ):
        if name.startswith(("XDG_", "LOOP_", "NPM_", "GIT_", "GH_", "NODE_")):
            monkeypatch.delenv(name)
    made = Person(tmp_path / "home", tmp_path / "tmp", tmp_path / "work")
    for folder in (made.tmp, made.folder, made.home / ".claude/commands", made.home / ".npm", made.home / ".cache"):
        folder.mkdir(parents=True)
    (made.home / ".gitconfig").write_text("[user]\n name = A Person\n email = person@example.org\n")
    (made.home / ".npmrc").write_text("fund=false\n")
    (made.home / ".claude/commands/mine.md").write_text("mine\n")
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.setenv("TMPDIR", str(made.tmp))
    monkeypatch.setenv("HISTFILE", os.devnull)  # That of the shell in the terminal.
    return made


def archived(demo: Path) -> list[Path]:
    """The runs of a demo that are over."""
    return list((demo / HOME / "claude/runs").glob("*/*.json"))


def refused(done: subprocess.CompletedProcess[str], words: str) -> bool:
    """True for a command that did nothing and said why on one line."""
    return done.returncode == 2 and done.stdout == "" and words in done.stderr and len(done.stderr.splitlines()) == 1


def test_make_run_leaves_the_home_as_it_was(person: Person) -> None:
    """Headless, twice, and with the commands that a person then tries by hand."""
    before = person.seen()
    demo = person.folder / "demo"
    make = ["make", "-C", str(ROOT), f"VENV={sys.prefix}", f"DEMO={demo}", "-o", f"{sys.prefix}/.installed", "run"]
    for count in (1, 2):
        done = subprocess.run(make, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == 0, done.stderr
        assert len(archived(demo)) == count
    project = demo / "widget"
    for words in (["status"], ["go"], ["run", "--yes"], ["pause"], ["watch", "--once"], ["watch", "--once", str(demo)]):
        assert refused(person.run(*words, cwd=project), "this is a demo"), words
    assert person.run("runs", cwd=project).stdout.strip() == "no archived runs", "one's own life has none of it"
    assert "widget" in person.run("demo", demo, "runs").stdout
    assert person.run("demo", demo, "--", "status", "--json").returncode == 0
    assert "no runs below" in person.run("watch", "--once", person.folder).stdout
    assert person.seen() == before


@pytest.mark.usefixtures("quick_npm")
def test_undo_in_a_demo_and_a_home_that_the_person_moved(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """LOOP_TUI_HOME and XDG folders are of the person's own life: a demo does not go there either."""
    for name in ("LOOP_TUI_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(person.home / name.lower()))
    before = person.seen()
    demo = person.folder / "demo"
    done = person.run("demo", demo)
    assert done.returncode == 0, done.stderr
    assert len(archived(demo)) == 1
    person.run("demo", demo, "undo")
    assert person.seen() == before


@pytest.mark.usefixtures("quick_npm")
def test_a_demo_that_was_killed_goes_on(person: Person) -> None:
    """At any instant: what it left lies in its folder, and the next `demo` ends it."""
    before = person.seen()
    demo = person.folder / "demo"
    argv = [sys.executable, "-P", "-m", "loop_tui", "demo", str(demo)]
    log = person.folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        wait_for(lambda: "distribution-gate" in log.read_text() or "SHIP" in log.read_text(), "it ships")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = person.run("demo", demo)
    assert done.returncode == 0, done.stderr
    assert len(archived(demo)) == 1
    assert person.seen() == before


@pytest.mark.needs("tmux")
@pytest.mark.usefixtures("quick_npm")
def test_a_person_ships_the_demo_by_keys(person: Person) -> None:
    """From the empty folder's welcome through the whole loop, history and undo; then the home is as it was."""
    before = person.seen()

    @dataclass(frozen=True)
    class Here:
        folder: Path

        def journal(self) -> list[dict[str, object]]:
            found = [path.read_bytes() for path in demo.rglob("journey-log.jsonl") if ".loop" in path.parts]
            return [json.loads(line) for text in found for line in text.splitlines(True) if line.endswith(b"\n")]

    demo = person.folder / "loop-tui-demo"
    terminal = Terminal(Here(person.folder), 110, 34)  # type: ignore[arg-type]  # no more of it is asked for
    try:
        terminal.open()
        terminal.sees("Try the demo")
        terminal.keys("d")
        terminal.sees("space start", "pending", "not running")
        terminal.keys("Space")
        for question in ("Bump version", "Commit message"):
            answer_the_question(terminal, question)
        wait_for(lambda: archived(demo), "the run has ended")
        terminal.sees("✓ done", "not running")
        terminal.keys("H")
        terminal.sees("history  1 run")
        terminal.keys("b")
        terminal.sees("not running")
        terminal.keys("q")
        terminal.sees("ended=0")
    finally:
        terminal.close()
    assert person.seen() == before


@pytest.mark.usefixtures("quick_npm")
def test_two_at_once_make_one_demo(person: Person) -> None:
    """One makes it and drives; the other says so, or attaches to what is there."""
    demo = person.folder / "demo"
    argv = [sys.executable, "-P", "-m", "loop_tui", "demo", str(demo)]
    started = [
        subprocess.Popen(argv, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]
    assert 0 in [code for _, code in ended]
    for err, code in ended:
        assert code == 0 or "another `loop-tui demo` is making it" in err or "driven by" in err, err
        assert "Traceback" not in err
    assert len(archived(demo)) == 1


@pytest.fixture
def made(person: Person) -> Path:
    """A demo that was made, and not shipped."""
    demo = person.folder / "demo"
    assert person.run("demo", demo, "status").returncode == 0
    return demo


def test_a_demo_of_somebody_else_is_not_taken(person: Person, made: Path) -> None:
    """A copy stands for a clone and for an unpacked archive: its scripts, key and trust are not this person's."""
    for copy in ("copied", "moved"):
        (shutil.copytree if copy == "copied" else shutil.move)(made, person.folder / copy)
        if copy == "copied":
            assert refused(person.run("demo", person.folder / copy), "made elsewhere")
    # What was only moved is still of this person; but where it lies is part of what is known of it.
    assert refused(person.run("demo", person.folder / "moved"), "made elsewhere")


def bring_marker(place: Path, marker: str) -> None:
    """What a repository may have where a demo has its marker."""
    if marker in ("link", "dangling"):
        place.symlink_to("/dev/zero" if marker == "link" else "nowhere")
    elif marker == "pipe":
        os.mkfifo(place)
    elif marker == "folder":
        place.mkdir()
    else:
        place.write_text(marker)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "marker",
    ["{}", "", "[" * 5000, json.dumps({"sample": "widget", "status": "ready"}), "link", "dangling", "pipe", "folder"],
    ids=["empty object", "empty", "nested", "no proof", "link", "dangling", "pipe", "folder"],
)
def test_a_marker_leads_nowhere(person: Person, marker: str) -> None:
    """A cloned repository with a marker and a home: no key, setting or trust of it counts, and nothing hangs.

    Nor does it keep us from working there: the folder is one like any other.
    """
    clone = person.folder / "clone"
    human_gate(clone / "widget")
    before = person.seen()
    bring_marker(clone / MARKER, marker)
    config = clone / HOME / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('theme = "theirs"\n')
    told = json.loads(person.run("config", "--json", cwd=clone / "widget").stdout)
    assert str(clone) not in json.dumps(told)
    for words in (["status"], ["status", "--project", str(clone / "widget")]):
        done = person.run(*words, cwd=clone / "widget")
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    for root in (clone, clone / "widget", person.folder):
        assert str(clone / "widget") in person.run("watch", "--once", "--json", root).stdout
    assert person.run("demo", clone).returncode == 2
    assert person.seen() == before


@pytest.mark.parametrize("marker", ["{}", json.dumps({"sample": "widget", "status": "ready"}), "dangling"])
def test_a_marker_keeps_nobody_from_a_demo_of_their_own(person: Person, marker: str) -> None:
    """What a repository has under the name of the demo is left alone, and the demo gets another name."""
    (person.folder / "loop-tui-demo").mkdir()
    bring_marker(person.folder / "loop-tui-demo" / MARKER, marker)
    (person.folder / "loop-tui-demo-2").symlink_to("nowhere")
    done = person.run("sample", person.folder)
    assert json.loads(done.stdout.splitlines()[-1]) == {"project": str(person.folder / "loop-tui-demo-3/widget")}


def test_what_a_dead_process_left_in_the_temporary_folder_goes(person: Person) -> None:
    """The next one of ours removes it; what is of a living one, or of something else, stays."""
    code = (
        "import os; from loop_tui.fs.temporary import temporary_folder\n"
        "with temporary_folder('pack') as folder:\n    (folder / 'x').write_text('x')\n    os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT)
    (left,) = person.tmp.iterdir()
    mine = person.tmp / left.name.replace(left.name.split("-")[4], str(os.getpid()))
    others = [mine, person.tmp / "loop-tui-pack-abcdefgh", person.tmp / left.name.replace("loop-tui", "other")]
    for other in others:
        other.mkdir()
    subprocess.run([sys.executable, "-c", code.replace("os._exit(1)", "pass")], check=True, cwd=ROOT)
    assert sorted(person.tmp.iterdir()) == sorted(others)
