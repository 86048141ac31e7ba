"""What a program prints, as clean lines: split in bulk, decoded, overwritten, cleaned, masked and bounded.

The work is done a chunk at a time, because a regular expression a line would cost more than the program that prints
(PERF "Running programs"). Nothing here reads or waits: `process.shell` feeds it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, overload

from loop_tui.model.regex import regex
from loop_tui.model.secret_places import mask_blocks
from loop_tui.model.secrets import MASK, mask
from loop_tui.model.text import clean, count_of, uncoloured

Colours = Literal["none", "kept", "asked"]
"""What of the colours that a program prints: taken out, kept beside the plain lines, or asked for and kept."""

TAIL_LINES = 200
RECENT_LINES = 5000
"""As many of the last lines, and no more than 4 MB of them, are kept for code that reads what a program said."""
_RECENT_BYTES = 4 * 1024 * 1024
LINE_BYTES = 64 * 1024
"""A longer line is cut here, and says how much is missing."""

# A secret that lies across the cut must not show its first half: this much before the cut is left out as well.
_MARGIN = 4096
# What a secret may go on with: letters of one case and digits, as many as the longest needs; the end of an address.
_FILLERS = ("a1b2c3d4" * 12, "A1B2C3D4" * 12, "a1b2c3d4@a1.b2")
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n\t"
_COLOUR = regex(rb"\x1b\[[0-9;]*m")


class Lines(Sequence[str]):
    """A batch of lines without their line feeds, cleaned and masked.

    `coloured` are the same lines as the program printed them: they may hold sequences that set colours, when those were
    asked for, and no others. What came from stderr is not known: both streams are one pipe, so that their order is kept
    (docs/decisions/0001).
    """

    __slots__ = ("coloured",)

    def __init__(self, coloured: Sequence[str]) -> None:
        self.coloured = coloured

    @property
    def texts(self) -> Sequence[str]:
        """All the lines at once."""
        return list(map(uncoloured, self.coloured))

    def __len__(self) -> int:
        """How many lines."""
        return len(self.coloured)

    def __iter__(self) -> Iterator[str]:
        """The lines, made plain as they are asked for."""
        return map(uncoloured, self.coloured)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Lines": ...
    def __getitem__(self, index: int | slice) -> "str | Lines":
        """One line, or a batch of some of them."""
        found = self.coloured[index]
        return uncoloured(found) if isinstance(found, str) else Lines(found)


class LineSplitter:
    """Bytes in, clean lines out, in bounded memory.

    - UTF-8 that is split between two reads is put together; bytes that are no UTF-8 become U+FFFD.
    - A carriage return overwrites the line: only its last state is kept (progress bars).
    - A line of more than `LINE_BYTES` is cut and says how many bytes are missing.
    - After `max_lines` lines nothing is given out any more, except the last `TAIL_LINES` at the end (`finish`).
    - With `colours`, sequences that set colours and emphasis stay in lines that need no other cleaning or masking.
    - A private key is masked from its first line to its last, however it is read.

    `secrets` are values as `secrets.known` gives them: single lines, in every spelling.
    """

    def __init__(self, secrets: Iterable[str] = (), max_lines: int = 200_000, *, colours: bool = False) -> None:
        self._secrets = tuple(secrets)
        self._in_key = False
        self._begun = b""
        self._told = ""
        self._colours = colours
        self._max_lines = max_lines
        self._pending = b""
        self._skipped = 0
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._recent = _Recent()
        self.line_count = 0
        """Lines that the program printed so far."""
        self.dropped = 0
        """Lines that were never given out because of the cap. Known after `finish`."""

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, at most `TAIL_LINES`, also beyond the cap."""
        return tuple(self._tail)

    @property
    def recent(self) -> tuple[str, ...]:
        """The last lines, more of them than `tail`: some thousands, where they are not long."""
        lines = self._recent.lines()
        return lines if len(lines) > len(self._tail) else self.tail

    def feed(self, data: bytes) -> Sequence[str]:
        """The lines that this chunk completes."""
        if self._skipped:
            data = self._skip(data)
        data = self._begun + self._pending + data
        begun, told, self._begun = self._begun, (self._told if self._begun else ""), b""
        end = data.rfind(b"\n")
        if end < 0:
            self._keep(data)
            if told and self._pending.startswith(begun):
                self._begun, self._pending = begun, self._pending[len(begun) :]
            return ()
        body, rest = data[:end], data[end + 1 :]
        skipped, self._skipped = self._skipped, 0
        self._keep(rest)
        return _rest_of(self._take(body, skipped), told)

    def flush(self) -> Sequence[str]:
        """The unfinished line, now: at the end, or because the program has fallen silent in the middle of it.

        What comes later of that line is read with what is given out here, so that no secret passes in two halves.
        """
        pending, skipped, whole = self._pending, self._skipped, self._begun + self._pending
        told = self._told if self._begun else ""
        self._pending, self._skipped, self._begun = b"", 0, b""
        if not pending:
            self._begun = whole
            return ()
        found = _rest_of(self._take(whole, skipped, unfinished=True), told)
        if not skipped:
            self._begun, self._told = whole, told + "".join(found[:1])
        return found

    def finish(self) -> Sequence[str]:
        """The unfinished line; when the cap was reached also a word about it and the tail that was kept back."""
        last = self.flush()
        beyond = self.line_count - self._max_lines
        if beyond <= 0:
            return last
        kept = list(self._tail)[-min(beyond, TAIL_LINES) :]
        self.dropped = beyond - len(kept)
        notice = [f"[… {count_of(self.dropped, 'line')} omitted …]"] if self.dropped else []
        return [*last, *notice, *kept]

    def _take(self, body: bytes, skipped: int, *, unfinished: bool = False) -> Sequence[str]:
        """The complete lines in `body`, counted, kept for the tail, and given out as far as the cap allows."""
        count = body.count(b"\n") + 1
        room = self._max_lines - self.line_count
        self.line_count += count
        if room <= 0:
            # Beyond the cap only what can still be part of the tail is worth the work.
            if not (self._in_key or b"PRIVATE KEY" in body):
                body = b"\n".join(body.rsplit(b"\n", TAIL_LINES)[-TAIL_LINES:])
            last = self._texts(body, 0)
            self._tail.extend(map(uncoloured, last))
            self._recent.add(last, len(body))
            return ()
        texts = self._texts(body, skipped)
        if unfinished:
            texts[-1] = _without_beginning(texts[-1])
        self._tail.extend(map(uncoloured, texts[-TAIL_LINES:]))
        self._recent.add(texts, len(body))
        return texts if count <= room else texts[:room]

    def _texts(self, body: bytes, skipped: int) -> list[str]:
        # Ordinary output is plain; of what else there is, nearly all is colours and letters.
        odd = body.translate(None, _PLAIN)
        whole = body
        if b"\x1b" in odd:
            body = _COLOUR.sub(b"", body)
            odd = body.translate(None, _PLAIN)
        text = body.decode("utf-8", "replace")
        # No control, bidirectional mark or line separator is printable; bytes of one character stay together in `odd`.
        if odd and not odd.decode("utf-8", "replace").isprintable():
            # Line by line, so that a sequence which never ends cannot swallow the lines after it.
            text = "\n".join([t if t.isprintable() else clean(_overwritten(t)) for t in text.split("\n")])
        if self._in_key or "PRIVATE KEY" in text:
            text, self._in_key = mask_blocks(text, inside=self._in_key)
        texts = mask(text, self._secrets).split("\n")
        if skipped:
            texts[0] = f"{texts[0][:-_MARGIN]}… [{count_of(skipped + _MARGIN, 'byte')} more]"
        return _with_colours(whole, texts) if self._colours and whole is not body else texts

    def _keep(self, rest: bytes) -> None:
        """Remember the unfinished line: its last state only, and no more than the limit."""
        if b"\r" in rest:
            rest = rest[rest.rfind(b"\r", 0, len(rest.rstrip(b"\r"))) + 1 :]
        limit = LINE_BYTES + _MARGIN
        self._skipped += max(len(rest) - limit, 0)
        self._pending = rest[:limit]

    def _skip(self, data: bytes) -> bytes:
        """The chunk without what belongs to the line that is too long already."""
        end = data.find(b"\n")
        stop = len(data) if end < 0 else end
        overwritten = data.rfind(b"\r", 0, stop)
        if 0 <= overwritten < stop - 1:
            self._pending, self._skipped = b"", 0
            return data[overwritten + 1 :]
        self._skipped += stop
        return data[stop:]


