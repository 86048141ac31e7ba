"""What the names of archives and of their months say (SPEC section 7). Nothing heavy is imported here."""

from datetime import UTC, datetime
from pathlib import Path

from loop_tui.model.regex import regex
from loop_tui.model.text import clean

_NAME = regex(
    r"(?P<system>.+)-(?P<loop>[^-]+-loop)-"
    r"(?:(?P<day>\d\d)T(?P<hour>\d\d)-(?P<minute>\d\d)(?:-(?P<second>\d\d))?(?:-\d+)?"
    r"|(?P<date>\d{8})-(?P<time>\d{4})(?:-\d+)?)"
)
MARKER = ".run"
"""A file inside an archive's folder while it is being written; it holds the id of the run."""
_LONGEST_NAME_BYTES = 80
_UNSAFE = regex(r"[^\w.-]+")
_MONTH = regex(r"\d{4}-(?:0[1-9]|1[0-2])")


def runs_folder(home: Path) -> Path:
    """The folder of the archive, with a folder a month."""
    return home / "runs"


def is_month(name: str) -> bool:
    """True for the name of a month's folder."""
    return _MONTH.fullmatch(name) is not None


def month_end(month: str) -> float:
    """When a month is over, in seconds since 1970; 0 for one that no calendar has."""
    year, number = (int(part) for part in month.split("-"))
    try:
        return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def safe_name(text: str) -> str:
    """A name from outside as part of a file name: letters, digits, `.`, `_` and `-`, never empty, never hidden."""
    name = _UNSAFE.sub("-", clean(text)).strip("-.")
    return name.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore").strip("-.") or "project"


class NamedRun:
    """What the name of an archive says: `system`, `loop`, and `when` (UTC, None when it holds no time)."""

    def __init__(self, system: str = "", loop: str = "", when: datetime | None = None) -> None:
        self.system = system
        self.loop = loop
        self.when = when


def named_run(path: Path) -> NamedRun:
    """What a path in the archive says by its name, `YYYY-MM/{system}-{loop}-{DD}T{HH}-{MM}-{SS}` or an older form."""
    stem = path.name.removesuffix(".json")
    match = _NAME.fullmatch(stem)
    if not match:
        return NamedRun(system=stem)
    try:
        if match["date"]:
            date, time = match["date"], match["time"]
            numbers = (int(date[:4]), int(date[4:6]), int(date[6:]), int(time[:2]), int(time[2:]), 0)
        else:
            year, _, month = path.parent.name.partition("-")
            clock = (match["day"], match["hour"], match["minute"], match["second"] or "0")
            day, hour, minute, second = (int(n) for n in clock)
            numbers = (int(year), int(month), day, hour, minute, second)
        when = datetime(*numbers, tzinfo=UTC)
    except ValueError:
        return NamedRun(match["system"], match["loop"])
    return NamedRun(match["system"], match["loop"], when)
