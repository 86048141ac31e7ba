"""The one way to look at a repository: git reads it, and nothing that lies in it is run, reached or written.

Inside `looking` every call of git works with a private copy (`fs.git_mirror`) whose configuration is written here:
of what the repository says of itself only what an allow list names, none of which is a program or leads to one. The
person's own configuration holds as always, conditional includes and all, but for what would start programs on a
repository that nobody said yes to. docs/decisions/0005-looking.md tells why.
"""

import asyncio
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from msgspec import Struct

from loop_tui.fs import git_mirror
from loop_tui.fs.git_exclude import repository_of
from loop_tui.fs.limits import GIT
from loop_tui.fs.plain import read_plain
from loop_tui.fs.read_only_look import leaving_nothing
from loop_tui.fs.temporary import new_temporary_folder
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line
from loop_tui.process import shell
from loop_tui.process.environment import absolute_path

from .config_text import Entry, config_text, entries_of

_ASK_S = 20

_ALLOWED = regex(
    r"core\.(?:filemode|ignorecase|precomposeunicode|symlinks|autocrlf|eol|quotepath|checkstat|trustctime"
    r"|sparsecheckout|sparsecheckoutcone|usereplacerefs)"
    r"|index\.sparse|extensions\.(?:objectformat|refstorage)"
    r"|user\.(?:name|email|useconfigonly)|(?:author|committer)\.(?:name|email)"
    r"|remote\..+\.(?:url|pushurl|fetch|push)|remote\.pushdefault|push\.default|branch\..+\.(?:remote|merge|pushremote)"
    r"|url\..*\.(?:insteadof|pushinsteadof)|diff\.(?:renames|renamelimit)|status\.renames",
    re.IGNORECASE | re.DOTALL,
)
"""What a repository may say of itself on a look: facts about its files, names and addresses. No program, no include."""

_ADDRESS = regex(r"remote\.(.+)\.(?:url|pushurl)", re.DOTALL)

_ALWAYS = {
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.hooksPath": os.devnull,
    # Whoever lends objects would be asked for references, by a command that may be the repository's.
    "core.alternateRefsCommand": "true",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "push.recurseSubmodules": "no",
    "status.submoduleSummary": "false",
}
_REACHED = "http:https:git:ssh:file"
"""What `doctor --ship` may go by: no `ext::`, and no other helper that an address could name."""


class _Place(Struct, frozen=True):
    """A repository that is looked at: its top, its real folder, and the environment that leads git to the copy."""

    root: Path
    git: Path
    common: Path
    copy: Path
    env: Mapping[str, str]


class _Look:
    """One look, at one moment: what was copied once is what all its questions are answered from."""

    def __init__(self, *, reach: bool) -> None:
        self.reach = reach
        self._places: dict[Path, _Place] = {}
        self._remotes: dict[Path, Path] = {}
        self._one_at_a_time = asyncio.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    async def place(self, folder: Path) -> _Place | None:
        """The copy of the repository that a folder is in, or None. Raises Problem."""
        found = _found(folder)
        if found is None:
            return None
        async with self._one_at_a_time:
            known = self._places.get(found[0])
            if known is None:
                known = self._places[found[0]] = await self._copied(*found)
            return known

    async def remote(self, path: Path) -> Path | None:
        """A copy of a repository that is a remote here, on this machine; None for no repository. Raises Problem."""
        found = next((each for each in _git_folders(path) if git_mirror.is_repository(*each)), None)
        if found is None:
            return None
        async with self._one_at_a_time:
            if found[0] not in self._remotes:
                copy = self._new("remote")
                await asyncio.to_thread(git_mirror.mirror, *found, copy)
                said = await _said(*found, found[0])
                kept = [each for each in said if each[0].startswith("extensions.") and _ALLOWED.fullmatch(each[0])]
                _write_config(copy, [("core.bare", "true"), ("core.alternateRefsCommand", "true"), *kept])
                self._remotes[found[0]] = copy
            return self._remotes[found[0]]

    async def attributes(self, place: _Place) -> Mapping[str, str]:
        """The environment in which git tells the attributes that the project gives its paths. Raises Problem."""
        folder = place.copy.with_name(f"{place.copy.name}-attributes")
        if not folder.exists():
            folder.mkdir(mode=0o700)
            await asyncio.to_thread(git_mirror.mirror_for_attributes, place.common, place.copy, folder)
        return {**place.env, "GIT_DIR": str(folder), "GIT_OBJECT_DIRECTORY": str(place.copy / "objects")}

    async def _copied(self, root: Path, git: Path, common: Path) -> _Place:
        said = await _said(git, common, root)
        _refuse_elsewhere(said, root, git)
        copy = self._new("repository")
        await asyncio.gather(
            asyncio.to_thread(git_mirror.mirror, git, common, copy),
            asyncio.to_thread(git_mirror.no_traps_among_files, root),
        )
        kept = [entry for entry in said if _ALLOWED.fullmatch(entry[0])]
        _write_config(copy, kept)
        env = _environment(self.reach)
        env |= {"GIT_DIR": str(copy), "GIT_WORK_TREE": str(root)} | await self._persons(root)
        if any(key.startswith("url.") for key, _ in kept):
            _write_config(copy, await _rewritten(root, env, kept))
        return _Place(root, git, common, copy, env)

    async def _persons(self, root: Path) -> dict[str, str]:
        """The person's configuration as it holds for this very folder, where it has includes: git reads the copy."""
        entries: list[Entry] = []
        files = [path for path in _person_files() if _text(path) is not None]
        if not any("[include" in (_text(path) or "").lower() for path in files):
            return {}
        for path in files:
            argv = ("--no-pager", "config", "--file", str(path), "--includes", "--list", "-z")
            done = await _plain(root, *argv)
            if done.exit_code != 0:
                return {}
            entries += entries_of(done.raw)
        own = self._new("person") / "config"
        git_mirror.write_private(own, config_text(entries))
        return {"GIT_CONFIG_GLOBAL": str(own)}

    def _new(self, name: str) -> Path:
        if self._folder is None:
            self._folder = new_temporary_folder("look")
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder.name))


