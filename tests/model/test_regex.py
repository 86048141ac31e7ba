"""Expressions that are compiled at their first use."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

import pytest

import loop_tui
from loop_tui.model.regex import _Lazy, regex


def test_it_does_what_a_pattern_does() -> None:
    digits = regex(r"(?P<all>\d+)", 0)
    assert digits.groupindex == {"all": 1}
    assert digits.sub("x", "a1b22") == "axbx"
    assert [found[0] for found in digits.finditer("1 22")] == ["1", "22"]
    assert regex(rb"A", 2).match(b"a"), "flags count"


def test_what_is_wrong_is_said_at_the_first_use() -> None:
    wrong = regex("(")
    with pytest.raises(Exception, match="missing"):
        wrong.match("")


def lazy_in(value: object) -> Iterator[_Lazy]:
    """The expressions in a value of a module, also those in its tables and lists."""
    if type(value) is _Lazy:
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from lazy_in(each)
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from lazy_in(each)


def test_every_expression_of_the_program_can_be_compiled() -> None:
    found = []
    for module in pkgutil.walk_packages(loop_tui.__path__, "loop_tui."):
        if not module.name.endswith("__main__"):
            for value in list(vars(import_module(module.name)).values()):
                found += lazy_in(value)
    assert len(found) > 200
    for each in found:
        assert each.pattern == each._given[0]
