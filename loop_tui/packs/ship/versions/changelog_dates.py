"""How a changelog writes the dates of its versions. Pure."""

from datetime import date

from msgspec import Struct

from loop_tui.model.regex import regex

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_WORD = rf"(?P<month>{'|'.join(f'{m[:3]}(?:{m[3:]})?' if m[3:] else m for m in _MONTHS)})"
_FORMS = (
    regex(r"(?P<before>\W*)\d{4}(?P<sign>[-/.])\d{2}(?P=sign)\d{2}(?P<after>\)?).*"),
    regex(rf"(?P<before>\W*){_WORD} \d{{1,2}}, \d{{4}}(?P<after>\)?).*"),
    regex(rf"(?P<before>\W*)(?P<day>\d{{1,2}}) {_WORD} \d{{4}}(?P<after>\)?).*"),
    regex(r"(?P<before>\W*)(?P<dotted>\d{1,2})\.\d{1,2}\.\d{4}(?P<after>\)?).*"),
)


class HeadingDate(Struct, frozen=True):
    """A date in a heading: what stands before and after it, and its form: `iso` (with a sign), words, or with dots."""

    before: str
    after: str = ""
    form: str = "iso"
    sign: str = "-"
    short: bool = False

    def of(self, day: date) -> str:
        """A day, written that way with what stands around it."""
        month = _MONTHS[day.month - 1][: 3 if self.short else None]
        written = {
            "iso": f"{day.year:04}{self.sign}{day.month:02}{self.sign}{day.day:02}",
            "month first": f"{month} {day.day}, {day.year}",
            "day first": f"{day.day} {month} {day.year}",
            "dots": f"{day.day:02}.{day.month:02}.{day.year}",
        }
        return f"{self.before}{written[self.form]}{self.after}"


def read_date(rest: str) -> HeadingDate | None:
    """How the date is written in what stands behind the version in its heading; None where no date is known there."""
    for form, pattern in zip(("iso", "month first", "day first", "dots"), _FORMS, strict=True):
        if found := pattern.fullmatch(rest):
            parts = found.groupdict()
            word = parts.get("month") or ""
            short = 0 < len(word) <= 3 and word != "May"
            return HeadingDate(parts["before"], parts["after"] or "", form, parts.get("sign") or "-", short)
    return None
