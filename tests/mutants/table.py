"""The table of mutants, and where each of them stands in the code as it is now."""

import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("table.toml")

_FIELDS = ("id", "file", "line", "before", "after", "tests", "why")


class Stale(Exception):
    """What the table says of a mutant does not fit the code any more."""


@dataclass(frozen=True)
class Mutant:
    """One entry. `line` is where `before` stood when the entry was written; `tests` are selectors of pytest."""

    id: str
    file: str
    line: int
    before: str
    after: str
    tests: tuple[str, ...]
    why: str

    @property
    def selectors(self) -> list[str]:
        """The arguments for pytest."""
        return [word for text in self.tests for word in shlex.split(text)]


def read_table(path: Path = TABLE) -> list[Mutant]:
    """Every entry, in the order of the file. Raises ValueError naming the entry that is wrong."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    mutants = [_entry(fields) for fields in entries]
    ids = [mutant.id for mutant in mutants]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"{path.name}: more than one mutant is called {', '.join(twice)}")
    return mutants


def _entry(fields: dict[str, object]) -> Mutant:
    name = fields.get("id")
    if set(fields) != set(_FIELDS):
        raise ValueError(f"mutant {name}: its keys are {', '.join(sorted(fields))}, not {', '.join(_FIELDS)}")
    tests, line = fields["tests"], fields["line"]
    texts = {key: str(fields[key]) for key in ("id", "file", "before", "after", "why")}
    if not isinstance(tests, list) or not tests or not isinstance(line, int):
        raise ValueError(f"mutant {name}: tests is a list that is not empty, line is a number")
    if "\n" in texts["before"] + texts["after"] or texts["before"] == texts["after"] or not texts["before"].strip():
        raise ValueError(f"mutant {name}: before and after are two different pieces of one line")
    return Mutant(line=line, tests=tuple(map(str, tests)), **texts)


def place_of(mutant: Mutant, text: str) -> int:
    """The number of the line to change: of those that hold `before` the nearest. Raises Stale when there is none."""
    found = [number for number, line in enumerate(text.split("\n"), 1) if mutant.before in line]
    if not found:
        raise Stale(f"{mutant.file} does not hold {mutant.before!r} any more")
    return min(found, key=lambda number: (abs(number - mutant.line), number))


def mutated(mutant: Mutant, root: Path) -> tuple[str, int]:
    """The file with the mutant in it, and the number of its line. Raises Stale when that cannot be, or is no Python."""
    path = root / mutant.file
    if not path.is_file():
        raise Stale(f"there is no {mutant.file} any more")
    text = path.read_text(encoding="utf-8")
    number = place_of(mutant, text)
    lines = text.split("\n")
    lines[number - 1] = lines[number - 1].replace(mutant.before, mutant.after, 1)
    changed = "\n".join(lines)
    try:
        compile(changed, mutant.file, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise Stale(f"{mutant.file}:{number} does not compile with it: {error.msg}") from error
    return changed, number


def problems(mutants: Sequence[Mutant], root: Path = ROOT) -> list[str]:
    """What does not fit the code any more: a line for each entry whose code or whose tests are gone."""
    return [f"{mutant.id}: {words}" for mutant in mutants for words in _problems(mutant, root)]


def _problems(mutant: Mutant, root: Path) -> Iterator[str]:
    try:
        mutated(mutant, root)
    except Stale as stale:
        yield str(stale)
    words = iter(mutant.selectors)
    for word in words:
        if word in ("-k", "-m"):
            next(words, None)
            continue
        file, *names = word.partition("[")[0].split("::")
        path = root / file
        if not path.exists():
            yield f"there is no {file} to run"
        elif names and not re.search(rf"^\s*(async def|def|class) {re.escape(names[-1])}\b", path.read_text(), re.M):
            yield f"{file} has no {names[-1]}"
