"""One cell of text into one value, or a Fault that says what is wrong with it. Cells come trimmed and never empty."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from ledger.intake.reasons import Fault
from ledger.journal.canonical import moment_of, moment_text
from ledger.kit.days import SHANGHAI, event_day
from ledger.roster.hours import parse_hours

Reader = Callable[[str], Any]
YEARS = range(1950, 2101)
# Shanghai has been eight hours ahead of UTC all year since it last had summer time, in 1991.
EIGHT_HOURS, PLAIN_YEARS = timedelta(hours=8), range(1992, 2101)
_FLOAT = re.compile(r"\d+(\.\d+)?[eE]\+\d+|\d+\.0+")
_DATE = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")
_MOMENT = re.compile(_DATE.pattern + r"(?:[Tt]| +)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?")
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_AMOUNT = re.compile(r"(\d{1,13})(?:\.(\d{1,2}))?")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,12})?([eE][+-]?\d{1,2})?")
# With the symbols (␀…) under which the quarantine shows them: a cell that comes back uncorrected is no better for it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2400-\u2421\ufffd]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u2400-\u2421]")


def has_control(value: str) -> bool:
    """Whether a name or code holds a character that cannot be seen or stored."""
    return _CONTROL.search(value) is not None


def text(limit: int) -> Reader:
    """Free text of at most `limit` characters; line breaks and tabs may stand in it."""

    def read(value: str) -> str:
        if _CONTROL_IN_TEXT.search(value):
            raise Fault("control_character")
        if len(value) > limit:
            raise Fault("too_long", limit=limit)
        return value

    return read


@dataclass(frozen=True)
class Code:
    """A code or number that identifies something: after NFKC and trimming, never what a spreadsheet made of it."""

    limit: int

    def __call__(self, value: str) -> str:
        normal = unicodedata.normalize("NFKC", value).strip()
        if _CONTROL.search(normal):
            raise Fault("control_character")
        if len(normal) > self.limit:
            raise Fault("too_long", limit=self.limit)
        if _FLOAT.fullmatch(normal):
            raise Fault("float_id")
        return normal


def one_of(allowed: Callable[[], tuple[str, ...]]) -> Reader:
    def read(value: str) -> str:
        if value not in allowed():
            raise Fault("not_in_list", allowed=", ".join(allowed()))
        return value

    return read


def moment(value: str) -> str:
    """A date with a time as canonical UTC text; Shanghai where no offset is given."""
    if _PLAIN.fullmatch(value):  # as nearly all come; the rest of the function reads the same, slower
        try:
            local = datetime.fromisoformat(value)
        except ValueError as error:
            raise Fault("bad_time") from error
        if local.year in PLAIN_YEARS:
            return (local - EIGHT_HOURS).isoformat() + "Z"
    match = _MOMENT.fullmatch(value)
    if not match:
        raise Fault("bad_time")
    year, _separator, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), int((fraction or "").ljust(6, "0")))
    except ValueError as error:
        raise Fault("bad_time") from error
    if local.year not in YEARS:
        raise Fault("bad_time")
    if not offset:
        return moment_text(local.replace(tzinfo=SHANGHAI))
    if offset in "Zz":
        return local.isoformat() + "Z"
    try:
        return moment_text(datetime.fromisoformat(local.isoformat() + offset))
    except ValueError as error:
        raise Fault("bad_time") from error


def day(value: str) -> date:
    match = _DATE.fullmatch(value)
    try:
        found = date(int(match[1]), int(match[3]), int(match[4])) if match else None
    except ValueError as error:
        raise Fault("bad_date") from error
    if found is None or found.year not in YEARS:
        raise Fault("bad_date")
    return found


def day_text(value: str) -> str:
    """A date as text, or the Shanghai day of a date with a time."""
    if _DATE.fullmatch(value):
        return day(value).isoformat()
    try:
        return event_day(moment_of(moment(value))).isoformat()
    except Fault as fault:
        raise Fault("bad_date") from fault


def clock(value: str) -> time:
    """A time of day; 24:00 is the midnight that ends the day."""
    match = _CLOCK.fullmatch(value)
    if not match:
        raise Fault("bad_clock")
    if (match[1], match[2], match[3] or "00") == ("24", "00", "00"):
        return time.min
    try:
        return time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError as error:
        raise Fault("bad_clock") from error


def hours(value: str) -> str:
    normal = unicodedata.normalize("NFKC", value).replace(" ", "").replace("、", ",").replace("~", "-").replace(";", ",")
    if len(normal) > 100:
        raise Fault("too_long", limit=100)
    try:
        parse_hours(normal)
    except ValueError as error:
        raise Fault("bad_hours") from error
    return normal


def amount(value: str) -> int:
    """Yuan with at most two decimals, in fen."""
    match = _AMOUNT.fullmatch(value)
    if not match:
        raise Fault("bad_amount")
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))


def points(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 2 and int(value) <= 12):
        raise Fault("bad_points")
    return int(value)


def seq(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and int(value) >= 1):
        raise Fault("bad_seq")
    return int(value)


def flag(value: str) -> bool:
    if value not in ("0", "1"):
        raise Fault("bad_flag")
    return value == "1"


def number(value: str) -> str:
    """A number as its shortest text, so that 7 and 7.0 are the same."""
    if not _NUMBER.fullmatch(value):
        raise Fault("bad_number")
    found = Decimal(value)
    return str(int(found)) if found == found.to_integral_value() else format(found.normalize(), "f")


def plain(value: str) -> str:
    """A cell as codes are compared: after NFKC, without what cannot be seen."""
    return _CONTROL.sub("", unicodedata.normalize("NFKC", value)).strip()
