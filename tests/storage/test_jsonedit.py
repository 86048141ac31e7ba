"""Editing JSON as text: single values change, every other byte stays."""

import json
import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_tui.fs.jsonedit.document import REMOVE, ById, Edit, Moved, changes, diff, edit, locate, parse
from loop_tui.model.problem import Problem

# --- an independent reader: ordered pairs, every scalar as the text it was written as ---------------------------------

_TOKENS = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+)')


def raw(text):
    """The document as nested ordered pairs with numbers, strings and keys as raw text."""
    tokens = _TOKENS.findall(text.removeprefix("\ufeff"))
    value, rest = _raw(tokens, 0)
    assert rest == len(tokens)
    return value


def _raw(tokens, at):
    if tokens[at] not in ("{", "["):
        return tokens[at], at + 1
    named, items = tokens[at] == "{", []
    at += 1
    while tokens[at] not in ("}", "]"):
        key = None
        if named:
            key, at = tokens[at], at + 2
        value, at = _raw(tokens, at)
        items.append((key, value))
        at += tokens[at] == ","
    return ("{" if named else "[", items), at + 1


# --- documents with every habit of layout -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """How a test document is written."""

    unit: str | None
    newline: str
    colon: str
    comma_gap: str
    pad: str
    blank: bool


layouts = st.builds(
    Layout,
    unit=st.sampled_from([None, "", " ", "  ", "    ", "\t"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    colon=st.sampled_from([":", ": ", " : "]),
    comma_gap=st.sampled_from(["", " "]),
    pad=st.sampled_from(["", " "]),
    blank=st.booleans(),
)
numbers = st.sampled_from(["0", "-0", "1.0", "1.50", "1e5", "1E+5", "0.1e-3", "12345678901234567890123", "1e400"])
strings = st.text(max_size=6).map(json.dumps) | st.sampled_from(
    ['"\\u0061"', '"\\/x"', '"\\ud800"', '"é\\u00e9"', '"{\\"a\\": [1,"', '"}"', '"\\\\"']
)
scalars = numbers | strings | st.sampled_from(["true", "false", "null"])
keys = st.sampled_from(["a", "b", "key", "status", "ü", "x y", "[0]", 'q"uote', ""]).map(json.dumps) | st.sampled_from(
    ['"\\u0061"', '"b\\/"']
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(st.tuples(st.none(), inner), max_size=4).map(lambda items: ("[", items))
        | st.lists(st.tuples(keys, inner), max_size=4).map(lambda items: ("{", items))
    ),
    max_leaves=12,
)
objects = st.lists(st.tuples(keys, trees), max_size=5).map(lambda items: ("{", items))


def written(tree, layout, draw, indent=""):
    """The tree as text; each container is laid out in lines or within one."""
    if isinstance(tree, str):
        return tree
    bracket, items = tree
    close = "}" if bracket == "{" else "]"
    if not items:
        return bracket + draw(st.sampled_from(["", " "])) + close
    inline = layout.unit is None or draw(st.integers(0, 3)) == 0
    deeper = indent if inline else indent + (layout.unit or "")
    parts = [(k + layout.colon if k is not None else "") + written(v, layout, draw, deeper) for k, v in items]
    if inline:
        pad = layout.pad if bracket == "{" else ""
        return bracket + pad + ("," + layout.comma_gap).join(parts) + pad + close
    lead = layout.newline + deeper
    gaps = [layout.newline + lead if layout.blank and draw(st.booleans()) else lead for _ in parts]
    return (
        bracket
        + "".join(
            gap + part + ("," if i < len(parts) - 1 else "")
            for i, (gap, part) in enumerate(zip(gaps, parts, strict=True))
        )
        + layout.newline
        + indent
        + close
    )


@st.composite
def documents(draw):
    """A text and the tree it holds."""
    tree = draw(objects)
    text = written(tree, draw(layouts), draw)
    return draw(st.sampled_from(["", "\ufeff", "\n"])) + text + draw(st.sampled_from(["", "\n", "\r\n\n"])), tree


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def paths_of(tree, path=()):
    """Every place in a tree that can be addressed, with how many earlier twins its key has."""
    if isinstance(tree, str):
        return
    seen = {}
    for i, (key, value) in enumerate(tree[1]):
        name = i if key is None else json.loads(key)
        seen[name] = (value, i)
    for name, (value, i) in seen.items():
        yield (*path, name), i
        yield from paths_of(value, (*path, name))


def put(tree, path, value):
    """The tree with the last member of that name replaced, or all of them removed."""
    bracket, items = tree
    names = [i if k is None else json.loads(k) for i, (k, _) in enumerate(items)]
    last = max(i for i, name in enumerate(names) if name == path[0])
    if len(path) > 1:
        return bracket, [(k, put(v, path[1:], value) if i == last else v) for i, (k, v) in enumerate(items)]
    if value is REMOVE:
        return bracket, [pair for pair, name in zip(items, names, strict=True) if name != path[0]]
    return bracket, [(k, value if i == last else v) for i, (k, v) in enumerate(items)]


@settings(deadline=None)
@given(documents())
def test_no_edit_is_no_change(document):
    text, tree = document
    assert edit(text, []) == text
    assert raw(text) == tree
    assert diff(parse(text), parse(text)) == []


@settings(deadline=None)
@given(documents(), st.data())
def test_replacing_a_value_touches_no_other_byte(document, data):
    text, tree = document
    places = list(paths_of(tree))
    if not places:
        return
    path, _ = data.draw(st.sampled_from(places))
    changed = edit(text, [Edit(path, "CHANGED \u2713")])
    assert raw(changed) == put(tree, path, '"CHANGED \u2713"')
    head, tail = changed.split('"CHANGED \u2713"')
    assert text.startswith(head)
    assert text.endswith(tail)


@settings(deadline=None)
@given(documents(), st.data())
def test_removing_keeps_everything_else_as_written(document, data):
    text, tree = document
    places = list(paths_of(tree))
    if not places:
        return
    path, _ = data.draw(st.sampled_from(places))
    changed = edit(text, [Edit(path, REMOVE)])
    assert raw(changed) == put(tree, path, REMOVE)
    assert (changed[:1] == "\ufeff") is (text[:1] == "\ufeff")
    assert changed[len(changed.rstrip()) :] == text[len(text.rstrip()) :]


@settings(deadline=None)
@given(documents(), plain, st.data())
def test_adding_leaves_the_old_text_in_place(document, value, data):
    text, tree = document
    containers = [()] + [p for p, _ in paths_of(tree) if isinstance(parse_at(text, p), dict)]
    path = (*data.draw(st.sampled_from(containers)), "brand new")
    changed = edit(text, [Edit(path, value)])
    assert parse_at(changed, path) == value
    assert raw(edit(changed, [Edit(path, REMOVE)])) == raw(text)


def parse_at(text, path):
    value = parse(text)
    for step in path:
        value = value[step]
    return value


@settings(deadline=None)
@given(documents(), st.data())
def test_several_edits_at_once(document, data):
    text, tree = document
    places = [p for p, _ in paths_of(tree)]
    if not places:
        return
    chosen = data.draw(st.lists(st.sampled_from(places), max_size=4, unique=True))
    chosen = [p for p in chosen if not any(p != q and p[: len(q)] == q for q in chosen)]
    edits = [Edit(p, data.draw(st.just(REMOVE) | st.integers(1000, 2000))) for p in chosen]
    expected = tree
    # From the back, so that what is removed moves nothing that is still to be found.
    for e in sorted(edits, key=lambda e: [(isinstance(step, int), step) for step in e.path], reverse=True):
        expected = put(expected, e.path, e.value if e.value is REMOVE else str(e.value))
    assert raw(edit(text, edits)) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", "c"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "name", "x", "y"]), inner, max_size=4)
    ),
    max_leaves=15,
)


