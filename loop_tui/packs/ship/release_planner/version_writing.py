"""The version write: the bytes of the version, the project's own scripts around it, and whoever depends on the package.

Scripts run as `npm version` would run them, and `postversion`, which commonly pushes, never does. That one of them has
ended cannot be seen in the world: it is remembered, and one that was cut off is run again.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.fs.paths import name_below
from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.excerpt import telling
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.effects import VERSION, VERSION_SCRIPT
from loop_tui.packs.ship.evidence import few, left_out
from loop_tui.packs.ship.versions.channels import LATEST
from loop_tui.packs.ship.versions.places import scripts_around, sites_of
from loop_tui.packs.ship.versions.settings import AFTER, BEFORE
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.version_write import VersionWrite
from loop_tui.services.toolchains.workspaces import Dependent, dependents

from .changelog_writing import ask_about_changelog, write_changelog
from .same_version import is_first_of
from .scope_report import Scope
from .uncommitted import ask_about_uncommitted

SCRIPT_TIMEOUT_S = 1800
DIST_TAG = "dist_tag"
"""Where the intent of a version write keeps the dist-tag of that version, when it is not the usual one."""
_EXCERPT_LINES = 15


class _Writing(Struct, frozen=True):
    """One version write of one run."""

    ctx: Context
    root: Path
    package: npm.Package
    write: VersionWrite
    effect_id: str

    @property
    def script_key(self) -> str:
        """What the run of the `version` script after this write is remembered by."""
        return f"{VERSION_SCRIPT}-{self.effect_id}"

    def relative(self, path: Path) -> str:
        """A file from the top of the repository. Raises Problem where a link leads out of it."""
        return name_below(path, self.root)

    def files(self) -> list[str]:
        """The files that hold the version, from the top of the repository."""
        return sorted({self.relative(path) for path in self.write.rewrites() if path.is_file()})


async def write_version(ctx: Context, package: npm.Package, root: Path, scope: Scope, version: str) -> None:
    """Write the version wherever it stands, as an effect, with the project's scripts before and after it.

    Raises SkillFailed for a script that fails and for a file that cannot be written; Asked while it is open whether
    ranges of other packages are raised, and whether uncommitted work in what is changed outside goes along.
    """
    try:
        sites = sites_of(ctx, package, root)
        found = dependents(sites.workspace, package, scope.current, version) if sites.workspace else ()
        write = VersionWrite(sites, scope.current, version, await _agreed(ctx, found, version))
        writing = _Writing(ctx, root, package, write, await _effect_id(ctx, scope, version))
        # The script has its part as long as it has not run: afterwards it changes nothing any more.
        has_script = AFTER in scripts_around(ctx.definition, package) and ctx.do.recall(writing.script_key) is None
        await ask_about_uncommitted(ctx, root, writing.files(), has_script=has_script)
        raised = await ask_about_changelog(ctx, root, scope, version)
        await _write(writing, scope)
        if raised is not None:
            await write_changelog(ctx, raised)
        await _after(writing)
    except SkillFailed:
        raise
    except Problem as problem:
        raise SkillFailed(
            problem.what, problem.where, problem.todo or f"fix it, {THEN_GO}", code=problem.code
        ) from problem


async def keep_version(ctx: Context, root: Path, scope: Scope) -> None:
    """Write the changelog of a version that package.json has already, where it is released for the first time.

    Raises as `write_version`.
    """
    if not is_first_of(scope):
        return
    try:
        raised = await ask_about_changelog(ctx, root, scope, scope.current)
        if raised is not None:
            await write_changelog(ctx, raised)
    except SkillFailed:
        raise
    except Problem as problem:
        raise SkillFailed(
            problem.what, problem.where, problem.todo or f"fix it, {THEN_GO}", code=problem.code
        ) from problem


# --- the write ------------------------------------------------------------------------------------------------------


async def _write(writing: _Writing, scope: Scope) -> None:
    ctx, write, package = writing.ctx, writing.write, writing.package
    known = ctx.state.effect(writing.effect_id)
    listed = known.intent.get("files") if known else None
    before = [str(path) for path in listed] if isinstance(listed, list) else []
    files = sorted({*before, *writing.files()})
    # What an attempt that was cut off raised already is no dependent any more, and stands only in what it recorded.
    raised = known.intent.get("ranges") if known else None
    ranges: list[JsonValue] = list(raised) if isinstance(raised, list) else []
    ranges += [each for each in map(_range, write.dependents) if each not in ranges]

    async def observe() -> Proof | None:
        if _version(ctx.project) != write.after or write.missing():
            return None
        return {"version": write.after, "file": scope.file, "files": list(files)}

    async def act() -> None:
        if _version(ctx.project) != write.after and BEFORE in scripts_around(ctx.definition, package):
            await _script(writing, BEFORE)
        for path in write.write():
            ctx.do.say(f"{writing.relative(path)}: {ranges_in(write, path) or f'{write.before} -> {write.after}'}")

    intent: Proof = {
        "from": scope.current,
        "to": write.after,
        "file": scope.file,
        "files": list(files),
        "ranges": ranges,
        "base": scope.base.sha,
        "base_version": scope.base.version,
        "why": scope.base.why,
    }
    if (dist_tag := scope.proposal.dist_tag(write.after)) != LATEST:
        # For whoever publishes it, later and elsewhere: a pre-release must not become what everybody gets.
        intent[DIST_TAG] = dist_tag
        ctx.do.say(f"{write.after} will be published with the dist-tag {dist_tag}")
    await ctx.do.effect(writing.effect_id, VERSION, intent, observe, act)


def ranges_in(write: VersionWrite, path: Path) -> str:
    """What is written into a file that holds ranges of the package and not its version; empty for any other file."""
    raised = [each for each in write.dependents if each.package.path == path and path != write.sites.package.path]
    return ", ".join(f"range of {one_line(d.name)} {one_line(d.before)} -> {one_line(d.after)}" for d in raised)


def _range(each: Dependent) -> JsonValue:
    return {"place": each.place, "key": each.key, "name": each.name, "from": each.before, "to": each.after}


async def _effect_id(ctx: Context, scope: Scope, version: str) -> str:
    """One id for one write; another one when somebody took a proven write back by hand and wants it again."""
    name = f"{VERSION}-{scope.current}-{version}"
    if _version(ctx.project) == version:
        made = [e.id for e in ctx.state.effects if e.kind == VERSION and e.intent.get("to") == version]
        return made[-1] if made else name
    taken_back = sum(1 for e in ctx.state.effects if e.id.startswith(name) and e.proven)
    return f"{name}-{taken_back + 1}" if taken_back else name


def _version(project: Path) -> str:
    package = npm.read_package(project)
    return package.version if package else ""


# --- who depends on it ----------------------------------------------------------------------------------------------


async def _agreed(ctx: Context, found: tuple[Dependent, ...], version: str) -> tuple[Dependent, ...]:
    """The ranges to raise: those that follow from what they were, and the others when a person says so.

    A range of peers is told to whoever uses the package, and some ranges have no one right successor: no answer is
    likelier than the other, so there is no default.
    """
    for each in found:
        if each.is_plain:
            ctx.do.say(f"{each.words}: raised, because it excludes {version}")
    open_ones = tuple(each for each in found if not each.is_plain)
    if not open_ones:
        return found
    lines = [each.words for each in open_ones]
    facts = hashlib.sha256("\0".join((version, *lines)).encode("utf-8", "replace")).hexdigest()[:10]
    question = Question(
        id=f"dependents-{facts}",
        skill=ctx.skill.id,
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        text=f"{count_of(len(lines), 'range')} without {version}: {one_line(few(lines, 2))}. Raise to it? [y/n]",
        detail="\n".join(map(one_line, lines)),
    )
    if confirmed(question, await ctx.do.ask(question)):
        return found
    for each in open_ones:
        ctx.do.say(f"{each.place or '.'} keeps {each.name} {each.before}, as answered", LogLevel.WARN)
    return tuple(each for each in found if each.is_plain)


# --- the project's own scripts --------------------------------------------------------------------------------------


async def _after(writing: _Writing) -> None:
    """Run the `version` script once after the write, and remember which files it changed: they go into the release."""
    ctx, write = writing.ctx, writing.write
    key = writing.script_key
    if AFTER not in scripts_around(ctx.definition, writing.package) or ctx.do.recall(key) is not None:
        return
    before = await _changed(ctx, writing.root)
    await _script(writing, AFTER)
    if write.missing() or _version(ctx.project) != write.after:
        what = f"the version script wrote a version other than {write.after}"
        todo = f"check the version script of {writing.package.path.name}, {THEN_GO}"
        raise SkillFailed(what, str(writing.package.path), todo, code=Code.PROGRAM_FAILED)
    made = sorted(path for path, how in (await _changed(ctx, writing.root)).items() if before.get(path) != how)
    if made:
        ctx.do.say(f"Changed by the version script, and part of the release: {few(made)}")
    ctx.do.remember(VERSION_SCRIPT, {key: {"script": AFTER, "version": write.after, "files": list(made)}})


async def _changed(ctx: Context, root: Path) -> Mapping[str, str]:
    """The tracked files that are not as HEAD has them, and how: what is staged, what is not, and their content."""
    status = await git.status(root, left_out(ctx, root))
    found: dict[str, str] = {}
    for word, entries in (("staged", status.staged), ("changed", status.unstaged)):
        for entry in entries:
            found[entry.path] = f"{found.get(entry.path, '')}{word} {entry.code}"
    there = [path for path in found if (root / path).is_file() and not (root / path).is_symlink()]
    shas = (await git.ask(root, "hash-object", "--no-filters", "--", *there)).split() if there else []
    return found | {path: f"{found[path]} {sha}" for path, sha in zip(there, shas, strict=True)}


async def _script(writing: _Writing, name: str) -> None:
    """Run a script of package.json as the project's manager runs it. Raises SkillFailed with the end of its output."""
    ctx, package, write = writing.ctx, writing.package, writing.write
    argv = npm.lone_script_argv(npm.detect_manager(package, writing.root), name)
    env = {"npm_old_version": write.before, "npm_new_version": write.after}
    result = await ctx.do.command(argv, timeout_s=SCRIPT_TIMEOUT_S, env=env)
    if result.ok:
        return
    how = "ended at its time limit" if result.timed_out else f"exit {result.exit_code}"
    excerpt = "\n".join(telling(result.tail, _EXCERPT_LINES)[1])
    raise SkillFailed(
        f"the {name} script failed ({how})\n{excerpt}".rstrip(),
        result.command,
        f"fix it, {THEN_GO}; or disable it with version_scripts in {package.path.parent / '.loops/targets.toml'}",
        kind="check",
        code=Code.CHECK_FAILED,
    )
