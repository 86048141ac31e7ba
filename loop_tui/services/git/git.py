"""git behind narrow functions: what the repository is, what its working tree holds, commits, trees and the remote.

Everything that is parsed comes from `-z` output; paths are text that round-trips any byte (as surrogates), relative to
the repository's root, and given back to git literally. Nothing here resets, forces or stages what was not listed.
`root` is the repository's top folder, as `repository_root` gives it.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.limits import GIT
from loop_tui.fs.plain import read_text
from loop_tui.fs.temporary import is_temporary
from loop_tui.model.excerpt import both_ends
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line
from loop_tui.process import shell
from loop_tui.services.git import layout, read_only
from loop_tui.services.git.immutable import Answers, is_object_id

NETWORK_TIMEOUT_S = 120
HOOK_TIMEOUT_S = 1800
_MOST_WORDS = 4000

# Files and folders inside the git directory that say something was begun and not ended, and how to end it.
_UNDERWAY = (
    ("MERGE_HEAD", "merge", "git merge --continue   # or: git merge --abort"),
    ("rebase-merge", "rebase", "git rebase --continue   # or: git rebase --abort"),
    ("rebase-apply", "rebase", "git rebase --continue   # or: git rebase --abort"),
    ("CHERRY_PICK_HEAD", "cherry-pick", "git cherry-pick --continue   # or: git cherry-pick --abort"),
    ("REVERT_HEAD", "revert", "git revert --continue   # or: git revert --abort"),
    ("BISECT_LOG", "bisect", "git bisect reset"),
)


_PLAIN_NAME = regex(r"\w[\w/-]*", re.ASCII)


class ChangedPath(Struct, frozen=True):
    """One changed path. `code` is git's letter: A, M, D, R, C, T or U; `original` is where a rename came from."""

    path: str
    code: str
    original: str = ""


class Status(Struct, frozen=True):
    """What the working tree holds beside HEAD. `head` is empty before the first commit, `branch` when detached."""

    staged: tuple[ChangedPath, ...] = ()
    unstaged: tuple[ChangedPath, ...] = ()
    untracked: tuple[str, ...] = ()
    conflicted: tuple[str, ...] = ()
    unknown: tuple[ChangedPath, ...] = ()
    """On a look: files that a filter of the project stands before, which was not run; `original` names the filter."""
    dirty: tuple[str, ...] = ()
    """Submodules with changes inside that no commit of this repository could hold: in no list for these."""
    head: str = ""
    branch: str = ""

    @property
    def clean(self) -> bool:
        """True when nothing is staged, changed, untracked or in conflict, and all of that is known."""
        return not (self.staged or self.unstaged or self.untracked or self.conflicted or self.unknown)


END_OF_OPTIONS = "--end-of-options"
"""What follows is a name of a revision, an object or a remote, whatever it looks like.

It may come from a state file that anybody wrote: git would take one that begins with a dash for an option, and some of
its options write files and start programs.
"""


_answers = Answers()


async def call(
    root: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    timeout_s: float = 60,
) -> shell.Captured:
    """Run git and give what it said, whatever its exit code. On a look it only looks (see `read_only`).

    Raises Problem when there is no git; on a look also where it cannot look.
    """
    asked_plainly = env is None and stdin is None and not read_only.is_looking()
    if asked_plainly and (known := _answers.find(root, args)) is not None:
        return known
    env = {**await read_only.environment(root), **(env or {})}
    argv = ["git", "--literal-pathspecs", "-c", "log.showSignature=false", "-c", "color.ui=false", *args]
    done = await shell.capture(argv, cwd=root, env=env, timeout_s=timeout_s, input=stdin)
    if asked_plainly:
        _answers.keep(root, args, done)
    return done


