"""The person's editor: which one it is, and running it in the terminal that the screen gave away meanwhile."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from loop_tui.fs.atomic import write_new
from loop_tui.fs.limits import TEXT
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import without_own
from loop_tui.model.text import one_line

NAMES = ("VISUAL", "EDITOR")


def editor_argv(env: Mapping[str, str]) -> list[str]:
    """The program and its options, from `$VISUAL` or else `$EDITOR`. Raises Problem when none is set, or it is no
    command line; no shell reads it.
    """
    name = next((name for name in NAMES if env.get(name, "").strip()), "")
    if not name:
        raise Problem(
            "no editor is set",
            todo="set EDITOR, for example `export EDITOR=nano`, and start again",
            code=Code.PROGRAM_MISSING,
        )
    try:
        argv = shlex.split(env[name])
        if not argv[0]:
            raise ValueError("it names no program")
        return argv
    except ValueError as error:
        what = f"${name} is not a command line: {one_line(str(error), 80)}"
        raise Problem(
            what, one_line(env[name], 80), f"fix {name}, and start again", code=Code.SETTINGS_INVALID
        ) from error


def words_for(argv: Sequence[str], file: Path, line: int = 0) -> list[str]:
    """The words that open a file, at a line where one is given and the editor is known to take one."""
    name = Path(argv[0]).name.lower() if argv else ""
    if line > 0 and name in _PLUS_LINE:
        return [*argv, f"+{line}", str(file)]
    if line > 0 and name in _GOTO:
        return [*argv, "-g", f"{file}:{line}"]
    if line > 0 and name in _COLON_LINE:
        return [*argv, f"{file}:{line}"]
    return [*argv, str(file)]


_PLUS_LINE = frozenset(
    ("vi", "vim", "nvim", "view", "gvim", "nano", "pico", "emacs", "emacsclient", "micro", "hx", "helix", "kak", "joe")
)
_GOTO = frozenset(("code", "code-insiders", "codium", "vscodium", "cursor"))
_COLON_LINE = frozenset(("subl", "zed", "zeditor"))


def place_in(project: Path, name: str) -> Path:
    """The file of that name. Raises Problem unless it is a plain file that lies in the project."""
    shown = one_line(name, 200)
    try:
        root = project.resolve()
        file = (root / name).resolve()
        # A link is another file than the one that was named; a pipe would make the editor wait for ever.
        is_plain = stat.S_ISREG((root / name).lstat().st_mode)
    except (OSError, ValueError, RuntimeError):
        raise Problem("the file is missing", shown, code=Code.FILE_UNREADABLE) from None
    if not file.is_relative_to(root):
        raise Problem("is not opened: it is outside the project", shown, code=Code.PATH_UNSAFE)
    if not is_plain:
        raise Problem("is not opened: it is not a regular file", shown, code=Code.PATH_UNSAFE)
    return file


def edit(
    argv: Sequence[str],
    file: Path,
    started: Callable[[subprocess.Popen[bytes]], object] = lambda _: None,
    *,
    line: int = 0,
) -> int:
    """Run the editor on a file, at a line, until it ends, and give its exit code; `started` is told of its process.

    Raises Problem when it cannot be started.
    """
    try:
        with subprocess.Popen(words_for(argv, file, line), env=without_own(os.environ)) as editor:
            started(editor)
            return editor.wait()
    except (OSError, ValueError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        name = one_line(argv[0] if argv else "", 80)
        raise Problem(
            f"the editor cannot be started: {one_line(said, 200)}", name, "fix EDITOR", code=Code.PROGRAM_FAILED
        ) from error


def write_text(folder: Path, text: str) -> Path:
    """A file with a text, to be edited, in a folder of our own. Raises Problem."""
    file = folder / "text.md"
    write_new(file, f"{text}\n".encode(), mode=0o600)
    return file


def read_back(file: Path) -> str:
    """What an editor left in it. Raises Problem where that is no text, or too long for one."""
    try:
        return read_text(file, TEXT, follow=True)
    except UnicodeDecodeError as error:
        raise Problem("the text from the editor is not UTF-8: it was not changed", code=Code.PATH_UNSAFE) from error
    except OSError as error:
        why = one_line(error.strerror or str(error), 200)
        raise Problem(f"the file from the editor cannot be read: {why}", code=Code.PATH_UNSAFE) from error


def in_terminal(
    argv: Sequence[str], folder: Path, started: Callable[[subprocess.Popen[bytes]], object] = lambda _: None
) -> int:
    """Run a command of the person's own until it ends, in a folder, and give its exit code.

    It is looked for on the PATH as it is seen from here, never from that folder: a project brings no programs along.
    Raises Problem when it cannot be started.
    """
    name = one_line(argv[0], 80)
    path = os.pathsep.join(p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(p).is_absolute())
    program = argv[0] if "/" in argv[0] else shutil.which(argv[0], path=path)
    if program is None:
        raise Problem("is not installed", name, code=Code.PROGRAM_MISSING)
    try:
        with subprocess.Popen([program, *argv[1:]], cwd=folder, env=without_own(os.environ)) as process:
            started(process)
            return process.wait()
    except (OSError, ValueError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Problem(f"could not be started: {one_line(said, 200)}", name, code=Code.PROGRAM_FAILED) from error