class _Recent:
    """The batches that came last, as they were given out: nothing is done with a line before somebody asks."""

    def __init__(self) -> None:
        self._batches: deque[tuple[Sequence[str], int]] = deque()
        self._lines = self._bytes = 0

    def add(self, texts: Sequence[str], size: int) -> None:
        """Keep a batch of that many bytes, and let go of the oldest beyond the limits."""
        self._batches.append((texts, size))
        self._lines += len(texts)
        self._bytes += size
        while len(self._batches) > 1 and (self._lines > RECENT_LINES or self._bytes > _RECENT_BYTES):
            oldest, its_size = self._batches.popleft()
            self._lines -= len(oldest)
            self._bytes -= its_size

    def lines(self) -> tuple[str, ...]:
        """All of them, without colours."""
        return tuple(uncoloured(line) for texts, _ in self._batches for line in texts)


def _rest_of(texts: Sequence[str], told: str) -> Sequence[str]:
    """The lines without what was given out of the first one already; where a secret lies across that, it is masked."""
    if not told or not texts:
        return texts
    first = texts[0]
    if not first.startswith(told):
        first, told = uncoloured(first), uncoloured(told)
    return [first[len(told) :] if first.startswith(told) else MASK, *texts[1:]]


def _without_beginning(text: str) -> str:
    """An unfinished line with its last word masked, where a secret may begin with that."""
    plain = uncoloured(text)
    if plain[-1:].isspace() or not plain:
        return text
    for more in _FILLERS:
        whole = mask(plain + more)
        if more not in whole:
            return whole
    return text


def _with_colours(body: bytes, texts: list[str]) -> list[str]:
    """The lines as they were printed, where nothing but colours tells them from the clean and masked ones.

    So a secret cannot pass by having a colour in its middle: the masked line is another, and loses all colours.
    """
    whole = body.decode("utf-8", "replace")
    lines = whole.split("\n")
    if "\r" in whole:
        lines = [_overwritten(line) for line in lines]
        whole = "\n".join(lines)
    if uncoloured(whole) == "\n".join(texts):
        return lines
    if len(lines) != len(texts):
        return texts
    return [line if uncoloured(line) == text else text for line, text in zip(lines, texts, strict=True)]


def _overwritten(text: str) -> str:
    """The last state of a line that was written over and over with carriage returns."""
    return text.rstrip("\r").rpartition("\r")[2] if "\r" in text else text
