"""What npm would pack of a project as it lies there, found out without its scripts and without a network."""

import json

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.problem import Problem
from loop_tui.process import shell

from .npm import Package

_TIMEOUT_S = 60


class WouldPack(Struct, frozen=True):
    """The files that would be packed, by path, with their sizes; `packed_bytes` is that of the tarball."""

    files: tuple[tuple[str, int], ...]
    packed_bytes: int


async def would_pack(package: Package) -> WouldPack | None:
    """The listing of `npm pack --dry-run --ignore-scripts`; None where npm does not give one.

    Nor is it one where an `.npmrc` says `workspace`: that is of another package.
    """
    argv = ["npm", "pack", "--dry-run", "--ignore-scripts", "--json", "--offline"]
    try:
        # npm keeps a log of each start in its cache, and a look leaves nothing behind.
        with temporary_folder("npm") as cache:
            quiet = {"npm_config_update_notifier": "false", "npm_config_cache": str(cache)}
            done = await shell.capture(argv, cwd=package.project, env=quiet, timeout_s=_TIMEOUT_S)
        told: JsonValue = json.loads(done.stdout) if done.exit_code == 0 else None
    except (Problem, ValueError, RecursionError):
        return None
    entry = told[0] if isinstance(told, list) and told else None
    return _read(entry) if isinstance(entry, dict) and entry.get("name") == package.name else None


def _read(entry: dict[str, JsonValue]) -> WouldPack | None:
    listed, packed = entry.get("files"), entry.get("size")
    if not isinstance(listed, list) or not isinstance(packed, int):
        return None
    files = [
        (file["path"], file["size"])
        for file in listed
        if isinstance(file, dict) and isinstance(file.get("path"), str) and isinstance(file.get("size"), int)
    ]
    return WouldPack(tuple((str(path), int(str(size))) for path, size in files), packed)