async def plain(
    root: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    timeout_s: float = 60,
    kept: bool = False,
) -> shell.Captured:
    """Run git as the person would: for all that starts hooks and filters of the project, or writes an index or a ref.

    They see what plain git shows them: no option of ours (git hands its own on to them as variables) and the person's
    environment with GIT_TERMINAL_PROMPT=0. So the words it says may be in any language, and paths are given as
    `literal` makes them. `kept` as for `shell.capture`. On a look it only looks, as `call`.
    """
    if read_only.is_looking():
        env = {**await read_only.environment(root), **(env or {})}
        return await shell.capture(["git", *args], cwd=root, env=env, timeout_s=timeout_s, input=stdin)
    return await shell.capture(
        ["git", *args], cwd=root, env=env, timeout_s=timeout_s, input=stdin, plain=True, kept=kept
    )


async def ask_plain(
    root: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    timeout_s: float = 60,
    kept: bool = False,
) -> str:
    """As `ask`, by `plain`."""
    done = await plain(root, *args, env=env, stdin=stdin, timeout_s=timeout_s, kept=kept)
    return _answer(root, args[0], done)


def literal(path: str) -> str:
    """A pathspec that means this very path, whatever characters it holds (gitglossary(7), "pathspec")."""
    return f":(literal){path}"


async def ask(
    root: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    timeout_s: float = 60,
) -> str:
    """The output of a git command that has to succeed. Raises Problem with git's own words when it does not."""
    return _answer(root, args[0], await call(root, *args, env=env, stdin=stdin, timeout_s=timeout_s))


def _answer(root: Path, command: str, done: shell.Captured) -> str:
    if done.exit_code != 0:
        raise Problem(
            f"git {command} failed: {said(done)}", str(root), f"run it by hand: git {command}", code=Code.GIT_FAILED
        )
    return text_of(done)


def text_of(done: shell.Captured) -> str:
    """What git printed, with bytes that are no UTF-8 as surrogates: paths come back as they were when given to git."""
    return done.raw.decode("utf-8", "surrogateescape")


def said(done: shell.Captured, limit: int = 400) -> str:
    """What git complained about, on one line, cleaned and masked: of much the beginning, and more of the end."""
    line = one_line(words_of(done)) or f"exit {done.exit_code}"
    return line if len(line) <= limit else f"{line[: limit // 4]} … {line[-(limit - limit // 4) :]}"


def words_of(done: shell.Captured) -> str:
    """What git, a hook or a remote said, line by line, cleaned and masked: both ends of it, where it is very long."""
    return both_ends(done.stderr.strip() or mask(clean(done.stdout)).strip(), _MOST_WORDS)


def fields(output: str) -> list[str]:
    """The NUL-separated parts of a `-z` output, without the empty one after the last NUL."""
    return output.split("\0")[:-1] if output.endswith("\0") else output.split("\0") if output else []


# --- the repository -------------------------------------------------------------------------------------------------


# A folder does not change its repository while a run goes on, and every step of it asks.
_roots: dict[Path, Path] = {}


def _nearest(folder: Path) -> Path | None:
    """The nearest folder, from this one upwards, with a `.git` in it."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


async def repository_root(folder: Path) -> Path | None:
    """The top folder of the repository that `folder` is in, or None when it is in none.

    Raises Problem when git is missing or refuses the folder (its owner is somebody else); on a look also where the
    repository cannot be looked at.
    """
    if read_only.is_looking():
        there = await read_only.looked_at(folder)
        return there[0] if there else None
    known = _roots.get(folder)
    if known is not None and _nearest(folder) == known:
        return known
    done = await call(folder, "rev-parse", "--show-toplevel")
    if done.exit_code == 0:
        root = Path(text_of(done).removesuffix("\n"))
        if _nearest(folder) == root:
            _roots[folder] = root
        return root
    if "dubious ownership" in done.stderr:
        todo = f"git config --global --add safe.directory '{folder}'"
        raise Problem(
            "git refuses this repository: it belongs to another user", str(folder), todo, code=Code.NO_REPOSITORY
        )
    return None


async def git_dir(root: Path) -> Path:
    """The folder that git keeps this working tree's own data in."""
    if read_only.is_looking() and (there := await read_only.looked_at(root)):
        return there[1]
    usual = layout.usual_folder(root)
    return usual or Path((await ask(root, "rev-parse", "--absolute-git-dir")).removesuffix("\n"))


