"""Where secrets stand (SPEC section 8): behind a name, in a header, in an address, in a private key.

Nothing of the value itself is known here. What is masked by a name on ordinary output has to look like a value: `token:
if`, `tokens: 1234` and `# pass 11` are no secrets.
"""

import re
from functools import lru_cache

from loop_tui.model.regex import regex

MASK = "[masked]"
"""Stands where a secret was."""

WORDS = frozenset(
    ("key", "token", "secret", "pass", "pwd", "pat", "credential", "credentials", "webhook", "dsn", "passwd")
)
"""A name with one of these as a word between underscores is that of a secret."""
ANYWHERE = ("password", "token", "secret", "passwd", "passphrase")
"""A name with one of these anywhere is that of a secret: `PGPASSWORD`, `npmAuthToken`."""
HEADERS = frozenset(("authorization", "proxyauthorization", "cookie", "setcookie"))
"""Headers whose whole value is masked, but for the scheme. Others (`X-Api-Key`, `PRIVATE-TOKEN`) are secret names."""
_OTHERS = frozenset(("auth", "npmauthident", "sig", "signature", "apikey", "privatekey", "accesskey"))
# Alone these are words of ordinary output, and no names of secrets there: `key: value`, `pass 11`, `pat`.
_PLAIN = frozenset(("key", "pass", "pat", "webhook", "credential", "credentials", "auth", "signature"))
_SCHEMES = frozenset(("basic", "bearer", "token", "digest", "negotiate", "ntlm", "apikey", "aws4-hmac-sha256", "hmac"))
_HEADER_ENDS = (*sorted(HEADERS), "authident")
_NO_SECRETS = frozenset(("PWD", "OLDPWD"))
"""The folder that a program works in: paths below it stand everywhere."""
_LIMIT = 64
"""The longest name that is looked at."""
_SHORTEST, _LIKELY, _LOOKED_AT = 6, 8, 200
"""Where a word of prose may stand as well, only a value of this length and with digits is masked."""