_current: ContextVar[_Look | None] = ContextVar("look", default=None)


@contextmanager
def looking(*, reach: bool = False) -> Iterator[None]:
    """Let git only look, in this task and those it makes: see the module. A look inside a look is the same look.

    No remote is reached; with `reach`, those that the project names are, as git does by the person's configuration.
    """
    if _current.get() is not None:
        yield
        return
    look = _Look(reach=reach)
    before = _current.set(look)
    try:
        with leaving_nothing():
            yield
    finally:
        _current.reset(before)
        look.close()


def is_looking() -> bool:
    """True inside `looking`."""
    return _current.get() is not None


async def environment(folder: Path) -> Mapping[str, str]:
    """What git has to be given on a look; nothing where it is no look. Raises Problem, also where no repository is."""
    look = _current.get()
    if look is None:
        return {}
    place = await look.place(folder)
    if place is None:
        raise Problem("there is no git repository here", str(folder), "git init", code=Code.NO_REPOSITORY)
    return place.env


async def looked_at(folder: Path) -> tuple[Path, Path] | None:
    """On a look: the top of the repository that a folder is in, and git's real folder; None for no repository.

    Raises Problem where git would refuse it, and where it cannot be read.
    """
    look = _current.get()
    assert look is not None
    place = await look.place(folder)
    return None if place is None else (place.root, place.git)


async def filtered(root: Path, paths: Iterable[str]) -> Mapping[str, str]:
    """On a look: those of the paths that have a filter, and its name. What they hold for git only that filter tells."""
    look = _current.get()
    wanted = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
    place = await look.place(root) if look is not None else None
    if look is None or place is None or not wanted:
        return {}
    argv = ["git", "--no-pager", "check-attr", "-z", "--stdin", "filter"]
    done = await shell.capture(argv, cwd=root, env=await look.attributes(place), timeout_s=_ASK_S, input=wanted)
    parts = done.raw.decode("utf-8", "surrogateescape").split("\0")
    rows = zip(parts[::3], parts[2::3], strict=False)
    return {path: name for path, name in rows if name not in ("", "unspecified", "unset", "set")}


async def address(root: Path, remote: str, url: str) -> str:
    """What git is given as the remote: its name; on a look its address, of a repository on this machine a copy.

    git would read that repository's own configuration, and it may lie in the project; by its name it would go to each
    of several addresses. Raises Problem.
    """
    look = _current.get()
    if look is None:
        return remote
    if not (path := _local(url)):
        return url or remote
    there = Path(os.path.normpath(root / path))
    copy = await look.remote(there)
    if copy is None:
        what = f"cannot reach {one_line(remote)}: there is no repository in that folder"
        raise Problem(what, one_line(str(there), 300), f"git remote get-url {one_line(remote)}", code=Code.NETWORK)
    return str(copy)


# --- what is there --------------------------------------------------------------------------------------------------


def _found(folder: Path) -> tuple[Path, Path, Path] | None:
    """The repository that a folder is in, by its `.git`: top, git's folder, and the one that worktrees share.

    A folder that is git's own, without a `.git`, is none here: anybody can put one among the files of a project.
    """
    place: Path | None = Path(os.path.realpath(folder))
    while place is not None:
        found = repository_of(place)
        if found is None or git_mirror.is_repository(found[1], found[2]):
            return found
        place = found[0].parent if found[0] != found[0].parent else None
    return None


def _git_folders(path: Path) -> Iterator[tuple[Path, Path]]:
    """Where git looks for a repository that is named by a path (`enter_repo`)."""
    for each in (path / ".git", path, Path(f"{path}.git") / ".git", Path(f"{path}.git")):
        if each.name == ".git" and each.exists():
            found = repository_of(each.parent)
            if found is not None and found[0] == each.parent:
                yield found[1], found[2]
        elif each.is_dir():
            yield each, each