async def path_of(root: Path, name: str) -> Path:
    """Where git keeps one of its own files (git-rev-parse(1), "--git-path"). Raises Problem when git does not say."""
    usual = layout.usual_folder(root)
    if usual is not None:
        return usual / name
    return root / (await ask(root, "rev-parse", "--git-path", name)).removesuffix("\n")


async def head_sha(root: Path) -> str | None:
    """The commit that is checked out, or None before the first commit."""
    return await resolve(root, "HEAD")


async def resolve(root: Path, revision: str) -> str | None:
    """The commit that a revision names, or None when there is no such commit here."""
    named = revision if read_only.is_looking() else _loose_ref(root, revision) or revision
    done = await call(root, "rev-parse", "--verify", "--quiet", END_OF_OPTIONS, f"{named}^{{commit}}")
    return done.stdout.strip() or None if done.exit_code == 0 else None


def _loose_ref(root: Path, revision: str) -> str:
    """The id that a branch here or of a remote has in a file of its own; empty where git has to be asked.

    Which commit that is, git is asked once for each id (`immutable`). See gitrepository-layout(5), "refs".
    """
    if revision == "HEAD":
        name = _head_branch(root)
        revision = f"refs/heads/{name}" if name else ""
    if not revision.startswith(("refs/heads/", "refs/remotes/")) or not _PLAIN_NAME.fullmatch(revision):
        return ""
    folder = root / ".git"
    if (folder / "commondir").exists():  # The branches lie elsewhere.
        return ""
    try:
        said = read_text(folder / revision, GIT).removesuffix("\n")
    except (OSError, ValueError):
        return ""
    return said if is_object_id(said) else ""


async def branch(root: Path) -> str | None:
    """The branch that is checked out, also before its first commit, or None when HEAD is detached."""
    if not read_only.is_looking() and (name := _head_branch(root)):
        return name
    # Shortened by git it would be `heads/main` where a tag has that name, too.
    done = await call(root, "symbolic-ref", "--quiet", "HEAD")
    return done.stdout.strip().removeprefix("refs/heads/") or None if done.exit_code == 0 else None


def _head_branch(root: Path) -> str:
    """What `.git/HEAD` says in plain words; empty where git has to be asked (gitrepository-layout(5), "HEAD")."""
    try:
        said = read_text(root / ".git" / "HEAD", GIT)
    except (OSError, ValueError):
        return ""
    name = said.removeprefix("ref: refs/heads/").removesuffix("\n")
    # With another way to keep refs (reftable) it names one that cannot be.
    return name if said == f"ref: refs/heads/{name}\n" and _PLAIN_NAME.fullmatch(name) else ""


async def remotes(root: Path) -> tuple[str, ...]:
    """The names of the remotes."""
    return tuple((await ask(root, "remote")).split())


async def remote_url(root: Path, name: str) -> str:
    """Where a remote is pushed to, with any credentials masked; empty when git cannot say."""
    done = await call(root, "remote", "get-url", "--push", END_OF_OPTIONS, name)
    return mask(one_line(done.stdout)) if done.exit_code == 0 else ""


async def identity(root: Path) -> str | None:
    """`Name <mail>` as it would stand in a commit, or None when git would refuse to commit without one."""
    done = await call(root, "var", "GIT_COMMITTER_IDENT")
    return one_line(done.stdout.rpartition(">")[0] + ">") if done.exit_code == 0 else None


async def is_shallow(root: Path) -> bool:
    """True when history is cut off (`git clone --depth`)."""
    return (await ask(root, "rev-parse", "--is-shallow-repository")).strip() == "true"


async def underway(root: Path) -> tuple[str, str] | None:
    """What was begun and not ended (merge, rebase, ...) and the command that ends it, or None."""
    folder = await git_dir(root)
    return next(((word, todo) for name, word, todo in _UNDERWAY if (folder / name).exists()), None)


# --- the working tree -----------------------------------------------------------------------------------------------


