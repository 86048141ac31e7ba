"""Preflight of the package: its manager takes it, its scripts, where its version stands, what its server needs."""

import shlex
from fnmatch import fnmatch
from pathlib import Path

from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_text
from loop_tui.fs.room import no_room
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import how_to_set_version, said_version
from loop_tui.packs.ship.packaging.making import unpackable
from loop_tui.packs.ship.verify.server_settings import KIND, SKILL, settings_of
from loop_tui.packs.ship.versions.places import scripts_around, scripts_left_out, sites_of
from loop_tui.packs.ship.versions.prerelease import no_version
from loop_tui.packs.ship.versions.settings import NEVER, SCRIPTS
from loop_tui.services.git.read_only import is_looking
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.locks import LOCKS_OF_NPM
from loop_tui.services.toolchains.managers import troubles

from .findings import PUSHES, Finding, Subject, will_do
from .registry_checks import publishes_here

_SCRIPTS = ("build", "test", "lint")
_NEEDED_BYTES = 20 * 1024 * 1024
_SETTINGS = ".loops/targets.toml"
_LOCK_FIX = "npm install --package-lock-only"


async def package_findings(ctx: Subject, root: Path | None, package: npm.Package) -> list[Finding]:
    """Everything about the package of a project. Raises nothing for what it finds."""
    manager = npm.detect_manager(package, root)
    version = one_line(package.version)
    named = f"{one_line(package.name) or 'unnamed'} {version or '(no version)'}, {manager.value}"
    found = [Finding("package.json", named)]
    # Who publishes from here asks npm for its settings and who is signed in: it need not be started once more.
    started = bool(publishes_here(ctx)) and not is_looking() and not unpackable(package)
    wrong = await troubles(package, manager, root, looking=is_looking(), started=started)
    found += [Finding(each.program, each.words, each.fix, fatal=True) for each in wrong]
    found += _scripts(package)
    found += _around_the_version(ctx, package)
    found += [*_no_version(ctx, package), *_versions(ctx, root, package)]
    if (why := unpackable(package)) and any(target.kind == "tarball" for target in ctx.definition.targets):
        found.append(Finding("tarball", f"{why}: nothing is packed"))
    found += _server(ctx, package, manager)
    found += _packed_along(ctx, package)
    return found


def _packed_along(ctx: Subject, package: npm.Package) -> list[Finding]:
    """What of ours an `npm pack` or `npm publish` by hand puts into the package: npm does not read what git excludes.

    What a run packs is a clean copy, and holds none of it. npm reads `.npmignore`, and only without one `.gitignore`.
    """
    if unpackable(package) or "files" in package.document:
        return []
    rules = next((p for name in (".npmignore", ".gitignore") if (p := ctx.project / name).is_file()), None)
    told = _lines(rules) if rules is not None else []
    ours = [ctx.state_file.name]
    ours += [_SETTINGS] if (ctx.project / _SETTINGS).is_file() else []
    open_ones = [name for name in ours if not any(_leaves_out(line, name) for line in told)]
    if not open_ones:
        return []
    to = rules.name if rules is not None else ".gitignore"
    fix = f"printf '%s\\n' {' '.join(map(shlex.quote, open_ones))} >> {to}   # or list what belongs in `files`"
    return [Finding("npm pack", f"by hand it would also include {' and '.join(map(one_line, open_ones))}", fix)]


def _lines(rules: Path) -> list[str]:
    try:
        return read_text(rules, SETTINGS, errors="replace").splitlines()
    except (Problem, OSError):
        return []


def _leaves_out(line: str, name: str) -> bool:
    rule = line.strip().strip("/").removesuffix("/**").removesuffix("/*")
    return bool(rule) and any(fnmatch(part, rule) for part in (name, name.split("/")[0], name.split("/")[-1]))


def _scripts(package: npm.Package) -> list[Finding]:
    missing = [name for name in _SCRIPTS if package.script(name) is None]
    present = [name for name in _SCRIPTS if name not in missing]
    found = [Finding("scripts", ", ".join(present))] if present else []
    if missing:
        fix = f"npm pkg set scripts.{missing[0]}='COMMAND'   # or leave it: it is shown as skipped"
        found.append(Finding("scripts", f"no {', no '.join(missing)} script: will be skipped", fix))
    return found


def _around_the_version(ctx: Subject, package: npm.Package) -> list[Finding]:
    """Which of the project's own scripts run with the version write, and which do not."""
    run, left = scripts_around(ctx.definition, package), scripts_left_out(ctx.definition, package)
    found = []
    if run:
        found.append(Finding("version scripts", f"{' and '.join(run)} run around the version write"))
    for name in left:
        why = "it commonly pushes" if name == NEVER else f"{SCRIPTS} disables it"
        command = one_line(package.script(name) or "", 80)
        found.append(Finding("version scripts", f"{name} is not run ({why}): {command}"))
    return found


def _no_version(ctx: Subject, package: npm.Package) -> list[Finding]:
    """A version that npm reads as none: whoever installs the package is refused, so it is not shipped like that.

    One that is said with the start takes its place.
    """
    why = no_version(package.version) if package.version else ""
    if not why or said_version(ctx.state):
        return []
    fix = "npm pkg set version=1.2.3, and commit it; or set the next one: "
    fix += how_to_set_version(ctx.state)
    return [Finding("version", f"package.json: {why}", fix, fatal=will_do(ctx, PUSHES))]


def _versions(ctx: Subject, root: Path | None, package: npm.Package) -> list[Finding]:
    """Places that say another version than package.json, and a lock that was made for other dependencies."""
    try:
        drift = sites_of(ctx, package, root).drift() if package.version else ()
        others = npm.lock_drift(package)
    except Problem as problem:
        return [Finding("version", str(problem), problem.todo or _LOCK_FIX, fatal=True)]
    says = f"package.json has {one_line(package.version)}"
    found = []
    for place in drift:
        locked = place.path.name in LOCKS_OF_NPM
        fix = _LOCK_FIX if locked else f"write {one_line(package.version)} there"
        words = f"{one_line(place.words)} is {one_line(place.version)}, {says}: updated with it, otherwise VERIFY fails"
        found.append(Finding("lock" if locked else "version", words, fix))
    return found + [Finding("lock", words, _LOCK_FIX) for words in others]


def _server(ctx: Subject, package: npm.Package, manager: npm.PackageManager) -> list[Finding]:
    """What the server needs and does not have."""
    if not will_do(ctx, SKILL):
        return []
    try:
        settings = settings_of(ctx)
    except Problem as problem:
        return [Finding("server", str(problem), problem.todo, fatal=True)]
    if settings.script not in ("", "start") and package.script(settings.script) is None:
        words = f"target {KIND}: start names {one_line(settings.script)}, but there is no such script"
        return [Finding("server", words, "see .loops/targets.toml", fatal=True)]
    if not settings.argv(package, manager):
        return []
    missing = settings.missing_variables()
    return [
        Finding("server", f"it needs {name}, which is not set", f"export {name}=...", fatal=True) for name in missing
    ]


def archive_findings(ctx: Subject) -> list[Finding]:
    """Whether the archive of runs and the run folder can be written. Only looked at: nothing is made there."""
    found = []
    for name, folder in (("archive", ctx.home / "runs"), ("run folder", ctx.state_file.parent)):
        if why := no_room(folder, _NEEDED_BYTES):
            fix = "set LOOP_TUI_HOME to a folder that can be written" if name == "archive" else f"ls -ld {folder}"
            found.append(Finding(name, f"{one_line(str(folder))} cannot be written: {why}", fix, fatal=True))
    return found
