"""The person's own commands: what can be used, what is refused with its line, and what becomes of placeholders."""

from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.storage.user.own_commands import PLACEHOLDERS, OwnCommand
from loop_tui.storage.user.settings import load_settings, parse

GOOD = '[commands.show]\nkey = "O"\ntitle = "show it"\nrun = ["git", "show", "{sha}"]\n'
FILE = Path("config.toml")


def test_a_command_is_read_with_what_it_leaves_out() -> None:
    settings, problems = parse(f"bell = true\n{GOOD}", FILE)
    assert problems == []
    assert settings.commands == (OwnCommand("show", "O", "show it", ("git", "show", "{sha}"), line=3),)
    assert (settings.commands[0].folder, settings.commands[0].output) == ("project", "page")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (GOOD.replace("{sha}", "{branch}"), 4, "there is no placeholder {branch}"),
        (GOOD.replace('"git"', '"{file}"'), 4, "the program itself cannot be a placeholder"),
        (GOOD.replace('["git", "show", "{sha}"]', '"git show"'), 4, "a list of arguments"),
        (GOOD.replace('["git", "show", "{sha}"]', "[]"), 4, "a list of arguments"),
        (GOOD.replace('"O"', "3"), 2, "it needs a key"),
        (GOOD.replace('title = "show it"\n', ""), 1, "it needs a title"),
        (f'{GOOD}output = "popup"\n', 5, "output must be one of"),
        (f'{GOOD}shell = "x"\n', 5, "unknown setting 'shell'"),
        (GOOD.replace("show]", "Show]"), 1, "this is not an id"),
        ("commands = 3\n", 1, "commands should be tables"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    settings, problems = parse(text, FILE)
    assert settings.commands == ()
    assert [problem.where for problem in problems] == [f"config.toml:{line}"]
    assert what in problems[0].what


def command(*argv: str) -> OwnCommand:
    return OwnCommand("x", "O", "x", argv)


def test_a_value_stays_within_its_argument() -> None:
    filled = command("p", "a={file}", "{{sha}}", "{ print }").filled({"file": "it's; $(rm -rf /) *", "sha": "1"})
    assert filled == ["p", "a=it's; $(rm -rf /) *", "{sha}", "{ print }"]


@pytest.mark.parametrize("value", ["", "--upload-pack=x", "a\nb", "a\x1b[2J", "a\0b"])
def test_a_value_that_is_no_argument_is_refused(value: str) -> None:
    with pytest.raises(Problem):
        command("p", "{phase}").filled({"phase": value})


def test_a_project_brings_no_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("config.toml", ".loops/config.toml", ".loop-tui/config.toml", ".config/loop-tui/config.toml"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    assert load_settings()[0].commands == ()


def test_each_placeholder_has_a_word_about_it() -> None:
    assert all(PLACEHOLDERS.values())
