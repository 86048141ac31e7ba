"""The key reference, the table of error codes and the manual page, made from the registries of what they tell of.

`python -m loop_tui.cli.reference DIR` writes them, as `make docs` does.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from loop_tui import __version__
from loop_tui.fs.atomic import write_atomic
from loop_tui.model.problem_codes import Code
from loop_tui.storage.user.own_commands import PLACEHOLDERS
from loop_tui.tui.actions import ACTIONS

from .app import build
from .entry import COMMANDS, PACKS

KEYS, ERRORS, MANUAL = "keys.md", "errors.md", "loop-tui.1"

_OWN = """\
## Your own commands

Your own commands have a key in the cockpit, and appear in `?` and the palette, once they are in your `config.toml`:

    [commands.show-commit]
    key = "O"
    title = "show the commit"
    run = ["git", "show", "{sha}"]
    output = "terminal"

    [commands.word-count]
    key = "ctrl+w"
    title = "count the words of the selected deliverable"
    run = ["wc", "-w", "{file}"]

- `run` is a list of arguments, the program first. No shell reads it: a placeholder becomes a part of the one argument
  that it stands in, whatever it holds. `{{` and `}}` are braces. The program itself is never a placeholder; one without
  a slash is searched on the PATH, never in the project.
- `folder`: where it runs, `"project"` (the default) or `"run"`, the folder of the run in `.loop/`.
- `output`: `"page"` shows what it prints (a single line in a line); `"terminal"` gives it the terminal until it ends,
  as an editor gets it; `"background"` says in a line that it ended, and how.

When a placeholder has no value, or would turn an argument into an option, a message says so and nothing is run. With
`--read-only` none of them runs. A key that is taken, an unknown placeholder and any other mistake is refused with file
and line when the file is read; `loop-tui config show` lists the mistakes, with exit code 2. Only your own file counts:
a project cannot add commands.
"""
_ERRORS = """\
# Errors

Made by `make docs` from the registry of codes. An error is one line on standard error, with exit code 2 (70 for a bug).
With `--json`, it is also the last line of standard output:

    {"error": {"code": "run-unknown", "what": "...", "where": "...", "todo": "..."}}

`code` is for scripts: it means the same in every version. `what` says what happened, `where` the file (with line and
column when they are known) or place, `todo` what to do. These three are for people: they may be empty, and their words
may change. Secrets are masked.

The last line of `run --json` has the same object under `error`: why the run failed or was not allowed to go on; else it
is null (the `code` beside it is the exit code). The event `failed` of a skill has the code in its `context`, and
`state check --json` has one line with `file` and `error` for each file that is wrong.

| code | what it means | what helps |
|---|---|---|
"""


def keys_page() -> str:
    """All keys and typed commands as Markdown."""
    lines = [
        "# Keys",
        "",
        "Made by `make docs` from the registry of actions. Any key can be changed by its id, in `config.toml`",
        "(`loop-tui config path`):",
        "",
        "    [keys]",
        '    go = "ctrl+g"',
        '    log-wrap = "w,W"',
        "",
        "A key with two meanings in one place is refused with its line, and the default key is kept.",
    ]
    for place, entries in groupby(ACTIONS, key=lambda entry: entry.where):
        lines += ["", f"## {place}", "", "| id | keys | what it does | typed after `:` |", "|---|---|---|---|"]
        lines += [
            f"| {e.id} | {_code(e.shown_keys)} | {_cell(e.text)} | {_code(e.command) if e.command else ''} |"
            for e in entries
        ]
    return "\n".join([*lines, "", *_own_commands()]) + "\n"


def _own_commands() -> Iterator[str]:
    yield from _OWN.splitlines()
    yield from ("", "| placeholder | what it becomes |", "|---|---|")
    yield from (f"| `{{{name}}}` | {text} |" for name, text in PLACEHOLDERS.items())


def errors_page() -> str:
    """All codes of errors as Markdown."""
    rows = (f"| {_code(code.value)} | {_cell(code.meaning)} | {_cell(code.todo)} |\n" for code in Code)
    return _ERRORS + "".join(rows)


def manual_page() -> str:
    """The manual page, in the man macros."""
    root = typer.main.get_command(build([*COMMANDS, PACKS]))
    lines = [
        f'.TH LOOP-TUI 1 "" "loop-tui {__version__}" "User Commands"',
        ".SH NAME",
        r"loop-tui \- run, gate and watch loops",
        ".SH SYNOPSIS",
        ".B loop-tui",
        "[DIR | COMMAND [OPTION]...]",
        ".SH DESCRIPTION",
        *(_roff(line) for line in (root.help or "").splitlines() if line),
        ".SH COMMANDS",
        *_commands(root, ""),
        ".SH FILES",
        r".TP",
        r"\fI$XDG_CONFIG_HOME/loop-tui/config.toml\fR",
        "Settings and keys; themes are in themes/ beside it, loops in loops/.",
        ".TP",
        r"\fI~/.claude/runs/\fR",
        "Archived runs; LOOP_TUI_HOME moves the folder.",
        ".SH ENVIRONMENT",
        ".TP",
        ".B NO_COLOR",
        "Turns colours off, even when empty.",
        ".TP",
        ".B LOOP_TUI_HOME, LOOP_TUI_THEME, LOOP_TUI_NOTIFY",
        "The folder for archives, the theme, and where notifications are sent.",
        ".SH EXIT STATUS",
        "0 done, 1 failed or blocked, 2 wrong usage or input, 3 waiting for a person, 70 a bug, 130 interrupted.",
        _roff("With --json, each error has a stable code: see docs/errors.md."),
    ]
    return "\n".join(lines) + "\n"


def _commands(group: object, before: str) -> Iterator[str]:
    if not isinstance(group, TyperGroup):
        return
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        whole = f"{before}{name}"
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{whole} ")
            continue
        words = " ".join(str(p.metavar or p.name).upper() for p in command.params if isinstance(p, TyperArgument))
        yield ".TP"
        yield rf"\fB{_roff(whole)}\fR {_roff(words)}".rstrip()
        yield _roff((command.help or "").splitlines()[0] if command.help else "")
        for option in (p for p in command.params if isinstance(p, TyperOption) and not p.hidden):
            yield ".br"
            yield rf"\fB{_roff(', '.join(option.opts))}\fR {_roff(option.help or '')}".rstrip()


def _roff(text: str) -> str:
    text = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the pages into the folder given."""
    folder = Path(sys.argv[1])
    write_atomic(folder / KEYS, keys_page().encode("utf-8"))
    write_atomic(folder / ERRORS, errors_page().encode("utf-8"))
    write_atomic(folder / MANUAL, manual_page().encode("utf-8"))


if __name__ == "__main__":
    main()
