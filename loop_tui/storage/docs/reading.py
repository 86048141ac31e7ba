"""A document read: front matter, headings, and what it refers to, each with its line (markdown-it-py).

Code in a fence counts where the fence is of a shell, or of no language.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from loop_tui.model.docs.anchors import anchors_of
from loop_tui.model.docs.document import DocKind, LifeCycle, MarkdownDocument, Reference, ReferenceMarkup
from loop_tui.model.regex import regex

from .front_matter import read_front_matter

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_SHELLS = frozenset({"", "sh", "bash", "shell", "console", "zsh", "shell-session", "shellsession", "terminal"})
_PROMPT = regex(r"\s*[$%] ")
_NAMED = regex(r"""<[A-Za-z][^<>]{0,500}?\s(?:id|name)\s*=\s*["']?([^"'\s<>]{1,200})""")
_TARGET = regex(r"""<(?:a|img)\s[^<>]{0,500}?(?:href|src)\s*=\s*["']([^"'<>]{1,500})["']""")
_HEADING = regex(r"<h([1-6])\b[^<>]{0,200}>([^\0]{0,500}?)</h\1>")
_TAG = regex(r"<[^<>]{0,500}>")
_EXPLICIT = regex(r"\{\s*#([\w-]{1,200})[^{}]{0,100}\}\s*\Z")
_FOLDERS = {**{kind.value: kind for kind in DocKind}, "adr": DocKind.DECISIONS, "adrs": DocKind.DECISIONS}
_LINE_END = regex(r"\r\n|\r|\n")


def read_document(text: str, path: str) -> MarkdownDocument:
    """A document from its text. Never raises, but RecursionError where it is nested beyond reason."""
    front = read_front_matter(text)
    body = _LINE_END.sub("\n", text)
    if front.end_line:
        lines = body.split("\n")
        body = "\n".join([""] * front.end_line + lines[front.end_line :])
    tokens = parser().parse(body.replace("\0", "\ufffd"))
    titles, named = _headings(tokens)
    kind_text, kind_line = front.get("kind")
    life_text, life_line = front.get("state")
    version, version_line = front.get("version")
    kinds, lives = {each.value: each for each in DocKind}, {each.value: each for each in LifeCycle}
    given = ((kind_text, kind_line, kinds.keys()), (life_text, life_line, lives.keys()))
    title, _ = front.get("title")
    return MarkdownDocument(
        path=path,
        title=title or next(iter(titles), ""),
        kind=kinds.get(kind_text.lower()) or _kind_of(path),
        life=lives.get(life_text.lower(), LifeCycle.ACTIVE),
        references=tuple(_references(tokens)),
        anchors=anchors_of(titles) | named,
        life_line=life_line,
        version=version,
        version_line=version_line,
        unknown=tuple((line, said) for said, line, known in given if said and said.lower() not in known),
    )


def _kind_of(path: str) -> DocKind:
    """The kind of a document by the folders that it lies in, the innermost first."""
    folders = path.lower().split("/")[:-1]
    return next((_FOLDERS[name] for name in reversed(folders) if name in _FOLDERS), DocKind.GUIDES)


@cache
def parser() -> MarkdownIt:
    """What reads Markdown, made once."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def _headings(tokens: list[Token]) -> tuple[list[str], frozenset[str]]:
    """The titles of headings in order, and the anchors that are written out, in small letters."""
    titles: list[str] = []
    named: set[str] = set()
    for before, token in pairwise([*tokens[:1], *tokens]):
        if token.type == "inline" and before.type == "heading_open":
            title = "".join(each.content for each in token.children or () if each.type in ("text", "code_inline"))
            explicit = _EXPLICIT.search(title)
            if explicit is not None:
                named.add(explicit[1].lower())
                title = title[: explicit.start()]
            titles.append(title.strip())
        if token.type in ("inline", "html_block") and "<" in token.content:
            named.update(name.lower() for name in _NAMED.findall(token.content))
            titles += [_TAG.sub("", found[2]).strip() for found in _HEADING.finditer(token.content)]
    return titles, frozenset(named)


def _references(tokens: list[Token]) -> Iterator[Reference]:
    for token in tokens:
        first = (token.map or [0])[0] + 1
        if token.type == "inline":
            yield from _inline(token.children or (), first)
        elif token.type == "html_block":
            yield from _html(token.content, first)
        elif token.type == "fence" and (token.info.split() or [""])[0].lower() in _SHELLS:
            yield from _shell(token.content, first + 1)
        elif token.type == "code_block":
            yield from _shell(token.content, first)


def _inline(children: list[Token] | tuple[()], line: int) -> Iterator[Reference]:
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "link_open":
            yield Reference(line, ReferenceMarkup.LINK, str(child.attrs.get("href", "")))
        elif child.type == "image":
            yield Reference(line, ReferenceMarkup.LINK, str(child.attrs.get("src", "")))
        elif child.type == "code_inline":
            yield Reference(line, ReferenceMarkup.CODE, child.content)
        elif child.type == "html_inline":
            yield from _html(child.content, line)


def _html(text: str, line: int) -> Iterator[Reference]:
    for found in _TARGET.finditer(text):
        yield Reference(line + text.count("\n", 0, found.start()), ReferenceMarkup.LINK, found[1])


def _shell(text: str, line: int) -> Iterator[Reference]:
    """The commands of a fence; where some lines have a prompt, the others are what was printed."""
    lines = text.split("\n")
    has_prompts = any(map(_PROMPT.match, lines))
    for number, said in enumerate(lines, line):
        if said.strip() and (not has_prompts or _PROMPT.match(said)):
            yield Reference(number, ReferenceMarkup.SHELL, said.strip())
