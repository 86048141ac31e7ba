"""Documents of Markdown for hypothesis: the pieces of Dream States, in any order, with the line ends of any editor."""

from hypothesis import strategies as st

NAMES = ("auth", "cart", "a b", "snake_case", "`x|y`", "x\\|y", "über", "登录", "[link](a.md)", "**bold**", "[/]", "-")
HEADINGS = (
    "# System Dream State: shop", "# Module Dream State: auth", "## Vision", "## Modules", "## Module Checklists",
    "## Recent Completions", "## Active Loops", "## Dependencies", "## Deferred", "## Notes", "### auth",
    "### cart (done)", "Modules\n---", "#", "####### seven",
)  # fmt: skip
OTHERS = (
    "", "words", "<!-- a comment", "-->", "<!-- - [ ] hidden -->", "```", "~~~", "    code", "> quoted", "---", "***",
    "| a | b |", "|---|---|", "|:-:|", "a|b", "\t- [ ] tabbed", "\\", "[x]: y", "<div>", "&amp;", "\x00", "\x0c",
    "\u2028",
)  # fmt: skip

_boxes = st.sampled_from(("[ ]", "[x]", "[X]", "[]", "[-]", "[~]", "✅", "⬜", ""))
_names = st.sampled_from(NAMES) | st.text(max_size=6)
_items = st.builds(
    lambda indent, bullet, box, name: f"{' ' * indent}{bullet} {box} {name}",
    st.integers(0, 6),
    st.sampled_from(("-", "*", "+", "1.", "2)")),
    _boxes,
    _names,
)
_cells = st.one_of(_names, st.sampled_from(("complete", "pending", "1/2", "0/0", "75%", "", "2026-01-02", "success")))
_rows = st.lists(_cells, min_size=1, max_size=6).map(lambda cells: f"| {' | '.join(cells)} |")
_tables = st.builds(
    lambda head, rows: "\n".join([head, "|---" * (head.count("|") - 1) + "|", *rows]),
    st.sampled_from(
        (
            "| Module | Status | Functions |",
            "| Module | Path | Status | Functions | Progress |",
            "| Date | Loop | Module | Outcome |",
            "| x |",
        )
    ),
    st.lists(_rows, max_size=4),
)
_pieces = st.one_of(st.sampled_from(HEADINGS), st.sampled_from(OTHERS), _items, _items, _tables, st.text(max_size=12))


def documents() -> st.SearchStrategy[str]:
    """Any document, with line ends of one kind or mixed, and with or without one at its end."""
    ends = st.sampled_from(("\n", "\r\n", "\r"))
    return st.builds(
        lambda pieces, first, mixed, last: _joined("\n".join(pieces), first, mixed) + (first if last else ""),
        st.lists(_pieces, max_size=24),
        ends,
        st.booleans(),
        st.booleans(),
    )


def _joined(text: str, end: str, mixed: bool) -> str:
    lines = text.split("\n")
    ends = ["\n" if mixed and at % 3 else end for at in range(len(lines) - 1)] + [""]
    return "".join(line + ending for line, ending in zip(lines, ends, strict=True))
