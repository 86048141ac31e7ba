"""Nobody opens a file but `loop_tui.fs`: what calls the system to open, read whole, write or copy one is named here.

`python -m tests.opening` says where; it is part of `make lint`.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parent.parent / "loop_tui"
AT_HOME = {"fs/plain.py", "fs/atomic.py", "fs/within.py"}
"""Where files are opened: how, stands in their docstrings. The rest of `fs` asks them, like everybody else."""

BUILTINS = {"open"}
METHODS = {
    "read_text", "read_bytes", "write_text", "write_bytes", "touch", "fdopen", "copy2", "copyfile", "copytree",
    "copyfileobj", "copymode", "copystat", "open_code", "mkfifo", "symlink_to", "hardlink_to", "truncate",
}  # fmt: skip
OF_MODULES = {
    "os": {"open", "fdopen", "link", "symlink", "truncate", "sendfile", "mknod"},
    "io": {"open", "FileIO", "open_code"},
    "shutil": {"copy", "copy2", "copyfile", "copytree", "copyfileobj", "move", "make_archive", "unpack_archive"},
    "codecs": {"open"},
    "json": {"load"},
    "tomllib": {"load"},
    "tomli_w": {"dump"},
    "pickle": {"load", "dump"},
    "gzip": {"open"},
    "bz2": {"open"},
    "lzma": {"open"},
    "tarfile": {"open"},
    "zipfile": {"ZipFile"},
    "mmap": {"mmap"},
    "tokenize": {"open"},
    "linecache": {"getline", "getlines"},
    "fileinput": {"input", "FileInput"},
    "runpy": {"run_path"},
    "logging": {"FileHandler"},
}
ANY_OPEN = "open"
"""A method of that name on anything else, which may be a path."""

ALLOWED: dict[tuple[str, str], tuple[int, str]] = {
    ("__main__.py", "os.open"): (1, "the null device, for streams that are closed"),
    ("__main__.py", "os.fdopen"): (1, "the null device, for streams that are closed"),
    ("cli/live_output.py", "os.open"): (1, "the null device, for output that is no longer read"),
    ("tui/terminal.py", "os.open"): (1, "the terminal itself, to give it back whatever it does"),
    ("process/shell.py", ".open"): (1, "the null device, as the input of programs"),
    ("services/toolchains/packing.py", "tarfile.open"): (1, "reads from a file that `open_plain` opened"),
    ("packs/ship/packaging/contents.py", "tarfile.open"): (1, "reads from a file that `open_plain` opened"),
    ("packs/ship/sample/registry.py", ".open"): (1, "asks the registry of a demo"),
    ("services/registry/contents.py", "tarfile.open"): (1, "reads from a file that `open_plain` opened"),
    ("packs/ship/packaging/clean_copy.py", "shutil.copytree"): (2, "files of the project, which links stay links"),
    ("packs/ship/packaging/clean_copy.py", "shutil.copy2"): (2, "a file of the project, a link stays one"),
    ("packs/ship/packaging/clean_copy.py", ".symlink_to"): (2, "the packages that a pack script needs"),
    ("fs/fed_pipe.py", "os.open"): (1, "the end of a pipe of ours that a program reads"),
    ("fs/secret_pipe.py", "os.open"): (
        1,
        "a pipe of our own, which is not a file: it is looked at as soon as it is open",
    ),
    ("fs/git_mirror.py", ".symlink_to"): (3, "links in a private copy of ours, to what git is to read"),
}
"""What is left, how often in each file, and why that is no file of somebody's that we read or write."""


class Call(NamedTuple):
    """A call that opens, reads, writes or copies a file: in which file of the package, on which line, and what."""

    file: str
    line: int
    name: str


def calls(source: str, file: str) -> Iterator[Call]:
    """Every such call in a module, also by a name that was imported for it, and one that is only handed on."""
    tree = ast.parse(source)
    modules, names = _imported(tree)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        name = ""
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            name = names.get(node.id, "") or (node.id if node.id in BUILTINS else "")
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            name = _attribute(node, modules, is_called=id(node) in called)
        if name:
            assert isinstance(node, ast.expr)
            yield Call(file, node.lineno, name)


def _imported(tree: ast.AST) -> tuple[dict[str, str], dict[str, str]]:
    modules: dict[str, str] = {}
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {a.asname or a.name: a.name for a in node.names if a.name in OF_MODULES}
        elif isinstance(node, ast.ImportFrom) and node.module in OF_MODULES:
            forbidden = OF_MODULES[node.module]
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names if a.name in forbidden}
    return modules, names


def _attribute(node: ast.Attribute, modules: dict[str, str], *, is_called: bool) -> str:
    if isinstance(node.value, ast.Name) and node.value.id in modules:
        module = modules[node.value.id]
        return f"{module}.{node.attr}" if node.attr in OF_MODULES[module] else ""
    if node.attr in METHODS:
        return f".{node.attr}"
    # Of a gate or a question `open` says how it is: only a call may open something.
    return f".{ANY_OPEN}" if node.attr == ANY_OPEN and is_called else ""


def found(package: Path = PACKAGE) -> list[Call]:
    """Every such call in the package, outside of where files are opened."""
    result: list[Call] = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package).as_posix()
        if file not in AT_HOME:
            result += calls(path.read_text("utf-8"), file)
    return result


def wrong(there: list[Call]) -> list[str]:
    """What is not allowed, and what is allowed though it is not there any more; a line each."""
    counted = Counter((call.file, call.name) for call in there)
    said = []
    for call in there:
        most = ALLOWED.get((call.file, call.name), (0, ""))[0]
        if counted[call.file, call.name] > most:
            said.append(
                f"loop_tui/{call.file}:{call.line}: {call.name}: open files by loop_tui.fs (plain, atomic, within)"
            )
    for (file, name), (most, _) in ALLOWED.items():
        if counted[file, name] < most:
            said.append(f"loop_tui/{file}: {name}: allowed {most} times, there {counted[file, name]} times")
    return said


if __name__ == "__main__":
    lines = wrong(found())
    sys.stdout.write("".join(f"{line}\n" for line in lines) or "every file is opened by loop_tui.fs\n")
    sys.exit(bool(lines))
