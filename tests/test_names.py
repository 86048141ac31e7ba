"""One word, one meaning: names of classes and modules (DESIGN "Names")."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "loop_tui"

SAME: dict[str, str] = {
    "JsonObject": "one meaning: a JSON object as Python reads it; its readers know nothing of each other",
    "TomlTable": "one meaning: a TOML table as Python reads it; storage and a pack read TOML of their own",
}
"""Names that stand for one thing in several modules, and why they are not imported from one."""

FELT = frozenset({"many", "past", "differing", "steps", "telling", "leftovers", "need", "doing", "look", "looking"})
"""Names of modules that say what something felt like instead of what it is called."""

UNPLAIN = re.compile(r"\b(mend(s|ed|ing)?|say go|hand(ed|s)? in|looked over)\b", re.IGNORECASE)
"""Words that a newcomer would not search for: fix, run, submit, reviewed."""


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def public_names(tree: ast.Module) -> list[str]:
    """The classes of a module, and what it gives a name like one: type aliases."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found.append(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found += [t.id for t in targets if isinstance(t, ast.Name) and re.fullmatch(r"[A-Z][a-z]\w*", t.id)]
    return [name for name in found if not name.startswith("_")]


def test_no_two_public_names_mean_different_things() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for name in public_names(ast.parse(path.read_text())):
            places[name].append(path.relative_to(ROOT).as_posix())
    double = {name: found for name, found in places.items() if len(found) > 1 and name not in SAME}
    assert double == {}
    assert len(places) > 300, "the test sees the classes"
    assert not {name for name in SAME if len(places[name]) < 2}, "an exception that is none any more goes"


def test_modules_are_called_what_one_would_search_for() -> None:
    assert [path for path in modules() if path.stem in FELT] == []


def test_words_are_plain() -> None:
    found = [f"{p.relative_to(ROOT)}: {m[0]}" for p in modules() for m in UNPLAIN.finditer(p.read_text())]
    assert found == []


def test_a_text_of_one_name_is_defined_once() -> None:
    """Two constants of one name and one text are one fact, which would be changed in one place only."""
    # npm's own word, for what asks npm and for what is worked out without it.
    known_twice = {("LATEST", "latest")}
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value:
                names = [t.id for t in node.targets if isinstance(t, ast.Name) and not t.id.startswith("_")]
                for name in (name for name in names if isinstance(node.value.value, str)):
                    places[name, node.value.value].append(path.relative_to(ROOT).as_posix())
    assert {known: found for known, found in places.items() if len(found) > 1 and known not in known_twice} == {}
