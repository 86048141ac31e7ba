"""Bytes to lines: splitting, decoding, overwriting, cleaning, masking, bounds."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_tui.model.secrets import known, mask
from loop_tui.model.text import clean, uncoloured
from loop_tui.process.output_lines import LINE_BYTES, RECENT_LINES, TAIL_LINES, Lines, LineSplitter
from tests.secret_rows import ROWS, Row


def lines_of(data: bytes, size: int = 0, **options: object) -> list[str]:
    splitter = LineSplitter(**options)  # type: ignore[arg-type]
    pieces = [data[i : i + size] for i in range(0, len(data), size)] if size else [data]
    found: list[str] = []
    for piece in pieces:
        found += splitter.feed(piece)
    return [*found, *splitter.finish()]


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))), st.integers(1, 9))
def test_each_line_is_cleaned_and_masked_however_it_is_read(texts: list[str], size: int) -> None:
    data = "".join(f"{text}\n" for text in texts).encode()
    assert lines_of(data, size) == [mask(clean(text)) for text in texts]
    assert lines_of(data) == lines_of(data, size)


@given(st.binary(), st.integers(1, 9))
def test_no_bytes_at_all_give_anything_that_is_not_clean(data: bytes, size: int) -> None:
    for text in lines_of(data, size):
        assert clean(text) == text
        assert "\n" not in text


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_a_character_split_between_reads_is_put_together(size: int) -> None:
    assert lines_of("grüße 🎉\n東京\n".encode(), size) == ["grüße 🎉", "東京"]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert lines_of(b"caf\xe9 \xff\xfe ok\n\xe2\x82\n") == ["caf\ufffd \ufffd\ufffd ok", "\ufffd"]


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_carriage_return_overwrites_the_line(size: int) -> None:
    assert lines_of(b"10%\r55%\r100%\nplain\r\n\rlast\r\r\nunfinished\rdone", size) == ["100%", "plain", "last", "done"]


def test_an_unfinished_line_comes_at_the_end() -> None:
    splitter = LineSplitter()
    assert list(splitter.feed(b"one\ntwo")) == ["one"]
    assert list(splitter.finish()) == ["two"]
    assert splitter.line_count == 2
    assert splitter.tail == ("one", "two")


def test_blank_lines_stay() -> None:
    assert lines_of(b"\n\na\n\n") == ["", "", "a", ""]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]52;c;aGVsbG8=\x07copied", "copied"),
        (b"\x1b]0;title\x1b\\x", "x"),
        (b"a\x1b[2J\x1b[Hb", "ab"),
        ("safe\u202egnp.exe".encode(), "safegnp.exe"),
        ("\x9b31mx\x9d0;t\x9cy".encode(), "xy"),
        (b"[/red] [bold]x", "[/red] [bold]x"),
        (b"a\x00b\x08c\x7f", "abc"),
        (b"tab\tstays", "tab\tstays"),
        (b"\xe2a\xc2\x85b", "\ufffdab"),
        (b"\xe2\x80a\xae \xc2\x1b[0m\x9bm", "\ufffda\ufffd "),
        (b"\x1b\x1b[0m]52;c;eA==\x07y", "y"),
    ],
)
def test_control_sequences_go(raw: bytes, text: str) -> None:
    assert lines_of(b"before\n" + raw + b"\nafter\n") == ["before", text, "after"]


def test_a_sequence_that_never_ends_does_not_swallow_the_next_lines() -> None:
    assert lines_of(b"\x1b]52;c;abc\nerror: here\n\x1bPq\nend\n") == ["", "error: here", "", "end"]


def test_secrets_and_tokens_are_masked() -> None:
    token = "ghp_" + "a1" * 20
    data = f"use {token}\nkey hunter2hunter2 end\nhttps://me:pw@host/x\n//r/:_authToken=abc123\n".encode()
    assert lines_of(data, secrets=["hunter2hunter2"]) == [
        "use [masked]",
        "key [masked] end",
        "https://[masked]@host/x",
        "//r/:_authToken=[masked]",
    ]


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "< authorization"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic", "token"])
def test_an_authorization_header_is_masked_however_it_is_spelled(name: str, scheme: str) -> None:
    assert lines_of(f"{name}: {scheme} dXNlcjpwdw== \n".encode()) == [f"{name}: {scheme} [masked] "]


def test_a_secret_of_several_lines_is_masked_line_by_line() -> None:
    assert lines_of(b"x first-half\nsecond-half y\n", secrets=known(["first-half\nsecond-half\n"])) == [
        "x [masked]",
        "[masked] y",
    ]


def test_a_token_behind_colour_codes_is_masked() -> None:
    assert lines_of(b"ghp_\x1b[31m" + b"a1" * 20 + b"\x1b[0m\n") == ["[masked]"]


def test_beyond_the_cap_only_the_tail_comes_and_it_says_so() -> None:
    splitter = LineSplitter(max_lines=100)
    data = b"".join(b"%d\n" % i for i in range(1000))
    given_out = [text for start in range(0, len(data), 333) for text in splitter.feed(data[start : start + 333])]
    last = list(splitter.finish())
    assert given_out == [str(i) for i in range(100)]
    assert last == ["[… 700 lines omitted …]", *[str(i) for i in range(800, 1000)]]
    assert (splitter.line_count, splitter.dropped) == (1000, 700)
    assert splitter.tail == tuple(str(i) for i in range(800, 1000))


def test_a_little_beyond_the_cap_nothing_is_lost() -> None:
    splitter = LineSplitter(max_lines=5)
    assert [*splitter.feed(b"1\n2\n3\n4\n5\n6\n7\n"), *splitter.finish()] == list("1234567")
    assert splitter.dropped == 0
    assert splitter.tail == tuple("1234567")


def test_the_tail_is_bounded() -> None:
    splitter = LineSplitter()
    splitter.feed(b"x\n" * 10_000)
    assert len(splitter.tail) == TAIL_LINES


def test_a_line_without_end_is_cut_in_bounded_memory() -> None:
    splitter = LineSplitter()
    chunk = b"x" * 65536
    tracemalloc.start()
    for _ in range(1600):
        assert not splitter.feed(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
    (first, second) = splitter.feed(b"yz\nnext\n")
    assert len(first) < LINE_BYTES + 100
    assert first.startswith("xxx")
    assert first.endswith(f"… [{1600 * 65536 + 2 - LINE_BYTES:,} bytes more]")
    assert second == "next"


def test_a_secret_across_the_cut_does_not_show_its_first_half() -> None:
    secret = "s3cret-" * 100
    data = b"a" * (LINE_BYTES + 4096 - 300) + secret.encode() + b"b" * 100_000 + b"\n"
    (line,) = lines_of(data, 65536, secrets=[secret])
    assert "s3cret" not in line


def test_progress_of_any_length_keeps_its_last_state() -> None:
    splitter = LineSplitter()
    for i in range(200):
        splitter.feed(b"%d%%" % i + b"." * 1000 + b"\r")
    assert list(splitter.feed(b"\rdone\n")) == ["done"]
    splitter.feed(b"x" * 500_000)
    assert list(splitter.feed(b"y\rshort\n")) == ["short"]


def test_flush_gives_the_unfinished_line_once() -> None:
    splitter = LineSplitter()
    splitter.feed(b"a\nProceed? [y/N] ")
    assert list(splitter.flush()) == ["Proceed? [y/N] "]
    assert list(splitter.flush()) == []
    assert list(splitter.feed(b"\n")) == [""]


def test_a_batch_is_a_sequence_of_lines() -> None:
    batch = Lines(["a", "\x1b[31mb\x1b[0m", "c"])
    assert len(batch) == 3
    assert list(batch) == batch.texts == ["a", "b", "c"]
    assert batch[1] == "b"
    assert list(batch[1:]) == ["b", "c"]
    assert batch[1:].coloured == ["\x1b[31mb\x1b[0m", "c"]


def coloured(data: bytes, size: int, **options: object) -> list[str]:
    splitter = LineSplitter(colours=True, **options)  # type: ignore[arg-type]
    found: list[str] = []
    for start in range(0, len(data), size):
        found += splitter.feed(data[start : start + size])
    found += splitter.finish()
    assert not any("\x1b" in text for text in splitter.tail)
    return found


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_colours_stay_where_they_are_wanted(size: int) -> None:
    data = b"\x1b[32mok\x1b[0m 1\nplain\n\x1b[1;31mno\x1b[m 2\n"
    assert coloured(data, size) == ["\x1b[32mok\x1b[0m 1", "plain", "\x1b[1;31mno\x1b[m 2"]
    assert lines_of(data, size) == ["ok 1", "plain", "no 2"]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_line_that_is_cleaned_or_masked_loses_its_colours(size: int) -> None:
    token = "ghp_" + "a1B2" * 8
    data = (
        b"\x1b[32mfine\x1b[0m\n"
        + f"\x1b[31m{token[:9]}\x1b[0m{token[9:]}\n\x1b[31mse\x1b[1mcret-word\x1b[0m\n".encode()
        + b"\x1b[31m\x1b[2Jgone\x1b[0m\n10%\r\x1b[32m100%\x1b[0m\n"
    )
    assert coloured(data, size, secrets=["secret-word"]) == [
        "\x1b[32mfine\x1b[0m",
        "[masked]",
        "[masked]",
        "gone",
        "\x1b[32m100%\x1b[0m",
    ]


@given(st.binary(max_size=300).map(lambda data: data + b"\x1b[31mx\x1b[0m"), st.integers(1, 50))
def test_colours_or_not_the_text_is_the_same(data: bytes, size: int) -> None:
    assert [uncoloured(text) for text in coloured(data, size)] == lines_of(data, size)


ROWS_OF_A_STREAM = "".join(f"{row.text}\nthe next line\n" for row in ROWS).encode()


@pytest.mark.parametrize("size", [1, 7, 4096, 1_000_000])
def test_every_row_is_masked_however_it_is_read(size: int) -> None:
    found = "\n".join(lines_of(ROWS_OF_A_STREAM, size))
    assert [row.name for row in ROWS if row.needle in found] == []
    assert found.count("\nthe next line") == len(ROWS)


@pytest.mark.parametrize("between", ["\x1b[1m", "\x1b[0;31m", "\x08", "\x00", "\u202e", "\x1b]0;t\x07"])
def test_nothing_that_a_terminal_eats_hides_a_secret(between: str) -> None:
    kept, masked = "ghp_" + "a1B2" * 9, 0
    for at in range(1, len(kept)):
        (line,) = coloured(f"x {kept[:at]}{between}{kept[at:]}\n".encode(), 5)
        masked += "[masked]" in line
        assert "a1B2a1B2a1B2a1B2a1B2" not in uncoloured(line)
    assert masked > 10


def test_a_private_key_that_no_variable_holds_is_masked_from_begin_to_end() -> None:
    body = "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj" for _ in range(3))
    key = f"-----BEGIN PRIVATE KEY-----\n{body}\nabcd==\n-----END PRIVATE KEY-----"
    data = f"one\n{key}\ntwo words\n".encode()
    for size in (1, 30, 1000):
        assert lines_of(data, size) == ["one", *["[masked]"] * 6, "two words"]
        assert coloured(data.replace(b"MIIE", b"\x1b[1mMIIE"), size) == ["one", *["[masked]"] * 6, "two words"]


def test_a_private_key_that_is_cut_off_hides_nothing_of_what_follows() -> None:
    lines = ["-----BEGIN RSA PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "12 tests passed", "done it is"]
    assert lines_of("\n".join(lines).encode(), 9) == ["[masked]", "[masked]", "12 tests passed", "done it is"]


def test_a_private_key_beyond_the_cap_is_masked_in_the_tail() -> None:
    splitter = LineSplitter(max_lines=2)
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n" * 300
    splitter.feed(f"1\n2\n3\n-----BEGIN PRIVATE KEY-----\n{body}".encode())
    assert "MII" not in "\n".join([*splitter.finish(), *splitter.tail])


@pytest.mark.parametrize("row", [row for row in ROWS if "\n" not in row.text], ids=lambda row: row.name)
def test_a_secret_that_stalls_in_its_middle_is_not_shown_in_two_halves(row: Row) -> None:
    start = row.text.index(row.needle)
    for at in (start + 2, start + 8, start + 12):
        splitter = LineSplitter()
        splitter.feed(f"{row.text[:at]}".encode())
        first = list(splitter.flush())
        rest = list(splitter.feed(f"{row.text[at:]}\nthe next line\n".encode()))
        assert row.needle not in "".join([*first, *rest])
        assert rest[-1] == "the next line"


def test_more_of_the_last_lines_is_kept_than_the_tail_and_not_all_of_them() -> None:
    splitter = LineSplitter()
    for number in range(300):
        splitter.feed(b"%d\n" % number)
    assert splitter.recent == tuple(map(str, range(300)))
    for start in range(0, 20_000, 500):
        splitter.feed(b"".join(b"line %d\n" % number for number in range(start, start + 500)))
    assert splitter.recent[-1] == "line 19999"
    assert len(splitter.tail) < 4000 < len(splitter.recent) <= RECENT_LINES
    for _ in range(10):
        splitter.feed(b"x" * 60_000 + b"\n" + b"y" * 60_000 + b"\n")
    assert len(splitter.recent) > 1
    for _ in range(100):
        splitter.feed(b"x" * 60_000 + b"\n")
    assert len("".join(splitter.recent)) < 13 * 2**20, "the tail alone may be that long"
