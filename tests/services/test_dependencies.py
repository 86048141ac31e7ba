"""What a package.json asks for, and the places that it names."""

from pathlib import PurePosixPath

import pytest

from loop_tui.services.toolchains.dependencies import dependencies_of, linked_place

DOCUMENT = {
    "peerDependencies": {"d": ">=1"},
    "devDependencies": {"b": "file:../b", "c": 3},
    "dependencies": {"a": "^1.0.0"},
    "optionalDependencies": ["x"],
    "scripts": {"test": "x"},
}


def test_each_map_is_read_and_what_is_no_text_is_not() -> None:
    found = [("dependencies", "a", "^1.0.0"), ("devDependencies", "b", "file:../b"), ("peerDependencies", "d", ">=1")]
    assert [*dependencies_of(DOCUMENT)] == found


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("file:../b", "packages/b"),
        ("link:../../lib/x", "lib/x"),
        ("portal:./inner", "packages/a/inner"),
        ("file:../../../else", None),
        ("workspace:../b", None),
        ("^1.0.0", None),
    ],
)
def test_the_place_that_a_package_names(wanted: str, place: str | None) -> None:
    found = linked_place(PurePosixPath("packages/a"), wanted)
    assert (str(found) if found else None) == place
