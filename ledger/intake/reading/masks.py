"""What a received value looks like to whoever reads answers, lists and logs: enough to look it up, never what shows a person."""

import re
from collections.abc import Callable, Mapping

from ledger.intake.reading.headers import REST, Placed, match_header
from ledger.intake.reading.kinds import Kind
from ledger.kit.masking import mask_free_text, mask_id, mask_name, mask_numbers, mask_phone, mask_plate, mask_staff_no, mask_vin, mask_whole
from ledger.lines import lines

Mask = Callable[[str], str]
PHONE_LIKE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
DECIMALS = re.compile(r"\.0+$")


def mask_text(text: str) -> str:
    """Identity numbers and telephones inside a text, masked."""
    return PHONE_LIKE.sub(lambda found: mask_phone(found[0]), mask_free_text(text))


def mask_staff(number: str) -> str:
    """Without the decimals that a spreadsheet added: they would be covered in the place of the last digits."""
    return mask_staff_no(DECIMALS.sub("", number))


MASKS: Mapping[str, Mask] = {
    "agent_id_no": mask_id,
    "person_id_no": mask_id,
    "id_no": mask_id,
    "phone": mask_phone,
    "plate_no": mask_plate,
    "vin": mask_vin,
    "handler_no": mask_staff,
    "approver_no": mask_staff,
    "staff_no": mask_staff,
    "leader_no": mask_staff,
    "responsible_no": mask_staff,
    "staff.name": mask_name,
    "complaints.content": mask_whole,
    "violations_of_discipline.decision": mask_whole,
}
MASKED_ATTRIBUTES: Mapping[str, Mask] = {"personal": mask_phone, "digest": mask_id}


def masked(kind: Kind, column: str, value: str) -> str:
    """The cell of a received column for its sender, who knows what it sent: what identifies people is covered.

    Identity numbers and telephones are covered in every column.
    """
    place = _place(kind, column)
    mask = (_mask_of(kind, place) if place else None) or mask_text
    return mask(value) if value else ""


def masked_identity(kind: Kind, name: str, value: str) -> str:
    """The value of an identifying column: who sent it finds it again, and a person is covered in it all the same."""
    mask = _mask_of_column(kind, name)
    return mask(value) if mask else value


def covered(kind: Kind, column: str, value: str) -> str:
    """The same for a page, on which anybody's cell may have slipped into any column: also long numbers, and what no line declares."""
    place = _place(kind, column)
    if not value or place is None or place.column.name == REST or (place.attribute and not _kinds_of(place)):
        return _head(value)
    mask = _mask_of(kind, place)
    if mask is None:
        mask = mask_text if place.stated in kind.identity else mask_numbers
    return mask(value) or _head(value)


def _head(text: str) -> str:
    return f"{text[:1]}**" if text else ""


def _place(kind: Kind, column: str) -> Placed | None:
    placed = match_header(kind, [column]).placed
    return placed[0] if placed else None


def _mask_of(kind: Kind, place: Placed) -> Mask | None:
    kinds = _kinds_of(place) if place.attribute else ()
    told = next((MASKED_ATTRIBUTES[one] for one in kinds if one in MASKED_ATTRIBUTES), None)
    return told or _mask_of_column(kind, place.column.name)


def _mask_of_column(kind: Kind, name: str) -> Mask | None:
    return MASKS.get(f"{kind.code}.{name}") or MASKS.get(name)


def _kinds_of(place: Placed) -> list[str]:
    """As what the lines declare an attribute, in a fixed order."""
    return sorted({line.attributes[place.column.name].kind for line in lines().values() if place.column.name in line.attributes})
