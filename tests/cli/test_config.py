"""`loop-tui config`."""

import json
import re
import subprocess

from loop_tui.storage.user.settings import load_settings, settings_path
from tests.in_process import told


def config(*words: str) -> subprocess.CompletedProcess[str]:
    return told("config", *words)


def test_it_shows_what_is_in_force() -> None:
    told = json.loads(config("show", "--json").stdout)
    assert (told["theme"], told["bell"], told["problems"]) == ("dark", True, [])
    assert config("path").stdout.strip() == str(settings_path())


def test_it_sets_and_keeps() -> None:
    assert config("set", "bell", "false").returncode == 0
    assert config("set", "theme", "light").returncode == 0
    assert config("set", "keys.go", "ctrl+g").returncode == 0
    settings, problems = load_settings()
    assert (settings.bell, settings.theme, dict(settings.keys), problems) == (False, "light", {"go": "ctrl+g"}, [])
    assert "ctrl-g" in config("keys").stdout


def test_what_is_wrong_is_refused_with_code_2() -> None:
    for words in (("theme", "nope"), ("depth", "99"), ("keys.go", "q"), ("keys.fly", "f"), ("x", "1")):
        done = config("set", *words)
        assert done.returncode == 2, words
        assert "Traceback" not in done.stderr
    assert not settings_path().exists()


def test_a_file_with_four_things_wrong_names_each_with_its_line() -> None:
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_text('theme = "nope"\nbell = 3\n[keys]\ngo = "q"\nfly = "f"\n')
    done = config("show")
    assert done.returncode == 2
    for line in (1, 2, 4, 5):
        assert re.search(rf"{re.escape(str(path))}:{line}\b", done.stderr)


def test_what_is_shown_is_what_is_in_force() -> None:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('theme = "nope"\n[keys]\ngoo = "x"\ngo = "p"\nhelp = "f2"\n')
    done = config("show", "--json")
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert told["theme"] == "dark"
    assert told["keys"] == {"help": "f2"}
    assert len(told["problems"]) == 3