_SPLIT = regex(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_UPPER = regex(r"[A-Z_][A-Z0-9_]*\Z")


def is_secret_name(name: str) -> bool:
    """True for a variable whose value is a secret: by a word between underscores, or a part that says it anywhere."""
    if name in _NO_SECRETS:
        return False
    low = name.lower()
    return any(part in low for part in ANYWHERE) or not WORDS.isdisjoint(low.split("_"))


@lru_cache(maxsize=4096)
def _is_printed_name(name: str) -> bool:
    """As `is_secret_name`, for a name of any spelling in a text: `apiKey`, `db.pass`, `x-api-key`, `_auth`."""
    if name in _NO_SECRETS:
        return False
    words = [word.lower() for word in _SPLIT.split(name) if word]
    joined = "".join(words)
    if joined.endswith(_HEADER_ENDS) or joined in _OTHERS or joined in WORDS or (words and words[-1] in _OTHERS):
        return True
    # Of several things the number is told: `tokens: 1234`, `passwords.txt`.
    if any(part in joined for part in ANYWHERE):
        return True
    return not WORDS.isdisjoint(words)


# --- behind a name

# Expressions begin with the sign that stands behind a name, and look back from there: the sign is found fast, and names
# of all lengths before it are no work. The letters are the last of the words above.
_ENDINGS = (
    *("token", "secret", "passwd", "password", "passphrase", "pass", "pwd", "key", "pat", "credential", "credentials"),
    *("webhook", "dsn", "_auth", "authident", "sig", "signature"),
)
_COLON_ENDINGS = (*_ENDINGS, '"auth', "authorization", "cookie")
_GAPS = ("", " ", '"', "'", '\\"')


def _any_case(word: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else re.escape(c) for c in word)


def _behind(sign: str, endings: tuple[str, ...]) -> str:
    """An expression for the sign behind one of the words, or behind a name in capitals.

    Most of what stands before the sign is nothing of that kind (`::`, `12:00`, `a == b`): the last letter tells.
    """
    found = []
    for gap in _GAPS:
        after = re.escape(gap) + sign
        for last in sorted({word[-1] for word in endings}):
            words = "|".join(f"(?<={_any_case(word)}{after})" for word in endings if word[-1] == last)
            found.append(f"(?<=[{last}{last.upper()}]{after})(?:{words})")
    letters = "".join(sorted({word[-1] for word in endings}))
    each = len(found) // len(_GAPS)
    near, far = found[:each], found[each:]
    capitals = f"(?<=[A-Z_]{sign})|(?<=[A-Z_][0-9]{sign})" if sign == "=" else f"(?<=[A-Z_]{sign})"
    name = f"(?<=[{letters}A-Z_{'0-9' if sign == '=' else ''}]{sign})(?:{'|'.join(near)}|{capitals})"
    first = f"(?<=[{letters}A-Z_{'0-9' if sign == '=' else ''}\"' ]{sign})"
    return f"{sign}{first}(?!{sign})(?:{name}|(?<=[\"' ]{sign})(?<=[{letters}A-Z\"'\\\\].{sign})(?:{'|'.join(far)}))"


# As much of a value as tells whether it is one: a long line of names must not be read to its end at each of them.
_START = regex(r"""[ \t]{0,4}(?P<quote>\\?["']?)(?P<value>[^\s"'`\\][^\s"'`]{0,200}+)""")
_REST = regex(r"""[^\s"'`]*+""")
_PARAMETER = regex(r"""[^\s"'`&#;,)<>\]]*+""")
_BEHIND: dict[str, re.Pattern[str]] = {}
_QUOTED = {'"': regex(r'(?:[^"\\\n]|\\.)*+'), "'": regex(r"[^'\n]*+"), '\\"': regex(r'[^"\\\n]*+')}
_NO_VALUE = regex(
    r"(?:\$|<|%[A-Za-z(]|\*+$|x+$|\.\.\.|\[masked|process\.env|os\.environ|\{\{|null\b|undefined\b|none\b)", re.I
)
_DIGIT = regex(r"[0-9]")
_LETTER = regex(r"[A-Za-z]")


def _expression(sign: str) -> re.Pattern[str]:
    if sign not in _BEHIND:
        _BEHIND[sign] = re.compile(_behind(sign, _ENDINGS if sign == "=" else _COLON_ENDINGS))
    return _BEHIND[sign]


def _mask_named(text: str, sign: str) -> str:
    """The text with the values behind names of secrets masked; `sign` is what stands between the two."""
    pieces: list[str] = []
    done = 0
    for found in _expression(sign).finditer(text):
        if found.start() < done:
            continue
        span = _value_at(text, found.start(), found.end(), sign)
        if span is not None and span[1] > span[0]:
            pieces += [text[done : span[0]], MASK]
            done = span[1]
    return "".join([*pieces, text[done:]]) if pieces else text


def _value_at(text: str, at: int, after: int, sign: str) -> tuple[int, int] | None:
    """Where the value begins and ends that stands behind the name before `at`; None when there is nothing to mask."""
    before = text[max(at - _LIMIT, 0) : at].rstrip(" ").rstrip("\"'").rstrip("\\")
    name = _NAME.search(before)
    if name is None or not _is_printed_name(name[0]):
        return None
    found = _START.match(text, after)
    if found is None:
        return None
    lead = before[name.start() - 1] if name.start() else ""
    plain = "".join(word.lower() for word in _SPLIT.split(name[0]))
    if plain.endswith(_HEADER_ENDS):
        return _header_at(text, found, lead)
    mark = found["quote"]
    start = found.start("value")
    if mark:
        inner = _QUOTED[mark].match(text, start) if mark in _QUOTED else None
        end = inner.end() if inner else found.end("value")
    elif lead in ("?", "&") and (inner := _PARAMETER.match(text, start, start + _LOOKED_AT)):
        end = inner.end()
    else:
        end = found.end("value")
    value = text[start : min(end, start + _LOOKED_AT)]
    if not _is_value(value, name[0], sign, quoted=bool(mark), lead=lead):
        return None
    # To its end only now: what is no value must not be read again from each name in it.
    rest = None if mark else (_PARAMETER if lead in ("?", "&") else _REST).match(text, end)
    return start, rest.end() if rest else end


def _is_value(value: str, name: str, sign: str, *, quoted: bool, lead: str) -> bool:
    """True when what stands behind the name of a secret looks like one, and not like prose, code or a number."""
    bare = name.strip("-._").lower()
    if _NO_VALUE.match(value):
        return False
    if name.startswith("_") and bare in ("auth", "authtoken", "password"):  # npm
        return True
    if len(value) < _SHORTEST:
        return False
    if lead in ("?", "&"):
        return True
    if bare in _PLAIN and not (name.isupper() and sign == "="):
        return quoted and bare == "auth" and len(value) >= 8
    if _UPPER.match(name) and (sign == "=" or "_" in name):
        return sign == "=" or bool(_LETTER.search(value))
    if not _LETTER.search(value):
        return sign == "=" and "pass" in bare
    if quoted:
        return " " not in value or bool(re.search(r"pass|pwd", bare))
    if "(" in value:
        return False
    if sign == "=":
        return True
    return len(value) >= _LIKELY and bool(_DIGIT.search(value))


def _header_at(text: str, found: re.Match[str], lead: str) -> tuple[int, int]:
    """The value of a header: to the end of its quotes, or of the line; its scheme stays."""
    start = found.start("value")
    mark = found["quote"] or (lead if lead in ('"', "'") else "")
    if mark in _QUOTED and (inside := _QUOTED[mark].match(text, start)):
        end = inside.end()
    else:
        line = text.find("\n", start)
        end = len(text) if line < 0 else line
    word = found["value"]
    if word.lower() in _SCHEMES:
        rest = text[found.end("value") : end]
        start = found.end("value") + len(rest) - len(rest.lstrip())
    return start, start + len(text[start:end].rstrip())


# --- behind a name and a space

_OPTION = regex(
    r"--(?:password|passwd|token|secret|api-key|auth-token|access-token|otp) (?P<value>[^\s\"'`<>\[\]]{6,})"
)
_PASSWORD = regex(r"passw(?:or)?d[ \t]{1,4}(?P<value>[^\s\"'`<>\[\]]{6,})")
_MACHINE = regex(r"password[ \t]+(?P<value>\S+)")
_LOGIN = regex(r"(?<= )(?:-u|--user|--proxy-user)[ =]?[\"']?[^\s:\"']{0,100}:(?P<value>[^\s\"']++)")
_ATTACHED = regex(r"(?<= )-p(?P<value>[^\s\"'-][^\s\"']*+)")
# Of a line that is cut off there is no end of the element; a word behind `<password>` in a usage text stands apart.
_ELEMENT = regex(r"<(?P<name>[A-Za-z][\w.:-]{0,40})>(?P<value>[^<\n]++(?=</)|[^<\s]++(?=\n|\Z))")


def _mask_spaced(text: str) -> str:
    """Values behind options of a command line and words of a `.netrc`."""
    if "-" in text:
        text = _OPTION.sub(_likely, text)
        for program, option in (("curl", _LOGIN), ("mysql", _ATTACHED), ("mariadb", _ATTACHED)):
            if program in text:
                text = "\n".join([_of_program(line, program, option) for line in text.split("\n")])
    if "<" in text and ">" in text:
        text = _ELEMENT.sub(_in_element, text)
    if _PASSWORD.search(text):
        text = "\n".join([_PASSWORD.sub(_likely, _of_netrc(line)) for line in text.split("\n")])
    return text


def _likely(found: re.Match[str]) -> str:
    """What is found with its value masked, where that is no word of a help text."""
    value = found["value"]
    if len(value) < _LIKELY or not _DIGIT.search(value) or not _LETTER.search(value):
        return found[0]
    return found[0].removesuffix(value) + MASK


def _of_program(line: str, program: str, option: re.Pattern[str]) -> str:
    """A line of a program whose option of one letter takes a password; elsewhere that letter means something else."""
    return option.sub(_masked_value, line) if program in line else line


def _masked_value(found: re.Match[str]) -> str:
    value = found["value"]
    return found[0] if _NO_VALUE.match(value) else found[0].removesuffix(value) + MASK


def _in_element(found: re.Match[str]) -> str:
    """An element of XML whose name says a password anywhere: `<password>`, `<server.apiKey>`."""
    name, value = found["name"].lower(), found["value"]
    if not (name.endswith("apikey") or any(part in name for part in ANYWHERE)) or _NO_VALUE.match(value):
        return found[0]
    if "pass" not in name and (len(value) < _LIKELY or not _DIGIT.search(value)):
        return found[0]
    return f"<{found['name']}>{MASK}"


def _of_netrc(line: str) -> str:
    if "login" not in line and "machine" not in line:
        return line
    return _MACHINE.sub(lambda found: found[0].removesuffix(found["value"]) + MASK, line)


# --- in an address

# What names somebody ends with the last `@` before a slash. A password may hold a slash of its own: then the first
# part is no port. Where no `@` ends such a password, none ends another that begins inside it: it is passed over whole.
_USER = regex(
    r"""://(?P<user>(?:[^\s/@"'<>`?#\\]*+@)++|[^\s/:@"'<>`?#]*+:(?![0-9]{1,5}/)[^\s@"'<>`]++(?:@|(?P<passed>)))"""
)
_SSH = ("ssh", "sftp")


def _user_masked(found: re.Match[str]) -> str:
    if found["passed"] is not None:
        return found[0]
    before = found.string[max(found.start() - 4, 0) : found.start()].lower()
    if before.endswith(_SSH) and ":" not in found["user"]:
        return found[0]  # Who logs in is no secret: there is a key for that.
    return f"://{MASK}@"


# --- private keys

_BEGIN = regex(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = regex(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_BEFORE, _BETWEEN = " |>+-", " |>:+-"
_FULL, _LAST, _BEFORE_BODY, _WORDS_BEFORE, _WORD = 16, 90, 172, 4, 40
"""A line of a key has so many letters at least; the last may have fewer, and no more than 90. Before it a log writes so
many characters and words, none longer than the last number."""
_APART = str.maketrans(_BETWEEN, " " * len(_BETWEEN))
_HEAD = regex(r"[ |>+-]{0,8}(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID): [^\n]{0,200}\Z|\s*\Z")
_ONE_LINE = regex(f"{_BEGIN.pattern}[^\n]*?(?:{_END.pattern}|(?=\n)|\\Z)")


def _is_body(line: str) -> bool:
    """True for a line of a key: base64 to its end, behind what a program that copies output writes before a line.

    No expression: what stands before and what separates it are the same characters, and would be tried in every way.
    """
    line = line.rstrip()
    before = line.rstrip(_BASE64)
    letters = len(line) - len(before)
    if len(before) <= 8 and not before.strip(_BEFORE):
        return 0 < letters <= _LAST or letters >= _FULL
    if letters < _FULL or len(before) > _BEFORE_BODY:
        return False
    plus = line.find("+", len(before), len(line) - _FULL)
    if before[-1] not in _BETWEEN and not len(before) < plus < len(before) + _WORD:
        return False
    words = sum(bool(word.strip(_BETWEEN)) for word in before.split())
    return words <= _WORDS_BEFORE and all(len(word) <= _WORD for word in before.translate(_APART).split())


def mask_blocks(text: str, *, inside: bool = False) -> tuple[str, bool]:
    """The text with private keys masked line by line, and whether it ends in the middle of one.

    `inside` says that it begins in the middle of one. A key that is cut off ends with the first line that cannot be of
    it.
    """
    if not inside and not ("-" in text and "PRIVATE KEY" in text):
        return text, False
    lines: list[str] = []
    for line in text.split("\n"):
        if inside and (end := _END.search(line)):
            line, inside = MASK + line[end.end() :], False
        elif inside and (_is_body(line) or _HEAD.match(line)):
            lines.append(MASK if line.strip() else line)
            continue
        else:
            inside = False
        if "PRIVATE KEY" in line and _BEGIN.search(line):
            last = [*_BEGIN.finditer(line)][-1]
            inside = _END.search(line, last.end()) is None
            line = _ONE_LINE.sub(MASK, line)
        lines.append(line)
    return "\n".join(lines), inside


def mask_places(text: str) -> str:
    """The text with everything masked that stands where secrets stand."""
    if "@" in text and "://" in text:
        text = _USER.sub(_user_masked, text)
    if "=" in text:
        text = _mask_named(text, "=")
    if ":" in text:
        text = _mask_named(text, ":")
    return _mask_spaced(text)
