"""Whether a commit may have left this repository: then it is not taken back any more (SHIP "Pushing")."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.services.git import git, history, push_target, remotes

ASK_TIMEOUT_S = 60


async def refuse_if_published(
    root: Path, branch: str, commits: Sequence[str], pushes: Sequence[Effect], forward: str
) -> None:
    """Raise Problem, with `forward` as what to do, when any of these commits was seen at a remote.

    The remote itself is asked. When it cannot be, that is no objection unless a push of ours was begun: then nobody
    knows whether it arrived.
    """
    meant = [str(effect.intent.get("sha", "")) for effect in pushes]
    shas = list(dict.fromkeys(sha for sha in (*commits, *meant) if sha))
    for sha in shas:
        if known := await _tracked(root, sha):
            raise Problem(
                f"{sha[:7]} is in {known}: after a push nothing is undone",
                str(root),
                forward,
                code=Code.NOT_ALLOWED,
            )
    places = {(str(e.intent.get("remote", "")), str(e.intent.get("branch", ""))) for e in pushes}
    if shas and not places and (place := await _usual_place(root, branch)) is not None:
        await _refuse_if_there(root, place, shas, forward)
    for remote, pushed in sorted(places):
        await _refuse_if_there(root, PublishedPlace(remote, pushed, begun=True), shas, forward)


class PublishedPlace(Struct, frozen=True):
    """A branch of a remote that may have our commit. `begun` is true when a push of ours to it was begun."""

    remote: str
    branch: str
    begun: bool


async def _usual_place(root: Path, branch: str) -> PublishedPlace | None:
    """Where the branch would be pushed to, by whoever did it; None when there is no telling."""
    try:
        to = await push_target.find(root, branch)
    except Problem:
        return None
    return PublishedPlace(to.remote, to.branch, begun=False)


async def _tracked(root: Path, sha: str) -> str:
    """A remote-tracking branch that contains the commit, as people write it; empty when none does."""
    form = ("--format=%(refname:strip=2)", "--contains", sha, "refs/remotes")
    names = (await git.ask(root, "for-each-ref", *form)).split() if await git.resolve(root, sha) else []
    return one_line(names[0]) if names else ""


async def _refuse_if_there(root: Path, place: PublishedPlace, shas: Sequence[str], forward: str) -> None:
    """Ask one remote for all that it has, and raise Problem when one of the commits is among it."""
    try:
        rows = await _listed(root, place.remote)
        at_tip = ((sha, name) for name, sha in rows.items() if sha in shas)
        sha, name = next(at_tip, None) or (await _inside(root, place, rows, shas), f"refs/heads/{place.branch}")
    except Problem as problem:
        if not place.begun:
            return
        to = f"{place.remote}/{place.branch}"
        what = f"a push to {to} was started, and {place.remote} cannot be asked whether it arrived: {problem.what}"
        raise Problem(
            one_line(what), str(root), f"check it with `git ls-remote {place.remote}`, then undo", code=problem.code
        ) from None
    if sha:
        what = one_line(f"{place.remote} has {sha[:7]} in {name}: after a push nothing is undone")
        raise Problem(what, str(root), forward, code=Code.NOT_ALLOWED)


async def _listed(root: Path, remote: str) -> dict[str, str]:
    """The refs of a remote and the commits that they are at. Raises Problem when it cannot be asked."""
    if remote not in await git.remotes(root):
        # The name comes from a state file: only a name that git knows is given to git.
        raise Problem("there is no such remote", str(root), code=Code.GIT_STATE)
    done = await git.call(root, "ls-remote", git.END_OF_OPTIONS, remote, timeout_s=ASK_TIMEOUT_S)
    if done.exit_code != 0:
        raise Problem(git.said(done), str(root), code=Code.NETWORK)
    rows = (line.partition("\t") for line in done.stdout.splitlines())
    return {name: sha for sha, _, name in rows}


async def _inside(root: Path, place: PublishedPlace, rows: Mapping[str, str], shas: Sequence[str]) -> str:
    """The commit that the remote's branch contains below its tip, or nothing."""
    tip = rows.get(f"refs/heads/{place.branch}", "")
    if not tip:
        return ""
    if await git.resolve(root, tip) is None:
        # The branch has moved on: only its history tells whether ours is in it.
        await remotes.fetch(root, place.remote, place.branch)
    for sha in shas:
        if await history.is_ancestor(root, sha, tip):
            return sha
    return ""
