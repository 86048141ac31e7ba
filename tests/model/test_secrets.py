"""The table of secrets: every row, what is no secret, and what an attacker's line may cost."""

import base64
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_tui.model import secrets
from loop_tui.model.secret_places import is_secret_name
from loop_tui.model.secrets import MASK, SHAPES, known, mask, masked, secrets_in
from tests.secret_rows import ORDINARY, ROWS, Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_is_masked(row: Row) -> None:
    found = mask(row.text)
    assert row.needle not in found
    assert MASK in found
    assert found.count("\n") == row.text.count("\n")
    assert mask(found) == found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("around", ["x{} y", "({})", '"{}"', "a, {}; b", "\u00fc{}\n"])
def test_whatever_stands_around_it(row: Row, around: str) -> None:
    assert row.needle not in mask(around.format(row.text))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.service)
def test_every_shape_has_a_row(shape: secrets.Shape) -> None:
    assert any(re.search(shape.pattern, row.text) for row in ROWS)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_output_stays(text: str) -> None:
    assert mask(text) == text


def test_many_lines_at_once_are_masked_as_each_alone() -> None:
    """The text is a chunk of output: no row hides, or spoils, what stands on another line."""
    lines = [line for row in ROWS if "\n" not in row.text for line in (row.text, *ORDINARY[:3])]
    assert mask("\n".join(lines)).split("\n") == [mask(line) for line in lines]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        *(
            (name, True)
            for name in ("DB_PASS", "PGPASSWORD", "X_KEY", "KEY_X", "a_pat_b", "X_DSN", "WEBHOOK_URL", "X_PWD")
        ),
        *((name, True) for name in ("npmAuthToken", "MYSECRETS", "API_CREDENTIALS", "GITHUB_TOKEN", "passwd")),
        *(
            (name, False)
            for name in ("PATH", "MONKEY", "KEYBOARD", "PWD", "OLDPWD", "COMPASS", "HOME", "PATTERN", "BYPASS_X")
        ),
    ],
)
def test_names_of_variables(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret
    assert bool(secrets_in({name: "a-value-of-it"})) is secret


def test_short_values_stand_anywhere_and_are_not_masked_by_name() -> None:
    assert secrets_in({"X_KEY": "12345"}) == ()
    assert "123456" in secrets_in({"X_KEY": "123456"})


def test_a_value_is_masked_in_every_spelling() -> None:
    value = 'it\'s "a" \\ sécret/with+odd=parts'
    held = secrets_in({"MY_KEY": value})
    spelled = [value, json.dumps(value), json.dumps(value, ensure_ascii=False), quote(value), quote(value, safe="")]
    spelled += [value.replace("'", "'\\''"), value.replace("'", "'\"'\"'")]
    for text in spelled:
        assert "parts" not in mask(f"x {text} y", held)


@pytest.mark.parametrize("before", ["", "u", "me", "user:", "x-access-token:"])
def test_a_value_is_masked_inside_base64(before: str) -> None:
    value = "Correct-Horse-Battery"
    text = base64.b64encode(f"{before}{value}{before}".encode()).decode()
    assert MASK in mask(f"data {text} end", secrets_in({"MY_KEY": value}))


def test_each_line_of_a_value_is_masked_wherever_it_stands() -> None:
    held = secrets_in({"DEPLOY_KEY": "first line of it\nsecond line of it\r\n\nshort\nthe last line"})
    for line in ("first line of it", "second line of it", "the last line"):
        assert mask(f"x {line} y", held) == f"x {MASK} y"
    assert mask("short", held) == "short"


def test_a_value_with_written_line_ends_is_masked_by_line_too() -> None:
    held = secrets_in({"DEPLOY_KEY": "first line of it\\nsecond line of it"})
    assert mask("x second line of it y", held) == f"x {MASK} y"


def test_json_is_masked_under_names_that_say_it() -> None:
    value = {"password": "hunter22", "deep": [{"apiKey": "abcdef12", "key": "plain-thing"}], "n": 5, "tokens": 12}
    assert masked(value) == {"password": MASK, "deep": [{"apiKey": MASK, "key": "plain-thing"}], "n": 5, "tokens": 12}


@given(st.text(), st.lists(st.text(min_size=6)))
def test_no_text_fails_and_lines_stay_lines(text: str, values: list[str]) -> None:
    found = mask(text, known(values))
    assert found.count("\n") == text.count("\n")


_PIECES = (
    "a", "A", "0", "_", "-", ".", ":", "=", "@", "/", '"', "'", "\\", " ", "\n", "_a", "-a", ".a", ":a", "=a",
    "@a", "//", "://", "://a@", "://:", "a:", "a=", "token=", "token:", 'token":', "password ", "KEY=", "A_KEY: ",
    "--token ", "ghp_", "eyJa.", "sk-a", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n",
    "authorization: ", "Cookie: a=", '"password": "', "\\n", "AA:", "machine password ", "github_pat_", "a.b.",
    "SG.a", "1//0", ":AA", "%40", "?key=", "&sig=", "x y:", "[masked]", '\\"', "_auth=",
)  # fmt: skip


@pytest.mark.parametrize("piece", _PIECES)
def test_a_line_of_a_megabyte_ends(piece: str) -> None:
    """Nothing is tried again from every place: what is, would not end within the time that a test may take."""
    text = mask(piece * (1_000_000 // len(piece)) + "!")
    assert text
