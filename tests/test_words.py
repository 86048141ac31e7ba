"""One idea, one word: what docs/words.md settles, kept in the texts that people read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loop_tui.model.status import word_of
from loop_tui.model.text import count_of

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "loop_tui").rglob("*.py"))
PAGES = [
    *(ROOT / name for name in ("README.md", "AGENTS.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]

OLD = re.compile(
    r"""\b(
    nobody | somebody | whoever | anew | beforehand | all\ the\ same | at\ the\ most | for\ ever
    | said\ to\ (pass|fail|be) | goes\ by | go\ by | goes\ on | went\ on\ | let\ it\ go\ on
    | heard\ of | of\ yours | makes?\ it\ yours | under\ way | meanwhile | what\ came\ of | puts?\ it\ back
    | look\ again | driver:\ none
    | (?<!there\ )(is|are|was)\ no\ (?!longer\b|more\b)[a-z]+
    | cannot\ be\ told | lies\ (there|here|elsewhere|below) | stands\ there
    | watch\ again | (as|was)\ abandoned | needs?\ an\ answer
    | counting\ has\ no\ end | is\ there\ already | is\ to\ be\ (seen|done|written)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""Words that a reader of other tools would not expect."""

OLD_IN_PAGES = re.compile(
    r"""\b(
    what\ lies | lies\ in | stands?\ (in|at|on|beside|below|above|behind) | (is|are)\ (told|said) | (is|are)\ looked\ at
    | hands?\ (it|them|out|on)\b | takes?\ (it|them)\ along | goes?\ (along|before) | lets?\ go\ of | begun
    | ha(s|ve)\ to\ be\ there | of\ ours | takes?\ back | taken\ back | pause\ cancelled
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""What else a page says in a common word."""

QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"")
"""Of pages: what is quoted is an example, or the words that are not used any more."""

EXCEPT = {
    "is no BREAKING": "quoted from a commit",
}


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text())
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def old_words(line: str) -> list[str]:
    """The old words of a line."""
    return [found[0] for found in OLD.finditer(line) if not any(each in line for each in EXCEPT)]


def test_the_texts_of_the_program_use_the_settled_words() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number} {word!r}: {text[:80]!r}"
        for path in SOURCES
        for number, text in texts(path)
        for word in old_words(text)
    ]
    assert found == []


def test_the_help_of_commands_uses_them() -> None:
    assert not [line for line in (ROOT / "docs/loop-tui.1").read_text().splitlines() if old_words(line)]


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "loops").glob("*.toml"))], ids=lambda page: page.name)
def test_the_pages_use_them(page: Path) -> None:
    text = page.read_text()
    if page.name == "words.md":
        text = text.split("## States")[0]
    lines = text.splitlines()
    if page.name == "mutants.md":  # Its tables name tests.
        lines = [line for line in lines if not line.startswith("|")]
    plain = [QUOTED.sub("", line) for line in lines]
    assert [line for line in plain if old_words(line) or OLD_IN_PAGES.search(line)] == []


@pytest.mark.parametrize("line", ["nobody has claimed it", "x is no version", "it goes on", "said to pass"])
def test_an_old_word_is_found(line: str) -> None:
    assert old_words(line)


@pytest.mark.parametrize("line", ["it stands in the file", "the gate is told", "that can be pause cancelled"])
def test_an_old_word_of_pages_is_found(line: str) -> None:
    assert OLD_IN_PAGES.search(line)


@pytest.mark.parametrize("line", ["it is no longer there", "there is no run", "it continues"])
def test_a_settled_one_is_not(line: str) -> None:
    assert not old_words(line)


def test_statuses_have_one_word() -> None:
    assert [word_of(each) for each in ("pending", "active", "complete", "success", "approved", "failed")] == [
        "pending",
        "running",
        "done",
        "done",
        "passed",
        "failed",
    ]


OWN_PLURAL = re.compile(r"""else ['"]s['"]|['"]s['"] if""")
"""A plural that is formed by hand."""


def test_plurals_are_formed_in_one_place() -> None:
    found = [(path.name, each[0]) for path in SOURCES for each in OWN_PLURAL.finditer(path.read_text())]
    assert found == []


OWN_NOUN = re.compile(r" (?:(?!has )[a-z]+ )?(?:bytes|checks|commits|files|gates|lines|skills|targets|tests)\b")
"""A plural behind a number that may be 1; behind a constant it is right."""


def plurals(path: Path) -> Iterator[str]:
    """The literal plurals of a module that stand directly behind a value."""
    for text in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)):
        for value, noun in zip(text.values, text.values[1:], strict=False):
            if not isinstance(value, ast.FormattedValue) or not isinstance(noun, ast.Constant):
                continue
            found, number = OWN_NOUN.match(str(noun.value)), ast.unparse(value.value)
            if found and not number.strip("_").isupper():
                yield f"{path.name}:{text.lineno} {{{number}}}{found[0]}"


def test_no_plural_is_written_behind_a_number() -> None:
    assert [found for path in SOURCES for found in plurals(path)] == []


def test_a_plural_behind_a_number_is_found(tmp_path: Path) -> None:
    module = tmp_path / "a.py"
    module.write_text('a = f"{n} large files"; b = f"{_MOST:,} lines"; c = f"{word} ships nothing"')
    assert list(plurals(module)) == ["a.py:1 {n} large files"]


def test_numbers_agree_with_their_nouns() -> None:
    assert [count_of(n, "file") for n in (0, 1, 2000)] == ["0 files", "1 file", "2,000 files"]
    assert count_of(2, "entry", "entries") == "2 entries"