async def _said(git: Path, common: Path, root: Path) -> list[Entry]:
    """What a repository's own configuration says, in git's own reading, its includes not followed. Raises Problem."""
    await asyncio.to_thread(git_mirror.config_there, git, common)
    options = ("--no-pager", "config", "--no-includes", "--list", "-z")
    done = await _plain(root, *options, "--local")
    if done.exit_code != 0:
        raise await _refused(root, done)
    found = entries_of(done.raw)
    per_tree = next((value for key, value in reversed(found) if key == "extensions.worktreeconfig"), "false")
    if per_tree is None or per_tree.lower() in ("true", "yes", "on", "1"):
        done = await _plain(root, *options, "--file", str(git / "config.worktree"))
        found += entries_of(done.raw) if done.exit_code == 0 else []
    return found


async def _rewritten(root: Path, env: Mapping[str, str], entries: list[Entry]) -> list[Entry]:
    """The entries with each remote at the addresses that the repository's own rules give it, and without these rules.

    Applied once more to what they led to, they could lead on to something that nobody looked at.
    """
    found = [entry for entry in entries if not entry[0].startswith("url.") and not _ADDRESS.fullmatch(entry[0])]
    for name in dict.fromkeys(match[1] for key, _ in entries if (match := _ADDRESS.fullmatch(key))):
        for key, options in (("url", ()), ("pushurl", ("--push",))):
            words = ("remote", "get-url", "--all", *options, "--end-of-options", name)
            done = await shell.capture(["git", *words], cwd=root, env=env, timeout_s=_ASK_S)
            lines = done.raw.decode("utf-8", "surrogateescape").splitlines() if done.exit_code == 0 else []
            found += [(f"remote.{name}.{key}", line) for line in lines]
    return found


async def _refused(root: Path, done: shell.Captured) -> Problem:
    """Why git does not read this repository."""
    asked = await _plain(root, "--no-pager", "rev-parse", "--git-dir")
    words = asked.stderr.strip() or done.stderr.strip()
    if "dubious ownership" in words:
        todo = f"git config --global --add safe.directory '{root}'"
        what = "git refuses this repository: it belongs to another user"
        return Problem(what, str(root), todo, code=Code.NO_REPOSITORY)
    what = f"git cannot read this repository: {one_line(words, 300)}"
    return Problem(what, str(root), "git status", code=Code.GIT_STATE)


def _refuse_elsewhere(said: Iterable[Entry], root: Path, git: Path) -> None:
    """Raise Problem where the repository says that its working tree is another folder than the one it lies in."""
    for key, value in said:
        if key == "core.worktree" and value and os.path.realpath(git / value) != os.path.realpath(root):
            what = f"the repository's configuration says that its working tree is elsewhere: {one_line(value, 200)}"
            raise Problem(what, str(root), "git config --unset core.worktree", code=Code.GIT_STATE)


def _person_files() -> tuple[Path, ...]:
    """The files of the person's own configuration, in git's order."""
    if named := os.environ.get("GIT_CONFIG_GLOBAL"):
        return (Path(named),)
    home = Path(os.environ.get("HOME") or "~").expanduser()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return config / "git" / "config", home / ".gitconfig"


def _text(path: Path) -> str | None:
    try:
        return read_plain(path, GIT, follow=True).decode("utf-8", "replace")
    except OSError:
        return None


# --- how git is told ------------------------------------------------------------------------------------------------


def _environment(reach: bool) -> dict[str, str]:
    """Variables for every call on a look. What the person set as configuration for git (GIT_CONFIG_COUNT) stays."""
    allowed = os.environ.get("GIT_ALLOW_PROTOCOL")
    if reach and allowed is not None:
        allowed = ":".join(word for word in allowed.split(":") if word in _REACHED.split(":")) or "none"
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(count) if count.isdigit() else 0
    env = {
        "GIT_OPTIONAL_LOCKS": "0",
        # Of a partial clone git would fetch what is missing behind our back: no protocol is allowed, so it cannot.
        "GIT_ALLOW_PROTOCOL": (allowed or _REACHED) if reach else "none",
        "GIT_NO_LAZY_FETCH": "1",
        "PATH": absolute_path(),
    }
    for number, (key, value) in enumerate(_ALWAYS.items(), first):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env | {"GIT_CONFIG_COUNT": str(first + len(_ALWAYS))}


def _write_config(copy: Path, entries: Iterable[Entry]) -> None:
    found = list(entries)
    version = "1" if any(key.startswith("extensions.") for key, _ in found) else "0"
    git_mirror.write_private(copy / "config", config_text([("core.repositoryformatversion", version), *found]))


async def _plain(folder: Path, *words: str) -> shell.Captured:
    """git as it is, for questions whose answer runs nothing whatever the configuration says."""
    return await shell.capture(["git", *words], cwd=folder, env={"PATH": absolute_path()}, timeout_s=_ASK_S)


def _local(url: str) -> str:
    """The path of a remote on this machine; empty for any other address."""
    if url.startswith("file://"):
        return "/" + url.removeprefix("file://").partition("/")[2]
    before, colon, _ = url.partition(":")
    return "" if colon and "/" not in before else url
