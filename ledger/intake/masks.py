"""Cells of files as they may be shown before anybody had a reason to see more: which column holds what of whom."""

import re
from collections.abc import Callable, Mapping

from ledger.kit.masking import mask_free_text, mask_id, mask_phone, mask_plate, mask_staff_no, mask_vin
from ledger.lines import lines

HIDDEN = "**"
_LONG_NUMBER = re.compile(r"(?<!\d)\d{7,}[\dXx]?(?!\d)")


def _hidden(text: str) -> str:
    return HIDDEN


def _loose(text: str) -> str:
    """A text nobody declared: numbers long enough to be those of persons or telephones are masked."""
    return _LONG_NUMBER.sub(lambda found: mask_id(found[0]), mask_free_text(text))


MASKS: Mapping[str, Callable[[str], str]] = {
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
    "content": _hidden,
    "decision": _hidden,
    "prohibition": _hidden,
}
_ATTRIBUTES: Mapping[str, Callable[[str], str]] = {"personal": mask_phone, "digest": mask_id}


def masked(column: str, value: str, *, attribute: bool = False) -> str:
    """The value of a column of a file as it is shown by default. `attribute`: one the kind does not know."""
    if not value:
        return ""
    if not attribute:
        return MASKS[column](value) if column in MASKS else mask_free_text(value)
    declared = [line.attributes[column].kind for line in lines().values() if column in line.attributes]
    return _ATTRIBUTES.get(declared[0], mask_free_text)(value) if declared else _loose(value)
