"""What git's history says about releases: commits with their whole messages, and version changes."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.limits import GIT
from loop_tui.fs.plain import read_text
from loop_tui.services.git.git import END_OF_OPTIONS, ask, call, fields, file_at, path_of

_FORMAT = "%H%x00%P%x00%an%x00%aI%x00%B"
_FIELDS = 5
_CANDIDATES = 50


class Logged(Struct, frozen=True):
    """One commit. `message` is the whole raw message; nothing in it is cleaned yet."""

    sha: str
    parents: tuple[str, ...]
    author: str
    at: str
    message: str
    paths: tuple[str, ...] = ()
    """What it changed against its first parent; only `log_with_paths` tells."""


async def log(root: Path, base: str | None, head: str = "HEAD", path: str = "") -> tuple[Logged, ...]:
    """The commits reachable from `head` and not from `base` (None: all of them), newest first.

    `path` keeps to the commits that touch that folder. Raises Problem for an unknown base.
    """
    span = f"{base}..{head}" if base else head
    limit = ("--", path) if path and path != "." else ("--",)
    parts = fields(await ask(root, "log", "-z", "--topo-order", f"--format={_FORMAT}", END_OF_OPTIONS, span, *limit))
    rows = zip(*[iter(parts)] * 5, strict=True)
    return tuple(Logged(sha, tuple(parents.split()), author, at, text) for sha, parents, author, at, text in rows)


async def log_with_paths(root: Path, base: str | None, head: str = "HEAD") -> tuple[Logged, ...]:
    """As `log`, with the paths that each commit changed; a merge with those that it brought to its first parent."""
    span = f"{base}..{head}" if base else head
    how = ("--no-renames", "--name-only", "--diff-merges=first-parent", "--no-ext-diff", "--ignore-submodules=none")
    output = await ask(root, "log", "-z", "--topo-order", *how, f"--format=%x00{_FORMAT}", END_OF_OPTIONS, span, "--")
    return tuple(_with_paths(output.split("\0")))


def _with_paths(parts: list[str]) -> Iterator[Logged]:
    """Each commit is an empty field, its own fields, and its paths, the first behind a line feed."""
    at = 0
    while at < len(parts):
        if not parts[at]:
            at += 1
            continue
        sha, parents, author, when, text = parts[at : at + _FIELDS]
        at += _FIELDS
        end = next((place for place in range(at, len(parts)) if not parts[place]), len(parts))
        names = (parts[at].removeprefix("\n"), *parts[at + 1 : end]) if at < end else ()
        yield Logged(sha, tuple(parents.split()), author, when, text, names)
        at = end


async def shallow_edge(root: Path) -> frozenset[str]:
    """The commits whose parents are not here because the clone is shallow; empty for a whole repository.

    Raises OSError when what git keeps about it cannot be read.
    """
    try:
        return frozenset(read_text(await path_of(root, "shallow"), GIT).split())
    except FileNotFoundError:
        return frozenset()


async def message(root: Path, sha: str) -> str | None:
    """The raw message of a commit, or None when it is not known here."""
    done = await call(root, "log", "-1", "--format=%B", END_OF_OPTIONS, sha, "--")
    return done.stdout if done.exit_code == 0 else None


async def before_push(root: Path, remote: str, branch: str, sha: str) -> str | None:
    """Where a remote's branch was before it came to `sha`, as the log of its tracking ref tells; None when it does not.

    Git keeps that log by default, and a push looks at the remote first: so it is what the push was compared with.
    """
    done = await call(root, "reflog", "show", "--format=%H", f"refs/remotes/{remote}/{branch}", "--")
    entries = done.stdout.split() if done.exit_code == 0 else []
    places = [place for place, entry in enumerate(entries) if entry == sha]
    return entries[places[-1] + 1] if places and places[-1] + 1 < len(entries) else None


async def commits_between(root: Path, base: str, head: str) -> tuple[str, ...]:
    """The shas of the commits reachable from `head` and not from `base`, newest first."""
    return tuple((await ask(root, "rev-list", END_OF_OPTIONS, f"{base}..{head}", "--")).split())


async def is_ancestor(root: Path, ancestor: str, descendant: str = "HEAD") -> bool:
    """True when one commit is reachable from the other (or is it); False also when either is unknown here."""
    return (await call(root, "merge-base", "--is-ancestor", END_OF_OPTIONS, ancestor, descendant)).exit_code == 0


async def first_commit(root: Path) -> str | None:
    """The commit without parents that HEAD's first-parent line starts at; None before the first commit."""
    done = await call(root, "rev-list", "--first-parent", "--max-parents=0", "HEAD", "--")
    shas = done.stdout.split() if done.exit_code == 0 else []
    return shas[-1] if shas else None


def version_in(text: str | None) -> str | None:
    """The `version` of a package.json's text, or None when there is none to be read."""
    try:
        document = json.loads((text or "").removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    version = document.get("version") if isinstance(document, dict) else None
    return version if isinstance(version, str) else None


async def version_at(root: Path, revision: str, package: str = "package.json") -> str | None:
    """The version in package.json as of a commit, or None."""
    return version_in(await file_at(root, revision, package))


async def last_version_change(root: Path, package: str = "package.json") -> str | None:
    """The last commit that changed the version in package.json, or None.

    A commit that touched the line and left the version alone (an indentation, another key of that name) is passed over.
    """
    pattern = '"version"[[:space:]]*:'
    args = ("log", "-z", f"-{_CANDIDATES}", "--format=%H%x00%P", f"-G{pattern}", "HEAD", "--", package)
    done = await call(root, *args)
    parts = fields(done.stdout) if done.exit_code == 0 else []
    for sha, parents in zip(parts[::2], parts[1::2], strict=True):
        versions = [version_at(root, commit, package) for commit in (sha, *parents.split()[:1])]
        found = await asyncio.gather(*versions)
        if found[0] != (found[1] if parents else None):
            return sha
    return None
