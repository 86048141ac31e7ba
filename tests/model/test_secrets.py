"""The table of secrets: every row, what is no secret, and what an attacker's line may cost."""

import base64
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_tui.model import secrets
from loop_tui.model.secret_places import is_secret_name
from loop_tui.model.secrets import MASK, SHAPES, known, mask, masked, masked_facts, secrets_in
from loop_tui.model.text import one_line
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


def test_json_is_not_masked_for_a_word_before_a_line_end() -> None:
    excerpt = "SyntaxError: Unexpected token: x\n12345abc at line 3\nnpm error"
    assert secrets.masked({"excerpt": excerpt}) == {"excerpt": excerpt}
    token = "ghp_" + "a1B2" * 9
    for value in (
        "x\n1234567a",
        "ab\ncdefgh123",
        "abc\\ndef1234",
        f"Unexpected token: x\n1{token}",
        'a"b\n"cdefg12345',
    ):
        assert secrets.masked({"token": value}) != {"token": value}
    kept = secrets.masked({"excerpt": f"Unexpected token: x\n12345abc\ntoken: {token}"})
    assert kept == {"excerpt": "Unexpected token: x\n12345abc\ntoken: [masked]"}


@given(st.text(), st.lists(st.text(min_size=6)))
def test_no_text_fails_and_lines_stay_lines(text: str, values: list[str]) -> None:
    found = mask(text, known(values))
    assert found.count("\n") == text.count("\n")


_PIECES = (
    "a", "A", "0", "_", "-", ".", ":", "=", "@", "/", '"', "'", "\\", " ", "\n", "_a", "-a", ".a", ":a", "=a",
    "@a", "//", "://", "://a@", "://:", "a:", "a=", "token=", "token:", 'token":', "password ", "KEY=", "A_KEY: ",
    "--token ", "curl -u a:", "curl -u ", "mysql -p", "<a>", "<a", "</", "<password>a",
    "ghp_", "eyJa.", "sk-a", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n",
    "authorization: ", "Cookie: a=", '"password": "', "\\n", "AA:", "machine password ", "github_pat_", "a.b.",
    "SG.a", "1//0", ":AA", "%40", "?key=", "&sig=", "x y:", "[masked]", '\\"', "_auth=",
)  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize("piece", _PIECES)
def test_a_line_of_a_megabyte_ends(piece: str) -> None:
    """Nothing is tried again from every place: what is, would not end within the time that a test may take."""
    text = mask(piece * (1_000_000 // len(piece)) + "!")
    assert text


def _measured(*words: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(
        [sys.executable, "-m", "tests.linear", *words], cwd=root, env=environment, capture_output=True, text=True
    )


def _told(found: subprocess.CompletedProcess[str]) -> str:
    lines = found.stdout.splitlines()
    return "\n".join([line for line in lines if line.startswith("superlinear")] + lines[-1:]) + found.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.long
def test_masking_takes_twice_the_time_for_twice_the_text() -> None:
    found = _measured("sample")
    assert found.returncode == 0, _told(found)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(4))
def test_masking_of_every_beginning_takes_twice_the_time_for_twice_the_text(part: int) -> None:
    found = _measured("whole", str(part), "4")
    assert found.returncode == 0, _told(found)


def test_a_line_of_a_key_is_known_behind_what_a_log_writes_before_it() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    for before in ("", "  ", "| ", "> ", "12:00:01.123 INFO stdout | ", "web-1 | ", "+"):
        assert mask(f"-----BEGIN PRIVATE KEY-----\n{before}{body}\n") == f"{MASK}\n{MASK}\n"
    for line in ("12 tests passed", "a b c d e " + body, "(" + body, "x" * 200 + " " + body, "-" * 150 + "!"):
        assert mask(f"-----BEGIN PRIVATE KEY-----\n{line}\n") == f"{MASK}\n{line}\n"


def test_a_long_text_on_one_line_shows_nothing_of_a_secret_that_is_cut_where_masking_ends() -> None:
    token = "ghp_" + "a1B2" * 9
    for limit in (20, 60, 16_000):
        for shift in range(0, len(token) + 2, 3):
            found = one_line("x" * shift + f"{token} " * 5_000, limit)
            assert "a1B2" not in found
            assert len(found) <= limit
            assert found.endswith("…")
    assert one_line("x" * 100_000, 60) == "x" * 59 + "…"
    # So much masked that what comes after it is near: the half of a secret at the end of what is masked is not shown.
    held = one_line(" ".join(["sk-" + "a1" * 8180, f"{token} " * 5]), 60)
    assert "a1B2" not in held


def test_of_a_long_text_only_the_beginning_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr("loop_tui.model.text.mask", lambda text: given.append(len(text)) or text)
    assert len(one_line("x" * 1_000_000, 60)) == 60
    assert given
    assert max(given) < 20_000


def test_names_that_programs_go_by_and_what_a_person_said_stay_usable_in_facts() -> None:
    """Otherwise the remote would be asked for a branch that is called `[masked]`."""
    token = "ghp_" + "a1B2" * 9
    facts = masked_facts(
        {
            "branch": "feature/password=hunter22x9",
            "files": ["src/api_key=abcdef1234567.js"],
            "message": f"feat(api): token: refreshToken12345 is passed, not {token}",
            "remote": "https://ada:hunter22x9@example.invalid/x.git",
            "said": "password=hunter22x9",
            "password": "hunter22x9",
        },
        ["held-by-a-variable"],
    )
    assert facts == {
        "branch": "feature/password=hunter22x9",
        "files": ["src/api_key=abcdef1234567.js"],
        "message": f"feat(api): token: refreshToken12345 is passed, not {MASK}",
        "remote": f"https://{MASK}@example.invalid/x.git",
        "said": f"password={MASK}",
        "password": MASK,
    }
    assert masked_facts({"branch": "fix/held-by-a-variable"}, ["held-by-a-variable"]) == {"branch": f"fix/{MASK}"}


def _masked_at_length(text: str) -> str:
    return secrets.mask_places(secrets._mask_shapes(secrets.mask_blocks(text)[0]))


def test_no_shape_is_as_short_as_what_is_taken_for_plain() -> None:
    parse = importlib.import_module("re._parser").parse
    widths = {shape.service: parse(shape.pattern).getwidth()[0] for shape in SHAPES}
    assert min(widths.values()) >= 20, sorted(widths.items(), key=lambda item: item[1])[:3]


@given(st.text("abkeyptoSKA129-_./ ", max_size=26) | st.text("0129T:.-+Z", max_size=32))
def test_what_is_taken_for_plain_holds_no_secret(text: str) -> None:
    if secrets._PLAIN.fullmatch(text):
        assert _masked_at_length(text) == text
