"""Trees: what tracked content is, told by git's own hash. No function here touches the real index (SPEC section 1)."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from loop_tui.fs.limits import PACKED
from loop_tui.fs.plain import copy_plain, read_plain
from loop_tui.fs.temporary import temporary_folder

from . import read_only
from .git import END_OF_OPTIONS, Status, ask, ask_plain, call, fields, head_sha, literal, nul, status
from .scope import WHOLE, PackageScope


async def tracked_tree(
    root: Path, exclude: Iterable[str] = (), include: Iterable[str] = (), scope: PackageScope = WHOLE
) -> str:
    """The tree of all tracked content as it lies in the working tree now; the real index is not touched.

    `exclude` names paths that do not count (the state files), `include` untracked files that do. What lies outside of
    `scope` is as HEAD has it, whatever is changed or staged there: that is what a commit of the scope would hold. A
    check speaks for the tree it ran on (SPEC section 1), so this is the fingerprint that tells whether it still does.
    """
    left_out = tuple(exclude)
    async with _own_index(root) as env:
        before = await _read_index(env)
        known_of = _known_to_index(root, left_out) if _may_hold(before, left_out) else _nothing()
        _, known = await asyncio.gather(_take_up(root, env, scope), known_of)
        if paths := nul(map(literal, include)):
            await ask_plain(root, "add", *_FROM_STDIN, env=env, stdin=paths)
        if known or paths:
            await _forget(root, left_out, env)
        return await _written(root, env)


# An index says which tree it holds: a release writes the same one again and again.
_trees: dict[tuple[Path, bytes], str] = {}
_MOST_TREES = 64


async def _written(root: Path, env: Mapping[str, str]) -> str:
    """The tree that an index of ours holds, written into the repository where it is not there yet."""
    key = (root, hashlib.sha256(await _read_index(env)).digest())
    known = _trees.get(key)
    # What git threw away meanwhile has to be written again; in a pack it is not looked for.
    if known and (root / ".git" / "objects" / known[:2] / known[2:]).is_file():
        return known
    tree = (await ask_plain(root, "write-tree", env=env)).strip()
    if len(_trees) >= _MOST_TREES:
        _trees.clear()
    _trees[key] = tree
    return tree


async def _read_index(env: Mapping[str, str]) -> bytes:
    """The content of an index of ours; empty where it holds nothing."""
    index = Path(env["GIT_INDEX_FILE"])
    return await asyncio.to_thread(read_plain, index, PACKED) if index.exists() else b""


async def head_tree(root: Path, exclude: Iterable[str] = ()) -> str | None:
    """The tree of the commit that is checked out, without `exclude`; None before the first commit."""
    return await tree_of(root, await head_sha(root) or "HEAD", exclude)


async def tree_of(root: Path, revision: str, exclude: Iterable[str] = ()) -> str | None:
    """The tree of any commit, without `exclude`, so that it compares with `tracked_tree`; None for no such commit."""
    left_out, name = tuple(exclude), f"{revision}^{{tree}}"
    named = call(root, "rev-parse", "--verify", "--quiet", END_OF_OPTIONS, name)
    done, holds = await asyncio.gather(named, _held_by(root, name, left_out))
    if done.exit_code != 0:
        return None
    tree = done.stdout.strip()
    if not holds:
        return tree
    async with _own_index(root, empty=True) as env:
        await ask_plain(root, "read-tree", END_OF_OPTIONS, tree, env=env)
        await _forget(root, left_out, env)
        return await _written(root, env)


async def _take_up(root: Path, env: Mapping[str, str], scope: PackageScope) -> None:
    """Let that index hold the tracked files as they lie there, and others than those of the scope as HEAD has them."""
    if scope is not WHOLE:
        await _as_committed(root, env, scope.holds)
    if not read_only.is_looking():
        await ask_plain(root, "add", "--update", "--", *await _pathspecs(root, scope), env=env)
        return
    # `git add` starts git in each submodule, by that one's configuration, to see whether files changed there.
    listed = await ask_plain(root, "diff-files", "--name-only", "-z", "--ignore-submodules=dirty", env=env)
    paths = nul(path for path in fields(listed) if scope.holds(path))
    await ask_plain(root, "update-index", "--remove", "-z", "--stdin", env=env, stdin=paths)


async def _pathspecs(root: Path, scope: PackageScope) -> tuple[str, ...]:
    """Pathspecs for the tracked files of a scope: git refuses one that fits none of them."""
    if not scope.folder:
        return (".",)
    tracked = fields(await ask(root, "ls-files", "-z"))
    inside = [path for path in tracked if scope.holds(path)]
    beside = sorted({path for path in inside if not path.startswith(scope.folder)})
    folder = [scope.folder] if len(beside) < len(set(inside)) else []
    # Without any, git would take all: the folder of git itself holds none.
    return tuple(map(literal, (*folder, *beside))) or (":(exclude)*",)


async def _as_committed(root: Path, env: Mapping[str, str], stays: Callable[[str], bool]) -> None:
    """Let what that index holds be as HEAD has it, but for the paths that stay."""
    head = await call(root, "rev-parse", "--verify", "--quiet", "HEAD^{tree}")
    tree = head.stdout.strip() or (await ask(root, "hash-object", "-t", "tree", "--stdin", stdin=b"")).strip()
    listed = fields(await ask(root, "diff-index", "--cached", "--raw", "-z", "--no-renames", tree, env=env))
    rows = []
    for entry, path in zip(listed[::2], listed[1::2], strict=True):
        if not stays(path):
            mode, _, sha, *_ = entry.removeprefix(":").split(" ")
            rows.append(f"{mode} {sha}\t{path}")
    if rows:
        await ask_plain(root, "update-index", "-z", "--index-info", env=env, stdin=nul(rows))


LINK = "160000"
"""The mode by which a tree names the commit of a submodule."""
_FROM_STDIN = ("--pathspec-from-file=-", "--pathspec-file-nul")


@asynccontextmanager
async def _own_index(root: Path, empty: bool = False) -> AsyncIterator[dict[str, str]]:
    """The environment that makes git work on a throw-away copy of the index."""
    with temporary_folder("git") as folder:
        copy = folder / "index"
        if not empty:
            real = await _index(root)
            if real.exists():
                # The time of the copy must be that of the original: git compares files' times with it to tell which
                # entries it cannot trust ("racy git").
                await asyncio.to_thread(copy_plain, real, copy, PACKED)
        yield {"GIT_INDEX_FILE": str(copy)}


async def _index(root: Path) -> Path:
    """Where the index lies; only git knows that of linked working trees and submodules (`.git` is a file there)."""
    usual = root / ".git" / "index"
    if usual.is_file() and not read_only.is_looking():
        return usual
    return root / (await ask(root, "rev-parse", "--git-path", "index")).removesuffix("\n")


_WHOLE_NAMES = (2, 3)
"""Formats of an index in which each path stands as it is; later ones leave out what it shares with the one before."""
_ELSEWHERE = (b"link", b"sdir")
"""Parts of an index whose entries are in another file, or are whole folders."""


def _may_hold(index: bytes, paths: tuple[str, ...]) -> bool:
    """False where an index surely holds none of these paths and nothing below them, which spares the question to git.

    See "index-format" in git's manual.
    """
    if (
        index[:4] != b"DIRC"
        or int.from_bytes(index[4:8]) not in _WHOLE_NAMES
        or any(map(index.__contains__, _ELSEWHERE))
    ):
        return bool(index)
    # Of other letters there is more than one spelling.
    return any(not path.isascii() or os.path.normpath(path).encode() in index for path in paths)


async def _nothing() -> bool:
    return False


async def _known_to_index(root: Path, paths: tuple[str, ...]) -> bool:
    """True when the index holds one of these paths, or something below one."""
    return bool(paths) and bool(await ask(root, "ls-files", "-z", "--", *paths))


async def _held_by(root: Path, tree: str, paths: tuple[str, ...]) -> bool:
    """True when a tree holds one of these paths, and when git cannot say: there may be no such tree."""
    if not paths:
        return False
    done = await call(root, "ls-tree", "-r", "-z", "--name-only", END_OF_OPTIONS, tree, "--", *paths)
    return done.exit_code != 0 or bool(done.raw)


async def _forget(root: Path, paths: Iterable[str], env: Mapping[str, str]) -> None:
    if left_out := tuple(paths):
        named = map(literal, left_out)
        await ask_plain(root, "rm", "-r", "-q", "--cached", "--force", "--ignore-unmatch", "--", *named, env=env)


async def taken_out(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Those of the paths that the index does not hold, though something lies there: `git rm --cached` leaves a file."""
    lying = [path for path in paths if os.path.lexists(root / path)]
    if not lying:
        return ()
    held = set(fields(await ask(root, "ls-files", "-z")))
    return tuple(path for path in lying if path not in held)


