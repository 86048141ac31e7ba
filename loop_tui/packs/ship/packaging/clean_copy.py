"""A clean copy of the project to pack: the files of the shipped commit and what the build wrote, nothing else.

`npm pack` in the project itself would also take what merely lies around there: scratch files, and the state file.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secret_files import looks_secret
from loop_tui.packs.ship.evidence import few, left_out, prefix
from loop_tui.process.cleanup import to_the_end
from loop_tui.runners.context import Context
from loop_tui.services.git import repository_copy, trees
from loop_tui.services.toolchains.npm import Package

from .as_npm_packs import ignored_among, ignored_here, ignored_rules, is_npm_to_be_asked, listed_by_npm

_GLOB = regex(r"[*?\[{(]")
_BUNDLES = ("bundleDependencies", "bundledDependencies")


OnCopied = Callable[[], Awaitable[None]]
"""Awaited as soon as nothing of the working tree is needed any more; packing goes on when it returns."""


async def go_on() -> None:
    """The `OnCopied` of who waits for nothing."""


@asynccontextmanager
async def clean_copy(
    ctx: Context, root: Path, package: Package, revision: str, on_copied: OnCopied = go_on
) -> AsyncIterator[Path]:
    """The project's folder in a throw-away copy of a commit or tree, with its build output and node_modules.

    The copy is a repository of its own, without a remote: hooks that a script installs there bother nobody.
    """
    inner = prefix(ctx, root)
    with temporary_folder("pack") as folder:
        top = folder / "tree"
        project = top / inner if inner else top
        modules, (output, listed) = await asyncio.gather(
            trees.export(root, revision, top), _build_output(ctx, root, package, inner)
        )
        if not listed and any(path.startswith(inner) for path in modules):
            listed = await listed_by_npm(package, inner)
        kept_back = left_out(ctx, root)
        output = tuple(path for path in output if path not in kept_back)
        # A thread cannot be stopped: were it left alone, it would make the folder anew behind our back.
        secret = await to_the_end(asyncio.to_thread(_copy, root, top, output))
        if secret:
            ctx.do.say(f"Not packed, because they look like secrets: {few(secret)}", LogLevel.WARN)
        _refuse_missing(listed, modules, top)
        bundled = any(package.document.get(key) for key in _BUNDLES)
        await to_the_end(asyncio.to_thread(_modules, root, top, inner, bundled))
        await to_the_end(asyncio.to_thread(_installed_by_yarn, root, top, inner))
        await on_copied()
        # What prepares a checkout (husky, lefthook) and what asks for a version (git describe) wants a repository.
        await repository_copy.begin(root, top, revision)
        yield project


async def _build_output(
    ctx: Context, root: Path, package: Package, inner: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ignored files and folders that belong into the copy, and what npm lists where it had to be asked."""
    ignored = await ignored_here(root, inner)
    output = build_output(ignored, inner, wanted_paths(package))
    if not is_npm_to_be_asked(package, ignored, output):
        return output, ()
    listed = await listed_by_npm(package, inner)
    more = [p for p in ignored_among(listed, ignored) if p not in output and not p.startswith(_folders(output))]
    if more:
        ctx.do.say(f"Ignored by git, and packed as npm packs it: {few(more)}")
    return (*output, *more, *ignored_rules(ignored)), listed


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{path}/" for path in paths)


def _refuse_missing(listed: Iterable[str], modules: Iterable[str], top: Path) -> None:
    """Raise Problem where npm packs files of submodules that these have in no commit: the copy cannot hold them."""
    missing = [path for path in listed if path.startswith(_folders(modules)) and not (top / path).exists()]
    missing = [path for path in missing if not looks_secret(path)]
    if missing:
        what = f"npm would pack files of a submodule that are not committed there: {few(missing)}"
        todo = "commit and push them there, or exclude them with `files` in package.json"
        raise Problem(what, "package.json", todo, code=Code.CHECK_FAILED)


