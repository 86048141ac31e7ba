"""A line of an output log as it stands in the file, and what it says (`outputlog` writes and reads the file)."""

from loop_tui.model.log import Level, LogLine
from loop_tui.model.text import clean, coloured_parts

_LONGEST_NUMBER = 18
_LEVELS = {level.value: level for level in Level}


def decode(raw: str) -> LogLine:
    """The line of an output log that a raw line stands for, cleaned; one that is none of ours becomes plain output."""
    parts = raw.split("\t", 3)
    if len(parts) == 4 and parts[0].isascii() and parts[0].isdigit() and len(parts[0]) <= _LONGEST_NUMBER:
        level = _LEVELS.get(parts[2])
        if level is not None:
            return LogLine(at_ms=int(parts[0]), skill=clean(parts[1]), level=level, text=clean(parts[3]))
    return LogLine(at_ms=0, skill="", level=Level.OUT, text=clean(raw))


def printed(raw: str) -> list[str]:
    """The text that `decode` gives, in pieces, as the program coloured it: text, colour sequence, text, …, text.

    Whatever else could steer a terminal is taken out; when that leaves another text than `decode` gives, it is that
    text without colours.
    """
    plain = decode(raw).text
    text = raw.split("\t", 3)[-1] if "\x1b" in raw else ""
    parts = [clean(part) if at % 2 == 0 else part for at, part in enumerate(coloured_parts(text))]
    return parts if "".join(parts[::2]) == plain else [plain]
