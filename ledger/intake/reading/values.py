"""One cell of text into one value, or a Fault that says what is wrong with it. Cells come trimmed and never empty."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ledger.intake.reading.reasons import Fault
from ledger.journal.canonical import moment_of, moment_text
from ledger.kit.days import SHANGHAI, event_day
from ledger.roster.hours import parse_hours

Reader = Callable[[str], Any]
YEARS = range(1950, 2101)
# Shanghai has been eight hours ahead of UTC all year since it last had summer time, in 1991.
EIGHT_HOURS, PLAIN_YEARS = timedelta(hours=8), range(1992, 2101)
_FLOAT = re.compile(r"\d+(\.\d+)?[eE]\+\d+|\d+\.0+")
DATE = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")
MOMENT = re.compile(DATE.pattern + r"(?:[Tt]| +)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?")
_PLAIN = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d)(:[0-5]\d)(:[0-5]\d)?", re.ASCII)
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
AMOUNT = re.compile(r"(\d{1,13})(?:\.(\d{1,2}))?")
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,12})?([eE][+-]?\d{1,2})?")
# With the symbols (␀…) under which the quarantine shows them: a cell that comes back uncorrected is no better for it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2400-\u2421\ufffd]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u2400-\u2421]")


def has_control(value: str) -> bool:
    """Whether a name or code holds a character that cannot be seen or stored."""
    return _CONTROL.search(value) is not None


@dataclass(frozen=True)
class Text:
    """Free text of at most `limit` characters; line breaks and tabs may stand in it."""

    limit: int

    def __call__(self, value: str) -> str:
        if not (value.isascii() and value.isprintable()) and _CONTROL_IN_TEXT.search(value):
            raise Fault("control_character")
        if len(value) > self.limit:
            raise Fault("too_long", limit=self.limit)
        return value


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

    def is_plain(self, values: Collection[str]) -> bool:
        """Whether each of these stays as it is: letters and digits in normal form and not too many, which is as most come."""
        together = "".join(values)
        return together.isalnum() and unicodedata.is_normalized("NFKC", together) and max(map(len, values)) <= self.limit


@dataclass(frozen=True)
class OneOf:
    """Exactly one of the values that `allowed` names at the time of reading."""

    allowed: Callable[[], tuple[str, ...]]

    def __call__(self, value: str) -> str:
        if value not in self.allowed():
            raise Fault("not_in_list", allowed=", ".join(self.allowed()))
        return value


text, one_of = Text, OneOf  # as they read in a table of columns


def moment(value: str) -> str:
    """A date with a time as canonical UTC text; Shanghai where no offset is given."""
    plain = _PLAIN.fullmatch(value)  # as nearly all come; the rest of the function reads the same, slower
    if plain and (hour := _utc_hour(plain[1])):
        return f"{hour}{plain[2]}{plain[3] or ':00'}Z"
    match = MOMENT.fullmatch(value)
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


@lru_cache(maxsize=100_000)
def _utc_hour(hour: str) -> str:
    """An hour of Shanghai, as "2026-03-01 08", as the same of UTC; empty where it is none, or of years with summer time."""
    try:
        local = datetime.fromisoformat(hour)
    except ValueError:
        return ""
    return (local - EIGHT_HOURS).isoformat()[:13] if local.year in PLAIN_YEARS else ""


def day(value: str) -> date:
    match = DATE.fullmatch(value)
    try:
        found = date(int(match[1]), int(match[3]), int(match[4])) if match else None
    except ValueError as error:
        raise Fault("bad_date") from error
    if found is None or found.year not in YEARS:
        raise Fault("bad_date")
    return found


def day_text(value: str) -> str:
    """A date as text, or the Shanghai day of a date with a time."""
    if DATE.fullmatch(value):
        return day(value).isoformat()
    try:
        return event_day(moment_of(moment(value))).isoformat()
    except Fault as fault:
        raise Fault("bad_date") from fault


def clock(value: str) -> time:
    """A time of day; 24:00 is the midnight that ends the day."""
    match = CLOCK.fullmatch(value)
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
    match = AMOUNT.fullmatch(value)
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


def count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 15):
        raise Fault("bad_count")
    return int(value)


def flag(value: str) -> bool:
    if value not in ("0", "1"):
        raise Fault("bad_flag")
    return value == "1"


@lru_cache(maxsize=20_000)
def number(value: str) -> str:
    """A number as its shortest text, so that 7 and 7.0 are the same."""
    if not NUMBER.fullmatch(value):
        raise Fault("bad_number")
    found = Decimal(value)
    return str(int(found)) if found == found.to_integral_value() else format(found.normalize(), "f")


def plain(value: str) -> str:
    """A cell as codes are compared: after NFKC, without what cannot be seen."""
    return _CONTROL.sub("", unicodedata.normalize("NFKC", value)).strip()
