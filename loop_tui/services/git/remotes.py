"""What a remote has, and bringing a commit there: asked of the remote itself, never by force."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.process import shell

from . import read_only
from .git import END_OF_OPTIONS, HOOK_TIMEOUT_S, NETWORK_TIMEOUT_S, call, plain, resolve, said, text_of
from .push_result import Push as Push
from .push_result import PushOutcome as PushOutcome
from .push_result import read_push

_T = TypeVar("_T")


async def fetch(root: Path, remote_name: str, branch_name: str) -> bool:
    """Bring this branch of the remote up to date here; False when the remote has no such branch.

    Raises Problem when the remote cannot be reached.
    """
    spec = f"+refs/heads/{branch_name}:{tracking(remote_name, branch_name)}"
    there = await where(root, remote_name)
    args = ("fetch", "--quiet", "--no-write-fetch-head", "--no-recurse-submodules", END_OF_OPTIONS, there, spec)
    done = await plain(root, *args, timeout_s=NETWORK_TIMEOUT_S)
    if done.exit_code == 0:
        return True
    # The words for a branch that is not there are in the person's language.
    listed = await call(root, "ls-remote", END_OF_OPTIONS, there, timeout_s=NETWORK_TIMEOUT_S)
    names = [line.partition("\t")[2] for line in listed.stdout.splitlines()]
    if listed.exit_code == 0 and f"refs/heads/{branch_name}" not in names:
        return False
    raise Problem(
        f"cannot fetch from {remote_name}: {said(done)}", str(root), f"git fetch {remote_name}", code=Code.NETWORK
    )


async def fetches_tags(root: Path, remote_name: str) -> bool:
    """False where the configuration of a remote says that its tags stay there (`git clone --no-tags`)."""
    done = await call(root, "config", "--get", f"remote.{remote_name}.tagOpt")
    return done.stdout.strip() != "--no-tags"


async def where(root: Path, remote_name: str, *, push: bool = False) -> str:
    """What git is given as a remote: its name; on a look, for one on this machine, a copy. Raises Problem."""
    if not read_only.is_looking():
        return remote_name
    done = await call(root, "remote", "get-url", *(["--push"] if push else []), END_OF_OPTIONS, remote_name)
    return await read_only.address(root, remote_name, text_of(done).removesuffix("\n") if done.exit_code == 0 else "")


def tracking(remote_name: str, branch_name: str) -> str:
    """The ref in which the last known state of a remote's branch is kept here."""
    return f"refs/remotes/{remote_name}/{branch_name}"


async def ahead_behind(root: Path, remote_name: str, branch_name: str) -> tuple[int, int] | None:
    """Commits that only we have, and that only the remote's branch has, as of the last fetch; None without either."""
    span = f"HEAD...{tracking(remote_name, branch_name)}"
    done = await call(root, "rev-list", "--left-right", "--count", span, "--")
    if done.exit_code != 0:
        return None
    ahead, behind = done.stdout.split()
    return int(ahead), int(behind)


async def ls_remote(root: Path, remote_name: str, branch_name: str) -> str | None:
    """The commit that the remote's branch is at, asked of the remote itself; None when it has no such branch.

    Where it is pushed to several places, that is what all of them say, and None while they differ. Raises Problem when
    the remote cannot be reached.
    """
    found = await ls_remote_all(root, remote_name, branch_name)
    return found[0] if len(set(found)) == 1 else None


async def ls_remote_all(root: Path, remote_name: str, branch_name: str) -> tuple[str | None, ...]:
    """As `ls_remote`, of each place that this remote is pushed to: it may be fetched from another one."""
    return tuple(await of_each_place(root, remote_name, lambda there: _asked(root, there, remote_name, branch_name)))


async def of_each_place(root: Path, remote_name: str, ask: Callable[[str], Awaitable[_T]]) -> list[_T]:
    """What `ask` finds at each place that this remote is pushed to, given what git is given to ask there.

    That is its name, where it is pushed to the place that it fetches from. Raises what `ask` raises.
    """
    usual = await where(root, remote_name)
    if read_only.is_looking():
        return [await ask(usual)]
    # Mostly there is no other place: the usual one is asked while we look.
    asking = asyncio.ensure_future(ask(usual))
    try:
        elsewhere = await _pushed_elsewhere(root, remote_name)
        return [await asking] if elsewhere is None else [await ask(there) for there in elsewhere]
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _pushed_elsewhere(root: Path, remote_name: str) -> list[str] | None:
    if not await _has_push_urls(root):
        return None
    done = await call(root, "remote", "get-url", "--push", "--all", END_OF_OPTIONS, remote_name)
    return text_of(done).splitlines() if done.exit_code == 0 else None