def wanted_paths(package: Package) -> tuple[str, ...]:
    """Which ignored files npm would pack all the same, as path beginnings; the empty one stands for everything.

    npm packs what `files` names and always what `main` and `bin` name; `.npmignore` takes the place of `.gitignore`.
    """
    document = package.document
    files, binaries, publishing = document.get("files"), document.get("bin"), document.get("publishConfig")
    # pnpm packs that folder and nothing else.
    instead = publishing.get("directory") if isinstance(publishing, dict) else None
    found = [path for path in (document.get("main"), instead) if isinstance(path, str)]
    found += [binaries] if isinstance(binaries, str) else []
    found += [str(path) for path in binaries.values()] if isinstance(binaries, dict) else []
    if isinstance(files, list):
        found += [entry for entry in files if isinstance(entry, str) and not entry.startswith("!")]
    elif (package.project / ".npmignore").exists():
        found.append("")
    return tuple(dict.fromkeys(_beginning(path) for path in found))


def _beginning(pattern: str) -> str:
    """The folders and the name of a pattern up to its first wildcard."""
    plain = pattern.removeprefix("./").strip("/")
    match = _GLOB.search(plain)
    if match:
        plain = plain[: match.start()].rpartition("/")[0]
    return "" if plain == "." else plain


def build_output(ignored: tuple[str, ...], inner: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The ignored paths (from the repository's top) that belong into the copy: those wanted, never node_modules."""
    found: list[str] = []
    for entry in ignored:
        path = entry.rstrip("/")
        parts = path.split("/")
        if not entry.startswith(inner) or "node_modules" in parts or ".loop" in parts or ".git" in parts:
            continue
        for beginning in wanted:
            target = f"{inner}{beginning}".rstrip("/")
            if not target or path == target or path.startswith(f"{target}/"):
                found.append(path)
            elif target.startswith(f"{path}/") and entry.endswith("/"):
                found.append(target)
    return tuple(dict.fromkeys(found))


def _copy(root: Path, top: Path, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Copy files and folders; gives those left out because they look like secrets."""
    secret: list[str] = []

    def leave_out(folder: str, names: list[str]) -> set[str]:
        suspects = {name for name in names if looks_secret(name)}
        secret.extend(str((Path(folder) / name).relative_to(root)) for name in sorted(suspects))
        return suspects | ({"node_modules"} & set(names))

    for path in paths:
        source, target = root / path, top / path
        if looks_secret(path):
            secret.append(path)
        elif source.is_dir() and not source.is_symlink():
            shutil.copytree(source, target, symlinks=True, ignore=leave_out, dirs_exist_ok=True)
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return tuple(secret)


_PLUG_N_PLAY = (".pnp.cjs", ".pnp.loader.mjs", ".yarn/install-state.gz", ".yarn/build-state.yml")
_PLUG_N_PLAY_FOLDERS = (".yarn/cache", ".yarn/unplugged")


def _installed_by_yarn(root: Path, top: Path, inner: str) -> None:
    """What yarn 2 and later keep beside or instead of node_modules, where git does not: paths in it are relative."""
    for place in dict.fromkeys(("", inner)):
        for name in (*_PLUG_N_PLAY, *_PLUG_N_PLAY_FOLDERS):
            source, target = root / place / name, top / place / name
            if target.exists() or not source.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                target.symlink_to(source.resolve(), target_is_directory=True)
            else:
                shutil.copy2(source, target, follow_symlinks=False)


def _modules(root: Path, top: Path, inner: str, bundled: bool) -> None:
    """Give pack scripts the packages they need: by a link, or by a copy where some of them are packed."""
    for place in dict.fromkeys(("", inner)):
        source, target = root / place / "node_modules", top / place / "node_modules"
        if not source.is_dir() or target.exists():
            continue
        if bundled and place == inner:
            shutil.copytree(source, target, symlinks=True)
        else:
            target.symlink_to(source.resolve(), target_is_directory=True)
