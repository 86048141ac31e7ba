"""git's configuration as entries, and as the text of a file."""

from collections.abc import Iterable

Entry = tuple[str, str | None]
"""A key as git lists it (`section.subsection.name`) and its value; None for one that only stands there: true."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\b": "\\b"}
_IN_NAMES = ("\\", '"')


def entries_of(raw: bytes) -> list[Entry]:
    """What `git config --list -z` printed."""
    found: list[Entry] = []
    for part in raw.decode("utf-8", "surrogateescape").split("\0"):
        key, sign, value = part.partition("\n")
        if key:
            found.append((key, value if sign else None))
    return found


def config_text(entries: Iterable[Entry]) -> bytes:
    """A file that says the same, in the same order. Keys that no file could hold are left out."""
    lines = []
    for key, value in entries:
        section, _, rest = key.partition(".")
        subsection, dot, name = rest.rpartition(".")
        if not section or not name or "\n" in subsection:
            continue
        lines.append(f'[{section} "{_escaped(subsection, _IN_NAMES)}"]' if dot else f"[{section}]")
        lines.append(f"\t{name}" if value is None else f'\t{name} = "{_escaped(value, _ESCAPES)}"')
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def _escaped(text: str, signs: Iterable[str]) -> str:
    wanted = frozenset(signs)
    return "".join(_ESCAPES[sign] if sign in wanted else sign for sign in text)
