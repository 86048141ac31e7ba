"""The rules for references against the labelled set: what they miss is known, and told in docs/documents.md."""

from tests.reference_table import judged, table

MISSES = {
    ("BurntSushi/ripgrep", "GUIDE.md:42"): "an old release that serves as an example",
}


def test_what_the_rules_miss_is_known() -> None:
    assert {(each.repository, each.place) for each in judged() if not each.is_right} == set(MISSES)


def test_a_stale_reference_is_found_as_what_it_is() -> None:
    # An anchor in a page that is missing itself is a link.
    assert [each.place for each in judged() if each.found is not None and each.found != each.kind] == []


def test_the_table_counts_every_reference() -> None:
    rows = judged()
    assert len(rows) == 295
    last = next(line for line in table(rows) if line.startswith("all"))
    assert sum(map(int, last.split()[1:])) == len(rows)
