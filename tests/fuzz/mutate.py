"""Making a damaged or hostile file of a good one. The same random numbers make the same bytes."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

ESCAPES = ("\x1b[2J", "\x1b]0;x\x07", "\x1b]52;c;AAAA\x07", "\x9b31m", "\x1bP1$r\x1b\\", "\r\x1b[K", "\x00", "\x7f")
HOSTILE: tuple[str, ...] = (
    "", " ", "\n", *ESCAPES, "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "\u2028", "[red]x[/red]", "[/]",
    "a" * 10_000,
    # What masking of secrets could take long for.
    ".eyJ" + "eyJ" * 5_000, "@://" + "://a:b" * 5_000, "://a:b@" * 5_000, "?key=$" * 5_000, "\x9d" * 5_000 + "\x1bx",
    "-----BEGIN PRIVATE KEY-----\n" * 500, ("-----BEGIN PRIVATE KEY-----\n" + "-" * 150 + "!\n") * 100,
    "../../etc/passwd", "/etc/passwd", "%s%n", "{0}", "$(touch x)", "`touch x`", "\U0001f600", "e\u0301" * 50, "null",
    "ISO-timestamp", "9999-99-99T99:99:99Z", "2026-01-02T03:04:05Z", "0001-01-01T00:00:00+23:59", "9" * 5000,
    "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "complete", "active", "pending", "approved", "waiting",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**30, -(10**30), 0.5, 1e308, -1e308, [], {}, [[]], [{}], [None],
    {"": ""}, {"id": None}, [1, "a", None, {}],
)  # fmt: skip
RAW: tuple[bytes, ...] = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[31m", b"\xc3(", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"1e400",
    b"NaN", b"Infinity", b"-Infinity", b"1" * 5000, b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\r", b"#",
    b"=",
    b"'", b'"""', b"\xe2\x80\xae", b"-0", b"0x10", b"1979-05-27T07:32:00Z", b"true", b"[[x]]", b"[x]",
    b".eyJ" + b"eyJ" * 5_000, b"@://" + b"://a:b" * 5_000, b"://a:b@" * 5_000,
    b"-----BEGIN PRIVATE KEY-----\n" + b"-" * 150 + b"!",
)  # fmt: skip
_DEEP = (50, 500, 5_000, 100_000)
_HUGE_DIGITS = (400, 5_000, 1_000_000)


def mutated(data: bytes, random: Random, flavour: str) -> bytes:
    """The file with one to four things changed in it; `flavour` is `json`, `lines` (JSON lines), `toml` or `text`."""
    if random.random() < 0.02:
        return _nothing_of_it(random)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        structured = _STRUCTURED.get(flavour)
        if structured is not None and random.random() < 0.7:
            data = structured(data, random)
        else:
            data = random.choice(_BYTES)(data, random)
        if len(data) > 2_000_000:
            break
    return data


def _nothing_of_it(random: Random) -> bytes:
    return random.choice(
        (
            lambda: b"",
            lambda: b" \n",
            lambda: b"\xef\xbb\xbf",
            lambda: b"null",
            lambda: b"[]",
            lambda: b"{}",
            lambda: b"\x00" * random.randrange(1, 5000),
            lambda: random.randbytes(random.randrange(1, 5000)),
            lambda: (b"[" * (deep := random.choice(_DEEP))) + b"]" * deep,
            lambda: b'{"a":' * (deep := random.choice(_DEEP)) + b"1" + b"}" * deep,
            lambda: b"[" * random.choice(_DEEP),
            lambda: b"9" * random.choice(_HUGE_DIGITS),
            lambda: "{}".encode("utf-16"),
        )
    )()


# --- bytes ----------------------------------------------------------------------------------------------------------