def exactly(one, other):
    """Equal, with True told apart from 1 and the order of lists kept."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(st.text(max_size=2), json_values, max_size=4), json_values, layouts, st.data())
def test_a_diff_makes_the_old_document_read_like_the_new(old, new_part, layout, data):
    new = {**old, "part": new_part} if data.draw(st.booleans()) else {"part": new_part}
    old = {**old, "part": data.draw(json_values)}
    for indent in (None, 0, 2, "\t"):
        text = json.dumps(old, indent=indent)
        assert exactly(parse(edit(text, diff(old, new))), new)
    assert (diff(old, new) == []) is exactly(old, new)


def test_a_longer_list_keeps_the_items_it_had():
    text = '{"log": [{"id": "a", "n": 1.0}, {"id": "b", "n": 2.50}]}'
    old = {"log": [{"id": "a"}, {"id": "b"}]}
    appended = {"log": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}
    swapped = {"log": [{"id": "b", "new": 1}, {"id": "a"}]}
    assert edit(text, changes(parse(text), old, appended)).startswith(text[:-2])
    assert edit(text, changes(parse(text), old, swapped)) == (
        '{"log": [{"id": "b", "n": 2.50, "new": 1}, {"id": "a", "n": 1.0}]}'
    )


def test_an_item_goes_without_taking_what_belongs_to_its_neighbour():
    text = '{"q": [{"id": "a", "mine": 1}, {"id": "b", "mine": 2}]}'
    edits = changes(parse(text), {"q": [{"id": "a"}, {"id": "b"}]}, {"q": [{"id": "b"}]})
    assert edit(text, edits) == '{"q": [{"id": "b", "mine": 2}]}'


def test_an_item_is_told_by_its_name_where_others_have_put_theirs_between():
    text = '{"q": [{"id": "theirs"}, {"id": "a", "mine": 1.0}, {"id": "b"}]}'
    edits = changes(parse(text), {"q": [{"id": "a"}, {"id": "b"}]}, {"q": [{"id": "a", "n": 2}, {"id": "b"}]})
    assert edit(text, edits) == '{"q": [{"id": "theirs"}, {"id": "a", "mine": 1.0, "n": 2}, {"id": "b"}]}'


def test_items_without_a_name_are_told_by_their_place():
    text = '{"h": [{"part": "x", "n": 1.0}, {"part": "y"}]}'
    old = {"h": [{"part": "x", "skill": "x"}, {"part": "y"}]}
    new = {"h": [{"part": "x", "skill": "x", "done": True}, {"part": "y", "done": True}]}
    edits = changes(parse(text), old, new)
    assert edit(text, edits) == '{"h": [{"part": "x", "n": 1.0, "done": true}, {"part": "y", "done": true}]}'


def test_what_the_document_lacks_is_written_whole_and_maps_only_in_part():
    old = {"record": {"count": 0, "list": []}, "map": ById({"a": {"x": 1}, "b": {"x": 1}})}
    new = {"record": {"count": 1, "list": []}, "map": ById({"a": {"x": 2}, "b": {"x": 1}})}
    assert parse(edit("{}", changes({}, old, new))) == {"record": {"count": 1, "list": []}, "map": {"a": {"x": 2}}}


def test_what_has_another_shape_is_replaced_only_when_it_changes():
    text = '{"a": "text", "b": "text"}'
    edits = changes(parse(text), {"a": {"n": 1}, "b": {"n": 1}}, {"a": {"n": 1}, "b": {"n": 2}})
    assert parse(edit(text, edits)) == {"a": "text", "b": {"n": 2}}


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        ("{}", [Edit(("a",), 1)], '{\n  "a": 1\n}'),
        ("{ }\n", [Edit(("a",), 1)], '{\n  "a": 1\n}\n'),
        ('{\n\t"a": {}\n}', [Edit(("a", "b"), [])], '{\n\t"a": {\n\t\t"b": []\n\t}\n}'),
        ('{"a":1}', [Edit(("b",), {"c": [1, 2]})], '{"a":1,"b":{"c":[1,2]}}'),
        ('{ "a": 1 }', [Edit(("b",), {"c": 2})], '{ "a": 1, "b": { "c": 2 } }'),
        ('{\n "a": []\n}', [Edit(("a", 0), "x")], '{\n "a": [\n  "x"\n ]\n}'),
        ('{\r\n  "a": 1\r\n}\r\n', [Edit(("b",), 2)], '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n'),
        ('{\n"a": 1\n}', [Edit(("b",), 2)], '{\n"a": 1,\n"b": 2\n}'),
        ('{"a": 1, "b": 2, "c": 3}', [Edit(("a",), REMOVE)], '{"b": 2, "c": 3}'),
        ('{"a": 1, "b": 2, "c": 3}', [Edit(("b",), REMOVE)], '{"a": 1, "c": 3}'),
        ('{"a": 1, "b": 2, "c": 3}', [Edit(("c",), REMOVE)], '{"a": 1, "b": 2}'),
        ('{\n  "a": 1\n}', [Edit(("a",), REMOVE)], "{}"),
        ('{\n  "a": 1\n}', [Edit(("a",), REMOVE), Edit(("b",), 2)], '{\n  "b": 2\n}'),
        ('{"a": 1, "a": 2}', [Edit(("a",), 3)], '{"a": 1, "a": 3}'),
        ('{"a": 1, "b": 0, "a": 2}', [Edit(("a",), REMOVE)], '{"b": 0}'),
        ('{"a": {"x": 1}, "a": {"x": 2}}', [Edit(("a", "x"), 3)], '{"a": {"x": 1}, "a": {"x": 3}}'),
        ('{"a": {"x": 1}, "a": null}', [Edit(("a", "x"), 3)], '{"a": {"x": 1}, "a": {"x": 3}}'),
        ('{"a": 1, "a": {"x": 1}}', [Edit(("a", "x"), 3)], '{"a": 1, "a": {"x": 3}}'),
        ('{"\\u0061": 1}', [Edit(("a",), 2)], '{"\\u0061": 2}'),
        ("[1, 2, 3]", [Edit((0,), REMOVE), Edit((2,), 9), Edit((3,), 4)], "[2, 9, 4]"),
        ('{"a": null}', [Edit(("a", "b"), 1)], '{"a": {"b": 1}}'),
        ("{}", [Edit(("a", "b"), REMOVE)], "{}"),
        ('{"a": 1}', [Edit((), [1])], "[1]"),
        ('{"a": {}}', [Edit(("a",), {"b": 1}), Edit(("a", "b"), 2)], '{"a": {"b": 2}}'),
        ('{"a": "\\ud800", "b": 1}', [Edit(("b",), "\ud801é")], '{"a": "\\ud800", "b": "\\ud801\\u00e9"}'),
        ('{"a": [{"k": 1.0}], "b": []}', [Edit(("b", 0), Moved(("a", 0), (Edit(("n",), 2),)))],
         '{"a": [{"k": 1.0}], "b": [{"k": 1.0, "n": 2}]}'),
    ],
)  # fmt: skip
def test_layout_of_edits(text, edits, expected):
    assert edit(text, edits) == expected


def test_new_members_look_like_their_neighbours():
    text = '{\n  "gates": {\n    "one": { "status": "pending", "n": [1] }\n  }\n}\n'
    assert edit(text, [Edit(("gates", "two"), {"status": "x", "n": [2]})]) == (
        '{\n  "gates": {\n    "one": { "status": "pending", "n": [1] },\n'
        '    "two": { "status": "x", "n": [2] }\n  }\n}\n'
    )


def test_blank_lines_between_members_stay():
    text = '{\n  "a": 1,\n\n  "b": 2,\n  \n  "c": 3\n\n}\n'
    assert edit(text, [Edit(("b",), REMOVE), Edit(("d",), 4)]) == '{\n  "a": 1,\n  \n  "c": 3,\n  "d": 4\n\n}\n'


@pytest.mark.parametrize("path", [("a", "b"), ("a", 0), ("l", "x"), ("l", -1), (0,)])
def test_a_path_into_something_without_such_members_is_a_problem(path):
    with pytest.raises(Problem, match="cannot be changed"):
        edit('{"a": 1, "l": [1]}', [Edit(path, 1)])


@pytest.mark.parametrize("value", [float("inf"), float("nan"), object(), {"a": {1, 2}}])
def test_what_json_cannot_say_is_a_problem(value):
    with pytest.raises(Problem, match="cannot be written"):
        edit("{}", [Edit(("a",), value)])


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{\n  "a": tru\n}', "2:8", "is not JSON: expecting value (in a)"),
        ('{"a": {"b": [1, {"c": NaN}]}}', "1:23", "NaN is not a JSON number (in a.b[1].c)"),
        ('{"NaN": "Infinity", "b": -Infinity}', "1:26", "-Infinity is not a JSON number (in b)"),
        ('{"a": 1} x', "1:10", "extra data"),
        ('{"a" 1}', "1:6", "expecting ':' delimiter"),
        ("{'a': 1}", "1:2", "property name"),
        ('{"a": 1,}', "1:9", "is not JSON"),
        ('{"a": [1, 2', "1:12", "ends too early (in a[1])"),
        ('{"a": "half', "1:7", "ends too early (in a)"),
        ('{"a": 01}', "1:8", "expecting ',' delimiter"),
        ('{"a": "\t"}', "1:8", "control character"),
        ("  \n ", "", "is empty"),
        ('{"\x1b[31m": 1}', "1:3", "control character"),
        ('{"\u202egood\x85": }', "1:12", "(in good)"),
    ],
)
def test_damage_is_told_with_its_place(text, place, said):
    with pytest.raises(Problem) as caught:
        parse(text, "state.json")
    line = str(caught.value)
    assert line.startswith("state.json ")
    assert not place or line.endswith(f": state.json:{place}")
    assert said in line
    assert line.isprintable()


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_a_hundred_thousand_brackets_are_one_problem(opening):
    with pytest.raises(Problem, match="nested too deeply"):
        parse(opening * 100_000)


@settings(deadline=None)
@given(documents(), st.integers(0, 200), st.characters(codec="utf-8"))
def test_any_damage_is_one_problem(document, at, character):
    text, _ = document
    for broken in (text[:at], text[:at] + character + text[at:], text[:at] + character + text[at + 1 :]):
        said = ""
        try:
            parse(broken, "f")
        except Problem as problem:
            said = str(problem)
        assert said == "" or (said.startswith("f ") and said.isprintable())


def test_numbers_too_long_for_python_are_read_and_kept():
    text = '{"a": ' + "9" * 5000 + ', "b": 1, "c": 1e400}'
    assert parse(text)["a"] == float("inf")
    assert parse(text)["b"] == 1
    assert edit(text, [Edit(("b",), 2)]) == text.replace('"b": 1', '"b": 2')


def test_deep_but_readable_documents_can_be_edited():
    text = '{"deep": ' + "[" * 500 + "]" * 500 + ', "a": 1}'
    assert edit(text, [Edit(("a",), 2)]) == text.replace(": 1", ": 2")


@pytest.mark.parametrize(
    ("path", "place"), [((), (1, 1)), (("a",), (2, 8)), (("b", 1), (3, 12)), (("b", 7), (3, 8)), (("zz", "y"), (1, 1))]
)
def test_values_are_located(path, place):
    text = '{\n  "a": 1,\n  "b": [1, 2]\n}'
    assert locate(text, path) == place
    assert locate("\ufeff" + text, path) == place
