"""Links of a document that is rendered: where they lead is shown, and what could do harm is no link."""

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Markdown

from loop_tui.tui.viewer.markdown import parser

SHOWN = {
    "[the docs](https://example.invalid/docs)": "the docs (https://example.invalid/docs)",
    "[https://example.invalid](https://elsewhere.invalid)": "https://example.invalid (https://elsewhere.invalid)",
    "<https://example.invalid/a>": "https://example.invalid/a",
    "<ada@example.invalid>": "ada@example.invalid",
    "[run](javascript:alert)": "[run](javascript:alert)",
    "[`a` **b**](c.md) and [d](e.md)": "a b (c.md) and d (e.md)",
}


@pytest.mark.parametrize("text", SHOWN)
def test_where_a_link_leads_is_shown(text: str) -> None:
    (inline,) = (token for token in parser().parse(text) if token.type == "inline")
    assert "".join(child.content for child in inline.children or ()) == SHOWN[text]


async def test_tables_links_and_code_are_painted() -> None:
    class Page(App[None]):
        def compose(self) -> ComposeResult:
            yield Markdown("| a | b |\n|---|---|\n| [x](https://y.invalid) | `c` |\n", parser_factory=parser)

    app = Page()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        rows = "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())
        assert "x (https://y.invalid)" in rows
        assert "a" in rows
        assert "|---|" not in rows
