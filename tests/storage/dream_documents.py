"""Documents of Markdown for hypothesis: the pieces of Dream States, in any order, with the line ends of any editor."""

from typing import NamedTuple

from hypothesis import strategies as st

from loop_tui.model.dream.tree import Tier

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


# --- whole Dream States, as people format them ------------------------------------------------------------------------

MODULES = ("auth", "cart", "`a|b` gate", "snake_case", "über")
FUNCTIONS = ("login", "log out", "`x|y` split", "re-open", "登录", "pay \\| refund")
KEPT = (
    "<!-- a comment\nof two lines | with a pipe -->",
    "<!-- - [ ] login -->",
    "```\n- [ ] login\n| Module | Functions |\n```",
    "~~~ text\n## Recent Completions\n~~~",
    "> - [ ] quoted\n> | a | b |",
    "    | indented | code |",
    "Words with 3/4 and 50% in them, and `- [ ] login`.",
    "<div>\n- [ ] in a block of HTML\n</div>",
    "1. first\n   - second\n     * third `a|b`",
    "| a | `b|c` |\n|---|:-:|\n| 1/2 | `|` |",
    "***",
)  # fmt: skip
"""What people write between the parts of a Dream State, and what no edit may touch."""


class _Module(NamedTuple):
    name: str
    functions: tuple[tuple[str, bool], ...]

    @property
    def done(self) -> int:
        return sum(is_done for _, is_done in self.functions)


_modules = st.lists(
    st.builds(
        _Module,
        st.sampled_from(MODULES),
        st.lists(
            st.tuples(st.sampled_from(FUNCTIONS), st.booleans()), min_size=1, max_size=4, unique_by=lambda each: each[0]
        ).map(tuple),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda module: module.name,
)


@st.composite
def dream_states(draw: st.DrawFn, tier: Tier, name: str) -> str:
    """A Dream State of an organization, a system or a module, with all its parts and with what stands between them."""
    modules = draw(_modules)
    title = f"# {tier.value.title()} Dream State: {name}"
    parts = [_members(draw, tier, modules) if tier is not Tier.MODULE else _functions(draw, modules[0])]
    parts += [_loops(draw, tier), "## Deployments\n\nBy hand.", _completions(draw, tier)]
    parts = draw(st.permutations(parts))
    kept = draw(st.lists(st.sampled_from(KEPT), max_size=4))
    for piece in kept:
        # Between two sections, so that it cuts no list and no table in two.
        at = draw(st.integers(0, len(parts)))
        parts.insert(at, f"## Notes {draw(st.integers(1, 99))}\n\n{piece}")
    front = draw(st.sampled_from(("", "---\nowner: ann | bob\n---\n\n", "\ufeff")))
    text = front + "\n\n".join((title, *parts))
    return _joined(text, draw(st.sampled_from(("\n", "\r\n"))), draw(st.booleans())) + draw(
        st.sampled_from(("", "\n", "\r\n", "\n\n"))
    )


def _members(draw: st.DrawFn, tier: Tier, modules: list[_Module]) -> str:
    word = "System" if tier is Tier.ORGANIZATION else "Module"
    head = draw(st.sampled_from(("## Active Systems" if tier is Tier.ORGANIZATION else "## Modules", "## Checklists")))
    wide = " " * draw(st.integers(0, 3))
    rows = [f"| {word}{wide} | Status | Functions | Owner |", "|:---|---|---:|---|"]
    for each in modules:
        name, count = each.name.replace("|", "\\|"), f"{each.done}/{len(each.functions)}"
        rows.append(f"|{wide}{name} | in-progress |{count}{wide}| `a|b` |")
    lists = [f"### {each.name}\n\n{_items(draw, each)}" for each in modules]
    return "\n\n".join((head, "\n".join(rows), *lists))


def _functions(draw: st.DrawFn, module: _Module) -> str:
    return f"## Required Functions\n\n{_items(draw, module)}"


def _items(draw: st.DrawFn, module: _Module) -> str:
    bullet, box = draw(st.sampled_from("-*+")), draw(st.sampled_from("xX"))
    lines = []
    for name, is_done in module.functions:
        lines.append(f"{bullet} [{box if is_done else ' '}] {name}{draw(st.sampled_from(('', ' — what it does')))}")
        lines += draw(st.sampled_from(((), ("  - a note, no box", "    1. deeper `[ ] not a box`"))))
    return "\n".join(lines)


def _loops(draw: st.DrawFn, tier: Tier) -> str:
    rows = "| Loop | Phase | Started |\n|---|---|---|" if draw(st.booleans()) else "* audit-loop, since Monday"
    return f"## Active Loops\n\n{rows}"


def _completions(draw: st.DrawFn, tier: Tier) -> str:
    table = "| Date | Loop | Outcome | What |\n|---|---|---|---|"
    row = "\n| 2026-01-02 | audit-loop | success | `a|b` |"
    kinds = (table, table + row, "- 2026-01-02 — audit-loop", "Nothing yet.", "")
    return f"## Recent Completions\n\n{draw(st.sampled_from(kinds))}".rstrip()
