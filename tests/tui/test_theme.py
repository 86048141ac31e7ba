"""Themes are files, and a wrong one says what is wrong with it."""

import pytest

from loop_tui.control.themes import theme_names
from loop_tui.model.problem import Problem
from loop_tui.tui.theme import STATUSES, load, parse


def test_the_shipped_themes_name_every_status_colour() -> None:
    assert set(theme_names()) >= {"dark", "light"}
    for name in theme_names():
        variables = load(name).variables
        assert {f"status-{status}" for status in STATUSES} <= set(variables)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "not valid TOML"),
        ('dark = true\nprimary = "#fff"', "needs a name"),
        ('name = "x"', "needs the colour 'primary'"),
        ('name = "x"\nprimary = "#zz"', "'primary' is not a colour"),
        ('name = "x"\nprimary = 3', "'primary' is not a colour"),
        ('name = "x"\nprimary = "#fff"\n[status]\nred = "#fff"', "unknown status colour 'red'"),
        ('name = "x"\nprimary = "#fff"\nstatus = 1', "'status' should be a table"),
    ],
)
def test_a_wrong_theme_says_what_and_where(text: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(text, "mine.toml")
    assert said in str(caught.value)
    assert "mine.toml" in str(caught.value).removeprefix(said)


def test_an_unknown_theme_names_the_known_ones() -> None:
    with pytest.raises(Problem, match="dark, high-contrast"):
        load("purple")
