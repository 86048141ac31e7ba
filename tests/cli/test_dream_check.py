"""`loop-tui dream check`: commands that prove functions, and who says that they may run."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.__main__ import main
from tests.conftest import World

SYSTEM = """\
# System Dream State: bakery

## Modules

### ovens
- [x] heat
- [x] clean
- [ ] cool
- [ ] vent
- [-] sing
"""
CHECKS = """\
[[checks]]
module = "ovens"
function = "heat"
run = ["sh", "-c", "echo ran >> ran.txt"]

[[checks]]
module = "Ovens"
function = "clean"
run = ["sh", "-c", "echo it is dirty >&2; exit 3"]

[[checks]]
module = "ovens"
function = "cool"
run = ["no-such-program-here"]
"""
Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bakery(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a commit, a system and its checks."""
    folder = world.root / "bakery"
    (folder / ".claude").mkdir(parents=True)
    (folder / ".claude/DREAM-STATE.md").write_text(SYSTEM)
    (folder / ".claude/checks.toml").write_text(CHECKS)
    (folder / ".gitignore").write_text("ran.txt\n")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "start")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs `loop-tui dream check` with words: exit code, output, errors."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["dream", "check", *words])
        return code, *capsys.readouterr()

    return run


def test_nothing_runs_before_it_is_trusted_and_all_of_it_is_shown(bakery: Path, check: Check) -> None:
    code, out, _ = check()
    assert code == 3
    assert "ovens > heat: runs sh -c 'echo ran >> ran.txt'" in out
    assert "--trust" in out
    assert not (bakery / "ran.txt").exists()


def test_functions_are_proven_claimed_broken_or_not_done(bakery: Path, check: Check) -> None:
    code, out, _ = check("--trust", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [(each["function"], each["verdict"]) for each in told] == [
        ("heat", "proven"),
        ("clean", "broken"),
        ("cool", "broken"),
        ("vent", "not done"),
    ]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=bakery, capture_output=True, text=True, check=True).stdout
    assert {each["commit"] for each in told} == {head[:7]}
    assert told[1]["reason"] == "it is dirty"
    assert (bakery / "ran.txt").read_text() == "ran\n"
    assert (bakery / ".claude/DREAM-STATE.md").read_text() == SYSTEM


def test_of_one_module_only_its_checks_run_and_other_results_stay(bakery: Path, check: Check) -> None:
    two = SYSTEM + "### till\n- [ ] open\n"
    (bakery / ".claude/DREAM-STATE.md").write_text(two)
    more = '\n[[checks]]\nmodule = "till"\nfunction = "open"\nrun = ["true"]\n'
    (bakery / ".claude/checks.toml").write_text(CHECKS + more)
    code, out, _ = check("--module", "Till", "--trust", "--json")
    assert (code, [json.loads(line)["function"] for line in out.splitlines()]) == (0, ["open"])
    assert not (bakery / "ran.txt").exists()
    assert check("--module", "ovens")[0] == 1
    assert main(["dream", "--all"]) == 0
    code, out, errors = check("--module", "cellar")
    assert "proven at" in out.split("open", 1)[1].splitlines()[0], "the result of the other module is kept"
    assert (code, "there is no module 'cellar'" in errors) == (2, True)


def test_what_was_trusted_runs_again_and_what_changed_asks_again(bakery: Path, check: Check) -> None:
    (bakery / ".claude/checks.toml").write_text(CHECKS.split("\n\n")[0])
    assert check("--trust")[0] == 0
    code, out, _ = check()
    assert code == 0
    assert "1 proven, 1 claimed, 2 not done" in out
    assert "with uncommitted changes" in out
    (bakery / ".claude/checks.toml").write_text(CHECKS.split("\n\n")[0].replace("echo ran", "echo other"))
    code, out, _ = check()
    assert code == 3
    assert "- ovens > heat: runs sh -c 'echo ran >> ran.txt'" in out
    assert (bakery / "ran.txt").read_text() == "ran\nran\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[[checks]]\nmodule = 'ovens'\nfunction = 'heat'\nrun = 'rm -rf x'\n",
            "run should be a list of arguments, the program first: ",
        ),
        ("[[checks]]\nmodule = 'ovens'\nfunction = 'heat'\nrun = []\n", "run should be a list"),
        ("[[checks]]\nmodule = 'ovens'\nfunction = 'nope'\nrun = ['true']\n", "no function 'nope'"),
        ("[[checks]]\nmodule = ''\nfunction = 'heat'\nrun = ['true']\n", "should be names"),
        ("[[checks]]\nmodule = 'ovens'\nfunction = 'heat'\nrun = ['true']\nshell = true\n", "unknown key 'shell'"),
        ("[[checks]]\nmodule = 'ovens'\nfunction = 'heat'\nrun = ['true']\ntimeout_s = 0\n", "timeout_s"),
        ("checks = 3\n", "should have [[checks]]"),
        ("[checks\n", "not valid TOML"),
    ],
)
def test_a_file_that_is_wrong_is_refused_before_anything_runs(bakery: Path, check: Check, text: str, says: str) -> None:
    (bakery / ".claude/checks.toml").write_text(text)
    code, out, err = check("--trust")
    assert (code, out) == (2, "")
    assert says in err


def test_without_checks_nothing_is_asked(bakery: Path, check: Check) -> None:
    (bakery / ".claude/checks.toml").unlink()
    code, out, _ = check()
    assert code == 0
    assert "no checks here" in out


def test_the_tree_shows_what_the_checks_found_last(
    bakery: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    def functions() -> list[str]:
        assert main(["dream", "--all"]) == 0
        lines = capsys.readouterr().out.partition("Not done:")[0].splitlines()
        return [" ".join(line.split()) for line in lines[2:] if line]

    assert functions()[:2] == ["✓ heat operational claimed", "✓ clean operational claimed"]
    check("--trust")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=bakery, capture_output=True, text=True, check=True).stdout
    assert functions() == [
        f"✓ heat operational proven at {head[:7]}",
        f"· clean not done broken at {head[:7]}",
        f"· cool not done broken at {head[:7]}",
        "· vent not done",
        "- sing deferred",
    ]
    # Another command is another check, which has proven nothing.
    (bakery / ".claude/checks.toml").write_text(CHECKS.replace("echo ran", "echo other"))
    assert functions()[0] == "✓ heat operational claimed"


def test_a_wrong_file_of_checks_hides_no_tree(bakery: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bakery / ".claude/checks.toml").write_text("checks = 3")
    assert main(["dream"]) == 2
    out, err = capsys.readouterr()
    assert "ovens" in out
    assert "should have [[checks]]" in err


def test_a_broken_check_lowers_what_is_above_it(bakery: Path, check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    document = bakery / ".claude/DREAM-STATE.md"
    document.write_text(SYSTEM.replace("[ ]", "[x]"))
    assert main(["dream", "status"]) == 0
    assert "system bakery  done" in capsys.readouterr().out
    assert check("--trust")[0] == 1
    assert main(["dream", "status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["root"]["standing"], told["root"]["done"], told["root"]["total"]) == ("open", 2, 4)
    assert [(each["path"][-1], each["missing"]) for each in told["why"]] == [("clean", "broken"), ("cool", "broken")]
    assert main(["dream"]) == 0
    assert "ovens > clean: its check failed" in capsys.readouterr().out
    (bakery / ".claude/checks.toml").write_text(
        CHECKS.replace("exit 3", "true").replace("no-such-program-here", "true")
    )
    assert check("--trust")[0] == 0
    assert main(["dream", "status"]) == 0
    assert "system bakery  done" in capsys.readouterr().out
