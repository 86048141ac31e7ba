"""Submodules: at which commits they are, and whether anybody else can get these."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from loop_tui.model.problem import Problem

from .git import END_OF_OPTIONS, ask, call, fields
from .scope import WHOLE, PackageScope
from .trees import LINK


class Unpushed(Struct, frozen=True):
    """A submodule, and the commit that it would be shipped at, which none of its remotes has as far as is known."""

    path: str
    sha: str


async def unpushed(root: Path, scope: PackageScope = WHOLE, revision: str = "HEAD") -> tuple[Unpushed, ...]:
    """The submodules at commits that none of their remotes has: as they are committed, and as they lie there.

    Those of the scope would be committed as they lie there. What is not checked out cannot be looked at. No network is
    reached: known is what each was fetched or pushed last, as `git push --recurse-submodules=check` knows it.
    """
    links = await _links(root, revision)
    found = []
    for path, sha in links.items():
        folder = root / path
        if not (folder / ".git").exists():
            continue
        now = await _head(folder) if scope.holds(path) else ""
        missing = [each for each in dict.fromkeys((sha, now)) if each and not await _is_at_a_remote(folder, each)]
        found += [Unpushed(path, each) for each in missing[-1:]]
    return tuple(found)


async def _links(root: Path, revision: str) -> dict[str, str]:
    """The submodules of a commit, or of the index before the first one, and the commits they are at."""
    done = await call(root, "ls-tree", "-r", "-z", "--full-tree", END_OF_OPTIONS, revision)
    listed: Iterable[str] = fields(done.stdout) if done.exit_code == 0 else ()
    rows = (entry.partition("\t") for entry in listed)
    known = {path: facts.split(" ")[2] for facts, _, path in rows if facts.startswith(LINK)}
    staged = (entry.partition("\t") for entry in fields(await ask(root, "ls-files", "-z", "--stage")))
    return {path: facts.split(" ")[1] for facts, _, path in staged if facts.startswith(LINK)} | known


async def _head(folder: Path) -> str:
    try:
        done = await call(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except Problem:
        return ""
    return done.stdout.strip() if done.exit_code == 0 else ""


async def _is_at_a_remote(folder: Path, sha: str) -> bool:
    """True also where that cannot be told: git looks once more at the push."""
    try:
        done = await call(folder, "rev-list", "-n", "1", sha, "--not", "--remotes", "--")
    except Problem:
        return True
    return done.exit_code != 0 or not done.stdout.strip()
