"""The person's settings: each part stands for itself, and a change touches its own line only."""

from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.storage.user.settings import UserSettings, load_settings, parse, settings_path
from loop_tui.storage.user.settings_file import set_value

FILE = Path("config.toml")


def test_without_a_file_everything_is_as_shipped() -> None:
    settings, problems = load_settings()
    assert settings == UserSettings(path=settings_path())
    assert problems == []


def test_a_syntax_error_is_one_line_with_its_place() -> None:
    settings, problems = parse('bell = true\ntheme = "dark\n', FILE)
    assert settings.theme == ""
    assert [problem.where for problem in problems] == ["config.toml:2:14"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("colour = 1", "unknown setting 'colour'"),
        ('bell = "yes"', "bell should be true or false"),
        ("depth = 99", "depth should be a whole number"),
        ("depth = true", "depth should be a whole number"),
        ('workspaces = "x"', "workspaces should be a list of folders"),
        ("theme = 3", "theme should be a string"),
    ],
)
def test_one_bad_part_leaves_the_others(line: str, what: str) -> None:
    settings, problems = parse(f"# mine\ndesktop = false\n{line}\n", FILE)
    assert settings.desktop is False
    assert len(problems) == 1
    assert what in problems[0].what
    assert problems[0].where == "config.toml:3"


def test_keys_are_texts_or_lists_and_know_their_lines() -> None:
    settings, problems = parse('theme = "dark"\n[keys]\ngo = "g"\nquit = ["q", "ctrl+c"]\nhelp = 7\n', FILE)
    assert dict(settings.keys) == {"go": "g", "quit": "q,ctrl+c"}
    assert dict(settings.lines) == {"go": 3, "quit": 4}
    assert [problem.where for problem in problems] == ["config.toml:5"]


def test_a_file_that_is_no_text_is_said() -> None:
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe")
    _, problems = load_settings()
    assert "not UTF-8" in problems[0].what


WRITTEN = """# my settings
theme = "dark"   # calm
workspaces = [
  "~/work",  # the job
]

# the keys
[keys]
go = "g"
"""


def test_a_change_touches_its_line_only() -> None:
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_text(WRITTEN)
    set_value("theme", "light")
    set_value("bell", False)
    set_value("keys.quit", "ctrl+q")
    assert path.read_text() == WRITTEN.replace('"dark"', '"light"').replace(
        "# the keys\n[keys]\n", '\nbell = false\n# the keys\n[keys]\nquit = "ctrl+q"\n'
    ).replace("]\n\n\nbell", "]\n\nbell")
    set_value("workspaces", ["a", "b"])
    assert load_settings()[0].workspaces == ("a", "b")
    assert "# the keys" in path.read_text()


def test_the_first_setting_makes_the_file() -> None:
    set_value("keys.go", "g")
    set_value("depth", 2)
    settings, problems = load_settings()
    assert (dict(settings.keys), settings.depth, problems) == ({"go": "g"}, 2, [])


@pytest.mark.parametrize(("name", "value"), [("depth", 99), ("nothing", 1), ("bell", "x"), ("other.key", "x")])
def test_a_wrong_value_is_refused_and_nothing_is_written(name: str, value: str | int) -> None:
    with pytest.raises(Problem):
        set_value(name, value)
    assert not settings_path().exists()


def test_a_broken_file_is_not_written_to() -> None:
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_text("theme = \n")
    with pytest.raises(Problem, match="not valid TOML"):
        set_value("theme", "light")
    assert path.read_text() == "theme = \n"