async def status(root: Path, exclude: Iterable[str] = (), *, index: Mapping[str, str] | None = None) -> Status:
    """What is staged, changed and untracked, without the paths (or folders, with what is in them) in `exclude`.

    No submodule is ignored, whatever is configured: `git commit --all` ignores none either. `index` is the environment
    of another index, of which nothing untracked is told.
    """
    args = ["--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all"]
    # To see whether files in a submodule changed, git starts itself there, by that one's configuration.
    args.append(f"--ignore-submodules={'dirty' if read_only.is_looking() else 'none'}")
    if index is not None:
        args.append("--untracked-files=no")
    output = await ask_plain(root, *args, env=index)
    left_out = tuple(exclude)
    staged, unstaged, untracked, conflicted, dirty = [], [], [], [], []
    head = name = ""
    records = iter(fields(output))
    for record in records:
        kind, _, rest = record.partition(" ")
        if kind == "#":
            key, _, value = rest.partition(" ")
            head = value if key == "branch.oid" and value != "(initial)" else head
            name = value if key == "branch.head" and value != "(detached)" else name
        elif kind in ("1", "2"):
            # 1 XY sub mH mI mW hH hI path; 2 has a score before the path and the old path in the next field.
            path = rest.split(" ", 7 if kind == "1" else 8)[-1]
            original = next(records, "") if kind == "2" else ""
            if not _within(path, left_out):
                if rest[0] != ".":
                    staged.append(ChangedPath(path, rest[0], original if rest[0] in "RC" else ""))
                is_dirty = rest[1] == "M" and rest[3] == "S" and rest[5:7] != ".."
                if is_dirty:
                    dirty.append(path)
                # Where its commit is as recorded, its files are all that changed.
                if rest[1] != "." and not (is_dirty and rest[4] == "."):
                    unstaged.append(ChangedPath(path, rest[1], original if rest[1] in "RC" else ""))
        elif kind == "u":
            conflicted.append(rest.split(" ", 9)[-1])
        elif kind == "?" and not _within(rest, left_out) and not any(map(is_temporary, rest.split("/"))):
            untracked.append(rest)
    filters = await read_only.filtered(root, [entry.path for entry in unstaged if entry.code == "M"])
    unknown = tuple(ChangedPath(path, "M", name_) for path, name_ in filters.items())
    known = tuple(entry for entry in unstaged if entry.path not in filters)
    return Status(tuple(staged), known, tuple(untracked), tuple(conflicted), unknown, tuple(dirty), head, name)


def _within(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(place.rstrip("/") + "/") for place in places)


def nul(paths: Iterable[str]) -> bytes:
    """Paths for git's `-z` and `--pathspec-file-nul`."""
    return b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)


_DIFF = ("diff-tree", "-r", "-z", "--ignore-submodules=none")


async def changed_files(root: Path, before: str, after: str) -> tuple[str, ...]:
    """The paths that differ between two trees or commits."""
    output = await ask(root, *_DIFF, "--no-renames", "--name-only", END_OF_OPTIONS, before, after)
    return tuple(fields(output))


async def diff_name_status(root: Path, before: str, after: str) -> tuple[ChangedPath, ...]:
    """What changed between two trees or commits, path by path, renames recognised."""
    parts = iter(fields(await ask(root, *_DIFF, "-M", "--name-status", END_OF_OPTIONS, before, after)))
    found = []
    for code in parts:
        first = next(parts, "")
        found.append(ChangedPath(next(parts, ""), code[0], first) if code[0] in "RC" else ChangedPath(first, code[0]))
    return tuple(found)


async def file_at(root: Path, revision: str, path: str) -> str | None:
    """The text of a file in a commit, or None when it is not there."""
    done = await call(root, "cat-file", "blob", END_OF_OPTIONS, f"{revision}:{path}")
    return text_of(done) if done.exit_code == 0 else None


async def ignored(root: Path, *, personal: bool = False) -> tuple[str, ...]:
    """What the repository's own `.gitignore` files ignore; a folder that holds nothing else is named with a slash.

    With `personal` also what `.git/info/exclude` and the person's `core.excludesFile` do.
    """
    rules = "--exclude-standard" if personal else "--exclude-per-directory=.gitignore"
    return tuple(fields(await ask(root, "ls-files", "--others", "--ignored", "--directory", rules, "-z")))
