"""A received cell as it may be told without revealing whom it is about, by what its column holds."""

from collections.abc import Callable, Mapping

from ledger.intake.headers import Placed, match_header
from ledger.intake.kinds import Kind
from ledger.kit.masking import mask_free_text, mask_id, mask_numbers, mask_phone, mask_plate, mask_staff_no, mask_vin
from ledger.lines import lines

Mask = Callable[[str], str]
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
    "leader_no": mask_staff_no,
    "responsible_no": mask_staff_no,
}
MASKED_ATTRIBUTES: Mapping[str, Mask] = {"personal": mask_phone, "digest": mask_id}


def masked(kind: Kind, column: str, value: str) -> str:
    """The cell of a received column for its sender, who knows what it sent: what identifies people is covered."""
    place = _place(kind, column)
    mask = (_mask_of(place) if place else None) or mask_free_text
    return mask(value) if value else ""


def covered(kind: Kind, column: str, value: str) -> str:
    """The same for a page, on which anybody's cell may have slipped into any column: also free text, and what no line declares."""
    place = _place(kind, column)
    mask = _mask_of(place) if place else _head
    if mask is None and place is not None:
        closed = place.column.name == "content" or (place.attribute and not _kinds_of(place))
        mask = _head if closed else mask_free_text if place.stated in kind.identity else mask_numbers
    return mask(value) if value and mask else ""


def _head(text: str) -> str:
    return text[:1] + "**"


def _place(kind: Kind, column: str) -> Placed | None:
    placed = match_header(kind, [column]).placed
    return placed[0] if placed else None


def _mask_of(place: Placed) -> Mask | None:
    kinds = _kinds_of(place) if place.attribute else ()
    return next((MASKED_ATTRIBUTES[kind] for kind in kinds if kind in MASKED_ATTRIBUTES), None) or MASKS.get(place.column.name)


def _kinds_of(place: Placed) -> list[str]:
    """As what the lines declare an attribute, in a fixed order."""
    return sorted({line.attributes[place.column.name].kind for line in lines().values() if place.column.name in line.attributes})
