"""Personal data as it is shown by default: enough to tell two apart, not enough to know who. Revealing is another, recorded, act."""

import re


def _masked(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return text[:1] + "*" * (len(text) - 1)
    return text[:head] + "**" + text[len(text) - tail :] if tail else text[:head] + "**"


def mask_id(number: str) -> str:
    """An identity number: region and last two characters stay."""
    return _masked(number, 4, 2)


def mask_plate(plate: str) -> str:
    """湘JF0018 → 湘J·F**18."""
    if len(plate) < 6:
        return _masked(plate, 1, 0)
    return f"{plate[:2]}·{plate[2]}**{plate[-2:]}"


def mask_phone(phone: str) -> str:
    return _masked(phone, 3, 2)


def mask_staff_no(number: str) -> str:
    """A staff number: the last two characters go; codes shorter than four stay whole, they tell nothing more than a name."""
    return number if len(number) < 4 else number[:-2] + "**"


def mask_vin(vin: str) -> str:
    return _masked(vin, 3, 4)


def mask_name(name: str) -> str:
    """A person's name: the first character stays."""
    return _masked(name, 1, 0)


def mask_whole(text: str) -> str:
    """Nothing of a text in which anything may stand about anybody."""
    return ""


ID_LIKE = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")


def mask_free_text(text: str) -> str:
    """Identity numbers inside a free text, masked."""
    return ID_LIKE.sub(r"\1********\2", text)


LONG_NUMBER = re.compile(r"(?<![\dA-Za-z])(\d{3})\d{6,}(\d{2}[\dXx]?)(?![\dA-Za-z])")


def mask_numbers(text: str) -> str:
    """Identity, phone and card numbers inside any text, masked."""
    return LONG_NUMBER.sub(r"\1****\2", text)
