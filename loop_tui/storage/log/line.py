"""A line of an output log as it stands in the file, and what it says (`output_log` writes and reads the file)."""

from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.text import clean, coloured_parts

_LONGEST_NUMBER = 18
_LEVELS = {level.value: level for level in LogLevel}


def decode(raw: str) -> LogLine:
    """The line of an output log that a raw line stands for, cleaned; one that is none of ours becomes plain output."""
    at_ms, skill, level, text = _fields(raw)
    return LogLine(at_ms=at_ms, skill=clean(skill), level=level, text=clean(text))


def printed(raw: str) -> tuple[LogLine, list[str]]:
    """What `decode` gives, and its text in pieces, as the program coloured it: text, colour sequence, text, …, text.

    Whatever else could steer a terminal is taken out; when that leaves another text than `decode` gives, it is that
    text without colours.
    """
    at_ms, skill, level, text = _fields(raw)
    pieces = coloured_parts(text) if "\x1b" in text else [text]
    cleaned = [clean(piece) if at % 2 == 0 else piece for at, piece in enumerate(pieces)]
    plain = "".join(cleaned[::2])
    # Between pieces that were clean already there is nothing but whole colour sequences. Where something was taken out
    # it may have gone on behind a colour: only the whole line tells.
    if len(pieces) > 1 and cleaned != pieces and plain != (whole := clean(text)):
        plain, cleaned = whole, [whole]
    return LogLine(at_ms=at_ms, skill=clean(skill), level=level, text=plain), cleaned


def _fields(raw: str) -> tuple[int, str, LogLevel, str]:
    """Time, skill, level and text of a raw line. Nothing is cleaned yet."""
    parts = raw.split("\t", 3)
    if len(parts) == 4 and parts[0].isascii() and parts[0].isdigit() and len(parts[0]) <= _LONGEST_NUMBER:
        level = _LEVELS.get(parts[2].partition(".")[0])
        if level is not None:
            return int(parts[0]), parts[1], level, parts[3]
    return 0, "", LogLevel.OUT, raw
