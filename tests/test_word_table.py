"""Every word that docs/words.md replaces ("instead of") is kept out, but for where it means something else."""

import re
from collections.abc import Iterator

import pytest

from tests.test_words import PAGES, QUOTED, ROOT, SOURCES, texts

OF_OTHERS = "loop_tui/storage/dream/"
"""Reads and writes documents of people, in their words."""

ELSEWHERE: dict[str, tuple[str, str]] = {
    "to do": (r"what to do|(has|left|yes) to do|use --yes to do|nothing was left to do", "the infinitive"),
    "open": (
        r"\bopen (the|any|it|a|an|questions?|\{?one_line)\b|questions? (is|are) open|one question is open"
        r"|(tabs are|port is|nothing is) open"
        r"|open (function|item)| open: | open, by its table|: open |^open $",
        "of a file, an address, a question: it can be looked at or answered; of a Dream State: it is not done",
    ),
    "not started": (r"(was|is) not started|server: not started", "nobody started it"),
    "active": (
        r"last active|(is )?active[,:]|active (loop:|loops|systems)",
        "of who works elsewhere, of GitHub; a title of documents",
    ),
    "in progress": (r"merge in progress|is in progress(: nothing|$)", "of a merge or rebase, as git says it"),
    "working": (
        r"working (elsewhere|time|tree|folder|directory)|is working on this run|working out",
        "of a tree, a folder, time, somebody elsewhere",
    ),
    "held": (r"held (its|the) lock|held to", "of a lock; a title of a document"),
    "left out": (r"left out, lines beyond", "of text that has no room"),
    "complete": (
        r"\{complete\}|complete (it|the command)\b|complete \[skill\]|: complete( |$)"
        r"|loop-tui complete|already complete",
        "the action on a manual skill; what tab does to a command; of a file",
    ),
    "success": (r"success, failed, abandoned|npm reports success|success: no issues", "of --outcome, npm and mypy"),
    "confirmed": (
        r"confirmed( again| by the registry|$)|not confirmed yet|could be confirmed|confirmed\|healthy",
        "the level of targets",
    ),
    "approved": (
        r"approved (with|in advance|by a person|on)|(was|cannot be|is) approved|what was approved",
        "what a person did: the action is approve",
    ),
    "refused": (
        r"(system|git|github|remote\}|connection) refused|\brefused( \{sha\}| the tag)",
        "of a system or a service that was asked for something",
    ),
    "abandoned": (r"success, failed, abandoned", "of --outcome, which other programs write"),
    "no driver": (r"no driver (is waiting|was started|\(background)", "what did not happen, not a state"),
    "claimed": (r"(is|you|a|this run is) claimed|is not claimed|^claimed: $", "the claim of a skill or a run"),
    "not seen": (r"^not seen$", "the level of targets"),
    "begin": (r"^begin( immediate|;)", "of SQLite"),
    "resume": (r"", "the action on what is paused or blocked"),
    "tell": (r"terminals cannot tell|too few to tell", "of terminals and numbers that show no difference"),
    "go to": (r"loop-tui go to|go to (its panel|a project)", "the command go; a place on the screen or the disk"),
}
"""Old word: where it stands for something else, and for what."""

IN_PAGES: dict[str, tuple[str, str]] = {
    "red": (r"in red\b", "a colour"),
    "broken": (
        r"broken \(its check|one is broken|broken (locks|function)|rule is broken",
        "the verdict of `dream check`; of locks",
    ),
    "left out": (r"left out (unless|first|last)", "of tests and of text"),
    "idle": (r"% idle|an idle ", "of a processor and of a screen"),
    "finished": (r"not finished: due", "of work that has a date"),
    "told": (r"unless told to", "of a function"),
    "begin": (r"begin with|before you begin", "of a name; of a reader"),
}


def _old_words() -> list[str]:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text().splitlines()]
    told = [row[2] for row in rows if len(row) == 3 and row[2] != "instead of" and set(row[2]) != {"-"}]
    return sorted({word for words in told for word in words.split(", ") if word})


PAGE = ROOT / "docs/words.md"
OLD = _old_words()
"""The words of the columns `instead of`."""
ANY = re.compile(
    rf"(?<![\w{{-])(?:{'|'.join(map(re.escape, sorted(OLD, key=len, reverse=True)))})(?![\w}}-])", re.IGNORECASE
)


def found(text: str, *allowed: dict[str, tuple[str, str]]) -> list[str]:
    """The old words that a text says, without those that stand for something else there."""
    said = dict.fromkeys(word.lower() for word in ANY.findall(text))
    meant = {word: where[word][0] for where in allowed for word in said if word in where}
    return [word for word in said if word not in meant or not re.search(meant[word], text, re.IGNORECASE)]


def prose() -> Iterator[tuple[str, str]]:
    """The texts of the program that are more than a name: a single word may be a key that other programs read."""
    for path in SOURCES:
        name = str(path.relative_to(ROOT))
        if not name.startswith(OF_OTHERS):
            yield from ((f"{name}:{number}", text) for number, text in texts(path) if " " in text)


def test_the_table_is_read() -> None:
    assert {"green", "in progress", "go on", "past runs", "no driver"} <= set(OLD)


def test_the_program_says_no_old_word() -> None:
    assert [
        f"{place} {found(text, ELSEWHERE)}: {text[:80]!r}" for place, text in prose() if found(text, ELSEWHERE)
    ] == []


def test_the_pages_say_no_old_word_that_means_nothing_else() -> None:
    common = {word: (r"", why) for word, (_, why) in ELSEWHERE.items()}
    pages = [page for page in PAGES if page.name not in ("words.md", "mutants.md", "CHANGELOG.md")]
    lines = [(page.name, QUOTED.sub("", line)) for page in pages for line in page.read_text().splitlines()]
    assert [(name, found(line, common, IN_PAGES), line) for name, line in lines if found(line, common, IN_PAGES)] == []


def test_no_exception_is_left_over() -> None:
    said = {word for _, text in prose() for word in found(text)}
    assert set(ELSEWHERE) <= said
    assert set(IN_PAGES) <= set(OLD)


@pytest.mark.parametrize("line", ["3 jobs green", "push: in progress for 2 s", "the gate is held up", "it is broken"])
def test_an_old_word_is_found(line: str) -> None:
    assert found(line, ELSEWHERE)
