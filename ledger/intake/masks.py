"""Cells of files as they may be shown before anybody had a reason to see more, by what their column holds."""

import re
from collections.abc import Callable, Mapping

from ledger.intake.headers import Placed, match_header
from ledger.intake.kinds import Kind
from ledger.kit.masking import mask_free_text, mask_id, mask_phone, mask_plate, mask_staff_no, mask_vin
from ledger.lines import lines

Mask = Callable[[str], str]
_LONG_NUMBER = re.compile(r"(?<![\dA-Za-z])\d{11,}[\dXx]?(?![\dA-Za-z])")
MASKED_ATTRIBUTES: Mapping[str, Mask] = {"personal": mask_phone, "digest": mask_id}


def _head(text: str) -> str:
    return text[:1] + "**"


MASKS: Mapping[str, Mask] = {
    "agent_id_no": mask_id,
    "person_id_no": mask_id,
    "id_no": mask_id,
    "phone": mask_phone,
    "plate_no": mask_plate,
    "vin": mask_vin,
    "handler_no": mask_staff_no,
    "approver_no": mask_staff_no,
    "staff_no": mask_staff_no,
    "responsible_no": mask_staff_no,
    "leader_no": mask_staff_no,
    "content": _head,
    "decision": _head,
}


def covered(kind: Kind, column: str, value: str) -> str:
    """The cell of a received column, on a page: numbers of persons are masked wherever they slipped in, texts nobody declared cut."""
    place = next(iter(match_header(kind, [column]).placed), None)
    mask = _mask_of(place) if place else _head
    return mask(value) if value else ""


def _mask_of(place: Placed) -> Mask:
    if not place.attribute:
        return MASKS.get(place.column.name, _numbers)
    declared = sorted({line.attributes[place.column.name].kind for line in lines().values() if place.column.name in line.attributes})
    return next((MASKED_ATTRIBUTES[one] for one in declared if one in MASKED_ATTRIBUTES), _numbers) if declared else _head


def _numbers(text: str) -> str:
    return _LONG_NUMBER.sub(lambda found: mask_id(found[0]), mask_free_text(text))
