"""A repository in a copy of a tree: its history can be asked, nothing that is done there reaches the real one."""

import asyncio
from pathlib import Path

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.limits import GIT
from loop_tui.fs.plain import read_plain

from .git import END_OF_OPTIONS, ask, call, path_of


async def begin(root: Path, folder: Path, revision: str) -> None:
    """Make `folder`, which holds the files of a commit or tree, a repository with the history of `root` behind it.

    Objects are borrowed, HEAD is that of `root` on a branch of that name, tags are there, and no remote is. Raises
    Problem when git does not work.
    """
    form = (await ask(root, "rev-parse", "--show-object-format")).strip()
    # Said only where it has to be: the option is newer than the rest.
    await ask(folder, "init", "--quiet", "--template=", *([] if form == "sha1" else [f"--object-format={form}"]))
    objects, branch, head, tags, shallow = await asyncio.gather(
        path_of(root, "objects"),
        call(root, "symbolic-ref", "--quiet", "HEAD"),
        call(root, "rev-parse", "--verify", "--quiet", "HEAD"),
        call(root, "show-ref", "--tags"),
        path_of(root, "shallow"),
    )
    own = folder / ".git"
    borrowed = objects.resolve()
    (own / "objects/info").mkdir(parents=True, exist_ok=True)
    write_atomic(own / "objects/info/alternates", f"{borrowed}\n".encode("utf-8", "surrogateescape"), durable=False)
    if shallow.is_file():
        write_atomic(own / "shallow", read_plain(shallow, GIT, follow=True), durable=False)
    if tags.raw:
        write_atomic(own / "packed-refs", tags.raw, durable=False)
    name = branch.stdout.strip() or "refs/heads/main"
    await ask(folder, "symbolic-ref", "HEAD", name)
    if head.exit_code == 0:
        await ask(folder, "update-ref", END_OF_OPTIONS, name, head.stdout.strip())
    await ask(folder, "read-tree", END_OF_OPTIONS, revision)
