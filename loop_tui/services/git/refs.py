"""Tags here and at a remote, and bringing the checked-out branch forward: never moved, never forced, never reset."""

import os
from collections.abc import Iterable
from pathlib import Path

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean
from loop_tui.process import shell
from loop_tui.services.git import git, history, remotes
from loop_tui.services.git.push_result import Push, PushOutcome, read_push

_SIGN_TIMEOUT_S = 180
"""How long a program that signs may wait for somebody."""


async def local_tag(root: Path, tag: str) -> str | None:
    """The commit that a tag of this repository names, through an annotated tag too; None for no such tag."""
    return await git.resolve(root, f"refs/tags/{tag}")


async def may_be_tag(root: Path, tag: str) -> bool:
    """True when git takes that as the name of a tag."""
    return (await git.call(root, "check-ref-format", f"refs/tags/{tag}")).exit_code == 0


async def remote_tag(root: Path, remote: str, tag: str) -> str | None:
    """The commit that the remote's tag names, asked of the remote itself; None when it has no such tag.

    Where it is pushed to several places, that is what all of them say, and None while they differ. Raises Problem when
    the remote cannot be reached.
    """
    found = set(await remotes.of_each_place(root, remote, lambda there: _tag_at(root, there, remote, tag)))
    return found.pop() if len(found) == 1 else None


async def _tag_at(root: Path, there: str, remote: str, tag: str) -> str | None:
    ref = f"refs/tags/{tag}"
    found = await _listed(root, there, remote, ref, f"{ref}^{{}}")
    return found.get(f"{ref}^{{}}") or found.get(ref)


async def _listed(root: Path, there: str, remote: str, *patterns: str) -> dict[str, str]:
    """What a remote lists by these patterns: names of references, and what they name."""
    done = await git.call(root, "ls-remote", git.END_OF_OPTIONS, there, *patterns, timeout_s=git.NETWORK_TIMEOUT_S)
    if done.exit_code != 0:
        raise Problem(
            f"cannot ask {remote}: {git.said(done)}", str(root), f"git ls-remote --tags {remote}", code=Code.NETWORK
        )
    return {name: sha for sha, _, name in (line.partition("\t") for line in done.stdout.splitlines())}


async def tag_in_the_way(root: Path, tag: str, remote: str = "") -> str:
    """A tag here, or at a place that the remote is pushed to, beside which git can have no tag of that name, or "".

    `v1/docs` is in the way of `v1`, and `v1` of `v1/docs`: the one is a folder where the other is a file. Raises
    Problem when the remote cannot be reached.
    """
    parts = tag.split("/")
    above = {f"refs/tags/{'/'.join(parts[:count])}" for count in range(1, len(parts))}
    below = f"refs/tags/{tag}/"
    if remote:
        patterns = (f"{below}*", *sorted(above))
        listed = await remotes.of_each_place(root, remote, lambda there: _listed(root, there, remote, *patterns))
        found = [name for names in listed for name in names]
    else:
        done = await git.ask(root, "for-each-ref", "--format=%(refname)", below, *sorted(above))
        found = done.splitlines()
    taken = sorted(name for name in found if name in above or name.startswith(below))
    return taken[0].removeprefix("refs/tags/") if taken else ""


async def create_tag(root: Path, tag: str, sha: str, message: str) -> None:
    """Make an annotated tag, signed where the person's git signs tags.

    Nobody is asked for a passphrase on the terminal, which the screen has: an agent that has the key, or a window, may
    answer. Raises Problem when there is such a tag already, when that is no name for one, when git cannot sign, and
    when it takes longer than somebody would type.
    """
    await git.ask(root, "check-ref-format", f"refs/tags/{tag}")
    with temporary_folder("git") as folder:
        text = folder / "message"
        write_atomic(text, (clean(message).rstrip() + "\n").encode("utf-8"), durable=False)
        args = ("tag", "--annotate", "--cleanup=whitespace", "-F", str(text), git.END_OF_OPTIONS, tag, sha)
        # Where the person names a terminal to be asked on, it is the one that the screen has.
        env = {"GPG_TTY": ""} if os.environ.get("GPG_TTY") else None
        done = await git.plain(root, *args, env=env, timeout_s=_SIGN_TIMEOUT_S, kept=True)
    if done.exit_code != 0:
        todo = f"create it by hand, {THEN_GO}: git tag -a {tag} {sha[:12]} (with -s to sign it, --no-sign not to)"
        raise Problem(f"git cannot create the tag {tag}: {git.said(done)}", str(root), todo, code=Code.GIT_FAILED)


async def is_annotated(root: Path, tag: str) -> bool:
    """True for a tag here that is an object of its own."""
    return (await git.call(root, "cat-file", "-t", git.END_OF_OPTIONS, f"refs/tags/{tag}")).stdout.strip() == "tag"


async def push_tag(root: Path, remote: str, tag: str) -> Push:
    """Push this one tag, without force; the remote refuses when it has another one of that name."""
    spec = f"refs/tags/{tag}:refs/tags/{tag}"
    options = ("--porcelain", "--no-follow-tags", "--no-force")

    async def trial() -> Push:
        words = ("push", *options, "--dry-run", "--no-verify", git.END_OF_OPTIONS, remote, spec)
        try:
            return read_push(await git.call(root, *words, timeout_s=git.HOOK_TIMEOUT_S), spec)
        except shell.TimedOut as problem:
            return Push(PushOutcome.NETWORK, str(problem))

    args = ("push", *options, git.END_OF_OPTIONS, remote, spec)
    try:
        result = read_push(await git.plain(root, *args, timeout_s=git.HOOK_TIMEOUT_S, kept=True), spec)
    except shell.TimedOut as problem:
        result = Push(PushOutcome.NETWORK, str(problem))
    return await remotes.whose(root, result, trial)


async def fast_forward(root: Path, branch: str, sha: str, left_out: Iterable[str] = ()) -> str:
    """Bring the checked-out branch forward to a commit; empty when it contains it then, else why it was left alone.

    Nothing that is not committed is touched, and nothing is merged or reset. `left_out` are paths that may be changed.
    """
    if await git.branch(root) != branch:
        return f"{branch} is not checked out"
    if await history.is_ancestor(root, sha):
        return ""
    if not await history.is_ancestor(root, "HEAD", sha):
        return f"{branch} has commits that {sha[:7]} does not contain"
    status = await git.status(root, left_out)
    if status.staged or status.unstaged or status.conflicted or await git.underway(root):
        return "the working tree is not clean"
    words = ("merge", "--ff-only", "--quiet", git.END_OF_OPTIONS, sha)
    done = await git.plain(root, *words, timeout_s=git.HOOK_TIMEOUT_S, kept=True)
    return "" if done.exit_code == 0 else git.said(done)
