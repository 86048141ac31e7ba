"""The bounded store behind the log pane."""

from loop_tui.tui.cockpit.log_store import HEADER, LogStore


def raw(skill: str, text: str, level: str = "out") -> str:
    return f"1767323045000\t{skill}\t{level}\t{text}"


def test_a_header_stands_where_a_skill_begins() -> None:
    store = LogStore()
    store.extend([raw("build", "a"), raw("build", "b"), raw("test", "c")])
    store.extend([raw("test", "d"), raw("build", "e")])
    wanted = ["\0build", raw("build", "a"), raw("build", "b"), "\0test", raw("test", "c"), raw("test", "d")]
    assert [store[i] for i in range(len(store))] == [*wanted, "\0build", raw("build", "e")]


def test_a_header_of_the_log_itself_is_not_doubled_and_foreign_lines_belong_to_what_is_before() -> None:
    store = LogStore()
    store.extend([raw("build", "Build", "head"), raw("build", "a"), "no tabs at all", raw("build", "b"), "\t\t"])
    assert not [i for i in range(len(store)) if store[i].startswith(HEADER)]
    assert len(store) == 5


def test_it_never_holds_much_more_than_its_cap_and_counts_what_went() -> None:
    store = LogStore(cap=100)
    for batch in range(50):
        store.extend([raw("x", f"{batch}-{n}") for n in range(30)])
        assert len(store) <= 111
    assert store.total == 50 * 30 + 1
    assert store[len(store) - 1] == raw("x", "49-29")
    store.extend([raw("x", str(n)) for n in range(1000)])
    assert len(store) == 100
    assert store.total == 50 * 30 + 1 + 1000
    assert store[99] == raw("x", "999")
    store.clear()
    assert (len(store), store.total) == (0, 0)
