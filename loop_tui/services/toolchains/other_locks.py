"""Lock files of bun, pnpm and yarn, as text: what of a workspace's own packages stands in them. Pure.

Only what these tools compare when they install with a frozen lock is written: bun keeps the versions of workspace
packages, pnpm and yarn 2 and later the ranges that one asks of another. yarn 1 keeps neither.
"""

import re
from collections.abc import Callable, Sequence

from loop_tui.model.regex import regex

from .workspaces import Dependent

LockChange = Callable[[str], str]

_YARN_ENTRY = regex(r'^(?P<quote>"?)(?P<names>[^\s#"][^"\n]*)(?P=quote):[^\S\n]*$', re.MULTILINE)


def bun_version(text: str, place: str) -> str:
    """The version of the package in that folder as bun.lock has it; empty when it has none."""
    match = _bun_entry(place).search(text)
    return match["version"] if match else ""


def _bun_entry(place: str) -> re.Pattern[str]:
    name = re.escape(f'"{place}"')
    return re.compile(rf'(?m)^ {{4}}{name}: \{{\s*(?:"name": "[^"\n]*",\s*)?"version": "(?P<version>[^"\n]*)"')


def _bun_member(place: str) -> re.Pattern[str]:
    name = re.escape(f'"{place}"')
    return re.compile(rf"(?ms)^ {{4}}{name}: \{{$.*?^ {{4}}\}}")


def bun(place: str, version: str, dependents: Sequence[Dependent]) -> LockChange:
    """Sets the version of the package in that folder, and the ranges of its dependents."""

    def change(text: str) -> str:
        if match := _bun_entry(place).search(text):
            text = text[: match.start("version")] + version + text[match.end("version") :]
        for each in dependents:
            if found := _bun_member(each.place).search(text):
                old, new = f'"{each.name}": "{each.before}"', f'"{each.name}": "{each.after}"'
                text = text[: found.start()] + found[0].replace(old, new) + text[found.end() :]
        return text

    return change


def pnpm(dependents: Sequence[Dependent]) -> LockChange:
    """Sets the ranges (`specifier`) that importers ask for."""

    def change(text: str) -> str:
        for each in dependents:
            text = _specifier(each).sub(lambda m, after=each.after: f"{m[1]}{_quoted(after)}", text, count=1)  # type: ignore[misc]
        return text

    return change


def _specifier(each: Dependent) -> re.Pattern[str]:
    """What stands before the range of a dependent, as group 1, and the range."""
    place, name, before = (_maybe_quoted(text) for text in (each.place or ".", each.name, each.before))
    importer = rf"^  {place}:\n(?:(?: {{4,}}[^\n]*)?\n)*?"
    dependency = rf" {{4}}{each.key}:\n(?:(?: {{6,}}[^\n]*)?\n)*? {{6}}{name}:\n"
    return re.compile(rf"(?m)({importer}{dependency} {{8}}specifier: ){before}$")


def _maybe_quoted(text: str) -> str:
    return rf"['\"]?{re.escape(text)}['\"]?"


def _quoted(text: str) -> str:
    """A range as pnpm writes it into YAML: quoted where it would read as something else."""
    return f"'{text}'" if re.match(r"[*>=&!|%@`]", text) or ": " in text else text


def yarn(dependents: Sequence[Dependent]) -> LockChange:
    """Sets the ranges in the entries of the dependents, and among the names of the package that they mean."""

    def change(text: str) -> str:
        for each in dependents:
            text = _yarn_entries(text, each)
        return text

    return change


def _yarn_entries(text: str, each: Dependent) -> str:
    found = list(_YARN_ENTRY.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    parts, at = [], 0
    for match, end in zip(found, ends, strict=True):
        head, body, names = text[match.start() : match.end()], text[match.end() : end], match["names"].split(", ")
        if any(name.startswith(f"{each.name}@workspace:") for name in names):
            renamed = sorted({_renamed(name, each) for name in names})
            head = f'"{", ".join(renamed)}":' if match["quote"] else head
        if any(name.endswith(f"@workspace:{each.place or '.'}") for name in names):
            body = _yarn_range(body, each)
        parts += [text[at : match.start()], head, body]
        at = end
    return "".join(parts) + text[at:]


def _renamed(name: str, each: Dependent) -> str:
    for protocol in ("", "npm:"):
        if name == f"{each.name}@{protocol}{each.before}":
            return f"{each.name}@{protocol}{each.after}"
    return name


def _yarn_range(body: str, each: Dependent) -> str:
    line = re.compile(rf'(?m)^( {{4}}"?{re.escape(each.name)}"?: "?(?:npm:)?){re.escape(each.before)}("?)$')
    return line.sub(lambda match: f"{match[1]}{each.after}{match[2]}", body)
