"""Where a secret can be read: in files, in their names, and in the arguments and environments of processes."""

from pathlib import Path


def where_shown(secret: str, *folders: Path) -> list[str]:
    """The files below these folders that hold it or are called so, and what of `/proc` shows it to anybody."""
    wanted, found = secret.encode(), []
    for path in (path for folder in folders for path in folder.rglob("*")):
        if secret in path.name or (path.is_file() and wanted in _read(path)):
            found.append(str(path))
    for process in processes():
        found += [str(process / what) for what in ("cmdline", "environ") if wanted in _read(process / what)]
    return found


def processes() -> list[Path]:
    """The folder of each process of this machine."""
    return list(Path("/proc").glob("[0-9]*"))


def command_of(process: Path) -> str:
    """Its arguments; empty where it is gone, or of somebody else."""
    return _read(process / "cmdline").replace(b"\0", b" ").decode(errors="replace")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # Gone, or of somebody else.
