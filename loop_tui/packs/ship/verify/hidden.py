"""Files that only the person's own excludes hide from git: the checks see them, npm packs them, and no commit has them.

What git and npm do by themselves is kept: such a file is packed as `npm pack` packs it, and is not committed. Where
files of the package name it, whoever has the commit misses it: that is asked about before anything is checked.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few, prefix
from loop_tui.packs.ship.packaging.as_npm_packs import ignored_here
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm

from .checked_tree import CheckedTree, is_shipping, known_by
from .outside import TEXTS

_BUILDS = ("build", "prepare", "prepack", "prepublishOnly")
_MOST_NAMES = 40
_ENDS = ("'", '"', "`")


async def hidden_from_git(ctx: Context, ground: CheckedTree) -> tuple[str, ...]:
    """What only the person's own excludes hide, from the repository's top; nothing outside of git."""
    if ground.root is None:
        return ()
    shared, every = await asyncio.gather(git.ignored(ground.root), ignored_here(ground.root, prefix(ctx, ground.root)))
    folders = tuple(entry for entry in shared if entry.endswith("/"))
    return tuple(each for each in every if each not in shared and not each.startswith(folders))


async def ask_about_hidden(ctx: Context, ground: CheckedTree) -> tuple[str, ...]:
    """Name what is hidden, and ask about what files of the package name; gives that. Raises SkillFailed on a no.

    There is no default. Whole folders are build output where there is a script that builds.
    """
    hidden = await hidden_from_git(ctx, ground)
    if ground.root is None or not hidden:
        return ()
    needed = tuple([each for each in _sources(ctx.project, hidden) if await _is_named(ground.root, each)])
    others = [each for each in hidden if each not in needed]
    if others:
        names = one_line(few(others))
        ctx.do.say(f"Hidden by your own git excludes, not committed, but seen by the checks: {names}", LogLevel.WARN)
    if needed and is_shipping(ctx):
        await _ask(ctx, needed)
    return needed


async def _ask(ctx: Context, needed: Sequence[str]) -> None:
    names = one_line(few(list(needed)))
    question = Question(
        id=f"hidden-{known_by(ctx, needed)}",
        text=f"Hidden by your own git excludes, and named by the package: {names}. Ship without them? [y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        detail="\n".join(map(one_line, needed[:_MOST_NAMES])),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        todo = f"git add -f {one_line(needed[0])}, or answer y (--answer hidden=y)"
        what = f"files that the package names are hidden by your own git excludes, and in no commit: {names}"
        raise SkillFailed(what, str(ctx.project), todo, code=Code.TREE_CHANGED)


def _sources(project: Path, hidden: Sequence[str]) -> tuple[str, ...]:
    package = npm.read_package(project)
    builds = package is not None and any(package.script(name) for name in _BUILDS)
    return tuple(each for each in hidden if not (builds and each.endswith("/")))


async def _is_named(root: Path, entry: str) -> bool:
    """True when a tracked file holds the name as part of a path: `./x`, `../lib/x.js`, `gen/`."""
    path = PurePosixPath(entry.rstrip("/"))
    words = [f"/{path.name}", *(f"/{path.stem}{end}" for end in _ENDS), *(f"{end}{path.name}" for end in _ENDS)]
    terms = [part for word in words for part in ("-e", word)]
    done = await git.call(root, "grep", "--files-with-matches", "-z", "-I", "--fixed-strings", *terms)
    return any(PurePosixPath(path).suffix.lower() not in TEXTS for path in git.fields(git.text_of(done)))