@asynccontextmanager
async def index_to_commit(root: Path, paths: Sequence[str], gone: Sequence[str]) -> AsyncIterator[dict[str, str]]:
    """The environment with an index that holds these paths as they lie there, without `gone`, all else as HEAD has it.

    For what `git commit --only` cannot commit: it takes a path that was taken out of the index from the working tree.
    """
    async with _own_index(root) as env:
        await _as_committed(root, env, set(paths).__contains__)
        lying = nul(path for path in paths if path not in gone)
        args = ("update-index", "--add", "--remove", "--replace", "-z", "--stdin")
        await ask_plain(root, *args, env=env, stdin=lying)
        yield env


async def unseen(root: Path, known: Status, exclude: Iterable[str] = ()) -> tuple[str, ...]:
    """What is changed and git was told to take for unchanged, without `exclude`, beside the known status.

    Neither a status nor a commit sees it (git-update-index(1), `--assume-unchanged`, `--skip-worktree`).
    """
    rows = [(entry[0], entry[2:]) for entry in fields(await ask(root, "ls-files", "-v", "-z"))]
    assumed = [path for letter, path in rows if letter.islower()]
    # What a sparse checkout leaves out does not lie there.
    skipped = [path for letter, path in rows if letter in "Ss" and os.path.lexists(root / path)]
    if not (assumed or skipped):
        return ()
    async with _own_index(root) as env:
        for paths, option in ((assumed, "--no-assume-unchanged"), (skipped, "--no-skip-worktree")):
            if paths:
                await ask_plain(root, "update-index", option, "-z", "--stdin", env=env, stdin=nul(paths))
        loud = await status(root, exclude, index=env)
    seen = {entry.path for entry in (*known.unstaged, *known.unknown)} | {*known.conflicted, *known.dirty}
    return tuple(sorted({*(entry.path for entry in loud.unstaged), *loud.dirty} - seen))


async def export(root: Path, revision: str, folder: Path) -> tuple[str, ...]:
    """Write the files of a commit into `folder`, as a checkout would; neither index nor working tree is touched.

    Also those of its submodules that are checked out, at the commits that are recorded. Gives their folders.
    """
    async with _own_index(root, empty=True) as env:
        await ask_plain(root, "read-tree", END_OF_OPTIONS, revision, env=env)
        await ask_plain(root, "checkout-index", "--all", "--force", f"--prefix={folder}/", env=env, timeout_s=600)
        staged = fields(await ask(root, "ls-files", "-z", "--stage", env=env))
    found: list[str] = []
    for facts, _, path in (entry.partition("\t") for entry in staged):
        mode, sha, _ = facts.split(" ")
        # Where nothing is checked out git would answer for the repository around it.
        if mode == LINK and (root / path / ".git").exists():
            inside = await export(root / path, sha, folder / path)
            found += [path, *(f"{path}/{each}" for each in inside)]
    return tuple(found)