def _place(data: bytes, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _cut(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def _without(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    return data[:at] + data[at + random.randrange(1, 40) :]


def _inserted(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    return data[:at] + random.choice(RAW) + data[at:]


def _flipped(data: bytes, random: Random) -> bytes:
    if not data:
        return b"\x01"
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _twice(data: bytes, random: Random) -> bytes:
    first, second = sorted((_place(data, random), _place(data, random)))
    return data[:second] + data[first:]


def _overwritten(data: bytes, random: Random) -> bytes:
    at, size = _place(data, random), random.randrange(1, 20)
    return data[:at] + random.randbytes(size) + data[at + size :]


_BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (_cut, _without, _inserted, _flipped, _twice, _overwritten)


# --- JSON -----------------------------------------------------------------------------------------------------------


def _json(data: bytes, random: Random) -> bytes:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return random.choice(_BYTES)(data, random)
    places = _places(document)
    if not places:
        return json.dumps(_value(random)).encode("utf-8", "surrogatepass")
    holder, key = random.choice(places)
    _changed(holder, key, random, places)
    try:
        text = json.dumps(document, ensure_ascii=random.random() < 0.5, indent=random.choice((None, None, None, 2)))
    except (ValueError, RecursionError):
        return data
    if random.random() < 0.1:
        # A number that no program writes, in the place of the first one.
        text = text.replace(": 1", f": {random.choice(('1e999', '-1e999', 'NaN', '1' * 5000, '1.' + '1' * 5000))}", 1)
    return text.encode("utf-8", "surrogatepass" if random.random() < 0.5 else "replace")


def _changed(holder: Any, key: Any, random: Random, places: list[tuple[Any, Any]]) -> None:
    what = random.randrange(8)
    if what == 0:
        del holder[key]
    elif what == 1:
        other, name = random.choice(places)
        # Not a part of itself: that has no end.
        holder[key] = json.loads(json.dumps(other[name]))
    elif what == 2 and isinstance(holder, dict):
        holder[random.choice(HOSTILE)] = holder.pop(key)
    elif what == 3 and isinstance(holder, list):
        holder.extend([holder[key]] * random.choice((1, 3, 30)))
    elif what == 4 and isinstance(holder[key], str):
        at = random.randrange(len(holder[key]) + 1)
        holder[key] = holder[key][:at] + random.choice(HOSTILE) + holder[key][at:]
    elif what == 5:
        holder[key] = _nested(holder[key], random.choice((3, 10, 100)))
    elif what == 6:
        holder[key] = [holder[key]] if random.random() < 0.5 else {"id": holder[key]}
    else:
        holder[key] = _value(random)


def _value(random: Random) -> Any:
    return random.choice(HOSTILE) if random.random() < 0.5 else json.loads(json.dumps(random.choice(VALUES)))


def _nested(value: Any, deep: int) -> Any:
    for _ in range(deep):
        value = [value]
    return value


def _places(document: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting and len(found) < 5_000:
        holder = waiting.pop()
        keys: Any = (
            holder.keys() if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        )
        for key in keys:
            found.append((holder, key))
            waiting.append(holder[key])
    return found


# --- lines ----------------------------------------------------------------------------------------------------------


def _lines(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    what = random.randrange(5)
    if what == 0:
        lines[at : at + 1] = []
    elif what == 1:
        lines[at:at] = [lines[random.randrange(len(lines))]] * random.choice((1, 2, 50))
    elif what == 2:
        random.shuffle(lines)
    else:
        lines[at] = _json(lines[at], random) if lines[at] else random.choice(RAW)
    return b"\n".join(lines)


def _toml(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    name, sign, _ = lines[at].partition(b"=")
    what = random.randrange(5)
    if what == 0:
        lines[at : at + 1] = []
    elif what == 1:
        lines[at:at] = [lines[random.randrange(len(lines))]]
    elif what == 2 and sign:
        lines[at] = name + b"= " + _toml_value(random)
    elif what == 3 and sign:
        lines[at] = json.dumps(random.choice(HOSTILE)).encode() + b" = " + _toml_value(random)
    elif sign:
        lines[at] += b"\n" + name.strip() + b"_x = " + _toml_value(random)
    return b"\n".join(lines)


def _toml_value(random: Random) -> bytes:
    deep = random.choice((3, 300, 3_000))
    return random.choice(
        (
            json.dumps(random.choice(HOSTILE)).encode(),
            json.dumps(random.choice(HOSTILE), ensure_ascii=False).encode("utf-8", "replace"),
            b"-1", b"1e400", b"nan", b"inf", b"99999999999999999999999", b"9" * 5000, b"true", b"[]", b"{}", b"[{}]",
            b"[1, 'a', []]", b"{a = {b = {c = 1}}}", b"1979-05-27", b"'''\n\x1b[31m\n'''", b"[" * deep + b"]" * deep,
        )
    )  # fmt: skip


_STRUCTURED: dict[str, Callable[[bytes, Random], bytes]] = {"json": _json, "lines": _lines, "toml": _toml}
