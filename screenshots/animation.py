"""Pictures of a terminal one after the other, as one SVG that moves by itself, without a script: a README may show it.

Rows that look the same are kept once, so that a minute of a calm screen takes little room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Cell = tuple[str, str, str, bool]
"""A piece of a row: its text, the colours of text and ground as `#rrggbb`, and whether it is bold."""
Row = tuple[Cell, ...]

_CELL, _LINE, _SIZE, _PAD, _TOP = 8.4, 18, 14, 10, 34


@dataclass(frozen=True)
class Frame:
    """What stands on the terminal for so long."""

    rows: tuple[Row, ...]
    seconds: float


def svg_of(frames: Sequence[Frame], title: str, ground: str, columns: int) -> str:
    """The frames as an SVG that shows each for its time, again and again; the last one to whom motion disturbs."""
    width = round(columns * _CELL + 2 * _PAD)
    height = len(frames[0].rows) * _LINE + _TOP + _PAD
    known: dict[Row, str] = {}
    shown = [
        "".join(f'<use href="#{_known(known, row)}" y="{at * _LINE}"/>' for at, row in enumerate(frame.rows))
        for frame in frames
    ]
    rows = "".join(f'<g id="{name}">{_row(row, ground)}</g>' for row, name in known.items())
    whole = sum(frame.seconds for frame in frames)
    styles, pictures, at = [_STYLE], [], 0.0
    for number, (frame, picture) in enumerate(zip(frames, shown, strict=True)):
        start, end = 100 * at / whole, 100 * (at + frame.seconds) / whole
        at += frame.seconds
        styles.append(_keyframes(number, start, end))
        styles.append(f"#f{number}{{animation:k{number} {whole:g}s step-end infinite}}")
        pictures.append(f'<g id="f{number}" class="f">{picture}</g>')
    styles.append(f"@media(prefers-reduced-motion){{.f{{animation:none!important}}#f{len(frames) - 1}{{opacity:1}}}}")
    lights = "".join(
        f'<circle cx="{20 + 18 * n}" cy="17" r="5.5" fill="{c}"/>'
        for n, c in enumerate(("#e0655f", "#e0b35a", "#6fb37a"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<style>{''.join(styles)}</style><defs>{rows}</defs>"
        f'<rect width="{width}" height="{height}" rx="8" fill="{ground}" stroke="#5a6270"/>{lights}'
        f'<text x="{width / 2}" y="22" text-anchor="middle" fill="#9aa4b2">{escape(title)}</text>'
        f'<g transform="translate({_PAD},{_TOP})">{"".join(pictures)}</g></svg>\n'
    )


_FONTS = "'Fira Code','DejaVu Sans Mono',Menlo,Consolas,monospace"
_STYLE = f"text{{font:{_SIZE}px {_FONTS};white-space:pre}}.b{{font-weight:700}}.f{{opacity:0}}"


def _keyframes(number: int, start: float, end: float) -> str:
    before = "0%{opacity:0}" if start else ""
    after = f"{end:.3f}%{{opacity:0}}" if end < 100 else ""
    return f"@keyframes k{number}{{{before}{start:.3f}%{{opacity:1}}{after}}}"


def _known(known: dict[Row, str], row: Row) -> str:
    return known.setdefault(row, f"r{len(known)}")


def _row(row: Row, ground: str) -> str:
    drawn, column = [], 0
    texts = []
    for text, colour, back, bold in row:
        cells = len(text)
        x, wide = round(column * _CELL, 1), round(cells * _CELL, 1)
        if back != ground:
            drawn.append(f'<rect x="{x}" width="{wide + 0.3:.1f}" height="{_LINE}.3" fill="{back}"/>')
        if text.strip():
            kept = text.rstrip()
            lead = len(kept) - len(kept.lstrip())
            kept = kept.lstrip()
            place = round((column + lead) * _CELL, 1)
            length = round(len(kept) * _CELL, 1)
            mark = ' class="b"' if bold else ""
            texts.append(
                f'<text x="{place}" y="13.5" textLength="{length}" fill="{colour}"{mark}>{escape(kept)}</text>'
            )
        column += cells
    return "".join(drawn + texts)
