"""A pack that somebody else made, in a wheel of its own: nothing of ours knows it, and all that it has works."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.installed import ROOT, Installed, built, environment
from tests.tui.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

HELLO = Path(__file__).parent / "hello"


@pytest.fixture(scope="module")
def hello(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with loop-tui and the foreign pack; the one that other tests share knows nothing of it."""
    made = environment(wheel, tmp_path_factory.mktemp("foreign"))
    made.pip_install(built(HELLO, tmp_path_factory.mktemp("hello")))
    return made


def told(hello: Installed, project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [hello.bin / "loop-tui", *words],
        cwd=project,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_none_of_our_files_knows_it() -> None:
    sources = [*(ROOT / "loop_tui").rglob("*.py"), *(ROOT / "loops").glob("*.toml"), ROOT / "pyproject.toml"]
    assert not [path for path in sources if "loop_tui_hello" in path.read_text()]


def test_its_command_is_in_the_help_and_runs(hello: Installed, tmp_path: Path) -> None:
    assert "Say hello." in told(hello, tmp_path, "--help").stdout
    assert told(hello, tmp_path, "hello", "-n", "ada").stdout == f"hello ada, from {tmp_path.name}\n"
    assert json.loads(told(hello, tmp_path, "hello", "--json").stdout) == {"hello": "world"}
    assert "To whom." in told(hello, tmp_path, "hello", "--help").stdout
    wrong = told(hello, tmp_path, "hello", "--nobody")
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_its_loop_is_found_and_cannot_be_mistaken_for_ours(hello: Installed, tmp_path: Path) -> None:
    rows = told(hello, tmp_path, "loops", "list").stdout
    assert "hello-loop" in rows
    assert "pack" in rows
    assert "distribution-loop" in rows


def test_its_skill_effect_and_target_run(hello: Installed, tmp_path: Path) -> None:
    done = told(hello, tmp_path, "run", "hello-loop", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "greeting.txt").read_text() == "hello\n"
    archive = Path(json.loads(done.stdout.splitlines()[-1])["archive"])
    told_of = archive.read_text()
    assert "greeting-1" in told_of
    assert "greeting.txt was seen" in told_of


def test_its_option_of_run_is_kept_for_the_run(hello: Installed, tmp_path: Path) -> None:
    assert "Say it loudly." in told(hello, tmp_path, "run", "--help").stdout
    done = told(hello, tmp_path, "run", "hello-loop", "--loudly")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wants it loudly" in done.stdout
    assert (tmp_path / "greeting.txt").read_text() == "HELLO\n"


def test_its_targets_can_be_set_where_the_others_are(hello: Installed, tmp_path: Path) -> None:
    folder = tmp_path / ".loops"
    folder.mkdir()
    (folder / "targets.toml").write_text('[[targets]]\nid = "mat"\nkind = "doormat"\nmat = "other.txt"\n')
    rows = [
        json.loads(line) for line in told(hello, tmp_path, "targets", "-l", "hello-loop", "--json").stdout.splitlines()
    ]
    assert [(row["id"], row["configured"], row["settings"]) for row in rows] == [("mat", True, {"mat": "other.txt"})]
    (folder / "targets.toml").write_text('[[targets]]\nid = "mat"\nkind = "doormat"\nmat = ""\n')
    wrong = told(hello, tmp_path, "targets", "-l", "hello-loop")
    assert wrong.returncode == 2
    assert "it should be the name of a file" in wrong.stderr


def test_its_panel_lines_are_told(hello: Installed, tmp_path: Path) -> None:
    told(hello, tmp_path, "run", "hello-loop", "--autonomy", "supervised")
    lines = [json.loads(line) for line in told(hello, tmp_path, "panel", "hello-loop").stdout.splitlines()]
    assert lines == [{"text": "greeted by greeting.txt"}]


def test_its_panel_lines_are_on_the_screen(hello: Installed, tmp_path: Path) -> None:
    told(hello, tmp_path, "run", "hello-loop", "--autonomy", "supervised")
    argv = [str(hello.bin / "loop-tui"), "--loop", "hello-loop"]
    terminal = Terminal(argv, columns=120, rows=40, cwd=tmp_path, env={**os.environ, "TERM": "xterm-256color"})
    terminal.read_until(b"greeted by greeting.txt")
    terminal.type("q")
    assert terminal.end() == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise SystemExit(0)", "the pack rude cannot be loaded"),
        (
            "from loop_tui.runners.pack_api import CommandSpec, Pack\n"
            "PACK = Pack('rude', commands=(CommandSpec('go', 'Mine.', 'rude_pack:go'),))",
            "",
        ),
    ],
)
def test_a_pack_takes_no_command_of_ours(
    hello: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    folder = tmp_path / "rude"
    info = folder / "loop_tui_rude-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loop-tui-rude\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[loop_tui.packs]\nrude = rude_pack:PACK\n")
    (folder / "rude_pack.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    listed = told(hello, tmp_path, "loops", "list")
    assert (listed.returncode, "hello-loop" in listed.stdout, said in listed.stderr) == (0, True, True)
    assert "Mine." not in told(hello, tmp_path, "--help").stdout
    assert told(hello, tmp_path, "abort", "--reason", "x").returncode == 2, "there is no run to abort"


def test_what_a_pack_prints_when_it_is_imported_is_no_part_of_our_output(
    hello: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "loud"
    info = folder / "loop_tui_loud-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loop-tui-loud\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[loop_tui.packs]\nloud = loud_pack:PACK\n")
    (folder / "loud_pack.py").write_text(
        "from loop_tui.runners.pack_api import CommandSpec, Pack\n"
        "print('hello from a pack')\n"
        "PACK = Pack('loud', commands=(CommandSpec('shout', 'Shout.', 'loud_work:shout'),))\n"
    )
    (folder / "loud_work.py").write_text(
        "print('hello from its work')\nasync def shout(host, options):\n    host.say_json(1)\n    return 0\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    listed = told(hello, tmp_path, "loops", "list", "--json")
    assert [json.loads(line)["id"] for line in listed.stdout.splitlines()]
    assert "hello from a pack" in listed.stderr
    shouted = told(hello, tmp_path, "shout", "--json")
    assert (shouted.stdout, "hello from its work" in shouted.stderr) == ("1\n", True)


def test_a_pack_that_is_broken_stops_nothing(hello: Installed, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    info = broken / "loop_tui_broken-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loop-tui-broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[loop_tui.packs]\nbroken = no_such_module:PACK\n")
    env = {**os.environ, "PYTHONPATH": str(broken)}
    done = subprocess.run(
        [hello.bin / "loop-tui", "loops", "list"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "hello-loop" in done.stdout
    assert "the pack broken cannot be loaded" in done.stderr
