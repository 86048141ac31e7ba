"""The index of the texts in the archive: which of them can hold a text. A file of its own, so that lists stay fast.

It has every three letters in a row of each text, in small letters (SQLite's FTS5, `trigram`), and nothing else of it: a
text with all those of a question is read, and counts if it holds the question.
"""

import os
import sqlite3
from collections.abc import Sequence

from loop_tui.fs.present import is_there

from .documents import documents
from .entries import ArchiveEntry
from .index_file import DamagedIndex, IndexKind
from .index_refresh import IndexedRows, RowsWriter
from .named import MARKER

TEXT_INDEX = IndexKind(
    "texts",
    1,
    """
CREATE TABLE months (name TEXT PRIMARY KEY, stamp TEXT NOT NULL, settled INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (month TEXT NOT NULL, name BLOB NOT NULL, stamp TEXT NOT NULL, PRIMARY KEY (month, name));
CREATE TABLE bad (month TEXT NOT NULL, name BLOB NOT NULL, stamp TEXT NOT NULL, PRIMARY KEY (month, name));
CREATE TABLE texts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, month TEXT NOT NULL, name BLOB NOT NULL, file BLOB NOT NULL
);
CREATE INDEX by_run ON texts (month, name);
CREATE VIRTUAL TABLE words USING fts5 (
  body, content = '', detail = none, columnsize = 0, tokenize = 'trigram case_sensitive 1'
);
""",
)
"""`bad` are the entries that are still being archived. What `texts` has no row of any more `words` may still have."""
_LETTERS = 3
_MOST_ASKED = 64
_MOST_LEFT = 20_000
"""So many texts may be left in `words` that are none any more, or as many as there are, before it is made anew."""

Texts = dict[tuple[str, bytes], list[str]]
"""Names of texts, by the month and name of their run."""


def can_index_texts() -> bool:
    """False where SQLite has no FTS5, or one without `trigram` (before 3.34)."""
    try:
        with sqlite3.connect(":memory:") as index:
            index.executescript(TEXT_INDEX.tables)
    except sqlite3.Error:
        return False
    return True


def texts_with(index: sqlite3.Connection, text: str) -> Texts:
    """The texts that can hold a text, whatever its capital letters. Raises sqlite3.Error, DamagedIndex."""
    (count,) = index.execute("SELECT count(*) FROM texts").fetchone()
    for (ever,) in index.execute("SELECT seq FROM sqlite_sequence WHERE name = 'texts'"):
        if ever - count > count + _MOST_LEFT:
            raise DamagedIndex
    folded = text.casefold()
    parts = dict.fromkeys(folded[at : at + _LETTERS] for at in range(len(folded) - _LETTERS + 1))
    asked, values = "SELECT month, name, file FROM texts", []
    if parts:
        asked += " WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?)"
        values = [" AND ".join(_quoted(part) for part in [*parts][:_MOST_ASKED])]
    found: Texts = {}
    for month, name, file in index.execute(asked, values):
        found.setdefault((month, name), []).append(os.fsdecode(file))
    return found


def _quoted(part: str) -> str:
    doubled = part.replace('"', '""')
    return f'"{doubled}"'


def _read_texts(some: Sequence[ArchiveEntry]) -> RowsWriter:
    """Reads the texts of these entries."""
    whole: list[tuple[str, bytes, str]] = []
    unfinished: list[tuple[str, bytes, str]] = []
    texts: list[tuple[str, bytes, bytes, str]] = []
    for entry in some:
        month, name = entry.path.parent.name, os.fsencode(entry.path.name)
        if entry.is_folder and is_there(entry.path / MARKER):
            unfinished.append((month, name, entry.stamp))
            continue
        whole.append((month, name, entry.stamp))
        folder = entry.path if entry.is_folder else entry.path.with_suffix("")
        if entry.is_folder or entry.has_folder:
            for found in documents(folder):
                texts.append((month, name, os.fsencode(found.name), "\n".join(found.lines).casefold()))

    def write(index: sqlite3.Connection) -> None:
        index.executemany("INSERT INTO runs VALUES (?, ?, ?)", whole)
        index.executemany("INSERT INTO bad VALUES (?, ?, ?)", unfinished)
        for *where, body in texts:
            added = index.execute("INSERT INTO texts (month, name, file) VALUES (?, ?, ?)", where)
            index.execute("INSERT INTO words (rowid, body) VALUES (?, ?)", (added.lastrowid, body))

    return write


TEXT_ROWS = IndexedRows("texts", ("runs", "bad", "texts"), 10, _read_texts)
