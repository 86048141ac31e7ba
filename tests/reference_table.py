"""The confusion table of the rules for references, against the labelled set (`python -m tests.reference_table`)."""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from loop_tui.model.docs.document import FindingKind
from loop_tui.model.docs.judging import findings
from loop_tui.model.docs.known import KnownReferents
from loop_tui.storage.docs.places import is_document
from loop_tui.storage.docs.reading import read_document

FOLDER = Path(__file__).parent / "samples/references"


class Judged(Struct, frozen=True):
    """A labelled reference, and what the rules say of it (`found` is None for nothing)."""

    repository: str
    place: str
    text: str
    is_stale: bool
    kind: str
    why: str
    found: FindingKind | None

    @property
    def is_right(self) -> bool:
        """True where the rules agree with the label."""
        return self.is_stale == (self.found is not None)


def judged() -> list[Judged]:
    """Every labelled reference, judged as the document says it, with nothing else around it."""
    return [
        each for path in sorted(FOLDER.glob("*.toml")) for each in _repository(tomllib.loads(path.read_text("utf-8")))
    ]


def _repository(label: dict[str, Any]) -> Iterator[Judged]:
    known = _known(label)
    for file, line, markup, text, said, kind, why in label["references"]:
        document = read_document(_written(markup, text), file)
        found = next(findings(document, known), None) if is_document(file) else None
        place = f"{file}:{line}"
        yield Judged(label["repository"], place, text, said == "stale", kind, why, found.kind if found else None)


def _written(markup: str, text: str) -> str:
    """A reference as Markdown."""
    if markup == "link":
        return f"[the text](<{text}>)\n"
    return f"`{text}`\n" if markup == "code" else f"```sh\n{text}\n```\n"


def _known(label: dict[str, Any]) -> KnownReferents:
    files = frozenset(label["files"])
    folders = {
        "/".join(parts[:count]) for path in files if (parts := path.split("/")) for count in range(1, len(parts))
    }
    named: dict[str, tuple[str, ...]] = {}
    for path in sorted(files):
        name = path.rpartition("/")[2]
        named[name] = (*named.get(name, ()), path)
    headings = {path: read_document(_headed(titles), path).anchors for path, titles in label["headings"].items()}
    archived = label.get("archived")
    return KnownReferents(
        is_there=lambda path: path in files or path in folders or path == ".",
        is_folder=lambda path: path in folders,
        named=named,
        anchors=lambda path: headings.get(path, frozenset()),
        make=frozenset(label["make"]) or None,
        scripts=frozenset(label["scripts"]) or None,
        commands=frozenset(each.split()[0] for each in label["commands"]) if "commands" in label else None,
        archived=None if archived is None else (lambda stem: any(each.endswith(f"/{stem}") for each in archived)),
        name=label["name"],
        version=label["version"],
    )


def _headed(titles: list[str]) -> str:
    return "\n\n".join(title if title.startswith("<") else f"# {title}" for title in titles)


def table(rows: list[Judged]) -> list[str]:
    """The confusion table by kind, and the misses, a line each."""
    counts = Counter((each.kind, each.is_stale, each.found is not None) for each in rows)
    kinds = sorted({each.kind for each in rows})
    lines = [f"{'kind':9} {'stale, found':>13} {'stale, missed':>14} {'ok, found':>10} {'ok, silent':>11}"]
    cells = [(True, True), (True, False), (False, True), (False, False)]
    for kind in [*kinds, "all"]:
        of_kind = [sum(counts[k, *cell] for k in kinds if kind in (k, "all")) for cell in cells]
        lines.append("{:9} {:13} {:14} {:10} {:11}".format(kind, *of_kind))
    lines += ["", *(_miss(each) for each in rows if not each.is_right)]
    return lines


def _miss(each: Judged) -> str:
    what = "missed" if each.is_stale else f"wrongly called stale ({each.found})"
    return f"{each.repository} {each.place} {each.text}: {what}" + (f"; {each.why}" if each.why else "")


if __name__ == "__main__":
    sys.stdout.write("\n".join(table(judged())) + "\n")
