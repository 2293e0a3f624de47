"""The values of a transaction by name: masked where they show a person or a vehicle, closed where nobody declared them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.columns.hashing import key64
from ledger.intake.reading.masks import MASKED_ATTRIBUTES, mask_text
from ledger.journal.models import Transaction
from ledger.kit.days import SHANGHAI
from ledger.kit.masking import mask_id, mask_numbers, mask_plate, mask_vin
from ledger.lines import lines
from oversight.business.addresses import key_text, page_of, subject_url

LABELS: dict[str, Promise] = {
    "status": _("Status"),
    "line": _("Line"),
    "action": _("Business"),
    "unit_code": _("Unit"),
    "post_code": _("Post"),
    "handler_no": _("Handler"),
    "approver_no": _("Approver"),
    "terminal": _("Terminal"),
    "accepted_at": _("Accepted at"),
    "finished_at": _("Finished at"),
    "agency_code": _("Agency"),
    "agent_id_no": _("Agent"),
    "person_id_no": _("Party"),
    "plate_no": _("Plate"),
    "plate_type": _("Kind of plate"),
    "vin": _("VIN"),
    "vehicle_type": _("Kind of vehicle"),
    "result": _("Result"),
    "amount": _("Amount, yuan"),
    "points": _("Points"),
    "related_serial": _("Related serial number"),
}
PERSONAL: dict[str, Callable[[str], str]] = {
    "agent_id_no": mask_id,
    "person_id_no": mask_id,
    "plate_no": mask_plate,
    "vin": mask_vin,
}
OF_SUBJECT = {"agent_id_no": "agent", "plate_no": "vehicle"}
ATTRIBUTE = "attrs."


@dataclass(frozen=True)
class Field:
    """One value as the page shows it. `personal`: masked, and shown in clear only for a purpose; `url`: the page about whom it names."""

    name: str
    label: str
    text: str
    personal: bool = False
    revealed: bool = False
    url: str = ""


def label_of(line: str, column: str) -> str:
    """What a column of transactions, or an attribute of the line, is called."""
    if column in LABELS:
        return str(LABELS[column])
    declared = lines().get(line)
    name = column.removeprefix(ATTRIBUTE)
    return str(declared.attributes[name].title) if declared and name in declared.attributes else name


def is_personal(line: str, column: str) -> bool:
    """Whether a column is shown masked: numbers of people and vehicles, attributes of citizens, digests, and what no line declares."""
    return column in PERSONAL or (column.startswith(ATTRIBUTE) and kind_of(line, column) in ("personal", "digest", ""))


def covered(line: str, column: str, value: str) -> str:
    """A value of a column as anybody may read it who may open the transaction."""
    if column in PERSONAL:
        return PERSONAL[column](value) if value else ""
    if not column.startswith(ATTRIBUTE):
        return mask_numbers(mask_text(value)) if column == "result" else value
    kind = kind_of(line, column)
    if kind in MASKED_ATTRIBUTES:
        return MASKED_ATTRIBUTES[kind](value)
    if kind == "":
        return f"{value[:1]}**" if value else ""
    return _moment(value) if kind == "time" else mask_numbers(mask_text(value))


def kind_of(line: str, column: str) -> str:
    """As what the line declares an attribute; "" for one it does not."""
    declared = lines().get(line)
    attribute = declared.attributes.get(column.removeprefix(ATTRIBUTE)) if declared else None
    return attribute.kind if attribute else ""


def personal_value(row: Transaction, column: str) -> str:
    """The value in clear of a column that is shown masked; "" where the transaction has none, or the column is not of that kind."""
    if not is_personal(row.line, column):
        return ""
    if column.startswith(ATTRIBUTE):
        return str(row.attrs.get(column.removeprefix(ATTRIBUTE), ""))
    return str(getattr(row, column))


def personal_fields(row: Transaction, revealed: str) -> list[Field]:
    """Those of the transaction's own columns that show a person or a vehicle, masked but for the one revealed."""
    return [_personal(row, column, revealed) for column in PERSONAL if getattr(row, column)]


def attribute_fields(row: Transaction, revealed: str) -> list[Field]:
    """The attributes: those of the line in its order, then what nobody declared."""
    declared = lines().get(row.line)
    order = [*(declared.attributes if declared else ()), *sorted(row.attrs)]
    columns = [ATTRIBUTE + name for name in dict.fromkeys(order) if str(row.attrs.get(name, ""))]
    return [_personal(row, column, revealed) if is_personal(row.line, column) else _declared(row, column) for column in columns]


def _declared(row: Transaction, column: str) -> Field:
    value = str(row.attrs[column.removeprefix(ATTRIBUTE)])
    return Field(column, label_of(row.line, column), covered(row.line, column, value), url=page_of(column, value))


def _personal(row: Transaction, column: str, revealed: str) -> Field:
    value, clear = personal_value(row, column), column == revealed
    url = subject_url(OF_SUBJECT[column], key_text(key64(value))) if column in OF_SUBJECT else ""
    return Field(column, label_of(row.line, column), value if clear else covered(row.line, column, value), True, clear, url)


def _moment(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return mask_numbers(value)
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if moment.tzinfo else f"{moment:%Y-%m-%d %H:%M:%S}"