async def _has_push_urls(root: Path) -> bool:
    done = await call(root, "config", "--get-regexp", r"^(remote\..*\.pushurl|url\..*\.pushinsteadof)$")
    return done.exit_code == 0


async def _asked(root: Path, there: str, remote_name: str, branch_name: str) -> str | None:
    ref = f"refs/heads/{branch_name}"
    done = await call(root, "ls-remote", END_OF_OPTIONS, there, ref, timeout_s=NETWORK_TIMEOUT_S)
    if done.exit_code != 0:
        raise Problem(
            f"cannot ask {remote_name}: {said(done)}", str(root), f"git ls-remote {remote_name}", code=Code.NETWORK
        )
    rows = (line.partition("\t") for line in done.stdout.splitlines())
    return next((sha for sha, _, name in rows if name == ref), None)


_PUSH_OPTIONS = ("--porcelain", "--no-follow-tags", "--no-force")


async def push_dry_run(root: Path, remote_name: str, branch_name: str, sha: str = "HEAD") -> Push:
    """Whether the remote would take this commit: reached, signed in, not behind. Hooks do not run, nothing moves."""
    spec = f"{sha}:refs/heads/{branch_name}"
    there = await where(root, remote_name, push=True)
    args = ("push", *_PUSH_OPTIONS, "--dry-run", "--no-verify", END_OF_OPTIONS, there, spec)
    try:
        return read_push(await call(root, *args, timeout_s=HOOK_TIMEOUT_S), spec)
    except shell.TimedOut as problem:
        return Push(PushOutcome.NETWORK, str(problem))


async def push(root: Path, remote_name: str, branch_name: str, sha: str, local: str = "") -> Push:
    """Push this one commit to that branch, without force; hooks run, tags stay.

    As long as the branch `local` is at it, git is given that: its pre-push hooks read the name. Refused when a
    submodule is at a commit that none of its remotes has.
    """
    ref = f"refs/heads/{local}" if local else ""
    source = ref if ref and await resolve(root, ref) == sha else sha
    spec = f"{source}:refs/heads/{branch_name}"
    args = ("push", *_PUSH_OPTIONS, "--recurse-submodules=check", END_OF_OPTIONS, remote_name, spec)
    try:
        result = read_push(await plain(root, *args, timeout_s=HOOK_TIMEOUT_S, kept=True), spec)
    except shell.TimedOut as problem:
        result = Push(PushOutcome.NETWORK, str(problem))
    return await whose(root, result, lambda: push_dry_run(root, remote_name, branch_name, sha))


async def whose(root: Path, result: Push, trial: Callable[[], Awaitable[Push]]) -> Push:
    """What a push came to, by what is git's and the remote's: a pre-push hook may print anything, in any language.

    `trial` pushes the same as a dry run without hooks. Where that would be taken and git has no row of refusal, it was
    the hook. Of submodules it knows nothing.
    """
    if result.ok or result.outcome is PushOutcome.SUBMODULE:
        return result
    if result.answered and result.outcome is not PushOutcome.REFUSED:
        return result
    # git says why in the person's language, which is the hooks' too: what it would say in ours tells the kind.
    again = await trial()
    if again.ok:
        is_hooks = not (result.answered or result.broke_off) and await _has_hook(root)
        return replace(result, outcome=PushOutcome.FAILED) if is_hooks else result
    return result if again.outcome is PushOutcome.FAILED else replace(result, outcome=again.outcome)


async def _has_hook(root: Path) -> bool:
    """True when git may run a pre-push hook: a file where this repository's hooks lie, or, newer, a setting."""
    named = text_of(await call(root, "rev-parse", "--git-path", "hooks/pre-push")).removesuffix("\n")
    if named and (root / named).is_file():
        return True
    return (await call(root, "config", "--get-regexp", r"^hook\.")).exit_code == 0
