"""How large each kind of file may be that is read whole: beyond it nothing of the file is taken."""

from typing import NamedTuple

_MB = 1024 * 1024


class Limit(NamedTuple):
    """The most bytes of a file, and what such a file is called."""

    most: int
    noun: str


STATE = Limit(16 * _MB, "state file")
RECORD = Limit(1 * _MB, "record of a run")
"""Lease, owner, claims and notes: a page of text each."""
COPY = Limit(16 * _MB, "copy of a definition")
DEFINITION = Limit(1_000_000, "loop definition")
SETTINGS = Limit(1_000_000, "settings file")
"""Settings, themes, what is trusted, what was typed: the person's own small files."""
TRUST = Limit(16 * _MB, "record of what is trusted")
"""It holds what the person read before each yes."""
TEXT = Limit(100_000, "text")
"""What a person writes in an answer or a reason."""
TARGET_SETTINGS = Limit(200_000, "file with settings for targets")
REPORT = Limit(32 * _MB, "report of tests")
DREAM_STATE = Limit(1 * _MB, "Dream State")
"""Also a roadmap or a registry of modules."""
DOCUMENT = Limit(1 * _MB, "document")
MEMORY = Limit(1 * _MB, "file of memory")
ARCHIVE = Limit(64 * _MB, "archived run")
JOURNAL = Limit(256 * _MB, "journal")
LINE = Limit(16 * _MB, "line of a log")
DELIVERABLE = Limit(64 * _MB, "deliverable")
MANIFEST = Limit(64 * _MB, "file of a project")
"""What a project's own tools keep beside its sources: package.json, a lock file, a workflow, an ignore file."""
PACKED = Limit(4096 * _MB, "package")
GIT = Limit(64 * _MB, "file of git")
GIT_INDEX = Limit(256 * _MB, "index or list of references of git")
