"""Text from outside is hostile (SPEC section 8): control sequences go. Secrets in it: `loop_tui.model.secrets`."""

from loop_tui.model.regex import regex

from .secrets import mask

# Sequences first, whole, so that their payload goes with them; then every lone control character. One of a single
# character ends with the next of its kind, as in a terminal: a row of them is not read to its end from each.
_SEQUENCES = regex(
    r"(?:\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$))"  # OSC, also when it never ends
    r"|(?:\x9d[^\x07\x1b\x9c\x9d]*(?:\x07|\x1b\\|\x9c|$|(?=\x9d)))"
    r"|(?:\x1b[PX^_][^\x1b\x9c]*(?:\x1b\\|\x9c|$))"  # DCS, SOS, PM, APC
    r"|(?:[\x90\x98\x9e\x9f][^\x1b\x9c\x90\x98\x9e\x9f]*(?:\x1b\\|\x9c|$|(?=[\x90\x98\x9e\x9f])))"
    r"|(?:(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?)"  # CSI
    r"|(?:\x1b[ -/]*[0-~]?)"  # two-character escapes
)
# The one kind of sequence that a line may keep, for the log pane to show: colours and emphasis, nothing that moves.
_COLOURS = regex(r"\x1b\[[0-9;]{0,60}m")
_CONTROLS = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_MASKED, _NOT_SHOWN = 16 * 1024, 4 * 1024
"""So much beyond what is shown is masked with it, and the last so much of that is never shown (`one_line`)."""
_STEP = 1024
_UNITS = ("B", "KB", "MB", "GB")
_SURROGATES = regex("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with every control sequence, control character and bidirectional override taken out.

    Line feeds and tabs stay, carriage returns go; the result is safe to print and to store.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _SEQUENCES.sub("", text)
    text = _CONTROLS.sub("", text)
    return _SURROGATES.sub("\ufffd", text)


def uncoloured(text: str) -> str:
    """The text without sequences that set colours and emphasis (SGR). Nothing else is taken out."""
    return _COLOURS.sub("", text) if "\x1b" in text else text


def coloured_parts(text: str) -> list[str]:
    """What stands between the colour sequences of a text, and the sequences: text, sequence, text, …, text."""
    parts: list[str] = []
    at = 0
    for found in _COLOURS.finditer(text):
        parts += [text[at : found.start()], found[0]]
        at = found.end()
    return [*parts, text[at:]]


def one_line(text: str, limit: int = 0) -> str:
    """The cleaned text on one line.

    With a `limit` it is for showing: secrets are masked, before it is cut to so many characters. Of a long text only
    the beginning is masked; where that ends, a secret may be cut in two, and nothing from there is shown.
    """
    line = " ".join(clean(text).split())
    if not limit:
        return line
    long = len(line) > limit + _MASKED
    line = mask(line[: limit + _MASKED])
    if long:
        line = line[:-_NOT_SHOWN]
    elif len(line) <= limit:
        return line
    return line[: max(limit - 1, 0)] + "…"


def count_of(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun, singular or plural: `1 file`, `3 files`; a plural without an `s` is given."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size_words(size_bytes: int) -> str:
    """A size for people: `812 B`, `4.1 KB`, `3.0 MB`, `1.2 GB`, in steps of 1024."""
    size, unit = float(size_bytes), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.{min(unit, 1)}f} {_UNITS[unit]}"


def shown(text: object, width: int = 60) -> str:
    """A name from outside in quotes, safe to print, cut to so many characters."""
    return f"'{one_line(str(text), width)}'"
