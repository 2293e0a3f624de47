"""What a person typed into the one field of the ledger: a pure guess of what it names, and how the ledger spells it."""

import re
import unicodedata

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a search is for, each with an index of its own or the columnar copy behind it."""

    SERIAL = "serial", _("Serial number")
    STAFF = "staff", _("Staff")
    APPROVER = "approver", _("Approver")
    POST = "post", _("Post")
    AGENCY = "agency", _("Agency")
    PERSON = "person", _("Party")
    AGENT = "agent", _("Agent")
    PLATE = "plate", _("Plate")
    VIN = "vin", _("VIN")
    TERMINAL = "terminal", _("Terminal")
    UNIT = "unit", _("Unit")


# Whose text never stands in an address, and before which a purpose is asked.
PERSONAL = frozenset({Kind.PERSON, Kind.AGENT, Kind.PLATE, Kind.VIN})
CITIZENS = frozenset({Kind.PERSON, Kind.AGENT})
LONGEST = 80
# Staff numbers are short, serial numbers long: which of the two a number is asked of first.
SHORT = 8

_CJK = "\u4e00-\u9fff"
_PERSON_FIRST = (Kind.PERSON, Kind.AGENT, Kind.SERIAL)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID = re.compile(r"\d{17}[\dXx]", re.ASCII)
_OLD_ID = re.compile(r"\d{8}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}", re.ASCII)
_PASS = re.compile(r"[A-Za-z]{1,2}\d{7,9}", re.ASCII)
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{18}")
_PLATE = re.compile(rf"[{_CJK}][A-Za-z][ ·•.\-]?[A-Za-z0-9]{{4,6}}[{_CJK}]?")
_PLATE_DOT = re.compile(r"[ ·•.\-]")
_VIN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-HJ-NPR-Za-hj-npr-z0-9]{17}", re.ASCII)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
_NAME = re.compile(rf"[{_CJK}·]{{2,4}}")
_ANY_CJK = re.compile(rf"[{_CJK}]")


def normal(text: str) -> str:
    """As codes are compared: NFKC, trimmed, nothing unseen inside, at most LONGEST characters."""
    folded = unicodedata.normalize("NFKC", text)
    seen = "".join(" " if character.isspace() else character for character in folded if character.isprintable() or character.isspace())
    return " ".join(seen.split())[:LONGEST].strip()


def guesses(text: str) -> tuple[Kind, ...]:
    """What a text may name, the likeliest first; empty for empty text. What looks like a citizen's number is guessed to be one first."""
    said = normal(text)
    if not said:
        return ()
    for fits, kinds in _SHAPES:
        if fits(said):
            return kinds
    first = (Kind.STAFF, Kind.SERIAL) if len(said) <= SHORT else (Kind.SERIAL, Kind.STAFF)
    return (*first, Kind.AGENCY, Kind.TERMINAL, Kind.UNIT)


def is_personal(text: str) -> bool:
    """Whether a text may identify a citizen or a vehicle, so that it stands in no address and no log."""
    return bool(PERSONAL.intersection(guesses(text)))


def spellings(kind: Kind, text: str) -> list[str]:
    """The ways in which the ledger may hold what was typed: as typed, and with the capitals such numbers are written with."""
    said = normal(text)
    if kind == Kind.PLATE:
        said = _PLATE_DOT.sub("", said)
    ways = {said: None} | ({said.upper(): None} if kind in PERSONAL else {}) | ({said.lower(): None} if kind in CITIZENS else {})
    return list(ways)


def is_identity(number: str) -> bool:
    """Whether 18 characters are a citizen's number by its check digit (GB 11643)."""
    if not _ID.fullmatch(number):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest] == number[17].upper()


def _is_credit_code(said: str) -> bool:
    """A unified social credit code (GB 32100) that cannot be a citizen's number: it has letters."""
    return _CREDIT_CODE.fullmatch(said) is not None and _ID.fullmatch(said) is None


def _may_be_credit_code(said: str) -> bool:
    """Eighteen digits that begin as most credit codes do, and whose check digit is not that of a citizen's number."""
    return _ID.fullmatch(said) is not None and said[0] == "9" and not is_identity(said)


_SHAPES = (
    (_is_credit_code, (Kind.AGENCY, Kind.SERIAL)),
    (_may_be_credit_code, (Kind.AGENCY, *_PERSON_FIRST)),
    (_ID.fullmatch, _PERSON_FIRST),
    (_OLD_ID.fullmatch, _PERSON_FIRST),
    (_PLATE.fullmatch, (Kind.PLATE, Kind.AGENCY)),
    (_VIN.fullmatch, (Kind.VIN, Kind.SERIAL)),
    (_PASS.fullmatch, (Kind.SERIAL, Kind.STAFF, Kind.PERSON, Kind.AGENT)),
    (_ADDRESS.fullmatch, (Kind.TERMINAL, Kind.SERIAL)),
    (lambda said: ":" in said, (Kind.SERIAL, Kind.TERMINAL)),
    (_NAME.fullmatch, (Kind.STAFF, Kind.AGENCY, Kind.UNIT)),
    (_ANY_CJK.search, (Kind.AGENCY, Kind.UNIT, Kind.SERIAL, Kind.STAFF)),
)
