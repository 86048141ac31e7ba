"""What the operating system refused, as a Problem: where nobody nearer to it has said it in better words."""

import errno
import os
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .atomic import write_problem

_SAID_BETTER = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_NAMES = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
_BROKEN = frozenset({errno.EIO, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_IN_THE_WAY = frozenset({errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.EBUSY, errno.ESTALE})
_OF_THE_MACHINE = _SAID_BETTER | _NAMES | _BROKEN | _IN_THE_WAY
_LONGEST = 120
_COLLECTED = regex(r"\[Errno (\d{1,5})\]")


def is_of_the_machine(error: OSError) -> bool:
    """True for what the machine refuses, however right the program is: space, permission, a disk that fails, a name.

    Others (a file that is not there, a folder where a file is due) mean as a rule that somebody changed what lies
    there; where nobody nearer to it expected that, it may be a defect of ours, too.
    """
    return error.errno in _OF_THE_MACHINE


def os_problem(error: OSError) -> Problem:
    """The Problem that an error of the operating system is, with the file that it names, if any."""
    error = _first_of_many(error)
    name = error.filename
    where = one_line(os.fsdecode(name)) if isinstance(name, str | bytes | os.PathLike) else ""
    if error.errno in _SAID_BETTER:
        known = write_problem(error, Path(where))
        return Problem(known.what, where, known.todo, code=known.code)
    if error.errno in _NAMES:
        where, todo = one_line(where, _LONGEST), "give it a shorter name, or remove the links that lead to each other"
        return Problem(f"the file name is not possible: {error.strerror}", where, todo, code=Code.PATH_UNSAFE)
    what = f"the system refused: {error.strerror or one_line(str(error)) or type(error).__name__}"
    if error.errno in _BROKEN:
        todo = "check the disk, and who owns the file"
        return Problem(what, where, todo, code=Code.NOT_WRITABLE)
    todo = "check what is there, and that nothing else changes it"
    return Problem(what, where, todo, code=Code.SYSTEM_REFUSED)


def _first_of_many(error: OSError) -> OSError:
    """The first of the errors that copying a folder collects as text (`shutil.Error`); any other error as it is."""
    collected = error.args[0] if error.errno is None and error.args else None
    first = collected[0] if isinstance(collected, list) and collected else None
    if not isinstance(first, tuple) or len(first) != 3 or not (found := _COLLECTED.match(str(first[2]))):
        return error
    return OSError(int(found[1]), os.strerror(int(found[1])), str(first[1]))
